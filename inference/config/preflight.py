"""`preflight`: findings that the owners of a stack have decided to live with."""

from typing import Annotated, Self, final

from pydantic import Field, model_validator

from inference.config.patterns import FINDING_PATTERN
from inference.config.section import Section


@final
class Allowed(Section):
    """A finding that is known and accepted."""

    id: Annotated[str, Field(pattern=FINDING_PATTERN)]
    """Id of the finding, as the plan shows it."""
    reason: Annotated[str, Field(min_length=8)]
    """Why it is accepted; shown beside it."""


@final
class PreflightSettings(Section):
    """Findings that preflight accepts."""

    allow: tuple[Allowed, ...] = ()
    """Findings that are shown, but neither warn nor stop."""

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        ids = [allowed.id for allowed in self.allow]
        if len(set(ids)) < len(ids):
            raise ValueError("`allow` lists an id twice: it would be unclear which reason applies")
        return self
