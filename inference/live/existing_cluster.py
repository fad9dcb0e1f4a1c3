"""Doctor's look at a cluster that exists: is it reached, new enough, and can it have the Gateway.

What the user may do in it is not asked.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from inference.catalog.autopilot import GATEWAY_SINCE
from inference.catalog.drivers import DEFAULT_DRIVER, DRIVER_LABEL, gke_driver
from inference.catalog.kubernetes import GATEWAY_API_CRDS, SIDECARS_SINCE
from inference.catalog.metrics_adapter import MANAGED_CRD
from inference.config.autoscaling import MetricsOrigin
from inference.config.finding import set_command
from inference.config.gke_version import version_key
from inference.config.models import Model
from inference.config.settings import Settings
from inference.derive.drivers import needed_driver
from inference.live.checks import Check, failed, look
from inference.live.errors import ServiceError, UnreachableError
from inference.live.existing_gateway import NAME as EXISTING
from inference.live.existing_gateway import existing_gateway
from inference.live.kubectl import Kubectl, holds, kubectl_of
from inference.live.programs import ProgramError, version_in
from inference.live.report import Line, ok, problem, unknown
from inference.live.session import Deadline

_DISCOVERED: Final = ("nvidia.com/cuda.driver-version.major", "nvidia.com/cuda.driver.major")
"""Labels of NVIDIA's feature discovery, the newer one first."""
_FIX: Final = (
    "use a node pool with gpu-driver-version=latest, or set VLLM_ENABLE_CUDA_COMPATIBILITY=1"
)
_VERSION: Final = "Kubernetes version"
_CRDS: Final = "Gateway API"
_CLASS: Final = "Gateway class"
_METRICS: Final = "autoscalers' metrics"
_NO_CONTEXT: Final = re.compile(r"context .*does not exist|no context exists")
_GUIDE: Final = "https://gateway-api.sigs.k8s.io/guides/getting-started/"


def _driver_line(model: Model) -> str:
    return f"NVIDIA driver for {model.name}"


def _driver(node: Mapping[str, Any]) -> int | None:
    """By what was found on the node, else by its GKE version."""
    labels: Mapping[str, str] = node["metadata"].get("labels", {})
    found = next((labels[name] for name in _DISCOVERED if name in labels), "")
    if found.isdecimal():
        return int(found)
    version = str(node["status"]["nodeInfo"]["kubeletVersion"]).removeprefix("v")
    if "-gke." not in version:
        return None
    return gke_driver(version_key(version), labels.get(DRIVER_LABEL, DEFAULT_DRIVER))


def _drivers(model: Model, kubectl: Kubectl) -> Iterator[Line]:
    """One line: the oldest driver of the nodes that the model's Pods may run on."""
    name, needed = _driver_line(model), needed_driver(model) or 0
    label = f"cloud.google.com/gke-accelerator={model.gpu.accelerator}"
    selector = ["--selector", label] if model.gpu.select_nodes else []
    nodes = kubectl.get("nodes", *selector)["items"]
    gpus = [node for node in nodes if "nvidia.com/gpu" in node["status"].get("allocatable", {})]
    if not gpus:
        yield unknown(name, f"no node has {model.gpu.accelerator} yet", "kubectl get nodes")
        return
    drivers = {str(node["metadata"]["name"]): _driver(node) for node in gpus}
    old = {node: driver for node, driver in drivers.items() if driver and driver < needed}
    silent = [node for node, driver in drivers.items() if driver is None]
    if old:
        node, driver = next(iter(old.items()))
        message = f"R{driver} on {node}, but the image needs R{needed}: no GPU would be usable"
        yield problem(name, message, _FIX)
    elif silent:
        message = f"{silent[0]} does not report its version; the image needs R{needed}"
        yield unknown(name, message, "nvidia-smi in a Pod on it")
    else:
        yield ok(name, f"R{min(filter(None, drivers.values()))} or newer on {len(drivers)} nodes")


def _new_enough(settings: Settings, text: str) -> Line:
    why, since = "GKE's Inference Gateway", GATEWAY_SINCE
    if not settings.gateway.is_gke:
        why, since = "the LoRA syncer sidecar of model servers", SIDECARS_SINCE
        if all(model.lora is None for model in settings.models):
            return ok(_VERSION, text)
    found = version_in(text)
    if not found:
        return unknown(
            _VERSION, f"{text} cannot be parsed", f"make sure that it is {since} or newer"
        )
    if found < version_in(since):
        message = f"{text} is too old: {why} needs {since} or newer"
        return problem(_VERSION, message, "upgrade the cluster, or set another in cluster.context")
    return ok(_VERSION, text)


