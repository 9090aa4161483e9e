# SPDX-License-Identifier: AGPL-3.0-or-later
"""A server that lies to the case page in a real browser: each lie is told, as evidence or as a fault, and no clock is shown as met by it.

Each is first shown to the same page by the same server without the lie: then nothing is told, and the clock is met.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from acting import Author, saved
from auditing import faultless
from desk_server import DeskServer, filed_at
from lying_site import Site, lying_site
from test_burying import BAD_REPLIES, act, answered_by_a_seat_that_may_not, reply
from test_following import sealed_by
from test_lying_server import convinced
from tiny_record import GRACE

from demur.client.mailbox import bearer
from demur.client.submitting import Filed
from demur.dissent.documents.reply import Answer, Reply
from serving import Channel

pytestmark = [pytest.mark.adversary, pytest.mark.browser]
EVIDENCE = "#task .note[role=alert] button"


@pytest.fixture
def server() -> DeskServer:
    return DeskServer()


@pytest.fixture
def filed(server: DeskServer) -> Filed:
    return filed_at(server)


@pytest.fixture
def site(server: DeskServer, served: Channel) -> Iterator[Site]:
    with lying_site(server, served) as site:
        yield site


def opened(author: Author, site: Site, filed: Filed, *, wait: str = "article") -> str:
    """Come in by the words; what can be read then."""
    author.begin(f"{site.address}/en/case/")
    author.type("#words", filed.key.words)
    author.click("#open")
    author.wait(f"document.querySelector('{wait}')")
    return re.sub(r"\s+", " ", author.text())


def met(author: Author) -> bool:
    """Whether the page shows the reply clock, its second, as met."""
    said = str(author.value("document.querySelectorAll('.clocks > li')[1].innerText")).lower()
    return re.search(r"\bmet\b", said.replace("not met", "")) is not None


def answered(server: DeskServer, filed: Filed) -> None:
    """An honest answer to each claim."""
    act(server, filed, "acknowledge")
    reply(server, filed)


def bad_reply(server: DeskServer, filed: Filed, name: str) -> None:
    rows, counts, _ = BAD_REPLIES[name]
    answers = tuple(Answer(kind="answered", text="This is an answer.", **row) for row in rows)
    made = Reply(outcome="in_part", text="Thank you for it.", answers=answers)
    act(server, filed, "acknowledge")
    body = sealed_by(server, filed, "custodian", "reply", made.json)
    act(server, filed, "reply", body=body, outcome="in_part", **counts)


def test_without_a_lie_the_reply_meets_its_clock_and_nothing_is_told(
    author: Author, site: Site, server: DeskServer, filed: Filed
) -> None:
    answered(server, filed)
    text = opened(author, site, filed)

    assert met(author)
    assert author.value("document.querySelectorAll('article [role=alert]').length") == 0
    assert "Answered." in text
    assert "This does not count" not in text


# what convicts


def cut(server: DeskServer, _: Filed) -> None:
    """The reply is dropped."""
    server.cut = 1


def changed(server: DeskServer, filed: Filed) -> None:
    """The reply is another event."""
    del server.cases[filed.key.case].items[-1]
    for _ in range(2):
        act(server, filed, "message", body=b"age-encryption.org/v1\nx")


def back_dated(server: DeskServer, filed: Filed) -> None:
    """What comes late is dated before what was shown."""
    server.now += 3600
    server.log.shift = -2 * 3600
    act(server, filed, "message", body=b"age-encryption.org/v1\nx")


EVIDENT: dict[str, tuple[Callable[[DeskServer, Filed], None], str]] = {
    "a dropped event": (cut, "shorter-thread"),
    "a changed event": (changed, "changed-item"),
    "a back-dated record": (back_dated, "back-dated"),
}


@pytest.mark.parametrize("name", EVIDENT)
def test_what_was_changed_since_it_was_shown_gives_evidence_that_convinces_a_stranger(
    author: Author, site: Site, server: DeskServer, filed: Filed, tmp_path: Path, name: str
) -> None:
    lie, kind = EVIDENT[name]
    answered(server, filed)
    opened(author, site, filed)
    assert met(author)
    assert not author.shown(EVIDENCE)
    lie(server, filed)
    server.now += 61
    author.page.saved_to(tmp_path)
    author.click("[data-act=refresh]")
    author.wait(f"document.querySelector({EVIDENCE!r})")
    author.click(EVIDENCE)
    found = convinced(saved(author.page, "*.evidence").read_text(), server, kind)
    print(f"{name}: {found.sentence}")
    faultless(author)


def test_a_promise_that_was_broken_gives_evidence_before_anything_is_shown(
    author: Author, served: Channel, tmp_path: Path
) -> None:
    server = DeskServer()
    server.swallow.add(b"")
    filed = filed_at(server)
    server.now += GRACE + 61
    server.cover()
    author.page.saved_to(tmp_path)
    with lying_site(server, served) as site:
        opened(author, site, filed, wait="#evidence button")
        author.click("#evidence button")
        convinced(saved(author.page, "*.evidence").read_text(), server, "broken-promise")
        assert author.value("document.querySelector('article')") is None


# what is told, and believed by nobody


def another_promise(server: DeskServer, filed: Filed) -> None:
    """The promise that was given for another filing."""
    other = filed_at(server, seed="another author")
    server.cases[filed.key.case].promise = server.cases[other.key.case].promise


def another_seat(server: DeskServer, filed: Filed) -> None:
    """An event that its seat did not sign."""
    item = server.cases[filed.key.case].items[-1]
    item["event"] = {**item["event"], "seat": "director"}


def another_outcome(server: DeskServer, filed: Filed) -> None:
    """An event that says more than its seat signed."""
    item = server.cases[filed.key.case].items[-1]
    item["event"] = {**item["event"], "outcome": "accepted"}


REFUSED = {"another promise": another_promise, "another seat": another_seat, "another outcome": another_outcome}


@pytest.mark.parametrize("name", REFUSED)
def test_an_answer_that_nobody_signed_so_is_refused_and_shows_no_case(
    author: Author, site: Site, server: DeskServer, filed: Filed, name: str
) -> None:
    answered(server, filed)
    REFUSED[name](server, filed)
    opened(author, site, filed, wait="#errors:not([hidden])")
    print(f"{name}: {author.faults()}")

    [told] = author.faults()
    assert "tell oversight" in told
    assert author.value("document.querySelector('article')") is None


def test_an_older_head_shows_less_and_is_refused(
    author: Author, site: Site, server: DeskServer, filed: Filed, tmp_path: Path
) -> None:
    """The answer of yesterday, signed then, in the place of today's."""
    act(server, filed, "acknowledge")
    asked = (filed.key.keys.mailbox, bearer(filed.key.keys))
    older = server.on_get_mailbox([asked[0]], None, asked[1], {})
    server.now += 3600
    reply(server, filed)
    opened(author, site, filed)
    assert met(author)
    honest = server.on_get_mailbox
    server.on_get_mailbox = lambda path, *more: older if len(path) == 1 else honest(path, *more)  # type: ignore[method-assign]
    author.click("[data-act=refresh]")
    author.wait("document.querySelector('#trouble')")
    print("an older head: " + author.value("document.querySelector('#trouble').innerText"))

    author.page.visit(
        f"{site.address}/en/case/"
    )  # a page that remembers nothing says so, and shows no more than it was shown
    text = opened(author, site, filed)
    assert not met(author)
    assert "Whether the case was longer before" in text


