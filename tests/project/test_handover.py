"""What a repository gives to those who find it: links that lead somewhere, pins to be raised."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from inference.catalog import images
from inference.config.stack_file import ROOT

_PAGES: Final = sorted(
    page
    for folder in (ROOT, ROOT / "docs", ROOT / ".github", ROOT / "policy")
    for page in folder.glob("*.md")
)
_WORKFLOWS: Final = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
_LINK: Final = re.compile(r"\]\(([^)\s]+)\)")
_RENOVATE: Final[dict[str, Any]] = json.loads((ROOT / "renovate.json").read_text("utf-8"))


@cache
def anchors(page: Path) -> set[str]:
    """Anchors of a page: those that its headings have on GitHub, and those written out."""
    text = page.read_text("utf-8")
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    made = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
    return made | set(re.findall(r'<a id="(.+?)">', text))


def test_internal_links_lead_somewhere() -> None:
    for page in _PAGES:
        text = re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.DOTALL)
        for link in _LINK.findall(text):
            if "://" in link or link.startswith("mailto:"):
                continue
            path, _, anchor = link.partition("#")
            target = page.parent / path if path else page
            assert target.exists(), f"{page.name} links to {link}"
            assert not anchor or anchor in anchors(target), f"{page.name} links to {link}"


def test_every_make_target_of_a_page_exists() -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    for page in _PAGES:
        named = set(re.findall(r"(?:^|`)make ([a-z-]+)", page.read_text("utf-8"), re.MULTILINE))
        assert named <= set(targets), page.name


@pytest.mark.parametrize("file", _WORKFLOWS, ids=lambda file: file.name)
def test_actions_are_pinned_by_commit_and_name_their_version(file: Path) -> None:
    uses = re.findall(r"uses: (.+)", file.read_text("utf-8"))

    assert uses
    for action in uses:
        assert re.fullmatch(r"[\w.-]+/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action), action


@pytest.mark.parametrize("file", _WORKFLOWS, ids=lambda file: file.name)
def test_a_workflow_may_no_more_than_it_needs(file: Path) -> None:
    workflow: dict[str, Any] = yaml.safe_load(file.read_text("utf-8"))

    assert workflow["permissions"] == {"contents": "read"}
    for job in workflow["jobs"].values():
        assert "timeout-minutes" in job


def matches(file: str) -> list[dict[str, str]]:
    """What Renovate would find in a file by the custom managers of that file."""
    found: list[dict[str, str]] = []
    for manager in _RENOVATE["customManagers"]:
        if any(re.search(pattern.strip("/"), file) for pattern in manager["managerFilePatterns"]):
            for text in manager["matchStrings"]:
                expression = re.compile(text.replace("(?<", "(?P<"))
                content = (ROOT / file).read_text("utf-8")
                found += [match.groupdict() for match in expression.finditer(content)]
    return found


def test_renovate_finds_every_image_of_the_catalog() -> None:
    found = {
        (m["registry"], m["repository"], m["currentValue"])
        for m in matches("inference/catalog/images.py")
    }
    named = (images.VLLM, images.VLLM_TPU, images.SGLANG, images.LORA_SYNCER, images.SIMULATOR)

    assert found == {(image.registry, image.repository, image.tag) for image in named}


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("inference/catalog/releases.py", "gateway-api-inference-extension/charts/inferencepool"),
        (".github/workflows/check.yml", "pip-audit"),
        (".github/workflows/check.yml", "github.com/rhysd/actionlint"),
    ],
)
def test_renovate_finds_what_stands_elsewhere(file: str, name: str) -> None:
    assert name in {value for match in matches(file) for value in match.values()}


@pytest.mark.parametrize(
    "lock",
    [
        "requirements.txt",
        "requirements/dev.txt",
        "policy/requirements.txt",
        "requirements/checkov.txt",
        "requirements/release.txt",
    ],
)
def test_every_requirement_is_locked_with_hashes(lock: str) -> None:
    text = (ROOT / lock).read_text("utf-8")
    entries = re.split(r"\n(?=[A-Za-z0-9])", text)[1:]

    assert len(entries) > 20
    for entry in entries:
        assert re.match(r"[\w.-]+==\S+", entry), entry
        assert "--hash=sha256:" in entry, entry


@pytest.mark.parametrize(
    ("ranges", "lock"),
    [
        ("requirements/run.in", "requirements.txt"),
        ("requirements/dev.in", "requirements/dev.txt"),
    ],
)
def test_all_that_is_asked_for_is_locked(ranges: str, lock: str) -> None:
    asked = re.findall(r"^([\w-]+)[><=]", (ROOT / ranges).read_text("utf-8"), re.MULTILINE)
    locked = re.findall(r"^([\w.-]+)==", (ROOT / lock).read_text("utf-8"), re.MULTILINE)

    assert len(asked) > 5
    assert {name.lower().replace("_", "-") for name in asked} <= {
        name.lower().replace("_", "-") for name in locked
    }


def test_every_page_is_in_the_menu_or_left_out_by_name() -> None:
    pages = {page.name for page in (ROOT / "docs").glob("*.md")}
    site = yaml.safe_load((ROOT / "mkdocs.yml").read_text("utf-8"))
    menu = set(re.findall(r"[\w-]+\.md", json.dumps(site["nav"])))

    assert len(pages) > 10
    assert pages == menu | set(site["not_in_nav"].split())
