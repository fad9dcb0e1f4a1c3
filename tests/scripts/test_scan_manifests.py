"""Which findings of checkov stop a change: those without a reason, and reasons without one."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from scripts.scan_manifests import ACCEPTED, Accepted, Failed, accepted, failures, verdict

_PRIVILEGED = Failed(
    check="CKV_K8S_16", resource="Deployment.models.llama", title="no privileges", file="1.yaml"
)
_REPORT: Mapping[str, Any] = {
    "results": {
        "failed_checks": [
            {
                "check_id": "CKV_K8S_16",
                "resource": "Deployment.models.llama",
                "check_name": "no privileges",
                "file_path": "/tmp/x/1.yaml",  # noqa: S108 a path in a report
                "severity": None,
            }
        ]
    }
}


def _entry(check: str = "CKV_K8S_16", resources: str = "Deployment.*") -> Accepted:
    return Accepted(check=check, resources=resources, reason="known")


def test_findings_are_read_from_the_report() -> None:
    assert list(failures(_REPORT)) == [_PRIVILEGED]
    # What checkov prints when no file has anything that it judges.
    assert list(failures({"passed": 0, "failed": 0})) == []


@pytest.mark.parametrize(
    ("found", "entries", "problems"),
    [
        ([], [], []),
        ([_PRIVILEGED], [_entry()], []),
        ([_PRIVILEGED], [], ["fix it"]),
        ([_PRIVILEGED], [_entry(resources="StatefulSet.*")], ["fix it", "no such finding"]),
        ([_PRIVILEGED], [_entry(check="CKV_K8S_17")], ["fix it", "no such finding"]),
        ([], [_entry()], ["no such finding"]),
        ([_PRIVILEGED, _PRIVILEGED], [], ["fix it", "fix it"]),
    ],
)
def test_each_finding_has_a_reason_and_each_reason_a_finding(
    found: Sequence[Failed], entries: Sequence[Accepted], problems: Sequence[str]
) -> None:
    said = verdict(found, entries)

    assert len(said) == len(problems)
    assert all(part in text for part, text in zip(problems, said, strict=True))


def test_every_accepted_finding_has_a_reason_in_a_sentence_and_stands_once() -> None:
    entries = accepted(ACCEPTED.read_text(encoding="utf-8"))

    assert entries
    for entry in entries:
        assert re.fullmatch(r"CKV2?_K8S_\d+", entry.check)
        assert re.fullmatch(r"[A-Z].{20,}\.", entry.reason)
        # A pattern of everything would accept what nobody has looked at.
        assert entry.resources.strip("*.?"), entry.check
    keys = [(entry.check, entry.resources) for entry in entries]
    assert len(set(keys)) == len(keys)
