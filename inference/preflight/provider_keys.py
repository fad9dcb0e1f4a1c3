"""Keys of providers that a stack sets and nothing reads."""

from collections.abc import Iterator, Sequence
from typing import Final

from inference.catalog.facts import PULUMI_CONFIG
from inference.config import Finding, Severity
from inference.config.nearest import nearest
from inference.preflight.registry import error

CONFIG_PROVIDER_KEY_UNREAD: Final = error(
    id="config.provider-key-unread",
    cause="A key of the gcp or kubernetes provider is set that this program does not pass to its "
    "own providers; an error if it is a misspelling of one that it does.",
    consequence="The requested identity or endpoint is not used, or the stack is deployed "
    "elsewhere.",
    fix="Remove or correct it; set identities in the environment, such as "
    "GOOGLE_IMPERSONATE_SERVICE_ACCOUNT.",
    source=PULUMI_CONFIG,
)

_READ: Final = ("gcp:project", "gcp:region")
_ALMOST: Final = 0.85


def findings(unread: Sequence[str]) -> Iterator[Finding]:
    """Findings about keys by name."""
    for key in unread:
        near = nearest(key, _READ, _ALMOST)
        yield CONFIG_PROVIDER_KEY_UNREAD.finding(
            key,
            "is set, but this program reads only gcp:project and gcp:region: it would have no "
            "effect",
            f"replace it with `{near}` in the stack file"
            if near
            else f"remove `{key}` from the stack file",
            Severity.ERROR if near else Severity.WARNING,
        )
