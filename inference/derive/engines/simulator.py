"""llm-d-inference-sim: answers like vLLM, with made-up text, on any machine.

It knows few of vLLM's flags and exits at one that it does not know. Adapters need no flag: its
/v1/load_lora_adapter takes any name at any time, as vLLM's does with --enable-lora.
"""

from typing import Final

from inference.catalog.durations import SIMULATOR_IMAGE_PULL, SIMULATOR_START
from inference.catalog.images import SIMULATOR
from inference.catalog.server_metrics import VLLM_METRICS
from inference.catalog.simulator import DRAIN_SECONDS, FLAGS, READY_PATH, USER
from inference.config.models import Model
from inference.derive.engines.given import Dialect
from inference.derive.engines.server import Effect, Server, owned, served_as

_OWNED: Final = owned(
    ("model", "would answer for another model than the stack describes", "model"),
    ("served-model-name", "would answer 404 to the name that the routes send", "servedName"),
    ("port", Effect.UNREACHED, "port"),
    ("max-model-len", "would refuse prompts that the stack lets in", "maxModelLen"),
    (
        "lora-modules",
        "would have adapters that routes and the syncer do not know",
        "lora.adapters",
    ),
    ("max-loras", "would have other slots than the stack says", "lora.maxLoras"),
    ("max-cpu-loras", "would keep other adapters than the stack says", "lora.maxCpuLoras"),
    ("config", "would take settings from a file that was not checked", None),
    (
        "self-signed-certs ssl-certfile ssl-keyfile",
        "would speak TLS, which probes and load balancer do not",
        None,
    ),
)


def arguments(model: Model) -> list[str]:
    """Arguments of the simulator. Latencies are left to `extraArgs`; without, it answers at once.

    The dummy tokenizer keeps it from asking Hugging Face for the real one, which it does for a
    model that exists there.
    """
    args = [
        f"--model={model.model}",
        *served_as(model),
        f"--port={model.port}",
        "--force-dummy-tokenizer",
    ]
    context = model.max_model_len
    if context is None and model.facts is not None and model.facts.attention is not None:
        context = model.facts.attention.context
    if context is not None:
        # Its own default of 1024 tokens would refuse prompts that the real model takes.
        args.append(f"--max-model-len={context}")
    if model.lora is not None:
        args += [
            f"--max-loras={model.lora.max_loras}",
            f"--max-cpu-loras={model.lora.max_cpu_loras}",
        ]
    return [*args, *model.extra_args]


SIMULATOR_SERVER: Final = Server(
    container="simulator",
    image=SIMULATOR,
    arguments=arguments,
    # Answers name the Pod that gave them; its cache of prefixes needs the address.
    pod_fields={
        "POD_NAME": "metadata.name",
        "POD_NAMESPACE": "metadata.namespace",
        "POD_IP": "status.podIP",
    },
    ready_path=READY_PATH,
    metrics=VLLM_METRICS,
    image_pull=SIMULATOR_IMAGE_PULL,
    starts=(SIMULATOR_START,),
    longest_drain=DRAIN_SECONDS,
    user=USER,
    dialect=Dialect(names=frozenset(f"--{name}" for name in FLAGS)),
    owned=_OWNED,
)
