"""The curl line, read as a shell reads it."""

import json
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from conftest import make_settings

from inference.derive.requests import curl, curl_by_command

_ENDPOINT = "http://203.0.113.7"
_OBJECTIVES = [{"name": "urgent", "priority": 10}, {"name": "later", "priority": -1}]
_ODD = 'it\'s $(a) "model" `x` & #1 \\ ü'


@dataclass(frozen=True, kw_only=True)
class _Request:
    url: str
    headers: Mapping[str, str]
    body: Mapping[str, Any]


def _request(models: Sequence[Mapping[str, Any]], **sections: object) -> _Request:
    """What the line asks for; fails on a word that is not expected."""
    line = curl(make_settings({"models": models, **sections}), _ENDPOINT)
    assert "\n" not in line
    command, silent, url, *rest = shlex.split(line)
    assert (command, silent) == ("curl", "-sS")
    *pairs, data_option, body = rest
    assert data_option == "-d"
    assert set(pairs[::2]) == {"-H"}
    headers = [header.split(": ", 1) for header in pairs[1::2]]
    return _Request(url=url, headers=dict(headers), body=json.loads(body))


def _body(model: str) -> Mapping[str, Any]:
    return {"model": model, "prompt": "Why is the sky blue?", "max_tokens": 64}


def test_one_model_needs_its_name_in_the_body_alone() -> None:
    assert _request([{"model": "org/base"}]) == _Request(
        url="http://203.0.113.7/v1/completions",
        headers={"Content-Type": "application/json"},
        body=_body("org/base"),
    )


@pytest.mark.parametrize(
    ("release", "header"),
    [
        ("v1.0.0", "x-gateway-inference-objective"),
        ("v1.5.0", "x-gateway-inference-objective"),
        ("llm-d-v0.10.0", "x-llm-d-inference-objective"),
    ],
)
def test_the_first_objective_is_asked_for_in_the_releases_header(release: str, header: str) -> None:
    request = _request([{"objectives": _OBJECTIVES}], gatewayRelease=release)
    assert request.headers == {"Content-Type": "application/json", header: "urgent"}


def test_several_models_are_told_apart_by_header() -> None:
    models = [
        {"name": "a", "servedName": "first", "objectives": _OBJECTIVES},
        {"name": "b", "servedName": "second"},
    ]
    assert _request(models) == _Request(
        url="http://203.0.113.7/v1/completions",
        headers={
            "Content-Type": "application/json",
            "X-Gateway-Model-Name": "first",
            "x-gateway-inference-objective": "urgent",
        },
        body=_body("first"),
    )


def test_several_models_are_told_apart_by_path() -> None:
    models = [{"name": "a", "servedName": "first"}, {"name": "b", "servedName": "second"}]
    assert _request(models, gateway={"routing": "path"}) == _Request(
        url="http://203.0.113.7/a/v1/completions",
        headers={"Content-Type": "application/json"},
        body=_body("first"),
    )


def test_one_model_has_no_prefix_with_path_routing() -> None:
    request = _request([{"name": "a"}], gateway={"routing": "path"})
    assert request.url == "http://203.0.113.7/v1/completions"


def test_odd_names_come_through_the_shell_unharmed() -> None:
    models = [{"name": "a", "servedName": _ODD}, {"name": "b", "servedName": "second"}]
    request = _request(models)
    assert request.headers["X-Gateway-Model-Name"] == _ODD
    assert request.body == _body(_ODD)


@pytest.mark.parametrize("shell", ["sh", "bash"])
@pytest.mark.parametrize(
    ("before", "url"),
    [
        ("", "http://203.0.113.7/a/v1/completions"),
        ("ENDPOINT=http://127.0.0.1:8080; ", "http://127.0.0.1:8080/a/v1/completions"),
    ],
)
def test_an_address_is_asked_for_where_only_a_command_tells_it(
    shell: str, before: str, url: str
) -> None:
    models = [{"name": "a", "servedName": _ODD}, {"name": "b", "servedName": "second"}]
    settings = make_settings({"models": models, "gateway": {"routing": "path"}})
    line = curl_by_command(settings, "printf %s '203.0.113.7'")
    echo = "curl() { printf '%s\\n' \"$@\"; }"

    result = subprocess.run(  # noqa: S603 our own line
        [shell, "-c", f"{echo}; {before}{line}"], capture_output=True, text=True, check=True
    )

    found, *_, body = result.stdout.splitlines()[1:]
    assert (found, json.loads(body)) == (url, _body(_ODD))
