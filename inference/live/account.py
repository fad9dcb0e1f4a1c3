"""Doctor's look at the project: does it exist, is it paid for, and what may the user do in it."""

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Final, final

from inference.config.finding import refuse, set_command
from inference.config.settings import Settings
from inference.derive.needs import Needs
from inference.live.checks import Check
from inference.live.endpoints import BILLING, RESOURCE_MANAGER, SERVICE_USAGE
from inference.live.errors import ApiError
from inference.live.google import DISABLED, Google, GoogleModel
from inference.live.report import Line, ok, problem
from inference.preflight.identity import EXAMPLE_PROJECT, PROJECT_MISSING

_HIDDEN: Final = frozenset({HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND})
_ACTIVE: Final = "ACTIVE"
_ENABLED: Final = "ENABLED"
_PROJECT: Final = "gcp:project"


@final
class _Project(GoogleModel):
    name: str
    """`projects/NUMBER`."""
    state: str


@final
class _BillingInfo(GoogleModel):
    billing_enabled: bool = False


@final
class _Permissions(GoogleModel):
    permissions: tuple[str, ...] = ()


@final
class _Service(GoogleModel):
    name: str
    """`projects/NUMBER/services/NAME`."""
    state: str


@final
class _Services(GoogleModel):
    services: tuple[_Service, ...] = ()


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


def _project(google: Google) -> Iterator[Line]:
    name = f"project {google.project}"
    choose = "pulumi config set gcp:project PROJECT_ID, with one of `gcloud projects list`"
    try:
        project = google.read(RESOURCE_MANAGER, f"projects/{google.project}", _Project)
    except ApiError as error:
        if error.status not in _HIDDEN or error.reason == DISABLED:
            raise
        yield problem(
            name, "does not exist, or you may not see it: nothing can be deployed", choose
        )
        return
    if project.state == _ACTIVE:
        yield ok(name, f"is active ({project.name})")
    else:
        message = f"is {project.state.lower().replace('_', ' ')}: nothing can be deployed"
        yield problem(name, message, choose)


def _billing(google: Google) -> Iterator[Line]:
    answer = google.read(BILLING, f"projects/{google.project}/billingInfo", _BillingInfo)
    if answer.billing_enabled:
        yield ok("billing", "is on")
    else:
        yield problem(
            "billing",
            "is off: Compute Engine and GKE create nothing",
            f"gcloud billing projects link {google.project} --billing-account ACCOUNT_ID",
        )


def _apis(google: Google, apis: tuple[str, ...]) -> Iterator[Line]:
    parent = f"projects/{google.project}"
    names = [f"{parent}/services/{api}" for api in apis]
    answer = google.read(SERVICE_USAGE, f"{parent}/services:batchGet", _Services, names=names)
    enabled = {
        service.name.rpartition("/")[2] for service in answer.services if service.state == _ENABLED
    }
    missing = [api for api in apis if api not in enabled]
    if missing:
        yield ok(
            "APIs",
            f"pulumi up enables {', '.join(missing)}; what they report, such as quota, can be "
            f"checked then, or after gcloud services enable {' '.join(missing)} --project "
            f"{google.project}",
        )
    else:
        yield ok("APIs", f"all {len(apis)} are enabled")


def _roles(google: Google, roles: Mapping[str, tuple[str, ...]]) -> Iterator[Line]:
    asked = [permission for permissions in roles.values() for permission in permissions]
    answer = google.read(
        RESOURCE_MANAGER,
        f"projects/{google.project}:testIamPermissions",
        _Permissions,
        {"permissions": asked},
    )
    granted = set(answer.permissions)
    for role, permissions in roles.items():
        missing = [name for name in permissions if name not in granted]
        if missing:
            yield problem(
                role,
                f"you lack {', '.join(missing)}",
                f"gcloud projects add-iam-policy-binding {google.project} "
                f"--member user:YOUR_ADDRESS --role {role}",
            )
        else:
            yield ok(role, "you have all permissions that are needed")


def account_checks(
    google: Google, needs: Needs, roles: Mapping[str, tuple[str, ...]]
) -> Iterator[Check]:
    """What is looked at in the project; `roles` are with the permissions that stand for each."""
    yield Check(name=f"project {google.project}", look=lambda: _project(google))
    yield Check(name="billing", look=lambda: _billing(google))
    yield Check(name="APIs", look=lambda: _apis(google, needs.apis))
    yield Check(name="roles", look=lambda: _roles(google, roles))
