"""The comment on a pull request: nothing that a stack file says leaves the fence around it."""

import os
import subprocess
from pathlib import Path

import pytest

from inference.config.stack_file import ROOT

_HOSTILE = "works\n```\n# a heading\n````` and @everyone"


@pytest.mark.parametrize(("stack", "title"), [("mine", "mine"), ("a<b>`*", "a?b???")])
def test_the_fence_is_longer_than_any_in_the_text(stack: str, title: str, tmp_path: Path) -> None:
    for name, text in {
        "scripts/plan-comment": (ROOT / "scripts" / "plan-comment").read_text("utf-8"),
        "bin/make": "#!/bin/sh\n",
        ".venv/bin/inference": f"#!/bin/sh\ncat <<'END'\n{_HOSTILE}\nEND\n",
        f"Pulumi.{stack}.yaml": "",
    }.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        file.chmod(0o755)
    subprocess.run(  # noqa: S603 our own script
        [tmp_path / "scripts" / "plan-comment", "main", "reports", "comment.md"],
        env={"PATH": f"{tmp_path}/bin:{os.environ['PATH']}"},
        check=True,
        timeout=60,
    )

    heading, _, fence, *inside, end = (
        (tmp_path / "comment.md").read_text("utf-8").strip().split("\n")
    )
    assert heading == f"**{title}**"
    assert fence == end == "`" * 8
    assert _HOSTILE in "\n".join(inside)
    assert all(not line.startswith(fence) for line in inside)
