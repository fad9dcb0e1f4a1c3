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
from inference.derive.engines.server import DATA_FOLDER, Effect, Server, owned

_ADAPTERS_UNSEEN: Final = "would load adapters that the routes do not know"
_OWNED: Final = owned(
    ("model-path", Effect.OTHER_MODEL, "model"),
    ("served-model-name", "would answer to another name than the routes send", "servedName"),
    ("host", Effect.UNREACHED, None),
    ("port", Effect.UNREACHED, "port"),
    ("tp-size base-gpu-id device pp-size", Effect.OTHER_GPUS, "gpu.count"),
    ("context-length", "would take a context whose memory was not checked", "maxModelLen"),
    ("mem-fraction-static", Effect.UNCHECKED_MEMORY, "gpuMemoryUtilization"),
    ("enable-lora", _ADAPTERS_UNSEEN, "lora"),
    ("lora-paths", _ADAPTERS_UNSEEN, "lora.adapters"),
    ("max-loras-per-batch", Effect.UNCOUNTED_SLOTS, "lora.maxLoras"),
    ("max-loaded-loras", Effect.UNCOUNTED_ADAPTERS, "lora.maxCpuLoras"),
    ("max-lora-rank", Effect.UNCOUNTED_RANKS, "lora.maxRank"),
    (
        "api-key",
        (
            "would refuse requests without the key, which would stand in clear text in the "
            "Deployment, the state and the plan"
        ),
        None,
    ),
    (
        "enable-ssl-refresh ssl-ca-certs ssl-certfile ssl-keyfile",
        "would ask for TLS, which probes and load balancer do not speak to it",
        None,
    ),
    ("dist-init-addr gated-launch-port nnodes node-rank", Effect.OTHER_PODS, None),
    ("config", Effect.UNSEEN_FILE, None),
    ("download-dir", Effect.UNSIZED_DISK, None),
    ("encoder-only", "would encode images for other servers, and generate nothing", None),
    ("grpc-mode smg-grpc-mode", "would not speak HTTP", None),
    ("skip-tokenizer-init", Effect.TOKENS_ALONE, None),
    ("help", Effect.HELP, None),
)


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
