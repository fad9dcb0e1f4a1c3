"""Doctor's look at a cluster that exists: is it reached, new enough, and can it have the Gateway.

What the user may do in it is not asked.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from inference.catalog.autopilot import GATEWAY_SINCE
from inference.catalog.kubernetes import GATEWAY_API_CRDS, SIDECARS_SINCE
from inference.catalog.metrics_adapter import MANAGED_CRD
from inference.config.autoscaling import MetricsOrigin
from inference.config.finding import set_command
from inference.config.settings import Settings
from inference.derive.drivers import needed_driver
from inference.live.checks import Check, failed, look
from inference.live.deadline import Deadline
from inference.live.errors import ServiceError, UnreachableError
from inference.live.existing_gateway import NAME as EXISTING
from inference.live.existing_gateway import existing_gateway
from inference.live.kubectl import Kubectl, holds, kubectl_of
from inference.live.node_drivers import driver_line, node_drivers
from inference.live.programs import ProgramError, version_in
from inference.live.report import Line, ok, problem, unknown

_VERSION: Final = "Kubernetes version"
_CRDS: Final = "Gateway API"
_CLASS: Final = "Gateway class"
_METRICS: Final = "autoscalers' metrics"
_NO_CONTEXT: Final = re.compile(r"context .*does not exist|no context exists")
_GUIDE: Final = "https://gateway-api.sigs.k8s.io/guides/getting-started/"


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
                Check(name=driver_line(model), look=lambda m=model: node_drivers(m, kubectl))
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
