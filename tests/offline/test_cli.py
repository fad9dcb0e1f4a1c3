"""The command line: exit status, one JSON object, and files written only for a good stack."""

import io
import json
import re
import subprocess
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree as ET

import pytest
import yaml
from conftest import run_of

from inference.cli import main
from inference.config.stack_file import ROOT, read_file
from inference.offline.timeline import timeline

_KEYS: Final = [
    *("stack", "findings", "resources", "outputs", "timeline", "needs"),
    *("cost", "capacity", "images"),
]
_PROJECT: Final = "config:\n  gcp:project: test-project\n"
_GOOD: Final = f"{_PROJECT}  models: [{{}}]\n"
_SVG: Final = "{http://www.w3.org/2000/svg}"

_BAD: Final = {
    "unknown key": (
        "config:\n  gcp:project: a-project\n  modls: [llama]\n",
        "did you mean `models`?",
    ),
    "wrong type": (
        "config:\n  gcp:project: a-project\n  models: [{replicas: '3'}]\n",
        'models[0].replicas: "3" is not a whole number',
    ),
    "missing project": ("config:\n  models: [{}]\n", "gcp:project: not set"),
    "malformed YAML": ("config: [a\n", "is not valid YAML"),
    "repeated key": ("config: {}\nconfig: {}\n", "is repeated"),
    "no mapping": ("- a\n", "must hold keys and values"),
    "unknown key at the top": ("models: []\n", "unknown at the top"),
    "key that is no text": ("config:\n  gcp:project: a-project\n  1: a\n", "unknown key"),
    "key that is a list": ("config:\n  ? [a]\n  : b\n", "stack.yaml"),
    "value within itself": ("config:\n  gateway: &all\n    paths: *all\n", "stack.yaml"),
    "no CRDs in the folder": (
        "config:\n  gcp:project: a-project\n  models: [{}]\n  crds: {source: ./no-such-folder}\n",
        "crds.source: ",
    ),
}

Output = pytest.CaptureFixture[str]

pytestmark = pytest.mark.usefixtures("runs_once")


def assert_refused(status: int, output: Output, says: str) -> str:
    """A command was refused in clear words; returns what it wrote to stdout."""
    out, err = output.readouterr()
    assert status == 2
    assert says in err
    assert re.search(r"  \[[a-z-]+\.[a-z-]+\]$", err, re.MULTILINE)
    assert "in the configuration" not in err
    assert "Traceback" not in err
    return out


def the_json(text: str) -> dict[str, Any]:
    """The one JSON object that a text is."""
    found: dict[str, Any] = json.loads(text)
    assert list(found) == _KEYS
    return found


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a folder."""
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir())}


@pytest.fixture
def stack(tmp_path: Path) -> Callable[..., str]:
    """Writes a stack file and gives its path."""

    def write(text: str = _GOOD, name: str = "stack.yaml") -> str:
        file = tmp_path / name
        file.write_text(text, encoding="utf-8")
        return str(file)

    return write


@pytest.fixture(scope="module")
def dev_plan() -> dict[str, Any]:
    """The plan of stack dev."""
    out = io.StringIO()
    with redirect_stdout(out):
        assert main(["plan", "--json"]) == 0
    return the_json(out.getvalue())


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `render` writes of stack dev."""
    folder = tmp_path_factory.mktemp("render") / "rendered"
    assert main(["render", "--stack", "dev", "--out", str(folder)]) == 0
    return folder


@pytest.mark.parametrize(("text", "says"), _BAD.values(), ids=_BAD)
def test_plan_refuses_a_bad_stack_in_words(
    stack: Callable[..., str], capsys: Output, text: str, says: str
) -> None:
    status = main(["plan", "--config", stack(text)])

    assert assert_refused(status, capsys, says) == ""


