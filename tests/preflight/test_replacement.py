"""What an update would replace, by the settings of the last one and of this one."""

from collections.abc import Mapping
from typing import Any, Final

import pulumi
import pytest
from conftest import make_settings, run
from preflight_cases import Values, the_only
from pulumi.runtime.invoke import InvokeResult

from inference.catalog.replacing import REPLACING
from inference.config import Configuration, Finding, Settings, Severity
from inference.config.execution import offline
from inference.derive.replacing import REPLACING_OUTPUT, replacing_values
from inference.preflight import check, previous_values, replacement
from inference.preflight.registry import checks_of

_EXISTING: Final = {"mode": "existing", "context": "kind"}
_AUTOPILOT: Final = {"mode": "autopilot"}
_SET: Final = "pulumi config set --path 'gke-inference-gateway:"
_RESERVED: Final = {"capacity": "reservation", "machineType": "a3-highgpu-8g"}


def _pools(*pools: Values) -> Values:
    return {"nodePools": list(pools)}


def _bucket(**keys: Any) -> Values:  # noqa: ANN401 any key
    return {"weights": keys, "gcp": {"project": "my-project"}}


def _settings(raw: Values) -> Settings:
    return make_settings(raw)


def _shared(**keys: str) -> Values:
    shared = {
        "hostProject": "host-project",
        "subnetwork": "nodes",
        "podRange": "pods",
        "serviceRange": "services",
    }
    return {"network": {**shared, **keys}}


def _findings(before: Values, after: Values) -> list[Finding]:
    return list(replacement.findings(_settings(after), replacing_values(_settings(before))))


_SPOT_1G: Final = _pools({"machineType": "a3-highgpu-1g"})
_TRIPS: Final[list[tuple[str, str, Values, Values]]] = [
    ("replacement.cluster", "cluster.mode", {}, {"cluster": _AUTOPILOT}),
    ("replacement.cluster", "cluster.mode", {"cluster": _AUTOPILOT}, {}),
    ("replacement.cluster", "cluster.mode", {}, {"cluster": _EXISTING}),
    ("replacement.cluster", "cluster.name", {}, {"cluster": {"name": "other"}}),
    ("replacement.cluster", "cluster.location", {}, {"cluster": {"location": "us-central1-a"}}),
    ("replacement.cluster", "gcp:region", {}, {"gcp": {"region": "us-east4"}}),
    (
        "replacement.cluster",
        "gcp:project",
        {"gcp": {"project": "first-project"}},
        {"gcp": {"project": "other-project"}},
    ),
    ("replacement.cluster", "network.name", {}, {"network": {"name": "mine"}}),
    ("replacement.cluster", "network.subnetwork", {}, {"network": {"subnetwork": "nodes"}}),
    ("replacement.cluster", "network.name", {}, {"network": {"vpc": {}}}),
    ("replacement.cluster", "cluster.dataplaneV2", {}, {"cluster": {"dataplaneV2": True}}),
    (
        "replacement.cluster",
        "network.hostProject",
        _shared(),
        _shared(hostProject="other-project"),
    ),
    ("replacement.cluster", "network.podRange", _shared(), _shared(podRange="more-pods")),
    ("replacement.cluster", "network.serviceRange", _shared(), _shared(serviceRange="more")),
    ("replacement.node-pool", "nodePools[0].maxPods", _pools({}), _pools({"maxPods": 32})),
    ("replacement.node-pool", "nodePools[0].secureBoot", _pools({}), _pools({"secureBoot": True})),
    ("replacement.node-pool", "nodePools[0].name", {}, _pools({"name": "large"})),
    ("replacement.node-pool", "nodePools[0].machineType", {}, _SPOT_1G),
    (
        "replacement.node-pool",
        "nodePools[1].machineType",
        _pools({}, {"name": "second", "machineType": "g2-standard-12"}),
        _pools({}, {"name": "second", "machineType": "g2-standard-24"}),
    ),
    (
        "replacement.node-pool",
        "nodePools[0].capacity",
        _pools({"machineType": "a3-highgpu-8g"}),
        _pools({"machineType": "a3-highgpu-8g", "capacity": "onDemand"}),
    ),
    (
        "replacement.node-pool",
        "nodePools[0].reservation",
        _pools({**_RESERVED, "reservation": "first"}),
        _pools({**_RESERVED, "reservation": "second"}),
    ),
    ("replacement.inference-pool", "gatewayRelease", {}, {"gatewayRelease": "llm-d-v0.10.0"}),
    (
        "replacement.inference-pool",
        "gatewayRelease",
        {"gatewayRelease": "llm-d-v0.10.0"},
        {"gatewayRelease": "v1.5.0"},
    ),
    ("replacement.bucket", "weights.bucket", _bucket(bucket="first"), _bucket(bucket="second")),
    ("replacement.bucket", "weights.bucket", _bucket(), _bucket(bucket="second")),
    (
        "replacement.bucket",
        "weights.bucket",
        _bucket(),
        {**_bucket(), "cluster": {"name": "other"}},
    ),
    (
        "replacement.bucket",
        "weights.bucket",
        _bucket(),
        {**_bucket(), "gcp": {"project": "other-project"}},
    ),
    (
        "replacement.bucket",
        "gcp:region",
        _bucket(),
        {**_bucket(), "gcp": {"project": "my-project", "region": "us-east4"}},
    ),
    (
        "replacement.bucket",
        "gcp:region",
        {**_bucket(bucket="first"), "cluster": _EXISTING},
        {**_bucket(bucket="first"), "cluster": _EXISTING, "gcp": {"region": "us-east4"}},
    ),
]
"""Id, path, settings of the last update, and of this one."""