# acts that should not stand there


@pytest.mark.parametrize("takes_acts", [True, False], ids=["recorded", "refused"])
def test_an_act_of_a_seat_that_may_not_act_is_told_as_none_and_meets_no_clock(
    author: Author, site: Site, server: DeskServer, filed: Filed, takes_acts: bool
) -> None:
    site.takes_acts = takes_acts
    answered_by_a_seat_that_may_not(server, filed)
    text = opened(author, site, filed)

    assert text.count("This does not count: the charter does not give this step to whoever took it.") >= 2
    assert "It answers no claim" not in text  # it does, and counts for another reason not
    assert not met(author)
    assert "Filed; the acknowledgement is owed." in text
    assert ("You reported that item 2" in text) == takes_acts
    assert ("Item 2 is faulty (who)" in text) != takes_acts
    faultless(author)


@pytest.mark.parametrize("takes_acts", [True, False], ids=["recorded", "refused"])
@pytest.mark.parametrize("name", BAD_REPLIES)
def test_a_reply_that_passes_over_a_claim_is_disputed_whether_or_not_the_server_takes_the_report(
    author: Author, site: Site, server: DeskServer, filed: Filed, name: str, takes_acts: bool
) -> None:
    site.takes_acts = takes_acts
    bad_reply(server, filed, name)
    text = opened(author, site, filed)

    assert not met(author)
    assert "the reply is disputed as faulty" in text
    assert "disputed: not met" in text
    assert ("This page reported by itself what does not hold here, as item 4" in text) == takes_acts
    assert ("Item 3 is faulty" in text) != takes_acts
    if not takes_acts:
        site.takes_acts = True
        author.click("article [role=alert] button")
        author.page.see("Your report is recorded, as item 4")
        assert not met(author)
    faultless(author)


@pytest.mark.parametrize("takes_acts", [True, False], ids=["recorded", "refused"])
def test_two_seats_that_say_that_they_cannot_read_it_are_contradicted(
    author: Author, site: Site, server: DeskServer, filed: Filed, takes_acts: bool
) -> None:
    site.takes_acts = takes_acts
    for seat in ("custodian", "secretary"):
        act(server, filed, "unreadable", seat, item=0)
    text = opened(author, site, filed)

    assert ("This page reported by itself what does not hold here, as item 4" in text) == takes_acts
    assert ("Two offices say that what you filed cannot be read, and it opens here." in text) != takes_acts
    if not takes_acts:
        site.takes_acts = True
        author.click("article [role=alert] button")
        author.page.see("Your report is recorded, as item 4")
    assert "You said that what you filed can be read" in author.text()
    assert "Filed; the acknowledgement is owed." in author.text()
