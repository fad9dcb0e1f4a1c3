"""Waits of the engine's own updates for what Google does later, with progress in its log.

They run in the process of Pulumi's dynamic resources, whose output the engine shows.
"""

import time
from collections.abc import Callable, Mapping
from typing import Final

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


def wait(  # noqa: PLR0913 each is named
    project: str,
    minutes: float,
    look: Callable[[Google], Mapping[str, str]],
    *,
    task: str,
    done: str,
    unseen: str,
) -> Mapping[str, str]:
    """What is still there at the limit; nothing when the wait is over, or cannot be seen.

    Args:
        project: that is looked at.
        minutes: the limit.
        look: what is still waited for, by name; nothing when it is over.
        task: what is said before the names of that, such as `Waiting until GKE removes`.
        done: what is said when it is over, unless it was at once.
        unseen: what is said where it cannot be seen, which does not stop the update.
    """
    session = Session(deadline=Deadline(minutes * 60 + _LAST_WORDS))
    began = said = time.monotonic()
    shown: Mapping[str, str] = {}
    with session.opened:
        try:
            google = Google(project, session)
            while left := _patient(look, google):
                now = time.monotonic()
                passed = now - began
                if passed > minutes * 60:
                    return left
                if left != shown or now - said > _TELL:
                    _say(f"{task} {', '.join(left)} ({passed:.0f} s)")
                    shown, said = left, now
                time.sleep(_POLL)
        except ServiceError as error:
            _say(f"warning: {unseen}: {error}")
            return {}
    if shown:
        _say(f"{done}, after {time.monotonic() - began:.0f} s")
    return {}


def _patient(look: Callable[[Google], Mapping[str, str]], google: Google) -> Mapping[str, str]:
    for _ in range(_PATIENCE - 1):
        try:
            return look(google)
        except ServiceError:
            time.sleep(_POLL)
    return look(google)


def _say(message: str) -> None:
    print(message, flush=True)  # noqa: T201 the engine's log
