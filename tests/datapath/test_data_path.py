"""Requests through the Gateway to simulated servers, by the endpoint pickers of both releases.

The tests of a release follow each other on one stack, as an operator's days do.
"""

import itertools
import os
import time
from collections.abc import Callable, Iterator
from signal import SIGKILL
from typing import Any, Final

import pytest
import requests
from data_path.load import Answer, Ask, ask_all, ask_once, percentile, spread, steady
from data_path.pods import RunningPod, running_pods
from data_path.servers import models, open_requests, server_url
from data_path.stack import DataPath, data_path
from harness.processes import wait_for

from inference.catalog.metrics import picker_requests
from inference.catalog.releases import RELEASES
from inference.live.picker_counter import counted

_MODEL: Final = "llama3-8b"
_BASE: Final = "meta-llama/Llama-3.1-8B-Instruct"
_ADAPTERS: Final = ("food-review", "cad-fabricator")
_REPLICAS: Final = 3
_SLOTS: Final = 4
"""Requests that a simulated server works on at once."""
_PRE_STOP: Final = 4
_SETTINGS: Final[dict[str, Any]] = {
    "replicas": _REPLICAS,
    "extraArgs": [
        "--latency-calculator=per-token",
        "--prefill-time-per-token=100us",
        "--inter-token-latency=50ms",
        f"--max-num-seqs={_SLOTS}",
        "--enable-kvcache",
        "--kv-cache-size=8192",
    ],
    "drain": {"preStopSeconds": _PRE_STOP, "maxOutputTokens": 100},
    "objectives": [{"name": "food-review", "priority": 10}, {"name": "batch", "priority": -1}],
}
_OBJECTIVE: Final = "x-gateway-inference-objective"
_NOTICE: Final = 0.5
"""Seconds until a picker knows what the API server was told."""
Report = Callable[[str], None]


@pytest.fixture(scope="module", params=["v1.5.0", "v1.0.0"])
def release(request: pytest.FixtureRequest) -> str:
    """The gateway release whose picker decides."""
    return str(request.param)


@pytest.fixture(scope="module")
def path(release: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DataPath]:
    """A stack whose servers take their time, with all adapters loaded."""
    with data_path(tmp_path_factory.mktemp("path")) as started:
        started.scenario.engine.change("gatewayRelease", release)
        started.change(**_SETTINGS)
        started.scenario.engine.up()
        yield started


@pytest.fixture
def servers(path: DataPath) -> dict[str, RunningPod]:
    """All servers, ready and with all adapters, once they are."""
    return path.complete_servers(_MODEL, _REPLICAS)


_ASKED = itertools.count()


def _base() -> Ask:
    """With a prompt of its own, or the picker would keep sending it to one server."""
    return Ask(model=_BASE, prompt=f"{next(_ASKED)}: tell me of gateways.", tokens=8)


def _adapter() -> Ask:
    number = next(_ASKED)
    return Ask(model=_ADAPTERS[number % 2], prompt=f"{number}: what is it?", tokens=8)


def test_syncer_takes_the_config_map_and_loads_adapters(
    path: DataPath, release: str, report: Report
) -> None:
    start = time.monotonic()
    running = path.complete_servers(_MODEL, _REPLICAS)
    report(
        f"{release}: {len(running)} servers had {len(_ADAPTERS)} adapters each, "
        f"{time.monotonic() - start:.1f} s after the update"
    )
    logs = [path.scenario.run.path / "pods" / name / "lora-adapter-syncer.log" for name in running]
    said = [f"loaded model {adapter}" for adapter in _ADAPTERS]
    # The server has an adapter a moment before its syncer says so.
    wait_for(
        "the syncers' word", lambda: all(one in log.read_text() for log in logs for one in said)
    )
    assert not any("Cannot load config" in log.read_text() for log in logs)


_MANAGEMENT: Final = (
    "/v1/load_lora_adapter",
    "/v1/unload_lora_adapter",
    "/metrics",
    "/admin/config",
    "/v1/responses/../load_lora_adapter",
    "/v1/responses/%2e%2e/load_lora_adapter",
    "//v1/load_lora_adapter",
)


