"""Who deploys and who downloads: the project and the Hugging Face token."""

from collections.abc import Iterator
from typing import Final

from inference.catalog.facts import (
    HUGGING_FACE_GATED,
    HUGGING_FACE_TOKENS,
    PULUMI_CONFIG,
)
from inference.catalog.secret_manager import ADD_ON_SOURCE
from inference.catalog.source import Level
from inference.config import Configuration, Finding, Settings, Severity
from inference.config.finding import TOKEN_COMMAND, TOKEN_KEY, set_command
from inference.derive.token import TokenSource, token_source
from inference.derive.weights import needs_token
from inference.preflight.registry import error, own_rule, refusal, warning

EXAMPLE_PROJECT: Final = "your-project-id"
"""What committed stack files say in place of a project."""

PROJECT_MISSING: Final = refusal(
    id="identity.project-missing",
    cause="`gcp:project` is not set, but the stack has Google Cloud resources.",
    consequence="The gcp provider fails on the first one.",
    fix="Set it.",
    source=PULUMI_CONFIG,
)
PROJECT_PLACEHOLDER: Final = refusal(
    id="identity.project-placeholder",
    cause=f"`gcp:project` is still `{EXAMPLE_PROJECT}`, as in the committed stack files.",
    consequence="Nothing can be deployed. Offline, this is a warning.",
    fix="Set it to your project ID.",
    source=PULUMI_CONFIG,
    to_fill_in=True,
)
TOKEN_MISSING: Final = error(
    id="identity.token-missing",
    cause="A gated model is served, but neither a token nor an existing Secret is set.",
    consequence="The server cannot download the model and restarts indefinitely. Offline, this is "
    "a warning.",
    fix="Set the token as a secret, or specify a Secret that holds it.",
    source=HUGGING_FACE_GATED,
    to_fill_in=True,
)
TOKEN_TWICE: Final = warning(
    id="identity.token-twice",
    cause="Both a token and an existing Secret are set.",
    consequence="The Secret is used; the token has no effect.",
    fix="Remove one of them.",
    source=PULUMI_CONFIG,
)
TOKEN_PLAINTEXT: Final = warning(
    id="identity.token-plaintext",
    cause="The token is in plain text in the stack file.",
    consequence="Anyone who reads the file, or its history, can use it.",
    fix="Revoke it, and set a new one with --secret.",
    source=PULUMI_CONFIG,
)
TOKEN_FORM: Final = warning(
    id="identity.token-form",
    cause="The token does not begin with `hf_`.",
    consequence="Hugging Face may not accept it.",
    fix="Copy the token again.",
    source=HUGGING_FACE_TOKENS,
)
ADD_ON_ELSEWHERE: Final = warning(
    id="identity.add-on-elsewhere",
    cause="The token is in Secret Manager, but this stack does not manage the cluster.",
    consequence="Without the Secret Manager add-on and Workload Identity, no server starts, as "
    "its volume cannot be mounted.",
    fix="Enable both in the cluster, and accept the finding.",
    source=ADD_ON_SOURCE,
)
TWO_TOKEN_SECRETS: Final = own_rule(
    id="identity.two-token-secrets",
    cause="Both a Secret Manager secret and an existing Secret are set for the token.",
    consequence="Servers read it from one place: the other key would be ignored.",
    fix="Remove one of them.",
)
SECRET_MANAGER_OUTSIDE_GKE: Final = refusal(
    id="identity.secret-manager-outside-gke",
    cause="The token is in Secret Manager, but the cluster is not a GKE cluster.",
    consequence="Nothing mounts the secret, so no server starts.",
    fix="Set `huggingFaceSecret` to an existing Secret.",
    source=ADD_ON_SOURCE,
)


def _project(settings: Settings) -> Iterator[Finding]:
    if not settings.needs_project:
        return
    path = "gcp:project"
    fix = set_command(path, "PROJECT_ID")
    if settings.gcp.project is None:
        message = "not set, but the stack has Google Cloud resources"
        yield PROJECT_MISSING.finding(path, message, fix)
    elif settings.gcp.project == EXAMPLE_PROJECT:
        message = f"still {EXAMPLE_PROJECT}, so nothing can be deployed"
        yield PROJECT_PLACEHOLDER.finding(path, message, fix)


def _missing(settings: Settings) -> Iterator[Finding]:
    for index, model in enumerate(settings.models):
        facts = model.facts
        if facts is not None and needs_token(model):
            yield TOKEN_MISSING.finding(
                TOKEN_KEY,
                f"not set, but models[{index}] {model.model} is gated: "
                f"{model.engine.label} could not download it and would restart indefinitely",
                f"{TOKEN_COMMAND}, or set huggingFaceSecret to an existing Secret",
                None if facts.gated_level is Level.HIGH else Severity.WARNING,
            )


def _token(configuration: Configuration) -> Iterator[Finding]:
    token, settings = configuration.token, configuration.settings
    source = token_source(settings, given=token is not None)
    if source is TokenSource.MISSING:
        yield from _missing(settings)
    if token is None:
        return
    if source in {TokenSource.EXISTING_SECRET, TokenSource.SECRET_MANAGER}:
        message = f"set beside {source.value}, whose Secret is used, so it has no effect"
        yield TOKEN_TWICE.to_remove(TOKEN_KEY, message)
    if not token.encrypted:
        message = "is in plain text in the stack file, where anyone who reads it can use it"
        yield TOKEN_PLAINTEXT.finding(TOKEN_KEY, message, f"revoke it, then {TOKEN_COMMAND}")
    if not token.well_formed:
        message = "does not begin with hf_, so Hugging Face may not accept it"
        yield TOKEN_FORM.finding(TOKEN_KEY, message, TOKEN_COMMAND)


def findings(configuration: Configuration) -> Iterator[Finding]:
    """Findings about project and token."""
    yield from _project(configuration.settings)
    yield from _token(configuration)
    yield from _secret_manager(configuration.settings)


def _secret_manager(settings: Settings) -> Iterator[Finding]:
    path = TokenSource.SECRET_MANAGER.value
    if settings.hugging_face_secret_manager is None:
        return
    if settings.hugging_face_secret is not None:
        yield TWO_TOKEN_SECRETS.finding(
            path,
            "is set beside huggingFaceSecret: servers can read the token from only one place",
            f"remove `{path}` or `huggingFaceSecret` from the stack file",
        )
    if not settings.on_gke:
        yield SECRET_MANAGER_OUTSIDE_GKE.finding(
            path,
            "needs GKE, whose Secret Manager add-on mounts the secret",
            f"remove `{path}` from the stack file, and set a Secret in `huggingFaceSecret`",
        )
    elif not settings.cluster.is_created:
        yield ADD_ON_ELSEWHERE.finding(
            path,
            "the cluster must have the Secret Manager add-on and Workload Identity, or no server "
            "starts",
            "gcloud container clusters update CLUSTER --enable-secret-manager, then accept this "
            "finding",
        )
