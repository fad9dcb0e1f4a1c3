"""SGLang: its arguments and environment.

Its calls to load adapters are not those of vLLM (`/load_lora_adapter`, without `/v1`), so that the
syncer cannot use them: adapters are arguments, and another one is a roll-out. On SIGTERM it fails
its health checks and finishes the requests it has, for as long as the grace period lets it.
"""

from collections.abc import Mapping
from typing import Final

from inference.catalog.durations import IMAGE_PULL, SGLANG_START
from inference.catalog.engine_arguments import SGLANG_ARGUMENTS
from inference.catalog.images import SGLANG
from inference.catalog.server_metrics import SGLANG_METRICS
from inference.catalog.sglang import ENGINE_LABELS, NO_GENERATION
from inference.config.engine import Engine
from inference.config.models import Lora, Model
from inference.derive.engines.given import dialect_of
from inference.derive.engines.server import DATA_FOLDER, Owned, Server

_UNREACHED: Final = "would not answer where probes and the load balancer ask"
_ADAPTERS_UNSEEN: Final = "would load adapters that the routes do not know"
_NO_TLS: Final = "would ask for TLS, which probes and load balancer do not speak to it"
_OWNED: Final = {
    "--model-path": Owned(key="model", effect="would load another model than the stack describes"),
    "--served-model-name": Owned(
        key="servedName", effect="would answer to another name than the routes send"
    ),
    "--host": Owned(effect=_UNREACHED),
    "--port": Owned(key="port", effect=_UNREACHED),
    "--tp-size": Owned(key="gpu.count", effect="would use another number of GPUs than its Pod has"),
    "--context-length": Owned(
        key="maxModelLen", effect="would take a context whose memory was not checked"
    ),
    "--mem-fraction-static": Owned(
        key="gpuMemoryUtilization", effect="would take a share of memory that was not checked"
    ),
    "--enable-lora": Owned(key="lora", effect=_ADAPTERS_UNSEEN),
    "--lora-paths": Owned(key="lora.adapters", effect=_ADAPTERS_UNSEEN),
    "--max-loras-per-batch": Owned(
        key="lora.maxLoras", effect="would keep slots that were not counted"
    ),
    "--max-loaded-loras": Owned(
        key="lora.maxCpuLoras", effect="would keep adapters that were not counted"
    ),
    "--max-lora-rank": Owned(key="lora.maxRank", effect="would keep ranks that were not counted"),
    "--api-key": Owned(
        effect="would refuse requests without the key, which would stand in clear text in the "
        "Deployment, the state and the plan"
    ),
    **{
        f"--{name}": Owned(effect=_NO_TLS)
        for name in ("enable-ssl-refresh", "ssl-ca-certs", "ssl-certfile", "ssl-keyfile")
    },
    **{
        f"--{name}": Owned(effect="would wait for servers of other Pods, of which there are none")
        for name in ("dist-init-addr", "gated-launch-port", "nnodes", "node-rank")
    },
    **{
        f"--{name}": Owned(
            key="gpu.count", effect="would use another number of GPUs than its Pod has"
        )
        for name in ("base-gpu-id", "device", "pp-size")
    },
    "--config": Owned(effect="would take arguments from a file that no check sees"),
    "--download-dir": Owned(effect="would write weights where no disk was sized for them"),
    "--encoder-only": Owned(effect="would encode images for other servers, and generate nothing"),
    **{
        f"--{name}": Owned(effect="would not speak HTTP") for name in ("grpc-mode", "smg-grpc-mode")
    },
    "--skip-tokenizer-init": Owned(effect="would take and answer tokens, and no text"),
    "--help": Owned(effect="would print its help, exit, and be restarted indefinitely"),
}


def _lora_args(lora: Lora) -> list[str]:
    """None without adapters: none could be loaded later."""
    if not lora.adapters:
        return []
    # SGLang counts requests without an adapter as one more.
    batch = lora.max_loras + 1
    return [
        "--enable-lora",
        f"--max-loras-per-batch={batch}",
        # It refuses to start with more than that.
        f"--max-loaded-loras={max(lora.max_cpu_loras, batch, len(lora.adapters))}",
        f"--max-lora-rank={lora.max_rank}",
        "--lora-paths",
        *(f"{adapter.name}={adapter.source}" for adapter in lora.adapters),
    ]


def launch_args(model: Model) -> list[str]:
    """Arguments after the module. Without --host it listens on 127.0.0.1 alone."""
    args = [
        f"--model-path={model.model}",
        f"--served-model-name={model.served_model_name}",
        "--host=0.0.0.0",
        f"--port={model.port}",
        f"--tp-size={model.gpu.count}",
        "--enable-metrics",
    ]
    if model.max_model_len is not None:
        args.append(f"--context-length={model.max_model_len}")
    if model.gpu_memory_utilization is not None:
        args.append(f"--mem-fraction-static={model.gpu_memory_utilization:g}")
    if model.lora is not None:
        args += _lora_args(model.lora)
    return [*args, *model.extra_args]


def variables(model: Model) -> Mapping[str, str]:  # noqa: ARG001 as all environments
    """Environment of the server, the Hugging Face token left out."""
    return {
        # The weights go to the volume that is sized for them, not to the container's layer.
        "HF_HOME": DATA_FOLDER,
        # Probes would wait for a token, and each of the load balancer's would ask for one.
        NO_GENERATION: "false",
    }


SGLANG_SERVER: Final = Server(
    container="sglang",
    image=SGLANG,
    command=("python3", "-m", "sglang.launch_server"),
    arguments=launch_args,
    variables=variables,
    metrics=SGLANG_METRICS,
    image_pull=IMAGE_PULL,
    starts=(SGLANG_START,),
    takes_adapters=False,
    labels=dict.fromkeys(ENGINE_LABELS, Engine.SGLANG.value),
    picker_flags={
        "total-queued-requests-metric": SGLANG_METRICS.waiting.name,
        "kv-cache-usage-percentage-metric": SGLANG_METRICS.kv_cache.name,
        # Empty: its metrics do not name the adapters in use.
        "lora-info-metric": "",
    },
    dialect=dialect_of(SGLANG_ARGUMENTS),
    owned=_OWNED,
)
