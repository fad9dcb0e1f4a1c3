"""Simulated models: what answers are worth, what is paid for nothing, and the simulator's flags."""

from collections.abc import Iterator
from typing import Final

from inference.catalog.simulator import FLAGS, SIMULATOR_SOURCE
from inference.config import Finding, Settings
from inference.config.cluster import ClusterMode
from inference.config.finding import edit
from inference.config.models import Model
from inference.derive.engines import server_of
from inference.derive.engines.given import arguments_given
from inference.preflight.argument_edits import instead
from inference.preflight.registry import error, info, warning

SIMULATOR_MADE_UP_ANSWERS: Final = info(
    id="simulator.made-up-answers",
    cause="A model is served by the simulator behind a GKE load balancer.",
    consequence="Its answers are made up: a rehearsal without the cost of GPUs.",
    fix="Remove `engine` to serve the real model.",
    source=SIMULATOR_SOURCE,
)
SIMULATOR_IDLE_GPUS: Final = warning(
    id="simulator.idle-gpus",
    cause="GPU node pools are set, but every model is simulated.",
    consequence="GPUs are paid for but idle.",
    fix="Remove `nodePools`: simulated models run on the cluster's CPU nodes.",
    source=SIMULATOR_SOURCE,
)
SIMULATOR_UNKNOWN_ARGUMENT: Final = error(
    id="simulator.unknown-argument",
    cause="`extraArgs` of a simulated model has an argument that the simulator does not have, "
    "such as one of vLLM's.",
    consequence="The simulator exits on startup, and the Pod restarts indefinitely.",
    fix="Remove the argument.",
    source=SIMULATOR_SOURCE,
)


def _arguments(index: int, model: Model) -> Iterator[Finding]:
    """Unknown flags; nothing where the image may be of another version."""
    if model.image is not None:
        return
    for one in arguments_given(model.extra_args, server_of(model).dialect):
        name = one.written
        if name.startswith("--") and name.removeprefix("--") not in FLAGS:
            yield SIMULATOR_UNKNOWN_ARGUMENT.finding(
                f"models[{index}].extraArgs[{one.position}]",
                f"{name} is not an argument of the simulator, which would exit on each start",
                instead(index, model, one, None),
            )


def findings(settings: Settings) -> Iterator[Finding]:
    """Findings about models that are simulated."""
    for index, model in enumerate(settings.models):
        if not model.engine.is_simulated:
            continue
        yield from _arguments(index, model)
        if settings.on_gke:
            yield SIMULATOR_MADE_UP_ANSWERS.finding(
                f"models[{index}].engine",
                f"{model.name} gives made-up answers, from a simulator without a GPU",
                edit({f"models[{index}].engine": None}) + " to serve the real model",
            )
    simulated = all(model.engine.is_simulated for model in settings.models)
    if simulated and settings.cluster.mode is ClusterMode.STANDARD and settings.pools:
        names = ", ".join(pool.name for pool in settings.pools)
        yield SIMULATOR_IDLE_GPUS.finding(
            "nodePools",
            f"{names} would be created and paid for, but every model is simulated and uses no GPU",
            edit({"nodePools": None}),
        )
