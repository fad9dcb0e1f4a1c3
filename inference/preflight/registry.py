"""What a check is: its stable id, how grave it is, and what the generated page says of it."""

from dataclasses import dataclass
from functools import partial
from types import ModuleType
from typing import Final, final

from inference.catalog.facts import OWN_KEYS
from inference.catalog.source import Level, Source
from inference.config import Finding, Severity
from inference.config.finding import remove_command, set_command


@final
@dataclass(frozen=True, kw_only=True)
class Check:
    """One kind of finding. `severity` is that in a deployment; offline it may be milder."""

    id: str
    severity: Severity
    cause: str
    consequence: str
    fix: str
    source: Source
    also: tuple[Source, ...] = ()
    """Sources of what the first one says nothing of."""
    acceptable: bool = True
    """False where `preflight.allow` has no effect."""
    follows: tuple[str, ...] = ()
    """Ids of causes: where one is found of the same key, or of the region, this only follows."""
    to_fill_in: bool = False
    """Whether it is of what committed files leave to the reader: a warning offline."""

    def __post_init__(self) -> None:
        """Only a fact that was read in a primary document may refuse a stack."""
        for source in self.sources:
            if self.severity is Severity.ERROR and source.level is not Level.HIGH:
                message = f"{self.id} is an error, but its source is of level {source.level}"
                raise ValueError(message)

    @property
    def sources(self) -> tuple[Source, ...]:
        """Everything that it rests on."""
        return (self.source, *self.also)

    def finding(
        self, path: str, message: str, fix: str | None = None, severity: Severity | None = None
    ) -> Finding:
        """A finding of this kind, with the words of the case; its fix is the check's by default."""
        return Finding(
            id=self.id,
            severity=severity or self.severity,
            path=path,
            message=message,
            fix=fix or self.fix[:1].lower() + self.fix[1:].removesuffix("."),
        )

    def to_set(
        self, path: str, message: str, value: str, severity: Severity | None = None
    ) -> Finding:
        """A finding that is fixed by another value of its key."""
        return self.finding(path, message, set_command(path, value), severity)

    def to_remove(self, path: str, message: str, severity: Severity | None = None) -> Finding:
        """A finding that is fixed by taking its key out."""
        return self.finding(path, message, remove_command(path), severity)


error: Final = partial(Check, severity=Severity.ERROR)
"""A check that stops a deployment."""
refusal: Final = partial(Check, severity=Severity.ERROR, acceptable=False)
"""One that no reason excuses: nothing could be built with it."""
own_rule: Final = partial(refusal, source=OWN_KEYS)
"""A refusal by a rule of this program's own keys, which has no source outside of it."""
warning: Final = partial(Check, severity=Severity.WARNING)
info: Final = partial(Check, severity=Severity.INFO)


def checks_of(module: ModuleType) -> tuple[Check, ...]:
    """The checks that a module defines, or takes from another."""
    return tuple(value for value in vars(module).values() if isinstance(value, Check))
