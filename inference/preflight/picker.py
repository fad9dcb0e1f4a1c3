"""Endpoint pickers: what the release's chart makes of their settings, and their nodes."""

from collections.abc import Iterator, Sequence
from typing import Final

from pydantic.alias_generators import to_camel

from inference.catalog.facts import CHART_V1_0_0, LEADER_ELECTION, OWN_KEYS
from inference.catalog.releases import ValuesLayout
from inference.catalog.scorers import (
    FLOW_CONTROL_RELEASES,
    LEAST_BLOCK_OF_LLM_D,
    SCORERS_SOURCE,
)
from inference.catalog.system_machines import RESERVATIONS_SOURCE, SYSTEM_MACHINES
from inference.config import Finding, Settings, Severity
from inference.config.cluster import ClusterMode
from inference.config.finding import remove_command, set_command
from inference.derive import system_pool
from inference.derive.expected import scale_out
from inference.derive.picker import scorer_weights, scorers_of, traffic_requests
from inference.preflight.registry import error, own_rule, refusal, warning

UPDATE_STICKS: Final = error(
    id="picker.update-sticks",
    cause="Several pickers elect a leader, but the chart of release v1.0.0 uses a rolling update, "
    "although only the leader is ever ready.",
    consequence="Each later change to a picker waits indefinitely for a second one to become "
    "ready, and the old ones stay.",
    fix="Use release v1.5.0 or later, or one picker.",
    source=LEADER_ELECTION,
)
SETTING_IGNORED: Final = warning(
    id="picker.setting-ignored",
    cause="`picker.failureMode` or `picker.requests` is set, but the chart of release v1.0.0 has "
    "no such value.",
    consequence="The CRD's default FailClose applies, and pickers have no resource requests; the "
    "setting only sizes their nodes.",
    fix="Use release v1.5.0 or later, or remove the setting.",
    source=CHART_V1_0_0,
)
MORE_THAN_NODES: Final = warning(
    id="picker.more-than-nodes",
    cause="A model has more picker replicas than there are CPU nodes to spread them over.",
    consequence="Two of them share a node, and are lost together with it.",
    fix="Lower `picker.replicas`, or use a regional cluster.",
    source=LEADER_ELECTION,
)
NO_WEIGHTS: Final = own_rule(
    id="picker.no-weights",
    cause="Every weight of `picker.scorers` is 0.",
    consequence="Every server scores the same: requests are distributed at random.",
    fix="Leave `scorers` unset, or give one a weight.",
)
NOT_IN_RELEASE: Final = refusal(
    id="picker.not-in-release",
    cause="`picker` sets a scorer or flow control that the release's picker does not have.",
    consequence="The picker does not start, and requests fail or go to any server.",
    fix="Use a release that has it, or remove the key.",
    source=SCORERS_SOURCE,
)
PARAMETERS_WITHOUT_WEIGHT: Final = warning(
    id="picker.parameters-without-weight",
    cause="A scorer has parameters, but its weight is 0.",
    consequence="The scorer is left out, and the parameters have no effect.",
    fix="Set its weight, or remove its parameters.",
    source=OWN_KEYS,
)
BLOCK_RAISED: Final = warning(
    id="picker.block-raised",
    cause=f"`picker.scorers.prefixCache.blockSize` is below {LEAST_BLOCK_OF_LLM_D} with llm-d.",
    consequence=f"Its picker uses {LEAST_BLOCK_OF_LLM_D} tokens instead.",
    fix=f"Set {LEAST_BLOCK_OF_LLM_D} or more.",
    source=SCORERS_SOURCE,
)
FLOW_CONTROL_HIDES_LOAD: Final = warning(
    id="picker.flow-control-hides-load",
    cause="Flow control starts to queue requests at a server load no higher than the one at which "
    "the autoscaler adds servers.",
    consequence="Requests wait in the picker, the servers never report overload, and their number "
    "does not grow.",
    fix="Start flow control at a higher load, or autoscaling at a lower one.",
    source=SCORERS_SOURCE,
)

SYSTEM_POOL_TOO_SMALL: Final = error(
    id="system-pool.too-small",
    cause="The pickers of all models request more than the default pool's nodes have, even with "
    "the largest CPU machine type.",
    consequence="Pickers stay Pending, and their Helm releases fail.",
    fix="Spread the models over several stacks.",
    source=RESERVATIONS_SOURCE,
)


def _absent(key: str, what: str, settings: Settings, releases: Sequence[str]) -> Finding:
    return NOT_IN_RELEASE.finding(
        key,
        f"the picker of {settings.release.name} has no {what}, and would not start with it",
        set_command("gatewayRelease", releases[0]) + ", or " + remove_command(key),
    )