_PASSES: Final[dict[str, tuple[Values, Values]]] = {
    "nothing changed": ({}, {}),
    "the name that the bucket had": (
        _bucket(),
        _bucket(bucket="my-project-inference-gateway-weights"),
    ),
    "a bucket that was filled before": (
        _bucket(bucket="first"),
        _bucket(bucket="second", create=False),
    ),
    "another bucket that is not ours": (
        _bucket(bucket="first", create=False),
        _bucket(bucket="second", create=False),
    ),
    "a bucket more": ({}, {"weights": {"bucket": "first"}}),
    "a bucket no longer named": ({"weights": {"bucket": "first"}}, {}),
    "what the bucket is not named after": (
        {**_bucket(bucket="first"), "cluster": _EXISTING},
        {**_bucket(bucket="first"), "cluster": {**_EXISTING, "name": "other"}},
    ),
    "what GKE changes in place": (
        {},
        {"cluster": {"releaseChannel": "stable", "deletionProtection": True}},
    ),
    "the location that it had": ({}, {"cluster": {"location": "us-central1"}}),
    "nodes, zones, disk and autoscaling": (
        _pools({"nodes": 1}),
        _pools(
            {
                "autoscaling": {"max": 4},
                "zones": ["us-central1-b"],
                "diskSizeGb": 500,
                "diskType": "pd-balanced",
            }
        ),
    ),
    "a machine type with the same GPUs": (
        _pools({"machineType": "g2-standard-8"}),
        _pools({"machineType": "g2-standard-16"}),
    ),
    "a pool more": (_pools({}), _pools({}, {"name": "second"})),
    "a pool less": (_pools({}, {"name": "second"}), _pools({})),
    "pools in another order": (
        _pools({}, {"name": "second", "machineType": "g2-standard-8"}),
        _pools({"name": "second", "machineType": "g2-standard-8"}, {}),
    ),
    "the namespace, the Gateway and its subnet, which preview shows": (
        {},
        {
            "namespace": "models",
            "gateway": {"name": "other", "className": "gke-l7-rilb"},
            "network": {"proxyOnlySubnet": {"cidr": "192.168.252.0/23"}},
        },
    ),
    "a subnet no longer made": (
        {},
        {"network": {"proxyOnlySubnet": {"create": False, "cidr": "192.168.252.0/23"}}},
    ),
    "v1.0.0 to v1.5.0": ({"gatewayRelease": "v1.0.0"}, {}),
    "models and replicas": ({}, {"models": [{"name": "other", "replicas": 2}]}),
    "the network of a cluster that is not ours": (
        {"cluster": _EXISTING},
        {"cluster": _EXISTING, "network": {"subnetwork": "nodes"}},
    ),
}
"""Settings of the last update and of this one, between which nothing is replaced."""

