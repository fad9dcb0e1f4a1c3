"""What happens when during `pulumi up`, and how long it takes until the first token."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from graphlib import TopologicalSorter
from itertools import chain
from typing import Any, Final, cast, final

from inference.catalog import durations
from inference.catalog.durations import Duration
from inference.catalog.gcp import IMAGE_READER_ROLE, NODE_ROLE
from inference.catalog.kubernetes import RELEASE_TYPE
from inference.catalog.source import Level
from inference.config.cluster import ClusterMode
from inference.config.models import Model
from inference.derive.engines import server_of
from inference.derive.placement import pools_for
from inference.derive.timing import download_minutes, start_minutes
from inference.offline.recorder import Registration
from inference.offline.runner import Run

FIRST_TOKEN: Final = "first token"  # noqa: S105 a token of text
LEVELS: Final = (
    "minutes are estimates: H from a primary document, M from a secondary one, I inferred"
)


@final
@dataclass(frozen=True, kw_only=True)
class Step:
    """A part of the deployment. Minutes are expected values, counted from `pulumi up`."""

    id: str
    duration: Duration
    waits_for: tuple[str, ...]
    """Ids of earlier steps."""
    resources: tuple[str, ...] = ()
    """URNs; empty for what the cluster does by itself, such as pulling an image."""
    start: float = 0
    critical: bool = False
    """Whether a delay of it delays the first token."""

    @property
    def minutes(self) -> float:
        """How long it takes."""
        return self.duration.minutes

    @property
    def level(self) -> Level:
        """How well that is known."""
        return self.duration.level

    @property
    def end(self) -> float:
        """Minute in which the step is done."""
        return self.start + self.minutes


@final
@dataclass(frozen=True, kw_only=True)
class Timeline:
    """All steps in order of their start."""

    steps: tuple[Step, ...]
    total_minutes: float


_GRANT: Final = "gcp:projects/iAMMember:IAMMember"
_NODE_ROLES: Final = frozenset({NODE_ROLE, IMAGE_READER_ROLE})
_BY_TYPE: Final[Mapping[str, tuple[str, Duration]]] = {
    "gcp:projects/service:Service": ("apis", durations.ENABLE_APIS),
    "gcp:compute/network:Network": ("vpc", durations.VPC_NETWORK),
    "gcp:compute/router:Router": ("NAT", durations.ROUTER_AND_NAT),
    "gcp:compute/routerNat:RouterNat": ("NAT", durations.ROUTER_AND_NAT),
    "gcp:storage/bucket:Bucket": ("buckets", durations.BUCKETS),
    "gcp:pubsub/topic:Topic": ("notifications", durations.TOPIC),
    "gcp:compute/subnetwork:Subnetwork": ("network", durations.SUBNET_AND_ADDRESS),
    "gcp:compute/address:Address": ("network", durations.SUBNET_AND_ADDRESS),
    "gcp:certificatemanager/dnsAuthorization:DnsAuthorization": (
        "certificate",
        durations.CERTIFICATE,
    ),
    "gcp:certificatemanager/certificate:Certificate": ("certificate", durations.CERTIFICATE),
    "gcp:compute/regionSslPolicy:RegionSslPolicy": ("policies", durations.TRAFFIC_POLICIES),
    "gcp:compute/regionSecurityPolicy:RegionSecurityPolicy": (
        "policies",
        durations.TRAFFIC_POLICIES,
    ),
    "gcp:serviceaccount/account:Account": ("node account", durations.NODE_ACCOUNT),
    _GRANT: ("node account", durations.NODE_ACCOUNT),
    "gcp:monitoring/dashboard:Dashboard": ("observability", durations.OBSERVABILITY),
    "gcp:monitoring/alertPolicy:AlertPolicy": ("observability", durations.OBSERVABILITY),
    "gcp:monitoring/notificationChannel:NotificationChannel": (
        "observability",
        durations.OBSERVABILITY,
    ),
    "gcp:logging/metric:Metric": ("observability", durations.OBSERVABILITY),
    "kubernetes:gateway.networking.k8s.io/v1:Gateway": ("gateway", durations.GATEWAY),
    "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute": ("routes", durations.ROUTE),
}
_IN_CLUSTER: Final[Mapping[str, tuple[str, Duration]]] = {
    "kubernetes:gateway.networking.k8s.io/v1:Gateway": ("gateway", durations.IN_CLUSTER_GATEWAY),
    "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute": ("routes", durations.IN_CLUSTER_ROUTE),
}
"""Of a controller that is not GKE's."""


def _cluster(run: Run) -> Duration:
    autopilot = run.settings.cluster.mode is ClusterMode.AUTOPILOT
    return durations.AUTOPILOT_CLUSTER if autopilot else durations.STANDARD_CLUSTER


def object_name(resource: Registration) -> str:
    """Name of the object itself: metadata.name, or the name given to the API."""
    metadata = cast("Mapping[str, Any]", resource.inputs.get("metadata") or {})
    return str(metadata.get("name") or resource.inputs.get("name") or resource.name)


