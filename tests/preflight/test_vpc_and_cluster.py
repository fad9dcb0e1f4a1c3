"""Ranges of a VPC, ways in and out, and the cluster's settings for production: by table."""

from typing import Final

import pytest
from preflight_cases import Table, Values

from inference.config import Severity
from inference.preflight import cluster, vpc

_PRIVATE: Final = {"privateNodes": True}
_EXISTING: Final = {"mode": "existing", "context": "kind"}
_ISTIO: Final = {"className": "istio", "wait": False}
_HOST: Final = {
    "name": "shared",
    "hostProject": "host-project",
    "subnetwork": "nodes",
    "podRange": "pods",
    "serviceRange": "services",
}
_TOPIC: Final = "projects/other-project/topics/upgrades"
_SET: Final = "pulumi config set --path 'gke-inference-gateway:"
_MIRROR: Final = "us-central1-docker.pkg.dev/my-project/mirror"
_AIR_GAPPED: Final[Values] = {
    "network": {"vpc": {"nat": False}},
    "registry": {"prefix": _MIRROR},
    "weights": {"create": True},
    "models": [{"model": "Qwen/Qwen3-8B", "weights": {"load": "stream"}}],
}


def _vpc(**ranges: object) -> Values:
    return {"network": {"vpc": ranges}}


def _proxies(cidr: str, **subnet: object) -> Values:
    return {"network": {"vpc": {}, "proxyOnlySubnet": {"cidr": cidr, **subnet}}}


def _cluster(**keys: object) -> Values:
    return {"cluster": keys}


def _pools(**keys: object) -> Values:
    pool = {"machineType": "a3-highgpu-2g", "autoscaling": {"max": 100}, **keys}
    return {"nodePools": [pool]}


def _topic(topic: str, project: str = "my-project") -> Values:
    return {**_cluster(notifications={"topic": topic}), "gcp": {"project": project}}


def _streamed(image: str) -> Values:
    return {**_cluster(imageStreaming=True), "models": [{"name": "llama", "image": image}]}


