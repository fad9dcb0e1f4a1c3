"""Every example, rendered, on the real API server with the real CRDs: taken, and taken away.

And stacks with values changed at random that a plan accepts: nothing of theirs is refused.
"""

import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any, Final

import pytest
import yaml
from harness import charts, cluster_documents
from harness.api import ApiError
from harness.control_plane import ControlPlane
from harness.processes import wait_for
from harness.scenario import lay_out_crds
from harness.stages import PodPlay
from harness.toolchain import ROOT, program
from mutated_stacks import mutated, plan

from inference.cli import main

_EXAMPLES: Final = sorted((ROOT / "examples").glob("*.yaml"))
_MANAGER: Final = "examples"
_MUTATED: Final = 100
"""Accepted stacks, each of some forty objects."""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    """One for all examples, with the CRDs that GKE brings."""
    control_plane = ControlPlane(tmp_path_factory.mktemp("cluster"), PodPlay())
    try:
        cluster_documents.install(control_plane.api, cluster_documents.gke_documents())
        yield control_plane
    finally:
        control_plane.stop()


@pytest.fixture(scope="module")
def mirror(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Charts and CRD documents, as a registry and upstream have them."""
    folder = tmp_path_factory.mktemp("mirror")
    charts.lay_out(folder)
    lay_out_crds(folder / "crds")
    return folder


def _charted(script: Path, mirror: Path) -> Iterator[Any]:
    """The objects of a Helm release, by the rendered command's own chart, version and values."""
    command = shlex.split(script.read_text(encoding="utf-8").splitlines()[-1])
    name, chart = command[3:5]
    if chart.startswith("oci://"):
        version = command[command.index("--version") + 1].partition("@")[0]
        chart = str(mirror / f"{chart.rpartition('/')[2]}-{version}")
    namespace = command[command.index("--namespace") + 1]
    done = subprocess.run(  # noqa: S603 our own command
        [program("helm"), "template", name, chart, "--namespace", namespace, "--values",
         str(script.with_suffix(".values.yaml"))],
        capture_output=True, text=True, check=True, cwd=ROOT,
    )  # fmt: skip
    for document in yaml.safe_load_all(done.stdout):
        if document:
            document["metadata"].setdefault("namespace", namespace)
            yield document


def _objects(folder: Path, mirror: Path) -> Iterator[Any]:
    """What was rendered, in apply order."""
    for file in sorted(folder.iterdir()):
        if file.suffix == ".sh":
            yield from _charted(file, mirror)
        elif file.suffix == ".yaml" and not file.name.endswith(".values.yaml"):
            yield yaml.safe_load(file.read_text(encoding="utf-8"))


@pytest.mark.parametrize("file", _EXAMPLES, ids=lambda file: file.stem)
def test_the_api_server_takes_every_object_and_nothing_is_left(
    file: Path, tmp_path: Path, cluster: ControlPlane, mirror: Path
) -> None:
    out, crds = str(tmp_path), str(mirror / "crds")
    assert main(["render", "--config", str(file), "--out", out, "--crds", crds]) == 0
    api, applied = cluster.api, list[tuple[str, str, str, str | None]]()

    for body in _objects(tmp_path, mirror):
        version, kind, metadata = body["apiVersion"], body["kind"], body["metadata"]
        namespace = metadata.get("namespace") if api.is_namespaced(version, kind) else None
        if kind == cluster_documents.CRD_KIND:
            cluster_documents.install(api, [body])
            continue
        # A Secret stands in the render without its content.
        content = {"stringData": None, "data": None} if kind == "Secret" else {}
        # Helm does not apply on the server's side: fields that an older CRD lacks are left out.
        if "helm.sh/chart" in (metadata.get("labels") or {}) or kind == "InferencePool":
            api.create({**body, "metadata": {**metadata, "namespace": namespace}})
        else:
            api.apply({**body, **content}, namespace, _MANAGER)
        applied.append((version, kind, metadata["name"], namespace))
    assert {"Deployment", "InferencePool", "HTTPRoute"} <= {kind for _, kind, *_ in applied}

    for place in reversed(applied):
        api.delete(*place)
    wait_for("their end", lambda: not any(api.get(*place) for place in applied))


def _refused(folder: Path, cluster: ControlPlane) -> Iterator[str]:
    """What the API server refuses of a stack's own objects; it is not asked about the charts'."""
    for file in sorted(folder.glob("*.yaml")):
        if file.name.endswith(".values.yaml"):
            continue
        body = yaml.safe_load(file.read_text(encoding="utf-8"))
        version, kind, metadata = body["apiVersion"], body["kind"], body["metadata"]
        namespace = metadata.get("namespace")
        if namespace:
            cluster.api.apply(
                {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}},
                None,
                _MANAGER,
            )
        content = {"stringData": None, "data": None} if kind == "Secret" else {}
        try:
            cluster.api.apply({**body, **content}, namespace, _MANAGER, dry_run=True)
        except ApiError as error:
            yield f"{version} {kind} {metadata['name']}: {error}"


def test_the_api_server_takes_every_object_of_mutated_stacks(
    tmp_path: Path, cluster: ControlPlane, mirror: Path
) -> None:
    files = [*(mirror / "crds").rglob("*.yaml"), *(ROOT.parent / "shared/crds").glob("llm-d*")]
    documents = [yaml.safe_load(file.read_text(encoding="utf-8")) for file in files]
    cluster_documents.install(cluster.api, documents)
    random, accepted, refused = Random(7), 0, list[str]()  # noqa: S311 no secret

    while accepted < _MUTATED:
        stack, out = mutated(random), tmp_path / str(accepted)
        status, _, _ = plan(stack, tmp_path, "render", "--out", str(out))
        if status == 0:
            accepted += 1
            refused += [f"{problem} in {stack}" for problem in _refused(out, cluster)]

    assert refused == []
