"""The page for a review: complete, self-contained, without secrets, and true to two plans."""

import re
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
from conftest import run, run_of, stack_file

from inference.cli import main
from inference.config.stack_file import read_stack
from inference.offline.plan import Plan, make_plan
from inference.offline.report.compare import Comparison, compare
from inference.offline.report.page import page
from inference.offline.runner import run_program

pytestmark = pytest.mark.usefixtures("runs_once")

_TOKEN: Final = "hf_AbCdEfGhIjKlMnOpQrStUvWx"  # noqa: S105 no real one
_MODEL: Final = {"name": "one", "model": "Qwen/Qwen3-8B"}


@cache
def plan_of(stack: str) -> Plan:
    """The plan of a committed stack."""
    return make_plan(run_of(read_stack(stack)))


def compared(before: dict[str, Any], after: dict[str, Any]) -> Comparison:
    """What changes from one model's settings to another's."""
    old, new = ({"models": [{**_MODEL, **settings}]} for settings in (before, after))
    return compare(make_plan(run(new)), make_plan(run(old)))


def test_every_finding_resource_step_and_manifest_is_on_the_page() -> None:
    plan = plan_of("dev")
    text = page(plan)

    for finding in plan.run.findings:
        assert finding.id in text
    for index in range(1, len(plan.run.resources) + 1):
        assert f'id="resource-{index}"' in text
    for step in plan.timeline.steps:
        assert step.id in text
    assert "kind: HTTPRoute" in text
    assert "helm upgrade --install llama3-8b" in text


def test_nothing_is_fetched() -> None:
    text = page(plan_of("dev"))

    assert re.findall(r"<(?:link|img|script|iframe)[^>]+(?:src|href)=\"(?!data:)", text) == []
    assert re.findall(r"url\((?!#)", text) == []
    assert "default-src 'none'" in text


def test_every_link_leads_to_something_on_the_page() -> None:
    text = page(plan_of("dev"), compare(plan_of("dev"), plan_of("autopilot")))
    links = set(re.findall(r'href="#([^"]+)"', text))

    assert len(links) > 20
    assert links <= set(re.findall(r'id="([^"]+)"', text))


def test_the_same_stack_gives_the_same_page() -> None:
    assert page(plan_of("dev")) == page(make_plan(run_program(read_stack("dev"))))


def test_secrets_stay_opaque() -> None:
    secret = stack_file({"models": [_MODEL]}, secrets={"huggingFaceToken": _TOKEN})
    clear = stack_file({"models": [_MODEL], "huggingFaceToken": _TOKEN})
    for stack in (secret, clear):
        text = page(make_plan(run_program(stack)))

        assert _TOKEN not in text
        assert "[secret]" in text


def test_what_a_stack_says_is_text_and_not_markup() -> None:
    allow = [{"id": "network.public-http", "reason": "<script>alert('mine')</script>"}]
    text = page(make_plan(run({"preflight": {"allow": allow}})))

    assert "<script>alert" not in text
    assert "&lt;script&gt;alert" in text


def test_the_same_stack_under_another_name_changes_nothing_but_its_label() -> None:
    plans = [
        make_plan(run_program(stack_file({"models": [_MODEL]}, name=name))) for name in ("a", "b")
    ]
    comparison = compare(plans[1], plans[0])

    assert (comparison.added, comparison.removed) == ((), ())
    assert [change.paths for change in comparison.changed] == [("defaultLabels",)]


def test_a_changed_input_is_named_with_its_lines() -> None:
    comparison = compared({"replicas": 1}, {"replicas": 2})
    (change,) = [c for c in comparison.changed if c.resource.kind == "Deployment"]

    assert "spec.replicas" in change.paths
    assert "-  replicas: 1" in change.lines
    assert "+  replicas: 2" in change.lines
    assert not change.lines[0].startswith(("---", "+++"))


def test_arguments_are_told_as_a_whole() -> None:
    comparison = compared({}, {"extraArgs": ["--enable-prefix-caching"]})
    (change,) = comparison.changed

    assert change.paths == ("spec.template.spec.containers[0].args",)
    assert [line.strip("+ ") for line in change.lines if line[0] == "+"] == [
        "- --enable-prefix-caching"
    ]


def test_added_and_removed_mirror_each_other() -> None:
    adapters = {"adapters": [{"name": "food", "source": "owner/food"}]}
    there, back = compared({}, {"lora": adapters}), compared({"lora": adapters}, {})

    assert [resource.kind for resource in there.added] == ["ConfigMap"]
    assert (there.removed, back.added) == ((), ())
    assert [resource.urn for resource in back.removed] == [there.added[0].urn]
    assert there.unchanged == back.unchanged


def test_items_of_the_bill_that_differ_stand_with_both_amounts() -> None:
    bill = compare(plan_of("dev"), plan_of("autopilot")).bill
    nodes = next(row for row in bill if row[0].startswith("a3-highgpu-2g"))

    assert nodes[1] == ""
    assert nodes[3] == f"+{nodes[2]}"
    assert compare(plan_of("dev"), plan_of("dev")).bill == ()


def test_the_command_writes_one_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "new" / "dev.html"

    assert main(["report", "--stack", "dev", "--against", "autopilot", "--out", str(file)]) == 0
    change, gpus, resources, *replaced, written = capsys.readouterr().out.splitlines()
    assert change.startswith("Monthly cost: +$")
    assert gpus == "GPUs: 3 × nvidia-h100-80gb spot → 4 × nvidia-h100-80gb spot"
    assert re.fullmatch(r"Resources: \d+ added, \d+ changed, \d+ removed, \d+ as before", resources)
    assert replaced[0].startswith(
        "Replaced: cluster.mode changes from autopilot to standard, which"
    )
    assert written == str(file)
    assert "Changes against autopilot" in file.read_text(encoding="utf-8")


def test_against_takes_an_earlier_version_of_a_stack_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    earlier, file = tmp_path / "Pulumi.dev.yaml", tmp_path / "dev.html"
    earlier.write_text("config:\n  gcp:project: a-project\n  models: [{}]\n", encoding="utf-8")

    assert main(["report", "--against", str(earlier), "--out", str(file)]) == 0
    capsys.readouterr()
    assert "-project: a-project\n" in re.sub(r"</?span[^>]*>", "", file.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--stack", "none"], "there is no stack 'none'"),
        (["--against", "none"], "--against none Pulumi.none.yaml: there is no stack 'none'"),
        (["--against", "none.yaml"], "--against none.yaml none.yaml: cannot be read"),
    ],
)
def test_what_cannot_be_read_is_refused_and_nothing_is_written(
    arguments: list[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "out.html"

    assert main(["report", *arguments, "--out", str(file)]) == 2
    assert says in capsys.readouterr().err
    assert not file.exists()


def test_a_name_that_is_no_page_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", "--out", str(tmp_path / "report.pdf")]) == 2
    assert "it would be HTML, but has another extension" in capsys.readouterr().err