@pytest.mark.parametrize(("text", "says"), _BAD.values(), ids=_BAD)
def test_plan_refuses_a_bad_stack_in_one_json_object(
    stack: Callable[..., str], capsys: Output, text: str, says: str
) -> None:
    status = main(["plan", "--json", "--config", stack(text)])

    refused = the_json(assert_refused(status, capsys, says))
    assert refused["resources"] == []
    assert refused["outputs"] == {}
    assert refused["timeline"] == {"steps": [], "totalMinutes": 0}
    assert refused["needs"] == {"gpus": [], "quotas": [], "roles": [], "apis": []}
    errors = [finding for finding in refused["findings"] if finding["severity"] == "error"]
    assert any(says in f"{finding['path']}: {finding['message']}" for finding in errors)
    assert all(
        list(finding) == ["id", "severity", "path", "message", "fix", "silenced", "edits"]
        for finding in refused["findings"]
    )


@pytest.mark.parametrize(
    ("command", "out"),
    [("render", "rendered"), ("graph", "graph.svg"), ("timeline", "timeline.svg")],
)
def test_nothing_is_written_of_a_bad_stack(
    stack: Callable[..., str], tmp_path: Path, capsys: Output, command: str, out: str
) -> None:
    text, says = _BAD["wrong type"]
    file = stack(text)

    status = main([command, "--config", file, "--out", str(tmp_path / "new" / out)])

    assert assert_refused(status, capsys, says) == ""
    assert [path.name for path in tmp_path.iterdir()] == ["stack.yaml"]


def test_a_stack_that_does_not_exist_is_refused_with_those_that_do(capsys: Output) -> None:
    status = main(["plan", "--json", "--stack", "nowhere"])

    refused = the_json(assert_refused(status, capsys, "there is no stack 'nowhere', only "))
    assert refused["stack"] == "nowhere"
    assert [finding["id"] for finding in refused["findings"]] == ["config.no-such-stack"]


@pytest.mark.parametrize(
    ("name", "says"),
    [("absent.yaml", "cannot be read: No such file"), (".", "cannot be read: Is a directory")],
)
def test_a_file_that_cannot_be_read_is_refused(
    tmp_path: Path, capsys: Output, name: str, says: str
) -> None:
    status = main(["plan", "--json", "--config", str(tmp_path / name)])

    refused = the_json(assert_refused(status, capsys, says))
    assert [finding["id"] for finding in refused["findings"]] == ["config.unreadable"]


def test_text_that_is_not_utf8_is_refused(tmp_path: Path, capsys: Output) -> None:
    file = tmp_path / "stack.yaml"
    file.write_bytes(b"config:\n  gcp:project: \xff\n")

    assert_refused(main(["plan", "--config", str(file)]), capsys, "is not valid YAML")


@pytest.mark.parametrize("arguments", [[], ["plan", "--stack"], ["render"], ["graph"], ["draw"]])
def test_wrong_arguments_are_refused_with_the_usage(capsys: Output, arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)

    assert caught.value.code == 2
    assert capsys.readouterr().err.startswith("usage: inference")


def test_stack_and_config_exclude_each_other(stack: Callable[..., str], capsys: Output) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["plan", "--stack", "dev", "--config", stack()])

    assert caught.value.code == 2
    assert "not allowed with" in capsys.readouterr().err


def test_the_plan_of_dev_is_complete(dev_plan: dict[str, Any]) -> None:
    assert dev_plan["stack"] == "dev"
    assert {finding["severity"] for finding in dev_plan["findings"]} <= {"warning", "info"}
    assert {"clusterName", "gatewayName", "servedModels"} <= set(dev_plan["outputs"])
    assert list(dev_plan["needs"]) == ["gpus", "quotas", "roles", "apis"]
    assert list(dev_plan["timeline"]) == ["steps", "totalMinutes"]
    step_keys = ["id", "resources", "waitsFor", "startMinute", "minutes", "level", "critical"]
    assert all(list(step) == step_keys for step in dev_plan["timeline"]["steps"])
    resources = dev_plan["resources"]
    resource_keys = ["urn", "type", "name", "parent", "provider", "dependsOn", "wave", "inputs"]
    assert all(list(resource) == resource_keys for resource in resources)
    assert len({resource["urn"] for resource in resources}) == len(resources) > 20


def test_the_plan_of_dev_is_the_same_twice(dev_plan: dict[str, Any], capsys: Output) -> None:
    assert main(["plan", "--json", "--stack", "dev"]) == 0

    out, err = capsys.readouterr()
    assert err == ""
    assert the_json(out) == dev_plan


