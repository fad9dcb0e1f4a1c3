"""Load against a server of the OpenAI API, with guidellm where it is installed.

Reports that guidellm gives only of sick servers come from a script in its place.
"""

import json
import re
import shlex
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from live_stacks import LLAMA, LiveStack, Outcome
from loopback import Reply, Request, Server, nobody, serving
from openai_server import OpenAI, error

from inference.live.load_tool import Load, prompts

_HERE: Final = str(Path(sys.executable).parent)
_TOOL: Final = shutil.which("guidellm", path=_HERE) or shutil.which("guidellm")
_SLO: Final = {
    "timeToFirstTokenP95Ms": 500,
    "interTokenP95Ms": 50.5,
    "errorRate": 0.01,
    "tokensPerSecond": 100,
}
_GOOD: Final = {"first": 84.2, "between": 12.5, "count": 200, "tokens": 25600, "errored": 1}


def _distribution(p95: float, count: int, total: float) -> dict[str, Any]:
    found = {"count": count, "total_sum": total, "percentiles": {"p50": 0.0, "p95": p95}}
    return {"successful": found, "errored": {"count": 0}, "total": found}


def _report(**values: float) -> str:
    """A report in guidellm's shape, of 60 s."""
    value = {**_GOOD, **values}
    count = int(value["count"])
    metrics = {
        "time_to_first_token_ms": _distribution(value["first"], count, 0),
        "inter_token_latency_ms": _distribution(value["between"], count, 0),
        "output_token_count": _distribution(128, count, value["tokens"]),
    }
    totals = {"successful": count, "errored": value["errored"], "incomplete": 8, "total": 1}
    benchmark = {"metrics": metrics, "request_totals": totals, "duration": 60.0}
    return json.dumps({"benchmarks": [benchmark]})


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as server:
        yield server


@pytest.fixture
def api(server: Server) -> OpenAI:
    return OpenAI(server, LLAMA)


