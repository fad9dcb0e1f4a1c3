"""Derived values of one model, in words: what the stack computes instead of asking."""

from collections.abc import Iterator

from inference.catalog.machines import ACCELERATORS
from inference.config.models import Model
from inference.config.settings import Settings
from inference.config.weights import ModelWeights
from inference.derive.memory import GpuMemory, gpu_memory
from inference.derive.names import bucket_name, picker_name
from inference.derive.picker import picker_requests
from inference.derive.placement import rollout
from inference.derive.pod import pod_size, requests
from inference.derive.timing import (
    deployment_times,
    download_minutes,
    drain_seconds,
    grace_period,
    startup_budget,
)
from inference.derive.weights import WeightsSource, folder, weights_source

_NAMES = 12
"""Served names that are shown; of a hundred adapters nobody reads the others."""
_SHORT = 600
"""Seconds from which on minutes are easier to read."""


def _minutes(seconds: int) -> str:
    return f"{seconds} s" if seconds < _SHORT else f"{seconds / 60:.0f} min"


def _requests(memory: GpuMemory, concurrency: int) -> str:
    if memory.request is None or memory.requests is None:
        return ""
    return (
        f": {memory.requests:.1f} requests of {memory.request.context} tokens, concurrency "
        f"{concurrency}"
    )


def _noun(model: Model) -> str:
    return ACCELERATORS[model.gpu.accelerator].kind.noun


def _sizes(settings: Settings, model: Model) -> str:
    if model.engine.is_simulated:
        wanted = requests(settings, model)
        return f"{wanted['cpu']} CPU, {wanted['memory']} memory, no GPU: {model.engine.value}"
    size = pod_size(settings, model)
    return (
        f"{size.cpu:g} CPU, {size.memory} GiB memory, {size.ephemeral_storage} GiB disk, "
        f"{model.gpu.count} {_noun(model)}"
    )


def _weights(settings: Settings, model: Model) -> str:
    """From where, how, and in what time."""
    weights = model.weights or ModelWeights()
    claim = weights.persistent_volume_claim
    place = f"gs://{bucket_name(settings)}/{folder(model)}"
    if weights_source(model) is WeightsSource.PATH:
        place = model.model
    elif not weights.in_bucket:
        place = claim.claim_name if claim else weights.image or ""
    return f"{weights_source(model).name.lower()} of {place}, {download_minutes(model):.1f} min"


def derived(settings: Settings, model: Model) -> Iterator[tuple[str, str]]:
    """Names and values, with the arithmetic where there is any."""
    drain = model.drain
    names = model.served_names
    more = f" and {len(names) - _NAMES} more" if len(names) > _NAMES else ""
    yield "served names", ", ".join(names[:_NAMES]) + more
    if weights_source(model) not in {WeightsSource.NONE, WeightsSource.HUGGING_FACE}:
        yield "weights", _weights(settings, model)
    memory = gpu_memory(model)
    if memory is not None:
        yield (
            f"{_noun(model)} memory",
            (
                f"{memory.usable:.1f} GiB usable - {memory.weights:.1f} weights - "
                f"{memory.lora:.1f} LoRA - {memory.activations:.1f} activations = "
                f"{memory.cache:.1f} GiB KV cache{_requests(memory, model.concurrency)}"
            ),
        )
    yield "requests", _sizes(settings, model)
    times, strategy = deployment_times(model), rollout(settings, model)
    yield (
        "stop",
        (
            f"grace period {grace_period(model)} s = {drain.pre_stop_seconds} s preStop + "
            f"{drain_seconds(model)} s drain + 5 s"
        ),
    )
    yield (
        "start",
        (
            f"at most {_minutes(startup_budget(model))}; the Deployment waits "
            f"{_minutes(times.progress_deadline)} for node, image and start"
        ),
    )
    yield (
        "roll-out",
        f"maxSurge {strategy.max_surge}, maxUnavailable {strategy.max_unavailable}",
    )
    needs = picker_requests(settings, model)
    count = f"{settings.picker.replicas} × " if settings.picker.replicas > 1 else ""
    yield (
        "picker",
        f"{count}{picker_name(model.name)}, {needs.cpu:g} CPU and {needs.memory_gib:g} GiB",
    )
