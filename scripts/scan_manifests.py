"""`make checkov`: checkov's view of the manifests of a stack, against what is accepted.

Renders the stack and has checkov judge the Kubernetes objects. Helm charts are not in it: their
manifests are upstream's. Exits with 0 when each finding is accepted with a reason in
tests/checkov/accepted.yaml and each entry there is needed, and with 1 otherwise.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, final

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter

from inference.cli import main as offline

ROOT: Final = Path(__file__).resolve().parents[1]
SCANNER: Final = ROOT / ".checkov" / "bin" / "checkov"
ACCEPTED: Final = ROOT / "tests" / "checkov" / "accepted.yaml"


@final
class Accepted(BaseModel):
    """A kind of finding that stays."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    check: str
    resources: str
    reason: str


@final
@dataclass(frozen=True, kw_only=True)
class Failed:
    """A finding of checkov."""

    check: str
    resource: str
    title: str
    file: str

    def is_accepted(self, entry: Accepted) -> bool:
        """Whether an entry is about it."""
        return self.check == entry.check and fnmatchcase(self.resource, entry.resources)


def accepted(text: str) -> Sequence[Accepted]:
    """Entries of the file of reasons."""
    return TypeAdapter(tuple[Accepted, ...]).validate_python(tuple(yaml.safe_load(text) or ()))


def failures(report: Mapping[str, Any]) -> Iterator[Failed]:
    """Findings in checkov's JSON; none where it found nothing to judge."""
    for found in report.get("results", {}).get("failed_checks", ()):
        yield Failed(
            check=found["check_id"],
            resource=found["resource"],
            title=found["check_name"],
            file=Path(found["file_path"]).name,
        )


def verdict(found: Sequence[Failed], entries: Sequence[Accepted]) -> list[str]:
    """What is wrong: findings without a reason, and reasons without a finding."""
    problems = [
        f"{one.check} {one.resource} in {one.file}: {one.title}; fix it, or give a reason in "
        f"{ACCEPTED.relative_to(ROOT)}"
        for one in found
        if not any(one.is_accepted(entry) for entry in entries)
    ]
    return problems + [
        f"{entry.check} for {entry.resources} is accepted, but there is no such finding: remove it "
        f"from {ACCEPTED.relative_to(ROOT)}"
        for entry in entries
        if not any(one.is_accepted(entry) for one in found)
    ]


def _report(folder: Path) -> Mapping[str, Any]:
    """Checkov's JSON about a folder. It asks no service: policies come with the package."""
    command = [str(SCANNER), "--directory", str(folder), "--framework", "kubernetes"]
    flags = ["--output", "json", "--quiet", "--compact", "--skip-download", "--soft-fail"]
    result = subprocess.run(  # noqa: S603 our own command
        [*command, *flags], capture_output=True, text=True, check=False
    )
    if result.returncode:
        sys.stderr.write(result.stderr)
        raise SystemExit(f"checkov ended with {result.returncode}")
    return json.loads(result.stdout)


def main(arguments: Sequence[str] | None = None) -> int:
    """Judge one stack."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stack", default="prod")
    stack = parser.parse_args(arguments).stack
    with TemporaryDirectory() as folder:
        status = offline(["render", "--stack", stack, "--out", folder])
        if status:
            return status
        report = _report(Path(folder))
    summary = report.get("summary", {})
    found = list(failures(report))
    problems = verdict(found, accepted(ACCEPTED.read_text(encoding="utf-8")))
    for problem in problems:
        print(problem)
    judged = summary.get("resource_count", 0)
    print(
        f"{stack}: {judged} objects, {summary.get('passed', 0)} checks passed, "
        f"{len(found)} failed, {len(problems)} problems"
    )
    return 1 if problems or not judged else 0


if __name__ == "__main__":
    sys.exit(main())
