"""Whether requests went through the endpoint pickers, by the pickers' own counters.

A pool that fails open sends requests to any server while its picker is dead: they are answered, and
nothing else shows that none of them was chosen for.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from inference.catalog.metrics import picker_requests
from inference.config.models import Model
from inference.config.settings import Settings
from inference.derive.names import picker_name
from inference.live.errors import ServiceError
from inference.live.kubectl import kubectl_of
from inference.live.report import Line, ok, problem, unknown
from inference.live.session import Deadline

_METRICS_PORT: Final = 9090
_SECONDS: Final = 20.0


def counted(metrics: str, name: str) -> float:
    """Sum of a counter over its labels, in Prometheus' text format; 0 before its first count."""
    values = re.findall(rf"^{re.escape(name)}(?:\{{.*\}})? (\S+)", metrics, re.MULTILINE)
    return sum(map(float, values))


def _count(settings: Settings, model: Model) -> float | ServiceError:
    kubectl, picker = kubectl_of(settings, Deadline(_SECONDS)), picker_name(model.name)
    selector = f"{settings.release.picker_label}={picker}"
    where = ["--namespace", settings.namespace]
    try:
        pods = kubectl.run("get", "pods", *where, "--selector", selector, "--output", "name")
        total = 0.0
        for pod in pods.split():
            path = f"/api/v1/namespaces/{settings.namespace}/{pod.replace('pod/', 'pods/')}"
            text = kubectl.run("get", "--raw", f"{path}:{_METRICS_PORT}/proxy/metrics")
            total += counted(text, picker_requests(settings.gateway_release).name)
    except ServiceError as error:
        return error
    return total


def picker_counts(settings: Settings) -> Mapping[str, float | ServiceError]:
    """Requests that the pickers of each model have seen, or why that is not known."""
    return {model.name: _count(settings, model) for model in settings.models}


def picker_lines(settings: Settings, before: Mapping[str, float | ServiceError]) -> Iterator[Line]:
    """A line a model; `before` are the counts before the requests of which all were answered."""
    for name, after in picker_counts(settings).items():
        earlier, line = before[name], f"{name} picker"
        if isinstance(after, ServiceError) or isinstance(earlier, ServiceError):
            error = after if isinstance(after, ServiceError) else earlier
            message = f"it is unknown whether it chose the servers: {error}"
            access = "gcloud container clusters get-credentials, or set another cluster.context"
            yield unknown(line, message, f"make sure that kubectl can read its metrics: {access}")
        elif after == earlier:
            message = (
                "saw none of the answered requests: the pool fails open, and nothing chooses a "
                "server"
            )
            fix = f"kubectl logs deployment/{picker_name(name)} --namespace {settings.namespace}"
            yield problem(line, message, fix)
        else:
            yield ok(line, f"chose a server for {after - earlier:g} requests")
