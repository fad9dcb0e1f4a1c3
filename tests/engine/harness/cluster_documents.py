"""The CRDs that a GKE cluster brings, put into the control plane before the program sees it.

They carry no marks of Helm, as GKE's own do not.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import yaml

from harness.api import Api, ConflictError
from harness.processes import wait_for
from harness.toolchain import ROOT, module
from inference.config.yaml_loader import SafeLoader

CRD_API: Final = "apiextensions.k8s.io/v1"
CRD_KIND: Final = "CustomResourceDefinition"
REAL_CRDS: Final = ROOT.parent / "shared" / "crds"
"""The real CRDs of GKE, Managed Prometheus and llm-d, used where they are at hand."""
_ALWAYS_PERMISSIVE: Final = {
    "AutoscalingMetric": "autoscaling.gke.io/v1beta1",
    "ComputeClass": "cloud.google.com/v1",
    "SecretProviderClass": "secrets-store.csi.x-k8s.io/v1",
}
"""Kinds whose real CRDs are not at hand anywhere."""
_CLUSTER_SCOPED: Final = ("Cluster", "ComputeClass")
_GKE_KINDS: Final = {
    "HealthCheckPolicy": "networking.gke.io/v1",
    "GCPBackendPolicy": "networking.gke.io/v1",
    "GCPGatewayPolicy": "networking.gke.io/v1",
    "GCPRoutingExtension": "networking.gke.io/v1",
    "GCPTrafficExtension": "networking.gke.io/v1",
    "PodMonitoring": "monitoring.googleapis.com/v1",
    "ClusterPodMonitoring": "monitoring.googleapis.com/v1",
}
"""Kinds to stand in for otherwise, with any content."""


def _gateway_api() -> Iterator[Path]:
    folder = module("gateway-api") / "config/crd/standard"
    # Beside the CRDs there is an admission policy against downgrades.
    yield from (file for file in folder.glob("*.yaml") if "_vap_" not in file.name)


def _pool() -> Path:
    """The InferencePool, which GKE 1.34 ships itself."""
    bases = module("inference-extension-v1.0.0") / "config/crd/bases"
    return bases / "inference.networking.k8s.io_inferencepools.yaml"


def _permissive(kind: str, api_version: str) -> Mapping[str, Any]:
    group, _, version = api_version.partition("/")
    plural = kind.lower().replace("policy", "policie").replace("class", "classe") + "s"
    scope = "Cluster" if kind.startswith(_CLUSTER_SCOPED) else "Namespaced"
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    return {
        "apiVersion": CRD_API,
        "kind": CRD_KIND,
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "group": group,
            "names": {"kind": kind, "plural": plural},
            "scope": scope,
            "versions": [
                {
                    "name": version,
                    "served": True,
                    "storage": True,
                    "schema": {"openAPIV3Schema": schema},
                }
            ],
        },
    }


def gke_documents(*, pool: bool = True) -> list[Mapping[str, Any]]:
    """CRDs of a GKE cluster; `pool` for one that is new enough to bring the InferencePool."""
    files = [*_gateway_api(), *([_pool()] if pool else [])]
    documents: list[Mapping[str, Any]] = [
        _permissive(kind, version) for kind, version in _ALWAYS_PERMISSIVE.items()
    ]
    if REAL_CRDS.is_dir():
        # The picker's own kinds are the program's to install.
        files += [file for file in REAL_CRDS.glob("*.yaml") if not file.name.startswith("llm-d")]
    else:
        documents += [_permissive(kind, version) for kind, version in _GKE_KINDS.items()]
    documents += [yaml.load(file.read_bytes(), Loader=SafeLoader) for file in files]  # noqa: S506 safe
    return documents


def bare_documents() -> list[Mapping[str, Any]]:
    """CRDs of a cluster elsewhere, in which someone installed the Gateway API."""
    return [yaml.load(file.read_bytes(), Loader=SafeLoader) for file in _gateway_api()]  # noqa: S506 safe


def install(api: Api, documents: list[Mapping[str, Any]]) -> None:
    """Create CRDs and wait until their kinds are served."""
    for document in documents:
        with suppress(ConflictError):
            api.create(document)

    def served() -> bool:
        return all(
            any(
                condition["type"] == "Established" and condition["status"] == "True"
                for condition in definition.get("status", {}).get("conditions") or ()
            )
            for definition in api.find_all(CRD_API, CRD_KIND)
        )

    wait_for("the CRDs", served)
