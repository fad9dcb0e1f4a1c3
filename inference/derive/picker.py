"""The endpoint pickers: what they request, and how they score model servers."""

from collections.abc import Iterator, Mapping
from typing import Any

from inference.catalog.releases import RELEASES, PickerRequests, ValuesLayout
from inference.catalog.scorers import (
    CHARACTERS_A_TOKEN,
    OLD_BLOCK_SIZE,
    PREFIX_PRODUCER,
    SATURATION_PLUGIN,
    SCORERS,
    Scorer,
)
from inference.catalog.simulator import PICKER_CPU, PICKER_MEMORY_GIB
from inference.config.models import Model
from inference.config.picker import PickerSettings, Scorers
from inference.config.section import Section
from inference.config.settings import Settings


def picker_requests(settings: Settings, model: Model) -> PickerRequests:
    """What a model's picker requests: enough for traffic, or little for a rehearsal."""
    if model.engine.is_simulated:
        return PickerRequests(cpu=PICKER_CPU, memory_gib=PICKER_MEMORY_GIB)
    return traffic_requests(settings)


def traffic_requests(settings: Settings) -> PickerRequests:
    """What one picker requests: the stack's own, else what its release was measured with."""
    own = settings.picker.requests
    if own is None:
        return settings.release.picker_requests
    return PickerRequests(cpu=own.cpu, memory_gib=own.memory_gib)


def scorers_of(picker: PickerSettings) -> Iterator[tuple[str, Scorer, int, Mapping[str, int]]]:
    """Field, scorer, weight and given parameters of each; the defaults where none is named."""
    wanted = picker.scorers or Scorers()
    for name, scorer in SCORERS.items():
        value: int | Section = getattr(wanted, name)
        given = value.model_dump(exclude_none=True) if isinstance(value, Section) else {}
        weight = value if isinstance(value, int) else given.pop("weight")
        yield name, scorer, weight, given


def scorer_weights(picker: PickerSettings) -> Mapping[str, int]:
    """Weights by the names of the picker's plugins; 0 leaves one out."""
    return {scorer.plugin: weight for _, scorer, weight, _ in scorers_of(picker)}


def plugin_parameters(picker: PickerSettings, release: str) -> Mapping[str, Mapping[str, Any]]:
    """Parameters by plugin, as the picker of a release reads them."""
    found: dict[str, dict[str, Any]] = {}
    for name, scorer, weight, given in scorers_of(picker):
        if not weight:
            continue
        parameters: dict[str, Any] = {scorer.parameters[key]: given[key] for key in given}
        plugin = scorer.plugin
        if name == "prefix_cache" and parameters:
            plugin, parameters = _prefix_cache(release, plugin, given, parameters)
        if parameters:
            found[plugin] = parameters
    if picker.flow_control is not None:
        found[SATURATION_PLUGIN] = {
            "queueDepthThreshold": picker.flow_control.queue_depth,
            "kvCacheUtilThreshold": picker.flow_control.kv_cache_usage,
        }
    return found


def _prefix_cache(
    release: str, plugin: str, given: Mapping[str, int], parameters: Mapping[str, Any]
) -> tuple[str, dict[str, Any]]:
    """Plugin that takes the parameters of the prefix cache, and what it calls them."""
    layout = RELEASES[release].values_layout
    if layout is ValuesLayout.INFERENCE_EXTENSION_LIST:
        old = dict(parameters)
        if "block_size" in given:
            del old[SCORERS["prefix_cache"].parameters["block_size"]]
            old[OLD_BLOCK_SIZE] = given["block_size"] * CHARACTERS_A_TOKEN
        return plugin, old
    sized = {"block_size", "lru_capacity_per_server"} & given.keys()
    # Else it takes what the servers report in place of what is given.
    found = {**parameters, **({"autoTune": False} if sized else {})}
    if layout is not ValuesLayout.ROUTER:
        return plugin, found
    if "max_prefix_blocks_to_match" in given:
        # It counts tokens, unless there is no limit of them.
        found["maxPrefixTokensToMatch"] = 0
    return PREFIX_PRODUCER, found


def flow_control(picker: PickerSettings) -> Mapping[str, Any] | None:
    """The picker's section `flowControl`; None where requests are never held back."""
    wanted = picker.flow_control
    if wanted is None:
        return None
    most = {} if wanted.max_requests is None else {"maxRequests": str(wanted.max_requests)}
    return {**most, "defaultRequestTTL": f"{wanted.request_ttl_seconds}s"}
