"""What a stack costs by the hour, at list prices: what is billed while it exists, line by line.

What depends on use (data, logs, samples) is named and not counted. Committed use and contracts
lower the bill; taxes are not in it.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil
from typing import Final, final

from inference.catalog.machines import Capacity, Machine
from inference.config.cluster import ClusterMode
from inference.config.models import Model
from inference.config.settings import Settings
from inference.derive import system_pool
from inference.derive.boot_disk import boot_disk_gb
from inference.derive.capacity import capacity, traffic_of
from inference.derive.placement import capacities, machine_for, pools_for, provisioned
from inference.derive.prices import HOURS_A_MONTH, Price, Prices, price_table

_SYSTEM_DISK_GB: Final = 100
_SYSTEM_DISK: Final = "pd-balanced"
"""GKE's default boot disk."""
_SECONDS_AN_HOUR: Final = 3600


@final
@dataclass(frozen=True, kw_only=True)
class Line:
    """One item of the bill."""

    item: str
    quantity: float
    price: Price | None
    """Of one of them, for an hour or a month; None where no price is known."""
    by_month: bool = False
    """Whether the price is that of a month."""
    usage_based: bool = False
    """Whether the bill depends on use, so that no hour has a price."""

    @property
    def hourly(self) -> float | None:
        """Dollars an hour of all of them; None where no price is known, or use decides."""
        if self.usage_based or self.price is None:
            return None
        return self.quantity * self.price.amount / (HOURS_A_MONTH if self.by_month else 1)


@final
@dataclass(frozen=True, kw_only=True)
class Nodes:
    """Nodes with GPUs that are billed."""

    pool: str
    machine: Machine
    capacity: Capacity
    count: int


@final
@dataclass(frozen=True, kw_only=True)
class Cost:
    """The bill of a stack."""

    lines: tuple[Line, ...]
    nodes: tuple[Nodes, ...]
    output_tokens_per_hour: float | None
    """Of all models at their average traffic; None unless each has some."""
    unpriced: tuple[str, ...]
    """What is billed and has no known price."""

    @property
    def hourly(self) -> float | None:
        """Dollars an hour; None where GPU nodes have no known price, as the rest is small."""
        known = [line.hourly for line in self.lines if line.hourly is not None]
        gpus = {_node_item(nodes) for nodes in self.nodes}
        if any(line.price is None and line.item in gpus for line in self.lines):
            return None
        if not known and self.unpriced:
            return None
        return sum(known)

    @property
    def monthly(self) -> float | None:
        """Dollars a month of 730 hours."""
        return None if self.hourly is None else self.hourly * HOURS_A_MONTH

    @property
    def per_million_output_tokens(self) -> float | None:
        """Dollars for a million tokens of answers, at the average traffic; None without traffic."""
        if self.hourly is None or not self.output_tokens_per_hour:
            return None
        return self.hourly / self.output_tokens_per_hour * 1e6


def running_replicas(settings: Settings, model: Model) -> int:
    """Replicas that run most of the time: what the peak needs, within the model's bounds."""
    found = capacity(settings, model) if model.autoscaling else None
    if found is None or found.needed is None:
        return model.least_replicas
    return max(model.least_replicas, min(found.needed, model.most_replicas))


def _standard_nodes(settings: Settings) -> Iterator[Nodes]:
    """Fixed pools whole; of autoscaled ones the nodes that the replicas left over need."""
    gpus = defaultdict[str, int](int)
    for model in settings.models:
        left = running_replicas(settings, model)
        pools = sorted(pools_for(settings, model), key=lambda pool: pool.autoscaling is not None)
        for pool in pools:
            a_node = pool.machine.gpus // model.gpu.count
            taken = min(left, pool.max_nodes * a_node)
            gpus[pool.name] += ceil(taken / a_node * pool.machine.gpus)
            left -= taken
    for pool in settings.pools:
        count = pool.max_nodes
        if pool.autoscaling is not None:
            needed = ceil(gpus[pool.name] / pool.machine.gpus)
            count = max(pool.autoscaling.min, min(needed, count))
        yield Nodes(pool=pool.name, machine=pool.machine, capacity=pool.capacity, count=count)


def gpu_nodes(settings: Settings) -> Iterator[Nodes]:
    """The GPU nodes of the stack while it serves; none in an existing cluster."""
    if settings.cluster.mode is ClusterMode.STANDARD:
        yield from _standard_nodes(settings)
    for model in provisioned(settings):
        machine = machine_for(settings, model)
        a_node = machine.gpus // model.gpu.count
        yield Nodes(
            pool=model.name,
            machine=machine,
            capacity=capacities(settings, model)[0],
            count=ceil(running_replicas(settings, model) / a_node),
        )