@pytest.mark.usefixtures("servers")
def test_management_is_not_reachable(path: DataPath, release: str, report: Report) -> None:
    body = {"lora_name": "intruder", "lora_path": "/tmp/intruder"}  # noqa: S108 a name
    answers = [_raw(f"{path.url}{place}", body) for place in _MANAGEMENT]
    assert [answer.status_code for answer in answers] == [404] * len(_MANAGEMENT)
    running = path.servers(_MODEL)
    assert not any("intruder" in models(pod) for pod in running.values())
    report(f"{release}: {len(answers)} ways to a management path: all 404")
    # It is the routes that keep them out: the servers themselves do as they are told.
    pod = next(iter(running.values()))
    assert _raw(f"{server_url(pod)}/v1/load_lora_adapter", body).ok
    assert "intruder" in models(pod)
    assert _raw(f"{server_url(pod)}/v1/unload_lora_adapter", body).ok


def _raw(url: str, body: dict[str, str]) -> requests.Response:
    """A POST whose path is sent as it is written."""
    request = requests.Request("POST", url, json=body).prepare()
    request.url = url
    with requests.Session() as session:
        return session.send(request, timeout=10)


def test_adapters_are_answered_by_servers_that_have_them(
    path: DataPath, servers: dict[str, RunningPod], release: str, report: Report
) -> None:
    loaded = {name: models(pod) for name, pod in servers.items()}
    for model in (_BASE, *_ADAPTERS):
        asks = [Ask(model=model, prompt=f"Question {number}") for number in range(24)]
        answers = ask_all(path.url, asks, 6)
        assert [answer.error for answer in answers if not answer.ok] == []
        assert all(model in loaded[answer.pod] for answer in answers)
        assert len(spread(answers)) > 1
        report(f"{release}: {model}: 24 of 24 answered, by {list(spread(answers).values())}")


@pytest.mark.usefixtures("servers")
def test_the_pickers_counter_shows_that_requests_pass_it(
    path: DataPath, release: str, report: Report
) -> None:
    """What `inference smoke` reads: around the picker every request is answered as well."""
    pickers = running_pods(path.scenario.run).items()
    (picker,) = (pod for name, pod in pickers if name.startswith(f"{_MODEL}-epp-"))

    def count() -> requests.Response:
        return requests.get(f"http://{picker.address}:9090/metrics", timeout=5)

    if RELEASES[release].metrics_token:
        assert count().status_code == requests.codes.unauthorized
        return
    counts: list[float] = []
    for url in (path.url, path.round_robin_url):
        before = counted(count().text, picker_requests(release).name)
        answers = ask_all(url, [_base() for _ in range(6)], 2)
        assert all(answer.ok for answer in answers)
        counts.append(counted(count().text, picker_requests(release).name) - before)
    report(f"{release}: of 6 requests to the Gateway, and 6 past the picker, it counted {counts}")
    assert counts == [6, 0]


def test_repeated_prefix_goes_back_to_its_server(
    path: DataPath, servers: dict[str, RunningPod], release: str, report: Report
) -> None:
    prompts = [f"Document {number}. " + f"word{number} " * 4000 for number in range(6)]
    cold: list[Answer] = []
    warm: list[Answer] = []
    homes: dict[int, str] = {}
    for number, prompt in enumerate(prompts):
        answer = ask_once(path.url, Ask(model=_BASE, prompt=prompt, tokens=1))
        assert answer.ok, answer.error
        homes[number] = answer.pod
        cold.append(answer)
    astray = 0
    for turn, (number, prompt) in itertools.product(range(3), enumerate(prompts)):
        one = Ask(model=_BASE, prompt=f"{prompt} Question {turn}?", tokens=1)
        answer = ask_once(path.url, one)
        assert answer.ok, answer.error
        astray += answer.pod != homes[number]
        warm.append(answer)
    report(
        f"{release}: {len(prompts)} prompts of 4000 words on {len({*homes.values()})} of "
        f"{len(servers)} servers; {len(warm) - astray} of {len(warm)} repeats went back, first "
        f"token {_median(cold):.2f} s cold, {_median(warm):.2f} s warm"
    )
    assert astray == 0
    assert len({*homes.values()}) > 1
    assert _median(warm) < _median(cold) / 2


