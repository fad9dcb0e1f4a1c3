"""From what is needed to machines: every machine, GPUs a replica and capacity, with its price."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any, Final, final

from inference.catalog.limits import CHART_NAME_CHARACTERS, NODES_A_ZONE
from inference.catalog.machines import MACHINES, Capacity, Machine
from inference.config.models import Model
from inference.config.settings import Settings
from inference.config.traffic import Traffic
from inference.derive.capacity import Rate, rate
from inference.derive.computed_rates import Objectives, lengths_of
from inference.derive.cost import Cost, cost
from inference.derive.memory import gpu_memory
from inference.derive.names import dns_label
from inference.derive.offers import offered

_COUNTS: Final = (1, 2, 4, 8)
"""GPUs a replica that tensor parallelism is used with."""
_CONTEXT_FACTOR: Final = 2
"""The context, as a multiple of the average request, where the model's own does not fit."""
_RESERVATION: Final = "my-reservation"


@final
@dataclass(frozen=True, kw_only=True)
class Request:
    """What is to be served, where, and within which latencies."""

    model: str
    traffic: Traffic
    wanted: Objectives
    region: str
    machine: str | None = None
    """The only machine to look at; all when None."""
    capacity: Capacity | None = None
    """The only capacity to look at; all when None."""


@final
@dataclass(frozen=True, kw_only=True)
class Option:
    """One way to serve it."""

    machine: Machine
    gpus: int
    """Of one replica."""
    capacity: Capacity
    replicas: int
    nodes: int
    each: Rate
    cost: Cost
    sections: Mapping[str, Any]
    """The stack's configuration, by section."""

    @property
    def requests_per_second(self) -> float:
        """What all replicas serve."""
        return self.replicas * self.each.requests_per_second

    @property
    def order(self) -> tuple[float, int, int]:
        """Cheapest first, those without a price last; then the fewest GPUs."""
        monthly = self.cost.monthly
        total = self.nodes * self.machine.gpus
        return (float("inf") if monthly is None else monthly, total, self.gpus)


@final
@dataclass(frozen=True, kw_only=True)
class Profile:
    """What GKE Inference Quickstart says that one server does. Medians, not percentiles."""

    machine: str
    gpus: int
    requests_per_second: float
    first_token_ms: float
    per_output_token_ms: float
    """A request's time over its tokens."""
    per_million_output_tokens: float | None
    """Dollars, of Spot nodes."""


@final
@dataclass(frozen=True, kw_only=True)
class Advice:
    """Quickstart's answer, or why there is none."""

    profiles: tuple[Profile, ...] = ()
    problem: str = ""
    status: int = 0
    """Exit status of the command that asked."""


@final
@dataclass(frozen=True, kw_only=True)
class Rejected:
    """A machine that serves it in no way, and why."""

    machine: str
    reason: str


def _model(request: Request, machine: Machine, gpus: int) -> Model:
    gpu = {"accelerator": machine.accelerator.name, "count": gpus}
    name = dns_label(request.model.rpartition("/")[2], CHART_NAME_CHARACTERS)
    model = Model.model_validate({"name": name, "model": request.model, "gpu": gpu})
    memory = gpu_memory(model)
    if memory is None or memory.request is None or memory.cache >= memory.request.gib:
        return model
    whole = _CONTEXT_FACTOR * (request.traffic.input_tokens + request.traffic.output_tokens)
    context = min(memory.request.context, 1 << (whole - 1).bit_length())
    return model.model_copy(update={"max_model_len": context})


def _with(machine: Machine, count: int) -> str:
    noun = machine.accelerator.kind.noun
    return f"with {count} {noun if count == 1 else f'{noun}s'} per replica"


def _too_small(model: Model, each: str) -> str | None:
    """Why the replica's GPUs do not hold the model; None where they do."""
    memory = gpu_memory(model)
    if memory is None:
        return "its memory is unknown"
    if memory.lacks:
        return f"{each}: {memory.lacks}"
    attention = model.facts.attention if model.facts else None
    if attention is not None and attention.heads % model.gpu.count:
        return f"{attention.heads} attention heads are not divisible by {model.gpu.count}"
    return None