_TRIPS: Final[list[tuple[str, Values, str]]] = [
    ("network.overlap", _vpc(pods="10.0.0.0/14"), "network.vpc.pods"),
    ("network.overlap", _vpc(services="10.7.0.0/20"), "network.vpc.services"),
    ("network.overlap", _proxies("10.4.0.0/23"), "network.proxyOnlySubnet.cidr"),
    ("network.few-pod-addresses", _vpc(pods="10.4.0.0/23"), "network.vpc.pods"),
    (
        "network.few-pod-addresses",
        {**_vpc(pods="10.4.0.0/18"), **_pools(maxPods=110)},
        "network.vpc.pods",
    ),
    (
        "network.few-pod-addresses",
        {**_vpc(pods="10.4.0.0/26"), "cluster": {"mode": "autopilot"}},
        "network.vpc.pods",
    ),
    ("network.few-node-addresses", {**_vpc(nodes="10.0.0.0/27"), **_pools()}, "network.vpc.nodes"),
    (
        "network.few-node-addresses",
        {**_vpc(nodes="10.0.0.0/29"), "nodePools": [{"nodes": 9}]},
        "network.vpc.nodes",
    ),
    (
        "network.few-node-addresses",
        {**_vpc(nodes="10.0.0.0/26"), **_pools()},
        "network.vpc.nodes",
    ),
    ("network.no-nat", _cluster(**_PRIVATE), "network.name"),
    ("network.no-nat", {**_cluster(**_PRIVATE), **_vpc(nat=False)}, "network.vpc.nat"),
    ("network.shared-vpc-firewall", {"network": _HOST}, "network.hostProject"),
    (
        "network.shared-vpc-firewall",
        {"network": _HOST, "cluster": {"mode": "autopilot"}},
        "network.hostProject",
    ),
    (
        "cluster.open-control-plane",
        _cluster(
            authorizedNetworks=[
                {"name": "a", "cidr": "0.0.0.0/1"},
                {"name": "b", "cidr": "128.0.0.0/1"},
            ]
        ),
        "cluster.authorizedNetworks",
    ),
    ("cluster.open-control-plane", _cluster(**_PRIVATE), "cluster.endpoint"),
    (
        "cluster.open-control-plane",
        {**_cluster(**_PRIVATE, mode="autopilot"), **_vpc()},
        "cluster.endpoint",
    ),
    ("cluster.half-protected", {"security": {"protect": True}}, "cluster.deletionProtection"),
    (
        "cluster.half-protected",
        {"security": {"protect": True}, "cluster": {"mode": "autopilot"}},
        "cluster.deletionProtection",
    ),
    ("cluster.half-protected", _cluster(deletionProtection=True), "security.protect"),
    ("cluster.foreign-topic", _topic(_TOPIC), "cluster.notifications.topic"),
    ("cluster.foreign-topic", _topic(_TOPIC, "others-project"), "cluster.notifications.topic"),
    ("cluster.image-not-streamed", _streamed("ghcr.io/a/b:v1"), "models[0].image"),
    ("cluster.image-not-streamed", _streamed("gcr.io/a/b:v1"), "models[0].image"),
]
_PASSES: Final[list[tuple[str, Values]]] = [
    ("network.overlap", _vpc()),
    ("network.overlap", _vpc(pods="10.0.16.0/20", services="10.0.32.0/20")),
    ("network.overlap", _proxies("10.4.0.0/23", create=False)),
    ("network.overlap", {**_proxies("10.4.0.0/23"), "gateway": _ISTIO}),
    # Three nodes for CPUs and one for GPUs.
    ("network.few-pod-addresses", _vpc(pods="10.4.0.0/22")),
    ("network.few-pod-addresses", {**_vpc(pods="10.4.0.0/18"), **_pools(maxPods=32)}),
    (
        "network.few-pod-addresses",
        {**_vpc(pods="10.4.0.0/25"), "cluster": {"mode": "autopilot"}},
    ),
    ("network.few-node-addresses", _vpc(nodes="10.0.0.0/28")),
    ("network.few-node-addresses", {**_vpc(nodes="10.0.0.0/25"), **_pools()}),
    ("network.no-nat", {}),
    ("network.no-nat", _vpc(nat=False)),
    ("network.no-nat", {**_cluster(**_PRIVATE), **_AIR_GAPPED}),
    ("network.no-nat", {**_cluster(**_PRIVATE), **_vpc()}),
    ("network.shared-vpc-firewall", {"network": {"name": "shared"}}),
    ("network.shared-vpc-firewall", {"network": _HOST, "gateway": _ISTIO}),
    ("cluster.open-control-plane", {}),
    ("cluster.open-control-plane", _cluster(**_PRIVATE, endpoint="dns")),
    (
        "cluster.open-control-plane",
        _cluster(**_PRIVATE, authorizedNetworks=[{"name": "a", "cidr": "203.0.113.0/24"}]),
    ),
    ("cluster.half-protected", {"security": {"protect": False}}),
    (
        "cluster.half-protected",
        {"security": {"protect": True}, "cluster": {"deletionProtection": True}},
    ),
    ("cluster.half-protected", {"security": {"protect": True}, "cluster": _EXISTING}),
    ("cluster.foreign-topic", _cluster(notifications={})),
    ("cluster.foreign-topic", _topic(_TOPIC, "other-project")),
    ("cluster.image-not-streamed", {}),
    ("cluster.image-not-streamed", _streamed("docker.io/a/b:v1")),
    ("cluster.image-not-streamed", _streamed("a/b:v1")),
    ("cluster.image-not-streamed", _streamed("us-central1-docker.pkg.dev/p/r/b:v1")),
]
_WORDS: Final = [
    (
        "network.overlap",
        _vpc(services="10.7.0.0/20"),
        "10.7.0.0/20 overlaps 10.4.0.0/14 of network.vpc.pods: Google would reject the subnet",
        f"{_SET}network.vpc.services' RANGE, outside 10.4.0.0/14",
    ),
    (
        "network.few-pod-addresses",
        _vpc(pods="10.4.0.0/23"),
        (
            "10.4.0.0/23 has 512 addresses, but 4 nodes need 1024 for their Pods: GKE would add "
            "no more nodes"
        ),
        f"{_SET}network.vpc.pods' RANGE with a larger range, or lower the pools' maxPods",
    ),
    (
        "network.few-node-addresses",
        {**_vpc(nodes="10.0.0.0/26"), **_pools()},
        "10.0.0.0/26 has 60 usable addresses, but there may be 103 nodes",
        f"{_SET}network.vpc.nodes' RANGE with a larger range",
    ),
    (
        "network.no-nat",
        _cluster(**_PRIVATE),
        (
            "network default is not this stack's, and may have no NAT: images and models could not "
            "be downloaded"
        ),
        "accept this finding if the network has a NAT",
    ),
    (
        "network.shared-vpc-firewall",
        {"network": _HOST},
        (
            "GKE may not be allowed to make firewall rules in host-project: health checks and "
            "proxies would not reach Pods"
        ),
        (
            "gcloud compute firewall-rules create inference-gateway-gateway --project host-project "
            "--network shared --allow tcp:8000 "
            "--source-ranges 35.191.0.0/16,130.211.0.0/22,192.168.254.0/23, and accept this finding"
        ),
    ),
    (
        "cluster.open-control-plane",
        _cluster(**_PRIVATE),
        (
            "ip without authorizedNetworks, so the control plane is open to the entire internet "
            "although nodes are private"
        ),
        f"{_SET}cluster.endpoint' dns",
    ),
    (
        "cluster.half-protected",
        {"security": {"protect": True}},
        "false although security.protect is set, so anyone with the console can delete the cluster",
        f"{_SET}cluster.deletionProtection' true",
    ),
    (
        "cluster.foreign-topic",
        _topic(_TOPIC),
        (
            f"{_TOPIC} is not in project my-project: unless GKE's service agent may publish "
            "there, nothing arrives"
        ),
        (
            f"gcloud pubsub topics add-iam-policy-binding {_TOPIC} --role roles/pubsub.publisher "
            "--member serviceAccount:service-PROJECT_NUMBER@container-engine-robot.iam."
            "gserviceaccount.com, and accept this finding"
        ),
    ),
    (
        "cluster.image-not-streamed",
        _streamed("ghcr.io/a/b:v1"),
        (
            "comes from ghcr.io, but only images in Artifact Registry and public ones on Docker "
            "Hub are streamed: this one is pulled entirely before it starts"
        ),
        f"{_SET}models[0].image' us-central1-docker.pkg.dev/PROJECT/REPOSITORY/IMAGE",
    ),
]
TABLE: Final = Table(modules=(vpc, cluster), trips=_TRIPS, passes=_PASSES, words=_WORDS)


@pytest.mark.parametrize(
    ("raw", "severity"),
    [
        # Two nodes for CPU and one of GPUs, each with a /24; then those that may come.
        (_vpc(pods="10.4.0.0/24"), Severity.ERROR),
        ({**_vpc(pods="10.4.0.0/22"), **_pools()}, Severity.WARNING),
        ({**_vpc(pods="10.4.0.0/26"), "cluster": {"mode": "autopilot"}}, Severity.WARNING),
    ],
)
def test_ranges_that_not_even_the_first_nodes_fit_in_are_errors(
    raw: Values, severity: Severity
) -> None:
    (found,) = TABLE.of("network.few-pod-addresses", raw)

    assert found.severity is severity
