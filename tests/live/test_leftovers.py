"""Leftovers against a server that answers as Google's APIs do after a destroy, clean or not."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import google_account as account
import pytest
from google_account import ACCESS_TOKEN, PROJECT, error
from live_stacks import LiveStack
from loopback import Reply, Server, nobody, serving

from inference.live.inventory import COMPUTE_KINDS, OTHER_KINDS

_COMPUTE: Final = f"/projects/{PROJECT}"
_CLUSTERS: Final = f"/v1/projects/{PROJECT}/locations/-/clusters"
_CERTIFICATES: Final = f"/v1/projects/{PROJECT}/locations/-/certificates"
_AUTHORIZATIONS: Final = f"/v1/projects/{PROJECT}/locations/-/dnsAuthorizations"
_TOPICS: Final = f"/v1/projects/{PROJECT}/topics"
_OTHERS: Final = (
    f"/v1/projects/{PROJECT}/serviceAccounts",
    f"/v2/projects/{PROJECT}/metrics",
    f"/v3/projects/{PROJECT}/alertPolicies",
    f"/v3/projects/{PROJECT}/notificationChannels",
    f"/v1/projects/{PROJECT}/dashboards",
    f"/v3/projects/{PROJECT}/services",
)
_NETWORKS: Final = f"{_COMPUTE}/global/networks"
_LINK: Final = f"https://www.googleapis.com/compute/v1/projects/{PROJECT}"
_LABELS: Final = {"pulumi-project": "gke-inference-gateway", "pulumi-stack": "mine"}
_GATEWAY: Final = "gkegw1-ab12-default-inference-gateway-x1y2z3"
_NEG: Final = "k8s1-ab12cd34-default-llama3-8b-8000-x1y2"
_STACK: Final[dict[str, Any]] = {
    "cluster": {"name": "ours"},
    "nodePools": [
        {"machineType": "a3-highgpu-8g", "capacity": "reservation", "reservation": "bought"}
    ],
    "models": [{}],
}


def _page(collection: str, *items: Mapping[str, Any], **values: object) -> Reply:
    """A page of an aggregated list; items by their own zone or region."""
    by_scope: dict[str, Any] = {
        "regions/africa-south1": {"warning": {"code": "NO_RESULTS_ON_PAGE", "message": "none"}}
    }
    for item in items:
        link = str(item.get("zone") or item.get("region") or "global")
        scope = "/".join(link.split("/")[-2:])
        by_scope.setdefault(scope, {}).setdefault(collection, []).append(item)
    return Reply(body={"kind": "compute#aggregated", "items": by_scope, **values})


def _regional(name: str, **values: object) -> dict[str, Any]:
    return {"name": name, "region": f"{_LINK}/regions/us-central1", **values}


def _zonal(name: str, **values: object) -> dict[str, Any]:
    return {"name": name, "zone": f"{_LINK}/zones/us-central1-a", **values}


@pytest.fixture
def google() -> Iterator[Server]:
    with serving() as server:
        yield server


@pytest.fixture
def stack(
    google: Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> LiveStack:
    """A stack of which nothing is left."""
    stack = LiveStack(tmp_path, monkeypatch, capsys)
    stack.forbidden.append(ACCESS_TOKEN)
    stack.write(_STACK)
    account.sign_in(google, tmp_path, monkeypatch)
    google.on("GET", _CLUSTERS, Reply(body={}))
    for collection in (*(kind.collection for kind in COMPUTE_KINDS), "instanceGroupManagers"):
        _there(google, collection)
    google.on("GET", _NETWORKS, Reply(body={}))
    for path in (_CERTIFICATES, _AUTHORIZATIONS, _TOPICS, *_OTHERS):
        google.on("GET", path, error(403, "SERVICE_DISABLED", "has not been used"))
    return stack


def _there(google: Server, collection: str, *items: Mapping[str, Any]) -> None:
    google.on("GET", f"{_COMPUTE}/aggregated/{collection}", _page(collection, *items))


def test_of_a_stack_that_is_gone_nothing_is_left(stack: LiveStack) -> None:
    outcome = stack.run("leftovers", ["--json"])
    assert outcome.status == 0
    assert {line["status"] for line in outcome.lines.values()} == {"ok"}
    assert list(outcome.lines) == [
        "cluster",
        *(kind.name for kind in COMPUTE_KINDS),
        "queued request",
        *(kind.name for kind in OTHER_KINDS),
    ]


@pytest.mark.parametrize(
    ("collection", "item", "told"),
    [
        (
            "forwardingRules",
            _regional(_GATEWAY),
            ("forwarding rule", f"forwarding-rules delete {_GATEWAY} --region us-central1"),
        ),
        (
            "networkEndpointGroups",
            _zonal(_NEG),
            (
                "network endpoint group",
                f"network-endpoint-groups delete {_NEG} --zone us-central1-a",
            ),
        ),
        (
            "addresses",
            _regional("ours-gateway", labels=_LABELS),
            ("address", "addresses delete ours-gateway --region us-central1"),
        ),
        (
            "disks",
            _zonal("pvc-1", labels={"goog-k8s-cluster-name": "ours"}),
            ("disk", "disks delete pvc-1 --zone us-central1-a"),
        ),
        (
            "instances",
            _zonal("gke-ours-gpupool-ab12-x1y2"),
            ("VM", "instances delete gke-ours-gpupool-ab12-x1y2 --zone us-central1-a"),
        ),
        (
            "healthChecks",
            {"name": _GATEWAY},
            ("health check", f"health-checks delete {_GATEWAY} --global"),
        ),
        (
            "reservations",
            _zonal("bought"),
            ("reservation", "reservations delete bought --zone us-central1-a"),
        ),
    ],
)
def test_what_is_left_is_told_with_the_command_that_removes_it(
    *,
    stack: LiveStack,
    google: Server,
    collection: str,
    item: dict[str, Any],
    told: tuple[str, str],
) -> None:
    unrelated: dict[str, Any] = {**item, "name": "somebody-elses", "labels": {}}
    _there(google, collection, unrelated, item)
    outcome = stack.run("leftovers", ["--json"])

    assert outcome.status == 1
    (problem,) = [name for name, line in outcome.lines.items() if line["status"] == "problem"]
    kind, command = told
    assert problem.startswith(f"{kind} ")
    assert problem.endswith(f"/{item['name']}")
    assert f"gcloud compute {command} --project {PROJECT}" in outcome.lines[problem]["mend"]


def test_every_page_of_a_list_is_looked_at(stack: LiveStack, google: Server) -> None:
    path = f"{_COMPUTE}/aggregated/disks"
    first = _page("disks", _zonal("theirs"), nextPageToken="more")
    google.on("GET", path, first, _page("disks", _zonal("boot", labels=_LABELS)))

    outcome = stack.run("leftovers", ["--json"])
    assert "disk us-central1-a/boot" in outcome.lines
    assert [request.query.get("pageToken") for request in google.asked(path)] == [None, ["more"]]


def test_a_cluster_that_is_still_there_is_left_with_all_in_it(
    stack: LiveStack, google: Server
) -> None:
    google.on("GET", _CLUSTERS, Reply(body={"clusters": [{"name": "ours", "location": "us"}]}))
    outcome = stack.run("leftovers")
    assert outcome.status == 1
    assert "→ pulumi destroy --stack mine" in outcome.out


def test_what_another_cluster_may_own_is_unknown(stack: LiveStack, google: Server) -> None:
    google.on("GET", _CLUSTERS, Reply(body={"clusters": [{"name": "theirs", "location": "us"}]}))
    _there(google, "forwardingRules", _regional(_GATEWAY), _regional("gkegw1-ab12-shop-cart-x1"))
    outcome = stack.run("leftovers", ["--json"])

    assert outcome.status == 0
    lines = [name for name, line in outcome.lines.items() if line["status"] != "ok"]
    assert lines == [f"forwarding rule us-central1/{_GATEWAY}"]
    assert "may be in use by theirs" in outcome.lines[lines[0]]["message"]


def test_clusters_that_cannot_be_listed_make_no_name_certain(
    stack: LiveStack, google: Server
) -> None:
    google.on("GET", _CLUSTERS, error(403, "IAM_PERMISSION_DENIED", "container.clusters.list"))
    _there(google, "forwardingRules", _regional(_GATEWAY))
    outcome = stack.run("leftovers", ["--json"])

    assert outcome.status == 0
    assert outcome.lines["clusters"]["status"] == "unknown"
    assert outcome.lines[f"forwarding rule us-central1/{_GATEWAY}"]["status"] == "unknown"


def test_requests_that_still_wait_for_machines_are_left(stack: LiveStack, google: Server) -> None:
    group = "gke-ours-gpupool-ab12-grp"
    _there(google, "instanceGroupManagers", _zonal(group), _zonal("gke-theirs-gpupool-cd34-grp"))
    path = f"{_COMPUTE}/zones/us-central1-a/instanceGroupManagers/{group}/resizeRequests"
    items = [{"name": "done", "state": "SUCCEEDED"}, {"name": "waits", "state": "ACCEPTED"}]
    google.on("GET", path, Reply(body={"items": items}))
    outcome = stack.run("leftovers", ["--json"])

    assert outcome.status == 1
    line = outcome.lines[f"queued request us-central1-a/{group}/waits"]
    assert f"cancel {group} --resize-requests waits --zone us-central1-a" in line["mend"]
    assert not any(line.endswith("/done") for line in outcome.lines)


def test_certificates_of_the_stack_are_left(stack: LiveStack, google: Server) -> None:
    names = [f"projects/{PROJECT}/locations/us-central1/certificates/{n}" for n in ("tls", "other")]
    rows = [{"name": names[0], "labels": _LABELS}, {"name": names[1]}]
    google.on("GET", _CERTIFICATES, Reply(body={"certificates": rows}))
    outcome = stack.run("leftovers", ["--json"])

    problems = [name for name, line in outcome.lines.items() if line["status"] == "problem"]
    assert problems == ["certificate us-central1/tls"]


_PRODUCTION: Final[dict[str, Any]] = {
    **_STACK,
    "network": {"vpc": {}},
    "gateway": {
        "hostnames": ["llm.example.com"],
        "tls": {},
        "cloudArmor": {"allow": ["203.0.113.0/24"]},
    },
}


@pytest.mark.parametrize(
    ("collection", "name", "told"),
    [
        ("routers", "ours-router", ("Cloud Router", "routers delete ours-router")),
        ("subnetworks", "ours-nodes", ("subnet", "networks subnets delete ours-nodes")),
        ("subnetworks", "ours-proxy-only", ("subnet", "networks subnets delete ours-proxy-only")),
        ("sslPolicies", "ours-gateway", ("SSL policy", "ssl-policies delete ours-gateway")),
        (
            "securityPolicies",
            "ours-gateway",
            ("Cloud Armor policy", "security-policies delete ours-gateway"),
        ),
    ],
)
def test_what_has_no_labels_is_told_by_its_name_and_region(
    *, stack: LiveStack, google: Server, collection: str, name: str, told: tuple[str, str]
) -> None:
    elsewhere = {"name": name, "region": f"{_LINK}/regions/europe-west4"}
    _there(google, collection, _regional("theirs-router"), elsewhere, _regional(name))
    assert stack.run("leftovers", ["--json"]).status == (0 if name != "ours-proxy-only" else 1)
    stack.write(_PRODUCTION)
    outcome = stack.run("leftovers", ["--json"])
    problems = {n: line for n, line in outcome.lines.items() if line["status"] == "problem"}

    kind, command = told
    assert list(problems) == [f"{kind} us-central1/{name}"]
    (line,) = problems.values()
    assert line["mend"] == f"gcloud compute {command} --region us-central1 --project {PROJECT}"


def test_the_stacks_own_network_is_left_and_nobody_elses(stack: LiveStack, google: Server) -> None:
    google.on("GET", _NETWORKS, Reply(body={"items": [{"name": "default"}, {"name": "ours"}]}))
    assert stack.run("leftovers").status == 0
    stack.write(_PRODUCTION)
    outcome = stack.run("leftovers", ["--json"])

    problems = {n: line for n, line in outcome.lines.items() if line["status"] == "problem"}
    assert list(problems) == ["VPC network global/ours"]
    assert "gcloud compute networks delete ours " in problems["VPC network global/ours"]["mend"]


@pytest.mark.parametrize(
    ("path", "key", "name", "kind", "fix"),
    [
        (
            _AUTHORIZATIONS,
            "dnsAuthorizations",
            f"projects/{PROJECT}/locations/us-central1/dnsAuthorizations/mine",
            "DNS authorization us-central1/mine",
            "certificate-manager dns-authorizations delete mine --location us-central1",
        ),
        (
            _TOPICS,
            "topics",
            f"projects/{PROJECT}/topics/mine",
            "Pub/Sub topic global/mine",
            "pubsub topics delete mine",
        ),
        (
            _OTHERS[2],
            "alertPolicies",
            f"projects/{PROJECT}/alertPolicies/mine",
            "alert policy global/mine",
            f"monitoring policies delete projects/{PROJECT}/alertPolicies/mine",
        ),
        (
            _OTHERS[3],
            "notificationChannels",
            f"projects/{PROJECT}/notificationChannels/mine",
            "notification channel global/mine",
            f"beta monitoring channels delete projects/{PROJECT}/notificationChannels/mine",
        ),
    ],
)
def test_what_other_services_list_is_told_by_its_labels(  # noqa: PLR0913 a row of the table
    *, stack: LiveStack, google: Server, path: str, key: str, name: str, kind: str, fix: str
) -> None:
    labels = "userLabels" if path in _OTHERS else "labels"
    other = {"name": name.replace("mine", "theirs"), labels: {"pulumi-stack": "theirs"}}
    google.on("GET", path, Reply(body={key: [other, {"name": name, labels: _LABELS}]}))
    outcome = stack.run("leftovers", ["--json"])

    problems = {n: line for n, line in outcome.lines.items() if line["status"] == "problem"}
    assert list(problems) == [kind]
    assert problems[kind]["mend"] == f"gcloud {fix} --project {PROJECT}"


@pytest.mark.parametrize(
    ("path", "key", "item", "kind", "fix"),
    [
        (
            _OTHERS[0],
            "accounts",
            {"name": f"projects/{PROJECT}/serviceAccounts/ours-nodes@{PROJECT}.iam.example"},
            "service account global/ours-nodes",
            f"gcloud iam service-accounts delete ours-nodes@{PROJECT}.iam.gserviceaccount.com",
        ),
        (
            _OTHERS[1],
            "metrics",
            {"name": "ours-us-central1-errors"},
            "log-based metric global/ours-us-central1-errors",
            "gcloud logging metrics delete ours-us-central1-errors",
        ),
        (
            _OTHERS[4],
            "dashboards",
            {"name": "projects/1/dashboards/2", "displayName": "Inference ours us-central1"},
            "dashboard global/Inference ours us-central1",
            "gcloud monitoring dashboards delete projects/1/dashboards/2",
        ),
        (
            _OTHERS[5],
            "services",
            {"name": f"projects/{PROJECT}/services/ours-us-central1-inference"},
            "monitored service global/ours-us-central1-inference",
            "curl --request DELETE",
        ),
    ],
)
def test_what_has_no_labels_in_the_project_is_told_by_its_name(  # noqa: PLR0913 a row of the table
    *,
    stack: LiveStack,
    google: Server,
    path: str,
    key: str,
    item: dict[str, str],
    kind: str,
    fix: str,
) -> None:
    google.on("GET", path, Reply(body={key: [{"name": "projects/1/x/theirs"}, item]}))
    outcome = stack.run("leftovers", ["--json"])

    problems = {n: line for n, line in outcome.lines.items() if line["status"] == "problem"}
    assert list(problems) == [kind]
    assert problems[kind]["mend"].startswith(fix)


def test_a_region_that_does_not_answer_is_unknown(stack: LiveStack, google: Server) -> None:
    reply = _page("addresses", unreachables=["regions/us-central1"])
    google.on("GET", f"{_COMPUTE}/aggregated/addresses", reply)
    outcome = stack.run("leftovers", ["--json"])
    assert outcome.lines["address us-central1"]["status"] == "unknown"
    assert "address" not in outcome.lines


@pytest.mark.parametrize(
    "body", [b"<html>", {"items": []}, {"items": {"zones/a": {"disks": {}}}}, [1]]
)
def test_a_list_that_cannot_be_read_is_unknown(
    stack: LiveStack, google: Server, body: object
) -> None:
    google.on("GET", f"{_COMPUTE}/aggregated/disks", Reply(body=body))
    line = stack.run("leftovers", ["--json"]).lines["disk"]
    assert (line["status"], "cannot be read" in line["message"]) == ("unknown", True)


def test_a_list_that_does_not_come_is_unreachable(stack: LiveStack, google: Server) -> None:
    google.on("GET", f"{_COMPUTE}/aggregated/disks", Reply(slow=True))
    stack.give_up_on("/aggregated/disks")
    outcome = stack.run("leftovers", ["--json", "--timeout", "60"])
    assert outcome.status == 3
    assert outcome.lines["address"]["status"] == "ok"


@pytest.mark.parametrize(
    "variable",
    ["CLOUDSDK_API_ENDPOINT_OVERRIDES_CONTAINER", "GOOGLE_APPLICATION_CREDENTIALS"],
)
def test_google_out_of_reach_is_one_line(
    stack: LiveStack, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    with nobody() as url:
        monkeypatch.setenv(variable, url)
        outcome = stack.run("leftovers", ["--json"])
    assert outcome.status == 3
    assert list(outcome.lines) == ["Google Cloud"]


def test_a_stack_without_google_cloud_leaves_nothing_there(
    stack: LiveStack, google: Server
) -> None:
    stack.write(
        {
            "cluster": {"mode": "existing", "context": "kind-local"},
            "gateway": {"className": "istio", "wait": False},
        }
    )
    assert stack.run("leftovers").status == 0
    assert google.requests == []
