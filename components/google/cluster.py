"""The GKE cluster, Standard or Autopilot, or an existing one; and the way into it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

import pulumi
import pulumi_gcp as gcp
import pulumi_kubernetes

from components.google.cluster_options import cluster_options, node_options, standard_options
from components.google.kubeconfig import kubeconfig
from components.google.network import Network
from components.google.node_account import NodeAccount, NodeAccountArgs
from components.type_tokens import token
from inference.catalog.gcp import CLOUD_PLATFORM_SCOPE
from inference.catalog.system_machines import SYSTEM_MACHINES
from inference.config import Settings
from inference.config.cluster import ClusterMode, Endpoint
from inference.derive import system_pool
from inference.derive.monitoring_names import scrapes_servers
from inference.derive.names import cluster_id, upgrades_topic
from inference.derive.weights import mounts_any


@final
@dataclass(frozen=True, kw_only=True)
class ClusterArgs:
    """Which cluster."""

    settings: Settings
    project: pulumi.Resource | None
    """Enables the APIs; None where no Google Cloud resource is built."""
    network: Network | None
    """Where the cluster is made; None where none is made."""


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
        settings = args.settings
        self.cluster = self.account = self.kubeconfig = None
        project, network = args.project, args.network
        if settings.cluster.is_created and project is not None and network is not None:
            self.account = NodeAccount(
                f"{name}-nodes",
                NodeAccountArgs(settings=settings, project=project),
                pulumi.ResourceOptions(parent=self),
            )
            self.cluster = self._created(name, settings, project, network, self.account)
            self.kubeconfig = pulumi.Output.secret(_kubeconfig(settings, self.cluster))
        self.kubernetes = pulumi_kubernetes.Provider(
            f"{name}-kubernetes",
            kubeconfig=self.kubeconfig or settings.cluster.kubeconfig,
            context=settings.cluster.context,
            # Without it an unknown kubeconfig replaces the provider and all that it made.
            cluster_identifier=cluster_id(settings),
            # Otherwise a new adapter or token deletes the object before it is made anew.
            enable_config_map_mutable=True,
            enable_secret_mutable=True,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({"kubeconfig": self.kubeconfig})

    def _created(
        self,
        name: str,
        settings: Settings,
        project: pulumi.Resource,
        network: Network,
        account: NodeAccount,
    ) -> gcp.container.Cluster:
        autopilot = settings.cluster.mode is ClusterMode.AUTOPILOT
        mode = _autopilot(settings, account) if autopilot else _standard(settings, account)
        return gcp.container.Cluster(
            f"{name}-cluster",
            name=settings.cluster.name,
            location=settings.location,
            network=network.network,
            subnetwork=network.subnetwork,
            release_channel=gcp.container.ClusterReleaseChannelArgs(
                channel=settings.cluster.release_channel.value.upper()
            ),
            deletion_protection=settings.cluster.deletion_protection,
            **cluster_options(settings, self._topic(name, settings, project)),
            **mode,
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[
                    # No value shows that APIs must be enabled and that nodes need their role.
                    project,
                    account.grant,
                    # Nor that Pods need a way out, from the first one to the last.
                    *([network.way_out] if network.way_out else []),
                ],
                protect=settings.security.protect,
            ),
        )

    def _topic(
        self, name: str, settings: Settings, project: pulumi.Resource
    ) -> pulumi.Input[str] | None:
        notifications = settings.cluster.notifications
        if notifications is None or notifications.topic is not None:
            return notifications.topic if notifications else None
        return gcp.pubsub.Topic(
            f"{name}-upgrades",
            name=upgrades_topic(settings),
            opts=pulumi.ResourceOptions(
                parent=self,
                # No value shows that the API must be enabled first.
                depends_on=[project],
            ),
        ).id


def _kubeconfig(settings: Settings, cluster: gcp.container.Cluster) -> pulumi.Output[str]:
    if settings.cluster.endpoint is Endpoint.DNS:
        name = cluster.control_plane_endpoints_config.dns_endpoint_config.endpoint
        # A preview knows of the part that is given here, and not that its name is missing yet: what
        # is computed alone keeps the provider from a cluster of no name.
        return pulumi.Output.all(cluster.name, name, cluster.self_link).apply(
            lambda parts: kubeconfig(parts[0], parts[1], None)
        )
    return pulumi.Output.all(
        cluster.name, cluster.endpoint, cluster.master_auth.cluster_ca_certificate
    ).apply(lambda parts: kubeconfig(parts[0], parts[1], parts[2]))


def _autopilot(settings: Settings, account: NodeAccount) -> dict[str, Any]:
    """Autopilot's own arguments.

    A node_config would be replaced at each up (pulumi-gcp #2247).
    """
    defaults = gcp.container.ClusterClusterAutoscalingAutoProvisioningDefaultsArgs(
        service_account=account.email, oauth_scopes=[CLOUD_PLATFORM_SCOPE]
    )
    # Autopilot has Managed Prometheus and GPU metrics by itself, and no automatic monitoring.
    scraped = {} if scrapes_servers(settings) else {"monitoring_config": _monitoring(settings)}
    return {
        **scraped,
        "enable_autopilot": True,
        "cluster_autoscaling": gcp.container.ClusterClusterAutoscalingArgs(
            auto_provisioning_defaults=defaults
        ),
    }


def _standard(settings: Settings, account: NodeAccount) -> dict[str, Any]:
    """Standard's own arguments; `enable_autopilot` is left out as an explicit False conflicts."""
    machine = system_pool.machine(settings) or SYSTEM_MACHINES[-1]
    return {
        # A literal: a change of it replaces the cluster.
        "initial_node_count": system_pool.NODES_PER_ZONE,
        "node_config": gcp.container.ClusterNodeConfigArgs(
            machine_type=machine.name,
            service_account=account.email,
            oauth_scopes=[CLOUD_PLATFORM_SCOPE],
            workload_metadata_config=gcp.container.ClusterNodeConfigWorkloadMetadataConfigArgs(
                mode="GKE_METADATA"
            ),
            **node_options(settings),
        ),
        **standard_options(settings),
        "workload_identity_config": gcp.container.ClusterWorkloadIdentityConfigArgs(
            workload_pool=f"{settings.gcp.project}.svc.id.goog"
        ),
        "addons_config": _addons(settings),
        "gateway_api_config": gcp.container.ClusterGatewayApiConfigArgs(channel="CHANNEL_STANDARD"),
        "monitoring_config": _monitoring(settings),
    }


def _addons(settings: Settings) -> gcp.container.ClusterAddonsConfigArgs:
    """Add-ons that Autopilot always has."""
    return gcp.container.ClusterAddonsConfigArgs(
        http_load_balancing=gcp.container.ClusterAddonsConfigHttpLoadBalancingArgs(disabled=False),
        gcs_fuse_csi_driver_config=gcp.container.ClusterAddonsConfigGcsFuseCsiDriverConfigArgs(
            enabled=True
        )
        if mounts_any(settings)
        else None,
    )


def _monitoring(settings: Settings) -> gcp.container.ClusterMonitoringConfigArgs:
    return gcp.container.ClusterMonitoringConfigArgs(
        # Sorted, as the provider reads them back. Autopilot refuses a cluster without any.
        enable_components=["DCGM", "SYSTEM_COMPONENTS"],
        managed_prometheus=gcp.container.ClusterMonitoringConfigManagedPrometheusArgs(
            enabled=True,
            # Where the model servers' PodMonitoring is ours, ALL would scrape them twice.
            auto_monitoring_config=gcp.container.ClusterMonitoringConfigManagedPrometheusAutoMonitoringConfigArgs(
                scope="NONE" if scrapes_servers(settings) else "ALL"
            ),
        ),
    )
