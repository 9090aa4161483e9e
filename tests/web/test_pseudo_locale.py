# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every page in the pseudo-locale: no text that a translator never saw, and nothing that breaks when every text is half as long again."""

import os
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from browsing import Browser, browser

from serving import Channel, practice_channel

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "script"))
PAGES = ["id/", "id/file/", "id/file/plain/", "id/case/", "id/case/plain/", "id/desk/in/"]
SMALL = 320
# What a reader can see and no translator writes: what charter, channel and people say (marked by its own language or as not to be
# translated), code, numbers, dates and names of languages.
UNMARKED = """[...(function* () {
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const at = node.parentElement, text = node.data.trim();
    if (!/\\p{Letter}{2}/u.test(text) || !at.checkVisibility()) continue;
    if (at.closest("[translate=no], [lang]:not(html), code, pre, time, bdi, script, style, template, noscript")) continue;
    if (!text.includes("\u27e6") && !text.includes("\u27e7")) yield text.slice(0, 80);
  }
})()]"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Channel]:
    """A practice channel whose Indonesian is the pseudo-locale."""
    from pseudo import build

    place = tmp_path_factory.mktemp("pseudo")
    assert build(place / "locale") > 800
    path = os.pathsep.join(filter(None, [str(ROOT / "tests" / "shifted"), os.environ.get("PYTHONPATH")]))
    with practice_channel(place, serve=False) as channel:
        words = ["-m", "demur", "serve", str(channel.directory), "--listen", f"127.0.0.1:{channel.port}"]
        channel.run(*words, PYTHONPATH=path, DEMUR_TEST_LOCALE=str(place / "locale"))
        yield channel


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("profile")) as page:
        yield page


def unmarked(page: Browser, served: Channel) -> list[str]:
    """What a reader sees that is no text of the pages, and that the charter does not say in its own words."""
    with urllib.request.urlopen(f"{served.url}/charter.toml") as answer:
        charter = " ".join(answer.read().decode().split())

    def says(text: str) -> bool:
        """Whether the charter's own words are all that is in a line, such as a door's name and its note."""
        return all(part.strip(" .") in charter for part in " ".join(text.split()).split(": "))

    return [text for text in page.value(UNMARKED) if not says(text)]


@pytest.mark.parametrize("page", ["id/file/", "id/case/"])
def test_a_page_that_a_script_fills_holds_no_other_text(page: str, served: Channel, chromium: Browser) -> None:
    chromium.look(width=1000)
    chromium.visit(f"{served.url}/{page}")
    chromium.until("document.querySelector('#begin')?.checkVisibility()")
    chromium.click("#begin")
    chromium.until("document.querySelector('#begin') === null || !document.querySelector('#begin').checkVisibility()")

    assert unmarked(chromium, served) == []
    chromium.look(width=SMALL)
    assert chromium.value("document.documentElement.scrollWidth") == SMALL


@pytest.mark.parametrize("page", PAGES)
def test_a_page_holds_no_text_that_no_translator_saw(page: str, served: Channel, chromium: Browser) -> None:
    chromium.look(width=1000)
    chromium.visit(f"{served.url}/{page}")

    assert chromium.value("document.body.innerText.includes('\u27e6')")
    assert unmarked(chromium, served) == []
    assert "\u27e6" in chromium.value("document.title")


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_a_page_holds_longer_texts_in_a_small_window(
    page: str, direction: str, served: Channel, chromium: Browser
) -> None:
    chromium.look(width=SMALL)
    chromium.visit(f"{served.url}/{page}")
    chromium.value(f"document.documentElement.dir = '{direction}'")

    assert chromium.value("document.documentElement.scrollWidth") == SMALL


def test_the_looks_of_every_part_hold_longer_texts(served: Channel, chromium: Browser) -> None:
    chromium.look(width=SMALL)
    chromium.visit(f"{served.url}/id/looks/")

    assert chromium.value("document.documentElement.scrollWidth") == SMALL


def test_what_is_filled_into_a_text_stays() -> None:
    from pseudo import pseudo

    for text in ("By {date}: {text}", "%(count)d cases", "100 %% of {n}"):
        made = pseudo(text)
        assert [
            part for part in ("{date}", "{text}", "%(count)d", "%%", "{n}") if part in text and part not in made
        ] == []
        assert len(made) > 1.3 * len(text)


def test_it_is_offered_to_nobody(served: Channel) -> None:
    settings = (ROOT / "src/demur/site/settings.py").read_text()

    assert "pseudo" not in settings
    assert not list((ROOT / "src/demur/locale").glob("*pseudo*"))
