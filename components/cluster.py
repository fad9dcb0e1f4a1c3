"""The GKE cluster, Standard or Autopilot, or an existing one; and the way into it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

import pulumi
import pulumi_gcp as gcp
import pulumi_kubernetes

from catalog.gcp import CLOUD_PLATFORM_SCOPE
from catalog.system_machines import SYSTEM_MACHINES
from components.kubeconfig import kubeconfig
from components.node_account import NodeAccount, NodeAccountArgs
from components.tokens import token
from config import Settings
from config.cluster import ClusterMode
from derive import system_pool
from derive.names import cluster_id
from derive.watching import scrapes_servers


@final
@dataclass(frozen=True, kw_only=True)
class ClusterArgs:
    """Which cluster."""

    settings: Settings
    project: pulumi.Resource | None
    """Enables the APIs; None where no Google Cloud resource is built."""


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
        if settings.cluster.is_created and args.project is not None:
            self.account = NodeAccount(
                f"{name}-nodes",
                NodeAccountArgs(settings=settings, project=args.project),
                pulumi.ResourceOptions(parent=self),
            )
            self.cluster = self._created(name, settings, args.project, self.account)
            self.kubeconfig = pulumi.Output.secret(
                pulumi.Output.all(
                    self.cluster.name,
                    self.cluster.endpoint,
                    self.cluster.master_auth.cluster_ca_certificate,
                ).apply(lambda parts: kubeconfig(parts[0], parts[1], parts[2]))
            )
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
        self, name: str, settings: Settings, project: pulumi.Resource, account: NodeAccount
    ) -> gcp.container.Cluster:
        autopilot = settings.cluster.mode is ClusterMode.AUTOPILOT
        mode = _autopilot(settings, account) if autopilot else _standard(settings, account)
        return gcp.container.Cluster(
            f"{name}-cluster",
            name=settings.cluster.name,
            location=settings.location,
            network=settings.network.name,
            subnetwork=settings.network.subnetwork,
            # The gateway's load balancer sends to Pods: the cluster must be VPC-native.
            ip_allocation_policy=gcp.container.ClusterIpAllocationPolicyArgs(),
            release_channel=gcp.container.ClusterReleaseChannelArgs(
                channel=settings.cluster.release_channel.value.upper()
            ),
            deletion_protection=settings.cluster.deletion_protection,
            **mode,
            opts=pulumi.ResourceOptions(
                parent=self,
                # No value shows that APIs must be enabled and that nodes need their role.
                depends_on=[project, account.grant],
            ),
        )


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
        ),
        "workload_identity_config": gcp.container.ClusterWorkloadIdentityConfigArgs(
            workload_pool=f"{settings.gcp.project}.svc.id.goog"
        ),
        "addons_config": gcp.container.ClusterAddonsConfigArgs(
            http_load_balancing=gcp.container.ClusterAddonsConfigHttpLoadBalancingArgs(
                disabled=False
            )
        ),
        "gateway_api_config": gcp.container.ClusterGatewayApiConfigArgs(channel="CHANNEL_STANDARD"),
        "monitoring_config": _monitoring(settings),
    }


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
