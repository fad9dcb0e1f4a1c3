"""Checks of what would watch the stack and tell nobody, or see nothing."""

from typing import Any, Final

import pytest
from preflight_cases import Table, Values

from inference.config import Severity
from inference.preflight import observability
from inference.preflight.registry import Check, checks_of

_TOLD: Final = {"email": "a@example.com"}
_CHANNEL: Final = {"channels": ["projects/p/notificationChannels/1"]}
_OFF: Final = {"requestLog": {"enabled": False}}
_NONE: Final = {"requestLog": {"sampleRate": 0}}
_EXISTING: Final = {"mode": "existing", "context": "mine"}
_GCLOUD: Final = {"mode": "existing", "context": "gke_p_us-central1_mine"}
_ELSEWHERE: Final = {"cluster": _EXISTING, "gateway": {"className": "istio"}}


def _watched(**values: Any) -> Values:  # noqa: ANN401 any JSON
    return {"observability": values}


_TRIPS: Final[list[tuple[str, Values, str]]] = [
    ("observability.nobody-told", _watched(alerts={}), "observability.alerts"),
    ("observability.nobody-told", _watched(alerts={"channels": []}), "observability.alerts"),
    (
        "observability.no-request-log",
        {**_watched(alerts=_TOLD), "gateway": _OFF},
        "gateway.requestLog",
    ),
    (
        "observability.no-request-log",
        {**_watched(dashboard=True), "gateway": _NONE},
        "gateway.requestLog",
    ),
    ("observability.no-objective", _watched(sloDays=28), "observability.sloDays"),
    (
        "observability.no-objective",
        {**_watched(sloDays=28), "slo": {"tokensPerSecond": 100.0}},
        "observability.sloDays",
    ),
    (
        "observability.highest-goal",
        {**_watched(sloDays=28), "slo": {"errorRate": 0.0001}},
        "slo.errorRate",
    ),
    (
        "observability.not-on-google-cloud",
        {**_watched(dashboard=True), **_ELSEWHERE},
        "observability",
    ),
    (
        "observability.cluster-unknown",
        {**_watched(dashboard=True), "cluster": _EXISTING},
        "cluster.context",
    ),
    (
        "observability.scraped-by-gke",
        {**_watched(modelServerMetrics="gke"), "cluster": _EXISTING},
        "observability.modelServerMetrics",
    ),
    (
        "observability.scraped-by-gke",
        {**_watched(modelServerMetrics="gke"), "cluster": _GCLOUD},
        "observability.modelServerMetrics",
    ),
    (
        "observability.highest-goal",
        {**_watched(sloDays=1), "slo": {"errorRate": 0.0}},
        "slo.errorRate",
    ),
    (
        "observability.cluster-unknown",
        {**_watched(alerts=_TOLD), "cluster": {"mode": "existing", "context": "gke_two_parts"}},
        "cluster.context",
    ),
    (
        "observability.not-on-google-cloud",
        {**_watched(sloDays=7), **_ELSEWHERE},
        "observability",
    ),
]
_NEAR_MISSES: Final[list[tuple[str, Values]]] = [
    ("observability.nobody-told", _watched(alerts=_TOLD)),
    ("observability.nobody-told", _watched(alerts=_CHANNEL)),
    ("observability.nobody-told", _watched(dashboard=True)),
    ("observability.no-request-log", {**_watched(sloDays=28), "gateway": _OFF}),
    ("observability.no-request-log", {"gateway": _OFF}),
    (
        "observability.no-request-log",
        {**_watched(alerts=_TOLD), "gateway": {"requestLog": {"sampleRate": 1}}},
    ),
    ("observability.no-objective", {**_watched(sloDays=28), "slo": {"errorRate": 0.01}}),
    ("observability.no-objective", {**_watched(sloDays=28), "slo": {"interTokenP95Ms": 50.0}}),
    ("observability.highest-goal", {**_watched(sloDays=28), "slo": {"errorRate": 0.001}}),
    ("observability.highest-goal", {"slo": {"errorRate": 0.0001}}),
    ("observability.not-on-google-cloud", _ELSEWHERE),
    ("observability.not-on-google-cloud", {**_watched(dashboard=True), "cluster": _EXISTING}),
    ("observability.cluster-unknown", {**_watched(dashboard=True), "cluster": _GCLOUD}),
    ("observability.cluster-unknown", {"cluster": _EXISTING}),
    ("observability.scraped-by-gke", _watched(modelServerMetrics="gke")),
    (
        "observability.scraped-by-gke",
        {**_watched(modelServerMetrics="stack"), "cluster": _EXISTING},
    ),
]
_WORDS: Final[list[tuple[str, Values, str, str]]] = [
    (
        "observability.nobody-told",
        _watched(alerts={}),
        "neither `email` nor `channels` is set: incidents would be opened, but no one notified",
        "pulumi config set --path 'gke-inference-gateway:observability.alerts.email' ADDRESS",
    ),
    (
        "observability.highest-goal",
        {**_watched(sloDays=28), "slo": {"errorRate": 0.0001}},
        (
            "0.0001 requires 0.9999 of requests to succeed, but Cloud Monitoring accepts no goal "
            "above 0.999, which the SLO would use"
        ),
        "set `slo.errorRate` to 0.001 in the stack file",
    ),
    (
        "observability.no-request-log",
        {**_watched(dashboard=True), "gateway": _NONE},
        "the request log is off: the metric of failed requests would count nothing",
        "pulumi config set --path 'gke-inference-gateway:gateway.requestLog.sampleRate' 1000000",
    ),
    (
        "observability.no-objective",
        _watched(sloDays=28),
        (
            "`slo` sets none of errorRate, timeToFirstTokenP95Ms and interTokenP95Ms that can be "
            "tracked here: no SLO would be created"
        ),
        "set `slo.errorRate` to 0.01 in the stack file",
    ),
    (
        "observability.not-on-google-cloud",
        {**_watched(dashboard=True), **_ELSEWHERE},
        "the cluster is not on Google Cloud, so no dashboard, alert or SLO would be created",
        "pulumi config rm gke-inference-gateway:observability",
    ),
    (
        "observability.cluster-unknown",
        {**_watched(dashboard=True), "cluster": _EXISTING},
        (
            "mine does not contain the cluster's name: every cluster in the project with "
            "namespace default would be counted"
        ),
        (
            "pulumi config set --path 'gke-inference-gateway:cluster.context' "
            "gke_PROJECT_LOCATION_NAME"
        ),
    ),
    (
        "observability.scraped-by-gke",
        {**_watched(modelServerMetrics="gke"), "cluster": _EXISTING},
        (
            "no PodMonitoring is created for the model servers: their metrics are collected only "
            "if the cluster's automatic monitoring is on"
        ),
        "gcloud container clusters update NAME --auto-monitoring-scope=ALL",
    ),
]
TABLE: Final = Table(modules=(observability,), trips=_TRIPS, passes=_NEAR_MISSES, words=_WORDS)


@pytest.mark.parametrize("check", checks_of(observability), ids=lambda check: check.id)
def test_none_of_them_stops_an_update(check: Check) -> None:
    assert check.severity in {Severity.WARNING, Severity.INFO}


def test_a_stack_that_is_watched_and_tells_somebody_has_no_finding() -> None:
    whole = {
        **_watched(dashboard=True, alerts=_TOLD, sloDays=28),
        "slo": {"errorRate": 0.01},
    }

    assert TABLE.findings(whole) == []
