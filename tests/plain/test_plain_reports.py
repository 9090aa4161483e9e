# SPDX-License-Identifier: AGPL-3.0-or-later
"""A custodian who lies meets an author whose browser runs no script: opening the case reports what does not hold, and says so.

Each lie is believed by a page whose reports are switched off.
"""

import html
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from lying_seat import LyingSeat
from sheets import file_it, post, sheet

from demur.client.fetching import fetch_filing
from serving import Channel, later, practice_channel

pytestmark = pytest.mark.adversary
TEXT: Final = "The ferry\r\n\r\nThe count was wrong.\r\n\r\nThe road is shut.\r\n"
CASE: Final = "/{}/case/plain/"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Channel]:
    """A practice channel of its own, whose seats lie."""
    with practice_channel(tmp_path_factory.mktemp("served"), charter="demur-default") as channel:
        yield channel


def opened(served: Channel, code: str, *, language: str = "en") -> str:
    """The case as its author sees it, as text."""
    status, page = post(served, CASE.format(language), [("code", code), ("act", "open")])
    assert status == 200, page
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))).replace("\u00a0", " ")


def filed(served: Channel) -> str:
    """Two claims; the return code."""
    _, _, code = file_it(served, [*sheet(served, TEXT), ("claim", "3")])
    return code


Lie = Callable[[LyingSeat], dict[str, Any]]
LIES: Final[dict[str, tuple[Lie, str, str]]] = {
    "leaves a claim out": (
        lambda seat: seat.reply(seat.newest(), [1]),
        "it leaves out a claim of yours, repeats one, or answers one that you did not make.",
        "ada klaim Anda yang dilewati",
    ),
    "repeats a claim": (
        lambda seat: seat.reply(seat.newest(), [1, 1]),
        "it leaves out a claim of yours, repeats one, or answers one that you did not make.",
        "ada klaim Anda yang dilewati",
    ),
    "invents a claim": (
        lambda seat: seat.reply(seat.newest(), [1, 2, 3]),
        "it leaves out a claim of yours, repeats one, or answers one that you did not make.",
        "ada klaim Anda yang dilewati",
    ),
    "is counted otherwise": (
        lambda seat: seat.reply(seat.newest(), [1, 2], counts={"answered": 1, "referred": 1, "declined": 0}),
        "what the record says of it is not what it says.",
        "yang dicatat tentangnya",
    ),
    "cannot be opened": (
        lambda seat: seat.reply_sealed_to_nobody(seat.newest()),
        "it cannot be opened, or is no document of its kind.",
        "tidak dapat dibuka",
    ),
}


@pytest.mark.parametrize("name", LIES)
def test_opening_the_case_reports_a_reply_that_is_none_and_says_so_once(served: Channel, name: str) -> None:
    lie, english, indonesian = LIES[name]
    code = filed(served)
    event = lie(LyingSeat(served, "custodian"))
    first, again = opened(served, code), opened(served, code)
    print(f"{name}: " + first[first.find("Item ") : first.find("oversight sees it.") + 18])

    assert f"Item {event['seq']} is faulty: {english} This page reported that by itself, as item" in first
    assert "the reply is disputed as faulty: a new reply is owed" in first
    assert "disputed: not met" in first
    assert "This page reported" not in again
    assert again.count("You reported that item") + again.count("You could not open item") == 1
    assert indonesian in opened(served, code, language="id")


def test_without_the_reports_each_of_them_would_count(tmp_path: Path) -> None:
    """The planted hole, behind the same addresses: every lie is believed."""
    with practice_channel(tmp_path, charter="demur-default", serve=False) as channel:
        words = ("-m", "demur", "serve", str(channel.directory), "--listen", f"127.0.0.1:{channel.port}")
        channel.run(*words, **later(0), DEMUR_TEST_BELIEVES="1")
        believed = [_believed(channel, lie) for lie, _, _ in LIES.values()]
        code = filed(channel)
        two_cannot_read(channel)
        buried = "Two offices say that what was filed cannot be read." in opened(channel, code)
    print(
        f"with the hole {sum(believed)} of {len(believed)} faulty replies count, and the case that opens is buried: {buried}"
    )

    assert all(believed)
    assert buried


def _believed(channel: Channel, lie: Lie) -> bool:
    code = filed(channel)
    lie(LyingSeat(channel, "custodian"))
    page = opened(channel, code)
    return "Answered." in page and "disputed" not in page


def two_cannot_read(served: Channel) -> None:
    """Custodian and head fetch the filing, and say that they cannot open it."""
    for name in ("custodian", "head"):
        seat = LyingSeat(served, name)
        fetch_filing(seat.desk, seat.newest())
        seat.cannot_read(seat.newest())


def test_an_honest_reply_is_reported_by_nobody(served: Channel) -> None:
    code = filed(served)
    seat = LyingSeat(served, "custodian")
    seat.reply(seat.newest(), [1, 2])
    page = opened(served, code)

    assert "This page reported" not in page
    assert "Answered." in page


def test_opening_the_case_contradicts_two_offices_that_say_it_cannot_be_read(served: Channel) -> None:
    code = filed(served)
    two_cannot_read(served)
    page, again = opened(served, code), opened(served, code)

    assert "Two offices said that what you filed cannot be read, and it opens here." in page
    assert "This page contradicted them by itself" in page
    assert "ended: could not be read" not in page
    assert "You said that what you filed can be read" in again
    assert "This page contradicted" not in again
    assert "Two offices say that what was filed cannot be read." not in again
