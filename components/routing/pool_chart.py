"""Values of the pool chart in each release's layout. Registers nothing."""

from collections.abc import Mapping
from typing import Any, Final, assert_never

import yaml

from components.routing.inference_pool_args import InferencePoolArgs, Picker
from inference.catalog.images import Artifact
from inference.catalog.releases import GatewayRelease, PickerRequests, ValuesLayout
from inference.derive.names import picker_name

PLUGINS_FILE: Final = "weighted-scorers.yaml"
_HOST: Final = "kubernetes.io/hostname"
_ZONE: Final = "topology.kubernetes.io/zone"
_HOST_WEIGHT: Final = 100
_ZONE_WEIGHT: Final = 50
_NO_MONITORING: Final = {"prometheus": {"enabled": False, "auth": {"enabled": False}}}
"""The chart would make a ServiceMonitor, which GKE has no CRD for, and leaves authentication on
without the role to check it unless both are off. InferencePool makes the PodMonitoring."""


def pool_values(args: InferencePoolArgs) -> Mapping[str, Any]:
    """Values with which the chart makes the InferencePool and its endpoint picker, nothing else.

    The provider is never `gke`: its HealthCheckPolicy is one that GKE's CRD refuses.
    """
    provider = {"provider": {"name": args.provider}}
    match args.release.values_layout:
        case ValuesLayout.INFERENCE_EXTENSION_LIST:
            return {**_listed_flags(args), **provider}
        case ValuesLayout.INFERENCE_EXTENSION_MAP:
            return {**_mapped_flags(args), **provider}
        case ValuesLayout.ROUTER:
            return {**_router(args), **provider}
    assert_never(args.release.values_layout)


def _listed_flags(args: InferencePoolArgs) -> dict[str, Any]:
    image = args.release.picker_image
    hub, _, name = f"{image.host}/{image.repository}".rpartition("/")
    flags = {**args.release.picker_flags, **args.picker.flags, **_leader_flags(args)}
    return {
        "inferencePool": {
            "targetPorts": [{"number": args.port}],
            "targetPortNumber": args.port,
            "modelServers": {"matchLabels": args.selector},
        },
        "inferenceExtension": {
            "image": {
                "hub": hub,
                "name": name,
                "tag": image.pinned_tag,
                "pullPolicy": "IfNotPresent",
            },
            "flags": [{"name": flag, "value": value} for flag, value in flags.items()],
            **_picker(args),
        },
    }


def _mapped_flags(args: InferencePoolArgs) -> dict[str, Any]:
    mode = args.picker.failure_mode
    return {
        "inferencePool": {
            "targetPorts": [{"number": args.port}],
            "modelServers": {"matchLabels": args.selector},
        },
        "inferenceExtension": {
            "image": _image(args.release.picker_image),
            "flags": dict(args.release.picker_flags),
            "resources": _resources(args),
            "monitoring": _NO_MONITORING,
            **_picker(args),
            **({"failureMode": mode} if mode else {}),
        },
    }


def _router(args: InferencePoolArgs) -> dict[str, Any]:
    mode = args.picker.failure_mode
    return {
        "router": {
            **({"inferencePool": {"failureMode": mode}} if mode else {}),
            "epp": {
                "image": _image(args.release.picker_image),
                "flags": {**args.release.picker_flags, **_plain_picker(args)},
                "resources": _resources(args),
                **_picker(args),
            },
            "modelServers": {
                "matchLabels": args.selector,
                "targetPorts": [{"number": args.port}],
            },
            "monitoring": _NO_MONITORING,
        },
    }


def _plain_picker(args: InferencePoolArgs) -> Mapping[str, Any]:
    """The picker without TLS, as the chart's Service says that it speaks HTTP/2 without.

    Only Istio learns from the chart's DestinationRule that it speaks TLS.
    """
    return {} if args.provider == "istio" else {"secure-serving": False}


def _image(image: Artifact) -> Mapping[str, Any]:
    return {
        "registry": image.host,
        "repository": image.repository,
        "tag": image.pinned_tag,
        "pullPolicy": "IfNotPresent",
    }


def _resources(args: InferencePoolArgs) -> Mapping[str, Any]:
    wanted: PickerRequests = args.picker.requests or args.release.picker_requests
    return {"requests": {"cpu": f"{wanted.cpu:g}", "memory": f"{wanted.memory_gib:g}Gi"}}


def _picker(args: InferencePoolArgs) -> dict[str, Any]:
    """Values of the picker, where they differ from the chart's defaults."""
    release, picker = args.release, args.picker
    values: dict[str, Any] = {}
    if picker.replicas > 1:
        values["replicas"] = picker.replicas
        if release.configures_picker:
            values["affinity"] = _affinity({release.picker_label: picker_name(args.name)})
        else:
            values["enableLeaderElection"] = True
    if picker.scorers is not None:
        config = yaml.safe_dump(_config(release, picker, picker.scorers), sort_keys=False)
        values["pluginsConfigFile"] = PLUGINS_FILE
        values["pluginsCustomConfig"] = {PLUGINS_FILE: config}
    return values


def _config(release: GatewayRelease, picker: Picker, scorers: Mapping[str, int]) -> dict[str, Any]:
    """EndpointPickerConfig with one scheduling profile; what it leaves out, the picker adds."""
    used = {scorer: weight for scorer, weight in scorers.items() if weight}
    weighted = [{"pluginRef": scorer, "weight": weight} for scorer, weight in used.items()]
    flow = picker.flow_control
    return {
        "apiVersion": release.plugins_api_version,
        "kind": "EndpointPickerConfig",
        **({"featureGates": ["flowControl"]} if flow is not None else {}),
        "plugins": [
            _plugin(plugin, picker.plugins.get(plugin, {}))
            for plugin in dict.fromkeys([*used, *picker.plugins])
        ],
        "schedulingProfiles": [{"name": "default", "plugins": weighted}],
        **({"flowControl": dict(flow)} if flow is not None else {}),
    }


def _plugin(plugin: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": plugin, **({"parameters": dict(parameters)} if parameters else {})}


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


def _apart(topology: str, weight: int, labels: Mapping[str, str]) -> Mapping[str, Any]:
    return {
        "weight": weight,
        "podAffinityTerm": {
            "labelSelector": {"matchLabels": dict(labels)},
            "topologyKey": topology,
        },
    }


def _leader_flags(args: InferencePoolArgs) -> Mapping[str, str]:
    """Flags that the chart of the first release leaves to its user.

    Its picker reads flags with Go's own parser, which stops behind a switch that is followed by a
    value, as the chart writes them: these flags must come last.
    """
    if args.picker.replicas > 1 and not args.release.configures_picker:
        return {"ha-enable-leader-election": "true"}
    return {}
