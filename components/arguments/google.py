"""Settings as arguments of what is on Google Cloud beside the cluster. Registers nothing."""

import pulumi

from components.arguments.resources import StackResources
from components.google.cluster import Cluster
from components.google.edge import EdgeArgs, ManagedCertificate, SecurityPolicy, SslPolicy
from components.google.load_balancer_removal import LoadBalancerRemovalArgs
from components.google.network import (
    ExistingNetwork,
    NetworkArgs,
    ProxyOnlySubnetArgs,
    ReservedAddress,
)
from components.google.project import Project, ProjectArgs
from components.google.server_account import ServerAccount
from components.google.vpc import NatArgs, VpcArgs
from components.google.weights import WeightsArgs
from components.google.workload_identity import WorkloadIdentityArgs
from components.type_tokens import token
from inference.catalog.gcp import RESOURCE_MANAGER_API
from inference.config.gateway_traffic import CloudArmor, Tls
from inference.config.network import Vpc
from inference.config.settings import Settings
from inference.config.weights import Bucket
from inference.derive.cloud_armor import armor_rules
from inference.derive.names import (
    address_path,
    authorization_names,
    bucket_name,
    cache_bucket_name,
    certificate_name,
    cloud_nat,
    cloud_router,
    gateway_address,
    gateway_policy,
    internal_address,
    network_name,
    network_path,
    nodes_subnet,
    proxy_only_subnet,
    router_name,
    subnetwork_path,
)
from inference.derive.needs import apis


def project_args(settings: Settings) -> ProjectArgs:
    """The services that the stack's resources need."""
    return ProjectArgs(apis=apis(settings))


def network_args(
    settings: Settings, project: Project, stack: str, parent: pulumi.Resource
) -> NetworkArgs:
    """Network, proxy-only subnet and addresses; without GKE's Gateways the network alone.

    `stack` and `parent` are the InferenceStack's name and itself, below which an earlier version
    had the second Gateway's address.
    """
    network, gateway = settings.network, settings.gateway
    proxies = network.proxy_only_subnet
    edge = pulumi.create_urn(f"{stack}-edge", token("Edge"), parent)
    internal = network.address if gateway.is_internal else gateway.internal_address
    made = gateway.is_gke and gateway.existing is None
    return NetworkArgs(
        region=settings.gcp.region,
        network=_vpc_args(settings, network.vpc, project)
        if network.vpc is not None
        else ExistingNetwork(network=network_path(settings), subnetwork=subnetwork_path(settings)),
        proxy_only_subnet=ProxyOnlySubnetArgs(
            name=proxy_only_subnet(settings), cidr=proxies.cidr, project=network.host_project
        )
        if settings.makes_proxy_subnet
        else None,
        external_address=_address(settings, network.address, gateway_address(settings.cluster.name))
        if made and not gateway.is_internal
        else None,
        internal_address=_address(settings, internal, internal_address(settings.cluster.name))
        if made and gateway.has_internal
        else None,
        internal_aliases=[pulumi.Alias(name=f"{stack}-edge-internal-address", parent=edge)],
        protect=settings.security.protect,
        project=project,
    )


def removal_args(
    settings: Settings, cluster: Cluster, resources: StackResources
) -> LoadBalancerRemovalArgs | None:
    """What destroy waits for before it deletes what these made; None where GKE makes nothing."""
    network, edge = resources.network, resources.edge
    if network is None or not settings.gateway.is_gke:
        return None
    # Not the components: the order of their parts would be left to chance, and with it the plan's.
    used = (
        cluster.cluster,
        network.proxy_only_subnet,
        network.external_address,
        network.internal_address,
        *(edge.used if edge else ()),
    )
    return LoadBalancerRemovalArgs(
        project=settings.gcp.project or "",
        cluster=settings.cluster.name if settings.cluster.is_created else None,
        network=network.network if settings.network.vpc is not None else None,
        namespace=resources.namespace,
        # A cluster of the stack has no others.
        services=()
        if settings.cluster.is_created
        else [*(model.name for model in settings.models), router_name(settings)],
        used=[one for one in used if one is not None],
    )


def _vpc_args(settings: Settings, vpc: Vpc, project: Project) -> VpcArgs:
    cluster = settings.cluster.name
    return VpcArgs(
        name=network_name(settings),
        subnetwork=nodes_subnet(settings),
        region=settings.gcp.region,
        nodes=vpc.nodes,
        pods=vpc.pods,
        services=vpc.services,
        nat=NatArgs(router=cloud_router(cluster), name=cloud_nat(cluster)) if vpc.nat else None,
        protect=settings.security.protect,
        project=project,
    )


def _address(settings: Settings, reserved: str | None, new: str) -> str | ReservedAddress:
    if reserved is None:
        return new
    return ReservedAddress(id=address_path(settings, reserved))


def workload_identity_args(settings: Settings, project: Project) -> WorkloadIdentityArgs:
    """The project whose accounts in clusters are granted roles."""
    return WorkloadIdentityArgs(
        project_id=settings.gcp.project or "",
        # Not all APIs: with one more to enable, a preview would not know the project's number.
        project=project.services[RESOURCE_MANAGER_API],
    )


def weights_args(
    settings: Settings, weights: Bucket, project: Project, account: ServerAccount
) -> WeightsArgs:
    """The bucket of `weights`, and one for compile caches where they are kept."""
    return WeightsArgs(
        bucket=bucket_name(settings),
        location=settings.gcp.region,
        member=account.member,
        create=weights.create,
        cache_bucket=cache_bucket_name(settings) if weights.compile_cache else None,
        protect=settings.security.protect,
        after=account.after,
        project=project,
    )


def edge_args(settings: Settings, project: Project) -> EdgeArgs | None:
    """Certificate and policies; None where none is asked for, or the Gateway is not GKE's."""
    gateway = settings.gateway
    if not gateway.is_gke or (gateway.tls is None and gateway.cloud_armor is None):
        return None
    return EdgeArgs(
        region=settings.gcp.region,
        certificate=_certificate(settings, gateway.tls) if gateway.tls else None,
        ssl_policy=_ssl_policy(settings, gateway.tls) if gateway.tls else None,
        security_policy=_security_policy(settings, gateway.cloud_armor)
        if gateway.cloud_armor
        else None,
        project=project,
    )


def _certificate(settings: Settings, tls: Tls) -> ManagedCertificate | str | None:
    if not tls.is_managed:
        return tls.certificate
    cluster, hostnames = settings.cluster.name, settings.gateway.hostnames
    return ManagedCertificate(
        name=certificate_name(cluster, hostnames),
        domains=hostnames,
        authorizations=authorization_names(cluster, hostnames),
    )


def _ssl_policy(settings: Settings, tls: Tls) -> SslPolicy | str:
    return tls.ssl_policy or SslPolicy(
        name=gateway_policy(settings.cluster.name), min_version=tls.min_version, profile=tls.profile
    )


def _security_policy(settings: Settings, armor: CloudArmor) -> SecurityPolicy | str:
    return armor.policy or SecurityPolicy(
        name=gateway_policy(settings.cluster.name), rules=armor_rules(armor)
    )
