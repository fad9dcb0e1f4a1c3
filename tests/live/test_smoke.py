"""Smoke against a server of the OpenAI API that answers well, late, wrongly or not at all."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from live_stacks import LLAMA, LiveStack, Outcome
from loopback import Reply, Server, nobody, serving
from openai_server import CONTEXT_ERROR, OpenAI, error, events, streamed

from inference.live.calls import LONG_PROMPT

_KEY: Final = "sk-of-the-environment"
_CASE_OF: Final = {
    "chat": "chat completion",
    "stream": "stream",
    "long": "200 KB prompt",
    "unknown": "unknown model",
    "header": "objective urgent",
}
_CASES: Final = ["ready", "completion", *_CASE_OF.values()]
_ONE: Final[dict[str, Any]] = {
    "models": [
        {
            "lora": {"adapters": [{"name": "food", "source": "owner/food"}]},
            "objectives": [{"name": "urgent", "priority": 10}],
        }
    ]
}
_TWO: Final[list[dict[str, Any]]] = [
    {"name": "a", "model": "owner/a"},
    {"name": "b", "model": "owner/b"},
]


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as server:
        yield server


@pytest.fixture
def api(server: Server) -> OpenAI:
    return OpenAI(server, LLAMA, "food")


@pytest.fixture
def stack(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> LiveStack:
    stack = LiveStack(tmp_path, monkeypatch, capsys)
    monkeypatch.setenv("OPENAI_API_KEY", _KEY)
    stack.forbidden.append(_KEY)
    stack.write(_ONE)
    _picker(stack, grows_by=7)
    return stack


def _picker(stack: LiveStack, grows_by: int) -> None:
    """A kubectl that reaches the cluster of the stack, with a picker that counts."""
    stack.program(
        "kubectl",
        f"""case "$*" in
*"--context gke_test-project_us-central1_inference-gateway"*) ;;
*) echo "error: context does not exist" >&2; exit 1 ;;
esac
case "$*" in
"get pods"*"inferencepool="*-epp*) echo pod/picker-1; echo pod/picker-2 ;;
"get --raw /api/v1/namespaces/default/pods/picker-2:9090/proxy/metrics"*) ;;
"get --raw /api/v1/namespaces/default/pods/picker-1:9090/proxy/metrics"*)
  seen=$(cat $0.seen 2>/dev/null || echo 3)
  echo $((seen + {grows_by})) > $0.seen
  echo '# TYPE inference_objective_request_total counter'
  echo "inference_objective_request_total{{model_name=\"a\"}} $seen"
  echo "inference_objective_request_total{{model_name=\"b\"}} 1" ;;
