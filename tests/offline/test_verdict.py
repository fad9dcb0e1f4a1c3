"""The first screen of a plan: at most 25 lines, findings that cost most first, in any terminal."""

import io
from dataclasses import replace

import pytest
from conftest import COMMITTED_STACKS, run, run_of
from rich.console import Console

from inference import terminal
from inference.config import Finding, Severity
from inference.config.origin import Origin
from inference.config.stack_file import ROOT, read_stack
from inference.config.traffic import Traffic
from inference.derive.capacity import Capacity, Confidence, Rate
from inference.findings import count
from inference.offline.plan import Plan, make_plan
from inference.offline.verdict import LINES, by_cost, headline, to_fill_in, verdict
from inference.preflight.check import CHECKS


def _plan(stack: str = "dev") -> tuple[Plan, Origin]:
    plan = make_plan(run_of(read_stack(stack)))
    return plan, Origin(ROOT / f"Pulumi.{stack}.yaml", stack)


def _printed(plan: Plan, origin: Origin, width: int, *, everything: bool = False) -> list[str]:
    target = Console(file=io.StringIO(), width=width, highlight=False, markup=False)
    terminal.show(verdict(plan, origin, target, everything=everything), target)
    text = target.file
    assert isinstance(text, io.StringIO)
    return text.getvalue().splitlines()


def _finding(identifier: str, severity: Severity, path: str = "models[0]") -> Finding:
    return Finding(id=identifier, severity=severity, path=path, message="wrong", fix="edit it")


@pytest.mark.parametrize("stack", COMMITTED_STACKS)
def test_the_verdict_fits_one_screen(stack: str) -> None:
    plan, origin = _plan(stack)
    lines = _printed(plan, origin, 80)

    assert lines[0].startswith(f"{stack} works")
    assert len(lines) <= LINES
    text = " ".join(" ".join(lines).split())
    missing = [finding.path for finding in filter(to_fill_in, plan.run.findings)]
    assert [path for path in missing if path not in text] == []
    assert max(map(len, lines)) <= 80
    assert [line for line in lines if line != line.rstrip()] == []
    assert sum(line.startswith("next  ") for line in lines[-2:]) == 1


