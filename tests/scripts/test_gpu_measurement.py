"""What the GPU tests read of a rendered stack, without a GPU."""

import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from inference.cli import main
from inference.config.read_settings import read_settings
from inference.config.stack_file import read_file

_ROOT = Path(__file__).resolve().parents[2]
_STACK = _ROOT / "Pulumi.dev.yaml"


def test_a_rendered_stack_says_what_to_start_and_load(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", [str(_ROOT / "tests" / "gpu"), *sys.path])
    measurement: Any = import_module("measurement.rendered")

    assert main(["render", "--config", str(_STACK), "--out", str(tmp_path)]) == 0
    rendered = measurement.read(tmp_path)
    (model,) = read_settings(read_file(_STACK)).models
    lora = model.lora
    assert lora is not None
    assert rendered.model == model.model
    assert rendered.gpus == model.gpu.count
    assert rendered.adapter_sources == {one.name: one.source for one in lora.adapters}
    assert rendered.syncer is not None
