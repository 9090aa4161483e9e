# SPDX-License-Identifier: AGPL-3.0-or-later
"""The tutorial of the first dissent, followed as it stands."""

from pathlib import Path

import pytest
from acting import Author, complaints, saved
from browsing import Browser
from walking import Walk, offered

from serving import Channel

pytestmark = pytest.mark.story


@pytest.mark.parametrize(("name", "language"), [("first-dissent", "en"), ("id/first-dissent", "id")])
def test_the_first_dissent_goes_as_its_tutorial_says(
    chromium: Browser, served: Channel, tmp_path: Path, name: str, language: str
) -> None:
    walk, author = Walk(name=name, page=chromium), Author(chromium)
    text = offered(walk.text)
    chromium.visit(f"{served.url}/en/file/")
    author.wait("document.querySelector('#begin')")
    if language != "en":
        walk.look()
        author.click(f"nav [lang={language}]")
        author.wait(f"document.documentElement.lang === '{language}' && document.querySelector('#begin')")
    walk.picture("dissent-before", "body", last="#start ul")
    author.click("#begin")
    author.wait("document.querySelector('[data-step]:not([hidden])')")
    walk.look()
    author.click("#way-own")
    author.next("own")
    author.type("#own-text", text)
    author.next("claims")
    author.click("#paragraph-3")
    author.click("#paragraph-4")
    walk.picture("dissent-claims", "[data-step=claims]", last="#moves")
    for step in ("files", "facts"):
        author.next(step)
        walk.look()
    author.choose("agency", "State")
    author.next("readers")
    walk.picture("dissent-readers", "[data-step=readers]", last="#readers > :nth-child(2)")
    author.next("check")
    walk.look()

    author.click("#next")
    author.wait("document.querySelector('[data-act=written]')", seconds=60)
    words = author.value("[...document.querySelectorAll('#after .words li')].map((row) => row.innerText.trim())")
    assert len(words) == 12
    walk.picture("dissent-words", "#after")
    author.click("[data-act=written]")
    author.wait("document.querySelector('[data-act=again]')")
    walk.look()
    author.click("[data-act=again]")
    chromium.saved_to(tmp_path / "saved")
    author.words_back(words)
    walk.picture("dissent-filed", "#after", last="#after .rows")
    author.click("[data-act=receipt]")
    assert saved(chromium, "*.receipt").read_text().startswith("demur/receipt/v1")
    assert complaints(chromium) == []
    assert chromium.kept() == {}

    chromium.visit(f"{served.url}/{language}/case/")
    author.wait("document.querySelector('#begin')")
    walk.look()
    author.click("#begin")
    author.type("#words", " ".join(words))
    walk.look()
    author.click("#open")
    author.wait("document.querySelector('article')", seconds=60)
    walk.picture("dissent-case", "article", last="[data-slot=zones]")
    assert author.value("document.querySelector('article h1').innerText") == text.splitlines()[0]
    walk.ends()
