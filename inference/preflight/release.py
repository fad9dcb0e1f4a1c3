"""Chart, CRDs and API groups that do not go together with the cluster or the gateway."""

from collections.abc import Iterator
from typing import Final

from inference.catalog.facts import CHART_V1_0_0, GKE_CRDS
from inference.catalog.releases import GKE_OWNED_CRDS, ValuesLayout
from inference.config import Finding, Settings
from inference.config.finding import set_command
from inference.config.gateway import ChartProvider
from inference.preflight.registry import warning

PROVIDER: Final = warning(
    id="release.provider-ignored",
    cause="`gateway.provider` is set, but the release's chart supports no provider except GKE.",
    consequence="No DestinationRule is created, and the gateway may not reach the picker.",
    fix="Use v1.5.0 or later.",
    source=CHART_V1_0_0,
)
OWNED: Final = warning(
    id="release.crds-owned-by-gke",
    cause="The stack would install a CRD that GKE 1.34.0-gke.1626000 and later come with.",
    consequence="In such a cluster Helm refuses to adopt it, and the CRD release fails.",
    fix="Add it to crds.preinstalled.",
    source=GKE_CRDS,
)


def findings(settings: Settings) -> Iterator[Finding]:
    """Findings about the gateway release in this cluster."""
    old_chart = settings.release.values_layout is ValuesLayout.INFERENCE_EXTENSION_LIST
    if old_chart and settings.gateway.provider is not ChartProvider.NONE:
        yield PROVIDER.finding(
            "gateway.provider",
            f"chart {settings.release.name} does not support provider "
            f"{settings.gateway.provider.value}, so no DestinationRule is created and the gateway "
            "may not reach the picker",
            set_command("gatewayRelease", "v1.5.0"),
        )
    existing = not settings.cluster.is_created
    if existing and settings.gateway.is_gke and settings.crds.preinstalled is None:
        yield OWNED.finding(
            "crds.preinstalled",
            f"GKE 1.34.0-gke.1626000 and later come with {', '.join(GKE_OWNED_CRDS)}; in such a "
            "cluster, Helm would refuse to adopt it and the CRD release would fail",
            set_command("crds.preinstalled[0]", GKE_OWNED_CRDS[0]),
        )
