"""Models that SGLang serves: how adapters are named, and which settings it does not know."""

from collections.abc import Iterator
from typing import Final

from inference.catalog.sglang import ADAPTER_SEPARATOR, SGLANG_SOURCE
from inference.config import Finding, Settings
from inference.config.engine import Engine
from inference.config.finding import set_command
from inference.config.models import Model
from inference.preflight.registry import error, info, warning

ADAPTERS_BY_ARGUMENT: Final = info(
    id="sglang.adapters-by-argument",
    cause="A model with LoRA adapters is served by SGLang, whose API for loading them is not "
    "vLLM's.",
    consequence="Adapters are passed as arguments, so adding one means a roll-out. Requests "
    "specify them as `BASE:ADAPTER`.",
    fix="Use vLLM where adapters come and go.",
    source=SGLANG_SOURCE,
)
ANY_MODEL_ANSWERED: Final = info(
    id="sglang.any-model-answered",
    cause="SGLang does not compare a request's `model` with its served name.",
    consequence="A request for a misspelt model or adapter is answered by the base model, not "
    "rejected.",
    fix="Check names in the client, or route by model at the Gateway.",
    source=SGLANG_SOURCE,
)
NO_EFFECT: Final = warning(
    id="sglang.no-effect",
    cause="A setting is for vLLM, or for adapters that are loaded while the server runs.",
    consequence="It has no effect on SGLang.",
    fix="Remove it.",
    source=SGLANG_SOURCE,
)
SERVED_NAME: Final = error(
    id="sglang.served-name",
    cause="SGLang is to serve a model whose name has a colon.",
    consequence="A colon separates base model and adapter: the server exits on startup.",
    fix="Choose a name without one.",
    source=SGLANG_SOURCE,
)


def _no_effect(index: int, model: Model) -> Iterator[Finding]:
    lora = model.lora
    if lora is None:
        return
    for key, is_set, why in (
        ("lora", not lora.adapters, "lists no adapters, and SGLang loads none at run time"),
        (
            "lora.retired",
            bool(lora.retired),
            "unloads nothing: an adapter is removed by a roll-out",
        ),
        (
            "lora.specializeCudagraphs",
            lora.specialize_cudagraphs is not None,
            "is a vLLM setting, with no effect on SGLang",
        ),
    ):
        if is_set:
            yield NO_EFFECT.to_remove(f"models[{index}].{key}", why)


def findings(settings: Settings) -> Iterator[Finding]:
    """Findings about models that SGLang serves."""
    for index, model in enumerate(settings.models):
        if model.engine is not Engine.SGLANG:
            continue
        path = f"models[{index}].engine"
        yield from _no_effect(index, model)
        if ADAPTER_SEPARATOR in model.served_model_name:
            key = f"models[{index}].servedName"
            name = model.served_model_name
            yield SERVED_NAME.to_set(
                key,
                f"SGLang exits on startup with the name {name}, as `{ADAPTER_SEPARATOR}` marks an "
                "adapter's name",
                name.replace(ADAPTER_SEPARATOR, "-"),
            )
        if model.lora is not None and model.lora.adapters:
            example = model.served_names[1 + len(model.aliases)]
            yield ADAPTERS_BY_ARGUMENT.finding(
                path,
                f"adapters are loaded only on startup, and requests specify them as {example}: "
                "adding an adapter means a roll-out",
                set_command(path, Engine.VLLM.value) + " where adapters come and go",
            )
        yield ANY_MODEL_ANSWERED.finding(
            path,
            f"{model.name} answers requests for any model with {model.served_model_name}: a "
            "misspelt name is not rejected",
            "check names in the client",
        )
