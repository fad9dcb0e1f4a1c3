"""Keys of providers that a stack sets and nothing reads."""

from collections.abc import Iterator, Sequence
from typing import Final

from inference.catalog.facts import PULUMI_CONFIG
from inference.config import Finding, Severity
from inference.config.nearest import nearest
from inference.preflight.registry import Check

UNREAD: Final = Check(
    id="config.provider-key-unread",
    severity=Severity.ERROR,
    cause="A key of the gcp or kubernetes provider is set, which this program's own providers are "
    "not given; an error where it is one that they are given, misspelt.",
    consequence="An identity or endpoint that is asked for is not used, or the stack is built "
    "elsewhere.",
    fix="Remove or correct it; the environment names identities, such as "
    "GOOGLE_IMPERSONATE_SERVICE_ACCOUNT.",
    source=PULUMI_CONFIG,
)
CHECKS: Final = (UNREAD,)

_READ: Final = ("gcp:project", "gcp:region")
_ALMOST: Final = 0.85


def findings(unread: Sequence[str]) -> Iterator[Finding]:
    """Findings about keys by name."""
    for key in unread:
        near = nearest(key, _READ, _ALMOST)
        yield UNREAD.finding(
            key,
            "is set, and this program reads gcp:project and gcp:region alone: it would have no "
            "effect",
            f"write `{near}` in its place in the stack file"
            if near
            else f"remove `{key}` from the stack file",
            Severity.ERROR if near else Severity.WARNING,
        )
