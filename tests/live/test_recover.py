"""`inference recover` on a state and a record of Helm's as an interrupted update leaves them."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import google_account as account
import pytest
from google_account import error
from live_stacks import LiveStack
from loopback import Reply, Server, serving

from inference.config.finding import PROJECT
from inference.live import engine_state
from inference.live.helm_releases import Revision, stuck

_CREDENTIAL: Final = "aCredentialThatNobodyMaySee"
_KUBECONFIG: Final = json.dumps({"apiVersion": "v1", "users": [{"user": {"token": _CREDENTIAL}}]})
_MODEL: Final = "default/llama3-8b"
_URN: Final = "urn:pulumi:mine::project::"
_STACK: Final = f"{_URN}gke-inference-gateway:index:InferenceStack::inference"
_GOOGLE: Final = f"{_URN}pulumi:providers:gcp::google"
_CLUSTER: Final = f"{_URN}pulumi:providers:kubernetes::cluster"
_P: Final = account.PROJECT
_REGION: Final = f"projects/{_P}/regions/us-central1"
_LABELS: Final = {"pulumi-stack": "mine"}
_NODE_POOL: Final = "gcp:container/nodePool:NodePool"
_DOCUMENT: Final = "recover-mine.json"


def _revision(status: str, *, release: str = "llama3-8b", number: int = 1) -> Revision:
    return Revision(namespace="default", release=release, number=number, status=status)


@pytest.mark.parametrize(
    ("revision", "recorded", "found"),
    [
        (_revision("pending-install"), True, True),
        (_revision("pending-install"), False, True),
        (_revision("pending-upgrade", number=3), True, True),
        (_revision("pending-rollback", number=3), True, True),
        (_revision("failed"), False, True),
        # The next update upgrades it.
        (_revision("failed"), True, False),
        (_revision("deployed"), True, False),
        (_revision("deployed"), False, False),
        (_revision("superseded"), True, False),
        (_revision("uninstalled"), False, False),
        # Somebody else's, in the same namespace.
        (_revision("pending-install", release="theirs"), False, False),
    ],
)
def test_what_stands_in_the_way(revision: Revision, *, recorded: bool, found: bool) -> None:
    known = frozenset({revision.id} if recorded else ())

    assert stuck([revision], known, frozenset({_MODEL})) == ([revision] if found else [])


def _labels(*revisions: Revision) -> str:
    """What kubectl is asked for: the labels of Helm's Secrets, an object a line."""
    return "\n".join(
        json.dumps(
            {"name": one.release, "owner": "helm", "status": one.status, "version": str(one.number)}
        )
        for one in revisions
    )


