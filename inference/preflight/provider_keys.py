"""Keys of providers that a stack sets and nothing reads."""

from collections.abc import Iterator, Sequence
from typing import Final

from inference.catalog.facts import PULUMI_CONFIG
from inference.config import Finding, Severity
from inference.preflight.registry import Check

UNREAD: Final = Check(
    id="config.provider-key-unread",
    severity=Severity.WARNING,
    cause="A key of the gcp or kubernetes provider is set, which this program's own providers are "
    "not given.",
    consequence="An identity or endpoint that is asked for is not used.",
    fix="Remove it; the environment names identities, such as GOOGLE_IMPERSONATE_SERVICE_ACCOUNT.",
    source=PULUMI_CONFIG,
)
CHECKS: Final = (UNREAD,)


def findings(unread: Sequence[str]) -> Iterator[Finding]:
    """Findings about keys by name."""
    for key in unread:
        yield UNREAD.finding(
            key,
            "is set, and this program reads gcp:project and gcp:region alone: it would have no "
            "effect",
            f"remove `{key}` from the stack file",
        )
