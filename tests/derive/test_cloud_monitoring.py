"""Dashboard, alert policies and objectives: what they name is exported, and theirs alone."""

import json
from collections.abc import Mapping
from typing import Any, Final

import pytest
from promql import balanced, log_ids, metric_types, metrics_of, texts

from inference.catalog.metrics import CERTIFICATE_LOG_ID, EXTERNAL, INTERNAL, METRICS
from inference.catalog.releases import RELEASES
from inference.config.observability import AlertKind
from inference.config.settings import Settings
from inference.derive.alerts import Alert, LogMatch, Query, alerts
from inference.derive.dashboard import dashboard
from inference.derive.monitoring_names import cluster_name, error_log_filter
from inference.derive.names import certificate_name, error_metric_name
from inference.derive.slos import Below, Objective, Ratio, burn_rate_text, objectives

_WATCHED: Final[Mapping[str, Any]] = {
    "observability": {"dashboard": True, "alerts": {"email": "a@example.com"}, "slo_days": 28},
    "slo": {"error_rate": 0.01, "time_to_first_token_p95_ms": 500, "inter_token_p95_ms": 50},
    "models": [{"lora": {}}, {"name": "qwen", "model": "Qwen/Qwen3-32B"}],
}
_STACKS: Final[Mapping[str, Mapping[str, Any]]] = {
    **{release: {"gateway_release": release} for release in RELEASES},
    "internal": {"gateway": {"class_name": "gke-l7-rilb"}},
    "another controller": {"gateway": {"class_name": "istio"}},
    "autopilot": {"cluster": {"mode": "autopilot"}},
    "existing": {"cluster": {"mode": "existing", "context": "gke_p_us-central1_mine"}},
    "existing, unknown": {"cluster": {"mode": "existing", "context": "mine"}},
    "without adapters": {"models": [{}]},
}
_every_stack = pytest.mark.parametrize("stack", _STACKS.values(), ids=_STACKS)


def _settings(stack: Mapping[str, Any]) -> Settings:
    return Settings.model_validate({"models": [{}], **_WATCHED, **stack}, by_name=True)


def _queries(settings: Settings) -> list[str]:
    charts = list(texts(json.loads(json.dumps(dashboard(settings))), "prometheusQuery"))
    conditions = [alert.condition for alert in alerts(settings)]
    return [*charts, *(c.promql for c in conditions if isinstance(c, Query))]


def _log_filters(settings: Settings) -> list[str]:
    conditions = [alert.condition for alert in alerts(settings)]
    return [c.filter for c in conditions if isinstance(c, LogMatch)]


def _filters(objective: Objective) -> list[str]:
    indicator = objective.indicator
    return [indicator.bad, indicator.total] if isinstance(indicator, Ratio) else [indicator.filter]


@_every_stack
def test_queries_name_only_what_is_exported(stack: Mapping[str, Any]) -> None:
    settings = _settings(stack)
    exported = {
        series
        for metric in METRICS.values()
        if not metric.releases or settings.gateway_release in metric.releases
        for series in metric.series
    }
    logged = f"logging_googleapis_com:user_{error_metric_name(settings).replace('-', '_')}"
    queries = _queries(settings)

    assert len(queries) > 20
    for query in queries:
        assert metrics_of(query), query
        assert metrics_of(query) <= exported | {logged}, query
        assert balanced(query), query


@_every_stack
def test_filters_name_only_what_is_exported(stack: Mapping[str, Any]) -> None:
    settings = _settings(stack)
    types = {metric.monitoring_type for metric in METRICS.values()}
    logs = {CERTIFICATE_LOG_ID, EXTERNAL.log_id, INTERNAL.log_id}
    found = list(objectives(settings))

    assert found
    for objective in found:
        for text in _filters(objective):
            assert metric_types(text), text
            assert metric_types(text) <= types, text
    for text in [*_log_filters(settings), error_log_filter(settings)]:
        assert log_ids(text) <= logs, text


@_every_stack
def test_what_the_stack_scrapes_is_told_from_other_clusters_and_namespaces(
    stack: Mapping[str, Any],
) -> None:
    settings = _settings({**stack, "namespace": "models"})
    name = cluster_name(settings)

    for query in _queries(settings):
        if "googleapis" in query:
            continue
        assert 'namespace="models"' in query or "DCGM" in query
        if name:
            assert f'cluster="{name}",location="us-central1"' in query
    for objective in objectives(settings):
        if isinstance(objective.indicator, Below):
            assert 'resource.labels.namespace="models"' in objective.indicator.filter


