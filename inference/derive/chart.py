"""Values of the pool chart in each release's layout."""

from collections.abc import Mapping
from typing import Any, assert_never

from inference.catalog.images import Artifact
from inference.catalog.releases import PickerRequests, ValuesLayout
from inference.config.models import Model
from inference.config.settings import Settings
from inference.derive.engines import server_of
from inference.derive.names import picker_name
from inference.derive.picker import leader_flags, picker_requests, picker_values


def server_labels(model: Model) -> Mapping[str, str]:
    """Labels that the InferencePool selects model servers by."""
    return {"app": model.name}


def _quantity(amount: float) -> str:
    return f"{amount:g}"


def _resources(requests: PickerRequests) -> Mapping[str, Any]:
    return {
        "requests": {
            "cpu": _quantity(requests.cpu),
            "memory": f"{_quantity(requests.memory_gib)}Gi",
        }
    }


def _registry_image(image: Artifact) -> Mapping[str, Any]:
    return {
        "registry": image.registry,
        "repository": image.repository,
        "tag": image.pinned_tag,
        "pullPolicy": "IfNotPresent",
    }


# The chart would make a ServiceMonitor, which GKE has no CRD for, and leaves authentication on
# without the role to check it unless both are off. PodMonitorings are ours.
_NO_MONITORING = {"prometheus": {"enabled": False, "auth": {"enabled": False}}}


def pool_values(settings: Settings, model: Model) -> Mapping[str, Any]:
    """Values with which the chart makes the InferencePool and its endpoint picker, nothing else.

    The provider is never `gke`: its HealthCheckPolicy is one that GKE's CRD refuses.
    """
    release, provider = settings.release, settings.gateway.provider
    requests = picker_requests(settings, model)
    picker = picker_values(release, settings.picker, picker_name(model.name))
    image = release.picker_image
    ports = [{"number": model.port}]
    servers = {"matchLabels": dict(server_labels(model))}
    match release.values_layout:
        case ValuesLayout.INFERENCE_EXTENSION_LIST:
            hub, _, name = f"{image.registry}/{image.repository}".rpartition("/")
            return {
                "inferencePool": {
                    "targetPorts": ports,
                    "targetPortNumber": model.port,
                    "modelServers": servers,
                },
                "inferenceExtension": {
                    "image": {
                        "hub": hub,
                        "name": name,
                        "tag": image.pinned_tag,
                        "pullPolicy": "IfNotPresent",
                    },
                    "flags": [
                        {"name": flag, "value": value}
                        for flag, value in {
                            **release.picker_flags,
                            **server_of(model).picker_flags,
                            **leader_flags(release, settings.picker),
                        }.items()
                    ],
                    **picker,
                },
                "provider": {"name": provider.value},
            }
        case ValuesLayout.INFERENCE_EXTENSION_MAP:
            return {
                "inferencePool": {"targetPorts": ports, "modelServers": servers},
                "inferenceExtension": {
                    "image": _registry_image(image),
                    "flags": dict(release.picker_flags),
                    "resources": _resources(requests),
                    "monitoring": _NO_MONITORING,
                    **picker,
                },
                "provider": {"name": provider.value},
            }
        case ValuesLayout.ROUTER:
            mode = settings.picker.failure_mode
            return {
                "router": {
                    **({"inferencePool": {"failureMode": mode.value}} if mode else {}),
                    "epp": {
                        "image": _registry_image(image),
                        "flags": dict(release.picker_flags),
                        "resources": _resources(requests),
                        **picker,
                    },
                    "modelServers": {**servers, "targetPorts": ports},
                    "monitoring": _NO_MONITORING,
                },
                "provider": {"name": provider.value},
            }
    assert_never(release.values_layout)
