"""A resource whose deletion waits until GKE has removed what is left of its load balancers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi import dynamic

from components.type_tokens import token
from components.wait_provider import WaitProvider


@final
@dataclass(frozen=True, kw_only=True)
class LoadBalancerRemovalArgs:
    """Whose load balancers, and what they use."""

    project: str
    """Project of the cluster."""
    cluster: str | None = None
    """Name of the cluster where it is the stack's own, with all that is in it; None where not."""
    network: pulumi.Input[str] | None = None
    """Name of the VPC network where it is the stack's own; None where others use it too."""
    namespace: pulumi.Input[str] = "default"
    """Namespace of the pools. In a cluster of others no other one is looked at."""
    services: Sequence[str] = ()
    """What the names of the stack's Services there begin with."""
    used: Sequence[pulumi.Resource] = ()
    """What load balancers use: it is deleted afterwards."""


class Provider(WaitProvider):
    """Waits when it deletes. Named by states: see `WaitProvider`."""

    identity = "load-balancer-removal"

    def delete(self, _id: str, props: dict[str, Any]) -> None:  # pyrefly: ignore[bad-override-param-name] as WaitProvider
        """Wait until the load balancers are gone.

        Raises:
            WaitError: when they are not in time.
        """
        # Here, as neither a plan nor an update asks Google for anything.
        from inference.live.removal import LoadBalancers, await_removal  # noqa: PLC0415

        self.show_errors_alone()
        await_removal(
            LoadBalancers(
                project=props["project"],
                cluster_uid=props["clusterUid"],
                cluster=props.get("cluster"),
                network=props.get("network"),
                namespace=props["namespace"],
                services=tuple(props["services"]),
            )
        )


@final
class _Removal(dynamic.Resource, module="google", name="LoadBalancerRemoval"):
    """The resource itself."""


@final
class LoadBalancerRemoval(pulumi.ComponentResource):
    """Lies between Gateways and pools, which depend on it, and what their load balancers use.

    GKE lets a Gateway go before network endpoint groups and firewall rules are gone, and Google
    refuses to delete the network, subnets and policies that those use; the provider does not ask
    twice. A cluster that is deleted first leaves them for good.
    """

    wait: pulumi.Resource
    """What Gateways and pools depend on."""

    def __init__(
        self,
        name: str,
        args: LoadBalancerRemovalArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(token("LoadBalancerRemoval"), name, None, opts)
        # GKE notes it as the cluster's own id in what it makes for load balancers.
        system = kubernetes.core.v1.Namespace.get(
            f"{name}-kube-system", "kube-system", opts=pulumi.ResourceOptions(parent=self)
        )
        self.wait = _Removal(
            Provider(),
            f"{name}-wait",
            {
                "project": args.project,
                "clusterUid": system.metadata.uid,
                "cluster": args.cluster,
                "network": args.network,
                "namespace": args.namespace,
                "services": list(args.services),
            },
            # No value shows what load balancers use.
            pulumi.ResourceOptions(parent=self, depends_on=list(args.used)),
        )
        self.register_outputs({})
