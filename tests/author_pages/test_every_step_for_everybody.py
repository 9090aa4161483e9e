# SPDX-License-Identifier: AGPL-3.0-or-later
"""Each step and each fault of filing: read by axe from both directions, narrow, and by keyboard alone; and the page of parts."""

from collections.abc import Callable

import pytest
from acting import Author, complaints
from auditing import faultless
from stub_worker import WORDS, Played

from serving import Channel

TEXT = "The northern crossing should stay open\n\nThe count was taken in the week of the strike."
Play = Callable[..., Played]


@pytest.mark.parametrize("language", ["en", "id"])
def test_each_step_of_ones_own_text(served: Channel, played: Play, language: str) -> None:
    author = played()
    author.page.visit(f"{served.url}/{language}/file/")
    faultless(author)
    author.click("#begin")
    author.wait("document.querySelector('[data-step]:not([hidden])')")
    seen = []
    while author.step() != "check":
        seen.append(author.step())
        faultless(author)
        answer(author)
    faultless(author)

    assert seen == ["way", "own", "claims", "files", "facts", "readers"]
    for shown, act, then in (
        ("words", "#next", "[data-act=written]"),
        ("typed", "[data-act=written]", "[data-act=compare]"),
        ("wrong", "[data-act=compare]", "#after [aria-invalid]"),
    ):
        author.click(act)
        author.wait(f"document.querySelector('{then}')")
        assert faults_of_all(author) == [], shown
    author.click("[data-act=again]")
    author.words_back(WORDS.split())
    faultless(author)
    assert complaints(author.page) == []


def faults_of_all(author: Author) -> list[str]:
    faultless(author)
    return []


def answer(author: Author) -> None:
    """Leave the step once without its answer, look at what is said, then answer and go on."""
    step = author.step()
    if step in {"way", "own", "facts", "readers"}:
        author.click("#next")
        author.wait("document.querySelector('#errors:not([hidden])')")
        faultless(author)
    if step == "way":
        author.click("#way-own")
    elif step == "own":
        author.type("#own-text", TEXT)
    elif step == "facts":
        author.choose("agency", "State")
    elif step == "readers":
        author.click("#accept-deputy")
    author.click("#next")
    author.wait(f"document.querySelector('[data-step]:not([hidden])').dataset.step !== '{step}'")


@pytest.mark.parametrize("language", ["en", "id"])
def test_each_step_of_the_questions(served: Channel, played: Play, language: str) -> None:
    author = played()
    author.begin(f"{served.url}/{language}/file/")
    author.click("#way-asked")
    for step in ("subject", "dissent", "recommendation", "more", "claims", "language", "files"):
        author.next(step)
        faultless(author)
        if step in {"subject", "dissent", "recommendation"}:
            author.type(f"#{step}", "The northern crossing")


def test_the_story_of_filing_by_keyboard_alone(served: Channel, played: Play) -> None:
    author = played()
    author.page.visit(f"{served.url}/en/file/")
    author.tab_to("#begin")
    author.press("Enter")
    author.wait("document.querySelector('[data-step=way]:not([hidden])')")
    author.tab_to("#way-own")
    author.press(" ")
    onward(author, "own")
    author.tab_to("#own-text")
    author.page.ask("Input.insertText", text=TEXT)
    onward(author, "claims")
    author.tab_to("#paragraph-2")
    author.press(" ")
    onward(author, "files")
    onward(author, "facts")
    author.tab_to("[name=fact-agency]")
    author.press(" ")
    onward(author, "readers")
    author.tab_to("#accept-deputy")
    author.press(" ")
    onward(author, "check")
    author.tab_to("#next")
    author.press("Enter")
    author.wait("document.querySelector('[data-act=written]')")
    author.tab_to("[data-act=written]")
    author.press("Enter")
    author.wait("document.querySelector('#after input')")
    for name in author.value("[...document.querySelectorAll('#after input')].map((box) => box.id)"):
        author.tab_to(f"#{name}")
        author.page.ask("Input.insertText", text=WORDS.split()[int(name.rpartition("-")[2])])
    author.press("Enter")
    author.wait("document.querySelector('[data-act=receipt]')")
    author.tab_to("[data-act=receipt]")
    assert complaints(author.page) == []


def onward(author: Author, step: str) -> None:
    author.tab_to("#next")
    author.press("Enter")
    author.wait(f"document.querySelector('[data-step={step}]:not([hidden])')")
    # The reader is put at the heading of what is new.
    assert author.value("document.activeElement.matches('h1')")


@pytest.mark.parametrize("width", [320, 640])
def test_a_focused_field_is_never_under_the_bar(served: Channel, played: Play, width: int) -> None:
    author = played()
    author.begin(f"{served.url}/en/file/")
    author.page.look(width=width)
    author.click("#way-asked")
    for step in ("subject", "dissent", "recommendation", "more"):
        author.next(step)
        if step != "more":
            author.type(f"#{step}", "x")
    author.value("window.scrollTo(0, document.body.scrollHeight)")
    for _ in range(12):
        author.press("Tab", shift=True)
        hidden = author.value(
            "(() => { const bar = document.querySelector('.leave').getBoundingClientRect(), now = document.activeElement;"
            " const box = now.getBoundingClientRect(); return !now.closest('.leave, .skip') && box.bottom <= bar.bottom; })()"
        )
        assert not hidden, author.value("document.activeElement.outerHTML.slice(0, 200)")


@pytest.mark.parametrize("language", ["en", "id"])
def test_the_page_of_all_parts(served: Channel, author: Author, language: str) -> None:
    author.page.visit(f"{served.url}/{language}/looks/")
    faultless(author)
    for features in ({"prefers_color_scheme": "dark"}, {"forced_colors": "active"}, {"prefers_contrast": "more"}):
        author.page.look(width=1000, **features)
        faultless(author)
    assert complaints(author.page) == []