def test_load_balancers_are_told_by_region_and_gateway() -> None:
    settings = _settings({"namespace": "models", "gateway": {"name": "public-endpoint"}})
    of_balancers = [query for query in _queries(settings) if "loadbalancing" in query]

    assert of_balancers
    for query in of_balancers:
        assert 'region="us-central1"' in query
        # Long names are cut by GKE, so only their beginning is asked for.
        assert 'url_map_name=~"gkegw1-[a-z0-9]+-models.*-public-e.*"' in query


@pytest.mark.parametrize(
    ("cluster", "name"),
    [
        ({"name": "mine"}, "mine"),
        ({"mode": "existing", "context": "gke_project_us-central1-a_other"}, "other"),
        ({"mode": "existing", "context": "kind-kind"}, None),
        ({"mode": "existing", "context": "gke_two_parts"}, None),
    ],
)
def test_name_of_the_cluster_in_metrics(cluster: Mapping[str, Any], name: str | None) -> None:
    assert cluster_name(_settings({"cluster": cluster})) == name


def test_both_load_balancers_of_two_gateways_are_watched() -> None:
    """The second one's URL map has a name that begins as the first one's does."""
    settings = _settings({"gateway": {"internal": True}})
    (ratio,) = (a.condition for a in alerts(settings) if a.kind is AlertKind.ERROR_RATE)
    assert isinstance(ratio, Query)
    charts = "".join(_queries(settings))

    for balancer in (EXTERNAL, INTERNAL):
        assert balancer.requests.promql in ratio.promql
        assert balancer.latencies.promql in charts
        assert f'log_id("{balancer.log_id}")' in error_log_filter(settings)
    assert {o.id for o in objectives(settings) if isinstance(o.indicator, Ratio)} == {
        "availability",
        "availability-internal",
    }


_TLS: Final[Mapping[str, Any]] = {"hostnames": ["llm.example.com"]}


@pytest.mark.parametrize(
    ("gateway", "name"),
    [
        ({**_TLS, "tls": {"certificate": "given"}}, "given"),
        ({**_TLS, "tls": {}}, certificate_name("inference", ["llm.example.com"])),
        ({**_TLS, "tls": {"secret": "own"}}, None),
        ({}, None),
        ({**_TLS, "tls": {"secret": "own"}, "class_name": "istio"}, None),
    ],
)
def test_the_certificate_that_is_watched_is_the_endpoints(
    gateway: Mapping[str, Any], name: str | None
) -> None:
    settings = _settings({"cluster": {"name": "inference"}, "gateway": gateway})
    filters = [
        a.condition.filter
        for a in alerts(settings)
        if a.kind is AlertKind.CERTIFICATE and isinstance(a.condition, LogMatch)
    ]
    wanted = [f'jsonPayload.certificates:"{name}"'] if name else []
    assert [text.splitlines()[-1] for text in filters] == wanted


def _alert(kind: AlertKind, **values: object) -> Alert:
    observability = {"alerts": values}
    (alert,) = (a for a in alerts(_settings({"observability": observability})) if a.kind is kind)
    return alert


@pytest.mark.parametrize(
    ("kind", "values", "ending"),
    [
        (AlertKind.ERROR_RATE, {"error_rate": 0.2}, " > 0.2)"),
        (AlertKind.QUEUE, {"queue_size": 3}, " > 3"),
        (AlertKind.KV_CACHE, {"kv_cache": 0.5}, " > 0.5"),
    ],
)
def test_thresholds_are_those_of_the_stack(
    kind: AlertKind, values: Mapping[str, Any], ending: str
) -> None:
    condition = _alert(kind, minutes=7, **values).condition

    assert isinstance(condition, Query)
    assert condition.promql.endswith(ending)
    assert condition.seconds == 420


def test_a_pool_whose_picker_is_silent_has_no_ready_endpoint_either() -> None:
    condition = _alert(AlertKind.NO_READY_ENDPOINT).condition

    assert isinstance(condition, Query)
    assert "< 1" in condition.promql
    for name in ("llama3-8b", "qwen"):
        assert f'name="{name}"}})' in condition.promql
    assert condition.promql.count("absent(") == 2