def _median(answers: list[Answer]) -> float:
    return percentile([answer.first - answer.start for answer in answers], 50)


@pytest.mark.usefixtures("servers")
def test_deleted_server_gets_no_request_and_loses_none(
    path: DataPath, release: str, report: Report
) -> None:
    with steady(path.url, _base, 2 * _REPLICAS) as load:
        load.wait_for(20)
        name = max((counts := spread(load.answers)), key=counts.__getitem__)
        path.api.delete("v1", "Pod", name, "default")
        deleted = time.monotonic()
        wait_for(f"the end of {name}", lambda: name not in path.servers(_MODEL))
        gone = time.monotonic()
        load.wait_for(20)
    failed = [answer for answer in load.answers if not answer.ok]
    own = [answer for answer in load.answers if answer.pod == name]
    late = [answer for answer in own if answer.start > deleted + _NOTICE]
    running = [answer for answer in own if answer.start < deleted < answer.end]
    last = max(answer.start for answer in own) - deleted
    report(
        f"{release}: drain of {gone - deleted:.1f} s, preStop {_PRE_STOP} s: {len(load.answers)} "
        f"requests, {len(failed)} failed; {len(running)} ran on it and finished; "
        f"{sum(one.start > deleted for one in own)} of {len(own)} that it got were sent after its "
        f"deletion, the last {last:+.2f} s from it"
    )
    assert failed == []
    assert late == []
    assert gone - deleted >= _PRE_STOP


def test_server_that_drains_answers_as_vllm_does(
    path: DataPath, servers: dict[str, RunningPod], release: str, report: Report
) -> None:
    """What the test above rests on: a request that arrives after SIGTERM fails."""
    name, pod = next(iter(servers.items()))
    with steady(server_url(pod), lambda: Ask(model=_BASE, tokens=40), 1) as load:
        path.api.delete("v1", "Pod", name, "default")
        wait_for("a refusal", lambda: any(not answer.ok for answer in load.answers))
        health = requests.get(f"{server_url(pod)}/health", timeout=5).status_code
        load.stop()
    refused = [answer.status for answer in load.answers if not answer.ok]
    report(f"{release}: draining: /health answers {health}, new requests {refused[0]}")
    assert (health, refused[0]) == (requests.codes.ok, requests.codes.server_error)
    path.complete_servers(_MODEL, _REPLICAS)


@pytest.mark.usefixtures("servers")
def test_roll_out_and_scaling_fail_no_request_for_an_adapter(
    path: DataPath, release: str, report: Report
) -> None:
    slower = [one for one in _SETTINGS["extraArgs"] if "inter-token" not in one]
    changes: dict[str, dict[str, Any]] = {
        "scale-out": {"replicas": _REPLICAS + 1},
        "roll-out": {"extraArgs": [*slower, "--inter-token-latency=40ms"]},
        "scale-in": {"replicas": _REPLICAS},
    }
    newest: set[str] = set()
    with steady(path.url, _adapter, 2 * _REPLICAS) as load:
        for what, change in changes.items():
            before = set(path.servers(_MODEL))
            load.wait_for(20)
            first = len(load.answers)
            path.change(**change)
            path.scenario.engine.up()
            count = path.scenario.engine.section("models")[0]["replicas"]
            after = path.complete_servers(_MODEL, count)
            wait_for("the ends", lambda now=after: path.servers(_MODEL).keys() == now.keys())
            load.wait_for(20)
            answers = load.answers[first:]
            failed = [(one.status, one.pod, one.error) for one in answers if not one.ok]
            new = set(after) - before
            by_new = sum(one.pod in new for one in answers)
            report(
                f"{release}: {what}, {len(before)} to {len(after)} servers: {len(failed)} of "
                f"{len(answers)} requests for adapters failed; {len(new)} new servers answered "
                f"{by_new}"
            )
            assert failed == []
            assert bool(new) == bool(by_new)
            newest = new or newest
    log = path.scenario.run.path / "pods" / next(iter(newest)) / "probes.log"
    assert "not loaded yet: cad-fabricator, food-review" in log.read_text()


