"""The report in a real browser: it loads quietly, opens, searches, and can be read anywhere."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, Literal

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from inference.config.stack_file import ROOT

_CHROMIUM: Final = ("chromium", "chromium-browser", "google-chrome")
_PHONE: Final = 360
_READABLE: Final = 4.5
"""Contrast that WCAG 2.2 asks of text, level AA."""
_CONTRASTS: Final = """() => {
  const parse = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
  const light = (rgb) => rgb.slice(0, 3).map((part) => part / 255)
    .map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
    .reduce((sum, part, index) => sum + part * [0.2126, 0.7152, 0.0722][index], 0);
  const behind = (element) => {
    for (let up = element; up; up = up.parentElement) {
      const rgb = parse(getComputedStyle(up).backgroundColor);
      if (rgb.length === 3 || rgb[3] === 1) return rgb;
    }
    return [255, 255, 255];
  };
  const result = {};
  for (const element of document.querySelectorAll("body *:not(svg *, script)")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (!own || !element.checkVisibility()) continue;
    const [a, b] = [light(parse(getComputedStyle(element).color)), light(behind(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const name = element.tagName + "." + element.className;
    result[name] = Math.min(result[name] ?? 21, ratio);
  }
  return result;
}"""
Scheme = Literal["light", "dark"]
Open = Callable[..., Page]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page of one stack against another, as a file."""
    file = tmp_path_factory.mktemp("report") / "dev.html"
    # In a process of its own: a browser's event loop runs in this one.
    command = [sys.executable, "-m", "inference", "report", "--against", "autopilot", "--out"]
    subprocess.run([*command, str(file)], check=True, cwd=ROOT, stdout=subprocess.DEVNULL)  # noqa: S603 our own
    return file.as_uri()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The Chromium of this machine; none is downloaded."""
    named = os.environ.get("CHROMIUM")
    found = named or next(filter(None, map(shutil.which, _CHROMIUM)), None)
    assert found, "no Chromium here: install it, or name one in CHROMIUM"
    with sync_playwright() as playwright:
        # Chromium's sandbox refuses to start as root.
        launched = playwright.chromium.launch(
            executable_path=found, chromium_sandbox=os.geteuid() != 0
        )
        yield launched
        launched.close()


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Open]:
    """Opens the page; at the end it must have said nothing and asked for nothing else."""
    heard: list[str] = []
    asked: list[str] = []
    pages: list[Page] = []

    def start(hash_: str = "", width: int = 1280, scheme: Scheme = "light") -> Page:
        context = browser.new_context(
            color_scheme=scheme,
            reduced_motion="reduce",
            viewport={"width": width, "height": 900},
        )
        page = context.new_page()
        page.on("console", lambda message: heard.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: heard.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(address + hash_)
        pages.append(page)
        return page

    yield start
    for page in pages:
        page.context.close()
    assert heard == []
    assert {url.partition("#")[0] for url in asked if not url.startswith("data:")} == {address}


def test_it_loads_quietly_with_every_section(visit: Open) -> None:
    page = visit()

    expect(page.get_by_role("heading", level=1)).to_have_text("Stack dev against autopilot")
    for name in ("Findings", "Changes against autopilot", "Graph", "Timeline", "Resources"):
        expect(page.get_by_role("heading", level=2, name=name)).to_be_visible()


def test_a_box_of_the_graph_opens_its_component(visit: Open) -> None:
    page = visit()
    page.get_by_role("button", name="Close all").click()
    expect(page.locator("#resources details[open]")).to_have_count(0)

    page.locator("#graph svg a").filter(has_text="MetricsReader").click()

    expect(page.locator(".r-here > summary")).to_contain_text("MetricsReader")
    expect(page.locator(".r-here > summary")).to_be_in_viewport()
    expect(
        page.locator(".r-here > .r-children").get_by_text("ServiceAccount").first
    ).to_be_visible()


@pytest.mark.parametrize(("width", "scrolled"), [(1280, False), (_PHONE, True)])
def test_the_graph_fits_a_window_and_is_scrolled_on_a_phone_that_says_so(
    visit: Open, width: int, *, scrolled: bool
) -> None:
    page = visit(width=width)
    wide, shown = page.locator(".r-picture").evaluate("box => [box.scrollWidth, box.clientWidth]")

    assert (wide > shown) == scrolled
    assert page.locator(".r-hint").is_visible() == scrolled
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_critical_path_has_one_colour_in_graph_and_timeline(visit: Open) -> None:
    page = visit()
    box = page.locator("#graph .critical .box").first
    bar = page.locator(".r-critical .r-lane i").first

    assert box.evaluate("one => getComputedStyle(one).stroke") == "rgb(233, 30, 99)"
    assert bar.evaluate("one => getComputedStyle(one).backgroundColor") == "rgb(233, 30, 99)"


def test_price_and_its_change_are_on_the_first_screen(visit: Open) -> None:
    page = visit()

    expect(page.locator(".r-figures > div").first).to_contain_text("+$")
    expect(page.locator(".r-figures > div", has_text="price")).to_be_in_viewport()
    expect(page.locator(".r-verdict")).to_have_text(
        "dev works, once 2 settings are filled in (3 open findings)"
    )


def test_paper_has_no_controls_and_no_manifests(visit: Open) -> None:
    page = visit()
    page.emulate_media(media="print")

    for hidden in (".r-bar", "#manifests", "h2 button"):
        expect(page.locator(hidden).first).to_be_hidden()
    expect(page.locator("#graph svg")).to_be_visible()


def test_the_keyboard_opens_a_resource_and_follows_what_it_waits_for(visit: Open) -> None:
    page = visit()
    deployment = page.locator(
        "#resources details:not([data-tree])", has_text="Deployment llama3-8b"
    )
    deployment = deployment.last
    summary = deployment.locator("> summary")
    summary.focus()
    expect(deployment.locator("pre")).to_be_hidden()

    page.keyboard.press("Enter")
    expect(deployment.locator("pre")).to_contain_text("vllm")
    page.keyboard.press("Tab")
    target = page.evaluate("document.activeElement.getAttribute('href')")
    page.keyboard.press("Enter")

    expect(page.locator(f"{target} > summary")).to_be_focused()
    expect(page.locator(f"{target} > summary")).to_be_in_viewport()


def test_the_keyboard_follows_a_box_of_the_graph(visit: Open) -> None:
    page = visit()
    box = page.locator("#graph svg a").first
    box.focus()
    page.keyboard.press("Enter")

    target = box.get_attribute("href")
    assert target
    expect(page.locator(target)).to_have_attribute("open", "")
    expect(page.locator(f"{target} > summary")).to_be_focused()


def test_what_has_the_keyboard_is_marked(visit: Open) -> None:
    page = visit()
    page.keyboard.press("Tab")

    style = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert style == "solid"


def test_search_filters_and_escape_shows_all_again(visit: Open) -> None:
    page = visit()
    entries = page.locator("main [data-search]:visible")
    every = entries.count()
    page.keyboard.press("/")
    search = page.get_by_role("searchbox")
    expect(search).to_be_focused()
    expect(search).to_have_value("")

    page.keyboard.type("priority: 20")
    expect(page.locator("#matches")).to_have_text("2 found")
    expect(page.locator("#resources summary:visible").last).to_contain_text("llama3-base-model")
    expect(page.locator("main h2:visible")).to_have_text(
        [re.compile("Resources"), re.compile("Manifests")]
    )
    expect(page.locator("#resources pre:visible")).to_contain_text("priority: 20")
    assert page.evaluate("[...CSS.highlights.get('found')].map(String)") == ["priority:", "20"] * 2

    page.keyboard.press("Escape")
    expect(page.locator("#matches")).to_be_empty()
    expect(page.locator("#resources pre:visible")).to_have_count(0)
    assert entries.count() == every
    assert page.evaluate("CSS.highlights.get('found').size") == 0


def test_search_finds_the_resources_of_a_component(visit: Open) -> None:
    page = visit()
    page.get_by_role("searchbox").fill("metricsreader clusterrole")

    expect(page.locator("#resources details:not([data-tree]):visible")).to_have_count(4)


def test_a_search_for_nothing_says_so(visit: Open) -> None:
    page = visit()
    expect(page.locator("#nothing")).to_be_hidden()
    page.get_by_role("searchbox").fill("nowhere to be found")

    expect(page.locator("#nothing")).to_be_visible()
    expect(page.locator("#matches")).to_have_text("0 found")


def test_a_link_to_a_resource_opens_it_even_when_the_search_hides_it(visit: Open) -> None:
    page = visit("#resource-3")
    expect(page.locator("#resource-3")).to_have_attribute("open", "")

    page.get_by_role("searchbox").fill("llama3-base-model")
    expect(page.locator("#resource-3")).to_be_hidden()
    page.evaluate("location.hash = '#resource-4'")

    expect(page.locator("#resource-4")).to_be_visible()
    expect(page.get_by_role("searchbox")).to_have_value("")


def test_changes_name_what_is_added_and_what_differs(visit: Open) -> None:
    changes = visit().locator("#changes")

    expect(changes.locator(".r-change", has_text="NodePool gpupool")).to_contain_text("added")
    expect(changes.locator(".r-change", has_text="Deployment llama3-8b")).to_contain_text("spec")
    expect(changes.locator(".r-plus").first).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_readable_on_a_phone(visit: Open, scheme: Scheme) -> None:
    page = visit(width=_PHONE, scheme=scheme)
    page.get_by_role("button", name="Open all").click()

    assert page.evaluate("document.documentElement.scrollWidth") <= _PHONE
    assert page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)") >= 16
    heights = page.locator("summary:visible").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect().height)"
    )
    assert min(heights) >= 32


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_has_contrast(visit: Open, scheme: Scheme) -> None:
    page = visit(scheme=scheme)
    contrasts: dict[str, float] = page.evaluate(_CONTRASTS)

    assert len(contrasts) > 15
    assert {name: ratio for name, ratio in contrasts.items() if ratio < _READABLE} == {}


def test_dark_mode_is_dark(visit: Open) -> None:
    colours = [
        visit(scheme=scheme).evaluate("getComputedStyle(document.body).backgroundColor")
        for scheme in ("light", "dark")
    ]

    assert colours == ["rgb(250, 251, 255)", "rgb(18, 21, 31)"]


def test_it_is_a_file_of_its_own(address: str) -> None:
    assert list(Path(address.removeprefix("file://")).parent.iterdir()) == [
        Path(address.removeprefix("file://"))
    ]
