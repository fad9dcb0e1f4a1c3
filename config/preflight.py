"""`preflight`: findings that the owners of a stack have decided to live with."""

from typing import Annotated, final

from pydantic import Field

from config.section import Section


@final
class Allowed(Section):
    """A finding that is known and accepted."""

    id: Annotated[str, Field(pattern=r"^[a-z]+(-[a-z]+)*\.[a-z0-9]+(-[a-z0-9]+)*$")]
    """Id of the finding, as the plan shows it."""
    reason: Annotated[str, Field(min_length=8)]
    """Why it is accepted; shown beside it."""


@final
class PreflightSettings(Section):
    """What preflight is told."""

    allow: tuple[Allowed, ...] = ()
    """Findings that are shown, but neither warn nor stop."""