*) exit 1 ;;
esac""",
    )


def _smoke(stack: LiveStack, api: OpenAI, *arguments: str) -> Outcome:
    url = api.server.url
    return stack.run("smoke", ["--json", "--url", url, "--timeout", "5", *arguments])


def _case(outcome: Outcome, case: str, model: str = LLAMA) -> dict[str, Any]:
    return outcome.lines[f"{model} {case}"]


def test_every_model_and_adapter_is_asked_for_everything(stack: LiveStack, api: OpenAI) -> None:
    outcome = _smoke(stack, api)

    assert outcome.status == 0
    assert list(outcome.lines) == [
        *(f"{model} {case}" for model in (LLAMA, "food") for case in _CASES),
        "llama3-8b picker",
    ]
    assert outcome.lines["llama3-8b picker"]["message"] == "chose a server for 7 requests"
    assert {line["status"] for line in outcome.lines.values()} == {"ok"}
    stream = _case(outcome, "stream")
    assert 0 < stream["timeToFirstToken"] < stream["seconds"]
    assert stream["tokensPerSecond"] > 0
    assert _case(outcome, "unknown model")["http"] == 404
    assert all(_KEY not in str(request.headers) for request in api.server.requests)
    objectives = [r.headers["x-gateway-inference-objective"] for r in api.server.requests]
    assert objectives.count("urgent") == 2
    assert max(len(request.body) for request in api.server.requests) > len(LONG_PROMPT) == 204800


def test_the_table_shows_times_and_rates(stack: LiveStack, api: OpenAI) -> None:
    outcome = stack.run("smoke", ["--url", f"{api.server.url}/v1/"])
    assert outcome.status == 0
    assert "first token" in outcome.out
    assert "15 ok" in outcome.out


def test_a_picker_that_saw_no_request_is_not_hidden_by_failing_open(
    stack: LiveStack, api: OpenAI
) -> None:
    _picker(stack, grows_by=0)
    outcome = _smoke(stack, api)

    assert outcome.status == 1
    line = outcome.lines["llama3-8b picker"]
    assert (line["status"], line["mend"]) == (
        "problem",
        "kubectl logs deployment/llama3-8b-epp --namespace default",
    )


def test_a_picker_that_cannot_be_asked_is_unknown(stack: LiveStack, api: OpenAI) -> None:
    stack.program("kubectl", "echo 'error: context does not exist' >&2; exit 1")
    outcome = _smoke(stack, api)

    assert outcome.status == 0
    assert outcome.lines["llama3-8b picker"]["status"] == "unknown"


def test_several_models_are_told_apart_by_header(stack: LiveStack, server: Server) -> None:
    api = OpenAI(server, "owner/a", "owner/b")
    stack.write({"models": _TWO})
    assert _smoke(stack, api).status == 0
    for request in server.requests:
        header, model = request.headers["X-Gateway-Model-Name"], request.json["model"]
        assert model in {header, "no-such-model"}


def test_several_models_are_told_apart_by_path(stack: LiveStack, server: Server) -> None:
    stack.write({"models": _TWO, "gateway": {"routing": "path"}})
    a, b = OpenAI(server, "owner/a"), OpenAI(server, "owner/b")
    a.prefix, b.prefix = "/a", "/b"
    server.otherwise = lambda request: (a if request.path.startswith("/a/") else b).answer(request)
    assert _smoke(stack, a).status == 0


@pytest.mark.parametrize(
    ("kind", "reply", "says"),
    [
        ("stream", streamed(events(LLAMA)[:2]), "cut off"),
        ("stream", streamed((b"data: {broken\n\n",)), "cannot be read"),
        ("stream", streamed((b"data: [DONE]\n\n",)), "cut off"),
        ("stream", streamed((b'data: {"error": {"message": "died"}}\n\n',)), "died"),
        ("stream", error(500, "engine died"), "engine died"),
        ("chat", Reply(body=b"<html>"), "cannot be read"),
        ("chat", Reply(body={"choices": []}), "has no text"),
        ("chat", Reply(body={"odd": 1}), "cannot be read"),
        ("chat", error(400, "no chat template"), "no chat template"),
        ("long", Reply(status=413, body=b"too large"), "not the JSON"),
        ("long", error(500, "context lost"), "context lost"),
        ("long", error(400, "bad request"), "bad request"),
        ("unknown", Reply(status=404, body=b"abort"), "not the JSON"),
        ("unknown", error(503, "no pod"), "no pod"),
        ("unknown", error(429, "shed"), "shed"),
        ("unknown", streamed(()), "must be rejected"),
        ("header", error(429, "shed"), "shed"),
    ],
)
def test_a_call_that_goes_wrong_is_a_problem_of_its_case_alone(
    *, stack: LiveStack, api: OpenAI, kind: str, reply: Reply, says: str
) -> None:
    api.instead[kind] = reply
    outcome = _smoke(stack, api)

    problems = {name for name, line in outcome.lines.items() if line["status"] == "problem"}
    assert outcome.status == 1
    assert problems == {f"{model} {_CASE_OF[kind]}" for model in (LLAMA, "food")}
    line = _case(outcome, _CASE_OF[kind])
    assert says in line["message"]
    assert line["mend"].startswith("kubectl get pods --namespace default --selector app=llama3-8b")


def test_a_stream_of_one_token_has_no_rate(stack: LiveStack, api: OpenAI) -> None:
    api.instead["stream"] = streamed(events(LLAMA)[4:5])
    outcome = _smoke(stack, api)
    assert outcome.status == 0
    assert _case(outcome, "stream")["tokensPerSecond"] is None


def test_an_answered_unknown_model_is_a_problem(stack: LiveStack, server: Server) -> None:
    outcome = _smoke(stack, OpenAI(server, LLAMA, "food", "no-such-model"))
    assert outcome.status == 1
    assert "but it was answered" in _case(outcome, "unknown model")["message"]


def test_sglang_answers_an_unknown_model_by_the_base(stack: LiveStack, server: Server) -> None:
    adapters = [{"name": "food", "source": "owner/food"}]
    stack.write({"models": [{"engine": "sglang", "lora": {"adapters": adapters}}]})
    outcome = _smoke(stack, OpenAI(server, LLAMA, f"{LLAMA}:food", "no-such-model"))
    assert outcome.status == 0
    assert "answered by the base model" in _case(outcome, "unknown model")["message"]


_IAP: Final[dict[str, Any]] = {
    **_ONE,
    "gateway": {
        "hostnames": ["llm.example.com"],
        "tls": {},
        "iap": {"clientId": "the-client.apps.googleusercontent.com", "secret": "iap"},
    },
}
_IDENTITY: Final = "eyJhbGciOi.an-identity-of-the-test.signed"


def test_an_identity_token_goes_with_every_call_where_the_proxy_stands(
    stack: LiveStack, api: OpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IAP_TOKEN", _IDENTITY)
    stack.forbidden.append(_IDENTITY)
    assert _smoke(stack, api).status == 0
    assert not any(_IDENTITY in str(request.headers) for request in api.server.requests)
    before = len(api.server.requests)
    stack.write(_IAP)

    assert _smoke(stack, api).status == 0
    sent = {request.headers["Authorization"] for request in api.server.requests[before:]}
    assert sent == {f"Bearer {_IDENTITY}"}


def test_without_an_identity_token_the_proxy_is_told_and_how_to_pass_it(
    stack: LiveStack, api: OpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("IAP_TOKEN", raising=False)
    stack.write(_IAP)
    outcome = stack.run("smoke")
    assert outcome.status == 2
    assert "print-identity-token" in outcome.err
    assert "--audiences the-client.apps.googleusercontent.com" in outcome.err
    # A way in that is named may lead around it.
    assert _smoke(stack, api).status == 0


def test_an_identity_token_that_could_be_none_is_not_sent(
    stack: LiveStack, api: OpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IAP_TOKEN", "not a token")
    stack.write(_IAP)
    outcome = _smoke(stack, api)
    assert outcome.status == 2
    assert api.server.requests == []


def test_a_load_does_not_go_through_the_proxy(stack: LiveStack) -> None:
    stack.write({**_IAP, "slo": {"errorRate": 0.01}})
    outcome = stack.run("load")
    assert outcome.status == 2
    assert "expose the identity token" in outcome.err


def test_a_prompt_longer_than_the_context_may_be_refused(stack: LiveStack, api: OpenAI) -> None:
    api.instead["long"] = error(400, CONTEXT_ERROR)
    outcome = _smoke(stack, api)
    assert outcome.status == 0
    assert "maximum context length" in _case(outcome, "200 KB prompt")["message"]


def test_an_answer_that_does_not_come_in_time_is_unknown(stack: LiveStack, api: OpenAI) -> None:
    api.instead["chat"] = Reply(slow=True)
    outcome = _smoke(stack, api, "--answer-timeout", "0.5")
    assert outcome.status == 3
    assert "no complete response within 0.5 s" in _case(outcome, "chat completion")["message"]


def test_an_endpoint_that_is_still_being_made_is_waited_for(stack: LiveStack, api: OpenAI) -> None:
    path = "/v1/completions"
    booting = [Reply(status=404, body=b"fault filter abort"), error(503, "no healthy upstream")]
    api.server.on("POST", path, *booting, Reply(body=b"{}"), api.answer)
    assert _smoke(stack, api).status == 0
    assert len(api.server.asked(path)) == 3 + 12


def test_an_adapter_that_never_loads_is_a_problem_beside_a_good_model(
    stack: LiveStack, api: OpenAI
) -> None:
    api.models = (LLAMA,)
    outcome = _smoke(stack, api, "--timeout", "0.5")
    assert outcome.status == 1
    line = _case(outcome, "ready", "food")
    assert (line["status"], line["http"]) == ("problem", 404)
    assert "does not exist" in line["message"]
    assert _case(outcome, "stream")["status"] == "ok"


def test_an_endpoint_where_nobody_listens_is_unreachable(stack: LiveStack) -> None:
    with nobody() as url:
        outcome = stack.run("smoke", ["--json", "--url", url, "--timeout", "0.2"])
    assert outcome.status == 3
    assert {line["status"] for line in outcome.lines.values()} == {"unknown"}


def test_an_endpoint_that_does_not_answer_in_time_is_unreachable(
    stack: LiveStack, server: Server
) -> None:
    server.otherwise = Reply(slow=True)
    arguments = ["--json", "--url", server.url, "--timeout", "0.2", "--answer-timeout", "0.2"]
    assert stack.run("smoke", arguments).status == 3


def _outputs(stack: LiveStack, outputs: object) -> None:
    asked = "stack output --json --stack mine --non-interactive"
    text = outputs if isinstance(outputs, str) else json.dumps(outputs)
    stack.program("pulumi", f"[ \"$*\" = '{asked}' ] && echo '{text}'")


def test_the_endpoint_comes_from_the_stacks_outputs(stack: LiveStack, api: OpenAI) -> None:
    _outputs(stack, {"endpoint": api.server.url, "servedModels": [LLAMA, "food"]})
    assert stack.run("smoke").status == 0


def test_a_stack_that_serves_something_else_is_a_problem(stack: LiveStack, api: OpenAI) -> None:
    _outputs(stack, {"endpoint": api.server.url, "servedModels": [LLAMA]})
    outcome = stack.run("smoke", ["--json"])
    assert outcome.status == 1
    assert outcome.lines["served models"]["mend"] == "pulumi up --stack mine"


@pytest.mark.parametrize(
    ("outputs", "says"),
    [
        ({}, "pulumi up --stack mine"),
        ({"gatewayAddressCommand": "kubectl get gateway"}, "kubectl get gateway"),
        ("no JSON", "outputs cannot be read"),
        ({"endpoint": 1}, "outputs cannot be read"),
    ],
)
def test_a_stack_without_an_endpoint_is_refused(
    stack: LiveStack, outputs: object, says: str
) -> None:
    _outputs(stack, outputs)
    outcome = stack.run("smoke", ["--json"])
    assert (outcome.status, outcome.json["exit"], says in outcome.err) == (2, 2, True)


def test_the_address_of_another_teams_gateway_is_asked_for(stack: LiveStack, api: OpenAI) -> None:
    existing = {"name": "shared", "namespace": "gateways", "https": False}
    cluster = {"mode": "existing", "context": "x"}
    stack.write({**_ONE, "cluster": cluster, "gateway": {"existing": existing}})
    _outputs(stack, {"gatewayAddressCommand": "kubectl", "servedModels": [LLAMA, "food"]})
    address = api.server.url.removeprefix("http://")
    gateway: dict[str, Any] = {
        "spec": {"gatewayClassName": "x", "listeners": []},
        "status": {"addresses": [{"value": address}]},
    }
    asked = "get gateway shared --namespace gateways --ignore-not-found --output json --context x"
    stack.program("kubectl", f"[ \"$*\" = '{asked}' ] && echo '{json.dumps(gateway)}'")

    assert {line["status"] for name, line in stack.run("smoke", ["--json"]).lines.items()
            if name.startswith((LLAMA, "food"))} == {"ok"}  # fmt: skip


@pytest.mark.parametrize(
    ("command", "status", "says"),
    [
        ("smoke", 2, "docs/install/, or pass the endpoint with --url\n"),
        ("load", 2, "docs/install/, or pass the endpoint with --url\n"),
        ("recover", 3, "docs/install/\n"),
    ],
)
def test_without_pulumi_the_fix_is_to_install_it(  # noqa: PLR0913, PLR0917 columns and fixtures
    command: str,
    status: int,
    says: str,
    stack: LiveStack,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    outcome = stack.run(command)
    assert outcome.status == status
    assert f"→ install it: https://www.pulumi.com/{says}" in outcome.out + outcome.err


@pytest.mark.parametrize("url", ["203.0.113.7", "ftp://203.0.113.7", "http://"])
def test_an_address_that_is_none_is_refused(stack: LiveStack, url: str) -> None:
    outcome = stack.run("smoke", ["--url", url])
    assert outcome.status == 2
    assert "is not the URL of an HTTP server" in outcome.err


@pytest.mark.parametrize("timeout", ["0", "-1", "nan", "inf", "soon"])
def test_a_timeout_that_is_none_is_bad_usage(
    stack: LiveStack, capsys: pytest.CaptureFixture[str], timeout: str
) -> None:
    with pytest.raises(SystemExit) as caught:
        stack.run("smoke", ["--timeout", timeout])
    assert caught.value.code == 2
    assert f"argument --timeout: '{timeout}' is not a number" in capsys.readouterr().err