@pytest.fixture
def stack(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> LiveStack:
    stack = LiveStack(tmp_path, monkeypatch, capsys)
    stack.write({"slo": _SLO})
    # Whether guidellm is installed beside this Python is not what these tests are about.
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    return stack


def _stand_in(stack: LiveStack, report: str, last: str = "exit 0") -> None:
    """A program that writes a report where it is told to, and what it was given beside it."""
    write = f'while [ "$1" != --output-path ]; do shift; done; echo {shlex.quote(report)} > "$2"'
    stack.program("guidellm", f'echo "$@" > "$(dirname "$0")/asked"\n{write}\n{last}')


def _load(stack: LiveStack, api: OpenAI, *arguments: str) -> Outcome:
    url = api.server.url
    return stack.run("load", ["--json", "--url", url, "--timeout", "0.5", *arguments])


def test_a_model_that_holds_all_that_is_declared_is_ok(
    stack: LiveStack, api: OpenAI, tmp_path: Path
) -> None:
    _stand_in(stack, _report())
    outcome = _load(stack, api, "--concurrency", "3", "--seconds", "7")

    assert outcome.status == 0
    measured = {line["objective"]: line["measured"] for line in outcome.json["lines"]}
    assert measured == {
        "timeToFirstTokenP95Ms": 84.2,
        "interTokenP95Ms": 12.5,
        "errorRate": 1 / 201,
        "tokensPerSecond": 25600 / 60,
    }
    asked = (tmp_path / "bin" / "asked").read_text(encoding="utf-8")
    assert f"--target {api.server.url} --model {LLAMA} " in asked
    assert "--rate-type concurrent --rate 3 --max-seconds 7 " in asked


@pytest.mark.parametrize(
    ("values", "broken"),
    [
        ({"first": 500.1}, "timeToFirstTokenP95Ms"),
        ({"between": 50.6}, "interTokenP95Ms"),
        ({"errored": 3}, "errorRate"),
        ({"tokens": 5999}, "tokensPerSecond"),
    ],
)
def test_an_objective_that_does_not_hold_is_a_problem(
    stack: LiveStack, api: OpenAI, values: dict[str, float], broken: str
) -> None:
    _stand_in(stack, _report(**values))
    outcome = _load(stack, api)

    assert outcome.status == 1
    problems = {name for name, line in outcome.lines.items() if line["status"] == "problem"}
    assert problems == {f"{LLAMA} {broken}"}
    assert f"slo.{broken}" in outcome.lines[f"{LLAMA} {broken}"]["mend"]


def test_adapters_are_loaded_as_base_models_are(stack: LiveStack, server: Server) -> None:
    """Each is told apart as its requests are, and one that never loads is a problem of its own."""
    adapters = [{"name": name, "source": f"owner/{name}"} for name in ("food", "missing")]
    first = {"name": "a", "model": "owner/a", "lora": {"adapters": adapters}}
    stack.write({"slo": {"errorRate": 0.1}, "models": [first, {"name": "b", "model": "owner/b"}]})
    write = f'echo {shlex.quote(_report())} > "$2"'
    asked = 'echo "$@" >> "$(dirname "$0")/asked"'
    loop = 'while [ "$1" != --output-path ]; do shift; done'
    stack.program("guidellm", f"{asked}\n{loop}; {write}")

    outcome = _load(stack, OpenAI(server, "owner/a", "food", "owner/b"))

    assert outcome.status == 1
    assert {name: line["status"] for name, line in outcome.lines.items()} == {
        "owner/a errorRate": "ok",
        "food errorRate": "ok",
        "missing ready": "problem",
        "owner/b errorRate": "ok",
    }
    runs = (stack.file.parent / "bin" / "asked").read_text(encoding="utf-8").splitlines()
    for run, name in zip(runs, ("owner/a", "food", "owner/b"), strict=True):
        assert f"--model {name} " in run
        assert json.dumps({"headers": {"X-Gateway-Model-Name": name}}) in run


_TRAFFIC: Final = {"requestsPerSecond": 2, "peakFactor": 1.5, "inputTokens": 64, "outputTokens": 8}


def _with_traffic(stack: LiveStack, **model: Any) -> None:  # noqa: ANN401 any key of the section
    stack.write({"slo": _SLO, "traffic": _TRAFFIC, "models": [{"name": "a", **model}]})


def test_the_peak_of_the_traffic_is_sent_whether_or_not_it_is_answered(
    stack: LiveStack, api: OpenAI, tmp_path: Path
) -> None:
    _with_traffic(stack)
    _stand_in(stack, _report())
    outcome = _load(stack, api, "--seconds", "60")

    asked = (tmp_path / "bin" / "asked").read_text(encoding="utf-8")
    assert "--rate-type poisson --rate 3 --max-seconds 60 " in asked
    rate = outcome.lines[f"{LLAMA} requestsPerSecond"]
    assert (rate["status"], rate["bound"], rate["measured"]) == ("ok", 3, 200 / 60)
    first = outcome.lines[f"{LLAMA} timeToFirstTokenP95Ms"]
    assert 5 < first["predicted"] < 84.2
    assert f"predicted {first['predicted']:.4g}"[:12] in first["message"]
    assert f"measured {84.2 / first['predicted'] - 1:+.0%}"[:10] in first["message"]
    assert outcome.lines[f"{LLAMA} errorRate"]["predicted"] is None


def test_servers_that_fall_behind_are_a_problem(stack: LiveStack, api: OpenAI) -> None:
    _with_traffic(stack)
    _stand_in(stack, _report())
    outcome = _load(stack, api, "--rate", "4")
    line = outcome.lines[f"{LLAMA} requestsPerSecond"]
    assert (outcome.status, line["status"]) == (1, "problem")
    assert "3.333 of 4 requests/s" in line["message"]


def test_what_was_measured_is_recorded_and_the_next_plan_counts_with_it(
    stack: LiveStack, api: OpenAI
) -> None:
    _with_traffic(stack)
    stack.file.write_text("# kept\n" + stack.file.read_text(encoding="utf-8"), encoding="utf-8")
    _stand_in(stack, _report(count=24000))
    assert _load(stack, api, "--rate", "400", "--record").status == 0

    assert stack.file.read_text(encoding="utf-8").startswith("# kept\n")
    plan = stack.run("plan", ["--json"]).json
    (capacity,) = plan["capacity"]
    assert (capacity["requestsPerSecond"], capacity["measuredHere"]) == (400, True)
    assert capacity["confidence"] == "measured"


@pytest.mark.parametrize(
    ("model", "arguments", "why"),
    [
        ({}, ["--concurrency", "2"], "no rate was sustained"),
        ({"autoscaling": {"max": 3}}, [], "an autoscaler may have changed"),
    ],
)
def test_what_says_nothing_of_one_server_is_not_recorded(
    stack: LiveStack, api: OpenAI, model: dict[str, Any], arguments: list[str], why: str
) -> None:
    _with_traffic(stack, **model)
    before = stack.file.read_text(encoding="utf-8")
    _stand_in(stack, _report())
    outcome = _load(stack, api, "--record", *arguments)
    assert why in outcome.lines[f"{LLAMA} record"]["message"]
    assert stack.file.read_text(encoding="utf-8") == before


def test_the_number_of_autoscaled_servers_can_be_said(stack: LiveStack, api: OpenAI) -> None:
    _with_traffic(stack, autoscaling={"max": 3})
    _stand_in(stack, _report())
    assert _load(stack, api, "--record", "--replicas", "2").status == 0
    assert "replicas: 2" in stack.file.read_text(encoding="utf-8")


def test_prompts_have_the_declared_length_and_prefix() -> None:
    load = Load(
        seconds=10,
        requests_per_second=2,
        concurrency=1,
        input_tokens=1000,
        output_tokens=9,
        shared_prefix=0.5,
    )
    rows = [json.loads(line) for line in prompts(load).splitlines()]
    words = [row["prompt"].split() for row in rows]

    assert len(rows) == 27
    assert {row["output_tokens_count"] for row in rows} == {9}
    assert all(990 <= len(found) <= 1000 for found in words)
    assert len({tuple(found[:500]) for found in words}) == 1
    assert len({tuple(found[500:520]) for found in words}) == 27


def test_an_objective_holds_at_its_bound(stack: LiveStack, api: OpenAI) -> None:
    _stand_in(stack, _report(first=500, between=50.5, tokens=6000, errored=0))
    assert _load(stack, api).status == 0


def test_only_what_is_declared_is_judged(stack: LiveStack, api: OpenAI) -> None:
    stack.write({"slo": {"errorRate": 0}})
    _stand_in(stack, _report(first=9999, errored=0))
    outcome = _load(stack, api)
    assert (outcome.status, list(outcome.lines)) == (0, [f"{LLAMA} errorRate"])


def test_what_was_counted_no_time_was_not_measured(stack: LiveStack, api: OpenAI) -> None:
    _stand_in(stack, _report(first=0, between=0, count=0, tokens=0, errored=0))
    outcome = _load(stack, api)

    assert outcome.status == 1
    for line in outcome.lines.values():
        assert (line["status"], line["measured"]) == ("problem", None)
        assert "was not measured, so it counts as missed" in line["message"]


@pytest.mark.parametrize(
    ("report", "last", "says"),
    [
        ("no JSON", "exit 0", "cannot be read"),
        ('{"benchmarks": []}', "exit 0", "cannot be read"),
        ('{"benchmarks": [{}]}', "exit 0", "cannot be read"),
        (_report(first=float("nan")), "exit 0", "cannot be read"),
        (_report(), "echo boom >&2; exit 3", "`guidellm benchmark` failed: boom"),
    ],
)
def test_a_tool_that_gives_no_report_measured_nothing(
    stack: LiveStack, api: OpenAI, report: str, last: str, says: str
) -> None:
    _stand_in(stack, report, last)
    outcome = _load(stack, api)
    assert outcome.status == 1
    for line in outcome.lines.values():
        assert (line["status"], line["measured"]) == ("problem", None)
        assert says in line["message"]


def test_a_model_that_is_not_ready_is_not_loaded(
    stack: LiveStack, api: OpenAI, tmp_path: Path
) -> None:
    _stand_in(stack, _report())
    api.instead[LLAMA] = error(503, "no healthy upstream")
    outcome = _load(stack, api)
    assert (outcome.status, list(outcome.lines)) == (1, [f"{LLAMA} ready"])
    assert not (tmp_path / "bin" / "asked").exists()


def test_an_endpoint_where_nobody_listens_is_unreachable(stack: LiveStack) -> None:
    _stand_in(stack, _report())
    with nobody() as url:
        assert stack.run("load", ["--url", url, "--timeout", "0.2"]).status == 3


def test_without_the_tool_the_command_that_installs_it_is_told(
    stack: LiveStack, api: OpenAI
) -> None:
    outcome = _load(stack, api)
    assert outcome.status == 2
    assert outcome.json["findings"][0]["id"] == "live.no-load-tool"
    assert "-m pip install --requirement requirements/load.txt" in outcome.err


def test_a_stack_that_declares_nothing_is_refused(stack: LiveStack, api: OpenAI) -> None:
    stack.write({})
    outcome = _load(stack, api)
    assert outcome.status == 2
    # Beside the tool that is missing too: what lacks is told at once.
    assert [one["id"] for one in outcome.json["findings"]] == ["live.no-slo", "live.no-load-tool"]
    assert "set `slo.timeToFirstTokenP95Ms` to 500 in Pulumi.mine.yaml" in outcome.err


def test_a_service_that_fails_hides_no_refusal(stack: LiveStack) -> None:
    stack.write(
        {
            "cluster": {"mode": "existing", "context": "kind-inference"},
            "gateway": {"className": "istio", "existing": {"name": "shared", "namespace": "a"}},
        }
    )
    stack.program("pulumi", """echo '{"gatewayAddressCommand": "kubectl get gateway"}'""")
    stack.program("kubectl", "exit 1")
    outcome = stack.run("load", ["--json"])
    assert outcome.status == 2
    assert [one["id"] for one in outcome.json["findings"]] == ["live.no-slo", "live.no-load-tool"]


@pytest.mark.parametrize("value", ["0", "-1", "1.5", "many"])
def test_a_concurrency_that_is_none_is_bad_usage(
    stack: LiveStack, capsys: pytest.CaptureFixture[str], value: str
) -> None:
    with pytest.raises(SystemExit) as caught:
        stack.run("load", ["--concurrency", value])
    assert caught.value.code == 2
    assert f"argument --concurrency: '{value}' is not a whole number" in capsys.readouterr().err


@pytest.mark.skipif(_TOOL is None, reason="guidellm is not installed: requirements/load.txt")
def test_guidellm_itself_measures_a_server(stack: LiveStack, api: OpenAI) -> None:
    assert _TOOL is not None
    stack.program("guidellm", f'exec {_TOOL} "$@"')
    bounds = {"timeToFirstTokenP95Ms": 1e4, "errorRate": 0, "tokensPerSecond": 1}
    stack.write({"slo": bounds})
    outcome = _load(stack, api, "--seconds", "2", "--concurrency", "2")

    assert outcome.status == 0, outcome.out
    assert all(line["measured"] is not None for line in outcome.lines.values())
    loaded = [json.loads(r.body) for r in api.server.requests if b'"stream":true' in r.body]
    assert len({body["prompt"] for body in loaded}) > 2
    assert 128 in {body["max_tokens"] for body in loaded}


@pytest.mark.skipif(_TOOL is None, reason="guidellm is not installed: requirements/load.txt")
def test_guidellm_itself_counts_what_fails(stack: LiveStack, api: OpenAI) -> None:
    def every_second(request: Request) -> Reply:
        odd = request.method == "POST" and re.match(r"\d*[13579]\. ", request.json["prompt"])
        return error(500, "engine died") if odd else api.answer(request)

    stack.program("guidellm", f'exec {_TOOL} "$@"')
    stack.write({"slo": {"timeToFirstTokenP95Ms": 1e4, "errorRate": 0.1}})
    api.server.otherwise = every_second
    outcome = _load(stack, api, "--seconds", "2", "--concurrency", "2")

    assert outcome.status == 1, outcome.out
    assert outcome.lines[f"{LLAMA} timeToFirstTokenP95Ms"]["status"] == "ok"
    assert 0.3 < outcome.lines[f"{LLAMA} errorRate"]["measured"] < 0.7