@pytest.mark.parametrize(
    ("file", "stack", "works", "lines"),
    [
        ("Pulumi.dev.yaml", "dev", False, ["next  fix the above, then: make plan"]),
        ("Pulumi.a.yaml", "a", False, ["next  fix the above, then: make plan STACK=a"]),
        ("Pulumi.a b.yaml", "a b", False, ["next  fix the above, then: make plan STACK='a b'"]),
        (
            "Pulumi.a b.yaml",
            "a b",
            True,
            [
                "next  .venv/bin/inference doctor --stack 'a b'",
                "      pulumi stack select --create 'a b' && pulumi up",
            ],
        ),
        (
            "examples/autopilot-reservation-fallback.yaml",
            None,
            False,
            [
                "next  fix the above, then:",
                (
                    "      .venv/bin/inference plan --config "
                    "examples/autopilot-reservation-fallback.yaml"
                ),
            ],
        ),
        (
            "examples/a b.yaml",
            None,
            False,
            [
                "next  fix the above, then:",
                "      .venv/bin/inference plan --config 'examples/a b.yaml'",
            ],
        ),
        (
            "Pulumi.a.yaml",
            "a",
            True,
            [
                "next  .venv/bin/inference doctor --stack a",
                "      pulumi stack select --create a && pulumi up",
            ],
        ),
        (
            "examples/a.yaml",
            None,
            True,
            [
                "next  .venv/bin/inference doctor --config examples/a.yaml",
                "      cp examples/a.yaml Pulumi.NAME.yaml",
                "      pulumi stack select --create NAME && pulumi up",
            ],
        ),
    ],
)
def test_the_last_lines_are_commands_for_this_file(
    file: str,
    stack: str | None,
    works: bool,  # noqa: FBT001 a column of the table
    lines: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(ROOT)
    plan, _ = _plan()
    plan = replace(plan, run=replace(plan.run, findings=[] if works else plan.run.findings))

    for width in (500, 80, 20):
        assert _printed(plan, Origin(ROOT / file, stack), width)[-len(lines) :] == lines


def test_gpus_that_a_compute_class_gets_are_in_the_clusters_location() -> None:
    gpu = {"accelerator": "nvidia-h200-141gb", "count": 8, "fallback": ["flexStart", "spot"]}
    gpu |= {"capacity": "reservation", "reservation": "mine"}
    plan = make_plan(run({"models": [{"gpu": gpu}]}))

    printed = _printed(plan, Origin(ROOT / "Pulumi.dev.yaml", "dev"), 80)

    assert any("Flex-start, in us-central1" in line for line in printed)


def test_findings_that_do_not_fit_are_counted_and_shown_on_request() -> None:
    plan, origin = _plan()
    many = [_finding("memory.host", Severity.WARNING, f"models[{i}]") for i in range(40)]
    plan = replace(plan, run=replace(plan.run, findings=many))

    short, whole = (_printed(plan, origin, 80, everything=each) for each in (False, True))

    assert len(short) <= LINES
    shown = sum(line.startswith("warning") for line in short)
    assert f"{40 - shown} more; --findings shows all" in "\n".join(short)
    assert sum(line.startswith("warning") for line in whole) == 40


def test_in_a_pipe_a_finding_is_one_line_with_its_fix() -> None:
    plan, origin = _plan()
    lines = _printed(plan, origin, terminal.UNBROKEN, everything=True)

    for finding in plan.run.findings:
        (line,) = [line for line in lines if f"[{finding.id}]" in line]
        assert finding.message in line
        assert (finding.silenced or "→ ") in line
    (project,) = [line for line in lines if "[identity.project-placeholder]" in line]
    assert "Pulumi.dev.yaml:5:  gcp:project: still your-project-id" in project
    assert "pulumi config set --stack dev gcp:project PROJECT_ID" in project


def test_errors_come_first_then_what_blocks_then_idle_gpus() -> None:
    info = _finding("capacity.spot-drain", Severity.INFO)
    other = _finding("image.unpinned", Severity.WARNING)
    idle = _finding("capacity.fragmented", Severity.WARNING)
    blocking = _finding("identity.token-missing", Severity.WARNING)
    error = _finding("names.taken", Severity.ERROR)
    accepted = replace(error, silenced="known")

    found = by_cost([info, accepted, other, idle, blocking, error])

    assert found == [error, blocking, idle, other, info]
    assert {finding.id for finding in found} <= set(CHECKS)


@pytest.mark.parametrize(
    ("findings", "says"),
    [
        ([], "dev works"),
        ([_finding("image.unpinned", Severity.WARNING)], "dev works, with 1 warning"),
        (
            [_finding("identity.token-missing", Severity.WARNING)],
            "dev works, once 1 setting is filled in",
        ),
        (
            [replace(_finding("memory.weights", Severity.ERROR), silenced="a test")],
            "dev does not start: it accepts memory.weights",
        ),
    ],
)
def test_the_headline_says_whether_it_works(findings: list[Finding], says: str) -> None:
    plan, origin = _plan()

    plan = replace(plan, run=replace(plan.run, findings=findings))
    assert headline(plan, origin).plain == says

    # What is predicted is no refusal, but the verdict does not say the contrary.
    traffic = Traffic.model_validate(
        {"requestsPerSecond": 1, "inputTokens": 1000, "outputTokens": 100}
    )
    none = Rate(requests_per_second=0, confidence=Confidence.ESTIMATED)
    late = Capacity(model="llama3-8b", replicas=3, each=none, traffic=traffic)
    late_says = says if says.startswith("dev does") else f"{says}, but no rate keeps its slo"
    assert headline(replace(plan, capacity=(late,)), origin).plain == late_says


@pytest.mark.parametrize(
    ("number", "noun", "text"),
    [(1, "error", "1 error"), (0, "error", "0 errors"), (2, "w", "2 ws")],
)
def test_things_are_counted_in_english(number: int, noun: str, text: str) -> None:
    assert count(number, noun) == text


@pytest.mark.parametrize("no_color", [True, False])
def test_no_color_means_no_style_at_all(*, no_color: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr("sys.stdout", stream)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    if no_color:
        monkeypatch.setenv("NO_COLOR", "1")

    terminal.show("[a] b", target := terminal.console())
    target.print("c", style="bold")

    assert ("\x1b" in stream.getvalue()) is not no_color


def test_an_escape_sequence_is_shown_and_not_obeyed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout", stream := io.StringIO())

    terminal.show("a\x1b[2J\x00b", terminal.console())

    assert stream.getvalue() == "a\\x1b[2J\\x00b\n"


def test_text_that_the_encoding_lacks_is_written_another_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written = io.BytesIO()
    stream = io.TextIOWrapper(written, encoding="ascii")
    monkeypatch.setattr("sys.stdout", stream)

    terminal.write_any_text()
    stream.write("2 × a → b … é")
    stream.flush()

    assert written.getvalue() == b"2 x a -> b ... ?"
