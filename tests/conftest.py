"""What tests share: running the program on a configuration, and finding what it registered."""

import asyncio
import gc
import json
import os
import re
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any, Final
from uuid import uuid4

import pytest
from hypothesis import settings
from pulumi import _types

from inference.config import engine_yaml
from inference.config.finding import PROJECT
from inference.config.settings import Settings
from inference.config.stack_file import ROOT, StackFile
from inference.offline.recorder import Recording, Registration
from inference.offline.runner import Run, record, run_program

# A time says nothing on a machine that others use. Each run draws other examples, so few do.
settings.register_profile("few", deadline=None, max_examples=20)
settings.load_profile("few")

# The provider modules are 10^6 objects; looking through them takes a fifth of the time.
gc.disable()

# Of the same types at each resource: a tenth of a run.
_types.unwrap_type = cache(_types.unwrap_type)
_types.resource_types = cache(_types.resource_types)
# With each stack file the project's own is read; nothing changes what was read.
engine_yaml.load = cache(engine_yaml.load)

COMMITTED_STACKS: Final = ("autopilot", "dev", "local", "prod")
"""The project's own stacks; beside them may lie stack files of whoever works in this folder."""

SEVERAL_MODELS: Mapping[str, Any] = {
    "nodePools": [
        {"name": "small", "machineType": "a3-highgpu-2g", "nodes": 4},
        {"name": "large", "machineType": "a3-highgpu-8g", "capacity": "onDemand"},
    ],
    "models": [
        {
            "name": "llama",
            "replicas": 2,
            "lora": {"adapters": [{"name": "food-review", "source": "owner/food"}]},
            "objectives": [{"name": "food-review", "priority": 10}],
        },
        {"name": "qwen", "model": "Qwen/Qwen3-32B", "gpu": {"count": 2}, "replicas": 2},
        {"name": "unknown", "model": "owner/unknown", "servedName": "mine", "port": 9000},
    ],
}
"""Three models on two pools: with adapters, with tensor parallelism, and not in the catalog."""

OTHER_GATEWAY: Mapping[str, Any] = {"gateway": {"className": "istio", "wait": False}}
"""Where a test looks at something else: without what GKE's Gateway needs, two thirds of a run."""

ELSEWHERE: Mapping[str, Any] = {
    "cluster": {"mode": "existing", "context": "kind-kind"},
    **OTHER_GATEWAY,
}
"""Where a test looks at models alone: nothing of Google's, a third of a run."""


@pytest.fixture(autouse=True)
def _no_width_of_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that runs beside others is given the width of their terminal, and prints as wide."""
    monkeypatch.delenv("COLUMNS", raising=False)


def make_settings(sections: Mapping[str, Any]) -> Settings:
    """Settings of sections as a stack file gives them, with the default model when none is named.

    Raises:
        ValidationError: when a key is unknown, or a value is out of bounds.

    """
    values: dict[str, Any] = {"models": [{}], **sections}
    return Settings.model_validate_json(json.dumps(values), strict=True, by_name=False)


def stack_file(
    sections: Mapping[str, Any] | None = None,
    *,
    gcp: Mapping[str, str] | None = None,
    secrets: Mapping[str, str] | None = None,
    name: str = "test",
) -> StackFile:
    """A stack file as the engine would hand it over: sections as JSON, secrets named."""
    gcp = {"project": "test-project", "region": "us-central1"} if gcp is None else gcp
    config = {f"gcp:{key}": value for key, value in gcp.items()}
    values: dict[str, Any] = {"models": [{}], **(sections or {})}
    for key, value in values.items():
        config[f"{PROJECT}:{key}"] = value if isinstance(value, str) else json.dumps(value)
    named = {f"{PROJECT}:{key}": value for key, value in (secrets or {}).items()}
    return StackFile(name=name, config={**config, **named}, secret_keys=frozenset(named))


def run(
    sections: Mapping[str, Any] | None = None,
    *,
    gcp: Mapping[str, str] | None = None,
    secrets: Mapping[str, str] | None = None,
) -> Run:
    """Run the real program on a configuration. Equal ones are run once: `{}` is as no section."""
    given = {key: value for key, value in (sections or {}).items() if value != {}}
    return run_of(stack_file(given, gcp=gcp, secrets=secrets))


def run_of(stack: StackFile) -> Run:
    """Run the real program for a stack. Equal stacks are run once."""
    return _run_once(stack.name, tuple(stack.config.items()), stack.secret_keys)


@cache
def _run_once(name: str, config: tuple[tuple[str, str], ...], secret_keys: frozenset[str]) -> Run:
    """Run in a thread of its own: Pulumi's settings are of a context, and not to be left behind."""
    stack = StackFile(name=name, config=dict(config), secret_keys=secret_keys)
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(run_program, stack).result()


@pytest.fixture
def runs_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands share the run of a stack. Fixtures of a module have, before this, one of their own.

    So that tests which compare with those compare two runs.
    """
    monkeypatch.setattr("inference.offline.commands.run_program", run_of)


@cache
def page_programs(page: str) -> Mapping[str, str]:
    """The Python programs on a page of the documentation, by the heading above each."""
    text = (ROOT / "docs" / page).read_text("utf-8")
    pattern = r"^## (.+?)\n.*?^```python\n(.*?)^```"
    return dict(re.findall(pattern, text, re.DOTALL | re.MULTILINE))


@cache
def record_program(source: str) -> Recording:
    """Run the source of another Pulumi program, which has no stack file, and record it."""

    def main() -> None:
        exec(compile(source, "<program>", "exec"), {"__name__": "__main__"})  # noqa: S102 our own

    stack = StackFile(name="test", config={}, secret_keys=frozenset())
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(record, stack, main).result()


def of_type(found: Recording, suffix: str) -> list[Registration]:
    """Resources, not components, whose type ends with `suffix`, e.g. `:Deployment`."""
    return [r for r in found.resources if r.custom and r.type.endswith(suffix)]


def only(found: Recording, suffix: str, name: str | None = None) -> Registration:
    """The one registration of a type, or of a type and object name."""
    candidates = [
        resource
        for resource in of_type(found, suffix)
        if name is None or (resource.inputs.get("metadata") or resource.inputs).get("name") == name
    ]
    assert len(candidates) == 1, f"{len(candidates)} of {suffix} {name or ''}"
    return candidates[0]


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish() -> None:
    """Spare workers pytest's last collection of garbage: xdist drops the leaks that it finds."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        gc.freeze()


@pytest.fixture(autouse=True)
def _event_loop() -> Iterator[None]:
    """Outputs that a test makes itself need a loop; a run of the program brings its own."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield
    asyncio.set_event_loop(None)
    loop.close()


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing outside the project is read or written: the cache of CRDs is a test's own.

    Named alone: making a folder for each test looks through those of all tests before it.
    """
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / f"cache-{uuid4()}"))
