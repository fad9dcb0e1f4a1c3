"""Gateway releases: which chart, CRDs and API group belong together.

A release is chosen as a whole, because a chart of one with the CRDs of another does not work:
see `gatewayRelease` in the configuration.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, final

from inference.catalog.images import Artifact
from inference.catalog.server_metrics import VLLM_METRICS
from inference.catalog.source import high

CHARTS_SOURCE: Final = high(
    "gateway-api-inference-extension v1.0.0 and v1.5.0, config/charts/inferencepool; llm-d-router "
    "v0.10.0, config/charts/llm-d-router-gateway"
)
POOL_GROUP: Final = "inference.networking.k8s.io"
POOL_CRD: Final = f"inferencepools.{POOL_GROUP}"
POOL_CRD_SINCE: Final = "1.34.0-gke.1626000"
"""First GKE version that brings the InferencePool."""
GKE_OWNED_CRDS: Final = (POOL_CRD,)
"""CRDs that GKE >= 1.34.0-gke.1626000 installs itself; a Helm release of them would fail."""


class ValuesLayout(StrEnum):
    """How a chart's values are arranged. The names are those of the charts' top-level keys."""

    INFERENCE_EXTENSION_LIST = "flags are a list"
    """v1.0.0: `inferenceExtension.flags` is a list of name and value; image has hub and name."""
    INFERENCE_EXTENSION_MAP = "flags are a map"
    """v1.5.0: `inferenceExtension.flags` is a map; image has registry and repository."""
    ROUTER = "router"
    """llm-d: everything below `router`."""


@final
@dataclass(frozen=True, kw_only=True)
class CrdDocument:
    """One CustomResourceDefinition, pinned by the checksum of its file."""

    name: str
    """`plural.group`, the name of the CRD object."""
    repository: str
    tag: str
    sha256: str

    @property
    def file_name(self) -> str:
        """`group_plural.yaml`, as controller-gen names it."""
        plural, _, group = self.name.partition(".")
        return f"{group}_{plural}.yaml"

    @property
    def path(self) -> str:
        """`repository/tag/config/crd/bases/file`, the part that mirrors keep."""
        return f"{self.repository}/{self.tag}/config/crd/bases/{self.file_name}"

    @property
    def url(self) -> str:
        """Where upstream publishes it."""
        return f"https://raw.githubusercontent.com/{self.path}"


@final
@dataclass(frozen=True, kw_only=True)
class PickerRequests:
    """What the endpoint picker's container needs: vCPU and GiB."""

    cpu: float
    memory_gib: float


@final
@dataclass(frozen=True, kw_only=True)
class GatewayRelease:
    """Everything that differs between releases of the inference gateway's parts."""

    name: str
    chart: Artifact
    picker_image: Artifact
    picker_requests: PickerRequests
    """What nodes for it are sized by; chart v1.0.0 has no value that would request it."""
    picker_label: str
    """Label key on picker Pods; its value is the picker's name."""
    crds: tuple[CrdDocument, ...]
    objective_api_version: str
    objective_header: str
    metrics_token: bool
    """Whether the picker's /metrics demands a bearer token whatever the chart's values say."""
    values_layout: ValuesLayout
    parsed_paths: tuple[str, ...]
    """Paths whose requests its picker can parse; it answers 400 to those of other APIs."""
    picker_flags: Mapping[str, str]
    """Flags the picker needs with the vLLM of `catalog.images`, beyond the chart's defaults."""

    def mirrored(self, prefix: str | None) -> "GatewayRelease":
        """The same with chart and image below the prefix of a mirror; itself without one."""
        if prefix is None:
            return self
        chart, image = self.chart.mirrored(prefix), self.picker_image.mirrored(prefix)
        return replace(self, chart=chart, picker_image=image)

    @property
    def configures_picker(self) -> bool:
        """Whether the chart has values for a picker's requests, failure mode and affinity.

        Those charts also stop the old pickers before new ones start, without which an update of
        pickers that elect a leader never ends: only the leader is ready.
        """
        return self.values_layout is not ValuesLayout.INFERENCE_EXTENSION_LIST

    @property
    def plugins_api_version(self) -> str:
        """API version of the EndpointPickerConfig."""
        llm_d = self.values_layout is ValuesLayout.ROUTER
        return "llm-d.ai/v1alpha1" if llm_d else "inference.networking.x-k8s.io/v1alpha1"


_COMPLETIONS: Final = ("/v1/completions", "/v1/chat/completions")
_OPENAI: Final = (*_COMPLETIONS, "/v1/responses", "/v1/embeddings", "/v1/conversations")
_EXTENSION: Final = "kubernetes-sigs/gateway-api-inference-extension"


def _crds(repository: str, tag: str, checksums: Mapping[str, str]) -> tuple[CrdDocument, ...]:
    """CRDs of a repository at a tag, by their names."""
    return tuple(
        CrdDocument(name=name, repository=repository, tag=tag, sha256=sha256)
        for name, sha256 in checksums.items()
    )