_WORDS: Final[list[tuple[str, Values, Values, str, str]]] = [
    (
        "replacement.cluster",
        {},
        {"cluster": _AUTOPILOT},
        (
            "changes from standard to autopilot, which replaces the cluster: "
            "everything in it is lost, and no request is answered until it is rebuilt: 12 minutes "
            "for the cluster alone"
        ),
        f"{_SET}cluster.mode' standard",
    ),
    (
        "replacement.cluster",
        {},
        {"network": {"subnetwork": "nodes"}},
        (
            "changes from not set to nodes, which replaces the cluster: "
            "everything in it is lost, and no request is answered until it is rebuilt: 9 minutes "
            "for the cluster alone"
        ),
        "pulumi config rm --path 'gke-inference-gateway:network.subnetwork'",
    ),
    (
        "replacement.node-pool",
        {},
        _SPOT_1G,
        (
            "changes from a3-highgpu-2g to a3-highgpu-1g, which replaces the "
            "node pool: replicas on its nodes stop until new ones are found, 5 minutes if there "
            "is stock, and reload their models"
        ),
        f"{_SET}nodePools[0].machineType' a3-highgpu-2g",
    ),
    (
        "replacement.inference-pool",
        {},
        {"gatewayRelease": "llm-d-v0.10.0"},
        (
            "changes from v1.5.0 to llm-d-v0.10.0, which replaces the "
            "InferencePools: no request is answered until the new pickers run, 0.5 minutes for "
            "each"
        ),
        "pulumi config set gke-inference-gateway:gatewayRelease v1.5.0",
    ),
    (
        "replacement.bucket",
        _bucket(bucket="first"),
        _bucket(bucket="second"),
        (
            "changes from first to second, which replaces the weights "
            "bucket: the old one stays, but the new one is empty, and servers that start find no "
            "weights: copy first, then switch"
        ),
        (
            "create gs://second, gcloud storage rsync --recursive gs://first gs://second, then "
            f"set weights.create false; or {_SET}weights.bucket' first"
        ),
    ),
    (
        "replacement.bucket",
        {**_bucket(bucket="first"), "cluster": _EXISTING},
        {**_bucket(bucket="first"), "cluster": _EXISTING, "gcp": {"region": "us-east4"}},
        (
            "changes from us-central1 to us-east4, but the weights bucket stays "
            "where it is and keeps the name: the update would fail"
        ),
        "pulumi config set gcp:region us-central1",
    ),
]
"""Id, settings of the last update and of this one, and the exact message and fix."""


def test_every_check_and_every_setting_has_its_rows() -> None:
    checks = {found.id for found in checks_of(replacement)}

    assert {row[0] for row in _WORDS} == checks
    assert {row[0] for row in _TRIPS} == checks
    named = {path.replace("[0]", "[]").replace("[1]", "[]") for _, path, _, _ in _TRIPS}
    assert named == set(REPLACING)


@pytest.mark.parametrize(("identifier", "path", "before", "after"), _TRIPS)
def test_a_change_that_replaces(identifier: str, path: str, before: Values, after: Values) -> None:
    found = _findings(before, after)

    assert (identifier, path) in {(finding.id, finding.path) for finding in found}
    assert {finding.severity for finding in found} == {Severity.WARNING}


@pytest.mark.parametrize(("before", "after"), _PASSES.values(), ids=_PASSES.keys())
def test_a_change_that_replaces_nothing(before: Values, after: Values) -> None:
    assert _findings(before, after) == []


@pytest.mark.parametrize(("identifier", "before", "after", "message", "fix"), _WORDS)
def test_the_words_of_a_warning(
    identifier: str, before: Values, after: Values, message: str, fix: str
) -> None:
    finding = the_only(_findings(before, after), identifier)

    assert (finding.message, finding.fix) == (message, fix)


def test_a_cluster_given_up_is_said_to_be_deleted() -> None:
    finding = the_only(_findings({}, {"cluster": _EXISTING}), "replacement.cluster")

    assert "which deletes the cluster: " in finding.message


def test_a_region_that_moves_the_cluster_is_told_once() -> None:
    paths = [finding.path for finding in _findings({}, {"gcp": {"region": "us-east4"}})]

    assert "gcp:region" in paths
    assert "cluster.location" not in paths


def test_a_bucket_of_another_name_and_region_is_told_once() -> None:
    after = {**_bucket(bucket="second"), "gcp": {"region": "us-east4"}, "cluster": _EXISTING}
    found = _findings({**_bucket(bucket="first"), "cluster": _EXISTING}, after)

    assert [finding.path for finding in found] == ["weights.bucket"]


