"""Models on TPUs: what of the engines does not run there."""

from collections.abc import Iterator
from typing import Final

from inference.catalog.facts import CUDA_IMAGES, KV_OFFLOADING
from inference.catalog.machines import ACCELERATORS, TPU
from inference.config import Finding, Settings
from inference.config.engine import Engine
from inference.derive.engines import runs_on
from inference.derive.engines.given import arguments_given
from inference.derive.engines.vllm import DIALECT
from inference.preflight.arguments import instead
from inference.preflight.registry import error, refusal

ENGINE: Final = refusal(
    id="tpu.engine",
    cause="SGLang is to serve a model on TPUs, but its image is built for NVIDIA GPUs.",
    consequence="The server finds no GPU, and exits on each start.",
    fix="Use vLLM, which has an image for TPUs.",
    source=CUDA_IMAGES,
)
OFFLOADING: Final = error(
    id="tpu.kv-offloading",
    cause="`--kv-offloading-size` is set for vLLM on TPUs, but its connector copies only between "
    "host memory and GPUs.",
    consequence="The server does not start.",
    fix="Remove the argument.",
    source=KV_OFFLOADING,
)

_OFFLOADING: Final = "--kv-offloading-size"


def findings(settings: Settings) -> Iterator[Finding]:
    """Findings about models on TPUs."""
    for index, model in enumerate(settings.models):
        accelerator = ACCELERATORS[model.gpu.accelerator]
        if accelerator.kind is not TPU:
            continue
        if not runs_on(model.engine, accelerator):
            yield ENGINE.to_set(
                f"models[{index}].engine",
                f"{model.engine.label} has no image for {accelerator.name}: the server would exit "
                "on each start",
                Engine.VLLM.value,
            )
        for given in arguments_given(model.extra_args, DIALECT):
            if _OFFLOADING in given.names:
                yield OFFLOADING.finding(
                    f"models[{index}].extraArgs[{given.position}]",
                    f"{given.written} keeps part of the KV cache in host memory, which vLLM does "
                    "only on GPUs: the server would not start",
                    instead(index, model, given, None),
                )
