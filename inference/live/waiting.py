"""Waits of the engine's own updates for what Google does later, with progress in its log.

They run in the process of Pulumi's dynamic resources, whose output the engine shows.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Final

from inference.catalog.durations import METRIC_TYPE_LIMIT
from inference.live.endpoints import MONITORING
from inference.live.errors import ApiError, ServiceError
from inference.live.google import Google, GoogleModel
from inference.live.session import Deadline, Session

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


def _is_known(google: Google, kind: str) -> bool:
    try:
        google.read(MONITORING, f"projects/{google.project}/metricDescriptors/{kind}", GoogleModel)
    except ApiError as error:
        if error.status == HTTPStatus.NOT_FOUND:
            return False
        raise
    return True


def await_metrics(project: str, kinds: Sequence[str]) -> None:
    """Return when all types are known, or when that cannot be seen, which is said.

    Raises:
        WaitError: when one is not at the end of the time.
    """
    missing = wait(
        project,
        METRIC_TYPE_LIMIT,
        lambda google: {kind: kind for kind in kinds if not _is_known(google, kind)},
        task="Waiting until Cloud Monitoring knows",
        done="Cloud Monitoring knows the SLOs' metrics",
        unseen="if an SLO is rejected now, run pulumi up again in a few minutes; whether Cloud "
        "Monitoring knows its metrics could not be checked",
    )
    if missing:
        message = (
            f"after {METRIC_TYPE_LIMIT:g} minutes, Cloud Monitoring does not know "
            f"{', '.join(missing)}, and would reject the SLOs. Check whether Managed Prometheus "
            "scrapes the servers: kubectl get podmonitoring --all-namespaces. Then run pulumi up "
            "again"
        )
        raise WaitError(message)
