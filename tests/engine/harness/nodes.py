"""Nodes as GKE makes them, for kwok to keep: their labels, taints and what Pods can request."""

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, final

from harness.api import Api, ConflictError, NotFoundError, persistent
from harness.machine_types import machine_type
from harness.processes import wait_for
from harness.run_folder import RunFolder

_STORAGE_GIB: Final = 500
ACCELERATOR: Final = "cloud.google.com/gke-accelerator"
_POOL: Final = "cloud.google.com/gke-nodepool"
GPU_TAINT: Final = {"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"}


def connect(run: RunFolder) -> Api:
    """A client of the control plane with its owner's rights."""
    return Api(run.admin_kubeconfig, run.path / f"discovery-{os.getpid()}.json")


@final
@dataclass(frozen=True, kw_only=True)
class NodeShape:
    """What nodes of one pool have in common."""

    pool: str
    labels: Mapping[str, str]
    cpu: float
    memory_gib: float
    gpus: int = 0

    def body(self, name: str) -> dict[str, Any]:
        """The Node object."""
        amounts = {
            "cpu": f"{int(self.cpu * 1000)}m",
            "memory": f"{int(self.memory_gib * 1024)}Mi",
            "ephemeral-storage": f"{_STORAGE_GIB}Gi",
            "pods": "110",
            **({"nvidia.com/gpu": str(self.gpus)} if self.gpus else {}),
        }
        return {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {"name": name, "labels": {_POOL: self.pool, **self.labels}},
            "spec": {"taints": [GPU_TAINT] if self.gpus else []},
            "status": {"capacity": amounts, "allocatable": amounts},
        }


def machine_shape(pool: str, name: str, labels: Mapping[str, str]) -> NodeShape:
    """Shape of nodes of a machine type.

    Raises:
        KeyError: for a machine type that Compute Engine does not have.

    """
    machine = machine_type(name)
    if machine is None:
        raise KeyError(name)
    return NodeShape(
        pool=pool,
        labels={**({ACCELERATOR: machine.accelerator} if machine.gpus else {}), **labels},
        cpu=machine.pod_cpu,
        memory_gib=machine.pod_memory_gib,
        gpus=machine.gpus,
    )


def add_nodes(api: Api, shape: NodeShape, count: int) -> None:
    """Bring a pool to `count` nodes of a shape; those of another are replaced."""
    for index in range(count):
        body = shape.body(f"{shape.pool}-{index}")
        place = ("v1", "Node", body["metadata"]["name"])
        live = persistent(lambda place=place: api.get(*place))
        if live and live["status"]["allocatable"]["cpu"] != body["status"]["allocatable"]["cpu"]:
            with suppress(NotFoundError):
                persistent(lambda place=place: api.delete(*place))
            wait_for("the old node's end", lambda place=place: api.get(*place) is None)
        with suppress(ConflictError):
            persistent(lambda body=body: api.create(body))
    remove_nodes(api, shape.pool, keep=count)


def remove_nodes(api: Api, pool: str = "", keep: int = 0) -> None:
    """Take the nodes of a pool away, but for the first `keep`; without a pool those of all."""
    selector = f"{_POOL}={pool}" if pool else _POOL
    for node in persistent(lambda: api.find_all("v1", "Node", selector)):
        name = str(node["metadata"]["name"])
        if int(name.rpartition("-")[2]) >= keep:
            with suppress(NotFoundError):
                persistent(lambda name=name: api.delete("v1", "Node", name))
