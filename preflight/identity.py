"""Who deploys and who downloads: the project and the Hugging Face token."""

from collections.abc import Iterator
from typing import Final

from config import Configuration, Finding, Settings, Severity
from config.finding import TOKEN_KEY, set_command

PLACEHOLDER_PROJECT: Final = "your-project-id"
"""What committed stack files say in place of a project."""


def _project(settings: Settings, *, offline: bool) -> Iterator[Finding]:
    if not settings.needs_project:
        return
    fix = set_command("gcp:project", "PROJECT_ID")
    if settings.gcp.project is None:
        yield Finding(
            id="identity.project-missing",
            severity=Severity.ERROR,
            path="gcp:project",
            message="not set, but Google Cloud resources are to be built in it",
            fix=fix,
        )
    elif settings.gcp.project == PLACEHOLDER_PROJECT:
        yield Finding(
            id="identity.project-placeholder",
            severity=Severity.WARNING if offline else Severity.ERROR,
            path="gcp:project",
            message=f"still {PLACEHOLDER_PROJECT}, so nothing could be built",
            fix=fix,
        )


def _token(configuration: Configuration, *, offline: bool) -> Iterator[Finding]:
    token, settings = configuration.token, configuration.settings
    fix = set_command(TOKEN_KEY, "hf_…", secret=True)
    if token is None and settings.hugging_face_secret is None:
        for index, model in enumerate(settings.models):
            if model.facts is not None and model.facts.gated:
                yield Finding(
                    id="identity.token-missing",
                    severity=Severity.WARNING if offline else Severity.ERROR,
                    path=TOKEN_KEY,
                    message=f"not set, but models[{index}] {model.model} is gated: vLLM could not "
                    "download it and would restart for ever",
                    fix=f"{fix}, or name an existing Secret in huggingFaceSecret",
                )
    if token is not None and settings.hugging_face_secret is not None:
        yield Finding(
            id="identity.token-twice",
            severity=Severity.WARNING,
            path=TOKEN_KEY,
            message="set beside huggingFaceSecret, whose Secret is used, so it has no effect",
            fix=f"pulumi config rm {TOKEN_KEY}",
        )
    if token is not None and not token.encrypted:
        yield Finding(
            id="identity.token-plaintext",
            severity=Severity.WARNING,
            path=TOKEN_KEY,
            message="stands in clear text in the stack file, where anyone who reads it can use it",
            fix=f"revoke it, then {fix}",
        )
    if token is not None and not token.well_formed:
        yield Finding(
            id="identity.token-form",
            severity=Severity.WARNING,
            path=TOKEN_KEY,
            message="does not begin with hf_, so Hugging Face may not accept it",
            fix=fix,
        )


def findings(configuration: Configuration, *, offline: bool) -> Iterator[Finding]:
    """Findings about project and token."""
    yield from _project(configuration.settings, offline=offline)
    yield from _token(configuration, offline=offline)
