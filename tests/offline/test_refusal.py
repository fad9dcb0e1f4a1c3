"""What is printed for a mistake: file, line and caret, what is wrong, the edit that fixes it."""

from pathlib import Path
from typing import Final

import pytest

from inference.config import RefusedError
from inference.config.origin import Origin
from inference.config.read_settings import read_settings
from inference.config.stack_file import read_file
from inference.findings import refusal

_FILE: Final = "Pulumi.mine.yaml"
_KEYS: Final = (
    "namespace, cluster, nodePools, gatewayRelease, registry, models, gateway, autoscaling, "
    "priorityClasses, picker, network, security, labels, crds, preflight, slo, traffic, weights, "
    "observability, huggingFaceSecretManager, huggingFaceSecret, huggingFaceToken"
)
_TOKEN: Final = "hf_AbCdEfGhIjKlMnOp"  # noqa: S105 no real one


def _printed(folder: Path, text: str, name: str = _FILE) -> list[str]:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    with pytest.raises(RefusedError) as caught:
        read_settings(read_file(file))
    stack = "mine" if name == _FILE else None
    lines = [
        line.plain.replace(f"{folder}/", "") for line in refusal(caught.value, Origin(file, stack))
    ]
    assert lines[0].endswith(" error") or lines[0].endswith(" errors")
    return lines[1:]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        pytest.param(
            "config:\n  models:\n    - name: a\n      replicas: three\n",
            [
                (
                    f'{_FILE}:4:  models[0].replicas: "three" is not a whole number  '
                    "[config.invalid-value]"
                ),
                "    4 |       replicas: three",
                "      |                 ^^^^^",
                f"      → write a whole number in {_FILE}, as in `replicas: 2`",
            ],
            id="word for a number",
        ),
        pytest.param(
            "config:\n  nodePools:\n    - {capacity: Spot}\n  models: [{}]\n",
            [
                (
                    f'{_FILE}:3:  nodePools[0].capacity: "Spot" is not one of onDemand, spot, '
                    "flexStart, reservation; did you mean `spot`?  [config.invalid-value]"
                ),
                "    3 |     - {capacity: Spot}",
                "      |                  ^^^^",
                (
                    f"      → set `nodePools[0].capacity` to spot in {_FILE} (pulumi config "
                    "set --stack mine --path 'gke-inference-gateway:nodePools[0].capacity' spot)"
                ),
            ],
            id="other case",
        ),
        pytest.param(
            "config:\n  gke-inference-gateway:cluster:\n    nme: a\n  models: [{}]\n",
            [
                (
                    f"{_FILE}:3:  cluster.nme: unknown key, so it would have no effect; did you "
                    "mean `name`?  [config.unknown-key]"
                ),
                "    3 |     nme: a",
                "      |     ^^^",
                (
                    f"      → rename it in {_FILE}, or remove `cluster.nme` from {_FILE} "
                    "(pulumi config rm --stack mine --path 'gke-inference-gateway:cluster.nme')"
                ),
            ],
            id="unknown key",
        ),
        pytest.param(
            'config:\n  models: [{}]\n  "a\'$(b)\\nc": 1\n',
            [
                (
                    f"{_FILE}:3:  a'$(b)\\nc: unknown key, so it would have no effect. Known here: "
                    f"{_KEYS}  [config.unknown-key]"
                ),
                '    3 |   "a\'$(b)\\nc": 1',
                "      |   ^^^^^^^^^^^",
                (
                    f"      → rename it in {_FILE}, or remove `a'$(b)\\nc` from {_FILE} (pulumi "
                    """config rm --stack mine 'gke-inference-gateway:a'"'"'$(b)\\nc')"""
                ),
            ],
            id="a key that a shell would obey",
        ),
        pytest.param(
            "config:\n  gcp:project: a\n\n  models: [b\n",
            [
                (
                    f"{_FILE}:5:  is not valid YAML: line 5, column 1: while parsing a flow "
                    "sequence, did not find expected ',' or ']'  [config.malformed]"
                ),
                f"      → correct {_FILE} at that place",
            ],
            id="no YAML",
        ),
        pytest.param(
            "config:\n  namespace: a\n  namespace: b\n",
            [
                (
                    f"{_FILE}:3:  is not valid YAML: line 3, column 3: key 'namespace' is "
                    "repeated  [config.malformed]"
                ),
                "    3 |   namespace: b",
                "      |   ^",
                f"      → correct {_FILE} at that place",
            ],
            id="repeated key",
        ),
        pytest.param(
            "# nothing\n",
            [
                f"{_FILE}:  is empty: it sets no project and no model  [config.empty]",
                "      → fill it in like Pulumi.dev.yaml, or restore it",
            ],
            id="empty",
        ),
    ],
)
def test_a_mistake_is_shown_with_its_line(tmp_path: Path, text: str, lines: list[str]) -> None:
    assert _printed(tmp_path, text) == lines


@pytest.mark.parametrize(
    ("section", "meant"),
    [
        ("models: [{gpu: {accelerator: H100}}]", "nvidia-h100-80gb"),
        ("models: [{gpu: {accelerator: nvidia-h200}}]", "nvidia-h200-141gb"),
        ("models: [{gpu: {accelerator: l4}}]", "nvidia-l4"),
        ("nodePools: [{machineType: a3-highgpu-3g}]", "a3-highgpu-"),
        ("nodePools: [{capacity: on-demand}]", "onDemand"),
        ("cluster: {mode: Autopilot}", "autopilot"),
        ("gatewayRelease: 1.5.0", "v1.5.0"),
    ],
)
def test_the_value_that_was_probably_meant_is_named(
    tmp_path: Path, section: str, meant: str
) -> None:
    model = "" if section.startswith("models") else "  models: [{}]\n"
    lines = _printed(tmp_path, f"config:\n  {section}\n{model}")

    assert f"did you mean `{meant}" in lines[0]
    assert f" to {meant}" in lines[-1]


def test_a_file_of_another_name_is_no_stack_of_a_command(tmp_path: Path) -> None:
    lines = _printed(tmp_path, "config: {modls: [], models: [{}]}\n", "stack.yaml")

    assert lines[-1] == "      → rename it in stack.yaml, or remove `modls` from stack.yaml"


@pytest.mark.parametrize(
    "text",
    [
        f"config:\n  huggingFaceToken: {_TOKEN}: a\n",
        f"config:\n  namespace: {{secure: {_TOKEN}}}\n",
        f"config:\n  namespace: {_TOKEN}_A\n",
        f"config:\n  cluster: {{name: {_TOKEN}}}\n",
    ],
)
def test_a_line_that_may_hold_a_secret_is_not_shown(tmp_path: Path, text: str) -> None:
    assert _TOKEN not in "\n".join(_printed(tmp_path, text))


def test_of_a_long_line_the_part_is_shown_that_is_wrong(tmp_path: Path) -> None:
    names = ", ".join(f"{{name: model-{index}}}" for index in range(100))
    _, shown, caret, _ = _printed(tmp_path, f"config:\n  models: [{names}, {{nme: a}}]\n")

    assert len(shown) < 120
    assert shown[caret.index("^") :].startswith("nme")