def _step_of(run: Run, resource: Registration) -> tuple[str, Duration] | None:
    """Id and duration of the step that a resource belongs to; None when it takes no time."""
    # Grants to accounts in the cluster come after it; that of the nodes comes before.
    late = resource.type == _GRANT and resource.inputs["role"] not in _NODE_ROLES
    if resource.read or late:
        return None
    match resource.type:
        case "gcp:container/cluster:Cluster":
            return "cluster", _cluster(run)
        case "gcp:container/nodePool:NodePool":
            return f"nodes {object_name(resource)}", durations.GPU_NODE_POOL
        case kind if kind == RELEASE_TYPE:
            return f"release {object_name(resource)}", durations.HELM_RELEASE
        case kind if kind in _IN_CLUSTER and not run.settings.gateway.is_gke:
            return _IN_CLUSTER[kind]
        case kind:
            return _BY_TYPE.get(kind)


def _graph(run: Run) -> tuple[dict[str, tuple[str, Duration]], dict[str, frozenset[str]]]:
    """By URN: the step of what takes time, and the ids of steps that each resource waits for."""
    step: dict[str, tuple[str, Duration]] = {}
    waits: dict[str, frozenset[str]] = {}
    for resource in run.resources:
        found = _step_of(run, resource)
        if found is not None:
            step[resource.urn] = found
        # What comes before was registered before; what takes no time passes on what it waits for.
        waits[resource.urn] = frozenset(
            chain.from_iterable(
                (step[urn][0],) if urn in step else waits.get(urn, ()) for urn in resource.waits_for
            )
        )
    return step, waits


def _resource_steps(
    step: Mapping[str, tuple[str, Duration]], waits_for: Mapping[str, frozenset[str]]
) -> Iterator[Step]:
    members: dict[str, list[str]] = {}
    for urn, (identifier, _) in step.items():
        members.setdefault(identifier, []).append(urn)
    for identifier, urns in members.items():
        waits = frozenset(chain.from_iterable(waits_for[urn] for urn in urns))
        yield Step(
            id=identifier,
            duration=step[urns[0]][1],
            waits_for=tuple(sorted(waits - {identifier})),
            resources=tuple(urns),
        )


def _server_steps(
    run: Run, model: Model, deployment: Registration, waits_for: frozenset[str]
) -> Iterator[Step]:
    """What happens on the nodes once a Deployment is accepted."""
    accepted = tuple(sorted(waits_for))
    nodes = tuple(f"nodes {pool.name}" for pool in pools_for(run.settings, model))
    if run.settings.cluster.is_autopilot and not model.engine.is_simulated:
        nodes = (f"nodes for {model.name}",)
        yield Step(id=nodes[0], duration=durations.AUTOPILOT_GPU_NODE, waits_for=accepted)
    image, server = f"image {model.name}", server_of(model)
    waits = tuple(dict.fromkeys((*accepted, *nodes)))
    yield Step(id=image, duration=server.image_pull, waits_for=waits, resources=(deployment.urn,))
    last = image
    if not model.engine.is_simulated:
        last = f"weights {model.name}"
        download = Duration(minutes=download_minutes(model), level=Level.INFERRED)
        yield Step(id=last, duration=download, waits_for=(image,))
    start = Duration(minutes=start_minutes(model), level=server.starts[-1].level)
    yield Step(id=f"start {model.name}", duration=start, waits_for=(last,))


def _drafts(run: Run) -> list[Step]:
    step, waits = _graph(run)
    drafts = list(_resource_steps(step, waits))
    models = {model.name: model for model in run.settings.models}
    for resource in run.resources:
        served = models.get(object_name(resource))
        if resource.type == "kubernetes:apps/v1:Deployment" and served is not None:
            drafts += _server_steps(run, served, resource, waits[resource.urn])
    last = {draft.id for draft in drafts} - set(
        chain.from_iterable(draft.waits_for for draft in drafts)
    )
    nothing = Duration(minutes=0, level=Level.HIGH)
    return [*drafts, Step(id=FIRST_TOKEN, duration=nothing, waits_for=tuple(sorted(last)))]


def _critical(drafts: Mapping[str, Step], ends: Mapping[str, float]) -> set[str]:
    """Ids on the longest paths, found backwards from the first token."""
    critical: set[str] = set()
    following = [FIRST_TOKEN]
    while following:
        current = following.pop()
        critical.add(current)
        waits_for = drafts[current].waits_for
        last = max((ends[step] for step in waits_for), default=0)
        following += [step for step in waits_for if ends[step] == last and step not in critical]
    return critical


def timeline(run: Run) -> Timeline:
    """Schedule every step as early as what it waits for allows."""
    drafts = {draft.id: draft for draft in _drafts(run)}
    starts: dict[str, float] = {}
    ends: dict[str, float] = {}
    for one in TopologicalSorter(
        {draft.id: draft.waits_for for draft in drafts.values()}
    ).static_order():
        starts[one] = max((ends[step] for step in drafts[one].waits_for), default=0)
        ends[one] = starts[one] + drafts[one].duration.minutes
    critical = _critical(drafts, ends)
    steps = [
        replace(draft, start=starts[draft.id], critical=draft.id in critical)
        for draft in drafts.values()
    ]
    return Timeline(
        steps=tuple(sorted(steps, key=lambda step: (step.start, step.end))),
        total_minutes=ends[FIRST_TOKEN],
    )
