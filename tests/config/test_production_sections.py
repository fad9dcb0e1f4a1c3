"""Network, cluster, security and labels of production: what is refused, and what is not."""

import json
from collections.abc import Mapping
from typing import Any, Final

import pytest
from pydantic import ValidationError

from inference.config import Settings
from inference.config.problems import findings

Sections = Mapping[str, Any]
_SHARED: Final = {
    "hostProject": "host-project",
    "subnetwork": "nodes",
    "podRange": "pods",
    "serviceRange": "services",
}
_SALE: Final = {"name": "sale", "start": "2026-11-20T00:00:00Z", "end": "2026-12-02T00:00:00Z"}


def _settings(sections: Sections) -> Settings:
    return Settings.model_validate_json(json.dumps(sections), strict=True)


def _network(**keys: object) -> Sections:
    return {"network": keys}


def _cluster(**keys: object) -> Sections:
    return {"cluster": keys}


def _existing(**keys: object) -> Sections:
    return _cluster(mode="existing", context="kind", **keys)


def _window(**keys: object) -> Sections:
    return _cluster(maintenance={"window": keys})


def _exclusions(*exclusions: object) -> Sections:
    return _cluster(maintenance={"exclusions": exclusions})


@pytest.mark.parametrize(
    ("sections", "path", "says"),
    [
        (_network(vpc={}, subnetwork="nodes"), "network", "of an existing network"),
        (_network(vpc={}, hostProject="host-project"), "network", "`hostProject`: of an existing"),
        (_network(podRange="pods"), "network", "go together"),
        (_network(hostProject="host-project"), "network", "needs `subnetwork`"),
        (_network(hostProject="h"), "network.hostProject", "a project id"),
        (_network(vpc={"pods": "10.0.0.1/14"}), "network.vpc.pods", "not an IPv4 range"),
        (_network(vpc={"nodes": "10.0.0.0/30"}), "network.vpc.nodes", "too small for a subnet"),
        ({**_network(vpc={}), **_existing()}, "network.vpc", "would be ignored"),
        (
            {**_network(**_SHARED), **_existing()},
            "network.podRange",
            "an existing cluster has its network",
        ),
        (_existing(privateNodes=True), "cluster", "`privateNodes`: not for mode existing"),
        (_existing(maintenance={}), "cluster", "`maintenance`: not for mode existing"),
        (_cluster(mode="autopilot", imageStreaming=True), "cluster", "which always has it"),
        (_cluster(mode="autopilot", dataplaneV2=True), "cluster", "which always has it"),
        (
            _cluster(endpoint="dns", authorizedNetworks=[{"name": "a", "cidr": "10.0.0.0/8"}]),
            "cluster",
            "switches off",
        ),
        (_cluster(authorizedNetworks=[{"name": "a", "cidr": "10.0.0.1/8"}]), "cluster.", "IPv4"),
        (_cluster(notifications={"topic": "upgrades"}), "cluster.notifications.topic", "a topic"),
        (_window(days=[]), "cluster.maintenance.window", "at least one day"),
        (_window(days=["SA", "SA"]), "cluster.maintenance.window", "each named once"),
        (_window(days=["Sat"]), "cluster.maintenance.window.days[0]", "'SA'"),
        (_window(start="02:00"), "cluster.maintenance.window.start", "in UTC"),
        (_window(start="25:00Z"), "cluster.maintenance.window.start", "in UTC"),
        (_window(hours=3), "cluster.maintenance.window.hours", "greater than or equal to 4"),
        (_exclusions(_SALE, _SALE), "cluster.maintenance", "must be unique"),
        (
            _exclusions({**_SALE, "end": "2026-11-20T00:00:00Z"}),
            "cluster.maintenance.exclusions[0]",
            "not after it begins",
        ),
        (
            _exclusions({**_SALE, "end": "2026-12-02T00:00:00+01:00"}),
            "cluster.maintenance.exclusions[0].end",
            "a moment in UTC",
        ),
        (
            _exclusions({**_SALE, "end": "2026-13-02T00:00:00Z"}),
            "cluster.maintenance.exclusions[0].end",
            "does not match format",
        ),
        (
            {**_cluster(mode="autopilot"), "security": {"secureBoot": True}},
            "security.secureBoot",
            "always start securely",
        ),
        ({**_existing(), "security": {"secureBoot": True}}, "security.secureBoot", "ignored"),
        ({"labels": {"pulumi-stack": "mine"}}, "labels", "tell the stack's resources"),
        ({"labels": {"goog-x": "mine"}}, "labels", "set by Google"),
        ({"labels": {"team": "Mine"}}, "labels.team", "lower-case"),
        ({"nodePools": [{"maxPods": 7}]}, "nodePools[0].maxPods", "greater than or equal to 8"),
    ],
)
def test_what_cannot_be_meant_is_refused(sections: Sections, path: str, says: str) -> None:
    with pytest.raises(ValidationError) as caught:
        _settings(sections)
    found = findings(caught.value)

    assert len(found) == 1
    assert found[0].path.startswith(path)
    assert says in found[0].message


@pytest.mark.parametrize(
    "sections",
    [
        _network(vpc={}),
        _network(name="mine", vpc={"nat": False}),
        _network(name="shared", **_SHARED),
        _network(podRange="pods", serviceRange="services", subnetwork="nodes"),
        _window(),
        _window(days=["SA"], start="23:59Z", hours=24),
        _exclusions(_SALE, {**_SALE, "name": "another"}),
        _cluster(mode="autopilot", privateNodes=True, endpoint="dns", costAllocation=True),
        {"security": {"protect": True, "secureBoot": True, "posture": "disabled"}},
        {**_cluster(mode="autopilot"), "security": {"secureBoot": False}},
        {"labels": {"team": "inference", "cost_centre": ""}},
        {"nodePools": [{"maxPods": 256, "secureBoot": False}]},
    ],
)
def test_what_can_be_meant_is_taken(sections: Sections) -> None:
    assert _settings(sections)


def test_a_vpc_is_named_after_the_cluster_unless_it_has_a_name() -> None:
    made = {**_network(vpc={}), **_cluster(name="mine")}

    assert _settings(made).network_name == "mine"
    assert _settings(_network(name="default", vpc={})).network_name == "default"
    assert _settings(_cluster(name="mine")).network_name == "default"
