"""The GKE cluster, Standard or Autopilot, or an existing one; and the provider into it."""

from __future__ import annotations

from typing import final

import pulumi
import pulumi_gcp as gcp
import pulumi_kubernetes

from components.child_options import child_after
from components.google.cluster_args import ClusterArgs, ExistingCluster, NewCluster
from components.google.cluster_options import cluster_options
from components.google.kubeconfig import kubeconfig
from components.google.node_account import NodeAccount, NodeAccountArgs
from components.type_tokens import token
from inference.config.cluster import Endpoint


@final
class Cluster(pulumi.ComponentResource):
    """A cluster and its Kubernetes provider. GPU node pools are components of their own."""

    kubernetes: pulumi_kubernetes.Provider
    """Provider of every Kubernetes object of the stack."""
    cluster: gcp.container.Cluster | None
    """None with an existing cluster."""
    account: NodeAccount | None
    """What nodes run as; None with an existing cluster."""
    kubeconfig: pulumi.Output[str] | None
    """Secret; None with an existing cluster, whose kubeconfig the user has."""

    def __init__(
        self, name: str, args: ClusterArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(token("Cluster"), name, None, opts)
        existing = args.cluster if isinstance(args.cluster, ExistingCluster) else None
        self.cluster = self.account = self.kubeconfig = None
        if isinstance(args.cluster, NewCluster):
            self.account = NodeAccount(
                f"{name}-nodes",
                NodeAccountArgs(
                    account_id=args.cluster.account_id,
                    display_name=f"Nodes of {args.cluster.name}",
                    roles=args.cluster.node_roles,
                    streams_images=args.cluster.streams_images,
                    project=args.cluster.project,
                ),
                pulumi.ResourceOptions(parent=self),
            )
            self.cluster = self._created(name, args.cluster, self.account)
            self.kubeconfig = pulumi.Output.secret(_kubeconfig(args.cluster, self.cluster))
        self.kubernetes = pulumi_kubernetes.Provider(
            f"{name}-kubernetes",
            kubeconfig=existing.kubeconfig if existing else self.kubeconfig,
            context=existing.context if existing else None,
            # Without it an unknown kubeconfig replaces the provider and all that it made.
            cluster_identifier=args.identifier,
            # Otherwise a new adapter or token would delete the object and create it again.
            enable_config_map_mutable=True,
            enable_secret_mutable=True,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({"kubeconfig": self.kubeconfig})

    def _created(self, name: str, args: NewCluster, account: NodeAccount) -> gcp.container.Cluster:
        return gcp.container.Cluster(
            f"{name}-cluster",
            name=args.name,
            location=args.location,
            network=args.network,
            subnetwork=args.subnetwork,
            release_channel=gcp.container.ClusterReleaseChannelArgs(
                channel=args.release_channel.value.upper()
            ),
            min_master_version=args.version,
            deletion_protection=args.deletion_protection,
            **cluster_options(args, account.email, self._topic(name, args)),
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[
                    # No value shows that nodes need their roles, and APIs to be enabled.
                    *account.grants,
                    *([args.project] if args.project else []),
                    # Nor that Pods need NAT, from the first one to the last.
                    *([args.nat] if args.nat else []),
                ],
                protect=args.protect,
            ),
        )

    def _topic(self, name: str, args: NewCluster) -> pulumi.Input[str] | None:
        if args.new_topic is None:
            return args.topic
        return gcp.pubsub.Topic(
            f"{name}-upgrades", name=args.new_topic, opts=child_after(self, args.project)
        ).id


def _kubeconfig(args: NewCluster, cluster: gcp.container.Cluster) -> pulumi.Output[str]:
    if args.endpoint is Endpoint.DNS:
        name = cluster.control_plane_endpoints_config.dns_endpoint_config.endpoint
        # A preview knows of the part that is given here, and not that its name is missing yet: what
        # is computed alone keeps the provider from a cluster of no name.
        return pulumi.Output.all(cluster.name, name, cluster.self_link).apply(
            lambda parts: kubeconfig(parts[0], parts[1], None)
        )
    return pulumi.Output.all(
        cluster.name, cluster.endpoint, cluster.master_auth.cluster_ca_certificate
    ).apply(lambda parts: kubeconfig(parts[0], parts[1], parts[2]))
