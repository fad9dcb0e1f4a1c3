"""The longest context: whether the model's positions hold it, and whether it holds the traffic."""

from collections.abc import Iterator
from typing import Final

from inference.catalog.facts import VLLM_CONTEXT, VLLM_MEMORY
from inference.config import Finding, Settings, Severity
from inference.config.engine import Engine
from inference.config.finding import set_command
from inference.config.models import Model
from inference.derive.capacity import traffic_of
from inference.derive.engines import server_of
from inference.derive.engines.given import value
from inference.derive.size import longest_context
from inference.preflight.registry import error, warning

MEMORY_BEYOND_POSITIONS: Final = error(
    id="memory.beyond-positions",
    cause="maxModelLen exceeds the position limit in the model's config.json; a warning with "
    "VLLM_ALLOW_LONG_MAX_MODEL_LEN=1.",
    consequence="vLLM refuses to start, or answers noise beyond those positions.",
    fix="Lower maxModelLen, or raise the limit with --hf-overrides.",
    source=VLLM_CONTEXT,
)
MEMORY_TRAFFIC_BEYOND_CONTEXT: Final = warning(
    id="memory.traffic-beyond-context",
    cause="The requests of `traffic` are longer than the context of a model.",
    consequence="The server answers 400 to them.",
    fix="Raise maxModelLen, or declare the lengths that are expected.",
    source=VLLM_MEMORY,
)

_OVERRIDES: Final = "--hf-overrides"
"""vLLM's argument that changes what config.json says, its positions among it."""
_ALLOWED_LONGER: Final = "VLLM_ALLOW_LONG_MAX_MODEL_LEN"
"""With this variable vLLM warns of such a context, and starts."""


def _positions(index: int, model: Model) -> Iterator[Finding]:
    attention = model.facts.attention if model.facts else None
    if attention is None or model.max_model_len is None or model.engine is not Engine.VLLM:
        return
    stretched = value(model.extra_args, _OVERRIDES, server_of(model).dialect) is not None
    if model.max_model_len > attention.context and not stretched:
        path = f"models[{index}].maxModelLen"
        given = model.env.get(_ALLOWED_LONGER)
        allowed = given is not None and given.value in {"1", "true"}
        yield MEMORY_BEYOND_POSITIONS.finding(
            path,
            f"{model.max_model_len} exceeds the {attention.context} positions of {model.model}: "
            + ("answers beyond them may be noise" if allowed else "vLLM would refuse to start"),
            set_command(path, str(attention.context)) + f", or raise the limit with {_OVERRIDES}",
            Severity.WARNING if allowed else None,
        )


def _traffic(index: int, settings: Settings, model: Model) -> Iterator[Finding]:
    traffic, attention = traffic_of(settings, model), model.facts and model.facts.attention
    context = longest_context(model)
    if traffic is None or context is None:
        return
    longest = traffic.input_tokens + traffic.output_tokens
    if longest > context:
        path = f"models[{index}].maxModelLen"
        yield MEMORY_TRAFFIC_BEYOND_CONTEXT.finding(
            path,
            f"`traffic` has requests of {traffic.input_tokens} + {traffic.output_tokens} tokens, "
            f"but {model.name} takes {context} together: it would answer 400 to them",
            "set shorter ones in `traffic`"
            if attention is not None and longest > attention.context
            else set_command(path, str(longest)) + ", or set shorter ones in `traffic`",
        )


def findings(settings: Settings) -> Iterator[Finding]:
    """Findings about the context of each model."""
    for index, model in enumerate(settings.models):
        if not model.engine.is_simulated:
            yield from _positions(index, model)
            yield from _traffic(index, settings, model)
