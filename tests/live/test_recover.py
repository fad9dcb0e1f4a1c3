"""`inference recover` on a state and a record of Helm's as an interrupted update leaves them."""

import json
from pathlib import Path
from typing import Any, Final

import pytest
from live_stacks import LiveStack

from inference.config.finding import PROJECT
from inference.live.helm_history import Revision, stuck

_CREDENTIAL: Final = "aCredentialThatNobodyMaySee"
_KUBECONFIG: Final = json.dumps({"apiVersion": "v1", "users": [{"user": {"token": _CREDENTIAL}}]})
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


def _labels(*revisions: Revision) -> str:
    """What kubectl is asked for: the labels of Helm's Secrets, an object a line."""
    return "\n".join(
        json.dumps(
            {"name": one.release, "owner": "helm", "status": one.status, "version": str(one.number)}
        )
        for one in revisions
    )


def _state() -> dict[str, Any]:
    provider = {
        "urn": f"{_URN}pulumi:providers:kubernetes::cluster",
        "type": "pulumi:providers:kubernetes",
        "id": "1",
        "inputs": {"kubeconfig": {"plaintext": json.dumps(_KUBECONFIG)}},
    }
    return {"deployment": {"resources": [provider]}}


@pytest.fixture
def stack(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> LiveStack:
    """A stack whose engine gives a state, and notes what else it is asked."""
    made = LiveStack(tmp_path, monkeypatch, capsys)
    made.forbidden.append(_CREDENTIAL)
    state, asked = tmp_path / "state.json", tmp_path / "asked"
    made.program(
        "pulumi",
        f'case "$2" in export) cat "{state}";; *) echo "pulumi $1 $2" >> "{asked}";; esac',
    )
    return made


def _cluster(stack: LiveStack, *revisions: Revision) -> None:
    """Let kubectl tell these revisions, and note what it deletes and whether it knew how."""
    asked = stack.file.with_name("asked")
    stack.program(
        "kubectl",
        f"""
case "$*" in *--kubeconfig\\ *) ;; *) echo "no kubeconfig" >&2; exit 1;; esac
for last; do :; done
grep -q {_CREDENTIAL} "$last" || {{ echo "wrong kubeconfig" >&2; exit 1; }}
case "$1" in
get) cat <<'END'
{_labels(*revisions)}
END
;;
delete) echo "kubectl delete $3" >> "{asked}";;
esac""",
    )


def _asked(stack: LiveStack) -> list[str]:
    file = stack.file.with_name("asked")
    return file.read_text("utf-8").splitlines() if file.exists() else []


def _put(stack: LiveStack, state: dict[str, Any]) -> None:
    stack.file.with_name("state.json").write_text(json.dumps(state), encoding="utf-8")


def test_a_revision_that_is_pending_is_shown_and_nothing_is_done_unasked(stack: LiveStack) -> None:
    _put(stack, _state())
    _cluster(stack, _revision("pending-install"))
    outcome = stack.run("recover", ["--json"])

    assert outcome.status == 1
    line = outcome.lines[_MODEL]
    assert line["status"] == "problem"
    assert "left pending-install" in line["message"]
    assert "recover --stack mine --yes" in line["mend"]
    assert _asked(stack) == []


def test_it_is_taken_out_of_helms_record_before_the_refresh(stack: LiveStack) -> None:
    _put(stack, _state())
    _cluster(stack, _revision("deployed"), _revision("pending-upgrade", number=2))
    outcome = stack.run("recover", ["--json", "--yes"])

    assert outcome.status == 0
    assert "taken out" in outcome.lines[_MODEL]["message"]
    # The import comes first, as it fails while another update runs.
    assert _asked(stack) == [
        "pulumi stack import",
        "kubectl delete sh.helm.release.v1.llama3-8b.v2",
        "pulumi refresh --yes",
    ]


def test_a_state_at_rest_is_left_alone(stack: LiveStack) -> None:
    _put(stack, _state())
    _cluster(stack, _revision("deployed"))
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
        assert f"a kill cut off {side}" in line["message"]
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
