"""What a project must have before `pulumi up`: GPUs, quota, roles, APIs."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import ceil
from typing import final

from inference.catalog.gcp import (
    ACT_AS_ROLE,
    APIS,
    CERTIFICATE_API,
    CERTIFICATE_ROLE,
    CLUSTER_ROLE,
    DNS_ENDPOINT_PERMISSIONS,
    IAM_GRANT_ROLE,
    IMAGE_STREAMING_API,
    LOG_METRICS_ROLE,
    MODEL_ARMOR_API,
    MONITORING_ROLE,
    NETWORK_ROLE,
    PUBSUB_API,
    PUBSUB_ROLE,
    ROLE_PERMISSIONS,
    SECRET_MANAGER_ROLE,
    SECURITY_ROLE,
    SERVICE_USAGE_ROLE,
    STORAGE_ROLE,
    USER_ROLES,
    VPC_PERMISSIONS,
)
from inference.catalog.machines import ACCELERATORS, Capacity
from inference.catalog.secret_manager import SECRET_MANAGER_API
from inference.catalog.weights import STORAGE_API
from inference.config.cluster import ClusterMode, Endpoint
from inference.config.settings import Settings
from inference.derive.placement import capacities, machine_for, provisioned


def apis(settings: Settings) -> tuple[str, ...]:
    """Services to enable, in alphabetical order; none where nothing of Google Cloud is built."""
    if not settings.needs_project:
        return ()
    tls = settings.gateway.tls
    wanted = {
        PUBSUB_API: settings.cluster.notifications is not None,
        SECRET_MANAGER_API: settings.hugging_face_secret_manager is not None,
        STORAGE_API: settings.weights is not None,
        IMAGE_STREAMING_API: settings.streams_images,
        CERTIFICATE_API: tls is not None and tls.secret is None,
        MODEL_ARMOR_API: settings.gateway.model_armor is not None,
    }
    return tuple(sorted({*APIS, *(api for api, needed in wanted.items() if needed)}))


def _roles(settings: Settings) -> Iterator[str]:
    if not settings.cluster.is_created:
        yield from (SERVICE_USAGE_ROLE,) if settings.needs_project else ()
        # Address and proxies of another team's Gateway are not the stack's.
        if settings.needs_project and settings.gateway.existing is None:
            yield NETWORK_ROLE
    else:
        yield from (*USER_ROLES, NETWORK_ROLE, IAM_GRANT_ROLE, ACT_AS_ROLE)
    if settings.needs_project and settings.observability.watches:
        yield from (MONITORING_ROLE, LOG_METRICS_ROLE)
    if settings.hugging_face_secret_manager is not None:
        yield SECRET_MANAGER_ROLE
    if settings.weights is not None:
        yield STORAGE_ROLE
    notifications = settings.cluster.notifications
    if notifications is not None and notifications.topic is None:
        yield PUBSUB_ROLE
    gateway = settings.gateway
    if settings.needs_project and gateway.is_gke:
        tls, armor = gateway.tls, gateway.cloud_armor
        if tls is not None and tls.is_managed:
            yield CERTIFICATE_ROLE
        if (tls and tls.ssl_policy is None) or (armor and armor.policy is None):
            yield SECURITY_ROLE


def permissions(settings: Settings) -> Mapping[str, tuple[str, ...]]:
    """Roles in alphabetical order, with the permissions that stand for each in this stack."""
    found = {role: ROLE_PERMISSIONS[role] for role in sorted(_roles(settings))}
    if settings.network.vpc is not None:
        found[NETWORK_ROLE] += VPC_PERMISSIONS
    if settings.cluster.endpoint is Endpoint.DNS:
        found[CLUSTER_ROLE] += DNS_ENDPOINT_PERMISSIONS
    return found


@final
@dataclass(frozen=True, kw_only=True)
class Gpus:
    """GPUs of one kind, at the largest size that the settings allow."""

    accelerator: str
    capacity: Capacity | None
    """None in an existing cluster, whose nodes are not ours, and by a class that it has."""
    count: int


def heading(gpus: Iterable[Gpus]) -> str:
    """What the accelerators are called: GPUs, TPUs, or both."""
    nouns = dict.fromkeys(f"{ACCELERATORS[each.accelerator].kind.noun}s" for each in gpus)
    return ", ".join(nouns) or "GPUs"


@final
@dataclass(frozen=True, kw_only=True)
class Quota:
    """A regional Compute Engine quota and how much of it is used."""

    name: str
    region: str
    amount: int

    @property
    def family(self) -> tuple[str, str] | None:
        """Dimension and value of the quota for families, which counts newer GPUs, and TPUs.

        None for preemptible capacity, which has a quota of its own for every accelerator.
        """
        if self.name.startswith("PREEMPTIBLE_"):
            return None
        _, slash, tpu = self.name.partition("/")
        return ("tpu_family", tpu) if slash else ("gpu_family", self.name.removesuffix("_GPUS"))


@final
@dataclass(frozen=True, kw_only=True)
class Needs:
    """Everything that must be there beforehand."""

    gpus: tuple[Gpus, ...]
    quotas: tuple[Quota, ...]
    roles: tuple[str, ...]
    apis: tuple[str, ...]


@final
@dataclass(frozen=True, kw_only=True)
class MachineNeed:
    """A machine type of the GPU nodes, and where it must be offered."""

    machine_type: str
    zones: tuple[str, ...]
    """Every one of these; empty where any zone of the region will do."""


def machine_needs(settings: Settings) -> tuple[MachineNeed, ...]:
    """Machine types of the nodes that the stack gets. None in an existing cluster."""
    zones: dict[str, dict[str, None]] = {}
    if settings.cluster.mode is ClusterMode.STANDARD:
        for pool in settings.pools:
            zones.setdefault(pool.machine_type, {}).update(dict.fromkeys(pool.zones))
    for model in provisioned(settings):
        zones.setdefault(machine_for(settings, model).name, {})
    return tuple(
        MachineNeed(machine_type=name, zones=tuple(wanted)) for name, wanted in zones.items()
    )


def _gpus(settings: Settings) -> Iterator[tuple[str, tuple[Capacity | None, ...], int]]:
    """Accelerator, capacities of which any will do, and GPUs of one of them."""
    if settings.cluster.mode is ClusterMode.STANDARD:
        for pool in settings.pools:
            gpus = pool.max_nodes * pool.machine.gpus
            yield pool.machine.accelerator.name, (pool.capacity,), gpus
    for model in settings.models:
        elsewhere = not settings.cluster.is_created or model.gpu.compute_class is not None
        if elsewhere and not model.engine.is_simulated:
            yield model.gpu.accelerator, (None,), model.most_replicas * model.gpu.count
    for model in provisioned(settings):
        # Replicas share nodes, and whole nodes are provisioned.
        node = machine_for(settings, model).gpus
        replicas_a_node = node // model.gpu.count
        count = ceil(model.most_replicas / replicas_a_node) * node
        yield model.gpu.accelerator, capacities(settings, model), count


def _quota_name(accelerator: str, capacity: Capacity | None) -> str | None:
    """None where the capacity takes none of the project's quota."""
    found = ACCELERATORS[accelerator]
    if capacity in {None, Capacity.RESERVATION}:
        return None
    # Flex-start draws on the preemptible quota as Spot does.
    preemptible = capacity in {Capacity.SPOT, Capacity.FLEX_START}
    return found.spot_quota if preemptible else found.quota


def needs(settings: Settings) -> Needs:
    """What the stack needs of its project. Nothing of Google Cloud in a cluster elsewhere."""
    totals: Counter[tuple[str, Capacity | None]] = Counter()
    quotas: Counter[str] = Counter()
    for accelerator, alternatives, count in _gpus(settings):
        for capacity in alternatives:
            totals[accelerator, capacity] += count
        # Two capacities that draw on one quota never hold all of it at once.
        names = dict.fromkeys(_quota_name(accelerator, each) for each in alternatives)
        for name in filter(None, names):
            quotas[name] += count
    return Needs(
        gpus=tuple(
            Gpus(accelerator=accelerator, capacity=capacity, count=count)
            for (accelerator, capacity), count in totals.items()
        ),
        quotas=tuple(
            Quota(name=name, region=settings.gcp.region, amount=amount)
            for name, amount in quotas.items()
        ),
        roles=tuple(permissions(settings)),
        apis=apis(settings),
    )