def _pool(machine: Machine, capacity: Capacity, region: str, nodes: int) -> dict[str, Any]:
    size: dict[str, Any] = {"nodes": nodes}
    if capacity is Capacity.FLEX_START:
        size = {"autoscaling": {"min": nodes, "max": nodes}}
    if capacity is Capacity.RESERVATION:
        size["reservation"] = _RESERVATION
    return {
        "name": "gpupool",
        "machineType": machine.name,
        "capacity": capacity.value,
        # One that is known to have it, else the first one by name.
        "zones": (offered(machine).zones_in(region) or [f"{region}-a"])[:1],
        **size,
    }


def _plain(number: float) -> float:
    """A number as people write it: 50, not 50.0."""
    return int(number) if number == int(number) else number


def _sections(
    request: Request, machine: Machine, model: Model, capacity: Capacity, replicas: int
) -> dict[str, Any]:
    """The configuration of a stack that serves the request so."""
    nodes = ceil(replicas / (machine.gpus // model.gpu.count))
    traffic, wanted = request.traffic, request.wanted
    served: dict[str, Any] = {
        "name": model.name,
        "model": model.model,
        "replicas": replicas,
        "gpu": {"accelerator": model.gpu.accelerator, "count": model.gpu.count},
    }
    if model.max_model_len is not None:
        served["maxModelLen"] = model.max_model_len
    return {
        "nodePools": [_pool(machine, capacity, request.region, nodes)],
        "gatewayRelease": "v1.5.0",
        "models": [served],
        "slo": {
            "timeToFirstTokenP95Ms": _plain(wanted.first_token),
            "interTokenP95Ms": _plain(wanted.inter_token),
        },
        "traffic": {key: _plain(value) for key, value in traffic.model_dump(by_alias=True).items()},
    }


def _replicas(request: Request, each: Rate) -> int:
    return ceil(request.traffic.peak / each.requests_per_second)


def _option(
    request: Request,
    machine: Machine,
    model: Model,
    capacity: Capacity,
    each: Rate,
) -> Option:
    replicas = _replicas(request, each)
    sections = _sections(request, machine, model, capacity, replicas)
    settings = Settings.model_validate({**sections, "gcp": {"region": request.region}})
    return Option(
        machine=machine,
        gpus=model.gpu.count,
        capacity=capacity,
        replicas=replicas,
        nodes=settings.pools[0].max_nodes,
        each=each,
        cost=cost(settings),
        sections=sections,
    )


def _of_machine(request: Request, machine: Machine) -> Iterator[Option | str]:
    """Options of a machine, or reasons against one number of GPUs."""
    for count in filter(machine.holds, _COUNTS):
        model = _model(request, machine, count)
        reason = _too_small(model, _with(machine, count))
        if reason is not None:
            yield reason
            continue
        each = rate(model, lengths_of(request.traffic), request.wanted)
        if each is None:
            yield "the speed of its GPUs is unknown"
        elif not each.requests_per_second:
            yield f"{_with(machine, count)}, a single request takes longer than allowed"
        elif _replicas(request, each) > NODES_A_ZONE:
            yield (
                f"{_with(machine, count)}, each serves {each.requests_per_second:.2g} requests/s "
                f"within these latencies, and a model has {NODES_A_ZONE:,} replicas at most"
            )
        else:
            for capacity in offered(machine).capacities:
                if request.capacity in {None, capacity}:
                    yield _option(request, machine, model, capacity, each)


def sizes(request: Request) -> tuple[list[Option], list[Rejected]]:
    """Options, cheapest first, and the machines that serve the request in no way."""
    options: list[Option] = []
    rejected: list[Rejected] = []
    for machine in MACHINES.values():
        if request.machine not in {None, machine.name}:
            continue
        if offered(machine).zones_in(request.region) == []:
            reason = f"no zone in {request.region} is known to offer it"
            rejected.append(Rejected(machine=machine.name, reason=reason))
            continue
        found = list(_of_machine(request, machine))
        here = [each for each in found if isinstance(each, Option)]
        options += here
        if not here:
            reasons = [each for each in found if isinstance(each, str)]
            reason = reasons[-1] if reasons else f"not offered as {request.capacity}"
            rejected.append(Rejected(machine=machine.name, reason=reason))
    return sorted(options, key=lambda option: option.order), rejected