def _node_item(nodes: Nodes) -> str:
    return f"{nodes.machine.name} {nodes.capacity.value}, {nodes.pool}"


def _machines(settings: Settings, nodes: tuple[Nodes, ...], prices: Prices) -> Iterator[Line]:
    region = settings.gcp.region
    for found in nodes:
        price = prices.machine(found.machine.name, region, found.capacity)
        yield Line(item=_node_item(found), quantity=found.count, price=price)
    if settings.cluster.mode is not ClusterMode.STANDARD:
        return
    system = system_pool.machine(settings)
    count = system_pool.nodes(settings)
    if system is not None:
        price = prices.machine(system.name, region, Capacity.ON_DEMAND)
        yield Line(item=f"{system.name}, system nodes", quantity=count, price=price)
    disks = defaultdict[str, float](float)
    disks[_SYSTEM_DISK] += count * _SYSTEM_DISK_GB
    pools = {pool.name: pool for pool in settings.pools}
    for found in nodes:
        # Disks of nodes that GKE makes are as large as it finds right.
        pool = pools.get(found.pool)
        if pool is None:
            continue
        kind = pool.disk_type or pool.machine.disk_type
        disks[kind] += found.count * boot_disk_gb(settings, pool)
    for kind, gib in disks.items():
        price = prices.item(kind, region)
        yield Line(item=f"GiB of boot disks, {kind}", quantity=gib, price=price, by_month=True)


def _addresses(settings: Settings, nodes: tuple[Nodes, ...], prices: Prices) -> Iterator[Line]:
    """Addresses of nodes on the internet, or the NAT through which they reach it."""
    if settings.cluster.mode is not ClusterMode.STANDARD:
        return
    spot = sum(found.count for found in nodes if found.capacity is Capacity.SPOT)
    others = system_pool.nodes(settings) + sum(found.count for found in nodes) - spot
    if not settings.cluster.private_nodes:
        for count, item in ((others, "externalAddress"), (spot, "externalAddressSpot")):
            if count:
                name = f"addresses of {'Spot ' if item.endswith('Spot') else ''}nodes"
                yield Line(item=name, quantity=count, price=prices.item(item, ""))
    if settings.network.vpc is not None and settings.network.vpc.nat:
        yield Line(item="nodes behind NAT", quantity=others + spot, price=prices.item("natVm", ""))
        address = prices.item("externalAddress", "")
        yield Line(item="NAT's address", quantity=1, price=address)
        yield _usage("data through NAT", prices.item("natData", ""))


def _usage(item: str, price: Price | None = None) -> Line:
    return Line(item=item, quantity=1, price=price, usage_based=True)


def _around(settings: Settings, prices: Prices) -> Iterator[Line]:
    region = settings.gcp.region
    if settings.cluster.is_created:
        yield Line(item="cluster", quantity=1, price=prices.item("cluster", ""))
    if settings.gateway.is_gke:
        if settings.gateway.existing is None:
            rules, address = prices.item("forwardingRules", ""), prices.item("gatewayAddress", "")
            yield Line(item="load balancer of up to 5 rules", quantity=1, price=rules)
            yield Line(item="Gateway's address", quantity=1, price=address)
        yield _usage("data through the load balancer", prices.item("loadBalancerData", region))
        yield _usage("log of requests")
    if settings.on_gke:
        yield _usage("metrics")
    if settings.weights is not None:
        yield _usage("buckets of weights")


def _unpriced(settings: Settings, lines: tuple[Line, ...]) -> Iterator[str]:
    yield from (line.item for line in lines if line.price is None and not line.usage_based)
    if settings.cluster.is_autopilot:
        yield "Autopilot's premium on nodes"
    if not settings.cluster.is_created and any(
        not model.engine.is_simulated for model in settings.models
    ):
        yield "nodes of the existing cluster"


def _output_tokens(settings: Settings) -> float | None:
    total = 0.0
    for model in settings.models:
        traffic = traffic_of(settings, model)
        if traffic is None:
            return None
        total += traffic.requests_per_second * traffic.output_tokens * _SECONDS_AN_HOUR
    return total


def cost(settings: Settings, prices: Prices | None = None) -> Cost:
    """The bill of a stack at the table's prices."""
    table = price_table() if prices is None else prices
    nodes = tuple(found for found in gpu_nodes(settings) if found.count)
    lines = (
        *_machines(settings, nodes, table),
        *_addresses(settings, nodes, table),
        *_around(settings, table),
    )
    return Cost(
        lines=lines,
        nodes=nodes,
        output_tokens_per_hour=_output_tokens(settings),
        unpriced=tuple(_unpriced(settings, lines)),
    )
