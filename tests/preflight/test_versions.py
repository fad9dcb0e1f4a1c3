"""Versions of GKE, labels and images of nodes: by table."""

from typing import Final

from conftest import make_settings
from preflight_cases import Case, Table, Values

from inference.preflight import versions

_EXCLUSION: Final = {
    "name": "freeze",
    "start": "2026-12-18T00:00:00Z",
    "end": "2027-01-04T00:00:00Z",
}


def _cluster(version: str, **keys: object) -> Values:
    return {"cluster": {"version": version, **keys}}


def _pool(cluster: str | None = None, **keys: object) -> Values:
    return {**(_cluster(cluster) if cluster else {}), "nodePools": [keys]}


def _streamed(**keys: object) -> Values:
    return {"cluster": {"imageStreaming": True}, "nodePools": [keys]}


TABLE: Final = Table.of_cases(
    [versions],
    [
        Case(
            id="cluster.version-before-gateway",
            trips={"patch": _cluster("1.32.2-gke.1182001"), "minor": _cluster("1.31")},
            passes={"first": _cluster("1.32.3-gke.1170000"), "minor": _cluster("1.32"), "none": {}},
        ),
        Case(
            id="cluster.version-moves",
            trips={"held by nothing": _cluster("1.34.1-gke.1829001"), "minor": _cluster("1.34")},
            passes={
                "held": _cluster("1.34", maintenance={"exclusions": [_EXCLUSION]}),
                "none": {},
            },
        ),
        Case(
            id="node-pools.version-skew",
            trips={
                "newer": _pool("1.34.1-gke.1829001", version="1.34.1-gke.1829002"),
                "newer minor": _pool("1.34", version="1.35"),
                "three older": _pool("1.35.1-gke.1396000", version="1.32"),
            },
            passes={
                "the same": _pool("1.34.1-gke.1829001", version="1.34.1-gke.1829001"),
                "two older": _pool("1.35", version="1.33.5"),
                "no control plane": _pool(version="1.33"),
            },
        ),
        Case(
            id="node-pools.label-reserved",
            trips={
                "Kubernetes": _pool(labels={"node.kubernetes.io/role": "gpu"}),
                "ours": _pool(labels={"gke-inference-gateway/node-pool": "other"}),
            },
            passes={
                "own": _pool(labels={"team": "search"}),
                "GKE's": _pool(labels={"cloud.google.com/gke-networking-dra-driver": "true"}),
            },
        ),
        Case(
            id="node-pools.image-not-streamed",
            trips={
                "Ubuntu": _streamed(imageType="UBUNTU_CONTAINERD"),
                "named": _streamed(imageType="UBUNTU_CONTAINERD", name="other"),
            },
            passes={
                "COS": _streamed(imageType="COS_CONTAINERD"),
                "not streamed": _pool(imageType="UBUNTU_CONTAINERD"),
            },
        ),
    ],
)


def test_a_cluster_too_old_to_bring_the_pool_gets_its_crd_from_the_stack() -> None:
    old, new = _cluster("1.33.5-gke.2000000"), _cluster("1.34.1-gke.1829001")
    assert make_settings(old).preinstalled_crds == ()
    assert make_settings(new).preinstalled_crds != ()
