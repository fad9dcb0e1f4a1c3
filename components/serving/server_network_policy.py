"""The NetworkPolicy of one model's servers: who may call them. Registers nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

from pulumi_kubernetes import meta, networking

from inference.catalog.ingress import COLLECTOR_LABELS, HEALTH_CHECK_RANGES, NAMESPACE_LABEL


@final
@dataclass(frozen=True, kw_only=True)
class Callers:
    """Who alone may call model servers: load balancer, endpoint picker and metrics collector."""

    proxy_range: str
    """Range of the proxy-only subnet, from which the load balancer sends requests."""
    picker_labels: Mapping[str, str]
    """Labels of the endpoint picker's Pods, in the servers' namespace."""
    collector_namespace: str
    """Namespace of Managed Prometheus's collector."""


def network_policy_spec(
    servers: Mapping[str, str], port: int, callers: Callers
) -> networking.v1.NetworkPolicySpecArgs:
    """Let `callers` in to Pods with the labels `servers`, on `port` alone.

    What a server calls is not limited: it downloads from wherever its weights are. The kubelet's
    probes come from the node, which no policy shuts out.
    """
    peers = [
        *_ranges((callers.proxy_range, *HEALTH_CHECK_RANGES)),
        networking.v1.NetworkPolicyPeerArgs(pod_selector=_labelled(callers.picker_labels)),
        networking.v1.NetworkPolicyPeerArgs(
            namespace_selector=_labelled({NAMESPACE_LABEL: callers.collector_namespace}),
            pod_selector=_labelled(COLLECTOR_LABELS),
        ),
    ]
    return networking.v1.NetworkPolicySpecArgs(
        pod_selector=_labelled(servers),
        policy_types=["Ingress"],
        ingress=[
            networking.v1.NetworkPolicyIngressRuleArgs(
                from_=peers,
                ports=[networking.v1.NetworkPolicyPortArgs(port=port, protocol="TCP")],
            )
        ],
    )


def _ranges(cidrs: Sequence[str]) -> list[networking.v1.NetworkPolicyPeerArgs]:
    return [
        networking.v1.NetworkPolicyPeerArgs(ip_block=networking.v1.IPBlockArgs(cidr=cidr))
        for cidr in cidrs
    ]


def _labelled(labels: Mapping[str, str]) -> meta.v1.LabelSelectorArgs:
    return meta.v1.LabelSelectorArgs(match_labels=dict(labels))
