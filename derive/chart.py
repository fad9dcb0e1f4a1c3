"""Values of the pool chart in each release's layout."""

from collections.abc import Mapping
from typing import Any, assert_never

from catalog.images import Artifact
from catalog.releases import GatewayRelease, PickerRequests, ValuesLayout
from catalog.simulator import PICKER_CPU, PICKER_MEMORY_GIB
from config.gateway import ChartProvider
from config.models import Model

_CHART_NAME_LENGTH = 40


def picker_name(release: str) -> str:
    """Name of the endpoint picker's Deployment and Service: the charts cut and append."""
    return f"{release[:_CHART_NAME_LENGTH]}-epp"


def server_labels(model: Model) -> Mapping[str, str]:
    """Labels that the InferencePool selects model servers by."""
    return {"app": model.name}


def _quantity(amount: float) -> str:
    return f"{amount:g}"


def picker_requests(release: GatewayRelease, model: Model) -> PickerRequests:
    """What a model's picker requests: the chart's own for traffic, little for a rehearsal."""
    if model.engine.is_simulated:
        return PickerRequests(cpu=PICKER_CPU, memory_gib=PICKER_MEMORY_GIB)
    return release.picker_requests


def _resources(release: GatewayRelease, model: Model) -> Mapping[str, Any]:
    requests = picker_requests(release, model)
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


def pool_values(
    release: GatewayRelease, model: Model, provider: ChartProvider
) -> Mapping[str, Any]:
    """Values with which the chart makes the InferencePool and its endpoint picker, nothing else.

    `provider` is never `gke`: its HealthCheckPolicy is one that GKE's CRD refuses.
    """
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
                        for flag, value in release.picker_flags.items()
                    ],
                },
                "provider": {"name": provider.value},
            }
        case ValuesLayout.INFERENCE_EXTENSION_MAP:
            return {
                "inferencePool": {"targetPorts": ports, "modelServers": servers},
                "inferenceExtension": {
                    "image": _registry_image(image),
                    "flags": dict(release.picker_flags),
                    "resources": _resources(release, model),
                    "monitoring": _NO_MONITORING,
                },
                "provider": {"name": provider.value},
            }
        case ValuesLayout.ROUTER:
            return {
                "router": {
                    "epp": {
                        "image": _registry_image(image),
                        "flags": dict(release.picker_flags),
                        "resources": _resources(release, model),
                    },
                    "modelServers": {**servers, "targetPorts": ports},
                    "monitoring": _NO_MONITORING,
                },
                "provider": {"name": provider.value},
            }
    assert_never(release.values_layout)
