"""`size --ask-google` against Inference Quickstart on loopback, in the shapes of its proto."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import google_account as account
import pytest
from google_account import error
from loopback import Reply, Request, Server, nobody, serving

from inference.cli import main

_PATH: Final = "/v1/profiles:fetch"
_ASKED: Final = [
    *("size", "--model", "meta-llama/Llama-3.1-8B-Instruct", "--machine", "a3-highgpu-1g"),
    *("--rate", "20", "--input", "1024", "--output", "256", "--ttft", "500", "--itl", "60"),
    "--ask-google",
]


def _profile(machine: str, queries: float) -> dict[str, Any]:
    amount = {"units": "0", "nanos": 250_000_000}
    stats = {
        "queriesPerSecond": queries,
        "outputTokensPerSecond": 3000,
        "ntpotMilliseconds": 30,
        "ttftMilliseconds": 200,
        "cost": [
            {"pricingModel": "reservation"},
            {"costPerMillionOutputTokens": amount, "pricingModel": "spot"},
        ],
    }
    return {
        "modelServerInfo": {"model": "meta-llama/Llama-3.1-8B-Instruct", "modelServer": "vllm"},
        "acceleratorType": "nvidia-h100-80gb",
        "instanceType": machine,
        "resourcesUsed": {"acceleratorCount": 1},
        "performanceStats": [stats],
    }


@pytest.fixture
def google(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    with serving() as server:
        account.sign_in(server, tmp_path, monkeypatch)
        yield server


def _page(request: Request) -> Reply:
    if "pageToken" in request.json:
        return Reply(body={"profile": [_profile("a3-highgpu-1g", 12)]})
    return Reply(body={"profile": [_profile("g2-standard-12", 3)], "nextPageToken": "2"})


def test_googles_profiles_of_all_pages_stand_beside_the_table_the_fastest_first(
    google: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    google.on("POST", _PATH, _page)

    assert main(_ASKED) == 0
    shown = capsys.readouterr().out
    assert shown.index("per month") < shown.index("Inference Quickstart")
    assert shown.index("12/s") < shown.index("g2-standard-12")
    assert "$0.25" in shown
    asked = google.asked(_PATH)[0].json
    assert asked["modelServer"] == "vllm"
    assert asked["performanceRequirements"]["targetTtftMilliseconds"] == 500
    assert asked["performanceRequirements"]["targetNtpotMilliseconds"] == 62


@pytest.mark.parametrize(
    ("reply", "status", "says"),
    [
        (error(403, "SERVICE_DISABLED", "not enabled"), 1, "gkerecommender.googleapis.com"),
        (Reply(body={"profile": 1}), 1, "cannot be read"),
        (Reply(body={"profile": [], "nextPageToken": "again"}), 1, "cannot be read"),
        (Reply(body={}), 0, "has no profile"),
    ],
    ids=["refused", "malformed", "pages without end", "none"],
)
def test_without_profiles_the_table_stands_alone_with_the_reason(
    google: Server, capsys: pytest.CaptureFixture[str], reply: Reply, status: int, says: str
) -> None:
    google.on("POST", _PATH, reply)

    assert main(_ASKED) == status
    shown = capsys.readouterr().out
    assert "per month" in shown
    assert says in " ".join(shown.split())


def test_where_google_cannot_be_reached_the_status_says_so(
    google: Server, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with nobody() as url:
        monkeypatch.setenv("CLOUDSDK_API_ENDPOINT_OVERRIDES_GKERECOMMENDER", f"{url}/")
        assert main(_ASKED) == 3

    assert "per month" in capsys.readouterr().out
    assert google.asked(_PATH) == []
