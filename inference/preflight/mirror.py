"""The registry that mirrors images and charts: whether everything comes from it, and may."""

from collections.abc import Iterator
from typing import Final

from inference.catalog.facts import CHART_VALUES, OWN_KEYS
from inference.catalog.gcp import IMAGE_READER_ROLE, PERMISSIONS_SOURCE
from inference.config import Finding, Settings
from inference.config.finding import remove_command
from inference.derive.artifacts import registry_project
from inference.preflight.registry import warning

REGISTRY_OUTSIDE_MIRROR: Final = warning(
    id="registry.outside-mirror",
    cause="`registry.prefix` is set, but a model's image is elsewhere.",
    consequence="If nodes can reach only the mirror, its servers never start.",
    fix="Copy the image to the mirror and use the copy, or leave the key unset.",
    source=OWN_KEYS,
)
REGISTRY_SECRETS_NOT_FOR_CHARTS: Final = warning(
    id="registry.secrets-not-for-charts",
    cause="`registry.pullSecrets` is set, but the charts for pickers and body routers have no "
    "value for such Secrets; the custom metrics adapter runs in its own namespace.",
    consequence="Their images are pulled without one: if the mirror requires it, no picker starts.",
    fix="Let the nodes pull with their own credentials, as from Artifact Registry with their "
    "service account.",
    source=CHART_VALUES,
)
REGISTRY_OTHER_PROJECT: Final = warning(
    id="registry.other-project",
    cause="The mirror is an Artifact Registry in another project, or the stack does not create "
    "the nodes.",
    consequence="The stack grants the nodes no access there: unless someone else has, no image "
    "can be pulled.",
    fix=f"Grant the nodes' service account {IMAGE_READER_ROLE} there, and accept the finding.",
    source=PERMISSIONS_SOURCE,
)


def findings(settings: Settings) -> Iterator[Finding]:
    """Findings about the mirror, where there is one."""
    registry = settings.registry
    if registry.pull_secrets:
        yield REGISTRY_SECRETS_NOT_FOR_CHARTS.finding(
            "registry.pullSecrets",
            "reach only the model servers' Pods: the charts for pickers and body routers have no "
            "value for them, so nodes must be able to pull those images themselves",
            "let the nodes pull from the mirror, and accept this finding",
        )
    if registry.prefix is None:
        return
    for index, model in enumerate(settings.models):
        images = {"image": model.image, "weights.image": model.weights and model.weights.image}
        for key, reference in images.items():
            if reference and not reference.startswith(f"{registry.prefix}/"):
                path = f"models[{index}].{key}"
                yield REGISTRY_OUTSIDE_MIRROR.finding(
                    path,
                    f"{reference} is not under {registry.prefix}: if nodes can reach only the "
                    "mirror, its servers never start",
                    "copy it there and use the copy, or " + remove_command(path),
                )
    project = registry_project(settings)
    known = settings.cluster.is_created and project == settings.gcp.project
    if project is not None and not known:
        whose = (
            "this stack creates no nodes"
            if not settings.cluster.is_created
            else (f"the stack's project is {settings.gcp.project}")
        )
        yield REGISTRY_OTHER_PROJECT.finding(
            "registry.prefix",
            f"is in project {project}, but {whose}: nodes are granted no access there",
            f"gcloud projects add-iam-policy-binding {project} --role={IMAGE_READER_ROLE} "
            "--member=serviceAccount:ACCOUNT-OF-THE-NODES, and accept this finding",
        )
