"""The waits of updates, against a server that answers as Google's APIs do."""

import base64
import json
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import google_account as account
import pytest
from google_account import error
from loopback import Reply, Server, serving
from pulumi.dynamic.dynamic import ResourceProvider, serialize_provider

from components.google import load_balancer_removal
from components.observability import known_metrics as known_metrics_resource
from inference.config.stack_file import ROOT
from inference.live import removal, waiting
from inference.live.removal import LoadBalancers, await_removal
from inference.live.waiting import WaitError

_P: Final = account.PROJECT
_GROUPS: Final = f"/projects/{_P}/aggregated/networkEndpointGroups"
_FIREWALLS: Final = f"/projects/{_P}/global/firewalls"
_UID: Final = "5e8a1c3b"
_TYPE: Final = "prometheus.googleapis.com/vllm:time_to_first_token_seconds/histogram"
_DESCRIPTOR: Final = f"/v3/projects/{_P}/metricDescriptors/{_TYPE}"


def _at_once(seconds: float) -> None:
    assert seconds > 0


@pytest.fixture
def google(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """The APIs; nothing is waited for in earnest."""
    monkeypatch.setattr(waiting.time, "sleep", _at_once)
    with serving() as server:
        account.sign_in(server, tmp_path, monkeypatch)
        server.on("GET", _FIREWALLS, Reply())
        yield server


def _mine(*, cluster: str | None = "mine", network: str | None = None) -> LoadBalancers:
    return LoadBalancers(
        project=_P,
        cluster_uid=_UID,
        cluster=cluster,
        network=network,
        namespace="models",
        services=("llama",),
    )


def _groups(*groups: dict[str, Any]) -> Reply:
    return Reply(body={"items": {"zones/us-central1-a": {"networkEndpointGroups": list(groups)}}})


def _group(uid: str = _UID, namespace: str = "models", service: str = "llama-ip") -> dict[str, Any]:
    description = {"cluster-uid": uid, "namespace": namespace, "service-name": service}
    place = "https://www.googleapis.com/compute/v1/projects/p/zones/us-central1-a"
    return {"name": "k8s1-neg", "zone": place, "description": json.dumps(description)}


def _rule(network: str = "default", *tags: str, name: str = "gkegw1-l7") -> Reply:
    link = f"https://www.googleapis.com/compute/v1/projects/p/global/networks/{network}"
    return Reply(body={"items": [{"name": name, "network": link, "targetTags": list(tags)}]})


@pytest.mark.parametrize(
    ("of", "groups", "rules", "waits"),
    [
        (_mine(), [_group()], Reply(), True),
        (_mine(), [_group(service="other", namespace="other")], Reply(), True),
        (_mine(), [_group(uid="another")], Reply(), False),
        (_mine(), [{"name": "by-hand", "description": "mine"}, {"name": "bare"}], Reply(), False),
        # A cluster of others: what is theirs stays.
        (_mine(cluster=None), [_group()], Reply(), True),
        (_mine(cluster=None), [_group(service="other")], Reply(), False),
        (_mine(cluster=None), [_group(namespace="other")], Reply(), False),
        (_mine(), [], _rule("default", "gke-mine-1a2b-node"), True),
        (_mine(), [], _rule("default", "gk3-mine-1a2b-node"), True),
        (_mine(), [], _rule("default", "gke-minerals-1a2b-node"), False),
        (_mine(), [], _rule("default"), False),
        (_mine(network="own"), [], _rule("own"), True),
        (_mine(network="own"), [], _rule("not-own"), False),
        (_mine(network="own"), [], _rule("own", name="allow-ssh"), False),
        (_mine(cluster=None), [], _rule("default", "gke-None-1a2b-node"), False),
    ],
)
def test_a_stack_waits_for_what_is_left_of_its_own_load_balancers(  # noqa: PLR0913 a row of the table
    google: Server,
    capsys: pytest.CaptureFixture[str],
    of: LoadBalancers,
    groups: list[dict[str, Any]],
    rules: Reply,
    *,
    waits: bool,
) -> None:
    google.on("GET", _GROUPS, _groups(*groups), _groups())
    google.on("GET", _FIREWALLS, rules, Reply())
    await_removal(of)

    printed = capsys.readouterr().out
    assert ("Waiting until GKE removes " in printed) is waits
    assert ("GKE has removed its load balancers, after" in printed) is waits


def test_what_is_still_left_at_the_end_fails_with_the_commands_that_delete_it(
    google: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(removal, "LOAD_BALANCER_REMOVAL_LIMIT", 0)
    google.on("GET", _GROUPS, _groups(_group()))
    google.on("GET", _FIREWALLS, _rule("own"))
    with pytest.raises(WaitError) as failed:
        await_removal(_mine(network="own"))

    assert "after 0 minutes, GKE has not removed k8s1-neg, gkegw1-l7" in str(failed.value)
    for command in (
        "network-endpoint-groups delete k8s1-neg --zone us-central1-a",
        "firewall-rules delete gkegw1-l7",
    ):
        assert f"gcloud compute {command} --project {_P}" in str(failed.value)


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ([error(403, "IAM_PERMISSION_DENIED", "denied")], "could not be checked"),
        ([error(503, "", "busy"), error(503, "", "busy"), _groups()], ""),
        ([error(403, "SERVICE_DISABLED", "off")], ""),
    ],
)
def test_what_cannot_be_seen_stops_no_update(
    google: Server, capsys: pytest.CaptureFixture[str], answers: list[Reply], says: str
) -> None:
    google.on("GET", _GROUPS, *answers)
    await_removal(_mine())

    printed = capsys.readouterr().out
    assert says in printed
    assert bool(printed) is bool(says)


