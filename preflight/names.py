"""Names that a chart or the API server would refuse, or that others in the cluster have."""

import re
from collections.abc import Iterator
from typing import Final

from catalog.facts import CHART_NAMES, CHART_V1_0_0
from catalog.releases import ValuesLayout
from config import Finding, Settings, Severity
from config.finding import set_command
from derive.chart import picker_name
from preflight.registry import Check

LABEL: Final = Check(
    id="names.not-a-label",
    severity=Severity.ERROR,
    cause="A model's name is not a DNS label, but the chart names a Service after it.",
    consequence="The API server refuses the Service, and the Helm release fails after the cluster "
    "has been made.",
    fix="Use lower-case letters, digits and dashes; the served name may be any text.",
    source=CHART_NAMES,
)
CLUSTER_SCOPED: Final = Check(
    id="names.cluster-scoped",
    severity=Severity.INFO,
    cause="Chart v1.0.0 names its ClusterRole after the release alone, in a cluster that others "
    "use too.",
    consequence="A second stack with a model of the same name fails, in whatever namespace.",
    fix="Give models other names in each stack, or use v1.5.0 or later.",
    source=CHART_V1_0_0,
)
CHECKS: Final = (LABEL, CLUSTER_SCOPED)

_LABEL: Final = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")


def findings(settings: Settings) -> Iterator[Finding]:
    """Findings about the names of models."""
    for index, model in enumerate(settings.models):
        if not _LABEL.fullmatch(model.name):
            path = f"models[{index}].name"
            label = re.sub(r"[^a-z0-9]+", "-", model.name.lower()).strip("-")
            yield LABEL.finding(
                path,
                f"{model.name} cannot name the Service {picker_name(model.name)}, which takes "
                "letters, digits and dashes: the Helm release would fail",
                set_command(path, label if label[:1].isalpha() else f"m-{label}"),
            )
    old_chart = settings.release.values_layout is ValuesLayout.INFERENCE_EXTENSION_LIST
    if old_chart and not settings.cluster.is_created:
        names = ", ".join(picker_name(model.name) for model in settings.models)
        yield CLUSTER_SCOPED.finding(
            "gatewayRelease",
            f"chart {settings.release.name} makes ClusterRoles named {names}, whatever the "
            "namespace: a second stack in this cluster with a model of the same name would fail",
            "give models other names in each stack, or use v1.5.0 or later",
        )
