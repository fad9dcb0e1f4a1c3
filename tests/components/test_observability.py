"""What is made in Cloud Monitoring, and who scrapes the model servers."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

import pytest
from conftest import OTHER_GATEWAY, of_type, only, run

from inference.catalog.gcp import LOG_METRICS_ROLE, MONITORING_ROLE
from inference.config.observability import AlertKind
from inference.derive.needs import needs
from inference.offline.runner import Run

_ALL: Final[Mapping[str, Any]] = {
    "observability": {
        "dashboard": True,
        "alerts": {
            "email": "on-call@example.com",
            "channels": ["projects/p/notificationChannels/1"],
        },
        "sloDays": 28,
    },
    "slo": {"errorRate": 0.01, "timeToFirstTokenP95Ms": 500},
    "gateway": {"hostnames": ["llm.example.com"], "tls": {}},
}
_KINDS: Final = (
    ":Dashboard",
    ":AlertPolicy",
    ":NotificationChannel",
    ":CustomService",
    ":Slo",
    "logging/metric:Metric",
)


def _made(found: Run) -> dict[str, int]:
    return {kind: len(of_type(found, kind)) for kind in _KINDS}


def test_nothing_is_made_unless_it_is_asked_for() -> None:
    assert set(_made(run()).values()) == {0}
    assert not set(needs(run().settings).roles) & {MONITORING_ROLE, LOG_METRICS_ROLE}


def test_everything_that_is_asked_for_is_made_by_the_stacks_provider_after_the_apis() -> None:
    found = run(_ALL)
    apis = {resource.urn for resource in of_type(found, "projects/service:Service")}
    policies = len(AlertKind) + 2

    assert _made(found) == dict(zip(_KINDS, (1, policies, 1, 1, 2, 1), strict=True))
    assert set(needs(found.settings).roles) >= {MONITORING_ROLE, LOG_METRICS_ROLE}
    for kind in _KINDS:
        for resource in of_type(found, kind):
            assert resource.parent.endswith("Observability::inference-observability")
            assert "providers:gcp" in resource.provider
            if kind != ":Slo" and not resource.name.endswith("-burn"):
                assert apis <= set(resource.depends_on), resource.name


@pytest.mark.parametrize(
    ("observability", "made"),
    [
        ({"dashboard": True}, (1, 0, 0, 0, 0, 1)),
        ({"alerts": {}}, (0, len(AlertKind), 0, 0, 0, 1)),
        ({"alerts": {"without": [k.value for k in AlertKind]}}, (0, 0, 0, 0, 0, 1)),
        ({"sloDays": 7}, (0, 0, 0, 1, 2, 0)),
    ],
)
def test_each_part_is_made_without_the_others(
    observability: Mapping[str, Any], made: tuple[int, ...]
) -> None:
    found = run({**_ALL, "observability": observability})

    assert _made(found) == dict(zip(_KINDS, made, strict=True))


def test_a_cluster_elsewhere_has_nothing_in_cloud_monitoring() -> None:
    elsewhere = {"cluster": {"mode": "existing", "context": "kind"}, "gateway": {"className": "i"}}

    assert set(_made(run({**_ALL, **elsewhere}, gcp={})).values()) == {0}


def test_policies_tell_the_made_channel_and_the_given_ones() -> None:
    found = run(_ALL)
    channel = only(found, ":NotificationChannel")

    assert channel.inputs["labels"] == {"email_address": "on-call@example.com"}
    for policy in of_type(found, ":AlertPolicy"):
        assert policy.inputs["notificationChannels"] == [
            "[unknown]",
            "projects/p/notificationChannels/1",
        ]
        assert channel.urn in policy.depends_on
        assert policy.inputs["userLabels"] == {
            "pulumi-project": "gke-inference-gateway",
            "pulumi-stack": "test",
        }


def test_a_policy_has_one_condition_of_one_kind_and_logs_a_limit() -> None:
    for policy in of_type(run(_ALL), ":AlertPolicy"):
        (condition,) = policy.inputs["conditions"]
        (kind,) = set(condition) - {"displayName"}
        limited = "notificationRateLimit" in policy.inputs["alertStrategy"]

        assert limited is (kind == "conditionMatchedLog"), policy.name
        if kind == "conditionPrometheusQueryLanguage":
            # Before the first server there are no such metrics, and the policy would be refused.
            assert condition[kind]["disableMetricValidation"] is True


def test_objectives_wait_for_the_servers_whose_metrics_they_name() -> None:
    found = run(_ALL)
    server = only(found, "apps/v1:Deployment", "llama3-8b")

    known = only(found, ":KnownMetrics")
    assert server.urn in known.depends_on
    for slo in of_type(found, ":Slo"):
        assert known.urn in slo.depends_on
        assert slo.inputs["rollingPeriodDays"] == 28
        filters = json.dumps(slo.inputs["requestBasedSli"])
        named = re.findall(r"prometheus.googleapis.com/[^\"\\\\]+", filters)
        assert set(named) <= set(known.inputs["types"])
    for policy in of_type(found, ":AlertPolicy"):
        waits = server.urn in policy.depends_on
        # It would be told of before the first server, and no other alert can hold then.
        assert waits is policy.name.endswith("no-ready-endpoint"), policy.name


def test_an_alert_of_a_burning_budget_says_the_days_that_the_stack_asks_for() -> None:
    found = run({**_ALL, "observability": {**_ALL["observability"], "sloDays": 10}})
    texts = [
        policy.inputs["documentation"]["content"]
        for policy in of_type(found, ":AlertPolicy")
        if policy.name.endswith("-burn")
    ]

    assert len(texts) == 2
    assert all("the budget for 10 days is used up in 24 hours." in text for text in texts)


def test_the_log_based_metric_is_the_one_that_the_dashboard_shows() -> None:
    found = run(_ALL)
    name = only(found, "logging/metric:Metric").inputs["name"]
    board = json.loads(only(found, ":Dashboard").inputs["dashboardJson"])

    assert f"logging_googleapis_com:user_{name.replace('-', '_')}" in json.dumps(board)


@pytest.mark.parametrize("mode", ["standard", "autopilot"])
@pytest.mark.parametrize(("who", "scope", "made"), [("stack", "NONE", 1), ("gke", "ALL", 0)])
def test_model_servers_are_scraped_by_one_side_alone(
    mode: str, who: str, scope: str, made: int
) -> None:
    observability = {"modelServerMetrics": who}
    found = run({**OTHER_GATEWAY, "cluster": {"mode": mode}, "observability": observability})
    config = only(found, "container/cluster:Cluster").inputs.get("monitoringConfig", {})
    names = [r.inputs["metadata"]["name"] for r in of_type(found, ":PodMonitoring")]

    assert names.count("llama3-8b") == made
    # Nobody else knows the picker.
    assert names.count("llama3-8b-epp") == 1
    if (mode, who) == ("autopilot", "stack"):
        assert config == {}, "Autopilot has no automatic monitoring unless it is asked for"
    else:
        assert config["managedPrometheus"]["autoMonitoringConfig"] == {"scope": scope}
        assert "SYSTEM_COMPONENTS" in config["enableComponents"]
