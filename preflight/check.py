"""Runs every check and stops the program where one finds an error."""

from collections.abc import Sequence

import pulumi

from config import Configuration, Finding, RefusedError, Severity
from preflight import identity, shared_cluster, surface, system_pool


def check(configuration: Configuration, *, offline: bool) -> list[Finding]:
    """All findings, errors first. Offline, what only a deployment needs is a warning."""
    found = [
        *identity.findings(configuration, offline=offline),
        *system_pool.findings(configuration.settings),
        *surface.findings(configuration.settings),
        *shared_cluster.findings(configuration.settings),
    ]
    return sorted(found, key=lambda finding: list(Severity).index(finding.severity))


def enforce(findings: Sequence[Finding]) -> None:
    """Show warnings in Pulumi's output and raise when there is an error.

    Raises:
        RefusedError: when a finding is an error, with all findings.

    """
    if any(finding.severity is Severity.ERROR for finding in findings):
        raise RefusedError(findings)
    for finding in findings:
        if finding.severity is Severity.WARNING:
            pulumi.warn(str(finding))
