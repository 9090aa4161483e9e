# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a stranger on the network gets from a served channel: strict headers, no cookie, the right language, little weight."""

import gzip
import urllib.error
import urllib.request
from dataclasses import dataclass

import pytest

from demur.web.headers import HEADERS, OF_PAGES
from serving import Channel

PAGES = ["/", "/en/", "/id/", "/nothing-here"]
OTHERS = ["/charter.toml", "/checkpoint", "/tile/0/000.p/2", "/api/v1/channel", "/static/demur/demur.css"]
FIRST_VIEW = ["/", "/static/demur/demur.css", "/static/demur/icon.svg"]
# May be stored: tiles for ever, and the pages' files if the browser asks each time whether they are still the ones.
STORED = {"/tile/0/000.p/2": "immutable", "/static/demur/demur.css": "no-cache"}


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An answer with its headers, names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body, unpacked."""
        packed = self.headers.get("content-encoding") == "gzip"
        return (gzip.decompress(self.body) if packed else self.body).decode()


def ask(channel: Channel, address: str, *, method: str = "GET", **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(channel.url + address, method=method, headers=named)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            status, found, body = answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            status, found, body = error.code, error.headers, error.read()
    return Answer(status=status, headers={name.lower(): value for name, value in found.items()}, body=body)


@pytest.mark.parametrize("address", PAGES + OTHERS)
def test_every_answer_is_strict_and_sets_no_cookie(served: Channel, address: str) -> None:
    answer = ask(served, address, Cookie="sessionid=1; django_language=id")

    assert answer.status == (404 if address == "/nothing-here" else 200)
    left_out = OF_PAGES if address.startswith("/static/") else frozenset()
    wanted = {name: value for name, value in HEADERS.items() if name not in left_out}
    assert {name: answer.headers.get(name.lower()) for name in wanted} == wanted
    assert "set-cookie" not in answer.headers
    assert "cookie" not in answer.headers.get("vary", "").lower()


@pytest.mark.parametrize("address", PAGES + OTHERS)
def test_only_what_cannot_be_stale_may_be_stored(served: Channel, address: str) -> None:
    said = ask(served, address).headers["cache-control"]

    assert STORED.get(address, "no-store") in said
    assert ("no-store" in said) is (address not in STORED)


@pytest.mark.parametrize(
    ("wanted", "given"),
    [
        ("", "en"),
        ("id", "id"),
        ("id-ID,id;q=0.9,en;q=0.8", "id"),
        ("en-GB,en;q=0.9,id;q=0.8", "en"),
        ("fr,id;q=0.5,en;q=0.1", "id"),
        ("ja", "en"),
        ("*", "en"),
        (";;q=,,", "en"),
        ("id" * 5000, "en"),
    ],
)
def test_the_language_is_the_one_the_browser_asks_for(served: Channel, wanted: str, given: str) -> None:
    answer = ask(served, "/", Accept_Language=wanted)

    assert f'<html lang="{given}"' in answer.text
    assert answer.headers["content-language"] == given
    assert "accept-language" in answer.headers["vary"].lower()


def test_a_cookie_chooses_no_language(served: Channel) -> None:
    assert '<html lang="en"' in ask(served, "/", Cookie="django_language=id").text


@pytest.mark.parametrize("language", ["en", "id"])
def test_an_address_with_a_language_keeps_it(served: Channel, language: str) -> None:
    answer = ask(served, f"/{language}/", Accept_Language="en" if language == "id" else "id")

    assert f'<html lang="{language}"' in answer.text


def test_an_address_that_leads_nowhere_says_so_in_the_readers_language(served: Channel) -> None:
    answer = ask(served, "/%3Cscript%3E", Accept_Language="id")

    assert answer.status == 404
    assert "Tidak ada apa-apa di alamat ini" in answer.text
    assert "<script" not in answer.text


@pytest.mark.parametrize("address", ["/", "/en/", "/charter.toml"])
def test_pages_take_nothing(served: Channel, address: str) -> None:
    assert ask(served, address, method="POST").status == 405
    head = ask(served, address, method="HEAD")
    assert (head.status, head.body) == (200, b"")


def test_the_charter_is_served_as_it_was_signed(served: Channel) -> None:
    answer = ask(served, "/charter.toml")

    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert 'id = "us-state-2fam070"' in answer.text
    assert "practice = true" in answer.text


def test_the_first_view_is_light(served: Channel) -> None:
    weights = {address: len(ask(served, address, Accept_Encoding="gzip").body) for address in FIRST_VIEW}

    assert len(weights) <= 4
    assert sum(weights.values()) <= 20_000, weights


def test_the_page_is_the_same_packed_and_plain(served: Channel) -> None:
    packed, plain = ask(served, "/en/", Accept_Encoding="gzip"), ask(served, "/en/")

    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.text == plain.text


def test_no_answer_repeats_what_was_sent(served: Channel) -> None:
    # What is repeated in a packed answer could be guessed by its length; what is repeated at all could be markup.
    canary = "canary5d1f"
    for address in PAGES:
        answer = ask(served, f"{address}?q={canary}", User_Agent=canary, Referer=f"http://{canary}.example/")
        assert canary not in answer.text
        assert canary not in str(answer.headers)


def test_the_words_on_the_page_are_the_channels(served: Channel) -> None:
    from demur.charter.channel import ChannelFile

    words = ChannelFile.parse(served.file.read_text()).channel.words()
    text = ask(served, "/en/").text

    assert "".join(f"<li>{word}</li>" for word in words) in text
