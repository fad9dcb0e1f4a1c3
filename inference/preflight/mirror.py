"""The registry that mirrors images and charts: whether everything comes from it, and may."""

from collections.abc import Iterator
from typing import Final

from inference.catalog.facts import CHART_VALUES, OWN_KEYS
from inference.catalog.gcp import IMAGE_READER_ROLE, PERMISSIONS_SOURCE
from inference.config import Finding, Settings, Severity
from inference.config.finding import remove_command
from inference.derive.artifacts import registry_project
from inference.preflight.registry import Check

OUTSIDE: Final = Check(
    id="registry.outside-mirror",
    severity=Severity.WARNING,
    cause="`registry.prefix` is set, and a model names an image that is elsewhere.",
    consequence="Where nodes reach the mirror alone, its servers never start.",
    fix="Copy the image to the mirror and name it there, or leave the key out.",
    source=OWN_KEYS,
)
SECRETS: Final = Check(
    id="registry.secrets-not-for-charts",
    severity=Severity.WARNING,
    cause="`registry.pullSecrets` is set, and the charts of pickers and body routers have no value "
    "for such Secrets; the custom metrics adapter runs in a namespace of its own.",
    consequence="Their images are pulled without one: where the mirror asks for it, no picker "
    "starts.",
    fix="Let the nodes pull, as from Artifact Registry by their account.",
    source=CHART_VALUES,
)
OTHER_PROJECT: Final = Check(
    id="registry.other-project",
    severity=Severity.WARNING,
    cause="The mirror is in Artifact Registry of a project that is not the stack's, or the nodes "
    "are not.",
    consequence="The stack grants the nodes nothing there: unless someone has, no image is pulled.",
    fix=f"Grant the nodes' account {IMAGE_READER_ROLE} there, and accept the finding.",
    source=PERMISSIONS_SOURCE,
)
CHECKS: Final = (OUTSIDE, SECRETS, OTHER_PROJECT)


def findings(settings: Settings) -> Iterator[Finding]:
    """Findings about the mirror, where there is one."""
    registry = settings.registry
    if registry.pull_secrets:
        yield SECRETS.finding(
            "registry.pullSecrets",
            "reach the Pods of model servers alone: the charts of pickers and body routers have no "
            "value for them, so nodes must be able to pull those images by themselves",
            "let the nodes pull from the mirror, and accept this finding",
        )
    if registry.prefix is None:
        return
    for index, model in enumerate(settings.models):
        images = {"image": model.image, "weights.image": model.weights and model.weights.image}
        for key, reference in images.items():
            if reference and not reference.startswith(f"{registry.prefix}/"):
                path = f"models[{index}].{key}"
                yield OUTSIDE.finding(
                    path,
                    f"{reference} is not below {registry.prefix}: where nodes reach the mirror "
                    "alone, its servers never start",
                    "copy it there and name the copy, or " + remove_command(path),
                )
    project = registry_project(settings)
    known = settings.cluster.is_created and project == settings.gcp.project
    if project is not None and not known:
        whose = (
            "this stack makes no nodes"
            if not settings.cluster.is_created
            else (f"the stack's project is {settings.gcp.project}")
        )
        yield OTHER_PROJECT.finding(
            "registry.prefix",
            f"is in project {project}, and {whose}: nodes are granted nothing there",
            f"gcloud projects add-iam-policy-binding {project} --role={IMAGE_READER_ROLE} "
            "--member=serviceAccount:ACCOUNT-OF-THE-NODES, and accept this finding",
        )
