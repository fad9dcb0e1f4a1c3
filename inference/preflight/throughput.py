"""Replicas beside the declared traffic: too few for its peak, far too many, or none to spare."""

from collections.abc import Iterator
from math import ceil
from typing import Final

from inference.catalog.source import inferred
from inference.config import Finding, Settings
from inference.config.finding import set_command
from inference.config.models import Model
from inference.derive.capacity import Capacity, capacity
from inference.derive.expected import busy_at
from inference.derive.placement import machine_for
from inference.preflight.fitting import replicas_key
from inference.preflight.registry import info, warning

_MODEL: Final = inferred(
    "load points of vLLM on an H100 and the roofline between them; docs/capacity.md has the errors"
)
TOO_FEW_REPLICAS: Final = warning(
    id="throughput.too-few-replicas",
    cause="A model's replicas, or its `autoscaling.max`, cannot serve the peak in `traffic` "
    "within the latencies in `slo`.",
    consequence="At peak load, requests wait and the objectives are missed.",
    fix="Raise `replicas` or `autoscaling.max` to the number in the finding, with the GPUs for it.",
    source=_MODEL,
)
TOO_MANY_REPLICAS: Final = warning(
    id="throughput.too-many-replicas",
    cause="A model's replicas, or its `autoscaling.min`, are more than twice what the peak in "
    "`traffic` needs.",
    consequence="GPUs are paid for that the declared traffic does not use.",
    fix="Lower `replicas` or `autoscaling.min`, or declare the expected traffic.",
    source=_MODEL,
)
NODE_LOSS: Final = info(
    id="throughput.node-loss",
    cause="A model's replicas handle the peak, but not if one node is lost.",
    consequence="While a node is replaced at peak load, the objectives are missed.",
    fix="Raise `replicas` or `autoscaling.max` by the number of replicas per node, or accept the "
    "finding.",
    source=_MODEL,
)
LATE_SCALE_OUT: Final = warning(
    id="throughput.late-scale-out",
    cause="`autoscaling` sets a share of the KV cache that is reached only once the latencies in "
    "`slo` are already missed, at the lengths in `traffic`.",
    consequence="Servers are added too late, or never, while clients wait.",
    fix="Remove `kvCacheUsage`: unset, it is derived from `traffic` and `slo`.",
    source=_MODEL,
)
UNREACHABLE_OBJECTIVE: Final = warning(
    id="throughput.unreachable-objective",
    cause="A single request takes longer than the latencies in `slo` allow.",
    consequence="No number of replicas meets the objectives.",
    fix="Choose other GPUs, or more of them per replica, or raise the latencies in `slo`.",
    source=_MODEL,
)
_GENEROUS: Final = 2


def _peak(found: Capacity) -> str:
    return f"the peak of {found.traffic.peak:g} requests/s"


def _each(found: Capacity) -> str:
    return f"{found.each.requests_per_second:.3g} each ({found.each.how})"


def _replicas(
    settings: Settings, index: int, model: Model, found: Capacity, needed: int
) -> Iterator[Finding]:
    most = replicas_key(index, model, "max")
    if needed > found.replicas:
        yield TOO_FEW_REPLICAS.finding(
            most,
            f"{found.replicas} replicas serve {found.requests_per_second:.3g} requests/s within "
            f"the SLO, {_each(found)}; {_peak(found)} needs {needed}, so requests would wait",
            set_command(most, str(needed)) + ", with nodes and quota for "
            f"{needed * model.gpu.count} {model.gpu.accelerator}",
        )
        return
    if model.least_replicas > _GENEROUS * needed:
        least = replicas_key(index, model, "min")
        yield TOO_MANY_REPLICAS.finding(
            least,
            f"{model.least_replicas} replicas always run, and {_peak(found)} needs {needed}, "
            f"{_each(found)}: more than half of the GPUs would be paid for but unused",
            set_command(least, str(needed)),
        )
    a_node = min(found.replicas, machine_for(settings, model).gpus // model.gpu.count)
    if found.replicas - a_node < needed:
        nodes_more = ceil((needed + a_node - found.replicas) / a_node) * a_node
        yield NODE_LOSS.finding(
            most,
            f"one node holds up to {a_node} of {found.replicas} replicas, and {_peak(found)} "
            f"needs {needed}: without that node, the objectives would be missed",
            set_command(most, str(found.replicas + nodes_more)) + ", with a node for them"
            if found.replicas + nodes_more <= _GENEROUS * needed
            else "use smaller nodes, so that one holds fewer of the replicas",
        )


def _late(settings: Settings, index: int, model: Model) -> Iterator[Finding]:
    """Where the stack file's own share of the KV cache is above the one at which objectives hold.

    Scaling by a short queue does not help: vLLM counts as waiting only what finds no slot.
    """
    given = model.autoscaling
    if given is None or "kv_cache_usage" not in given.model_fields_set:
        return
    share, limit = given.kv_cache_usage, busy_at(settings, model, 1)
    if share is not None and limit is not None and share > limit.kv_cache_usage:
        path = f"models[{index}].autoscaling.kvCacheUsage"
        yield LATE_SCALE_OUT.to_remove(
            path,
            f"at {share:.0%} of the KV cache, the objectives are already missed: "
            f"they are met up to {limit.kv_cache_usage:.1%}, so servers would be added too late; "
            "unset, it is derived from `traffic` and `slo`",
        )


def findings(settings: Settings) -> Iterator[Finding]:
    """Findings about models that have traffic and latencies to keep."""
    for index, model in enumerate(settings.models):
        found = capacity(settings, model)
        if found is None:
            continue
        if found.needed is None:
            yield UNREACHABLE_OBJECTIVE.finding(
                f"models[{index}].gpu",
                f"a request of {found.traffic.input_tokens} + {found.traffic.output_tokens} "
                f"tokens alone takes longer on {model.gpu.count} {model.gpu.accelerator} than the "
                "SLO allows: no number of replicas would meet it",
            )
        else:
            yield from _replicas(settings, index, model, found, found.needed)
            yield from _late(settings, index, model)
