"""`size`, and cost and capacity in plan and report: what people read, and what programs read."""

import json
import re
from datetime import date
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from inference.catalog.machines import MACHINES
from inference.cli import main
from inference.derive import prices
from inference.offline import size

_ASKED: Final = [
    *("size", "--model", "meta-llama/Llama-3.1-8B-Instruct", "--rate", "50"),
    *("--input", "1024", "--output", "256", "--ttft", "500", "--itl", "60"),
]
Output = pytest.CaptureFixture[str]


def _stack(folder: Path, name: str, replicas: int) -> str:
    file = folder / f"Pulumi.{name}.yaml"
    nodes = {"machineType": "a3-highgpu-1g", "capacity": "spot", "nodes": replicas}
    config = {
        "gcp:project": "test-project",
        "gke-inference-gateway:nodePools": [nodes],
        "gke-inference-gateway:models": [{"replicas": replicas}],
        "gke-inference-gateway:slo": {"timeToFirstTokenP95Ms": 500, "interTokenP95Ms": 60},
        "gke-inference-gateway:traffic": {"requestsPerSecond": 26, "peakFactor": 2},
    }
    file.write_text(yaml.safe_dump({"config": config}), encoding="utf-8")
    return str(file)


def test_size_names_every_machine_with_its_price_or_the_reason_against_it(capsys: Output) -> None:
    assert main([*_ASKED, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    options, rejected = found["options"], found["rejected"]

    assert list(found) == ["options", "rejected"]
    assert list(options[0]) == [
        *("machine", "gpus", "capacityType", "replicas", "requestsPerSecond", "monthly"),
        *("perMillionOutputTokens", "confidence", "unpriced"),
    ]
    assert "Gateway's address" in options[0]["unpriced"]
    assert {row["machine"] for row in (*options, *rejected)} == set(MACHINES)
    assert all(row["reason"] for row in rejected)
    assert all(row["requestsPerSecond"] >= 50 * 1.5 for row in options)
    priced = [row["monthly"] for row in options if row["monthly"] is not None]
    assert priced == sorted(priced)
    assert [row["monthly"] for row in options[: len(priced)]] == priced
    assert 0 < len(priced) < len(options)

    assert main(_ASKED) == 0
    out = capsys.readouterr().out
    assert [line for line in out.splitlines() if line.endswith(" ")] == []
    assert "at 50 requests/s, 75 at the peak" in " ".join(out.split())
    assert "\nnot included, no known price: " in out
    assert "\nprices older than 90 days (" in out


def test_size_writes_a_stack_that_plan_accepts_and_prices_alike(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    monkeypatch.setattr(size, "ROOT", tmp_path)

    assert main([*_ASKED, "--machine", "a3-highgpu-1g", "--write", "sized", "--json"]) == 0
    printed = capsys.readouterr()
    best = json.loads(printed.out)["options"][0]
    assert "next  .venv/bin/inference plan --stack sized\n      pulumi stack select" in printed.err
    assert main(["plan", "--json", "--config", str(tmp_path / "Pulumi.sized.yaml")]) == 0
    plan = json.loads(capsys.readouterr().out)

    warned = {found["id"] for found in plan["findings"] if found["severity"] == "warning"}
    unwanted = ("throughput.", "capacity.", "memory.", "network.")
    assert not any(each.startswith(unwanted) for each in warned)
    assert plan["cost"]["monthly"] == best["monthly"]
    (capacity,) = plan["capacity"]
    assert capacity["neededReplicas"] == capacity["replicas"] == best["replicas"]
    assert capacity["holds"]
    assert main([*_ASKED, "--machine", "a3-highgpu-1g", "--write", "sized"]) == 2
    assert "exists" in capsys.readouterr().err


def test_a_model_too_large_and_a_region_without_the_machine_are_told(capsys: Output) -> None:
    large = [argument if "/" not in argument else "Qwen/Qwen3-32B" for argument in _ASKED]

    assert main([*large, "--machine", "g2-standard-4"]) == 0
    assert "with 1 GPU per replica: 61 GiB of weights per GPU, 21 usable" in capsys.readouterr().out
    assert main([*_ASKED, "--machine", "a3-highgpu-8g", "--region", "europe-west8"]) == 0
    assert "no zone in europe-west8 is known to offer it" in capsys.readouterr().out
    many = [*_ASKED, "--rate", "100000", "--machine", "g2-standard-8"]
    assert main(many) == 0
    reason = " ".join(capsys.readouterr().out.split("not g2-standard-8: ")[1].split())
    assert re.fullmatch(
        r"with 1 GPU per replica, each serves \S+ requests/s within these latencies, and a model "
        r"has 1,000 replicas at most",
        reason,
    )
    assert main([*_ASKED, "--region", "africa-south1", "--machine", "g4-standard-48"]) == 0
    assert "not known whether africa-south1 has them: g4" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--model", "meta-llama/Llama-3.1-8B-Instrct"], "meta-llama/Llama-3.1-8B-Instruct"),
        (["--rate", "0"], "greater than 0"),
        (["--input", "0"], "greater than or equal to 1"),
        (["--ttft", "0"], "must be above 0 ms"),
        (["--machine", "a3-highgpu-3g"], "a3-highgpu-"),
        (["--region", "us-centrall1"], "choose one of: us-central1"),
        (["--input", "200000"], "longer than the context of meta-llama/Llama-3.1-8B-Instruct"),
    ],
)
def test_size_refuses_in_words_what_cannot_be_asked(
    capsys: Output, arguments: list[str], says: str
) -> None:
    assert main([*_ASKED, *arguments, "--json"]) == 2
    out, err = capsys.readouterr()

    assert says in err
    assert json.loads(out)["options"] == []


def test_the_plan_tells_cost_and_capacity_and_the_report_leads_with_the_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    monkeypatch.setattr(prices, "today", lambda: date(2100, 1, 1))
    few, more = _stack(tmp_path, "few", 2), _stack(tmp_path, "more", 4)

    assert main(["plan", "--config", few]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "price $" in out
    assert "prices older than 90 days (2" in out
    assert "2 replicas serve" in out
    assert "does not hold" in out
    assert main(["plan", "--json", "--config", few]) == 0
    plan: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert list(plan["cost"]) == [
        *("currency", "hourly", "monthly", "perMillionOutputTokens", "lines", "unpriced"),
    ]
    assert list(plan["cost"]["lines"][0]) == [
        *("item", "quantity", "hourly", "usageBased", "date", "source"),
    ]
    assert list(plan["capacity"][0]) == [
        *(
            "model",
            "replicas",
            "requestsPerSecond",
            "confidence",
            "measuredHere",
            "neededReplicas",
            "holds",
        ),
    ]
    page = tmp_path / "report.html"
    assert main(["report", "--config", more, "--against", few, "--out", str(page)]) == 0
    text = page.read_text(encoding="utf-8")
    changes = text[text.index("Changes against") :]
    assert 'class="r-cost">+$' in changes[:120]
