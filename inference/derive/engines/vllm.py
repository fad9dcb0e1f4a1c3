"""vLLM: its arguments by version, and its environment."""

import json
from collections.abc import Mapping
from dataclasses import replace
from math import prod
from typing import Final

from inference.catalog.durations import COMPILE_AND_WARM_UP, ENGINE_START, IMAGE_PULL, XLA_COMPILE
from inference.catalog.engine_arguments import VLLM_ARGUMENTS
from inference.catalog.images import VLLM, VLLM_TPU, Artifact
from inference.catalog.machines import ACCELERATORS, TPU
from inference.catalog.server_metrics import VLLM_METRICS
from inference.catalog.vllm import (
    CUDAGRAPH_SPECIALIZE_LORA_SINCE,
    SHUTDOWN_TIMEOUT_SINCE,
)
from inference.config.models import Lora, Model
from inference.derive.drain import whole_drain
from inference.derive.engines.given import dialect_of, value, whole
from inference.derive.engines.server import DATA_FOLDER, Effect, Server, owned, served_as
from inference.derive.versions import image_version

COMPILE_CACHE: Final = "VLLM_CACHE_ROOT"
"""Variable that names the folder of what is compiled."""
DIALECT: Final = dialect_of(VLLM_ARGUMENTS, underscores=True)
DIVIDING: Final = (
    "--data-parallel-size",
    "--pipeline-parallel-size",
    "--prefill-context-parallel-size",
)
"""Sizes that a replica's GPUs are divided by, before each layer is."""
_ADAPTERS_UNSEEN: Final = "would load adapters that routes and the syncer do not know"
_OWNED: Final = owned(
    ("model", Effect.OTHER_MODEL, "model"),
    ("served-model-name", "would answer 404 to the name that the routes send", "servedName"),
    ("host uds", Effect.UNREACHED, None),
    ("port", Effect.UNREACHED, "port"),
    ("grpc", "would not speak HTTP", None),
    ("config", Effect.UNSEEN_FILE, None),
    ("headless", "would not answer requests", None),
    (
        (
            "data-parallel-address data-parallel-external-lb data-parallel-hybrid-lb "
            "data-parallel-multi-port-external-lb data-parallel-rank data-parallel-size-local "
            "data-parallel-start-rank master-addr nnodes node-rank"
        ),
        Effect.OTHER_PODS,
        None,
    ),
    ("device-ids tensor-parallel-size", Effect.OTHER_GPUS, "gpu.count"),
    ("max-model-len", "would reserve memory for a context that was not checked", "maxModelLen"),
    (
        "device-memory-utilization gpu-memory-utilization",
        Effect.UNCHECKED_MEMORY,
        "gpuMemoryUtilization",
    ),
    (
        "disable-log-stats",
        "would export no metrics, by which the picker and autoscalers choose",
        None,
    ),
    ("download-dir", Effect.UNSIZED_DISK, None),
    ("skip-tokenizer-init tokens-only", Effect.TOKENS_ALONE, None),
    ("enable-lora", _ADAPTERS_UNSEEN, "lora"),
    ("lora-modules", _ADAPTERS_UNSEEN, "lora.adapters"),
    ("max-loras", Effect.UNCOUNTED_SLOTS, "lora.maxLoras"),
    ("max-cpu-loras", Effect.UNCOUNTED_ADAPTERS, "lora.maxCpuLoras"),
    ("max-lora-rank", Effect.UNCOUNTED_RANKS, "lora.maxRank"),
    (
        "shutdown-timeout",
        "would abort running requests at each stop, or be killed in its drain",
        "drain",
    ),
    (
        "api-key",
        (
            "would answer 401 to the syncer, and the key would stand in clear text in the "
            "Deployment, the state and the plan"
        ),
        None,
    ),
    (
        "hf-token",
        (
            "would have its token in clear text in the Deployment, the state and the plan; "
            "huggingFaceToken sets it"
        ),
        None,
    ),
    ("help", Effect.HELP, None),
    (
        "enable-ssl-refresh ssl-ca-certs ssl-cert-reqs ssl-certfile ssl-ciphers ssl-keyfile",
        "would ask for TLS, which probes, load balancer and syncer do not speak to it",
        None,
    ),
)


def whole_number(model: Model, name: str) -> int:
    """What `extraArgs` gives an argument that takes a whole number; 0 where it gives none."""
    return whole(value(model.extra_args, name, DIALECT))


def _size(model: Model, name: str) -> int:
    return max(1, whole_number(model, name))


def pipeline_parallel(model: Model) -> int:
    """Stages that the layers are divided into, by --pipeline-parallel-size."""
    return _size(model, "--pipeline-parallel-size")


def data_parallel(model: Model) -> int:
    """Copies of the model in one replica, by --data-parallel-size."""
    return _size(model, "--data-parallel-size")


def groups(model: Model) -> int:
    """How many groups of GPUs hold a whole layer each: stages, copies, and parts of a prompt."""
    return prod(_size(model, name) for name in DIVIDING)


def tensor_parallel(model: Model) -> int:
    """GPUs that each layer is divided over."""
    return max(1, model.gpu.count // groups(model))


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


def _image(model: Model) -> Artifact:
    return VLLM_TPU if ACCELERATORS[model.gpu.accelerator].kind is TPU else VLLM


def serve_args(model: Model) -> list[str]:
    """Arguments after `vllm`. An image whose tag names no version gets none that are new.

    Without --shutdown-timeout vLLM aborts running requests on SIGTERM, so that
    the preStop sleep and the grace period would drain nothing.
    """
    version = image_version(model.image or _image(model).reference) or (0, 0, 0)
    args = [
        "serve",
        model.model,
        *served_as(model),
        f"--port={model.port}",
        f"--tensor-parallel-size={tensor_parallel(model)}",
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
    dialect=DIALECT,
    owned=_OWNED,
)
VLLM_TPU_SERVER: Final = replace(VLLM_SERVER, image=VLLM_TPU, starts=(ENGINE_START, XLA_COMPILE))
