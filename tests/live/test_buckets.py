"""Doctor and leftovers on buckets, against a server that answers as Cloud Storage does."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import google_account as account
import pytest
from google_account import ACCESS_TOKEN, error
from live_stacks import LLAMA, LiveStack
from loopback import Reply, Server, serving

_BUCKET: Final = "my-weights"
_LINE: Final = f"bucket {_BUCKET}"
_WEIGHTS: Final = "weights of llama3-8b"
_OBJECTS: Final = f"/b/{_BUCKET}/o"
_LABELS: Final = {"pulumi-project": "gke-inference-gateway", "pulumi-stack": "mine"}
_FILES: Final = ("config.json", "model-00001-of-00002.safetensors", "model.safetensors")
_STACK: Final[dict[str, Any]] = {
    "weights": {"bucket": _BUCKET},
    "models": [{"weights": {}, "replicas": 1}],
}
_NONE: Final = error(404, "notFound", "The specified bucket does not exist.")


def _bucket(name: str = _BUCKET, location: str = "US-CENTRAL1", **labels: str) -> Reply:
    return Reply(body={"name": name, "location": location, "labels": labels or _LABELS})


def _objects(*names: str, folder: str = LLAMA) -> Reply:
    return Reply(body={"items": [{"name": f"{folder}/{name}"} for name in names]})


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
    """A stack whose bucket is there and filled."""
    stack = LiveStack(tmp_path, monkeypatch, capsys)
    stack.forbidden.append(ACCESS_TOKEN)
    stack.write(_STACK)
    account.sign_in(google, tmp_path, monkeypatch)
    account.good_project(google)
    monkeypatch.setenv("HF_ENDPOINT", google.url)
    google.on("GET", f"/b/{_BUCKET}", _bucket())
    google.on("GET", _OBJECTS, _objects(*_FILES))
    return stack


def _doctor(stack: LiveStack) -> Mapping[str, Mapping[str, str]]:
    return stack.run("doctor", ["--json"]).lines


def test_a_bucket_that_is_filled_is_ok_and_hugging_face_is_not_asked(
    stack: LiveStack, google: Server
) -> None:
    lines = _doctor(stack)

    assert (lines[_LINE]["status"], lines[_WEIGHTS]["status"]) == ("ok", "ok")
    assert lines[_LINE]["message"] == (
        "exists, in us-central1; a re-created stack uses it with weights.create false"
    )
    assert lines[_WEIGHTS]["message"] == f"2 weight files in gs://{_BUCKET}/{LLAMA}"
    (asked,) = google.asked(_OBJECTS)
    assert asked.query == {"prefix": [f"{LLAMA}/"], "delimiter": ["/"]}
    assert not [name for name in lines if name.startswith(("model ", "Hugging Face"))]


@pytest.mark.parametrize(
    ("weights", "reply", "status", "says", "fix"),
    [
        ({}, _NONE, "ok", "the stack creates it", ""),
        (
            {"create": False},
            _NONE,
            "problem",
            "the stack does not create it",
            "weights.create' true",
        ),
        (
            {},
            error(403, "forbidden", "no access"),
            "problem",
            "is another project's",
            "weights.bucket' NAME",
        ),
        ({}, _bucket(owner="them"), "problem", "the update would fail", "weights.create' false"),
        ({}, _bucket(location="EUROPE-WEST4"), "problem", "is in europe-west4", "copy it"),
        ({"create": False}, _bucket(location="US"), "ok", "exists, in us", ""),
    ],
)
def test_a_bucket_is_judged_by_who_is_to_make_it(  # noqa: PLR0913, PLR0917 a row of the table
    stack: LiveStack,
    google: Server,
    weights: dict[str, Any],
    reply: Reply,
    status: str,
    says: str,
    fix: str,
) -> None:
    stack.write({**_STACK, "weights": {"bucket": _BUCKET, **weights}})
    google.on("GET", f"/b/{_BUCKET}", reply)
    line = _doctor(stack)[_LINE]

    assert line["status"] == status
    assert says in line["message"]
    assert fix in line["mend"]
    assert bool(fix) == bool(line["mend"])


@pytest.mark.parametrize(
    ("reply", "status", "says"),
    [
        (_objects(), "problem", "has no file *.safetensors"),
        (_objects("config.json"), "problem", "has no file *.safetensors"),
        (_objects("model.safetensors"), "problem", "has no config.json"),
        (_NONE, "unknown", "once the bucket exists"),
    ],
)
def test_a_folder_without_weights_is_told_with_what_fills_it(
    stack: LiveStack, google: Server, reply: Reply, status: str, says: str
) -> None:
    google.on("GET", _OBJECTS, reply)
    line = _doctor(stack)[_WEIGHTS]

    assert line["status"] == status
    assert says in line["message"]
    assert f"gcloud storage cp --recursive 'FOLDER/*' gs://{_BUCKET}/{LLAMA}" in line["mend"]


@pytest.mark.parametrize("reply", [_bucket(), _bucket(owner="them")])
def test_of_a_bucket_that_the_stack_only_uses_nothing_else_is_said(
    stack: LiveStack, google: Server, reply: Reply
) -> None:
    stack.write({**_STACK, "weights": {"bucket": _BUCKET, "create": False}})
    google.on("GET", f"/b/{_BUCKET}", reply)
    line = _doctor(stack)[_LINE]

    assert (line["status"], line["message"]) == ("ok", "exists, in us-central1")


def test_what_cannot_be_seen_is_unknown(stack: LiveStack, google: Server) -> None:
    google.on("GET", f"/b/{_BUCKET}", error(503, "backendError", "try again"))
    google.on("GET", _OBJECTS, error(503, "backendError", "try again"))
    lines = _doctor(stack)

    assert (lines[_LINE]["status"], lines[_WEIGHTS]["status"]) == ("unknown", "unknown")


def test_a_folder_of_its_own_is_looked_into(stack: LiveStack, google: Server) -> None:
    stack.write({**_STACK, "models": [{"weights": {"path": "llama/v2", "load": "mount"}}]})
    google.on("GET", _OBJECTS, _objects(*_FILES, folder="llama/v2"))

    assert _doctor(stack)[_WEIGHTS]["status"] == "ok"
    (asked,) = google.asked(_OBJECTS)
    assert asked.query["prefix"] == ["llama/v2/"]


def _leftovers(stack: LiveStack) -> Mapping[str, Mapping[str, str]]:
    return stack.run("leftovers", ["--json"]).lines


def test_after_a_destroy_the_bucket_is_named_and_no_problem(
    stack: LiveStack, google: Server
) -> None:
    google.on("GET", f"/b/{_BUCKET}-cache", _bucket(f"{_BUCKET}-cache"))
    lines = _leftovers(stack)

    assert lines[_LINE]["status"] == "ok"
    assert "kept on purpose" in lines[_LINE]["message"]
    assert f"gcloud storage rm --recursive gs://{_BUCKET}" in lines[_LINE]["message"]
    assert lines[f"{_LINE}-cache"]["status"] == "problem"
    delete = f"gcloud storage rm --recursive gs://{_BUCKET}-cache"
    assert lines[f"{_LINE}-cache"]["mend"] == delete


@pytest.mark.parametrize("reply", [_NONE, _bucket(owner="them")])
def test_a_bucket_of_others_is_not_left_by_the_stack(
    stack: LiveStack, google: Server, reply: Reply
) -> None:
    google.on("GET", f"/b/{_BUCKET}", reply)
    assert _leftovers(stack)[_LINE]["message"] == "none is left"


@pytest.mark.parametrize("create", [True, False])
def test_a_bucket_that_was_made_is_named_whatever_the_settings_say_by_now(
    stack: LiveStack, *, create: bool
) -> None:
    stack.write({**_STACK, "weights": {"bucket": _BUCKET, "create": create}})
    assert "kept on purpose" in _leftovers(stack)[_LINE]["message"]


def test_a_bucket_that_cannot_be_seen_hides_no_other(stack: LiveStack, google: Server) -> None:
    google.on("GET", f"/b/{_BUCKET}", error(503, "backendError", "try again"))
    google.on("GET", f"/b/{_BUCKET}-cache", _bucket(f"{_BUCKET}-cache"))
    lines = _leftovers(stack)

    assert lines[_LINE]["status"] == "unknown"
    assert lines[f"{_LINE}-cache"]["status"] == "problem"
