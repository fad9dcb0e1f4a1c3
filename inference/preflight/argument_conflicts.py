"""`extraArgs` together: what vLLM refuses of two of them, of the model, or of the Pod's files."""

from collections.abc import Iterator
from typing import Final

from inference.catalog.facts import NODE_SIZES
from inference.catalog.models import MODELS
from inference.catalog.precision import FULL_BITS, OF_CHECKPOINTS
from inference.catalog.source import high
from inference.config import Finding, Settings
from inference.config.engine import Engine
from inference.config.models import Model
from inference.derive.engines import server_of
from inference.derive.engines.given import Given, arguments_given
from inference.derive.engines.sizing import as_number
from inference.derive.placement import machine_for
from inference.derive.size import GIB_PER_GB, offloaded_gib
from inference.derive.weights import WEIGHTS_FOLDER, downloads_model, in_volume
from inference.preflight.arguments import instead
from inference.preflight.registry import error, warning

ORDER: Final = error(
    id="vllm.arguments-conflict",
    cause="Of two numbers that vLLM compares, the wrong one is larger.",
    consequence="vLLM refuses to start.",
    fix="Remove the argument, or set one that fits the other.",
    source=high("vLLM 0.32.0, vllm/config/scheduler.py: SchedulerConfig.verify_max_model_len"),
    acceptable=False,
)
UNQUANTISED: Final = error(
    id="vllm.checkpoint-not-quantised",
    cause="`--quantization` names a format of checkpoints, but the repository has 16-bit weights.",
    consequence="vLLM finds no quantisation config in it, and exits after the download.",
    fix="Serve a repository in that format, or quantise at start with fp8_per_tensor.",
    source=high("vLLM 0.32.0, vllm/model_executor/model_loader/weight_utils.py: get_quant_config"),
    acceptable=False,
)
OFFLOADED: Final = error(
    id="vllm.offloaded-beyond-node",
    cause="What `extraArgs` moves to host memory is more than a whole node has.",
    consequence="The server is OOM-killed at its start, and restarts indefinitely.",
    fix="Offload less, or use a machine type with more memory.",
    source=NODE_SIZES,
    acceptable=False,
)
NO_FILE: Final = warning(
    id="vllm.file-not-mounted",
    cause="An argument is the path of a file in a folder that no volume of the Pod provides, and "
    "the image is the catalog's.",
    consequence="vLLM does not find the file, and exits.",
    fix="Mount a ConfigMap with it by `volumes`, or use an image that has it.",
    source=high("vLLM 0.32.0, vllm/entrypoints/chat_utils.py: templates that look like a path"),
)

_CONTEXT: Final = "the context"
_BATCHED: Final = "--max-num-batched-tokens"
_SEQUENCES: Final = "--max-num-seqs"
_AT_LEAST: Final = (
    (_BATCHED, _SEQUENCES),
    (_SEQUENCES, "--max-num-active-seqs"),
    (_CONTEXT, "--long-prefill-token-threshold"),
)
"""What must be at least as large as what."""
_CHUNKED: Final = "--enable-chunked-prefill"
_FILES: Final = (
    "--chat-template",
    "--hf-config-path",
    "--log-config-file",
    "--reasoning-parser-plugin",
    "--tool-parser-plugin",
)
_OFFLOADS: Final = ("--kv-offloading-size", "--cpu-offload-gb")
_IN_IMAGE: Final = ("/etc/", "/opt/", "/usr/", "/vllm-workspace/")


def _order(index: int, model: Model, given: dict[str, Given]) -> Iterator[Finding]:
    attention = model.facts.attention if model.facts else None
    context = model.max_model_len or (attention.context if attention else None)
    numbers = {name: as_number(one.value) for name, one in given.items()}
    numbers[_CONTEXT] = context
    chunked = given.get(_CHUNKED)
    whole = chunked is not None and chunked.written.startswith("--no-")
    pairs = ((_BATCHED, _CONTEXT), *_AT_LEAST) if whole else _AT_LEAST
    for larger, smaller in pairs:
        most, least = numbers.get(larger), numbers.get(smaller)
        if most is None or least is None or most >= least:
            continue
        one = given[larger] if larger in given else given[smaller]
        yield ORDER.finding(
            f"models[{index}].extraArgs[{one.position}]",
            f"{larger} of {most:.0f} is less than {smaller} of {least:.0f}"
            f"{', without chunked prefill' if smaller == _CONTEXT else ''}: vLLM would refuse to "
            "start",
            instead(index, model, one, None),
        )


def _checkpoint(index: int, model: Model, given: dict[str, Given]) -> Iterator[Finding]:
    one, facts = given.get("--quantization"), MODELS.get(model.model)
    if one is None or facts is None or not downloads_model(model):
        return
    if one.value in OF_CHECKPOINTS and facts.bytes_per_weight * 8 == FULL_BITS:
        yield UNQUANTISED.finding(
            f"models[{index}].extraArgs[{one.position}]",
            f"{one.value} is a format of checkpoints, but {model.model} has 16-bit weights: vLLM "
            "would exit after the download",
            instead(index, model, one, "fp8_per_tensor") + ", or serve a repository in that format",
        )


def _files(index: int, model: Model, given: dict[str, Given]) -> Iterator[Finding]:
    for name in _FILES:
        one = given.get(name)
        path = (one.value or "") if one else ""
        known = path.startswith((f"{WEIGHTS_FOLDER}/", *_IN_IMAGE)) or in_volume(model, path)
        if one is None or model.image is not None or not path.startswith("/") or known:
            continue
        yield NO_FILE.finding(
            f"models[{index}].extraArgs[{one.position}]",
            f"no volume of {model.name} has {path}: {model.engine.label} would not find it, and "
            "exit",
            f"mount it by `models[{index}].volumes`, such as a ConfigMap at "
            f"{path.rpartition('/')[0] or '/'}",
        )


def _offloaded(
    index: int, settings: Settings, model: Model, given: dict[str, Given]
) -> Iterator[Finding]:
    machine = machine_for(settings, model)
    gib, have = offloaded_gib(model), machine.memory_gb * GIB_PER_GB
    name = next((name for name in _OFFLOADS if name in given), None)
    if name is not None and gib > have:
        yield OFFLOADED.finding(
            f"models[{index}].extraArgs[{given[name].position}]",
            f"{model.name} moves {gib:.0f} GiB to host memory, but one {machine.name} has "
            f"{have:.0f}: the server would be OOM-killed",
            instead(index, model, given[name], None),
        )


def findings(settings: Settings) -> Iterator[Finding]:
    """Findings about arguments that do not go together."""
    for index, model in enumerate(settings.models):
        found = arguments_given(model.extra_args, server_of(model).dialect)
        given = {one.names[0]: one for one in found if len(one.names) == 1}
        if not model.engine.is_simulated:
            yield from _files(index, model, given)
        if model.engine is Engine.VLLM:
            yield from _order(index, model, given)
            yield from _checkpoint(index, model, given)
            yield from _offloaded(index, settings, model, given)