def test_metrics_are_awaited_until_they_are_known(
    google: Server, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    unknown = error(404, "", "Could not find descriptor")
    google.on("GET", _DESCRIPTOR, unknown, unknown, Reply(body={"type": _TYPE}))
    waiting.await_metrics(_P, [_TYPE])
    assert f"Waiting until Cloud Monitoring knows {_TYPE}" in capsys.readouterr().out

    monkeypatch.setattr(waiting, "METRIC_TYPE_LIMIT", 0)
    google.on("GET", _DESCRIPTOR, unknown)
    with pytest.raises(
        WaitError, match="after 0 minutes, Cloud Monitoring does not know prometheus"
    ):
        waiting.await_metrics(_P, [_TYPE])


_PROVIDERS: Final = (load_balancer_removal.Provider, known_metrics_resource.Provider)


@pytest.mark.parametrize("provider", _PROVIDERS, ids=lambda kind: kind.__module__)
def test_a_state_names_the_wait_by_its_module_and_finds_it_there(
    provider: type[ResourceProvider],
) -> None:
    written: str = serialize_provider(provider())
    content = base64.b64decode(written)

    # No code: a later version's is run, and another Python writes the same.
    assert len(content) < 200
    assert provider.__module__.encode() in content
    assert type(pickle.loads(content)) is provider  # noqa: S301 the test's own


@pytest.mark.parametrize("provider", _PROVIDERS, ids=lambda kind: kind.__module__)
def test_another_python_changes_nothing_and_another_project_does(
    provider: Callable[[], Any],
) -> None:
    old = {"project": "p", "__provider": "old"}
    changed = {"project": "q", "__provider": "old"}

    assert provider().diff("id", old, {**old, "__provider": "new"}).changes is False
    assert provider().diff("id", old, changed).changes is True


def test_an_engine_that_stops_the_program_sees_it_end_without_a_traceback() -> None:
    lines = (
        "import os, signal, time",
        "from inference.config.execution import end_quietly",
        "end_quietly()",
        f"os.kill(os.getpid(), {signal.SIGINT:d})",
        "time.sleep(60)",
    )
    ended = subprocess.run(  # noqa: S603 our own command
        [sys.executable, "-c", "\n".join(lines)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (ended.returncode, ended.stdout, ended.stderr) == (32, "", "")
