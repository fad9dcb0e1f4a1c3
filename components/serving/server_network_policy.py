"""The NetworkPolicy of one model's servers: who may call them. One resource for its caller."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

import pulumi
from pulumi_kubernetes import meta, networking

from components.kubernetes_object import object_meta
from inference.catalog.ingress import COLLECTOR_LABELS, HEALTH_CHECK_RANGES, NAMESPACE_LABEL
from inference.config.models import Model
from inference.config.settings import Settings
from inference.derive.chart import server_labels
from inference.derive.names import collector_namespace, picker_name


@final
@dataclass(frozen=True, kw_only=True)
class ServerNetworkPolicyArgs:
    """Whose servers."""

    settings: Settings
    model: Model
    namespace: pulumi.Input[str]


def server_network_policy(
    name: str, args: ServerNetworkPolicyArgs, opts: pulumi.ResourceOptions
) -> networking.v1.NetworkPolicy:
    """Let in the load balancer, the picker and the collector, on the servers' port alone.

    What a server calls is not limited: it downloads from wherever its weights are. The kubelet's
    probes come from the node, which no policy shuts out.
    """
    settings, model = args.settings, args.model
    ranges = (settings.network.proxy_only_subnet.cidr, *HEALTH_CHECK_RANGES)
    callers = [
        *(
            networking.v1.NetworkPolicyPeerArgs(ip_block=networking.v1.IPBlockArgs(cidr=cidr))
            for cidr in ranges
        ),
        networking.v1.NetworkPolicyPeerArgs(
            pod_selector=_labelled({settings.release.picker_label: picker_name(model.name)})
        ),
        networking.v1.NetworkPolicyPeerArgs(
            namespace_selector=_labelled({NAMESPACE_LABEL: collector_namespace(settings)}),
            pod_selector=_labelled(COLLECTOR_LABELS),
        ),
    ]
    return networking.v1.NetworkPolicy(
        name,
        metadata=object_meta(model.name, args.namespace),
        spec=networking.v1.NetworkPolicySpecArgs(
            pod_selector=_labelled(server_labels(model)),
            policy_types=["Ingress"],
            ingress=[
                networking.v1.NetworkPolicyIngressRuleArgs(
                    from_=callers,
                    ports=[networking.v1.NetworkPolicyPortArgs(port=model.port, protocol="TCP")],
                )
            ],
        ),
        opts=opts,
    )


def _labelled(labels: Mapping[str, str]) -> meta.v1.LabelSelectorArgs:
    return meta.v1.LabelSelectorArgs(match_labels=dict(labels))
