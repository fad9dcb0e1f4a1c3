"""`inference doctor`: what would stop `pulumi up`, looked at before it is run."""

from collections.abc import Iterator
from typing import Final

from inference.config.finding import refuse, set_command
from inference.config.settings import Settings
from inference.config.stack_file import StackFile
from inference.derive.needs import machine_needs, needs
from inference.derive.roles import permissions
from inference.live.account import account_checks
from inference.live.buckets import bucket_checks
from inference.live.capacity import capacity_checks
from inference.live.checks import Check, failed, look
from inference.live.errors import ServiceError
from inference.live.existing_cluster import existing_cluster_checks
from inference.live.google import Google
from inference.live.hugging_face import hugging_face_checks
from inference.live.network import network_checks
from inference.live.report import Line
from inference.live.session import Session
from inference.live.tools import tool_checks
from inference.preflight.identity import EXAMPLE_PROJECT, PROJECT_MISSING

_PROJECT: Final = "gcp:project"
_CREDENTIALS: Final = "Google credentials"


def project_of(settings: Settings) -> str:
    """The stack's project.

    Raises:
        RefusedError: when it is not filled in.
    """
    project = settings.gcp.project
    if project is None or project == EXAMPLE_PROJECT:
        refuse(
            PROJECT_MISSING.id,
            _PROJECT,
            "is not filled in, so there is no account to check",
            set_command(_PROJECT, "PROJECT_ID"),
        )
    return project


def _google_checks(stack: str, settings: Settings, session: Session) -> Iterator[Check]:
    if not settings.needs_project:
        return
    project = project_of(settings)
    try:
        google = Google(project, session)
    except ServiceError as error:
        line = failed(_CREDENTIALS, error)
        yield Check(name=_CREDENTIALS, look=lambda: [line])
        return
    wanted = needs(settings)
    yield from account_checks(google, wanted, permissions(settings))
    yield from capacity_checks(google, wanted, machine_needs(settings), settings.gcp.region)
    yield from network_checks(google, settings)
    yield from bucket_checks(google, stack, settings)


def doctor(stack: StackFile, settings: Settings, session: Session) -> list[Line]:
    """Everything that was looked at, in an order to be fixed in.

    Raises:
        RefusedError: when the stack names no project, but needs one.
    """
    checks = [
        *tool_checks(settings),
        *existing_cluster_checks(settings, session.deadline),
        *_google_checks(stack.name, settings, session),
        *hugging_face_checks(stack, settings, session),
    ]
    return list(look(checks))
