"""Models that SGLang serves: how adapters are named, and which settings it does not know."""

from collections.abc import Iterator
from typing import Final

from inference.catalog.sglang import ADAPTER_SEPARATOR, SGLANG_SOURCE
from inference.config import Finding, Settings, Severity
from inference.config.engine import Engine
from inference.config.finding import remove_command, set_command
from inference.config.models import Model
from inference.preflight.registry import Check

ADAPTERS: Final = Check(
    id="sglang.adapters-by-argument",
    severity=Severity.INFO,
    cause="A model with LoRA adapters is served by SGLang, whose calls to load them are not those "
    "of vLLM.",
    consequence="Adapters are arguments: another one is a roll-out. Requests name them after the "
    "base model, as `BASE:ADAPTER`.",
    fix="Keep vLLM where adapters come and go.",
    source=SGLANG_SOURCE,
)
ANY_NAME: Final = Check(
    id="sglang.any-model-answered",
    severity=Severity.INFO,
    cause="SGLang does not compare a request's `model` with the name that it serves.",
    consequence="A misspelt model or adapter is answered by the base model, not refused.",
    fix="Check names in the client, or tell models apart at the Gateway.",
    source=SGLANG_SOURCE,
)
NO_EFFECT: Final = Check(
    id="sglang.no-effect",
    severity=Severity.WARNING,
    cause="A setting is for vLLM, or for adapters that are loaded while the server runs.",
    consequence="It has no effect on SGLang.",
    fix="Remove it.",
    source=SGLANG_SOURCE,
)
SERVED_NAME: Final = Check(
    id="sglang.served-name",
    severity=Severity.ERROR,
    cause="SGLang is to serve a model under a name with a colon.",
    consequence="A colon separates base model and adapter: the server exits at its start.",
    fix="Give it a name without one.",
    source=SGLANG_SOURCE,
)
CHECKS: Final = (ADAPTERS, ANY_NAME, NO_EFFECT, SERVED_NAME)


def _no_effect(index: int, model: Model) -> Iterator[Finding]:
    lora = model.lora
    if lora is None:
        return
    for key, is_set, why in (
        ("lora", not lora.adapters, "names no adapters, and SGLang loads none while it runs"),
        ("lora.retired", bool(lora.retired), "unloads nothing: an adapter goes with the roll-out"),
        (
            "lora.specializeCudagraphs",
            lora.specialize_cudagraphs is not None,
            "is a setting of vLLM, and has no effect on SGLang",
        ),
    ):
        if is_set:
            path = f"models[{index}].{key}"
            yield NO_EFFECT.finding(path, why, remove_command(path))


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
            yield SERVED_NAME.finding(
                key,
                f"SGLang ends at its start with {name} for a name, as `{ADAPTER_SEPARATOR}` stands "
                "before an adapter's",
                set_command(key, name.replace(ADAPTER_SEPARATOR, "-")),
            )
        if model.lora is not None and model.lora.adapters:
            example = model.served_names[1 + len(model.aliases)]
            yield ADAPTERS.finding(
                path,
                f"adapters are loaded at the start alone, and requests name them as {example}: "
                "another adapter is a roll-out",
                set_command(path, Engine.VLLM.value) + " where adapters come and go",
            )
        yield ANY_NAME.finding(
            path,
            f"{model.name} answers requests for any model by {model.served_model_name}: a misspelt "
            "name is not refused",
            "check names in the client",
        )
