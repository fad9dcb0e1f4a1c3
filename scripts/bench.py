"""`make bench`: the time of a plan, as ratios measured in one run.

Machines are shared and noisy, so seconds are those of the processor, and each figure is compared
with one taken beside it: the two are measured in turns and the medians are divided.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Final

from inference.config import Configuration, Settings
from inference.preflight import check

ROOT: Final = Path(__file__).resolve().parents[1]
_ROUNDS: Final = 5
_CHECKS: Final = 9
_LIST_MODULES: Final = """
import sys
from inference.offline.runner import run_program
from inference.config.stack_file import read_stack
run_program(read_stack(sys.argv[1]))
print(*sorted(name for name in sys.modules if name.startswith(("pulumi_gcp", "pulumi_kubernetes"))))
"""


def _seconds(arguments: Sequence[str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *arguments], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 our own commands
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def provider_modules(stack: str) -> list[str]:
    """The provider modules that a plan of a stack loads, as it names them itself."""
    command = [sys.executable, "-c", _LIST_MODULES, stack]
    result = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)  # noqa: S603 our own command
    return result.stdout.split()


def many_models(count: int) -> str:
    """A stack file, as JSON, with `count` models of two adapters and an objective each."""
    models = [
        {
            "name": f"model-{index}",
            "model": "Qwen/Qwen3-8B",
            "servedName": f"model-{index}",
            "replicas": 2,
            "lora": {
                "adapters": [
                    {"name": f"adapter-{index}-{side}", "source": "owner/adapter"}
                    for side in ("a", "b")
                ]
            },
            "objectives": [{"name": f"objective-{index}", "priority": index}],
        }
        for index in range(count)
    ]
    pool = {"name": "gpupool", "machineType": "a3-highgpu-8g", "capacity": "spot", "nodes": 40}
    return json.dumps(
        {"config": {"gcp:project": "bench-project", "nodePools": [pool], "models": models}}
    )


def preflight_milliseconds(models: int) -> float:
    """Time of all checks of a stack with that many models, without reading the stack file."""
    stack = json.loads(many_models(models))["config"]
    settings = Settings.model_validate(
        {"models": stack["models"], "nodePools": [{**stack["nodePools"][0], "nodes": models}]}
    )
    configuration = Configuration(settings=settings, token=None)
    times: list[float] = []
    for _ in range(_CHECKS):
        start = time.perf_counter()
        check(configuration, offline=True)
        times.append(time.perf_counter() - start)
    return 1000 * median(times)


def main() -> None:
    """Print both ratios with the medians they are made of."""
    plan = ["-m", "inference", "plan", "--json"]
    imports = ["-c", f"import {', '.join(provider_modules('dev'))}"]
    with tempfile.TemporaryDirectory() as folder:
        files = {count: Path(folder) / f"Pulumi.m{count}.yaml" for count in (5, 50)}
        for count, file in files.items():
            file.write_text(many_models(count), encoding="utf-8")
        commands = {
            "import": imports,
            "no gc": ["-c", f"import gc; gc.disable(); {imports[1]}"],
            "dev": [*plan, "--stack", "dev"],
            **{f"{n} models": [*plan, "--config", str(file)] for n, file in files.items()},
        }
        times: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(_ROUNDS):
            for name, arguments in commands.items():
                times[name].append(_seconds(arguments))
    medians = {name: median(values) for name, values in times.items()}
    for name, value in medians.items():
        print(f"{name:<10} {value:6.2f} s, median of {_ROUNDS}")
    bare = medians["import"]
    print(f"plan of dev / bare import of its provider modules: {medians['dev'] / bare:.2f}")
    # A plan loads its modules without garbage collection, so what it does beyond that is
    # counted from an import without it.
    quick = medians["no gc"]
    growth = (medians["50 models"] - quick) / (medians["5 models"] - quick)
    print(f"50 models / 5 models, both beyond that import:     {growth:.2f}")
    checks = {models: preflight_milliseconds(models) for models in (1, 100, 1000)}
    for models, milliseconds in checks.items():
        print(f"preflight of {models:>4} models: {milliseconds:.2f} ms")
    print(f"1000 models / 100 models, checks alone:            {checks[1000] / checks[100]:.2f}")


if __name__ == "__main__":
    main()