def test_killed_server_costs_the_requests_that_it_had(
    path: DataPath, servers: dict[str, RunningPod], release: str, report: Report
) -> None:
    name, pod = next(iter(servers.items()))
    with steady(path.url, _base, 2 * _REPLICAS) as load:
        load.wait_for(20)
        killed = time.monotonic()
        os.kill(pod.processes["simulator"], SIGKILL)
        wait_for("its not being ready", lambda: name not in path.ready_servers(_MODEL))
        known = time.monotonic()
        load.wait_for(40)
    failed = [answer for answer in load.answers if not answer.ok]
    running = [answer for answer in failed if answer.start <= killed <= answer.end]
    between = [answer for answer in failed if killed < answer.start <= known + _NOTICE]
    report(
        f"{release}: killed a server: {len(running)} requests failed that it had, {len(between)} "
        f"of those sent in the {known - killed:.2f} s until the API server knew, "
        f"{len(failed) - len(running) - len(between)} after; "
        f"{len(load.answers) - len(failed)} answered"
    )
    # Nothing else failed, and nothing that another server had.
    assert len(failed) == len(running) + len(between)
    assert all(answer.pod in {name, ""} for answer in failed)


def test_low_priority_is_shed_under_overload_and_high_is_not(
    path: DataPath, servers: dict[str, RunningPod], release: str, report: Report
) -> None:
    long, batch = 20, {_OBJECTIVE: "batch"}
    low = [Ask(model=_BASE, tokens=1, headers=batch) for _ in range(20)]
    calm = ask_all(path.url, low, 2)
    high = Ask(model=_BASE, tokens=long, headers={_OBJECTIVE: "food-review"})
    with steady(path.url, lambda: high, 5 * _SLOTS * _REPLICAS) as load:
        full = _SLOTS * 2.5
        wait_for("queues", lambda: all(open_requests(pod) > full for pod in servers.values()))
        shed = ask_all(path.url, low, 2)
    after = wait_for("calm", lambda: ask_once(path.url, low[0]).ok)
    refused = [answer for answer in shed if answer.status == requests.codes.too_many_requests]
    failed = [answer for answer in load.answers if not answer.ok]
    report(
        f"{release}: priority -1: {sum(one.ok for one in calm)} of {len(calm)} answered in calm, "
        f"{len(refused)} of {len(shed)} refused with 429 under overload; priority 10: "
        f"{len(load.answers) - len(failed)} of {len(load.answers)} answered"
    )
    assert all(answer.ok for answer in calm)
    assert len(refused) >= len(shed) * 0.8
    assert failed == []
    assert after


def test_retired_adapter_is_unloaded_from_running_servers(
    path: DataPath, servers: dict[str, RunningPod], release: str, report: Report
) -> None:
    kept, retired = _ADAPTERS
    lora = path.scenario.engine.section("models")[0]["lora"]
    lora["adapters"] = [one for one in lora["adapters"] if one["name"] == kept]
    path.change(lora={**lora, "retired": [retired]})
    start = time.monotonic()
    assert path.scenario.engine.up().steps == {"inference-llama3-8b-server-adapters": "update"}
    wait_for(
        "the adapter to be gone",
        lambda: all(retired not in models(pod) for pod in servers.values()),
    )
    took = time.monotonic() - start
    assert all(kept in models(pod) for pod in servers.values())
    assert path.servers(_MODEL).keys() == servers.keys()
    assert ask_once(path.url, Ask(model=kept)).ok
    assert ask_once(path.url, Ask(model=retired)).status == requests.codes.not_found
    report(
        f"{release}: {retired} was unloaded from {len(servers)} servers, {took:.1f} s after the "
        "start of the update"
    )
