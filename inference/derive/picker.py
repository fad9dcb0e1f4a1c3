"""The endpoint pickers: what they request, where they run, and how they score model servers."""

from collections.abc import Mapping
from typing import Any, Final

import yaml

from inference.catalog.releases import GatewayRelease, PickerRequests, ValuesLayout
from inference.catalog.simulator import PICKER_CPU, PICKER_MEMORY_GIB
from inference.config.models import Model
from inference.config.picker import PickerSettings, Scorers
from inference.config.settings import Settings

PLUGINS_FILE: Final = "weighted-scorers.yaml"
_HOST: Final = "kubernetes.io/hostname"
_ZONE: Final = "topology.kubernetes.io/zone"
_HOST_WEIGHT: Final = 100
_ZONE_WEIGHT: Final = 50


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


def plugins(release: GatewayRelease, scorers: Scorers) -> Mapping[str, Any]:
    """EndpointPickerConfig with one scheduling profile; what it leaves out, the picker adds."""
    weights = {
        "queue-scorer": scorers.queue,
        "kv-cache-utilization-scorer": scorers.kv_cache,
        "prefix-cache-scorer": scorers.prefix_cache,
        "lora-affinity-scorer": scorers.lora_affinity,
    }
    used = {scorer: weight for scorer, weight in weights.items() if weight}
    return {
        "apiVersion": release.plugins_api_version,
        "kind": "EndpointPickerConfig",
        "plugins": [{"type": scorer} for scorer in used],
        "schedulingProfiles": [
            {
                "name": "default",
                "plugins": [
                    {"pluginRef": scorer, "weight": weight} for scorer, weight in used.items()
                ],
            }
        ],
    }


def _apart(topology: str, weight: int, labels: Mapping[str, str]) -> Mapping[str, Any]:
    return {
        "weight": weight,
        "podAffinityTerm": {
            "labelSelector": {"matchLabels": dict(labels)},
            "topologyKey": topology,
        },
    }


def _affinity(labels: Mapping[str, str]) -> Mapping[str, Any]:
    """Pickers of one model apart; preferred only, as a node for each may not be left."""
    return {
        "podAntiAffinity": {
            "preferredDuringSchedulingIgnoredDuringExecution": [
                _apart(_HOST, _HOST_WEIGHT, labels),
                _apart(_ZONE, _ZONE_WEIGHT, labels),
            ]
        }
    }


def picker_values(release: GatewayRelease, picker: PickerSettings, name: str) -> dict[str, Any]:
    """Values of the picker called `name`, where they differ from the chart's defaults."""
    values: dict[str, Any] = {}
    if picker.replicas > 1:
        values["replicas"] = picker.replicas
        if release.configures_picker:
            values["affinity"] = _affinity({release.picker_label: name})
        else:
            values["enableLeaderElection"] = True
    if picker.scorers is not None:
        values["pluginsConfigFile"] = PLUGINS_FILE
        values["pluginsCustomConfig"] = {
            PLUGINS_FILE: yaml.safe_dump(dict(plugins(release, picker.scorers)), sort_keys=False)
        }
    # The llm-d chart has the failure mode among the pool's values.
    extension = release.values_layout is ValuesLayout.INFERENCE_EXTENSION_MAP
    if picker.failure_mode is not None and extension:
        values["failureMode"] = picker.failure_mode.value
    return values


def leader_flags(release: GatewayRelease, picker: PickerSettings) -> Mapping[str, str]:
    """Flags that the chart of the first release leaves to its user.

    Its picker reads flags with Go's own parser, which stops behind a switch that is followed by a
    value, as the chart writes them: whoever uses these must put them last.
    """
    if picker.replicas > 1 and not release.configures_picker:
        return {"ha-enable-leader-election": "true"}
    return {}
