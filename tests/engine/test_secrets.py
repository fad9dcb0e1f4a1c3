"""Where secrets go: the token and the kubeconfig are in no state, no log, nothing printed."""

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness.engine import TOKEN
from harness.scenario import Scenario, scenario

from inference.cli import main as offline

_ANOTHER = "hf_" + "AnotherToken" * 3
_DATABASE = "etcd"
"""The cluster's own database holds the Secret, as every cluster's does."""
_KUBECONFIG = "gke-gcloud-auth-plugin"
"""Every kubeconfig that the program makes names it."""


def _forms(token: str) -> Iterator[bytes]:
    """A token as it stands in a manifest's `stringData`, and in its `data`."""
    yield token.encode()
    # Whatever stands before it, without the characters that mix with their neighbours.
    for before in range(3):
        yield base64.b64encode(b" " * before + token.encode())[4:-4]


def _files(folder: Path) -> Iterator[Path]:
    for file in folder.rglob("*"):
        inside = file.relative_to(folder).parts
        if file.is_file() and inside[0] != _DATABASE:
            yield file


def _holding(folder: Path, needle: bytes) -> list[str]:
    return [str(file.relative_to(folder)) for file in _files(folder) if needle in file.read_bytes()]


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scenario]:
    with scenario(tmp_path_factory.mktemp("secrets"), "dev") as started:
        yield started


def test_no_secret_is_written_or_printed(
    deployed: Scenario, capfd: pytest.CaptureFixture[str]
) -> None:
    engine, run = deployed.engine, deployed.run
    printed: list[str] = []

    def detailed_preview() -> None:
        engine.stack.preview(diff=True, on_output=printed.append)

    def clean(phase: str) -> None:
        """Look for each secret in every file that this run has written, and all that it printed."""
        printed.extend(capfd.readouterr())
        assert len(list(_files(run.path / "state"))) > 1, "there is no state to look at"
        everything = "\n".join(printed).encode()
        for token in (TOKEN, _ANOTHER):
            for form in _forms(token):
                assert _holding(run.path, form) == [], phase
                assert form not in everything, phase
        plugin = _KUBECONFIG.encode()
        assert plugin not in everything, phase
        for folder in (run.path / "state", run.path / "logs"):
            assert _holding(folder, plugin) == [], phase

    detailed_preview()
    printed.append(engine.up().output)
    assert TOKEN in base64.b64decode(_secret(deployed)).decode(), "it reached the cluster"
    kubeconfig = engine.stack.outputs()["kubeconfig"]
    assert kubeconfig.secret
    assert _KUBECONFIG in kubeconfig.value
    clean("up")

    engine.set_token(_ANOTHER)
    engine.change("gatewayRelease", "v1.0.0")
    detailed_preview()
    printed.append(engine.up().output)
    assert _ANOTHER in base64.b64decode(_secret(deployed)).decode(), "it reached the cluster"
    printed.append(engine.refresh().output)
    clean("change")

    arguments = ["--config", str(engine.stack_file)]
    assert offline(["plan", "--json", *arguments]) == 0
    assert offline(["plan", *arguments]) == 0
    assert offline(["render", *arguments, "--out", str(run.path / "rendered")]) == 0
    clean("plan")

    printed.append(engine.destroy().output)
    clean("destroy")


def test_the_search_finds_what_is_there(tmp_path: Path) -> None:
    """A search that finds nothing anywhere would prove nothing."""
    (tmp_path / "state.json").write_text(f'{{"token": "{TOKEN}"}}', encoding="utf-8")
    for before in range(3):
        manifest = base64.b64encode(b"x" * before + TOKEN.encode() + b"\n").decode()
        (tmp_path / f"encoded-{before}").write_text(f"data: {manifest}", encoding="utf-8")
    found = {name for form in _forms(TOKEN) for name in _holding(tmp_path, form)}
    assert found == {"state.json", "encoded-0", "encoded-1", "encoded-2"}


def _secret(deployed: Scenario) -> str:
    found = deployed.api.get("v1", "Secret", "hf-secret", "default")
    assert found, "there is no Secret"
    return found["data"]["hf_api_token"]
