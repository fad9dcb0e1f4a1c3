"""A control plane with GKE's stand-ins and one stack of the program: what a test starts with."""

import os
import sys
from collections.abc import Generator, Iterable
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, final

import yaml

from harness import autopilot_rules, charts, cluster_documents
from harness.api import Api, Object
from harness.cloud import BUCKET, Cloud
from harness.cluster_documents import CRD_API, CRD_KIND
from harness.control_plane import ControlPlane
from harness.engine import Engine, environment, install_programs
from harness.google_api import google_api
from harness.nodes import add_nodes, machine_shape
from harness.processes import Process, wait_for
from harness.run_folder import RunFolder
from harness.stages import PodPlay
from harness.toolchain import ROOT, module
from inference.catalog.releases import RELEASES
from inference.cli import main as offline
from inference.config.finding import PROJECT

_OURS: Final = (
    f"app.kubernetes.io/part-of={PROJECT}",
    "app.kubernetes.io/managed-by in (Helm, pulumi)",
)
_NODE: Final = "e2-standard-16"
"""What an existing cluster has one of: whoever makes a cluster makes its nodes."""


def _context(stack: str) -> str:
    """The kubeconfig context that a stack wants for its cluster; "" if it makes one."""
    text = (ROOT / f"Pulumi.{stack}.yaml").read_text(encoding="utf-8")
    cluster = yaml.safe_load(text)["config"].get(f"{PROJECT}:cluster", {})
    return cluster.get("context", "") if cluster.get("mode") == "existing" else ""


def lay_out_crds(folder: Path) -> Path:
    """A mirror of the releases' CRD documents, from their Go modules or where they are at hand."""
    for name, release in RELEASES.items():
        for document in release.crds:
            source = cluster_documents.REAL_CRDS
            if name in charts.RELEASES:
                source = module(f"inference-extension-{name}") / "config" / "crd" / "bases"
            link = folder / document.path
            link.parent.mkdir(parents=True, exist_ok=True)
            if not link.exists() and (source / document.file_name).exists():
                link.symlink_to(source / document.file_name)
    return folder


@final
@dataclass(frozen=True, kw_only=True)
class Scenario:
    """What a test sees: the engine, the cluster, and the log of operations."""

    run: RunFolder
    control_plane: ControlPlane
    engine: Engine

    @property
    def api(self) -> Api:
        """The cluster's API, with its owner's rights."""
        return self.control_plane.api

    def remove(self, api_version: str, kind: str, name: str, namespace: str) -> None:
        """Delete an object behind the engine's back."""
        self.api.delete(api_version, kind, name, namespace)
        place = (api_version, kind, name, namespace)
        wait_for(f"the end of {name}", lambda: self.api.get(*place) is None)

    def rendered(self) -> list[Object]:
        """The Kubernetes objects that `inference render` writes for the stack as configured."""
        out = self.run.path / "rendered"
        arguments = ["render", "--config", str(self.engine.stack_file), "--out", str(out)]
        status = offline(arguments)
        assert status == 0, f"render ended with {status}"
        files = sorted(out.glob("**/*.yaml"))
        documents = [yaml.safe_load(file.read_text(encoding="utf-8")) for file in files]
        # Beside the objects stand the values of Helm releases.
        return [document for document in documents if "apiVersion" in document]

    def missing(self, documents: Iterable[Object]) -> list[str]:
        """Kind and name of the objects that are not in the cluster."""
        return [
            f"{document['kind']}/{document['metadata']['name']}"
            for document in documents
            if not self.api.get(
                document["apiVersion"],
                document["kind"],
                document["metadata"]["name"],
                document["metadata"].get("namespace"),
            )
        ]

    def pods(self, model: str) -> list[Object]:
        """Pods of a model's Deployment."""
        namespace = self.engine.section("namespace") or "default"
        deployment = self.api.get("apps/v1", "Deployment", model, namespace)
        assert deployment, f"there is no Deployment {model}"
        labels = deployment["spec"]["selector"]["matchLabels"]
        selector = ",".join(f"{key}={value}" for key, value in labels.items())
        return self.api.find_all("v1", "Pod", selector)

    def kept_crds(self) -> set[str]:
        """CRDs that Helm brought."""
        return {
            definition["metadata"]["name"]
            for definition in self.api.find_all(CRD_API, CRD_KIND)
            if "helm" in (definition["metadata"].get("labels") or {}).values()
            or "meta.helm.sh/release-name" in (definition["metadata"].get("annotations") or {})
        }

    def left(self) -> list[str]:
        """What a destroyed stack should not leave, in the cloud and in the cluster."""
        return [*sorted(self.cloud_objects()), *self.objects_of_stack()]

    def remove_kept(self) -> None:
        """Remove the buckets that a destroyed stack keeps, as who has filled them may."""
        cloud = Cloud(self.run.cloud)
        for identity, _ in list(cloud.items(BUCKET)):
            cloud.remove(identity)

    def cloud_objects(self) -> set[str]:
        """What costs money, or is in the way, in the stand-in cloud: all but enabled APIs."""
        return {
            file.stem for file in self.run.cloud.glob("*.json") if "googleapis" not in file.stem
        }

    def objects_of_stack(self) -> list[str]:
        """Everything in the cluster that carries the stack's label or that a chart of it made."""
        return [
            f"{kind}/{found['metadata']['name']}"
            for api_version, kind in self.api.kinds()
            # They are kept on purpose.
            if kind != CRD_KIND
            for selector in _OURS
            for found in self.api.find_all(api_version, kind, selector)
        ]


@contextmanager
def scenario(folder: Path, stack: str, pods: PodPlay | None = None) -> Generator[Scenario]:
    """Start everything for a stack; all of it ends with the block.

    Args:
        folder: an empty one, for all that the processes write.
        stack: name of a committed stack file.
        pods: what kwok makes of Pods.

    """
    run = RunFolder(folder)
    with ExitStack() as running:
        control_plane = ControlPlane(folder, pods or PodPlay())
        running.callback(control_plane.stop)
        context = _context(stack)
        if context:
            control_plane.name_context(context)
        # GKE is new enough to bring the InferencePool, which Helm must then leave alone.
        documents = cluster_documents.bare_documents if context else cluster_documents.gke_documents
        cluster_documents.install(control_plane.api, documents())
        if context:
            add_nodes(control_plane.api, machine_shape("laptop", _NODE, {}), 1)
        if stack == "autopilot":
            autopilot_rules.install(control_plane.api)
        charts.lay_out(run.charts)
        install_programs(run, control_plane.token)
        variables = {**os.environ, **environment(run)}
        for name in ("gateway_controller", "autopilot"):
            if name != "autopilot" or stack == name:
                command = [sys.executable, "-m", f"harness.{name}"]
                process = Process(command, folder / f"{name}.log", variables)
                running.callback(process.stop)
        yield Scenario(
            run=run,
            control_plane=control_plane,
            engine=Engine(
                run, stack, lay_out_crds(folder / "crds"), running.enter_context(google_api(run))
            ),
        )
