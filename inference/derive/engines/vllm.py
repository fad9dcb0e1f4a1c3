"""vLLM: its arguments by version, and its environment."""

import json
from collections.abc import Mapping
from typing import Final

from inference.catalog.durations import COMPILE_AND_WARM_UP, ENGINE_START, IMAGE_PULL
from inference.catalog.images import VLLM
from inference.catalog.server_metrics import VLLM_METRICS
from inference.catalog.vllm import (
    CUDAGRAPH_SPECIALIZE_LORA_SINCE,
    SHUTDOWN_TIMEOUT_SINCE,
    image_version,
)
from inference.config.models import Lora, Model
from inference.derive.drain import whole_drain
from inference.derive.engines.server import DATA_FOLDER, Server

COMPILE_CACHE: Final = "VLLM_CACHE_ROOT"
"""Variable that names the folder of what is compiled."""


def _lora_args(lora: Lora, version: tuple[int, int, int]) -> list[str]:
    args = [
        "--enable-lora",
        f"--max-loras={lora.max_loras}",
        f"--max-cpu-loras={lora.max_cpu_loras}",
        f"--max-lora-rank={lora.max_rank}",
    ]
    if lora.specialize_cudagraphs is not None and version >= CUDAGRAPH_SPECIALIZE_LORA_SINCE:
        value = {"cudagraph_specialize_lora": lora.specialize_cudagraphs}
        args.append(f"--compilation-config={json.dumps(value)}")
    return args


def serve_args(model: Model) -> list[str]:
    """Arguments after `vllm`. An image whose tag names no version gets none that are new.

    Without --shutdown-timeout vLLM aborts running requests on SIGTERM, so that
    the preStop sleep and the grace period would drain nothing.
    """
    version = image_version(model.image or VLLM.reference) or (0, 0, 0)
    args = [
        "serve",
        model.model,
        f"--served-model-name={model.served_model_name}",
        f"--port={model.port}",
        f"--tensor-parallel-size={model.gpu.count}",
    ]
    if model.max_model_len is not None:
        args.append(f"--max-model-len={model.max_model_len}")
    if model.gpu_memory_utilization is not None:
        args.append(f"--gpu-memory-utilization={model.gpu_memory_utilization:g}")
    if model.lora is not None:
        args += _lora_args(model.lora, version)
    if version >= SHUTDOWN_TIMEOUT_SINCE:
        args.append(f"--shutdown-timeout={whole_drain(model.drain)}")
    return [*args, *model.extra_args]


def variables(model: Model) -> Mapping[str, str]:
    """Environment of the server, the Hugging Face token left out."""
    found = {
        "PORT": str(model.port),
        # The weights go to the volume that is sized for them, not to the container's layer.
        "HF_HOME": DATA_FOLDER,
        COMPILE_CACHE: f"{DATA_FOLDER}/vllm",
    }
    if model.lora is not None:
        found["VLLM_ALLOW_RUNTIME_LORA_UPDATING"] = "true"
    return found


def stream_args(model: Model) -> tuple[str, ...]:
    """Arguments that load safetensors from gs:// into the GPUs.

    With several GPUs each worker reads a part and hands it on, or each would read everything.
    """
    together = json.dumps({"distributed": True})
    several = (f"--model-loader-extra-config={together}",) if model.gpu.count > 1 else ()
    return ("--load-format=runai_streamer", *several)


VLLM_SERVER: Final = Server(
    container="vllm",
    image=VLLM,
    command=("vllm",),
    arguments=serve_args,
    variables=variables,
    metrics=VLLM_METRICS,
    image_pull=IMAGE_PULL,
    starts=(ENGINE_START, COMPILE_AND_WARM_UP),
    stream=stream_args,
    compile_cache=COMPILE_CACHE,
)