def test_dependencies_are_sorted_so_that_plans_can_be_compared(dev_plan: dict[str, Any]) -> None:
    listed = {resource["name"]: resource["dependsOn"] for resource in dev_plan["resources"]}

    assert listed == {name: sorted(urns) for name, urns in listed.items()}


def test_the_plan_for_people_names_findings_resources_and_needs(capsys: Output) -> None:
    status = main(["plan", "--stack", "dev"])

    out, err = capsys.readouterr()
    assert (status, err) == (0, "")
    assert "gcp:project" in out
    assert "gpupool" in out
    assert "nvidia-h100-80gb" in out


@pytest.mark.parametrize(
    ("file", "name"),
    [("Pulumi.mine.yaml", "mine"), ("Pulumi.eu.mine.yml", "eu.mine"), ("mine.yaml", "preview")],
)
@pytest.mark.parametrize("text", ["config: {modls: [llama]}\n", "config: [\n"])
def test_a_refused_file_names_the_stack_or_it_is_preview(
    stack: Callable[..., str], capsys: Output, file: str, name: str, text: str
) -> None:
    assert main(["plan", "--json", "--config", stack(text, file)]) == 2

    assert the_json(capsys.readouterr().out)["stack"] == name


@pytest.mark.parametrize(("file", "name"), [("Pulumi.gone.yaml", "gone"), ("gone.yaml", "preview")])
def test_an_absent_file_names_the_stack_by_the_same_rule(
    tmp_path: Path, capsys: Output, file: str, name: str
) -> None:
    main(["plan", "--json", "--config", str(tmp_path / file)])

    assert the_json(capsys.readouterr().out)["stack"] == name


def test_a_planned_file_names_the_stack(stack: Callable[..., str], capsys: Output) -> None:
    assert main(["plan", "--json", "--config", stack(name="Pulumi.mine.yaml")]) == 0

    plan = the_json(capsys.readouterr().out)
    assert plan["stack"] == "mine"
    assert plan["resources"][0]["urn"].startswith("urn:pulumi:mine::")


def test_no_secret_is_printed(stack: Callable[..., str], capsys: Output) -> None:
    token = "hf_AbCdEfGhIjKlMnOpQrStUvWx"  # noqa: S105 no real one

    status = main(["plan", "--json", "--config", stack(f"{_GOOD}  huggingFaceToken: {token}\n")])

    out, err = capsys.readouterr()
    assert status == 0
    assert the_json(out)["stack"] == "preview"
    assert "identity.token-plaintext" in out
    assert token not in out + err


def test_render_writes_one_kubernetes_object_a_file(rendered: Path) -> None:
    files = [file for file in rendered.glob("*.yaml") if not file.name.endswith(".values.yaml")]

    assert len(files) > 10
    for file in files:
        manifest = yaml.safe_load(file.read_text(encoding="utf-8"))
        assert list(manifest)[:3] == ["apiVersion", "kind", "metadata"], file.name
        assert manifest["metadata"]["name"], file.name
        assert f"-{manifest['kind'].lower()}-" in file.name


def test_render_writes_values_and_a_command_for_each_helm_release(rendered: Path) -> None:
    values = {file.name.removesuffix(".values.yaml") for file in rendered.glob("*.values.yaml")}
    commands = {file.name.removesuffix(".sh") for file in rendered.glob("*.sh")}

    assert values == commands != set()
    for name in values:
        text = (rendered / f"{name}.values.yaml").read_text(encoding="utf-8")
        assert isinstance(yaml.safe_load(text), dict)
        command = (rendered / f"{name}.sh").read_text(encoding="utf-8")
        assert "\nhelm upgrade --install " in command
        assert f"{name}.values.yaml" in command


