"""Whether the nodes' NVIDIA driver is new enough for the model server's CUDA."""

from collections.abc import Iterator
from typing import Final

from inference.catalog.drivers import CUDA_DRIVERS, GKE_DRIVERS
from inference.config import Finding, Settings
from inference.config.finding import remove_command
from inference.derive.drivers import needed_driver, node_driver
from inference.preflight.registry import warning

TOO_OLD: Final = warning(
    id="gpu.driver-too-old",
    cause="The image is built with a CUDA version that needs a newer NVIDIA driver than the nodes "
    "get: Autopilot installs its default unless Pods select "
    "`cloud.google.com/gke-gpu-driver-version: latest`.",
    consequence="The server finds no usable GPU and exits, after the node was created and paid "
    "for.",
    fix="Let Pods select their nodes, or use an older image. `inference doctor` checks the nodes "
    "of an existing Standard cluster.",
    source=GKE_DRIVERS,
    also=(CUDA_DRIVERS,),
)


def findings(settings: Settings) -> Iterator[Finding]:
    """Findings about the driver of each model's nodes."""
    for index, model in enumerate(settings.models):
        needed, given = needed_driver(model), node_driver(settings, model)
        if needed is not None and given is not None and given < needed:
            path = f"models[{index}].gpu.selectNodes"
            yield TOO_OLD.finding(
                path,
                f"the image needs driver R{needed}, but nodes not selected by driver version may "
                f"have R{given}",
                f"use an image for R{given}"
                if model.gpu.select_nodes
                else remove_command(path) + f", or use an image for R{given}",
            )
