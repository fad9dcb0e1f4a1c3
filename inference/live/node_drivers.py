"""Doctor's look at the nodes of an existing cluster: is their NVIDIA driver new enough."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from inference.catalog.drivers import DEFAULT_DRIVER, DRIVER_LABEL, gke_driver
from inference.config.gke_version import version_key
from inference.config.models import Model
from inference.derive.drivers import needed_driver
from inference.live.kubectl import Kubectl
from inference.live.report import Line, ok, problem, unknown

_DISCOVERED: Final = ("nvidia.com/cuda.driver-version.major", "nvidia.com/cuda.driver.major")
"""Labels of NVIDIA's feature discovery, the newer one first."""
_FIX: Final = (
    "use a node pool with gpu-driver-version=latest, or set VLLM_ENABLE_CUDA_COMPATIBILITY=1"
)


def driver_line(model: Model) -> str:
    """Name of a model's line."""
    return f"NVIDIA driver for {model.name}"


def _driver(node: Mapping[str, Any]) -> int | None:
    """By what was found on the node, else by its GKE version."""
    labels: Mapping[str, str] = node["metadata"].get("labels", {})
    found = next((labels[name] for name in _DISCOVERED if name in labels), "")
    if found.isdecimal():
        return int(found)
    version = str(node["status"]["nodeInfo"]["kubeletVersion"]).removeprefix("v")
    if "-gke." not in version:
        return None
    return gke_driver(version_key(version), labels.get(DRIVER_LABEL, DEFAULT_DRIVER))


def node_drivers(model: Model, kubectl: Kubectl) -> Iterator[Line]:
    """One line: the oldest driver of the nodes that the model's Pods may run on."""
    name, needed = driver_line(model), needed_driver(model) or 0
    label = f"cloud.google.com/gke-accelerator={model.gpu.accelerator}"
    selector = ["--selector", label] if model.gpu.select_nodes else []
    nodes = kubectl.get("nodes", *selector)["items"]
    gpus = [node for node in nodes if "nvidia.com/gpu" in node["status"].get("allocatable", {})]
    if not gpus:
        yield unknown(name, f"no node has {model.gpu.accelerator} yet", "kubectl get nodes")
        return
    drivers = {str(node["metadata"]["name"]): _driver(node) for node in gpus}
    old = {node: driver for node, driver in drivers.items() if driver and driver < needed}
    silent = [node for node, driver in drivers.items() if driver is None]
    if old:
        node, driver = next(iter(old.items()))
        message = f"R{driver} on {node}, but the image needs R{needed}: no GPU would be usable"
        yield problem(name, message, _FIX)
    elif silent:
        message = f"{silent[0]} does not report its version; the image needs R{needed}"
        yield unknown(name, message, "nvidia-smi in a Pod on it")
    else:
        yield ok(name, f"R{min(filter(None, drivers.values()))} or newer on {len(drivers)} nodes")
