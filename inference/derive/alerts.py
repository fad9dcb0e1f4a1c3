"""Alert policies: what each watches, from when on, and what its reader should do."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, assert_never, final

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


def _condition(kind: AlertKind, settings: Settings, alerts: Alerts) -> Query | LogMatch:
    seconds = alerts.minutes * _MINUTE
    match kind:
        case AlertKind.NO_READY_ENDPOINT:
            return Query(promql=_no_ready(settings), seconds=seconds)
        case AlertKind.ERROR_RATE:
            ratios = [f"({ratio} > {alerts.error_rate:g})" for ratio in _error_ratio(settings)]
            return Query(promql=" or ".join(ratios), seconds=seconds)
        case AlertKind.QUEUE:
            queue = own(metrics.POOL_QUEUE, settings)
            return Query(promql=f"max by (name) ({queue}) > {alerts.queue_size:g}", seconds=seconds)
        case AlertKind.KV_CACHE:
            cache = own(metrics.POOL_KV_CACHE, settings)
            return Query(promql=f"max by (name) ({cache}) > {alerts.kv_cache:g}", seconds=seconds)
        case AlertKind.CERTIFICATE:
            return LogMatch(
                filter=f'log_id("{metrics.CERTIFICATE_LOG_ID}")\n'
                'jsonPayload.state=("CLOSE_TO_EXPIRY" OR "EXPIRED")\n'
                # A part of the resource's whole name.
                f'jsonPayload.certificates:"{certificate(settings)}"'
            )
        case AlertKind.GPU_ERRORS:
            name = cluster_name(settings)
            cluster = [f'resource.labels.cluster_name="{name}"'] if name else []
            return LogMatch(
                filter="\n".join(['resource.type="k8s_node"', *cluster, f'"{metrics.XID}"'])
            )
    assert_never(kind)


@final
@dataclass(frozen=True, kw_only=True)
class _Told:
    """What the reader of an incident gets to know."""

    title: str
    severity: Severity
    text: str


_TOLD: Final = {
    AlertKind.NO_READY_ENDPOINT: _Told(
        title="no ready endpoint",
        severity=Severity.CRITICAL,
        text="A pool has no ready model server, or its picker reports nothing. Every request to "
        "it fails.\n\nCheck the Pods: `kubectl get pods`, then `kubectl describe pod` for a "
        "Pending one. Stock-outs, quota and gated models are the usual causes; see "
        "docs/operations.md. If the Pods are ready, check the log of the picker, the Deployment "
        "whose name ends in `-epp`.",
    ),
    AlertKind.ERROR_RATE: _Told(
        title="too many requests fail",
        severity=Severity.CRITICAL,
        text="The load balancer returns 5xx. The dashboard shows the causes: 503 means that the "
        "picker had no server to choose, or that a server is gone; 504 is "
        "`gateway.timeoutSeconds`.",
    ),
    AlertKind.QUEUE: _Told(
        title="requests queue up",
        severity=Severity.WARNING,
        text="More requests are waiting in the model servers than can be served in time. Raise "
        "`replicas`, or the autoscaler's `max`; docs/operations.md shows what a stock-out looks "
        "like.",
    ),
    AlertKind.KV_CACHE: _Told(
        title="the KV cache is full",
        severity=Severity.WARNING,
        text="From here on, vLLM preempts running requests and recomputes them. Raise `replicas`, "
        "or lower `maxModelLen` if no request is that long.",
    ),
    AlertKind.CERTIFICATE: _Told(
        title="a certificate expires",
        severity=Severity.ERROR,
        text="Certificate Manager has not renewed the endpoint's certificate, which expires "
        "within ten days. For a Google-managed one, check the DNS record of its authorization; "
        "replace one that you uploaded.",
    ),
    AlertKind.GPU_ERRORS: _Told(
        title="a GPU reports an error",
        severity=Severity.ERROR,
        text="A node's NVIDIA driver has logged an Xid error. 13 and 31 mostly come from the "
        "program; 48, 63, 64, 74, 79, 94 and 95 come from the GPU and call for another node: "
        "drain the node and delete its instance, and GKE creates a new one.",
    ),
}


def alerts(settings: Settings) -> Iterator[Alert]:
    """Alert policies that the settings ask for. Those of objectives are beside the objectives."""
    wanted = settings.observability.alerts
    if wanted is None:
        return
    watches_nothing = {AlertKind.CERTIFICATE} if certificate(settings) is None else set[AlertKind]()
    if not uses_gpus(settings):
        watches_nothing.add(AlertKind.GPU_ERRORS)
    for kind, told in _TOLD.items():
        if kind not in wanted.without and kind not in watches_nothing:
            yield Alert(
                kind=kind,
                title=f"{title(settings)}: {told.title}",
                severity=told.severity,
                condition=_condition(kind, settings, wanted),
                text=told.text,
            )
