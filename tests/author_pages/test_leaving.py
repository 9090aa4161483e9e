# SPDX-License-Identifier: AGPL-3.0-or-later
"""Leaving: at once and with nothing left in the window, or by mistake and warned; and nothing of an author in the browser's own folder."""

import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from acting import Author, until
from browsing import browser
from stub_worker import WORDS, Played

from serving import Channel

pytestmark = pytest.mark.browser
TEXT = "Zanzibar-ledger-4711 should stay open"
Play = Callable[..., Played]


def typing(author: Author, channel: Channel) -> None:
    author.begin(f"{channel.url}/en/file/")
    author.click("#way-own")
    author.next("own")
    author.type("#own-text", TEXT)


def left(author: Author) -> None:
    author.wait("location.href === 'about:blank'")
    assert author.text() == ""


def test_one_click_leaves_with_nothing_in_the_window_and_no_question(served: Channel, played: Play) -> None:
    author = played()
    typing(author, served)
    before = author.value("history.length")
    author.click("#leave")
    left(author)

    assert author.value("history.length") == before
    assert author.page.told("Page.javascriptDialogOpening") == []


def test_two_presses_of_esc_leave_and_one_does_not(served: Channel, played: Play) -> None:
    author = played()
    typing(author, served)
    author.press("Escape")
    time.sleep(1.2)
    author.press("Escape")
    assert author.value("document.getElementById('own-text').value") == TEXT
    author.press("Escape")
    left(author)


def test_going_back_in_history_after_leaving_shows_nothing_that_was_typed(served: Channel, played: Play) -> None:
    author = played()
    author.page.visit(f"{served.url}/en/")
    typing(author, served)
    author.click("#leave")
    left(author)
    author.value("history.back()")
    author.wait("location.href !== 'about:blank' && document.readyState === 'complete'")

    assert "Zanzibar" not in author.value("document.documentElement.outerHTML")
    assert author.value("[...document.querySelectorAll('input, textarea')].every((field) => !field.value)")


def question(author: Author, selector: str) -> str:
    """Follow what leads away; the kind of question that the browser asks, answered with staying; "" if it asks none."""
    page = author.page
    page.accepts = False
    page.events.clear()
    author.value(f"void setTimeout(() => document.querySelector('{selector}').click(), 50)")
    end = time.monotonic() + 3
    while time.monotonic() < end and not page.told("Page.javascriptDialogOpening"):
        with suppress(AssertionError):  # a window on its way answers nothing
            page.history()
        time.sleep(0.05)
    return "".join(told["type"] for told in page.told("Page.javascriptDialogOpening"))


def test_going_away_by_mistake_is_asked_about_and_loses_nothing(served: Channel, played: Play) -> None:
    author = played()
    typing(author, served)

    assert question(author, ".name a") == "beforeunload"
    assert author.value("document.getElementById('own-text').value") == TEXT


def test_another_language_opens_beside_what_is_typed_and_says_so(served: Channel, played: Play) -> None:
    author = played()
    typing(author, served)
    known = {row["targetId"] for row in author.page.ask("Target.getTargets")["targetInfos"]}
    author.click(".languages a")
    author.wait("!document.getElementById('language-beside').hidden")

    assert author.value("document.getElementById('own-text').value") == TEXT
    assert "What you typed is still on this page." in author.text()
    until(lambda: any("/id/file/" in row["url"] for row in author.page.ask("Target.getTargets")["targetInfos"]))
    for row in author.page.ask("Target.getTargets")["targetInfos"]:
        if row["targetId"] not in known and "/id/file/" in row["url"]:
            author.page.ask("Target.closeTarget", targetId=row["targetId"])


def test_nothing_is_asked_while_nothing_is_typed(served: Channel, played: Play) -> None:
    author = played()
    author.begin(f"{served.url}/en/file/")

    assert question(author, ".languages a") == ""


def test_words_that_are_not_yet_written_down_are_asked_about_and_saved_files_are_not(
    served: Channel, played: Play
) -> None:
    author = played(look={"facts": []})
    author.begin(f"{served.url}/en/file/")
    author.write_own(TEXT)
    author.next("readers")
    author.click("#accept-deputy")
    author.next("check")
    author.click("#next")
    author.wait("document.querySelector('[data-act=written]')")
    assert question(author, ".name a") == "beforeunload"

    author.words_back(WORDS.split())
    assert question(author, ".name a") == "beforeunload"  # nothing of it is saved yet
    author.click("[data-act=receipt]")
    assert question(author, ".name a") == ""


@pytest.mark.parametrize("how", ["click", "keys"])
def test_leaving_asks_once_where_the_way_back_is_at_stake_on_a_page_that_is_blank_already(
    served: Channel, played: Play, how: str
) -> None:
    author = played(look={"facts": []})
    author.begin(f"{served.url}/en/file/")
    author.write_own(TEXT)
    author.next("readers")
    author.click("#accept-deputy")
    author.next("check")
    author.click("#next")
    author.words()

    def go() -> None:
        if how == "click":
            author.click("#leave" if not author.shown("#leave-asked") else "#leave-asked [data-act=go]")
        else:
            author.press("Escape")
            author.press("Escape")

    go()
    author.wait("document.querySelector('#leave-asked')?.checkVisibility()")
    assert author.text().startswith("Nothing is filed yet.")
    assert "abandon" not in author.text()  # whoever comes by reads no word
    assert author.value("document.title") == ""
    author.click("#leave-asked [data-act=stay]")
    assert "abandon" in author.text()
    author.words_back(WORDS.split())
    go()
    author.wait("document.querySelector('#leave-asked')?.checkVisibility()")
    assert "You have saved no receipt" in author.text()
    go()
    left(author)


def kept_in(folder: Path, words: str) -> list[str]:
    """The files below a folder that hold these words, in one byte or two for each letter."""
    forms = (words.encode(), words.encode("utf-16-le"))
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [str(path) for path in files if any(form in path.read_bytes() for form in forms)]


@pytest.mark.skipif(sys.platform != "linux", reason="the profile is searched as Chromium writes it here")
@pytest.mark.parametrize("leaving", ["quickly", "by closing the window"])
def test_the_browsers_own_folder_holds_nothing_of_the_author(served: Channel, tmp_path: Path, leaving: str) -> None:
    profile = tmp_path / "profile"
    with browser(profile) as page:
        page.look(width=1000)
        author = Played(page)
        typing(author, served)
        author.type("#own-subject", "Zanzibar-subject-4712")
        time.sleep(6)  # a browser that kept the state of fields would have written it by now
        if leaving == "quickly":
            author.click("#leave")
            left(author)
        played = Played(page)
        played.begin(f"{served.url}/en/case/")
        played.type("#words", WORDS)
        played.click("#open")
        played.wait("document.querySelector('article')")
        assert page.kept() == {}
        if leaving == "quickly":
            played.click("#leave")
            left(played)
        # The search can find: a word that a page did keep is there.
        page.visit(f"{served.url}/en/")
        page.value("localStorage.setItem('planted', 'Zanzibar-planted-4713')")
        time.sleep(3)

    assert kept_in(profile, "Zanzibar-planted-4713") != []
    for secret in (TEXT, "Zanzibar-subject-4712", WORDS, "absorb abstract absurd"):
        assert kept_in(profile, secret) == []
