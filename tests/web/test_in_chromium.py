# SPDX-License-Identifier: AGPL-3.0-or-later
"""The page in a real browser: few requests, no complaint, no sideways scrolling, tables still tables, and no script can run."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browsing import Browser, browser

from serving import Channel

pytestmark = pytest.mark.browser
PLANT = """(() => {
  window.ran = "";
  for (const plant of [
    () => { const s = document.createElement("script"); s.append("window.ran += 'script'"); document.body.append(s); },
    () => { document.body.setAttribute("onclick", "window.ran += 'attribute'"); document.body.click(); },
    () => { document.body.insertAdjacentHTML("beforeend", "<img src=x onerror=\\"window.ran += 'markup'\\">"); },
  ]) { try { plant(); } catch { /* refused: that is what is hoped for */ } }
  return window.ran;
})()"""


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser with an empty profile."""
    with browser(tmp_path_factory.mktemp("profile")) as page:
        yield page


def test_the_first_view_takes_few_requests_and_all_from_here(chromium: Browser, served: Channel) -> None:
    chromium.look(width=1000)
    chromium.visit(f"{served.url}/en/")
    requests = [told["request"]["url"] for told in chromium.told("Network.requestWillBeSent")]

    assert len(requests) <= 4
    assert all(url.startswith(served.url) for url in requests), requests


def test_the_browser_has_nothing_to_complain_about(chromium: Browser, served: Channel) -> None:
    chromium.visit(f"{served.url}/id/")

    assert chromium.told("Log.entryAdded") == []
    assert chromium.told("Runtime.exceptionThrown") == []


@pytest.mark.parametrize(("direction", "edge"), [("ltr", "left"), ("rtl", "right")])
def test_a_name_in_another_direction_stays_at_the_edge_of_the_page(
    chromium: Browser, served: Channel, direction: str, edge: str
) -> None:
    chromium.visit(f"{served.url}/en/looks/")
    chromium.value(f"document.documentElement.dir = '{direction}'")
    edges = chromium.value(
        "[...document.querySelectorAll('h3[dir=auto]')].map((one) => getComputedStyle(one).textAlign)"
    )

    assert len(edges) > 3
    assert set(edges) == {edge}


@pytest.mark.parametrize("language", ["en", "id"])
@pytest.mark.parametrize("direction", ["ltr", "rtl"])
@pytest.mark.parametrize("width", [320, 480, 500, 1280])
def test_nothing_is_wider_than_the_window(
    chromium: Browser, served: Channel, language: str, direction: str, width: int
) -> None:
    chromium.look(width=width)
    chromium.visit(f"{served.url}/{language}/")
    chromium.value(f"document.documentElement.dir = '{direction}'")

    assert chromium.value("document.documentElement.scrollWidth") == width


@pytest.mark.parametrize("width", [320, 1000])
def test_tables_are_tables_to_a_screen_reader_also_where_they_are_stacked(
    chromium: Browser, served: Channel, width: int
) -> None:
    chromium.look(width=width)
    chromium.visit(f"{served.url}/en/")
    nodes: list[dict[str, Any]] = chromium.ask("Accessibility.getFullAXTree")["nodes"]
    roles = [node["role"]["value"] for node in nodes if not node.get("ignored")]

    assert roles.count("table") == chromium.value("document.querySelectorAll('table').length") == 4
    assert roles.count("rowheader") == chromium.value("document.querySelectorAll('th[scope=row]').length")
    assert roles.count("columnheader") == 5


@pytest.mark.parametrize(("scheme", "paper"), [("light", "rgb(255, 255, 255)"), ("dark", "rgb(20, 23, 26)")])
def test_the_page_follows_the_readers_choice_of_light_or_dark(
    chromium: Browser, served: Channel, scheme: str, paper: str
) -> None:
    chromium.look(width=800, prefers_color_scheme=scheme)
    chromium.visit(f"{served.url}/en/")

    assert chromium.value("getComputedStyle(document.body).backgroundColor") == paper


def test_paper_is_white_also_for_a_reader_of_dark_pages(chromium: Browser, served: Channel) -> None:
    chromium.look(width=800, media="print", prefers_color_scheme="dark")
    chromium.visit(f"{served.url}/en/")

    assert chromium.value("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert chromium.value("getComputedStyle(document.querySelector('.languages')).display") == "none"


def test_the_first_key_leads_past_the_head_of_the_page(chromium: Browser, served: Channel) -> None:
    chromium.look(width=800)
    chromium.visit(f"{served.url}/en/")
    for kind in ("rawKeyDown", "keyUp"):
        chromium.ask("Input.dispatchKeyEvent", type=kind, key="Tab", code="Tab", windowsVirtualKeyCode=9)

    assert chromium.value("document.activeElement.className") == "skip"
    assert chromium.value("document.activeElement.getBoundingClientRect().top") >= 0


def test_no_script_runs_on_the_page_however_it_got_there(chromium: Browser, served: Channel) -> None:
    chromium.visit(f"{served.url}/en/")

    assert chromium.value(PLANT) == ""


def test_the_same_script_would_run_without_the_policy(chromium: Browser, tmp_path: Path) -> None:
    bare = tmp_path / "bare.html"
    bare.write_text("<!doctype html><title>bare</title><p>no policy here")
    chromium.visit(bare.as_uri())

    assert chromium.value(PLANT) == "scriptattribute"
