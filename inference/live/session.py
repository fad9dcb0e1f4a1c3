"""What all questions of one command share."""

from dataclasses import dataclass, field
from typing import final

from inference.live.deadline import Deadline
from inference.live.redaction import Secrets


@final
@dataclass(frozen=True, kw_only=True)
class Session:
    """When the command stops waiting, and what it never prints."""

    deadline: Deadline
    secrets: Secrets = field(default_factory=Secrets)
