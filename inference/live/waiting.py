"""Waits of the engine's own updates for what Google does later, with progress in its log.

They run in the process of Pulumi's dynamic resources, whose output the engine shows.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, final

from inference.live.deadline import Deadline
from inference.live.errors import ServiceError
from inference.live.google import Google
from inference.live.session import Session

_POLL: Final = 5
"""Seconds from one look to the next."""
_TELL: Final = 60
"""Seconds after which it is said again what is waited for."""
_PATIENCE: Final = 3
"""Looks that may fail one after another."""
_LAST_WORDS: Final = 30
"""Seconds that the last look may take beyond the limit."""


class WaitError(Exception):
    """What was waited for did not come in time."""


@final
@dataclass(frozen=True, kw_only=True)
class Wait:
    """What is waited for.

    Attributes:
        project: that is looked at.
        minutes: the limit.
        look: what is still waited for; nothing when it is over.
        task: what is said before the names of that, such as `Waiting until GKE removes`.
        done: what is said when it is over, unless it was at once.
        unseen: what is said where it cannot be seen, which does not stop the update.
    """

    project: str
    minutes: float
    look: Callable[[Google], list[str]]
    task: str
    done: str
    unseen: str

    def run(self) -> Sequence[str]:
        """What is still waited for at the limit; nothing when it is over, or cannot be seen."""
        session = Session(deadline=Deadline(self.minutes * 60 + _LAST_WORDS))
        with session.opened:
            try:
                return self._watch(session)
            except ServiceError as error:
                _say(f"warning: {self.unseen}: {error}")
                return ()

    def _watch(self, session: Session) -> Sequence[str]:
        google = Google(self.project, session)
        began = said = time.monotonic()
        shown: list[str] = []
        while True:
            left = self._patient(google)
            now = time.monotonic()
            passed = now - began
            if not left:
                if shown:
                    _say(f"{self.done}, after {passed:.0f} s")
                return ()
            if passed > self.minutes * 60:
                return left
            if left != shown or now - said > _TELL:
                _say(f"{self.task} {', '.join(left)} ({passed:.0f} s)")
                shown, said = left, now
            time.sleep(_POLL)

    def _patient(self, google: Google) -> list[str]:
        for _ in range(_PATIENCE - 1):
            try:
                return self.look(google)
            except ServiceError:
                time.sleep(_POLL)
        return self.look(google)


def _say(message: str) -> None:
    print(message, flush=True)  # noqa: T201 the engine's log
