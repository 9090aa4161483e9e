# SPDX-License-Identifier: AGPL-3.0-or-later
"""A filing by a client that keeps to no limit: told as a mismatch with the charter, and answered as a whole, within the clock."""

import pytest
from desk_server import DeskServer, Seat
from test_exhibit import Story
from test_filing import filed_at, wish_of

from demur.cli.desk.view import case_lines
from demur.client import wish
from demur.client.answering import Answering
from demur.client.disclosing import fetch_for
from demur.client.fetching import Fetched, fetch_all, fetch_filing
from demur.client.following import follow
from demur.client.lookups import Record
from demur.client.submitting import Filed
from demur.clock.deadlines import State as ClockState
from demur.dissent.documents.dissent import from_text
from demur.dissent.documents.reply import Answer, Reply
from demur.dissent.documents.replying import from_template, template
from demur.dissent.errors import DocumentError
from demur.dissent.states import State

MORE = 2900  # claims beyond what the charter allows

pytestmark = pytest.mark.adversary


@pytest.fixture
def server() -> DeskServer:
    return DeskServer()


@pytest.fixture
def most(server: DeskServer) -> int:
    return server.frozen.charter.limits.claims


@pytest.fixture
def filed(server: DeskServer, most: int, monkeypatch: pytest.MonkeyPatch) -> Filed:
    monkeypatch.setattr(wish, "_check_limits", lambda *_: None)
    original = "\n\n".join(f"{n}" for n in range(most + MORE)).encode()
    dissent = from_text(original, name="dissent.txt", claims=range(1, most + MORE + 1))
    return filed_at(server, wish_of(dissent=dissent, original=original))


def at_work(server: DeskServer, filed: Filed, seat: str = "custodian") -> Answering:
    one = Seat(server, seat)
    answering = Answering(desk=one.desk, fetched=fetch_filing(one.desk, one.known(filed)))
    return Answering(desk=one.desk, fetched=fetch_filing(one.desk, answering.acknowledge().known))


def reply_of(answers: int, text: str = "The others were answered in 2025.") -> Reply:
    made = tuple(Answer(claim=n, kind="answered", text="So.") for n in range(1, answers + 1))
    return Reply(outcome="rejected", text=text, answers=made)


def read_by(server: DeskServer, filed: Filed, seat: str) -> Fetched:
    one = Seat(server, seat)
    return fetch_all(one.desk, one.known(filed))


def test_it_is_told_as_a_mismatch_with_the_charter_once(server: DeskServer, filed: Filed) -> None:
    answering = at_work(server, filed)

    assert answering.fetched.filing.faults == ("limits.claims",)
    recorded = [item["event"] for item in server.cases[filed.key.case].items]
    told = [(row["seat"], row["item"], row["fact"]) for row in recorded if row["type"] == "mismatch"]
    assert told == [("custodian", 0, "limits.claims")]
    assert any(
        "goes beyond the charter of the case (limits.claims)" in line
        for line in case_lines(answering.fetched, now=server.now)
    )


def test_a_text_beyond_the_limit_is_told_too(server: DeskServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wish, "_check_limits", lambda *_: None)
    original = b"x" * (server.frozen.charter.limits.text_bytes + 1)
    filed = filed_at(server, wish_of(dissent=from_text(original, name="a.txt"), original=original))

    assert at_work(server, filed).fetched.filing.faults == ("limits.text_bytes",)


def test_one_answer_to_all_beyond_the_limit_meets_the_clock(server: DeskServer, filed: Filed, most: int) -> None:
    at_work(server, filed).reply(reply_of(most))
    seen = read_by(server, filed, "secretary")
    author = follow(server, filed.key, filed.receipt, server.channel, now=server.now)

    assert [row.fault for row in seen.spoken.values()] == [""]
    assert seen.view.story.state is State.ANSWERED
    assert {row.name: row.state for row in author.clocks}["reply"] is ClockState.MET
    assert not author.reports


@pytest.mark.parametrize(
    ("answers", "text"), [(0, ""), (0, "All of it."), (1, " ")], ids=["nothing", "no claim", "no text"]
)
def test_what_is_owed_is_still_owed(server: DeskServer, filed: Filed, most: int, answers: int, text: str) -> None:
    reply = reply_of(answers * most, text)

    with pytest.raises(DocumentError):
        at_work(server, filed).reply(reply)


def test_the_template_asks_for_what_is_owed_and_says_what_is_not(server: DeskServer, filed: Filed, most: int) -> None:
    dissent = at_work(server, filed).fetched.filing.dissent
    blank = template(dissent, most=most)
    filled = blank.replace('outcome = ""', 'outcome = "rejected"').replace('kind = ""', 'kind = "answered"')

    assert blank.count("[[answer]]") == most
    assert f"It must answer claims {most + 1} to {most + MORE} too, together: the charter allows {most}." in blank
    assert (
        from_template(filled.replace('text = """\n"""', 'text = "So."'), dissent, most=most).counts["answered"] == most
    )


def test_an_exhibit_accuses_nobody_of_passing_over_claims_beyond_the_limit(
    server: DeskServer, filed: Filed, most: int
) -> None:
    at_work(server, filed).reply(reply_of(most))
    thread = follow(server, filed.key, filed.receipt, server.channel, now=server.now)
    assert thread.receipt is not None
    both = fetch_for(thread, Record(server=server, channel=server.channel), answers=True, own=False)
    story = Story(
        server=server, key=filed.key, receipt=thread.receipt, sealed=filed.sealed_body, answers=both, both=both
    )

    exhibit = story.exhibit("text", "answers")

    assert [row.fault for row in story.shown(exhibit).answers if row.event["type"] == "reply"] == [""]
