"""Waves and timeline of real configurations, run through the real program."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any, Final

import pytest
from conftest import SEVERAL_MODELS, run

from inference.config.finding import RefusedError
from inference.offline.plan import waves
from inference.offline.recorder import Registration
from inference.offline.runner import Run
from inference.offline.timeline import FIRST_TOKEN, Step, Timeline, timeline

_FOREIGN: Final[Mapping[str, Any]] = {
    "cluster": {"mode": "existing", "context": "kind-local"},
    "gateway": {"className": "istio", "wait": False},
}
_TUTORIAL: Final[Mapping[str, Any]] = {
    "nodePools": [{"machineType": "a3-highgpu-2g", "capacity": "spot", "nodes": 2}],
    "models": [
        {
            "name": "llama3-8b",
            "replicas": 3,
            "lora": {"adapters": [{"name": "food-review", "source": "owner/food"}]},
            "objectives": [{"name": "food-review", "priority": 10}],
        }
    ],
}
_CONFIGURATIONS: Final[Mapping[str, Mapping[str, Any]]] = {
    "default": {},
    "tutorial": _TUTORIAL,
    "several models": SEVERAL_MODELS,
    "several models by path": {**SEVERAL_MODELS, "gateway": {"routing": "path"}},
    "autopilot": {"cluster": {"mode": "autopilot"}, "models": _TUTORIAL["models"]},
    "several models on autopilot": {
        "cluster": {"mode": "autopilot"},
        "models": SEVERAL_MODELS["models"],
    },
    "internal gateway": {"gateway": {"className": "gke-l7-rilb"}},
    "newest release": {**_TUTORIAL, "gatewayRelease": "llm-d-v0.10.0"},
    "existing on GKE": {"cluster": {"mode": "existing", "context": "gke"}},
    "existing elsewhere": _FOREIGN,
}
_every_configuration = pytest.mark.parametrize("name", list(_CONFIGURATIONS))


@cache
def _run(name: str) -> Run:
    """Runs are read, never changed, so one of each configuration is enough."""
    return run(_CONFIGURATIONS[name])


def _waits_for(resource: Registration) -> tuple[str, ...]:
    provider = (resource.provider,) if resource.provider else ()
    return (*resource.depends_on, *provider)


def _steps(name: str) -> tuple[Timeline, Mapping[str, Step]]:
    found = timeline(_run(name))
    return found, {step.id: step for step in found.steps}


def _ids(steps: Iterable[Step]) -> set[str]:
    return {step.id for step in steps}


# Waves


@_every_configuration
def test_every_resource_has_a_wave_after_all_that_it_waits_for(name: str) -> None:
    resources = _run(name).resources
    found = waves(resources)
    assert set(found) == {resource.urn for resource in resources}
    edges = [
        (resource.urn, urn)
        for resource in resources
        if resource.custom
        for urn in _waits_for(resource)
    ]
    assert edges
    for urn, before in edges:
        assert found[before] < found[urn], f"{urn} beside {before}"


@_every_configuration
def test_a_wave_follows_at_once_on_the_last_thing_waited_for(name: str) -> None:
    resources = _run(name).resources
    found = waves(resources)
    for resource in resources:
        if resource.custom:
            before = [found[urn] for urn in _waits_for(resource)]
            assert found[resource.urn] == (max(before) + 1 if before else 0)


@_every_configuration
def test_a_component_is_in_the_wave_of_its_first_child(name: str) -> None:
    resources = _run(name).resources
    found = waves(resources)
    components = [resource.urn for resource in resources if not resource.custom]
    assert components
    for component in components:
        children = [found[child.urn] for child in resources if child.parent == component]
        assert found[component] == min(children, default=0)


def test_waves_of_a_small_graph_are_as_by_hand() -> None:
    any_resource = _run("default").resources[0]

    def resource(urn: str, *before: str, custom: bool = True, parent: str = "") -> Registration:
        provider = "provider" if custom and urn != "provider" else ""
        return replace(
            any_resource,
            urn=urn,
            parent=parent,
            provider=provider,
            depends_on=before,
            custom=custom,
        )

    assert waves(
        [
            resource("provider"),
            resource("outer", custom=False),
            resource("inner", custom=False, parent="outer"),
            resource("first", parent="inner"),
            resource("second", "first", parent="inner"),
            resource("third", "first", "second", parent="outer"),
            resource("empty", custom=False),
        ]
    ) == {
        "provider": 0,
        "outer": 1,
        "inner": 1,
        "first": 1,
        "second": 2,
        "third": 3,
        "empty": 0,
    }


# Timeline


@_every_configuration
def test_no_step_starts_before_the_end_of_what_it_waits_for(name: str) -> None:
    found, steps = _steps(name)
    assert len(steps) == len(found.steps)
    for step in found.steps:
        ends = [steps[before].end for before in step.waits_for]
        assert step.start == pytest.approx(max(ends, default=0))


@_every_configuration
def test_the_total_is_the_last_end_and_that_of_the_first_token(name: str) -> None:
    found, steps = _steps(name)
    assert found.total_minutes == max(step.end for step in found.steps)
    assert found.total_minutes == steps[FIRST_TOKEN].end


@_every_configuration
def test_steps_stand_in_the_order_of_their_start(name: str) -> None:
    starts = [step.start for step in timeline(_run(name)).steps]
    assert starts == sorted(starts)


@_every_configuration
def test_the_critical_path_runs_without_a_gap_from_0_to_the_total(name: str) -> None:
    found, steps = _steps(name)
    assert steps[FIRST_TOKEN].critical
    for step in found.steps:
        if step.critical and step.start > 0:
            before = [steps[one] for one in step.waits_for]
            assert any(one.critical and one.end == step.start for one in before), step.id
    critical = [step for step in found.steps if step.critical]
    assert critical[0].start == 0
    assert max(step.end for step in critical) == found.total_minutes


@_every_configuration
def test_every_step_but_the_first_token_is_waited_for(name: str) -> None:
    found, _ = _steps(name)
    waited = {one for step in found.steps for one in step.waits_for}
    assert _ids(found.steps) - waited == {FIRST_TOKEN}


@_every_configuration
def test_a_resource_is_in_one_step_at_most_and_exists(name: str) -> None:
    urns = [urn for step in timeline(_run(name)).steps for urn in step.resources]
    assert len(urns) == len(set(urns))
    assert set(urns) <= {resource.urn for resource in _run(name).resources}


def test_the_tutorial_takes_as_long_as_its_nodes_image_and_model() -> None:
    found, steps = _steps("tutorial")
    # APIs 0.5, node account 0.5, cluster 9, nodes 5, image 5, 16.06 GB at 6 a minute, start
    # 1.5 + 2.7.
    assert found.total_minutes == pytest.approx(9 + 1 + 5 + 5 + 16.06 / 6 + 4.2)
    assert _ids(step for step in found.steps if step.critical) == {
        "apis",
        "node account",
        "cluster",
        "nodes gpupool",
        "image llama3-8b",
        "weights llama3-8b",
        "start llama3-8b",
        FIRST_TOKEN,
    }
    # The Gateway does not wait for the models, nor the Deployment for the pickers.
    assert not steps["gateway"].critical
    assert steps["gateway"].start == steps["nodes gpupool"].start == 10


def test_autopilot_makes_nodes_for_each_model_once_the_cluster_is_there() -> None:
    found, steps = _steps("several models on autopilot")
    for model in ("llama", "qwen", "unknown"):
        nodes = steps[f"nodes for {model}"]
        assert nodes.start == steps["cluster"].end
        assert nodes.resources == ()
        assert nodes.id in steps[f"image {model}"].waits_for
    assert not any(one.startswith("nodes small") for one in _ids(found.steps))


def test_models_wait_only_for_pools_that_can_hold_them() -> None:
    stack = {
        "nodePools": [
            {"name": "small", "machineType": "a3-highgpu-1g"},
            {"name": "large", "machineType": "a3-highgpu-4g"},
        ],
        "models": [{"name": "one"}, {"name": "four", "servedName": "b", "gpu": {"count": 4}}],
    }
    steps = {step.id: step for step in timeline(run(stack)).steps}
    assert {"nodes small", "nodes large"} <= set(steps["image one"].waits_for)
    assert "nodes large" in steps["image four"].waits_for
    assert "nodes small" not in steps["image four"].waits_for


def test_each_of_two_models_that_are_last_together_is_critical() -> None:
    stack = {"models": [{"name": "a"}, {"name": "b", "servedName": "b"}]}
    steps = {step.id: step for step in timeline(run(stack)).steps}
    assert steps["start a"].end == steps["start b"].end
    assert steps["start a"].critical
    assert steps["start b"].critical


def test_a_model_named_as_the_release_of_the_crds_is_refused() -> None:
    # Two Helm releases of one name in one namespace take each other's objects.
    with pytest.raises(RefusedError):
        run({"models": [{"name": "inference-crds"}]})


def test_an_existing_cluster_elsewhere_has_nothing_of_google_to_wait_for() -> None:
    found, _ = _steps("existing elsewhere")
    google = {"apis", "network", "node account", "cluster"}
    assert not google & _ids(found.steps)
    # Image 5, weights, start 4.2: no node is made.
    assert found.total_minutes == pytest.approx(5 + 16.06 / 6 + 4.2)


# Needs
