"""`inference doctor`: what would stop `pulumi up`, looked at before it is run."""

from collections.abc import Iterator
from typing import Final

import yaml

from inference.config.settings import Settings
from inference.config.stack_file import ROOT, StackFile
from inference.config.yaml_loader import SafeLoader
from inference.derive.needs import machine_needs, needs, permissions
from inference.live.account import account_checks, project_of
from inference.live.buckets import bucket_checks
from inference.live.capacity import capacity_checks
from inference.live.checks import Check, failed, look
from inference.live.errors import ServiceError
from inference.live.existing_cluster import existing_cluster_checks
from inference.live.google import Google
from inference.live.hugging_face import hugging_face_checks
from inference.live.network import network_checks
from inference.live.programs import INSTALL_PULUMI, ProgramError, run, version_in
from inference.live.report import Line, ok, problem, unknown
from inference.live.session import Session

_PLUGIN: Final = "gke-gcloud-auth-plugin"
_INSTALL_PLUGIN: Final = f"gcloud components install {_PLUGIN}"
_CREDENTIALS: Final = "Google credentials"


def required_pulumi() -> str:
    """The oldest version that Pulumi.yaml allows, such as 3.259.0."""
    text = yaml.load((ROOT / "Pulumi.yaml").read_bytes(), Loader=SafeLoader)  # noqa: S506 a safe one
    return str(text["requiredPulumiVersion"]).removeprefix(">=")


def _pulumi() -> Iterator[Line]:
    try:
        text = run("pulumi", ["version"], f"reinstall it: {INSTALL_PULUMI}").strip()
    except ProgramError as error:
        yield problem("pulumi", str(error), error.fix)
        return
    required, found = required_pulumi(), version_in(text)
    if not found:
        yield unknown(
            "pulumi", "does not report its version in a known format", "run pulumi version"
        )
    elif found < version_in(required):
        message = f"{text} is too old: the program needs {required} or newer"
        yield problem("pulumi", message, f"update it: {INSTALL_PULUMI}")
    else:
        yield ok("pulumi", text)


def _plugin(settings: Settings) -> Iterator[Line]:
    try:
        text = run(_PLUGIN, ["--version"], _INSTALL_PLUGIN).strip()
    except ServiceError as error:
        if settings.cluster.is_created:
            message = f"{error}: pulumi up could create the cluster, but nothing in it"
            yield problem(_PLUGIN, message, error.fix)
        else:
            yield unknown(_PLUGIN, f"{error}; GKE's kubeconfig entries need it", error.fix)
        return
    yield ok(_PLUGIN, text.partition("\n")[0] or "is there")


def tool_checks(settings: Settings) -> Iterator[Check]:
    """What is looked at on this machine."""
    yield Check(name="pulumi", look=_pulumi)
    if settings.on_gke:
        yield Check(name=_PLUGIN, look=lambda: _plugin(settings))


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
