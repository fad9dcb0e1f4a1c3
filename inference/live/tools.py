"""Doctor's look at the user's machine: the programs that `pulumi up` calls."""

from collections.abc import Iterator
from typing import Final

import yaml

from inference.config.settings import Settings
from inference.config.stack_file import ROOT
from inference.config.yaml_loader import SafeLoader
from inference.live.checks import Check
from inference.live.errors import ServiceError
from inference.live.programs import INSTALL_PULUMI, ProgramError, run, version_in
from inference.live.report import Line, ok, problem, unknown

_PLUGIN: Final = "gke-gcloud-auth-plugin"
_INSTALL_PLUGIN: Final = f"gcloud components install {_PLUGIN}"


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
