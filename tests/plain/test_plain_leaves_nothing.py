# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the plain pages leave in the browser's own folder: addresses, which show a page for ten minutes; no text, no reason, no code."""

import os
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from browsing import Browser, browser
from sheets import looked_at

from demur.web.once import ASKED, KEPT, Answers
from serving import Channel

pytestmark = pytest.mark.browser
linux = pytest.mark.skipif(sys.platform != "linux", reason="the profile is searched as Chromium writes it here")
TEXT = "Zanzibar-ledger-5711 was counted wrong"
REASON = "Zanzibar-reason-5712"
WRITTEN = 4  # seconds within which a browser has written down what it keeps


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    return tmp_path / "profile"


@pytest.fixture
def page(profile: Path) -> Iterator[Browser]:
    """Held by the test, which ends it and then looks at what it left."""
    with browser(profile) as found:
        found.look(width=1000)
        found.without_scripts()
        yield found


def press(page: Browser, text: str) -> None:
    page.value(f"[...document.querySelectorAll('main button')].find((b) => b.textContent.trim() === {text!r}).click()")


def go_on(page: Browser, text: str) -> None:
    page.events.clear()
    press(page, text)
    while not page.told("Page.loadEventFired"):
        page.events.append(page._hear())
    time.sleep(WRITTEN)


def ended(page: Browser) -> None:
    page.ask("Browser.close", to="")
    time.sleep(WRITTEN)


def kept_in(folder: Path, words: str) -> list[str]:
    """The files below a folder that hold these words, as a page or an address would, in one byte or two for each letter."""
    spelt = {words, words.replace(" ", ""), words.replace(" ", "+"), words.replace(" ", "%20")}
    forms = [form for each in spelt for form in (each.encode(), each.encode("utf-16-le"))]
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [str(path.relative_to(folder)) for path in files if any(form in path.read_bytes() for form in forms)]


def start(page: Browser, served: Channel) -> None:
    page.visit(f"{served.url}/en/file/plain/")
    page.fill("#text", f"A subject\n\n{TEXT}")
    time.sleep(WRITTEN)  # a browser that kept the state of fields would have written it by now


@linux
def test_filed_opened_and_withdrawn_without_script_leaves_addresses_and_nothing_typed(
    served: Channel, page: Browser, profile: Path
) -> None:
    start(page, served)
    go_on(page, "Continue")
    page.click("#claim-2")
    go_on(page, "Continue")
    go_on(page, "Continue")
    code = " ".join(page.value("[...document.querySelectorAll('.digits li')].map((row) => row.textContent)"))
    assert len(code) == 55
    go_on(page, "I have written them down")
    for name in page.value("[...document.querySelectorAll('[name^=group-]')].map((box) => box.name)"):
        page.fill(f"#{name}", code.split(" ")[int(name.partition("-")[2]) - 1])
    go_on(page, "File it now")
    page.visit(f"{served.url}/en/case/plain/")
    page.fill("#code", code)
    go_on(page, "Open my case")
    page.saved_to(profile.parent / "saved")
    page.value("document.querySelector('[value=receipt]').click()")
    page.saved("*.receipt")
    go_on(page, "Withdraw…")
    page.fill("#reason", REASON)
    go_on(page, "Withdraw the case")
    shown = page.history()
    page.click(".leave a")
    ended(page)

    addresses = [address for address in shown if "?page=" in address]
    assert len(addresses) == 8
    assert kept_in(profile, addresses[-1].partition("?page=")[2]) != []  # the search looks where a session is kept
    assert {words: kept_in(profile, words) for words in (TEXT, REASON, code)} == {TEXT: [], REASON: [], code: []}


@linux
def test_a_line_that_breaks_while_a_form_is_sent_leaves_nothing_either(
    served: Channel, page: Browser, profile: Path
) -> None:
    start(page, served)
    page.slow(offline=True)
    press(page, "Continue")
    time.sleep(WRITTEN)
    ended(page)

    assert kept_in(profile, "/en/file/plain/") != []
    assert kept_in(profile, TEXT) == []


@linux
def test_the_search_finds_a_form_that_is_not_guarded(served: Channel, page: Browser, profile: Path) -> None:
    start(page, served)
    page.value("document.querySelector('input[type=password]').remove()")
    page.slow(offline=True)
    press(page, "Continue")
    time.sleep(WRITTEN)
    ended(page)

    assert any("Sessions" in found for found in kept_in(profile, TEXT))


def test_what_remains_is_an_address_that_shows_the_page_for_ten_minutes(served: Channel, page: Browser) -> None:
    page.visit(f"{served.url}/en/file/plain/")
    page.fill("#text", f"A subject\n\n{TEXT}")
    press(page, "Continue")
    page.see("Which paragraphs must be answered")
    address = page.history()[-1]

    assert re.fullmatch(rf"{served.url}/en/file/plain/\?page=[0-9a-f]{{64}}", address)
    for _ in range(2):  # a phone that threw the page away fetches it anew
        status, shown = looked_at(address)
        assert (status, TEXT in shown) == (200, True)
    assert "For ten minutes the history of this browser can show these pages again." in shown
    for room, said in (("file", "“File it now”"), ("case", "Type your return code once more")):
        status, shown = looked_at(f"{served.url}/en/{room}/plain/?page={'0' * 64}")
        assert (status, said in shown) == (410, True)


def test_an_answer_is_kept_for_ten_minutes_sealed_and_within_its_room() -> None:
    answers = Answers(room=3_000)
    page = TEXT.encode()
    first = answers.keep(400, page, at=1_000)

    assert answers.look(first, at=1_000 + KEPT - 1) == (400, page)
    assert all(page not in sealed and bytes.fromhex(first) not in place for place, (_, sealed) in answers._kept.items())
    assert [answers.look(other, at=1_000) for other in ("", "0" * 64, first[:-1], first.upper())] == [None] * 4
    assert answers.look(first, at=1_000 + KEPT) is None

    kept = [answers.keep(200, bytes([n]) + page, at=2_000) for n in range(60)]
    assert answers.look(kept[0], at=2_000) is None  # of equals the oldest made way
    assert answers.look(kept[-1], at=2_000) == (200, bytes([59]) + page)
    assert sum(len(sealed) for _, sealed in answers._kept.values()) <= 3_000


def test_what_somebody_was_just_sent_on_to_makes_way_for_nothing_that_comes_meanwhile() -> None:
    answers = Answers(room=3_100)
    small = answers.keep(200, b"small", at=1_000)
    large = answers.keep(400, os.urandom(2_500), at=1_000)
    later = answers.keep(200, os.urandom(520), at=1_000)
    assert answers.look(large, at=1_000) is not None  # the oldest went instead
    assert answers.look(small, at=1_000) is None

    last = answers.keep(200, os.urandom(400), at=1_000 + ASKED)
    assert answers.look(large, at=1_000 + ASKED) is None  # of those that were there a while the largest
    assert all(answers.look(token, at=1_000 + ASKED) is not None for token in (later, last))