def test_render_writes_the_same_twice(rendered: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"

    assert main(["render", "--stack", "dev", "--out", str(again)]) == 0

    moved = {
        name: content.replace(str(again).encode(), str(rendered).encode())
        for name, content in contents(again).items()
    }
    assert moved == contents(rendered)


def test_render_names_no_folder_of_this_machine(rendered: Path) -> None:
    folders = str(ROOT).encode()

    assert [name for name, content in contents(rendered).items() if folders in content] == []


def test_render_refuses_a_folder_with_foreign_files(
    stack: Callable[..., str], tmp_path: Path, capsys: Output
) -> None:
    foreign = "000-secret-other.yaml"
    folder = tmp_path / "rendered"
    folder.mkdir()
    (folder / foreign).write_text("mine", encoding="utf-8")

    status = main(["render", "--config", stack(), "--out", str(folder)])

    assert_refused(status, capsys, f"contains {foreign}")
    assert contents(folder) == {foreign: b"mine"}


def test_render_replaces_its_own_earlier_files(stack: Callable[..., str], tmp_path: Path) -> None:
    folder = tmp_path / "rendered"
    folder.mkdir()
    adapters = "{adapters: [{name: food, source: owner/food}]}"
    before = stack(f"{_PROJECT}  models: [{{name: before, lora: {adapters}}}]\n", "before.yaml")
    after = stack(f"{_PROJECT}  models: [{{name: after}}]\n", "after.yaml")

    assert main(["render", "--config", before, "--out", str(folder)]) == 0
    first = set(contents(folder))
    assert main(["render", "--config", after, "--out", str(folder)]) == 0

    left = set(contents(folder))
    assert [name for name in first if "before" in name]
    assert not [name for name in left if "before" in name]
    assert [name for name in left if "after" in name]
    # Without its adapter the second stack has one file fewer.
    assert len(left) == len(first) - 1


def test_render_removes_nothing_outside_its_folder(
    stack: Callable[..., str], tmp_path: Path
) -> None:
    precious = tmp_path / "precious.txt"
    precious.write_text("mine", encoding="utf-8")
    folder = tmp_path / "rendered"
    folder.mkdir()
    (folder / ".rendered").write_text("../precious.txt\n", encoding="utf-8")

    main(["render", "--config", stack(), "--out", str(folder)])

    assert precious.read_text(encoding="utf-8") == "mine"


def test_render_refuses_a_file_for_its_folder(stack: Callable[..., str], capsys: Output) -> None:
    file = stack()

    status = main(["render", "--config", file, "--out", file])

    assert_refused(status, capsys, "stack.yaml")
    assert Path(file).read_text(encoding="utf-8") == _GOOD


def test_graph_refuses_a_folder_for_its_file(
    stack: Callable[..., str], tmp_path: Path, capsys: Output
) -> None:
    status = main(["graph", "--config", stack(), "--out", str(tmp_path)])

    assert_refused(status, capsys, tmp_path.name)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"{_GOOD}  namespace: serving\n", id="namespace"),
        pytest.param(
            "config:\n  cluster: {mode: existing, context: kind}\n  gateway: {className: istio}\n"
            "  models: [{}]\n",
            id="existing",
        ),
        pytest.param(f"{_PROJECT}  models: [{{servedName: a&<b>}}]\n", id="names to be escaped"),
    ],
)
@pytest.mark.parametrize("command", ["graph", "timeline"])
def test_a_picture_is_valid_xml(
    stack: Callable[..., str], tmp_path: Path, command: str, text: str
) -> None:
    file = tmp_path / "pictures" / "picture.svg"

    assert main([command, "--config", stack(text), "--out", str(file)]) == 0

    picture = ET.fromstring(file.read_text(encoding="utf-8"))  # noqa: S314 our own file
    assert picture.tag == f"{_SVG}svg"
    assert "Stack preview" in "".join(picture.itertext())


def test_the_timeline_names_every_step(stack: Callable[..., str], tmp_path: Path) -> None:
    file = tmp_path / "timeline.svg"

    assert main(["timeline", "--config", stack(), "--out", str(file)]) == 0

    picture = ET.fromstring(file.read_text(encoding="utf-8"))  # noqa: S314 our own file
    named = {node.text for node in picture.iter(f"{_SVG}text")}
    steps = {step.id for step in timeline(run_of(read_file(Path(stack())))).steps}
    assert {"cluster", "gateway", "first token"} <= steps <= named


def test_a_process_that_refuses_prints_one_json_object_and_exits_2() -> None:
    process = subprocess.run(
        [sys.executable, "-m", "inference", "plan", "--json", "--stack", "nowhere"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert process.returncode == 2
    assert the_json(process.stdout)["stack"] == "nowhere"
    assert "there is no stack 'nowhere'" in process.stderr
    assert "Traceback" not in process.stderr