_V1_0_0 = GatewayRelease(
    name="v1.0.0",
    chart=Artifact(
        "registry.k8s.io", "gateway-api-inference-extension/charts/inferencepool", "v1.0.0"
    ),
    picker_image=Artifact("registry.k8s.io", "gateway-api-inference-extension/epp", "v1.0.0"),
    # Its picker does the work that v1.5.0's was measured at, so a change of release between the
    # two leaves the nodes alone.
    picker_requests=PickerRequests(cpu=4, memory_gib=8),
    picker_label="inferencepool",
    crds=_crds(
        _EXTENSION,
        "v1.0.0",
        {
            POOL_CRD: "b37cbcbc1cadb0211fec066051ee6f14296ad4712041c5fe9530f2a1a2b97084",
            "inferenceobjectives.inference.networking.x-k8s.io": (
                "f2b5f50c7c86f48efe046ecc553e89b467d655405e3620757a238be1c8687d3d"
            ),
            "inferencepools.inference.networking.x-k8s.io": (
                "36a5b20e9815265bc0deef3c0ebfb983b0cb22bc359b6bdd5e1312b8cbe40628"
            ),
        },
    ),
    objective_api_version="inference.networking.x-k8s.io/v1alpha2",
    objective_header="x-gateway-inference-objective",
    metrics_token=True,
    parsed_paths=_COMPLETIONS,
    values_layout=ValuesLayout.INFERENCE_EXTENSION_LIST,
    picker_flags={
        "v": "1",
        # The chart's default, vllm:gpu_cache_usage_perc, is gone from vLLM.
        "kv-cache-usage-percentage-metric": VLLM_METRICS.kv_cache.name,
    },
)
_V1_5_0 = GatewayRelease(
    name="v1.5.0",
    chart=Artifact(
        "registry.k8s.io", "gateway-api-inference-extension/charts/inferencepool", "v1.5.0"
    ),
    picker_image=Artifact("registry.k8s.io", "gateway-api-inference-extension/epp", "v1.5.0"),
    picker_requests=PickerRequests(cpu=4, memory_gib=8),
    picker_label="inferencepool",
    crds=_crds(
        _EXTENSION,
        "v1.5.0",
        {
            POOL_CRD: "0bc3ddd94db6f588a5cecc627c39e3d12b4343d51c48d47ffa68c50fa73c290c",
            "inferenceobjectives.inference.networking.x-k8s.io": (
                "e06a3e13e91f7a3a71a9d4146fb56076a247f43ad72b6401f8039ccf9cfa3700"
            ),
            "inferencemodelrewrites.inference.networking.x-k8s.io": (
                "887abbc047e7e36633f2f28ee47dc59cae5293ebef110e57cc286ab4605d8a97"
            ),
            "inferencepoolimports.inference.networking.x-k8s.io": (
                "45b32d60ca88057723f1e67bc732cf13745bea0fe0b755ccedec88c58e1228cc"
            ),
        },
    ),
    objective_api_version="inference.networking.x-k8s.io/v1alpha2",
    objective_header="x-gateway-inference-objective",
    metrics_token=False,
    parsed_paths=_OPENAI,
    values_layout=ValuesLayout.INFERENCE_EXTENSION_MAP,
    picker_flags={},
)
_LLM_D_0_10_0 = GatewayRelease(
    name="llm-d-v0.10.0",
    chart=Artifact("ghcr.io", "llm-d/charts/llm-d-router-gateway", "v0.10.0"),
    picker_image=Artifact("ghcr.io", "llm-d/llm-d-router-endpoint-picker", "v0.10.0"),
    picker_requests=PickerRequests(cpu=8, memory_gib=8),
    picker_label="llm-d-router-gateway",
    crds=(
        # llm-d keeps the InferencePool of the inference extension, whose last CRD this is.
        _V1_5_0.crds[0],
        *_crds(
            "llm-d/llm-d-router",
            "v0.10.0",
            {
                "inferenceobjectives.llm-d.ai": (
                    "c1e763412fcbe2b55e9282850156269a10053be2d052547cb80a2ca639c09990"
                ),
                "inferencemodelrewrites.llm-d.ai": (
                    "62a07fff40e10e919c245d895457a9c15be22947b45f06815552ae8fffaab405"
                ),
            },
        ),
    ),
    objective_api_version="llm-d.ai/v1alpha2",
    objective_header="x-llm-d-inference-objective",
    metrics_token=False,
    parsed_paths=(*_OPENAI, "/v1/images/generations", "/v1/messages", "/inference/v1/generate"),
    values_layout=ValuesLayout.ROUTER,
    picker_flags={},
)

RELEASES: Final[Mapping[str, GatewayRelease]] = {
    release.name: release for release in (_V1_0_0, _V1_5_0, _LLM_D_0_10_0)
}
