"""Names that a chart or the API server would refuse, or that others in the cluster have."""

import re
from collections.abc import Iterator
from typing import Final

from inference.catalog.facts import CHART_NAMES, CHART_V1_0_0
from inference.catalog.limits import CHART_NAME_CHARACTERS, LABEL_CHARACTERS
from inference.catalog.releases import ValuesLayout
from inference.config import Finding, Settings
from inference.derive.body_routing import has_body_router
from inference.derive.names import dns_label, picker_name, router_name
from inference.preflight.registry import info, refusal, warning

NOT_A_LABEL: Final = refusal(
    id="names.not-a-label",
    cause="A model's name is not a DNS label, but the chart names a Service after it.",
    consequence="The API server rejects the Service, and the Helm release fails after the cluster "
    "has been created.",
    fix="Use lower-case letters, digits and hyphens; the served name may be any text.",
    source=CHART_NAMES,
)
CLUSTER_SCOPED: Final = info(
    id="names.cluster-scoped",
    cause="Chart v1.0.0 names its ClusterRole after the release only, and the cluster may be "
    "shared.",
    consequence="A second stack with a model of the same name fails, whatever its namespace.",
    fix="Give models different names in each stack, or use v1.5.0 or later.",
    source=CHART_V1_0_0,
)
BEGINS_WITH_DIGIT: Final = warning(
    id="names.begins-with-digit",
    cause="A model's name starts with a digit, and the chart names a Service after it.",
    consequence="Kubernetes before 1.36 rejects such a Service, and the Helm release fails.",
    fix="Start the name with a letter.",
    source=CHART_NAMES,
)
GATEWAY_TOO_LONG: Final = refusal(
    id="names.gateway-too-long",
    cause="With routing by body, the router's Service is named after the Gateway, plus `-bbr`.",
    consequence="A Service has at most 63 characters: the Helm release fails after the cluster "
    "has been created.",
    fix="Give the Gateway a name of at most 59 characters.",
    source=CHART_NAMES,
)

_LABEL: Final = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")


def findings(settings: Settings) -> Iterator[Finding]:
    """Findings about the names of models and of the Gateway."""
    router = router_name(settings)
    if has_body_router(settings) and len(router) > LABEL_CHARACTERS:
        gateway = settings.gateway.name
        most = LABEL_CHARACTERS - (len(router) - len(gateway))
        yield GATEWAY_TOO_LONG.to_set(
            "gateway.name",
            f"has {len(gateway)} characters, but the router's Service {router} may have at most "
            f"{LABEL_CHARACTERS}: the Helm release would fail",
            gateway[:most].rstrip("-"),
        )
    for index, model in enumerate(settings.models):
        path = f"models[{index}].name"
        label = dns_label(model.name)
        if label[:1].isdigit():
            label = dns_label(f"m-{label}", CHART_NAME_CHARACTERS)
        if not _LABEL.fullmatch(model.name):
            yield NOT_A_LABEL.to_set(
                path,
                f"{model.name} cannot name the Service {picker_name(model.name)}, which allows "
                "only letters, digits and hyphens: the Helm release would fail",
                label,
            )
        elif model.name[0].isdigit():
            yield BEGINS_WITH_DIGIT.to_set(
                path,
                f"{model.name} starts with a digit: Kubernetes before 1.36 would reject the "
                f"Service {picker_name(model.name)}",
                label,
            )
    old_chart = settings.release.values_layout is ValuesLayout.INFERENCE_EXTENSION_LIST
    if old_chart and not settings.cluster.is_created:
        names = ", ".join(picker_name(model.name) for model in settings.models)
        yield CLUSTER_SCOPED.finding(
            "gatewayRelease",
            f"chart {settings.release.name} creates ClusterRoles named {names}, whatever the "
            "namespace: a second stack in this cluster with a model of the same name would fail",
        )
