"""Stacks of the project and its examples with a few values changed, at random.

    PYTHONPATH=tests python -m mutated_stacks 5000 [--seed 7] [--keep FOLDER]

Plans that many which get beyond the loader, one after the other in this process, and prints how
many were accepted. Exits with 1 where a plan ended otherwise than with 0 or 2 or took over ten
seconds of the processor; those stacks are kept in FOLDER.
"""

import argparse
import contextlib
import copy
import io
import json
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, Final, cast

import yaml

from inference.cli import main as inference
from inference.config.finding import PROJECT
from inference.config.stack_file import ROOT
from inference.config.yaml_loader import SafeLoader

_TEXTS: Final = (
    "", " ", "a", "A", "a" * 40, "a" * 63, "a" * 64, "a" * 254, "a\nb", "a\x00b", "\x1b[31m", "[/]",
    "ü", "🦙", "..", "/", "//", "/a/../b", "a/b", "a:b", "a.b", "a_b", "-a", "a-", "1", "-1", "1e3",
    "true", "null", "5m", "1h30m", "1.5s", "5 m", "100m", "1Gi", "1gi", "10.0.0.0/8", "0.0.0.0/0",
    "::/0", "gs://a/b", "projects/a/b/c", "default", "kube-system", "latest", "goog-a", "*",
    "*.example.com", "example.com", "$(A)", "{{ .Values.a }}", "${a}", "--port=1", "hf_abc",
    "us-central1-a", "ghcr.io/a/b:v1", "a@sha256:" + "0" * 64,
)  # fmt: skip
"""Values at the borders of what names, paths, quantities and ranges may be."""
_NUMBERS: Final = (-1, 0, 1, 2, 3, 7, 8, 64, 443, 1023, 65535, 65536, 2**31, 10**9, 10**18)
_PREFIX: Final = f"{PROJECT}:"
_KEY: Final = "key."
_SECURE: Final = {"$ref": "#/definitions/secure"}
_SECTIONS: Final = ("array", "object")
_FEW: Final = 4
_LONGEST_SECONDS: Final = 10
_TOLD_EACH: Final = 250

Raw = dict[str, Any]


@cache
def _schema() -> Raw:
    return json.loads((ROOT / "docs" / "stack.schema.json").read_text(encoding="utf-8"))


@cache
def _bases() -> tuple[Raw, ...]:
    files = [*sorted((ROOT / "examples").glob("*.yaml"))]
    files += [ROOT / f"Pulumi.{name}.yaml" for name in ("autopilot", "dev", "local", "prod")]
    return tuple(yaml.load(file.read_bytes(), Loader=SafeLoader)["config"] for file in files)  # noqa: S506 safe


def _resolved(node: Raw, random: Random) -> Raw:
    """A schema without references and alternatives; of several one is taken."""
    while True:
        if "$ref" in node:
            node = _schema()["definitions"][node["$ref"].rpartition("/")[2]]
        elif "allOf" in node:
            node = node["allOf"][0]
        elif "anyOf" in node:
            # A section may be null, encrypted, or written as a text of JSON, too.
            kinds = [_resolved(one, random) for one in node["anyOf"] if one != _SECURE]
            sections = [one for one in kinds if one.get("type") in _SECTIONS]
            return random.choice(sections or kinds)
        else:
            return node


def _value(node: Raw, random: Random) -> Any:  # noqa: ANN401 any JSON
    """A value of a schema's type, within its bounds most of the time."""
    node = _resolved(node, random)
    if "enum" in node or "const" in node:
        return random.choice(node.get("enum") or [node["const"]])
    kind: Any = node.get("type", "string")
    kind = random.choice(cast("list[str]", kind)) if isinstance(kind, list) else kind
    if kind in {"integer", "number"}:
        low, high = node.get("minimum", 0), node.get("maximum", 10**6)
        inside = [n for n in (low, low + 1, high, *_NUMBERS) if low <= n <= high]
        return random.choice(inside or [low])
    if kind == "boolean":
        return random.random() < 1 / 2
    if kind == "array":
        return [_value(node.get("items", {}), random) for _ in range(random.randrange(_FEW))]
    if kind == "object":
        return _mapping(node, random)
    written = [*node.get("examples", ()), *([node["default"]] if node.get("default") else [])]
    texts = [text for text in _TEXTS if re.search(node.get("pattern", ""), text)]
    return random.choice([*texts, *written * _FEW] or _TEXTS)


