"""What the tests of one model server share."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

from gpu_cases import Case
from measurement.rendered import Rendered
from measurement.server import Server


@final
@dataclass(frozen=True, kw_only=True)
class Running:
    """A server that has started, and what the program said of it before."""

    case: Case
    rendered: Rendered
    server: Server
    start: dict[str, Any]
    predicted: dict[str, Any]
    work: Path
