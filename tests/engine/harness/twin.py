"""An update in which every step takes its expected time, a minute played in a second or a few.

`python -m harness.twin STACK` prints what it measured as one JSON object. How long each step takes,
and what it waits for, is the plan's timeline: the run shows whether the engine really keeps to it.
"""

import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, final

from harness.gateway_controller import ACCEPTING, PROGRAMMING
from harness.run_folder import RunFolder
from harness.scenario import scenario
from harness.stages import PodPlay, stages
from inference.config.stack_file import read_stack
from inference.offline.plan import Plan, make_plan
from inference.offline.runner import run_program
from inference.offline.timeline import Step

_SERVER_STEPS: Final = ("image", "weights", "start")
_LATENCIES: Final = {"gateway": PROGRAMMING, "routes": ACCEPTING}


@final
@dataclass(frozen=True, kw_only=True)
class Twin:
    """What was expected and what was measured, all in seconds.

    Attributes:
        expected: end of each step by the plan's timeline; a step whose real work, such as Helm's,
            takes longer here than a sixtieth of its time on GKE is given the time that it took.
        measured: end of each step, from the first operation on.
        lags: from the end of the last step that a step waits for to its own first operation.
            Negative where the engine waits for less than the plan says; more than the engine needs
            to begin a step where it waits for something that the plan does not show. Without
            servers, whose Deployments are made before their nodes are there.
        makespan: from the first operation to the end of the last.
        critical_path: the timeline's total, without that allowance.
        sequential: all steps one after the other, as the tutorial takes them.

    """

    expected: Mapping[str, float]
    measured: Mapping[str, float]
    lags: Mapping[str, float]
    makespan: float
    critical_path: float
    sequential: float


def _latencies(plan: Plan, scale: float) -> dict[str, float]:
    """Seconds by operation; a step whose resources follow each other shares its time among them."""
    kinds = {resource.urn: resource.kind for resource in plan.run.resources}
    found: dict[str, float] = {}
    for step in plan.timeline.steps:
        kind = _LATENCIES.get(step.id)
        if kind is not None:
            found[kind] = step.minutes * scale
        elif step.resources and step.id.partition(" ")[0] not in _SERVER_STEPS:
            waves = {plan.waves[urn] for urn in step.resources}
            for urn in step.resources:
                found[f"create {kinds[urn]}"] = step.minutes * scale / len(waves)
    return found


def _server_start(plan: Plan) -> float:
    steps = {step.id.partition(" ")[0]: step.minutes for step in plan.timeline.steps}
    return sum(steps[name] for name in _SERVER_STEPS)


@final
@dataclass(frozen=True, kw_only=True)
class _Span:
    start: float
    end: float


def _measured(steps: Sequence[Step], run: RunFolder) -> tuple[dict[str, _Span], float]:
    """When each step that makes resources began and ended, and the end of the last operation."""
    made = {one.name: one for one in run.operations() if one.what == "create"}
    began = min(one.start for one in made.values())
    spans: dict[str, _Span] = {}
    for step in steps:
        own = [made[urn.rpartition("::")[2]] for urn in step.resources]
        if own:
            start, end = min(one.start for one in own), max(one.end for one in own)
            spans[step.id] = _Span(start=start - began, end=end - began)
    return spans, max(one.end for one in made.values()) - began


def _expected(steps: Sequence[Step], spans: Mapping[str, _Span], scale: float) -> dict[str, float]:
    ends: dict[str, float] = {}
    for step in steps:
        seconds = step.minutes * scale
        # A Deployment is made before its nodes are there, and waits for them: that is no work.
        if step.id in spans and step.id.partition(" ")[0] not in _SERVER_STEPS:
            seconds = max(seconds, spans[step.id].end - spans[step.id].start)
        ends[step.id] = max((ends[other] for other in step.waits_for), default=0) + seconds
    return {name: max(ends[other] for other in _rest(name)) for name in spans}


def _lags(steps: Sequence[Step], spans: Mapping[str, _Span]) -> dict[str, float]:
    ends: dict[str, float] = {}
    lags: dict[str, float] = {}
    for step in steps:
        ready = max((ends[other] for other in step.waits_for), default=0)
        ends[step.id] = spans[step.id].end if step.id in spans else ready
        if step.id in spans and step.id.partition(" ")[0] not in _SERVER_STEPS:
            lags[step.id] = spans[step.id].start - ready
    return lags


def play(folder: Path, stack: str, seconds_a_minute: float = 1) -> Twin:
    """Update a stack of the program once, in `seconds_a_minute` sixtieths of the expected time."""
    plan = make_plan(run_program(read_stack(stack)))
    steps = plan.timeline.steps
    pods = PodPlay(stages=stages(_server_start(plan) * seconds_a_minute))
    with scenario(folder, stack, pods) as started:
        started.run.set_latency(_latencies(plan, seconds_a_minute))
        started.engine.up()
        spans, makespan = _measured(steps, started.run)
    return Twin(
        expected=_expected(steps, spans, seconds_a_minute),
        measured={name: span.end for name, span in spans.items()},
        lags=_lags(steps, spans),
        makespan=makespan,
        critical_path=plan.timeline.total_minutes * seconds_a_minute,
        sequential=sum(step.minutes for step in steps) * seconds_a_minute,
    )


def _rest(identifier: str) -> set[str]:
    """Steps that are over when a step's resources are ready: a Deployment waits for its servers."""
    name, _, model = identifier.partition(" ")
    if name == _SERVER_STEPS[0]:
        return {f"{step} {model}" for step in _SERVER_STEPS}
    return {identifier}


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        json.dump(asdict(play(Path(temporary), sys.argv[1])), sys.stdout)
