"""`prices --refresh` against a Billing Catalog on loopback: pages, gaps, errors, nobody."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import google_account as account
import pytest
from google_account import error
from loopback import Reply, Request, Server, nobody, serving

from inference.catalog.machines import Capacity
from inference.cli import main
from inference.derive.prices import TABLE, Prices, parse, today
from inference.live import prices

_PATH: Final = "/v1/services/6F81-5844-456A/skus"
_REGION: Final = "us-central1"


def _sku(description: str, price: float, *regions: str, currency: str = "USD") -> dict[str, Any]:
    units = int(price)
    money = {
        "currencyCode": currency,
        "units": str(units),
        "nanos": round((price - units) * 1e9),
    }
    expression = {
        "usageUnit": "h",
        "tieredRates": [{"startUsageAmount": 0, "unitPrice": money}],
    }
    return {
        "skuId": "AAAA-BBBB-CCCC",
        "description": description,
        "serviceRegions": list(regions or (_REGION,)),
        "pricingInfo": [{"pricingExpression": expression}],
    }


_SPOT: Final = "attached to Spot Preemptible VMs running in Americas"
_PAGES: Final = (
    [
        _sku("Nvidia L4 GPU running in Americas", 0.5),
        _sku("G2 Instance Core running in Americas", 0.02),
        _sku("Commitment v1: G2 Cpu in Americas for 1 Year", 0.001),
        _sku("Reserved Nvidia L4 GPU in Americas in Calendar Mode", 0.001),
        _sku("Nvidia L4 GPU attached to DWS Defined Duration VMs running in Americas", 0.001),
    ],
    [
        _sku("G2 Instance Ram running in Americas", 0.003),
        _sku(f"Nvidia L4 GPU {_SPOT}", 0.3),
        _sku("Spot Preemptible G2 Instance Core running in Americas", 0.01),
        _sku("Spot Preemptible G2 Instance Ram running in Americas", 0.001),
        _sku("E2 Instance Core running in Americas", 0.02),
        _sku("E2 Instance Ram running in Americas", 0.003),
        _sku("Balanced PD Capacity in Iowa", 0.11),
        # A GPU in a region without cores there, and one in another currency.
        _sku("Nvidia L4 GPU running in Milan", 0.7, "europe-west8"),
        _sku("G2 Instance Core running in Tokyo", 3, "asia-northeast1", currency="JPY"),
        {"description": "no price"},
    ],
)


@pytest.fixture
def google(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    with serving() as server:
        account.sign_in(server, tmp_path, monkeypatch)
        yield server


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the table, which the command writes to."""
    copy = tmp_path / "table.json"
    copy.write_bytes(TABLE.read_bytes())
    monkeypatch.setattr(prices, "TABLE", copy)
    return copy


def _page(request: Request) -> Reply:
    number = int(request.query.get("pageToken", ["0"])[0])
    following = {"nextPageToken": str(number + 1)} if number + 1 < len(_PAGES) else {}
    return Reply(body={"skus": _PAGES[number], **following})


def _refreshed(file: Path) -> Prices:
    return parse(json.loads(file.read_text(encoding="utf-8")))


def test_todays_prices_are_put_together_of_all_pages_and_the_others_stay(
    google: Server, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    google.on("GET", _PATH, _page)
    before = _refreshed(file)

    assert main(["prices", "--refresh"]) == 0
    after = _refreshed(file)

    small = after.machine("g2-standard-4", _REGION, Capacity.ON_DEMAND)
    assert small is not None
    assert small.amount == pytest.approx(0.5 + 4 * 0.02 + 16 * 0.003)
    assert (small.date, small.source.level) == (today().isoformat(), "H")
    spot = after.machine("g2-standard-96", _REGION, Capacity.SPOT)
    assert spot is not None
    assert spot.amount == pytest.approx(8 * 0.3 + 96 * 0.01 + 384 * 0.001)
    system = after.machine("e2-standard-4", _REGION, Capacity.ON_DEMAND)
    assert system is not None
    assert system.amount == pytest.approx(4 * 0.02 + 16 * 0.003)
    disk = after.item("pd-balanced", _REGION)
    assert disk is not None
    assert disk.amount == pytest.approx(0.11)
    for region in ("europe-west8", "asia-northeast1"):
        assert after.machine("g2-standard-4", region, Capacity.ON_DEMAND) is None
    h100 = ("a3-highgpu-8g", _REGION, Capacity.ON_DEMAND.value)
    assert after.machines[h100] == before.machines[h100]
    assert "per hour, -22%" in capsys.readouterr().out
    assert len(google.asked(_PATH)) == len(_PAGES)


def test_refreshing_twice_writes_the_same(google: Server, file: Path) -> None:
    google.on("GET", _PATH, _page)

    assert main(["prices", "--refresh", "--json"]) == 0
    once = file.read_bytes()
    assert main(["prices", "--refresh", "--json"]) == 0

    assert file.read_bytes() == once


@pytest.mark.parametrize(
    ("reply", "status", "says"),
    [
        (error(403, "SERVICE_DISABLED", "not enabled"), 1, "gcloud services enable cloudbilling"),
        (Reply(body={"skus": "none"}), 1, "cannot be read"),
        (Reply(body={"skus": [_sku("Something else", 1)]}), 1, "nothing was written"),
    ],
    ids=["refused", "malformed", "other names"],
)
def test_what_google_answers_instead_is_told_and_nothing_is_written(  # noqa: PLR0913 as pytest has it
    *,
    google: Server,
    file: Path,
    capsys: pytest.CaptureFixture[str],
    reply: Reply,
    status: int,
    says: str,
) -> None:
    google.on("GET", _PATH, reply)
    before = file.read_bytes()

    assert main(["prices", "--refresh"]) == status
    assert says in " ".join(capsys.readouterr().out.split())
    assert file.read_bytes() == before


def test_without_an_answer_the_status_is_that_of_an_unreachable_service(
    google: Server, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = file.read_bytes()
    with nobody() as url:
        monkeypatch.setenv("CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDBILLING", f"{url}/")
        assert main(["prices", "--refresh", "--timeout", "2"]) == 3

    assert file.read_bytes() == before
    assert google.asked(_PATH) == []


def test_the_table_is_shown_with_the_day_and_level_of_each_price(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["prices", "--region", "us-west1"]) == 0
    shown = capsys.readouterr().out

    assert "g4-standard-48" in shown
    assert "2026-09-13" in shown
    assert "a3-highgpu-2g" not in shown
