"""`init` and `machines`: a first stack file from four answers, and what there is to choose from."""

import io
import json
import sys
from pathlib import Path
from typing import Final

import pytest
import yaml

from inference.catalog.machines import MACHINES
from inference.cli import main
from inference.derive import sizing
from inference.offline import size

_MODEL: Final = "Qwen/Qwen3-8B"
_ANSWERS: Final = {
    "--model": _MODEL,
    "--region": "us-central1",
    "--exposure": "internal",
    "--requests-per-second": "5",
}
_OFFERED: Final = ("g2-standard-12", "a3-highgpu-1g", "ct6e-standard-1t")
Output = pytest.CaptureFixture[str]


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(size, "ROOT", tmp_path)
    # What a machine serves takes a tenth of a second, and test_size_and_cost.py asks for all.
    monkeypatch.setattr(sizing, "MACHINES", {name: MACHINES[name] for name in _OFFERED})
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    monkeypatch.setenv("COLUMNS", "80")


def _init(**changed: str | None) -> int:
    given = {**_ANSWERS, **{f"--{name.replace('_', '-')}": text for name, text in changed.items()}}
    words = [word for pair in given.items() if pair[1] is not None for word in pair]
    return main(["init", *(str(word) for word in words)])


def test_init_writes_a_stack_that_plan_accepts_and_replaces_none(
    tmp_path: Path, capsys: Output
) -> None:
    assert _init() == 0
    file = tmp_path / "Pulumi.mine.yaml"
    assert capsys.readouterr().out.endswith(
        "next  .venv/bin/inference plan --stack mine\n"
        "      pulumi stack select --create mine\n"
        "      pulumi config set gcp:project PROJECT_ID\n"
        "      pulumi up\n"
    )
    assert main(["plan", "--config", str(file), "--json"]) == 0
    plan = json.loads(capsys.readouterr().out)
    (capacity,) = plan["capacity"]
    assert capacity["holds"] is True

    written = file.read_text(encoding="utf-8")
    assert _init(exposure="llm.example.com") == 2
    assert "Pulumi.mine.yaml exists, and would be overwritten" in capsys.readouterr().err
    assert file.read_text(encoding="utf-8") == written
    assert main(["init", *(word for pair in _ANSWERS.items() for word in pair), "--force"]) == 0


def test_init_names_the_token_once_and_the_command_that_compares_other_loads(
    tmp_path: Path, capsys: Output
) -> None:
    assert _init(model="meta-llama/Llama-3.1-8B-Instruct") == 0
    lines = capsys.readouterr().out.splitlines()

    assert "      pulumi config set --secret huggingFaceToken" in lines
    assert "pulumi" not in (tmp_path / "Pulumi.mine.yaml").read_text(encoding="utf-8")
    (command,) = [line.split() for line in lines if " size " in line]
    assert main([*command[1:], "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["options"][0]["replicas"] > 0


@pytest.mark.parametrize(
    ("exposure", "gateway"),
    [
        ("internal", {"className": "gke-l7-rilb"}),
        ("public", None),
        ("llm.example.com", {"hostnames": ["llm.example.com"], "tls": {}}),
    ],
)
def test_the_exposure_is_the_gateways(
    exposure: str, gateway: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What is not given is asked for; nothing takes the default, and what is none is asked again.
    monkeypatch.setattr(sys, "stdin", _Terminal(f"\nus-central9\n\nnowhere\n{exposure}\n2\n"))
    assert main(["init"]) == 0
    config = yaml.safe_load((tmp_path / "Pulumi.mine.yaml").read_text(encoding="utf-8"))["config"]
    assert config.get("gke-inference-gateway:gateway") == gateway
    assert config["gke-inference-gateway:traffic"]["requestsPerSecond"] == 2


@pytest.mark.parametrize(
    ("option", "given"),
    [
        ("model", "Qwen/Qwen3-8"),
        ("region", "us-cental1"),
        ("region", "africa-south1"),
        ("exposure", "everyone"),
        ("exposure", None),
        ("requests-per-second", "0"),
        ("requests-per-second", "many"),
        ("requests-per-second", "nan"),
    ],
)
def test_what_is_missing_or_none_is_refused_and_nothing_written(
    option: str, given: str | None, tmp_path: Path, capsys: Output
) -> None:
    assert _init(**{option.replace("-", "_"): given}) == 2
    assert capsys.readouterr().err.startswith(f"--{option}: ")
    assert list(tmp_path.iterdir()) == []


def test_machines_lists_all_with_zones_and_dated_prices(capsys: Output) -> None:
    assert main(["machines", "--json"]) == 0
    rows = {row["machine"]: row for row in json.loads(capsys.readouterr().out)["machines"]}
    assert set(rows) == set(MACHINES)
    assert "us-central1-b" in rows["ct6e-standard-4t"]["zones"]
    assert rows["g4-standard-48"]["zones"] is None
    spot = [price for price in rows["a3-highgpu-1g"]["prices"] if price["capacity"] == "spot"]
    assert all(price["hourly"] > 0 and price["date"] and price["source"] for price in spot)

    assert main(["machines"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    assert {name for name in MACHINES if any(f"  {name} " in line for line in lines)} == set(
        MACHINES
    )


def test_machines_of_a_region_and_an_accelerator(capsys: Output) -> None:
    assert main(["machines", "--region", "us-south1", "--accelerator", "H200"]) == 0
    found = capsys.readouterr().out
    assert "a3-ultragpu-8g" in found
    assert "a3-megagpu-8g" not in found
    assert main(["machines", "--region", "us-south1", "--accelerator", "v6e"]) == 0
    assert "no zone in us-south1 is known" in capsys.readouterr().out
    for option, word in (("--region", "us-cental1"), ("--accelerator", "k80")):
        assert main(["machines", option, word]) == 2
        assert capsys.readouterr().err.startswith(f"{option}: {word}")


@pytest.mark.parametrize("option", [["init", "--stack"], ["size", "--write"]])
@pytest.mark.parametrize("name", ["my stack", "-stack"])
def test_a_stack_is_only_written_under_a_name_that_pulumi_takes(
    capsys: Output, option: list[str], name: str
) -> None:
    command, flag = option
    with pytest.raises(SystemExit) as ended:
        main([command, f"{flag}={name}"])

    assert ended.value.code == 2
    assert f"'{name}' is no stack name" in capsys.readouterr().err