def _creating(kind: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """A creation without an end."""
    provider = _CLUSTER if kind.startswith("kubernetes:") else _GOOGLE
    return {
        "type": "creating",
        "resource": {
            "urn": f"{_STACK.replace('::inference', '')}${kind}::made",
            "type": kind,
            "inputs": inputs,
            "parent": _STACK,
            "provider": f"{provider}::1",
        },
    }


def _state(*operations: Mapping[str, Any], cluster: bool = True) -> dict[str, Any]:
    inputs = {"project": _P, "region": "us-central1"}
    google = {"urn": _GOOGLE, "type": "pulumi:providers:gcp", "id": "1", "inputs": inputs}
    access = {"kubeconfig": {"plaintext": json.dumps(_KUBECONFIG)}}
    kubernetes = {"urn": _CLUSTER, "type": "pulumi:providers:kubernetes", "id": "1"}
    providers = [google, {**kubernetes, "inputs": access}] if cluster else [google]
    return {"deployment": {"resources": providers, "pending_operations": list(operations)}}


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
    """A stack whose engine gives a state, imports into it, and notes what else it is asked."""
    made = LiveStack(tmp_path, monkeypatch, capsys)
    made.forbidden += [_CREDENTIAL, account.ACCESS_TOKEN]
    account.sign_in(google, tmp_path, monkeypatch)
    state, asked = tmp_path / "state.json", tmp_path / "asked"
    made.program(
        "pulumi",
        f"""
case "$1 $2" in
"stack export") cat "{state}"; exit;;
"import --file") cp "$3" "{tmp_path}/document.json"; cp "{tmp_path}/after.json" "{state}";;
esac
echo "pulumi $1 $2" >> "{asked}" """,
    )
    # The project's folder is that of all workers.
    monkeypatch.setattr(engine_state, "ROOT", tmp_path)
    return made


def _cluster(stack: LiveStack, *revisions: Revision) -> None:
    """Let kubectl tell these revisions and some objects, and note what it deletes."""
    asked = stack.file.with_name("asked")
    stack.program(
        "kubectl",
        f"""
case "$*" in *--kubeconfig\\ *) ;; *) echo "no kubeconfig" >&2; exit 1;; esac
for last; do :; done
grep -q {_CREDENTIAL} "$last" || {{ echo "wrong kubeconfig" >&2; exit 1; }}
case "$1 $2" in
"get secrets") cat <<'END'
{_labels(*revisions)}
END
;;
"delete secret") echo "kubectl delete $3" >> "{asked}";;
"get ConfigMap.v1.") echo default/made;;
"get ClusterRole.v1.rbac.authorization.k8s.io") echo /made;;
"get Absent.v1.example.com") ;;
"get Unknown.v1.example.com") echo "error: the server doesn't have a resource type" >&2; exit 1;;
*) echo "Error from server (Forbidden)" >&2; exit 1;;
esac""",
    )


def _asked(stack: LiveStack) -> list[str]:
    file = stack.file.with_name("asked")
    return file.read_text("utf-8").splitlines() if file.exists() else []


def _put(stack: LiveStack, state: Mapping[str, Any]) -> None:
    stack.file.with_name("state.json").write_text(json.dumps(state), encoding="utf-8")
    resources = list(state["deployment"]["resources"])
    resources += [one["resource"] for one in state["deployment"].get("pending_operations", [])]
    after = {"deployment": {"resources": resources}}
    stack.file.with_name("after.json").write_text(json.dumps(after), encoding="utf-8")


def _object(api: str, kind: str) -> dict[str, Any]:
    return {"apiVersion": api, "kind": kind, "metadata": {"name": "made", "namespace": "default"}}


_NAMED: Final = {"displayName": "mine", "userLabels": _LABELS}
_LISTED: Final = [
    {"name": "theirs/1", "displayName": "mine", "userLabels": {"pulumi-stack": "other"}},
    {"name": "theirs/2", "displayName": "another", "userLabels": _LABELS},
    {"name": "mine/3", "displayName": "mine", "userLabels": _LABELS},
]


@pytest.mark.parametrize(
    ("kind", "inputs", "path", "answer", "identity"),
    [
        (
            "gcp:compute/address:Address",
            {"name": "a"},
            f"/{_REGION}/addresses/a",
            {"name": "a"},
            f"{_REGION}/addresses/a",
        ),
        (
            _NODE_POOL,
            {"name": "g", "cluster": "c", "location": "l"},
            f"/v1/projects/{_P}/locations/l/clusters/c/nodePools/g",
            {"name": "g"},
            f"projects/{_P}/locations/l/clusters/c/nodePools/g",
        ),
        (
            "gcp:compute/routerNat:RouterNat",
            {"name": "n", "router": "r"},
            f"/{_REGION}/routers/r",
            {"nats": [{"name": "m"}, {"name": "n"}]},
            f"{_REGION}/routers/r/n",
        ),
        (
            "gcp:compute/routerNat:RouterNat",
            {"name": "n", "router": "r"},
            f"/{_REGION}/routers/r",
            {"name": "r"},
            None,
        ),
        ("gcp:logging/metric:Metric", {"name": "m"}, f"/v2/projects/{_P}/metrics/m", {}, "m"),
        ("gcp:storage/bucket:Bucket", {"name": "b"}, "/b/b", {}, "b"),
        (
            "gcp:monitoring/alertPolicy:AlertPolicy",
            _NAMED,
            f"/v3/projects/{_P}/alertPolicies",
            {"alertPolicies": _LISTED},
            "mine/3",
        ),
        (
            "gcp:monitoring/dashboard:Dashboard",
            {"dashboardJson": '{"displayName": "another"}'},
            f"/v1/projects/{_P}/dashboards",
            {"dashboards": _LISTED},
            "theirs/2",
        ),
        ("gcp:pubsub/topic:Topic", {"name": "t"}, f"/v1/projects/{_P}/topics/t", None, None),
        ("kubernetes:core/v1:ConfigMap", _object("v1", "ConfigMap"), "", {}, "default/made"),
        (
            "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole",
            _object("rbac.authorization.k8s.io/v1", "ClusterRole"),
            "",
            {},
            "made",
        ),
        ("kubernetes:example.com/v1:A", _object("example.com/v1", "Absent"), "", {}, None),
        ("kubernetes:example.com/v1:U", _object("example.com/v1", "Unknown"), "", {}, None),
        ("kubernetes:helm.sh/v3:Release", {"name": "llama3-8b"}, "", {}, _MODEL),
        ("kubernetes:helm.sh/v3:Release", {"name": "other"}, "", {}, None),
    ],
)
def test_what_exists_is_imported_under_its_id_and_what_does_not_is_left_to_the_next_update(  # noqa: PLR0913, PLR0917 a row of the table
    stack: LiveStack,
    google: Server,
    kind: str,
    inputs: dict[str, Any],
    path: str,
    answer: dict[str, Any] | None,
    identity: str | None,
) -> None:
    _put(stack, _state(_creating(kind, inputs)))
    _cluster(stack, _revision("deployed"))
    if answer is not None:
        google.on("GET", path, Reply(body=answer))
    planned = stack.run("recover", ["--json"])
    assert _asked(stack) == []
    outcome = stack.run("recover", ["--json", "--yes"])

    assert outcome.status == 0
    if identity is None:
        assert planned.status == 0
        assert "had not been created" in outcome.lines["made"]["message"]
        assert _asked(stack) == ["pulumi refresh --clear-pending-creates"]
        return
    assert (planned.status, identity in planned.lines["made"]["message"]) == (1, True)
    assert f"imported as {identity}" in outcome.lines["made"]["message"]
    assert _asked(stack) == ["pulumi refresh --clear-pending-creates", "pulumi import --file"]
    document = json.loads(stack.file.with_name("document.json").read_text("utf-8"))
    provider = _CLUSTER if kind.startswith("kubernetes:") else _GOOGLE
    (entry,) = document["resources"]
    assert document["nameTable"] == {entry["parent"]: _STACK, entry["provider"]: provider}
    assert (entry["type"], entry["name"], entry["id"]) == (kind, "made", identity)
    assert not stack.file.with_name(_DOCUMENT).exists()


@pytest.mark.parametrize(
    ("kind", "answer", "exit_status", "says"),
    [
        ("gcp:pubsub/topic:Topic", error(403, "IAM_PERMISSION_DENIED", "denied"), 1, "denied"),
        ("gcp:pubsub/topic:Topic", Reply(slow=True), 3, "did not respond"),
        (
            "gcp:monitoring/alertPolicy:AlertPolicy",
            Reply(body={"alertPolicies": [_LISTED[2], _LISTED[2]]}),
            1,
            "2 are named mine",
        ),
        ("kubernetes:example.com/v1:F", Reply(), 1, "Forbidden"),
    ],
)
def test_where_something_cannot_be_seen_nothing_is_changed(  # noqa: PLR0913 a row of the table
    *, stack: LiveStack, google: Server, kind: str, answer: Reply, exit_status: int, says: str
) -> None:
    inputs = {"name": "t", **_NAMED, **_object("example.com/v1", "Forbidden")}
    _put(stack, _state(_creating(kind, inputs)))
    _cluster(stack)
    google.otherwise = answer
    outcome = stack.run("recover", ["--json", "--yes", "--timeout", "1"])

    assert outcome.status == exit_status
    assert says in outcome.lines["made"]["message"]
    assert _asked(stack) == []


@pytest.mark.parametrize(
    ("kind", "status", "says"),
    [
        ("gcp:projects/iAMMember:IAMMember", "ok", "the next update creates it again"),
        ("random:index/randomId:RandomId", "unknown", "is unknown"),
    ],
)
def test_what_is_not_imported_says_why(stack: LiveStack, kind: str, status: str, says: str) -> None:
    _put(stack, _state(_creating(kind, {}), cluster=False))
    outcome = stack.run("recover", ["--json", "--yes"])

    line = outcome.lines["made"]
    assert (outcome.status, line["status"], says in line["message"]) == (0, status, True)


def test_what_the_engine_does_not_import_stays_in_a_file_with_the_command_that_does(
    stack: LiveStack, google: Server, tmp_path: Path
) -> None:
    _put(stack, _state(_creating("gcp:storage/bucket:Bucket", {"name": "b"}), cluster=False))
    google.on("GET", "/b/b", Reply(body={}))
    stack.program(
        "pulumi",
        f"""
case "$1" in
stack) cat "{tmp_path}/state.json";;
import) echo "error: no" >&2; exit 1;;
esac""",
    )
    outcome = stack.run("recover", ["--json", "--yes"])

    assert outcome.status == 1
    assert (
        f"pulumi import --file {stack.file.with_name(_DOCUMENT)}" in outcome.lines["state"]["mend"]
    )
    assert (
        json.loads(stack.file.with_name(_DOCUMENT).read_text("utf-8"))["resources"][0]["id"] == "b"
    )


def test_a_revision_that_is_pending_is_shown_and_nothing_is_done_unasked(stack: LiveStack) -> None:
    _put(stack, _state())
    _cluster(stack, _revision("pending-install"))
    outcome = stack.run("recover", ["--json"])

    assert outcome.status == 1
    line = outcome.lines[_MODEL]
    assert line["status"] == "problem"
    assert "still pending-install" in line["message"]
    assert "recover --stack mine --yes" in line["mend"]
    assert _asked(stack) == []


def test_it_is_taken_out_of_helms_record_before_the_refresh(stack: LiveStack) -> None:
    _put(stack, _state())
    _cluster(stack, _revision("deployed"), _revision("pending-upgrade", number=2))
    outcome = stack.run("recover", ["--json", "--yes"])

    assert outcome.status == 0
    assert "removed from Helm" in outcome.lines[_MODEL]["message"]
    # A refresh comes first, as it fails while another update runs.
    refresh = "pulumi refresh --clear-pending-creates"
    forget = "kubectl delete sh.helm.release.v1.llama3-8b.v2"
    assert _asked(stack) == [refresh, forget, refresh]


def test_a_state_at_rest_is_left_alone(stack: LiveStack) -> None:
    _put(stack, _state())
    _cluster(stack, _revision("deployed"))
    outcome = stack.run("recover", ["--json", "--yes"])

    assert outcome.status == 0
    assert "no interrupted operation" in outcome.lines["state"]["message"]
    assert _asked(stack) == []


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ("The connection to the server 127.0.0.1:1 was refused", 3),
        ("Unable to connect to the server: dial tcp: i/o timeout", 3),
        ("Error from server (Forbidden): secrets is forbidden", 0),
    ],
)
def test_a_cluster_that_does_not_tell_is_named_and_the_state_still_looked_at(
    stack: LiveStack, said: str, status: int
) -> None:
    _put(stack, _state())
    stack.program("kubectl", f"echo '{said}' >&2; exit 1")
    outcome = stack.run("recover", ["--json"])

    assert outcome.status == status
    assert outcome.lines["Helm"]["status"] == "unknown"
    assert said in outcome.lines["Helm"]["message"]
    assert "no interrupted operation" in outcome.lines["state"]["message"]


