"""What would watch the stack and tell nobody, or see nothing."""

from collections.abc import Iterator
from typing import Final

from inference.catalog.limits import MONITORING_SCHEMA, OBJECTIVE_GOAL
from inference.catalog.metrics import AUTO_MONITORING, MONITORING_POLICIES, REQUEST_LOG
from inference.config import Finding, Settings
from inference.config.finding import edit, set_command
from inference.derive.monitoring_names import cluster_name, load_balancers, scrapes_servers
from inference.derive.slos import objectives
from inference.preflight.registry import info, warning

NOBODY_TOLD: Final = warning(
    id="observability.nobody-told",
    cause="`observability.alerts` has neither an e-mail address nor a notification channel.",
    consequence="Incidents are opened, and no one is notified.",
    fix="Set `email` or `channels`.",
    source=MONITORING_POLICIES,
)
NO_REQUEST_LOG: Final = warning(
    id="observability.no-request-log",
    cause="The load balancer's request log is off, or samples no requests.",
    consequence="The log-based metric counts nothing, and the dashboard shows no error causes.",
    fix="Turn `gateway.requestLog` on.",
    source=REQUEST_LOG,
)
NO_OBJECTIVE: Final = warning(
    id="observability.no-objective",
    cause="`observability.sloDays` is set, but `slo` has nothing that Cloud Monitoring can track.",
    consequence="No SLO is created.",
    fix="Set `slo.errorRate`, `slo.timeToFirstTokenP95Ms` or `slo.interTokenP95Ms`.",
    source=MONITORING_POLICIES,
)
OBSERVABILITY_HIGHEST_GOAL: Final = warning(
    id="observability.highest-goal",
    cause="`slo.errorRate` is below 0.001, but Cloud Monitoring accepts no goal above 0.999.",
    consequence="The availability SLO is less strict than `slo` says.",
    fix="Raise `slo.errorRate`, or accept the finding.",
    source=MONITORING_SCHEMA,
)
NOT_ON_GOOGLE_CLOUD: Final = warning(
    id="observability.not-on-google-cloud",
    cause="A dashboard, alerts or SLOs are enabled for a cluster that is not on Google Cloud.",
    consequence="None of them are created.",
    fix="Remove `observability`.",
    source=REQUEST_LOG,
)
CLUSTER_UNKNOWN: Final = warning(
    id="observability.cluster-unknown",
    cause="The cluster's name in metrics cannot be derived from the kubeconfig context of an "
    "existing cluster.",
    consequence="The dashboard, alerts and SLOs include every cluster in the project that has "
    "this namespace.",
    fix="Use the context that `gcloud container clusters get-credentials` writes.",
    source=REQUEST_LOG,
)
SCRAPED_BY_GKE: Final = info(
    id="observability.scraped-by-gke",
    cause="`observability.modelServerMetrics` is `gke`, but the stack does not create the cluster.",
    consequence="Model server metrics are not collected unless the cluster's automatic monitoring "
    "is on.",
    fix="Turn it on: gcloud container clusters update NAME --auto-monitoring-scope=ALL",
    source=AUTO_MONITORING,
)


def _objectives(settings: Settings) -> Iterator[Finding]:
    if settings.observability.slo_days is None:
        return
    if not list(objectives(settings)):
        yield NO_OBJECTIVE.finding(
            "observability.sloDays",
            "`slo` sets none of errorRate, timeToFirstTokenP95Ms and interTokenP95Ms that can be "
            "tracked here: no SLO would be created",
            edit({"slo.errorRate": 0.01}),
        )
    rate = settings.slo.error_rate
    if rate is not None and 1 - rate > OBJECTIVE_GOAL and load_balancers(settings):
        yield OBSERVABILITY_HIGHEST_GOAL.finding(
            "slo.errorRate",
            f"{rate:g} requires {1 - rate:g} of requests to succeed, but Cloud Monitoring accepts "
            f"no goal above {OBJECTIVE_GOAL:g}, which the SLO would use",
            edit({"slo.errorRate": round(1 - OBJECTIVE_GOAL, 3)}),
        )


def _scraping(settings: Settings) -> Iterator[Finding]:
    foreign = settings.on_gke and not settings.cluster.is_created
    if foreign and not scrapes_servers(settings):
        yield SCRAPED_BY_GKE.finding(
            "observability.modelServerMetrics",
            "no PodMonitoring is created for the model servers: their metrics are collected only "
            "if the cluster's automatic monitoring is on",
            "gcloud container clusters update NAME --auto-monitoring-scope=ALL",
        )


def findings(settings: Settings) -> Iterator[Finding]:
    """Findings about dashboard, alerts and objectives."""
    wanted = settings.observability
    yield from _scraping(settings)
    if not wanted.watches:
        return
    if not settings.needs_project:
        yield NOT_ON_GOOGLE_CLOUD.to_remove(
            "observability",
            "the cluster is not on Google Cloud, so no dashboard, alert or SLO would be created",
        )
        return
    if wanted.alerts is not None and not wanted.alerts.email and not wanted.alerts.channels:
        yield NOBODY_TOLD.finding(
            "observability.alerts",
            "neither `email` nor `channels` is set: incidents would be opened, but no one notified",
            set_command("observability.alerts.email", "ADDRESS"),
        )
    log = settings.gateway.request_log
    logged = log.enabled and log.sample_rate
    if load_balancers(settings) and not logged and (wanted.dashboard or wanted.alerts):
        yield NO_REQUEST_LOG.finding(
            "gateway.requestLog",
            "the request log is off: the metric of failed requests would count nothing",
            set_command("gateway.requestLog.enabled", "true")
            if not log.enabled
            else set_command("gateway.requestLog.sampleRate", "1000000"),
        )
    if cluster_name(settings) is None:
        yield CLUSTER_UNKNOWN.to_set(
            "cluster.context",
            f"{settings.cluster.context} does not contain the cluster's name: every cluster in "
            f"the project with namespace {settings.namespace} would be counted",
            "gke_PROJECT_LOCATION_NAME",
        )
    yield from _objectives(settings)
