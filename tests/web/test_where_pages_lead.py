# SPDX-License-Identifier: AGPL-3.0-or-later
"""Where a channel's pages lead people: to what `verify-site` looks at itself, and nowhere else."""

import gzip
import re
import time
import urllib.request
from pathlib import Path

import pytest
from passing_on import Lie, honest, look

from demur.client.pagescan import faults_of_page
from demur.client.places import OUT, PAGES, TEXTS, may_lead_to, may_post_to
from demur.site.disputes import Disputes
from serving import Channel, real_channel

ROOT = Path(__file__).parents[2]
EVIL = b"<!doctype html><html><body><textarea></textarea><script>take()</script></body></html>"
BEHIND = re.compile(
    r"desk/(desk|account|codes|page)\.html|plain/(filed|read)\.html|parts/(tabs|lists|key|acts|case|reply)\.html"
)


def led(old: str, new: str, answer: bytes = EVIL, kind: str = "text/html; charset=utf-8") -> Lie:
    """Every link to `old` leads to `new`, where `answer` is served."""

    def lie(
        path: str, _packing: str, status: int, headers: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        if path == new:
            return 200, {"content-type": kind}, answer
        if not headers.get("content-type", "").startswith("text/html"):
            return status, headers, body
        plain = gzip.decompress(body) if headers.pop("content-encoding", "") == "gzip" else body
        return status, headers, plain.replace(f'href="{old}"'.encode(), f'href="{new}"'.encode())

    return lie


# The pages that have a quick way out.
AUTHORS = {f"/{code}/{page}" for code in ("en", "id") for page in PAGES if page and not page.startswith("desk/")}


@pytest.mark.parametrize(
    ("lie", "places"),
    [
        (led("/en/file/", "/en/write/"), {"/", "/en/", "/en/file/plain/", "/id/file/"}),
        (led("/id/file/", "https://evil.example/"), {"/id/", "/id/file/plain/", "/en/file/"}),
        (led("about:blank", "/en/write/"), AUTHORS),
    ],
    ids=["unlisted", "elsewhere", "out"],
)
def test_a_link_to_a_page_that_nobody_looks_at_is_told_on_each_page_that_has_it(
    served: Channel, tmp_path: Path, lie: Lie, places: set[str]
) -> None:
    told = look(served, lie, tmp_path, "--json")

    assert told.code == 1
    assert {row["place"] for row in told.json["differences"]} == places


def test_a_language_that_is_led_to_without_a_word_is_looked_at(served: Channel, tmp_path: Path) -> None:
    told = look(served, led("/en/file/", "/xx/file/"), tmp_path, "--json")

    assert told.code == 1
    assert "/xx/file/" in {row["place"] for row in told.json["differences"]}


@pytest.mark.parametrize("place", [*TEXTS, "/en/looks/"])
def test_a_page_in_the_place_of_a_text_and_one_that_few_know_are_told(
    served: Channel, tmp_path: Path, place: str
) -> None:
    told = look(served, led(place, place), tmp_path, "--json")

    assert told.code == 1
    assert {row["place"] for row in told.json["differences"]} == {place}


@pytest.mark.parametrize(
    "address",
    [
        "",
        " /en/file/",
        "/en/file",
        "/en/write/",
        "/en/file/?x",
        "/en/file/#A b",
        "/en/file/../write/",
        "/en/file&#47;",
        "/EN/file/",
        "//evil.example/",
        "/\\evil.example/",
        "//en/file/",
        "https://dissent.example.org/en/file/",
        "en/file/",
        "?x",
        "#a/b",
        "about:srcdoc",
        "ftp://evil.example/",
        "blob:x",
        "data:text/html,x",
        "java\tscript:alert(1)",
        "/checkpoint/",
        "/charter.toml?x",
        "/static/demur/js/write.js",
        "/en/desk/",
    ],
)
def test_any_other_address_is_a_fault(address: str) -> None:
    assert faults_of_page(f'<!doctype html><a href="{address}">x</a>', ()) != []
    assert faults_of_page(f'<!doctype html><form action="{address}"></form>', ()) != []
    assert faults_of_page(f'<!doctype html><link rel="alternate" href="{address or "/"}">', ()) != []


def test_a_form_is_sent_to_a_page_that_takes_one() -> None:
    assert faults_of_page('<!doctype html><form method="post" action="/en/file/plain/"></form>', ()) == []
    for address in ("/en/file/", "/en/desk/in/#a", "/checkpoint", "/"):
        assert len(faults_of_page(f'<!doctype html><form method="post" action="{address}"></form>', ())) == 1


def test_what_is_listed_is_what_our_templates_lead_to() -> None:
    """In each template that somebody without an account and before any form sees."""
    links, actions = set[str](), set[str]()
    for file in (ROOT / "src/demur").rglob("templates/**/*.html"):
        if BEHIND.search(file.as_posix()):
            continue
        text = (
            file.read_text()
            .replace("{{ language }}", "en")
            .replace("{{ code }}", "en")
            .replace("{{ fault.field }}", "text")
        )
        text = re.sub(r"{% if already %}.*?{% endif %}", "", text, flags=re.DOTALL)  # of somebody who is signed in
        for place in ("file/", "case/") if "{{ place }}" in text else ("",):
            page = text.replace("{{ place }}", f"{place}plain/" if "<form" in text and place else place)
            links |= set(re.findall(r'<a [^>]*?href="([^"{]*)"', page))
            actions |= set(re.findall(r'<form [^>]*?action="([^"]*)"', page))

    assert {OUT, *TEXTS, "/", "/en/file/", "/en/case/", "/en/desk/in/"} <= links
    assert {link for link in links if not may_lead_to(link)} == set()
    assert {"/en/file/plain/", "/en/case/plain/", "/en/desk/in/", "/en/desk/first/"} == actions
    assert all(may_post_to(action) for action in actions)


def holds(channel: Channel, home: Path, *, disputed: bool = False, closed: bool = False) -> None:
    with urllib.request.urlopen(f"{channel.url}/en/", timeout=5) as front:
        said = front.read()
    assert (b"Nothing can be filed at this moment" in said, b"This channel is not open" in said) == (disputed, closed)
    told = look(channel, honest, home, "--json")
    assert (told.code, told.json["differences"]) == (0, []), told.err


def dispute(channel: Channel) -> None:
    """As a witness that cosigned another record leaves it."""
    disputes = Disputes.read(channel.directory)
    disputes.raised("http://127.0.0.1:9", size=99, held=1, now=int(time.time()))
    disputes.write()


def test_a_practice_channel_holds_also_in_dispute(served: Channel, tmp_path: Path) -> None:
    dispute(served)
    try:
        holds(served, tmp_path, disputed=True)
    finally:
        (served.directory / "disputes.json").unlink()


def test_a_real_channel_holds_also_in_dispute_and_so_does_one_that_is_not_open(tmp_path: Path) -> None:
    with real_channel(tmp_path / "open") as channel:
        holds(channel, tmp_path / "home")
        dispute(channel)
        holds(channel, tmp_path / "home", disputed=True)
    with real_channel(tmp_path / "closed", seats=("custodian",)) as channel:
        holds(channel, tmp_path / "home", closed=True)
