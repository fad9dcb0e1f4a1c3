"""How many addresses of a VPC network's ranges the nodes take."""

from typing import Final

from inference.config.cluster import ClusterMode
from inference.config.settings import Settings
from inference.derive import system_pool

_PODS_A_NODE: Final = 110
"""GKE's default of a Standard cluster."""


def addresses_a_node(max_pods: int) -> int:
    """Addresses that a node takes of the Pods' range: the power of two from twice its Pods on."""
    return 1 << (2 * max_pods - 1).bit_length()


def most_nodes(settings: Settings) -> int:
    """Nodes of all pools at their largest. None on Autopilot, where nobody knows them."""
    if settings.cluster.mode is not ClusterMode.STANDARD:
        return 0
    return system_pool.nodes(settings) + sum(pool.max_nodes for pool in settings.pools)


def pod_addresses(settings: Settings) -> int:
    """Addresses that all these nodes take of the Pods' range."""
    if settings.cluster.mode is not ClusterMode.STANDARD:
        return 0
    return system_pool.nodes(settings) * addresses_a_node(_PODS_A_NODE) + sum(
        pool.max_nodes * addresses_a_node(pool.max_pods or _PODS_A_NODE) for pool in settings.pools
    )