def _mapping(node: Raw, random: Random) -> Raw:
    properties, required = node.get("properties", {}), node.get("required", ())
    if not properties:
        below = cast("Raw", node.get("additionalProperties") or {})
        names = random.sample(_TEXTS, random.randrange(2))
        return {name: _value(below, random) for name in names}
    chosen = random.sample(sorted(properties), min(len(properties), random.randrange(_FEW)))
    return {key: _value(properties[key], random) for key in {*required, *chosen}}


def _change(place: Any, node: Raw, random: Random) -> Any:  # noqa: ANN401 any JSON
    """A value with one change, at any depth: another value, a key more or less, an entry twice."""
    node = _resolved(node, random)
    if random.random() < 4 / 5:
        if isinstance(place, dict) and node.get("properties"):
            return _changed_mapping(cast("Raw", place), node["properties"], random)
        if isinstance(place, list) and place:
            return _changed_list(cast("list[Any]", place), node.get("items", {}), random)
    return _value(node, random)


def _changed_mapping(place: Raw, properties: Raw, random: Random) -> Raw:
    there = [key for key in place if key in properties]
    if not there or random.random() < 1 / 3:
        key = random.choice(sorted(properties))
        place[key] = _value(properties[key], random)
        return place
    key = random.choice(there)
    if random.random() < 1 / 10:
        del place[key]
    else:
        place[key] = _change(place[key], properties[key], random)
    return place


def _changed_list(place: list[Any], items: Raw, random: Random) -> list[Any]:
    index = random.randrange(len(place))
    if random.random() < 1 / 5:
        place.append(copy.deepcopy(place[index]))
        index = -1
    place[index] = _change(place[index], items, random)
    return place


def mutated(random: Random) -> Raw:
    """The content of a stack file, with one to four changes."""
    config = copy.deepcopy(random.choice(_bases()))
    definitions = _schema()["definitions"]
    sections = {
        f"{_PREFIX}{name.removeprefix(_KEY)}": node
        for name, node in definitions.items()
        if name.startswith(_KEY)
    }
    for _ in range(random.randint(1, _FEW)):
        # Models and the Gateway have most of the keys.
        key = random.choice([*sections, *[f"{_PREFIX}models", f"{_PREFIX}gateway"] * 4])
        config[key] = _change(config[key], sections[key], random) if key in config else _value(
            sections[key], random
        )  # fmt: skip
    return {"config": config}


def plan(stack: Raw, folder: Path, *arguments: str) -> tuple[int, str, float]:
    """Exit status of a plan, what it printed, and the seconds of the processor that it took.

    In a thread of its own, as Pulumi reads the stack at each resource.
    """
    file = folder / "Pulumi.mutated.yaml"
    file.write_text(yaml.safe_dump(stack, allow_unicode=True), encoding="utf-8")
    printed = io.StringIO()
    command = [*(arguments or ("plan", "--findings")), "--config", str(file)]
    start = time.process_time()
    with (
        ThreadPoolExecutor(max_workers=1) as thread,
        contextlib.redirect_stdout(printed),
        contextlib.redirect_stderr(printed),
    ):
        status = thread.submit(inference, command).result()
    return status, printed.getvalue(), time.process_time() - start


def planned(random: Random, folder: Path) -> Iterator[tuple[Raw, int, str, float]]:
    """Stacks that get beyond the loader, and what their plans gave, without end."""
    while True:
        stack = mutated(random)
        status, printed, seconds = plan(stack, folder)
        if "[config." not in printed and "config." not in printed.partition(" ")[0]:
            yield stack, status, printed, seconds


def main() -> int:
    """Plan, count and keep what is wrong."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("count", type=int)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--keep", type=Path)
    arguments = parser.parse_args()
    count: Counter[int] = Counter()
    wrong, slowest = 0, 0.0
    with tempfile.TemporaryDirectory() as folder:
        stacks = planned(Random(arguments.seed), Path(folder))  # noqa: S311 no secret
        for index, (stack, status, printed, seconds) in enumerate(stacks):
            count[status] += 1
            slowest = max(slowest, seconds)
            if status not in {0, 2} or seconds > _LONGEST_SECONDS:
                wrong += 1
                print(f"stack {index}: exit {status} after {seconds:.1f} s: {printed[-300:]}")
                if arguments.keep:
                    name = arguments.keep / f"Pulumi.wrong-{index}.yaml"
                    name.write_text(yaml.safe_dump(stack, allow_unicode=True), encoding="utf-8")
            if index % _TOLD_EACH == 0:
                print(f"{index}: {dict(count)}", flush=True)
            if index + 1 == arguments.count:
                break
    print(f"{arguments.count} stacks beyond the loader: {count[0]} accepted, {count[2]} refused, "
          f"{wrong} wrong; the slowest took {slowest:.1f} s")  # fmt: skip
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
