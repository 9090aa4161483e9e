# SPDX-License-Identifier: AGPL-3.0-or-later
"""Scripts that are blocked, late or fail midway: the page says so, names two other ways, and has no field before it can seal."""

from collections.abc import Callable

import pytest
from acting import Author
from auditing import faultless
from stub_worker import Played

from serving import Channel

PAGES = ["file", "case"]
FIELDS = "document.querySelectorAll('input, textarea, select, form, [contenteditable]').length"
Play = Callable[..., Played]


def other_ways(author: Author, page: str) -> None:
    links = author.value("[...document.querySelectorAll('#waiting a')].map((link) => link.getAttribute('href'))")
    assert links == ["/en/#file", f"/en/{page}/plain/"]
    assert author.shown("#waiting")


@pytest.mark.parametrize("page", PAGES)
def test_without_scripts_there_is_nothing_to_type_into_and_the_page_says_why(
    served: Channel, author: Author, page: str
) -> None:
    author.page.without_scripts()
    author.page.visit(f"{served.url}/en/{page}/")
    author.page.without_scripts(False)

    assert author.value(FIELDS) == 0
    assert "Nothing can be typed here before it has." in author.text()
    other_ways(author, page)
    faultless(author)


@pytest.mark.parametrize("page", PAGES)
def test_a_blocked_script_is_the_same_as_none(served: Channel, author: Author, page: str) -> None:
    author.page.block("*.js")
    author.page.visit(f"{served.url}/en/{page}/")

    assert author.value(FIELDS) == 0
    other_ways(author, page)


def test_a_late_script_finds_the_page_as_it_was_and_then_offers_to_begin(served: Channel, author: Author) -> None:
    author.page.hold("*/write.js")
    author.page.go(f"{served.url}/en/file/")
    author.wait("document.querySelector('#waiting')")
    assert author.value(FIELDS) == 0
    assert not author.shown("#begin")
    other_ways(author, "file")
    author.page.release()
    author.wait("document.querySelector('#begin')?.checkVisibility()")


@pytest.mark.parametrize("missing", ["author-worker.js", "writing.js"])
def test_a_part_that_does_not_come_is_told_and_can_be_tried_again(served: Channel, played: Play, missing: str) -> None:
    author = played(missing=missing == "author-worker.js")
    author.page.block(f"*/{missing}")
    author.page.visit(f"{served.url}/en/file/")
    author.click("#begin")
    author.wait("document.getElementById('begin')?.innerText === 'Try again'")
    assert author.value(FIELDS) == 0
    other_ways(author, "file")
    faultless(author)

    author.comes()
    author.click("#begin")
    author.wait("document.querySelector('[data-step=way]:not([hidden])')")


def test_a_slow_worker_keeps_the_fields_away_until_it_is_ready(served: Channel, author: Author) -> None:
    author.page.hold("*/author-worker.js")
    author.page.visit(f"{served.url}/en/file/")
    author.click("#begin")
    author.wait("document.getElementById('state').innerText.startsWith('Fetching')")

    assert author.value(FIELDS) == 0
    assert author.value("document.getElementById('begin').disabled")
    faultless(author)


def test_a_worker_that_dies_while_one_writes_takes_nothing_with_it(served: Channel, played: Play) -> None:
    author = played(trouble={"readers": {"code": "fault", "facts": {"name": "TypeError"}, "times": 1}})
    author.begin(f"{served.url}/en/file/")
    author.write_own("The northern crossing should stay open")
    author.next("facts")
    author.choose("agency", "State")
    author.click("#next")
    author.wait("document.querySelector('#errors:not([hidden])')")

    assert "What you typed is still here" in author.faults()[0]
    assert author.value("document.getElementById('own-text').value") == "The northern crossing should stay open"


def test_the_first_view_is_four_requests_and_no_worker(served: Channel, author: Author) -> None:
    for page in PAGES:
        author.page.visit(f"{served.url}/en/{page}/")
        author.wait("document.querySelector('#begin')")
        asked = [told["request"]["url"] for told in author.page.told("Network.requestWillBeSent")]

        assert len(asked) <= 4
        assert not [url for url in asked if "worker" in url or "writing" in url or "/api/" in url]


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("language", ["en", "id"])
def test_no_field_has_a_name_no_form_an_address_and_no_button_submits(
    served: Channel, author: Author, page: str, language: str
) -> None:
    author.page.visit(f"{served.url}/{language}/{page}/")
    html = "[document, ...[...document.querySelectorAll('template')].map((part) => part.content)]"
    found = author.value(
        f"{html}.flatMap((part) => [...part.querySelectorAll('[name]:not(meta, [type=radio]), [action], [formaction], [method],"
        " [type=submit], button:not([type=button]), [onclick], [style]')]).map((part) => part.outerHTML.slice(0, 100))"
    )
    open_fields = author.value(
        f"{html}.flatMap((part) => [...part.querySelectorAll('textarea, input[type=text]')])"
        ".filter((part) => part.autocomplete !== 'off' || part.spellcheck).map((part) => part.outerHTML.slice(0, 100))"
    )

    assert found == []
    assert open_fields == []
    faultless(author)
