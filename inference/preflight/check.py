"""Runs every check, marks what the stack accepts, and stops the program where an error is left."""

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import Final

import pulumi

from inference.catalog.facts import PULUMI_CONFIG
from inference.config import Configuration, Finding, RefusedError, Settings, Severity
from inference.preflight import (
    argument_needs,
    argument_values,
    arguments,
    autopilot,
    autoscaling,
    capacity,
    cluster,
    cluster_keys,
    context,
    disk,
    engine,
    environment,
    existing_gateway,
    gateway,
    google_rules,
    identity,
    lora,
    memory,
    mirror,
    names,
    network,
    node_pools,
    observability,
    offers,
    picker,
    placeholders,
    places,
    provider_keys,
    replacement,
    sglang,
    simulation,
    surface,
    taken,
    throughput,
    traffic,
    unique_names,
    values,
    versions,
    vllm_together,
    volumes,
    vpc,
    weights,
)
from inference.preflight.registry import Check, checks_of, warning

PREFLIGHT_NOTHING_TO_ALLOW: Final = warning(
    id="preflight.nothing-to-allow",
    cause="`preflight.allow` lists a finding that does not, or no longer, occurs.",
    consequence="If it occurs again, it will be accepted without notice.",
    fix="Remove the entry.",
    source=PULUMI_CONFIG,
    acceptable=False,
)
PREFLIGHT_NOT_ACCEPTABLE: Final = warning(
    id="preflight.not-acceptable",
    cause="`preflight.allow` lists a finding that cannot be accepted.",
    consequence="The entry has no effect.",
    fix="Remove the entry, and fix the finding.",
    source=PULUMI_CONFIG,
    acceptable=False,
)
_BY_SETTINGS: Final = (
    values,
    placeholders,
    places,
    taken,
    google_rules,
    argument_needs,
    arguments,
    argument_values,
    vllm_together,
    cluster_keys,
    node_pools,
    unique_names,
    offers,
    gateway,
    lora,
    capacity,
    autopilot,
    autoscaling,
    memory,
    context,
    disk,
    engine,
    names,
    network,
    observability,
    vpc,
    cluster,
    picker,
    sglang,
    simulation,
    surface,
    traffic,
    throughput,
    existing_gateway,
    mirror,
    weights,
    versions,
    environment,
    volumes,
)

CHECKS: Final[Mapping[str, Check]] = {
    check.id: check
    for checks in (
        *map(checks_of, (identity, provider_keys, replacement, *_BY_SETTINGS)),
        (PREFLIGHT_NOTHING_TO_ALLOW, PREFLIGHT_NOT_ACCEPTABLE),
    )
    for check in checks
}
"""Every check by id, for the generated page."""


def _all(configuration: Configuration, previous: Mapping[str, str] | None) -> Iterator[Finding]:
    yield from identity.findings(configuration)
    yield from provider_keys.findings(configuration.unread_keys)
    yield from replacement.findings(configuration.settings, previous)
    for module in _BY_SETTINGS:
        yield from module.findings(configuration.settings)


def _causes(found: Sequence[Finding]) -> Iterator[Finding]:
    """Findings without those that only follow from another: one cause is said once.

    One that the stack accepts is no longer said, but what follows from it may stop a deployment.
    """
    said = {(finding.id, finding.path) for finding in found if finding.silenced is None}
    for finding in found:
        causes = product(CHECKS[finding.id].follows, (finding.path, "gcp:region"))
        if said.isdisjoint(causes):
            yield finding


def _marked(
    found: Sequence[Finding], settings: Settings, unasked: Container[str]
) -> Iterator[Finding]:
    """Findings with the reason for which the stack accepts them; and entries without a finding.

    Of checks that could not be asked it is not said that there is no finding.
    """
    reasons = {
        allowed.id: allowed.reason
        for allowed in settings.preflight.allow
        if allowed.id in CHECKS and CHECKS[allowed.id].acceptable
    }
    for finding in found:
        yield replace(finding, silenced=reasons.get(finding.id))
    # Of its own findings none can be accepted either, whether there is one or not.
    ids = {
        PREFLIGHT_NOTHING_TO_ALLOW.id,
        PREFLIGHT_NOT_ACCEPTABLE.id,
        *(finding.id for finding in found),
    }
    for index, allowed in enumerate(settings.preflight.allow):
        if allowed.id in ids and allowed.id not in reasons:
            yield PREFLIGHT_NOT_ACCEPTABLE.finding(
                f"preflight.allow[{index}]",
                f"{allowed.id} cannot be accepted: nothing can be deployed until it is fixed",
                f"remove `preflight.allow[{index}]` from the stack file, and fix the finding",
            )
        elif allowed.id not in ids and allowed.id not in unasked:
            yield PREFLIGHT_NOTHING_TO_ALLOW.finding(
                f"preflight.allow[{index}]",
                f"{allowed.id} does not occur: if it does later, it will be accepted without "
                "notice",
                f"remove `preflight.allow[{index}]` from the stack file",
            )


def check(
    configuration: Configuration, *, offline: bool, previous: Mapping[str, str] | None = None
) -> list[Finding]:
    """All findings, errors first. Offline, what is still to be filled in is a warning.

    `previous` are values of the last update, None where they are not known.
    """
    found = [
        replace(one, severity=Severity.WARNING) if offline and CHECKS[one.id].to_fill_in else one
        for one in _all(configuration, previous)
    ]
    unasked = {own.id for own in checks_of(replacement)} if previous is None else set[str]()
    order = list(Severity)
    return sorted(
        _causes(list(_marked(found, configuration.settings, unasked))),
        key=lambda finding: (finding.silenced is not None, order.index(finding.severity)),
    )


def enforce(findings: Sequence[Finding]) -> None:
    """Show warnings in Pulumi's output and raise when an error is left.

    Raises:
        RefusedError: when a finding that is not accepted is an error, with all findings.
    """
    left = [finding for finding in findings if finding.silenced is None]
    if any(finding.severity is Severity.ERROR for finding in left):
        raise RefusedError(findings)
    for finding in left:
        if finding.severity is Severity.WARNING:
            pulumi.warn(str(finding))
