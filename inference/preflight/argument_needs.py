"""What `extraArgs` need of the Pod: host memory of its node, and files."""

from collections.abc import Iterator
from typing import Final

from inference.catalog.facts import NODE_SIZES, VLLM_STARTS
from inference.catalog.source import high
from inference.config import Finding, Settings
from inference.config.engine import Engine
from inference.config.models import Model
from inference.derive.engines import server_of
from inference.derive.engines.given import Given, arguments_given
from inference.derive.engines.sizing import (
    CACHE_SIZE,
    given_cache_gib,
    offloaded_cache_gib,
    offloaded_weights_gib,
)
from inference.derive.memory import gpu_memory
from inference.derive.placement import machine_for
from inference.derive.size import GIB_PER_GB
from inference.derive.weights import WEIGHTS_FOLDER, in_volume
from inference.preflight.argument_edits import instead, named, removed
from inference.preflight.registry import refusal, warning

VLLM_OFFLOADED_BEYOND_NODE: Final = refusal(
    id="vllm.offloaded-beyond-node",
    cause="What `extraArgs` moves to host memory is more than a whole node has.",
    consequence="The server is OOM-killed at its start, and restarts indefinitely.",
    fix="Offload less, or use a machine type with more memory.",
    source=NODE_SIZES,
)
VLLM_CACHE_BEYOND_GPU: Final = refusal(
    id="vllm.cache-beyond-gpu",
    cause="--kv-cache-memory-bytes and the weights together are more than a GPU has.",
    consequence="The server runs out of GPU memory at its start, and restarts indefinitely.",
    fix="Set a smaller cache, or leave it to vLLM.",
    source=VLLM_STARTS,
)
VLLM_FILE_NOT_MOUNTED: Final = warning(
    id="vllm.file-not-mounted",
    cause="An argument is the path of a file in a folder that no volume of the Pod provides, and "
    "the image is the catalog's.",
    consequence="vLLM does not find the file, and exits.",
    fix="Mount a ConfigMap with it by `volumes`, or use an image that has it.",
    source=high("vLLM 0.32.0, vllm/entrypoints/chat_utils.py: templates that look like a path"),
)

_FILES: Final = (
    "--chat-template",
    "--hf-config-path",
    "--log-config-file",
    "--reasoning-parser-plugin",
    "--tool-parser-plugin",
)
_IN_IMAGE: Final = ("/etc/", "/opt/", "/usr/", "/vllm-workspace/")


def _files(index: int, model: Model, given: dict[str, Given]) -> Iterator[Finding]:
    for name in _FILES:
        one = given.get(name)
        path = (one.value or "") if one else ""
        known = path.startswith((f"{WEIGHTS_FOLDER}/", *_IN_IMAGE)) or in_volume(model, path)
        if one is None or model.image is not None or not path.startswith("/") or known:
            continue
        yield VLLM_FILE_NOT_MOUNTED.finding(
            f"models[{index}].extraArgs[{one.position}]",
            f"no volume of {model.name} has {path}: {model.engine.label} would not find it, and "
            "exit",
            f"mount it by `models[{index}].volumes`, such as a ConfigMap at "
            f"{path.rpartition('/')[0] or '/'}",
        )


def _offloaded(index: int, settings: Settings, model: Model) -> Iterator[Finding]:
    machine = machine_for(settings, model)
    terms = {
        "--kv-offloading-size": offloaded_cache_gib(model),
        "--cpu-offload-gb": offloaded_weights_gib(model) * model.gpu.count,
    }
    have, most = machine.memory_gb * GIB_PER_GB, max(terms, key=lambda name: terms[name])
    if sum(terms.values()) > have:
        # Without the larger one, the other alone may be too much too.
        names = terms if min(terms.values()) > have else [most]
        yield VLLM_OFFLOADED_BEYOND_NODE.finding(
            f"models[{index}].extraArgs[{named(model, most)[-1].position}]",
            f"{model.name} moves {sum(terms.values()):.0f} GiB to host memory, but one "
            f"{machine.name} has {have:.0f}: the server would be OOM-killed",
            removed(index, model, named(model, *names))[1],
        )


def _cache(index: int, model: Model, given: dict[str, Given]) -> Iterator[Finding]:
    memory, wanted, one = gpu_memory(model), given_cache_gib(model), given.get(CACHE_SIZE)
    if memory is None or wanted is None or one is None:
        return
    needed = memory.weights + memory.lora + wanted
    if needed > memory.usable:
        yield VLLM_CACHE_BEYOND_GPU.finding(
            f"models[{index}].extraArgs[{one.position}]",
            f"a cache of {wanted:.1f} GiB and {memory.weights + memory.lora:.1f} of weights are "
            f"more than the {memory.usable:.1f} of a {model.gpu.accelerator}: the server would run "
            "out of memory",
            instead(index, model, one, None),
        )


def findings(settings: Settings) -> Iterator[Finding]:
    """Findings about arguments that ask more of a Pod than it has."""
    for index, model in enumerate(settings.models):
        found = arguments_given(model.extra_args, server_of(model).dialect)
        given = {one.names[0]: one for one in found if len(one.names) == 1}
        if not model.engine.is_simulated:
            yield from _files(index, model, given)
        if model.engine is Engine.VLLM:
            yield from _offloaded(index, settings, model)
            yield from _cache(index, model, given)
