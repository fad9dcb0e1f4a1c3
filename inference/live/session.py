"""What all questions of one command share."""

from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import final

from inference.live.deadline import Deadline
from inference.live.redaction import Secrets


@final
@dataclass(frozen=True, kw_only=True)
class Session:
    """When the command stops waiting, what it never prints, and what it has open.

    Attributes:
        deadline: by which what is asked must be answered.
        secrets: that no line shows.
        opened: connections; closed at the end, which also ends the calls that were given up.
    """

    deadline: Deadline
    secrets: Secrets = field(default_factory=Secrets)
    opened: ExitStack = field(default_factory=ExitStack)
