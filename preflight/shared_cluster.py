"""What goes wrong in a cluster that others use too, or that brings parts of its own."""

from collections.abc import Iterator

from catalog.releases import GKE_OWNED_CRDS, ValuesLayout
from config import Finding, Settings, Severity
from config.finding import PROJECT
from config.gateway import ChartProvider
from derive.chart import picker_name


def findings(settings: Settings) -> Iterator[Finding]:
    """CRDs that GKE owns, cluster-scoped names of chart v1.0.0, and a provider it ignores."""
    old_chart = settings.release.values_layout is ValuesLayout.INFERENCE_EXTENSION_LIST
    if old_chart and settings.gateway.provider is not ChartProvider.NONE:
        yield Finding(
            id="gateway.provider-ignored",
            severity=Severity.WARNING,
            path="gateway.provider",
            message=f"chart {settings.release.name} knows no provider "
            f"{settings.gateway.provider.value}, so no DestinationRule is made and the gateway "
            "may not reach the picker",
            fix=f"pulumi config set {PROJECT}:gatewayRelease v1.5.0",
        )
    if settings.cluster.is_created:
        return
    if settings.gateway.is_gke and settings.crds.preinstalled is None:
        yield Finding(
            id="crds.owned-by-gke",
            severity=Severity.WARNING,
            path="crds.preinstalled",
            message=f"GKE 1.34.0-gke.1626000 and later bring {', '.join(GKE_OWNED_CRDS)}; in such "
            "a cluster Helm would refuse to take it over and the CRD release would fail",
            fix=f"pulumi config set --path '{PROJECT}:crds.preinstalled[0]' {GKE_OWNED_CRDS[0]}",
        )
    if old_chart:
        names = ", ".join(picker_name(model.name) for model in settings.models)
        yield Finding(
            id="names.cluster-scoped",
            severity=Severity.INFO,
            path="gatewayRelease",
            message=f"chart {settings.release.name} makes ClusterRoles named {names}, whatever the "
            "namespace: a second stack in this cluster with a model of the same name would fail",
            fix="give models other names in each stack, or use v1.5.0 or later",
        )