def test_gpu_errors_are_looked_for_in_the_logs_of_the_clusters_own_nodes() -> None:
    condition = _alert(AlertKind.GPU_ERRORS).condition

    assert isinstance(condition, LogMatch)
    assert condition.filter.splitlines() == [
        'resource.type="k8s_node"',
        'resource.labels.cluster_name="inference-gateway"',
        '"NVRM: Xid"',
    ]


def test_alerts_that_are_not_wanted_are_left_out() -> None:
    some = {"without": [AlertKind.QUEUE, AlertKind.CERTIFICATE]}
    sections: dict[str, Any] = {"observability": {"alerts": some}, "gateway": {**_TLS, "tls": {}}}
    kinds = {alert.kind for alert in alerts(_settings(sections))}

    assert kinds == set(AlertKind) - {AlertKind.QUEUE, AlertKind.CERTIFICATE}
    assert list(alerts(_settings({"observability": {}}))) == []


def test_every_alert_says_what_to_do_and_has_a_name_of_its_own() -> None:
    found = list(alerts(_settings({"gateway": {**_TLS, "tls": {}}})))

    assert len(found) == len(AlertKind)
    assert len({alert.name for alert in found}) == len(found)
    assert all(alert.text and alert.name.islower() for alert in found)


@pytest.mark.parametrize(
    ("slo", "expected"),
    [
        ({}, {}),
        ({"error_rate": 0.01}, {"availability": 0.99}),
        # Cloud Monitoring takes no higher goal.
        ({"error_rate": 0}, {"availability": 0.999}),
        (
            {"time_to_first_token_p95_ms": 500},
            {"llama3-8b-time-to-first-token": 0.95, "qwen-time-to-first-token": 0.95},
        ),
        ({"tokens_per_second": 100}, {}),
    ],
)
def test_goals_come_from_the_slo_section(
    slo: Mapping[str, Any], expected: Mapping[str, float]
) -> None:
    found = objectives(_settings({"slo": slo}))

    assert {objective.id: round(objective.goal, 4) for objective in found} == expected


def test_latency_objectives_are_of_one_model_and_in_seconds() -> None:
    settings = _settings({"slo": {"time_to_first_token_p95_ms": 250}})
    first = next(iter(objectives(settings)))

    assert isinstance(first.indicator, Below)
    assert first.indicator.seconds == 0.25
    assert 'metric.labels.model_name="meta-llama/Llama-3.1-8B-Instruct"' in first.indicator.filter


def test_availability_is_that_of_the_load_balancer_the_stack_has() -> None:
    internal = _settings({"slo": {"error_rate": 0.1}, "gateway": {"class_name": "gke-l7-rilb"}})
    (objective,) = objectives(internal)

    assert objective.id == "availability-internal"
    assert isinstance(objective.indicator, Ratio)
    assert 'resource.type="internal_http_lb_rule"' in objective.indicator.total
    assert objective.indicator.bad.startswith(objective.indicator.total)


def test_lora_is_charted_where_there_are_adapters() -> None:
    def titles(stack: Mapping[str, Any]) -> set[str]:
        return set(texts(dashboard(_settings(stack)), "title"))

    assert titles({}) - titles({"models": [{}]}) == {"LoRA adapters in use"}


def test_tiles_lie_beside_each_other() -> None:
    tiles = dashboard(_settings({}))["mosaicLayout"]["tiles"]
    places = {(tile.get("xPos", 0), tile.get("yPos", 0)) for tile in tiles}

    assert len(places) == len(tiles)
    assert all(tile.get("xPos", 0) + tile["width"] <= 48 for tile in tiles)
    # The API gives back no zeros, which would be a change at each update.
    assert not [tile for tile in tiles if 0 in (tile.get("xPos"), tile.get("yPos"))]


def test_names_that_a_project_has_once_differ_by_cluster_and_region() -> None:
    names = {
        error_metric_name(_settings({"cluster": {"name": name}, "gcp": {"region": region}}))
        for name in ("a", "b")
        for region in ("us-central1", "europe-west4")
    }

    assert len(names) == 4


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (30, "the budget for 30 days is used up in 3 days."),
        (7, "the budget for 7 days is used up in 16.8 hours."),
        (1, "the budget for 1 day is used up in 2.4 hours."),
    ],
)
def test_a_burn_rate_alert_names_the_days_of_its_objective(days: int, said: str) -> None:
    assert said in burn_rate_text(days)