def _scorers(settings: Settings) -> Iterator[Finding]:
    release = settings.release
    for name, scorer, weight, given in scorers_of(settings.picker):
        key = f"picker.scorers.{to_camel(name)}"
        if weight and release.name not in scorer.releases:
            yield _absent(key, scorer.plugin, settings, scorer.releases)
        if given and not weight:
            yield PARAMETERS_WITHOUT_WEIGHT.finding(
                key,
                "has weight 0, so its parameters have no effect",
                set_command(f"{key}.weight", "1") + ", or " + remove_command(key),
            )
        size = given.get("block_size", LEAST_BLOCK_OF_LLM_D)
        if release.values_layout is ValuesLayout.ROUTER and size < LEAST_BLOCK_OF_LLM_D:
            yield BLOCK_RAISED.to_set(
                f"{key}.blockSize",
                f"the picker of {release.name} uses {LEAST_BLOCK_OF_LLM_D} tokens instead of "
                f"{size}",
                str(LEAST_BLOCK_OF_LLM_D),
            )


def _flow_control(settings: Settings) -> Iterator[Finding]:
    flow, path = settings.picker.flow_control, "picker.flowControl"
    if flow is None:
        return
    if settings.release.name not in FLOW_CONTROL_RELEASES:
        yield _absent(path, "flow control", settings, FLOW_CONTROL_RELEASES)
    for model in settings.models:
        if model.autoscaling is None:
            continue
        at = scale_out(settings, model, model.autoscaling)
        waits = at.queue_depth is not None and flow.queue_depth > at.queue_depth
        fills = at.kv_cache_usage is not None and flow.kv_cache_usage > at.kv_cache_usage
        if not waits and not fills:
            yield FLOW_CONTROL_HIDES_LOAD.finding(
                path,
                f"queues requests for {model.name} before its autoscaler would add a server, at "
                f"{_load(at.queue_depth, at.kv_cache_usage)}: their number would not grow",
                set_command(f"{path}.queueDepth", str(2 * at.queue_depth))
                if at.queue_depth is not None
                else set_command(f"{path}.kvCacheUsage", "1"),
            )


def _load(queue: int | None, usage: float | None) -> str:
    waiting = [f"{queue} waiting"] if queue is not None else []
    return " or ".join([*waiting, *([f"{usage:.0%} of the KV cache"] if usage is not None else [])])


def _nodes(settings: Settings) -> Iterator[Finding]:
    if settings.cluster.mode is not ClusterMode.STANDARD:
        return
    requests = traffic_requests(settings)
    if system_pool.machine(settings) is None:
        nodes = system_pool.nodes(settings)
        pickers = len(settings.models) * settings.picker.replicas
        largest = SYSTEM_MACHINES[-1]
        yield SYSTEM_POOL_TOO_SMALL.finding(
            "models",
            f"{pickers} pickers of {requests.cpu:g} CPU and {requests.memory_gib:g} GiB on "
            f"{nodes} nodes: more than {largest.name} can hold, so pickers would stay Pending",
            # A chart that cannot request anything lets the scheduler place its pickers anyway.
            severity=None if settings.release.configures_picker else Severity.WARNING,
        )


def findings(settings: Settings) -> Iterator[Finding]:
    """Findings about replicas, scorers and the values of the chart."""
    picker, path = settings.picker, "picker.replicas"
    yield from _scorers(settings)
    yield from _flow_control(settings)
    if not any(scorer_weights(picker).values()):
        yield NO_WEIGHTS.to_remove(
            "picker.scorers",
            "all weights are 0: every server would have the same score",
        )
    if not settings.release.configures_picker:
        if picker.replicas > 1:
            yield UPDATE_STICKS.finding(
                path,
                f"{picker.replicas} pickers of release {settings.release.name} could not be "
                "updated: a new one is ready only once it leads, and the old leader stays until "
                "then",
                set_command("gatewayRelease", "v1.5.0") + ", or " + set_command(path, "1"),
            )
        ignored = {
            "picker.failureMode": picker.failure_mode,
            "picker.requests": picker.requests,
        }
        for key, value in ignored.items():
            if value is not None:
                yield SETTING_IGNORED.finding(
                    key,
                    f"chart {settings.release.name} has no value for it, so it has no effect on "
                    "the picker",
                    set_command("gatewayRelease", "v1.5.0") + ", or " + remove_command(key),
                )
    if settings.cluster.mode is ClusterMode.STANDARD:
        nodes = system_pool.nodes(settings)
        if picker.replicas > nodes:
            yield MORE_THAN_NODES.to_set(
                path,
                f"{picker.replicas} pickers on {nodes} CPU nodes: two of a model share a node, "
                "and are lost together with it",
                str(nodes),
            )
    yield from _nodes(settings)