def test_the_fix_gives_back_what_was_there() -> None:
    """The command that a warning advises names the value of the last update."""
    for _, path, before, after in _TRIPS:
        finding = next(f for f in _findings(before, after) if f.path == path)
        old = replacing_values(_settings(before)).get(path)
        assert finding.fix.endswith(old) if old else finding.fix.startswith("pulumi config ")


def test_nothing_is_said_without_the_last_update() -> None:
    assert list(replacement.findings(_settings({"cluster": _AUTOPILOT}), None)) == []


@pytest.mark.parametrize("known", ["gcp:region", "cluster.name", "nodePools[gpupool].capacity"])
def test_values_that_an_older_program_did_not_register_are_not_compared(known: str) -> None:
    last = {known: "something-else"}

    paths = [finding.path for finding in replacement.findings(_settings({}), last)]
    assert paths == ([known] if known != "nodePools[gpupool].capacity" else [])


def test_machines_and_releases_that_the_catalog_has_lost_are_taken_to_replace() -> None:
    last = {
        "cluster.mode": "standard",
        "gatewayRelease": "v0.9.0",
        "nodePools[gpupool].machineType": "a9-highgpu-1g",
    }

    found = [finding.id for finding in replacement.findings(_settings({}), last)]
    assert found == ["replacement.inference-pool", "replacement.node-pool"]


def test_a_replacement_can_be_accepted_and_offline_the_entry_stands_unjudged() -> None:
    allow = {"allow": [{"id": "replacement.cluster", "reason": "moved on purpose"}]}
    configuration = Configuration(
        settings=_settings({"preflight": allow, "cluster": _AUTOPILOT}), token=None
    )
    last = replacing_values(_settings({}))

    found = check(configuration, offline=False, previous=last)
    assert the_only(found, "replacement.cluster").silenced == "moved on purpose"
    stale = check(configuration, offline=False, previous=replacing_values(configuration.settings))
    assert the_only(stale, "preflight.nothing-to-allow").path == "preflight.allow[0]"
    without = check(configuration, offline=True)
    assert [finding.id for finding in without if finding.id.startswith("preflight.")] == []


def _answering(
    monkeypatch: pytest.MonkeyPatch, outputs: Mapping[str, Any] | None
) -> list[Mapping[str, str]]:
    """An engine whose state holds these outputs, or that refuses; and what it was asked."""
    asked: list[Mapping[str, str]] = []

    def invoke(function: str, arguments: Mapping[str, str]) -> InvokeResult:
        assert function == "pulumi:pulumi:readStackResourceOutputs"
        asked.append(arguments)
        if outputs is None:
            raise Exception(f"invoke of {function} failed: no backend client is available")  # noqa: TRY002 what the SDK raises
        return InvokeResult({"name": arguments["stackName"], "outputs": outputs})

    monkeypatch.setattr(pulumi.runtime, "invoke", invoke)
    monkeypatch.setattr(pulumi, "get_organization", lambda: "organization")
    return asked


_STACK: Final = {"type": "pulumi:pulumi:Stack", "outputs": {"replacing": {"a": "not ours"}}}
_POOL: Final = {"type": "gke-inference-gateway:index:InferencePool", "outputs": {"poolName": "a"}}
_OURS: Final = {
    "type": "gke-inference-gateway:index:InferenceStack",
    "outputs": {REPLACING_OUTPUT: {"cluster.name": "mine"}},
}


@pytest.mark.parametrize(
    ("outputs", "values"),
    [
        ({"a": _STACK, "b": _POOL, "c": _OURS}, {"cluster.name": "mine"}),
        ({"a": _STACK, "b": _POOL}, None),
        ({}, None),
        (None, None),
    ],
)
def test_the_last_values_are_asked_of_the_engine(
    outputs: Mapping[str, Any] | None,
    values: Mapping[str, str] | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = _answering(monkeypatch, outputs)

    assert previous_values() == values
    assert [request["stackName"].split("/")[0] for request in asked] == ["organization"]


def test_offline_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = _answering(monkeypatch, {"c": _OURS})

    with offline():
        assert previous_values() is None
    assert asked == []


def test_the_values_are_no_output_of_the_stack() -> None:
    assert REPLACING_OUTPUT not in run().outputs
