"""`live recover` on a state and a record of Helm's as an interrupted update leaves them."""

import json
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from live_stacks import LiveStack
from loopback import Reply, Server, nobody, serving

from live.helm_history import Revision, stuck

_SECRETS: Final = "/api/v1/namespaces/default/secrets"
_MODEL: Final = "default/llama3-8b"
_URN: Final = "urn:pulumi:mine::project::"


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


def _kubeconfig(url: str) -> str:
    return yaml.safe_dump(
        {
            "clusters": [{"name": "c", "cluster": {"server": url}}],
            "users": [{"name": "u", "user": {}}],
            "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
            "current-context": "x",
        }
    )


def _secrets(*revisions: Revision) -> Reply:
    items = [
        {
            "metadata": {
                "name": one.secret,
                "labels": {
                    "owner": "helm",
                    "name": one.release,
                    "version": str(one.number),
                    "status": one.status,
                },
            }
        }
        for one in revisions
    ]
    return Reply(body={"kind": "SecretList", "apiVersion": "v1", "items": items})


def _state(url: str, **parts: Any) -> dict[str, Any]:  # noqa: ANN401 parts of a state
    provider = {
        "urn": f"{_URN}pulumi:providers:kubernetes::cluster",
        "type": "pulumi:providers:kubernetes",
        "id": "1",
        "inputs": {"kubeconfig": {"plaintext": json.dumps(_kubeconfig(url))}},
    }
    return {"deployment": {"resources": [provider], **parts}}


@pytest.fixture
def stack(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> LiveStack:
    """A stack whose engine gives a state, and notes what else it is asked."""
    made = LiveStack(tmp_path, monkeypatch, capsys)
    state, asked = tmp_path / "state.json", tmp_path / "asked"
    made.program(
        "pulumi",
        f'case "$2" in export) cat "{state}";; *) echo "$@" >> "{asked}";; esac',
    )
    return made


def _asked(stack: LiveStack) -> list[str]:
    file = stack.file.with_name("asked")
    lines = file.read_text("utf-8").splitlines() if file.exists() else []
    return [" ".join(line.split()[:2]) for line in lines]


def _put(stack: LiveStack, state: dict[str, Any]) -> None:
    stack.file.with_name("state.json").write_text(json.dumps(state), encoding="utf-8")


def _deleted(server: Server) -> list[str]:
    return [request.path for request in server.requests if request.method == "DELETE"]


def test_a_revision_that_is_pending_is_shown_and_nothing_is_done_unasked(stack: LiveStack) -> None:
    with serving() as server:
        server.on("GET", _SECRETS, _secrets(_revision("pending-install")))
        _put(stack, _state(server.url))
        outcome = stack.run("recover", ["--json"])

        assert outcome.status == 1
        line = outcome.lines[_MODEL]
        assert line["status"] == "problem"
        assert "left pending-install" in line["message"]
        assert "recover --stack mine --yes" in line["mend"]
        assert _deleted(server) == []
        assert _asked(stack) == []


def test_it_is_taken_out_of_helms_record_before_the_refresh(stack: LiveStack) -> None:
    with serving() as server:
        revision = _revision("pending-upgrade", number=2)
        server.on("GET", _SECRETS, _secrets(_revision("deployed"), revision))
        server.on("DELETE", f"{_SECRETS}/{revision.secret}", Reply(body={"status": "Success"}))
        _put(stack, _state(server.url))
        outcome = stack.run("recover", ["--json", "--yes"])

        assert outcome.status == 0
        assert "taken out" in outcome.lines[_MODEL]["message"]
        assert _deleted(server) == [f"{_SECRETS}/sh.helm.release.v1.llama3-8b.v2"]
        # The import comes first, as it fails while another update runs.
        assert _asked(stack) == ["stack import", "refresh --yes"]


def test_a_state_at_rest_is_left_alone(stack: LiveStack) -> None:
    with serving() as server:
        server.on("GET", _SECRETS, _secrets(_revision("deployed")))
        _put(stack, _state(server.url))
        outcome = stack.run("recover", ["--json", "--yes"])

        assert outcome.status == 0
        assert "no interrupted operation" in outcome.lines["state"]["message"]
        assert _asked(stack) == []


def test_without_a_cluster_only_the_state_is_mended(stack: LiveStack) -> None:
    service = {
        "urn": f"{_URN}gcp:projects/service:Service::iam",
        "type": "gcp:projects/service:Service",
        "inputs": {"project": "p", "service": "iam.googleapis.com"},
    }
    operations = [{"type": "creating", "resource": service}]
    _put(stack, {"deployment": {"resources": [], "pending_operations": operations}})
    outcome = stack.run("recover", ["--json"])

    assert outcome.status == 1
    assert "p/iam.googleapis.com" in outcome.lines["iam"]["message"]


def test_a_cluster_that_does_not_answer_is_told_and_the_state_still_looked_at(
    stack: LiveStack,
) -> None:
    with nobody() as url:
        _put(stack, _state(url))
        outcome = stack.run("recover", ["--json"])

    assert outcome.status == 3
    assert outcome.lines["Helm"]["status"] == "unknown"
    assert "no answer" in outcome.lines["Helm"]["message"]
    assert "no interrupted operation" in outcome.lines["state"]["message"]


def test_a_cluster_that_refuses_is_told(stack: LiveStack) -> None:
    with serving() as server:
        server.on("GET", _SECRETS, Reply(status=403, body={"message": "no"}))
        _put(stack, _state(server.url))
        outcome = stack.run("recover", ["--json"])

    assert outcome.status == 0
    assert "refused to list Secrets" in outcome.lines["Helm"]["message"]
