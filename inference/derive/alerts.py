"""Alert policies: what each watches, from when on, and what its reader should do."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, final

from inference.catalog import metrics
from inference.config.observability import AlertKind, Alerts
from inference.config.settings import Settings
from inference.derive.monitoring_names import (
    RATE_WINDOW,
    balancer_matchers,
    certificate,
    cluster_name,
    load_balancers,
    own,
    title,
)
from inference.derive.placement import uses_gpus

_MINUTE: Final = 60


class Severity(StrEnum):
    """How Cloud Monitoring orders incidents."""

    CRITICAL = "CRITICAL"
    ERROR = "ERROR"
    WARNING = "WARNING"


@final
@dataclass(frozen=True, kw_only=True)
class Query:
    """A condition in PromQL: it holds for whatever series the query gives."""

    promql: str
    seconds: int
    """How long it must hold."""


@final
@dataclass(frozen=True, kw_only=True)
class LogMatch:
    """A condition that each matching log entry fulfils."""

    filter: str


@final
@dataclass(frozen=True, kw_only=True)
class Alert:
    """One alert policy with its one condition."""

    kind: AlertKind
    title: str
    severity: Severity
    condition: Query | LogMatch
    text: str
    """Markdown for whoever is told: what it means and where to look."""

    @property
    def misses_servers(self) -> bool:
        """Whether it holds as long as no server has ever been ready."""
        return self.kind is AlertKind.NO_READY_ENDPOINT

    @property
    def name(self) -> str:
        """The kind as part of a resource's name, such as `no-ready-endpoint`."""
        return re.sub("[A-Z]", lambda letter: f"-{letter[0].lower()}", self.kind.value)


def _ratio(failed: str, all_of_them: str) -> str:
    return f"sum(rate({failed}[{RATE_WINDOW}])) / sum(rate({all_of_them}[{RATE_WINDOW}]))"


def _error_ratio(settings: Settings) -> Iterator[str]:
    """Share of failed requests of each load balancer; the picker's own where there is none."""
    balancers = load_balancers(settings)
    for balancer in balancers:
        name = balancer.requests.promql
        failed = balancer_matchers(settings, balancer, 'response_code_class="500"')
        yield _ratio(f"{name}{failed}", f"{name}{balancer_matchers(settings, balancer)}")
    if not balancers:
        release = settings.gateway_release
        yield _ratio(
            own(metrics.picker_errors(release), settings),
            own(metrics.picker_requests(release), settings),
        )


def _no_ready(settings: Settings) -> str:
    """Pools without a ready server, and pools of which no picker reports anything."""
    pools = [f'name="{model.name}"' for model in settings.models]
    silent = [f"absent({own(metrics.POOL_READY, settings, pool)})" for pool in pools]
    known = f"max by (name) ({own(metrics.POOL_READY, settings)}) < 1"
    return " or ".join([f"({known})", *silent])


def _every(settings: Settings, wanted: Alerts) -> Iterator[Alert]:
    """Every kind of alert that has something to watch."""
    seconds = wanted.minutes * _MINUTE
    yield Alert(
        kind=AlertKind.NO_READY_ENDPOINT,
        title="no ready endpoint",
        severity=Severity.CRITICAL,
        condition=Query(promql=_no_ready(settings), seconds=seconds),
        text="A pool has no ready model server, or its picker reports nothing. Every request to "
        "it fails.\n\nCheck the Pods: `kubectl get pods`, then `kubectl describe pod` for a "
        "Pending one. Stock-outs, quota and gated models are the usual causes; see "
        "docs/operations.md. If the Pods are ready, check the log of the picker, the Deployment "
        "whose name ends in `-epp`.",
    )
    ratios = [f"({ratio} > {wanted.error_rate:g})" for ratio in _error_ratio(settings)]
    yield Alert(
        kind=AlertKind.ERROR_RATE,
        title="too many requests fail",
        severity=Severity.CRITICAL,
        condition=Query(promql=" or ".join(ratios), seconds=seconds),
        text="The load balancer returns 5xx. The dashboard shows the causes: 503 means that the "
        "picker had no server to choose, or that a server is gone; 504 is "
        "`gateway.timeoutSeconds`.",
    )
    queue = f"max by (name) ({own(metrics.POOL_QUEUE, settings)}) > {wanted.queue_size:g}"
    yield Alert(
        kind=AlertKind.QUEUE,
        title="requests queue up",
        severity=Severity.WARNING,
        condition=Query(promql=queue, seconds=seconds),
        text="More requests are waiting in the model servers than can be served in time. Raise "
        "`replicas`, or the autoscaler's `max`; docs/operations.md shows what a stock-out looks "
        "like.",
    )
    cache = f"max by (name) ({own(metrics.POOL_KV_CACHE, settings)}) > {wanted.kv_cache:g}"
    yield Alert(
        kind=AlertKind.KV_CACHE,
        title="the KV cache is full",
        severity=Severity.WARNING,
        condition=Query(promql=cache, seconds=seconds),
        text="From here on, vLLM preempts running requests and recomputes them. Raise `replicas`, "
        "or lower `maxModelLen` if no request is that long.",
    )
    if (name := certificate(settings)) is not None:
        expiring = (
            f'log_id("{metrics.CERTIFICATE_LOG_ID}")\n'
            'jsonPayload.state=("CLOSE_TO_EXPIRY" OR "EXPIRED")\n'
            # A part of the resource's whole name.
            f'jsonPayload.certificates:"{name}"'
        )
        yield Alert(
            kind=AlertKind.CERTIFICATE,
            title="a certificate expires",
            severity=Severity.ERROR,
            condition=LogMatch(filter=expiring),
            text="Certificate Manager has not renewed the endpoint's certificate, which expires "
            "within ten days. For a Google-managed one, check the DNS record of its authorization; "
            "replace one that you uploaded.",
        )
    if uses_gpus(settings):
        cluster = cluster_name(settings)
        here = [f'resource.labels.cluster_name="{cluster}"'] if cluster else []
        entries = ['resource.type="k8s_node"', *here, f'"{metrics.XID}"']
        yield Alert(
            kind=AlertKind.GPU_ERRORS,
            title="a GPU reports an error",
            severity=Severity.ERROR,
            condition=LogMatch(filter="\n".join(entries)),
            text="A node's NVIDIA driver has logged an Xid error. 13 and 31 mostly come from the "
            "program; 48, 63, 64, 74, 79, 94 and 95 come from the GPU and call for another node: "
            "drain the node and delete its instance, and GKE creates a new one.",
        )


def alerts(settings: Settings) -> Iterator[Alert]:
    """Alert policies that the settings ask for. Those of objectives are beside the objectives."""
    wanted = settings.observability.alerts
    if wanted is None:
        return
    for alert in _every(settings, wanted):
        if alert.kind not in wanted.without:
            yield replace(alert, title=f"{title(settings)}: {alert.title}")
