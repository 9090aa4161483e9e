# SPDX-License-Identifier: AGPL-3.0-or-later
"""A seat writes what nobody can open, as often as it may, and then gives a reply that is none: the author's clients read and report all
of it within the day's bound, and nothing keeps the report of the reply away.
"""

import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from core import Core, author_at
from lying_seat import LyingSeat, now

from demur.client.acting import Author
from demur.client.authorkey import AuthorKey
from demur.client.directory import read_directory
from demur.client.errors import ClientError
from demur.client.following import Report, Thread, follow
from demur.client.http import Server
from demur.client.inbox import Known
from demur.client.receipt import Receipt
from demur.client.reporting import report_all
from demur.dissent import events
from demur.dissent.bundle import MEDIA_TYPE, pack_bundle
from demur.dissent.procedure import DAILY_ACTS
from demur.dissent.states import FILING, State, Verb
from serving import Channel, demur, practice_channel

pytestmark = [pytest.mark.adversary, pytest.mark.alone]
MANY = DAILY_ACTS - 1  # one more will stand before the reply
SECONDS = (
    60  # of one reading of a case with all those messages, and of reporting them; the old way took some twenty minutes
)


class Counting(Server):
    """A server of which every question is counted."""

    asked = 0

    def _once(self, *arguments: Any, **named: Any) -> bytes:
        self.asked += 1
        return super()._once(*arguments, **named)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Channel]:
    with practice_channel(tmp_path_factory.mktemp("flood"), charter="demur-default") as channel:
        yield channel


@pytest.fixture
def page(served: Channel) -> Iterator[Core]:
    with author_at(served.url) as core:
        core.call("look")
        yield core


def garbage(seat: LyingSeat, known: Known, n: int) -> None:
    """So many messages that open for nobody, all upon one reading."""
    view, line = seat.desk.read(known), seat.line
    place = {
        "origin": line.channel.origin,
        "case": view.grant.case,
        "charter": view.charter,
        "roster": read_directory(line.server, line.channel, now=now()).directory.roster,
        "key": line.key.signing.public.hex(),
        "seen": {"seq": view.last.n, "commitment": view.last.commitment.hex()},
    }
    for _ in range(n):
        body = b"age-encryption.org/v1\n" + os.urandom(600)
        act = events.make_act("message", seat=line.seat, body=events.salted(view.grant.salt_bytes, body), **place)
        header = {"v": 1, "type": "act", "act": act, "signature": events.sign_act(act, line.key.signing)}
        path = f"/api/v1/cases/{view.grant.case}/acts"
        line.post_json(path, pack_bundle(header, [("body", body)]), content_type=MEDIA_TYPE, token=view.grant.token)


def a_reply_that_is_none(custodian: LyingSeat, known: Known) -> None:
    """After one message more that opens for nobody: it stands before the reply."""
    garbage(custodian, known, 1)
    custodian.reply(known, [1, 1], counts={"answered": 2, "referred": 0, "declined": 0})


def reported_the_old_way(author: Author, thread: Thread) -> int:
    """The planted hole: in the order of the thread, each upon a reading of its own, until one is refused."""
    for done, row in enumerate(sorted(thread.reports, key=lambda row: row.seq)):
        try:
            author.report(row, thread.receipt)
        except ClientError:
            return done
    return len(thread.reports)


def test_a_day_of_messages_that_nobody_can_open_is_read_and_reported_in_seconds_and_a_bad_reply_after_it_disputed(
    served: Channel, page: Core
) -> None:
    left = page.file(claims=(2, 3))
    key, server = AuthorKey.parse(left["key"].encode()), Counting(served.url)
    channel = Receipt.parse(left["receipt"].encode()).channel
    author = Author(server=server, channel=channel, key=key, random=os.urandom, clock=now)
    custodian = LyingSeat(served, "custodian")
    known = custodian.newest()
    garbage(custodian, known, MANY)

    def read(receipt: Receipt | None) -> tuple[Thread, float, int]:
        begun, asked = time.monotonic(), server.asked
        thread = follow(server, key, receipt, channel, now=now())
        return thread, time.monotonic() - begun, server.asked - asked

    thread, reading, asked = read(Receipt.parse(left["receipt"].encode()))
    begun = time.monotonic()
    done = list(report_all(author, thread))
    took, used = time.monotonic() - begun, server.asked - asked
    assert [row.error for row in done if row.error] == []
    again, grown, more = read(done[-1].acted.receipt if done[-1].acted else None)
    print(
        f"{MANY} messages that open for nobody: read with {asked} requests in {reading:.1f} s, reported with {used} in {took:.1f} s, "
        f"read again with {len(done)} reports beside them, {more} requests, {grown:.1f} s"
    )
    assert len(done) == MANY
    assert not again.reports
    assert max(asked, more) <= 15
    assert used <= MANY + 25
    assert max(reading, took, grown) < SECONDS

    used_up = author.report(
        Report(verb=Verb.MISMATCH, seq=FILING, fact="subject"), again.receipt
    )  # the last of the day
    a_reply_that_is_none(custodian, known)
    thread, _, _ = read(used_up.receipt)
    assert [row.fact for row in thread.reports] == ["answers", "unreadable"]
    old = reported_the_old_way(author, thread)
    hole = read(thread.receipt)[0].story.state
    told = list(report_all(author, thread))
    after = read(thread.receipt)[0]
    print(f"the reply after the old way's {old} reports: {hole}; after the product's: {after.story.state}")
    assert (old, hole) == (0, State.ANSWERED)
    assert [row.acted is not None for row in told] == [True, False]
    assert after.story.state is State.DISPUTED
    assert "many acts of this kind" in str(told[1].error)


def test_the_page_with_script_does_the_same(served: Channel, page: Core) -> None:
    left = page.file(claims=(2, 3))
    custodian = LyingSeat(served, "custodian")
    known = custodian.newest()
    garbage(custodian, known, MANY)
    begun = time.monotonic()
    entered = page.call("enter", words=" ".join(left["words"]))
    took = time.monotonic() - begun
    print(f"the page with script reads and reports {MANY} such messages in {took:.1f} s")
    assert entered["reported"]
    assert took < SECONDS
    page.call("report", n=FILING, verb="mismatch", fact="subject")
    a_reply_that_is_none(custodian, known)
    states = [_shown(page.call("refresh")) for _ in range(2)]
    print(f"and then the reply: {states}")
    assert states[0]["state"] == State.DISPUTED


def _shown(view: Mapping[str, Any]) -> dict[str, Any]:
    return {"state": view["state"], "reported": view["reported"]}


def test_the_command_reads_and_reports_them_too(served: Channel, page: Core, tmp_path: Path) -> None:
    left = page.file(claims=(2, 3))
    (tmp_path / "mine.key").write_text(left["key"])
    (tmp_path / "mine.receipt").write_text(left["receipt"])
    custodian = LyingSeat(served, "custodian")
    garbage(custodian, custodian.newest(), MANY)
    begun = time.monotonic()
    done = demur("status", tmp_path / "mine.key", home=tmp_path / "home")
    took = time.monotonic() - begun
    print(f"`demur status` reads and reports {MANY} such messages in {took:.1f} s")
    assert done.code == 0, done.err
    assert done.err.count("this is recorded now") == MANY
    assert took < SECONDS
