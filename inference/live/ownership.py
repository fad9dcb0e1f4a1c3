"""Whose a resource is: the stack's by its labels or name, or perhaps another cluster's.

GKE names what it makes for Gateways and Services after a hash of the cluster, which no longer shows
the cluster once that is gone. So such a name is the stack's for certain only where no other cluster
is left that could own it. The naming is GKE's own and documented nowhere (level M).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final, final

from inference.config.settings import Settings
from inference.derive.monitoring_names import dashboard_title
from inference.derive.names import (
    cloud_router,
    error_metric_name,
    gateway_policy,
    google_labels,
    network_name,
    node_account_id,
    nodes_subnet,
    picker_name,
    proxy_only_subnet,
    service_name,
)
from inference.live.inventory import Item

_OF_A_CLUSTER: Final = re.compile(r"^(?:gkegw\d+-[a-z0-9]{4}|k8s\d+-[a-z0-9]{8})-(?P<rest>.+)$")
_VOLUME: Final = "pvc-"
_CLUSTER_LABEL: Final = "goog-k8s-cluster-name"
_LEAST_LEFT: Final = 4
"""GKE cuts long names, but never to less than this."""


class Owner(Enum):
    """Whose a resource is."""

    STACK = auto()
    PERHAPS = auto()
    """It has the stack's names, but another cluster of the project may use the same."""
    OTHERS = auto()


def _cut(text: str) -> Iterator[str]:
    """A name, whole and cut ever shorter."""
    shortest = min(len(text), _LEAST_LEFT)
    return (text[:length] for length in range(len(text), shortest - 1, -1))


@final
@dataclass(frozen=True, kw_only=True)
class Ownership:
    """What distinguishes a stack's resources from others."""

    labels: Mapping[str, str]
    cluster: str | None
    """Name of the stack's own cluster; None where the stack makes none."""
    namespace: str
    names: tuple[str, ...]
    """Names of the Gateway, the pools and their pickers."""
    others: tuple[str, ...]
    """Other clusters that are there, any of which may own what GKE named."""
    region: str
    made: frozenset[tuple[str, str]] = frozenset()
    """Collection and name of what the program makes without labels, in its region or for the
    project."""

    def has(self, collection: str, item: Item) -> bool:
        """Whether what a list of the project holds is the stack's, by its labels or its name."""
        if self.labels.items() <= item.labels.items():
            return True
        return not self.made.isdisjoint({(collection, item.name), (collection, item.display_name)})

    def of(
        self, name: str, labels: Mapping[str, str], collection: str = "", region: str = ""
    ) -> Owner:
        """Whose the resource of Compute Engine of this name and these labels is.

        One that can have no labels is the stack's by its name, in our region or in none.
        """
        made = (collection, name) in self.made and region in {"", self.region}
        if made or self.labels.items() <= labels.items():
            return Owner.STACK
        if _CLUSTER_LABEL in labels:
            return Owner.STACK if labels[_CLUSTER_LABEL] == self.cluster else Owner.OTHERS
        return Owner.STACK if self._is_node_part(name) else self._by_hash(name)

    def _by_hash(self, name: str) -> Owner:
        """Whose a resource is that GKE named after a cluster's hash."""
        found = _OF_A_CLUSTER.match(name)
        if found is None and not name.startswith(_VOLUME):
            return Owner.OTHERS
        if self.cluster is not None and not self.others:
            return Owner.STACK
        if found is None or not self._has_our_names(found["rest"]):
            return Owner.OTHERS
        return Owner.PERHAPS if self.others else Owner.STACK

    def _is_node_part(self, name: str) -> bool:
        """Whether it is named after the stack's cluster, and not after one of a longer name."""
        if self.cluster is None:
            return False
        longer = [other for other in self.others if other.startswith(f"{self.cluster}-")]
        return any(
            name.startswith(f"{kind}-{self.cluster}-")
            and not any(name.startswith(f"{kind}-{other}-") for other in longer)
            for kind in ("gke", "gk3")
        )

    def _has_our_names(self, rest: str) -> bool:
        """Whether a name goes on with the stack's namespace and one of its names."""
        return any(
            rest.startswith(f"{namespace}-{part}-")
            for namespace in _cut(self.namespace)
            for name in self.names
            for part in _cut(name)
        )


def _made(settings: Settings) -> Iterator[tuple[str, str]]:
    """Collection, as the API names it, and name of what the program makes without labels."""
    gateway, network, cluster = settings.gateway, settings.network, settings.cluster
    tls, armor = gateway.tls, gateway.cloud_armor
    if settings.makes_proxy_subnet:
        yield "subnetworks", proxy_only_subnet(settings)
    if network.vpc is not None:
        yield "networks", network_name(settings)
        yield "subnetworks", nodes_subnet(settings)
        yield "routers", cloud_router(cluster.name)
    if cluster.is_created:
        yield "serviceAccounts", node_account_id(cluster.name)
        yield "metrics", error_metric_name(settings)
        yield "services", service_name(settings)
        yield "dashboards", dashboard_title(settings)
    if tls is not None and tls.ssl_policy is None:
        yield "sslPolicies", gateway_policy(cluster.name)
    if armor is not None and not armor.policy:
        yield "securityPolicies", gateway_policy(cluster.name)


def ownership(stack: str, settings: Settings, clusters: tuple[str, ...]) -> Ownership:
    """How a stack's resources are told, with the clusters that are in the project now."""
    created = settings.cluster.is_created
    own = settings.cluster.name if created else None
    others = tuple(name for name in clusters if name != own)
    # The only cluster there is is the one that the stack was put into.
    alone = not created and len(others) == 1
    models = [model.name for model in settings.models]
    return Ownership(
        labels=google_labels(stack),
        cluster=own,
        namespace=settings.namespace,
        names=(
            *([settings.gateway.name] if settings.gateway.existing is None else []),
            *map(picker_name, models),
            *models,
        ),
        region=settings.gcp.region,
        made=frozenset(_made(settings)),
        others=() if alone else others,
    )
