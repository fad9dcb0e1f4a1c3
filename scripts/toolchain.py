"""`make toolchain`: build the programs that the engine tests run, from pinned Go modules.

`python -m scripts.toolchain --data-path` builds those of the data path's tests too.

Each folder of tests/engine/toolchain holds a go.mod and go.sum: with a `tool` line it names
programs to build, without one a module whose files (CRDs, charts) the tests read. Everything ends
in the ignored folder .toolchain: programs in `bin`, modules as links in `modules`. A program is
rebuilt when its go.mod, go.sum, flags or the Go version change. What is built, and from which
folder, says toolchain_programs.

Exits with 77 and the reason where Go is missing or a module is not available, 1 when a build fails.
"""

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from scripts.toolchain_programs import DATA_PATH, FILES, PROGRAMS, Program

ROOT: Final = Path(__file__).resolve().parents[1]
MODULES: Final = ROOT / "tests" / "engine" / "toolchain"
OUTPUT: Final = ROOT / ".toolchain"
IMPOSSIBLE: Final = 77
"""Exit status for "cannot be tried here", as automake's test driver has it."""
_BUILD_MEMORY_GIB: Final = 5
"""What linking the largest of the programs (pulumi) takes, with a margin."""


class ImpossibleError(Exception):
    """Something that the build needs is not available here."""


class BuildError(Exception):
    """A program does not build."""


def _go(folder: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Go in a module of the toolchain, read-only: what go.mod pins is what is built."""
    environment = {**os.environ, "GOWORK": "off", "GOTOOLCHAIN": "auto", "CGO_ENABLED": "0"}
    return subprocess.run(  # noqa: S603 our own commands
        ["go", *arguments],  # noqa: S607 the user's Go
        cwd=MODULES / folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "no message"


def go_version() -> str:
    """Version of the Go that builds.

    Raises:
        ImpossibleError: without Go, or the release that go.mod asks for.
    """
    if not shutil.which("go"):
        raise ImpossibleError("Go is not installed; the programs of the tests are built with it")
    result = _go("pulumi", "version")
    if result.returncode:
        raise ImpossibleError(f"Go cannot build what go.mod asks for: {_last_line(result.stderr)}")
    return result.stdout.strip()


def link_files(folder: str, module: str) -> None:
    """Fetch a module and link its folder under `modules`.

    Raises:
        ImpossibleError: when it is not available.
    """
    result = _go(folder, "mod", "download", "-json", module)
    answer: dict[str, Any] = json.loads(result.stdout or "{}")
    if result.returncode:
        # With -json the reason is in the answer.
        reason = _last_line(answer.get("Error") or result.stderr)
        raise ImpossibleError(f"module {module} ({folder}) cannot be had: {reason}")
    link = OUTPUT / "modules" / folder
    link.parent.mkdir(parents=True, exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(answer["Dir"])


def stamp(program: Program, go: str) -> str:
    """What decides whether a program must be rebuilt."""
    digest = hashlib.sha256()
    for name in ("go.mod", "go.sum"):
        digest.update((MODULES / program.folder / name).read_bytes())
    digest.update("\0".join([go, program.package, *program.flags]).encode())
    return digest.hexdigest()


def _stamp_file(program: Program) -> Path:
    return OUTPUT / "stamps" / program.name


def is_built(program: Program, go: str) -> bool:
    """Whether the program in `bin` is the one that would be built."""
    file = _stamp_file(program)
    built = (OUTPUT / "bin" / program.name).exists() and file.exists()
    return built and file.read_text(encoding="utf-8") == stamp(program, go)


def build(program: Program, go: str, console: Console) -> None:
    """Build one program.

    Raises:
        ImpossibleError: when a module is not available.
        BuildError: when it does not compile.
    """
    console.print(f"building {program.name} ...")
    began = time.monotonic()
    packages = _go(program.folder, "list", "-deps", program.package)
    if packages.returncode:
        message = f"a module of {program.name} cannot be had: {_last_line(packages.stderr)}"
        raise ImpossibleError(message)
    binary, file = OUTPUT / "bin" / program.name, _stamp_file(program)
    for folder in (binary.parent, file.parent):
        folder.mkdir(parents=True, exist_ok=True)
    built = _go(program.folder, "build", *program.flags, "-o", str(binary), program.package)
    if built.returncode:
        raise BuildError(f"{program.name} does not build:\n{built.stderr}")
    file.write_text(stamp(program, go), encoding="utf-8")
    console.print(f"built {program.name} in {time.monotonic() - began:.0f} s")


def parallel_builds() -> int:
    """How many programs to build at once: one a core, as far as memory holds."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    return max(1, min(os.cpu_count() or 1, int(memory / _BUILD_MEMORY_GIB)))


def make_toolchain(console: Console, programs: Sequence[Program]) -> None:
    """Build what is not built yet.

    Raises:
        ImpossibleError: when something is not available here.
        BuildError: when a program does not build.
    """
    go = go_version()
    for folder, module in FILES.items():
        link_files(folder, module)
    missing = [program for program in programs if not is_built(program, go)]
    if not missing:
        console.print(f"The toolchain is built: {OUTPUT.name}")
        return
    workers = parallel_builds()
    console.print(f"Building {len(missing)} programs with {go}, {workers} at a time ...")
    with ThreadPoolExecutor(workers) as pool:
        builds = [pool.submit(build, program, go, console) for program in missing]
        try:
            for one in builds:
                one.result()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def main(arguments: Sequence[str] | None = None) -> int:
    """Build, and say in one sentence what stood in the way."""
    parser = argparse.ArgumentParser(prog="python -m scripts.toolchain")
    parser.add_argument("--data-path", action="store_true", help="for the data path's tests too")
    programs = (*PROGRAMS, *DATA_PATH) if parser.parse_args(arguments).data_path else PROGRAMS
    console = Console()
    try:
        make_toolchain(console, programs)
    except ImpossibleError as error:
        console.print(f"The tests cannot run here: {error}", markup=False, soft_wrap=True)
        return IMPOSSIBLE
    except BuildError as error:
        console.print(str(error), markup=False)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