def _missing(kubectl: Kubectl, crds: Sequence[str]) -> list[str]:
    found = kubectl.run("get", "crd", *crds, "--ignore-not-found", "--output", "name")
    names = {line.rpartition("/")[2] for line in found.split()}
    return [crd for crd in crds if crd not in names]


def _crds(settings: Settings, kubectl: Kubectl) -> Iterator[Line]:
    missing = _missing(kubectl, GATEWAY_API_CRDS)
    if not missing:
        yield ok(_CRDS, "its CRDs are installed")
        return
    fix = f"install the standard channel: {_GUIDE}"
    if settings.gateway.is_gke:
        fix = "gcloud container clusters update CLUSTER --gateway-api=standard"
    yield problem(_CRDS, f"the cluster lacks {', '.join(missing)}: pulumi up would fail", fix)


def _managed_metrics(settings: Settings, kubectl: Kubectl) -> Iterator[Line]:
    if not settings.has_managed_metrics:
        return
    if not _missing(kubectl, [MANAGED_CRD]):
        yield ok(_METRICS, "GKE exposes them with AutoscalingMetrics")
        return
    message = f"the cluster lacks {MANAGED_CRD}: pulumi up would fail"
    fix = set_command("autoscaling.metrics", MetricsOrigin.STACKDRIVER.value)
    yield problem(_METRICS, message, fix)


def _gateway_class(settings: Settings, kubectl: Kubectl) -> Iterator[Line]:
    wanted = settings.gateway.class_name
    other = set_command("gateway.className", "CLASS")
    fix = f"install its controller, or {other}, with one of `kubectl get gatewayclasses`"
    try:
        found = kubectl.get("gatewayclass", wanted, "--ignore-not-found")
    except UnreachableError:
        raise
    except ServiceError as error:
        # Without its CRD there is no such kind; the line above says so.
        yield unknown(_CLASS, str(error), fix)
        return
    if found is None:
        message = f"{wanted} is not in the cluster: the Gateway would never respond"
        yield problem(_CLASS, message, fix)
    elif not holds(found.get("status", {}).get("conditions", []), "Accepted"):
        message = f"no controller has accepted {wanted}: the Gateway would never respond"
        yield problem(_CLASS, message, f"kubectl describe gatewayclass {wanted}")
    else:
        yield ok(_CLASS, f"{wanted} is accepted by its controller")


def _look(settings: Settings, deadline: Deadline) -> Iterator[Line]:
    kubectl, context = kubectl_of(settings, deadline), settings.cluster.context or ""
    name = f"context {context}"
    try:
        text = kubectl.run("version", "--output", "json")
    except UnreachableError as error:
        fix = f"find out why: kubectl cluster-info --context {context}"
        yield replace(failed(name, error), fix=fix)
        return
    except ProgramError as error:
        if _NO_CONTEXT.search(str(error)):
            fix = set_command("cluster.context", "CONTEXT")
            message = "is not in the kubeconfig: nothing can be deployed"
            yield problem(name, message, f"{fix}, with one of `kubectl config get-contexts`")
            return
        raise
    try:
        # Such as v1.34.1-gke.1829001.
        version = str(json.loads(text)["serverVersion"]["gitVersion"])
    except (ValueError, LookupError, TypeError):
        yield unknown(name, "its response has no version", "kubectl version")
        return
    yield ok(name, "answers")
    yield _new_enough(settings, version)
    # A cluster that is not reached would say so again in each of these.
    yield from look(
        [
            Check(name=_CRDS, look=lambda: _crds(settings, kubectl)),
            Check(name=_CLASS, look=lambda: _gateway_class(settings, kubectl)),
            Check(name=_METRICS, look=lambda: _managed_metrics(settings, kubectl)),
            Check(name=EXISTING, look=lambda: existing_gateway(settings, kubectl)),
            *(
                Check(name=_driver_line(model), look=lambda m=model: _drivers(m, kubectl))
                for model in settings.models
                if needed_driver(model) is not None and not settings.cluster.is_autopilot
            ),
        ]
    )


def existing_cluster_checks(settings: Settings, deadline: Deadline) -> Iterator[Check]:
    """What is looked at in the cluster of mode `existing`."""
    if settings.cluster.is_created:
        return
    name = f"context {settings.cluster.context or ''}"
    yield Check(name=name, look=lambda: _look(settings, deadline))
