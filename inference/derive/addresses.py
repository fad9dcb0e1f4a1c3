"""How many addresses of a VPC network's ranges the nodes take."""

from collections.abc import Sequence
from ipaddress import IPv4Network, collapse_addresses
from math import ceil

from inference.catalog.limits import AUTOPILOT_PODS_A_NODE, DEFAULT_PODS_A_NODE
from inference.config.cluster import ClusterMode
from inference.config.gateway import GatewaySettings
from inference.config.settings import Settings
from inference.derive import system_pool
from inference.derive.placement import machine_for


def everyone(ranges: Sequence[str]) -> bool:
    """Whether ranges together are all addresses, as 0.0.0.0/0 or its two halves are."""
    addresses = [IPv4Network(cidr) for cidr in ranges if ":" not in cidr]
    return any(one.prefixlen == 0 for one in collapse_addresses(addresses))


def restricts_sources(gateway: GatewaySettings) -> bool:
    """Whether Cloud Armor lets in some addresses alone, as a policy of another is taken to."""
    armor = gateway.cloud_armor
    return armor is not None and bool(armor.policy or (armor.allow and not everyone(armor.allow)))


def addresses_a_node(max_pods: int) -> int:
    """Addresses that a node takes of the Pods' range: the power of two from twice its Pods on."""
    return 1 << (2 * max_pods - 1).bit_length()


def most_nodes(settings: Settings) -> int:
    """Nodes of all pools at their largest; on Autopilot those of the servers, and one besides."""
    if settings.cluster.mode is ClusterMode.AUTOPILOT:
        return 1 + sum(
            ceil(model.most_replicas / (machine_for(settings, model).gpus // model.gpu.count or 1))
            for model in settings.models
        )
    return system_pool.nodes(settings) + sum(pool.max_nodes for pool in settings.pools)


def nodes_at_start(settings: Settings) -> int:
    """Nodes that the pools always have; 0 on Autopilot, which makes them for Pods."""
    if settings.cluster.mode is ClusterMode.AUTOPILOT:
        return 0
    return system_pool.nodes(settings) + sum(pool.min_nodes for pool in settings.pools)


def pod_addresses(settings: Settings, *, at_start: bool = False) -> int:
    """Addresses of the Pods' range that all nodes take, or those that the pools always have."""
    if settings.cluster.mode is ClusterMode.AUTOPILOT:
        nodes = 0 if at_start else most_nodes(settings)
        return nodes * addresses_a_node(AUTOPILOT_PODS_A_NODE)
    return system_pool.nodes(settings) * addresses_a_node(DEFAULT_PODS_A_NODE) + sum(
        (pool.min_nodes if at_start else pool.max_nodes)
        * addresses_a_node(pool.max_pods or DEFAULT_PODS_A_NODE)
        for pool in settings.pools
    )