@pytest.mark.parametrize("agreed", [True, False])
def test_a_side_file_that_a_kill_cut_off_is_shown_and_then_removed(
    stack: LiveStack, tmp_path: Path, *, agreed: bool
) -> None:
    states = tmp_path / "back end" / ".pulumi" / "stacks" / PROJECT
    states.mkdir(parents=True)
    side, others = states / "mine.json.attrs", states / "other.json.attrs"
    side.touch()
    others.touch()
    where = json.dumps({"user": "me", "url": f"file://{tmp_path}/back%20end?metadata="})
    stack.program(
        "pulumi",
        f"""
case "$1" in
whoami) echo '{where}';;
*) if [ -e "{side}" ]; then echo "error: failed to load checkpoint: EOF" >&2; exit 1; fi
   cat "{tmp_path}/state.json";;
esac""",
    )
    _put(stack, {"deployment": {"resources": []}})
    outcome = stack.run("recover", ["--json", *(["--yes"] if agreed else [])])

    line = outcome.lines[side.name]
    assert others.exists()
    assert side.exists() is not agreed
    if agreed:
        assert outcome.status == 0
        assert "removed" in line["message"]
        assert "no interrupted operation" in outcome.lines["state"]["message"]
    else:
        assert outcome.status == 1
        assert f"a kill truncated {side}" in line["message"]
        assert line["mend"] == f"rm '{side}'"


@pytest.mark.parametrize("where", ["gs://a-bucket", "https://api.pulumi.com/me", "file:///nowhere"])
def test_a_state_that_cannot_be_read_for_another_reason(stack: LiveStack, where: str) -> None:
    answer = json.dumps({"user": "me", "url": where})
    stack.program(
        "pulumi",
        f"""
case "$1" in
whoami) echo '{answer}';;
*) echo "error: the stack is currently locked by 1 lock(s)." >&2
   echo "  file:///locks/mine.json: created by me" >&2; exit 1;;
esac""",
    )
    outcome = stack.run("recover", ["--json", "--yes"])

    assert outcome.status == 1
    # The whole of the error, not its last line alone.
    message = outcome.lines["state"]["message"]
    assert "currently locked by 1 lock(s). file:///locks/mine.json: created by me" in message
