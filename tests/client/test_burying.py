# SPDX-License-Identifier: AGPL-3.0-or-later
"""A server and a custodian who work together cannot bury a case unseen: each attack succeeds against a reader that only folds, and is told
as a fault, with the clocks as they should be, by the one that judges.
"""

from collections.abc import Callable
from typing import Any

import pytest
from desk_server import DeskServer, Seat, filed_at
from test_filing import wish_of
from test_following import author, sealed_by

from demur.cli.fault_view import dispute_lines
from demur.cli.status_view import status_document, status_lines
from demur.client import following, thread
from demur.client.following import Report, Thread, follow
from demur.client.submitting import Filed
from demur.clock.deadlines import State as ClockState
from demur.dissent import events, keeping
from demur.dissent.documents.reply import Answer, Reply
from demur.dissent.errors import NotPossible
from demur.dissent.states import State, Story, Verb, tell

pytestmark = pytest.mark.adversary
DAY = 86_400
LATE = 253_402_300_799  # the end of the year 9999


@pytest.fixture
def server() -> DeskServer:
    return DeskServer()


@pytest.fixture
def filed(server: DeskServer) -> Filed:
    return filed_at(server)


def read(server: DeskServer, filed: Filed) -> Thread:
    """Amina reads her case."""
    return follow(server, filed.key, filed.receipt, server.channel, now=server.now)


def only_folds(frozen: Any, story: Story, event: dict[str, Any], *, times: Any = None) -> tuple[Story, str]:
    """The planted hole: what was shown is believed, as long as it follows."""
    return tell(story, event), ""


def act(server: DeskServer, filed: Filed, kind: str, seat: str = "custodian", **more: Any) -> dict[str, Any]:
    return server.act(server.cases[filed.key.case], kind, seat, **more)


def reply(server: DeskServer, filed: Filed, seat: str = "custodian", *, kind: str = "answered") -> None:
    answers = tuple(Answer(claim=n, kind=kind, text=f"This is answer number {n}.") for n in (1, 2))
    made = Reply(outcome="in_part", text="We looked at it.", answers=answers)
    body = sealed_by(server, filed, seat, "reply", made.json)
    act(server, filed, "reply", seat, body=body, outcome="in_part", **made.counts)


def extended_for_ever(server: DeskServer, filed: Filed) -> None:
    act(server, filed, "acknowledge")
    for clock in ("reply", "ack"):
        act(server, filed, "extend", clock=clock, until=LATE)


def countersigned_by_oneself(server: DeskServer, filed: Filed) -> None:
    act(server, filed, "acknowledge")
    reply(server, filed, kind="declined")
    act(server, filed, "countersign", reply=server.cases[filed.key.case].items[-1]["n"])


def answered_by_a_seat_that_may_not(server: DeskServer, filed: Filed) -> None:
    act(server, filed, "acknowledge", "political")
    reply(server, filed, "political")


def closed_in_the_same_minute(server: DeskServer, filed: Filed) -> None:
    act(server, filed, "acknowledge")
    reply(server, filed)
    act(server, filed, "close")


def fetched_before_it_was_written(server: DeskServer, filed: Filed) -> None:
    act(server, filed, "fetch", item=9)


Attack = Callable[[DeskServer, Filed], None]
# What is done; the faults that are told; and whether the attacker got what they wanted.
ATTACKS: dict[str, tuple[Attack, list[str], Callable[[Thread], bool]]] = {
    "extended for ever": (
        extended_for_ever,
        ["extension", "extension"],
        lambda seen: any(row.limit == LATE for row in seen.clocks),
    ),
    "countersigned by the seat that replied": (
        countersigned_by_oneself,
        ["who"],
        lambda seen: seen.story.state is State.ANSWERED,
    ),
    "answered by a seat that may not": (
        answered_by_a_seat_that_may_not,
        ["who", "who"],
        lambda seen: seen.story.state is State.ANSWERED,
    ),
    "closed in the same minute": (
        closed_in_the_same_minute,
        ["close"],
        lambda seen: seen.story.state is State.CLOSED,
    ),
    "fetched before it was written": (
        fetched_before_it_was_written,
        ["fetch"],
        lambda seen: ("custodian", 9) in seen.story.fetched,
    ),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_what_a_server_should_have_refused_is_told_and_changes_nothing(
    server: DeskServer, filed: Filed, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    attack, faults, succeeded = ATTACKS[name]
    attack(server, filed)
    with monkeypatch.context() as hole:
        hole.setattr(thread, "judge", only_folds)
        open_ = succeeded(read(server, filed))
    seen = read(server, filed)
    print(f"{name}: with the hole {open_}, against the product {succeeded(seen)}")

    assert open_
    assert not succeeded(seen)
    assert [fault.name for fault in seen.faults] == faults
    secretary = Seat(server, "secretary")
    view = secretary.desk.read(secretary.known(filed))
    assert (view.faults, view.story) == (seen.faults, seen.story)
    assert {row.fact for row in seen.reports} == set(faults)


BAD_REPLIES: dict[str, tuple[list[dict[str, Any]], dict[str, int], str]] = {
    "passes over every claim": ([], {"answered": 1, "referred": 0, "declined": 0}, "answers"),
    "answers one claim twice": ([{"claim": 1}, {"claim": 1}], {"answered": 2, "referred": 0, "declined": 0}, "answers"),
    "answers a claim that is not there": (
        [{"claim": 1}, {"claim": 3}],
        {"answered": 2, "referred": 0, "declined": 0},
        "answers",
    ),
    "is counted otherwise": ([{"claim": 1}, {"claim": 2}], {"answered": 1, "referred": 1, "declined": 0}, "answered"),
}


@pytest.mark.parametrize("name", BAD_REPLIES)
def test_a_reply_that_does_not_answer_is_reported_by_the_author_and_meets_no_clock(
    server: DeskServer, filed: Filed, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows, counts, fault = BAD_REPLIES[name]
    answers = tuple(Answer(kind="answered", text="This is an answer.", **row) for row in rows)
    made = Reply(outcome="in_part", text="Thank you for it.", answers=answers)
    act(server, filed, "acknowledge")
    body = sealed_by(server, filed, "custodian", "reply", made.json)
    act(server, filed, "reply", body=body, outcome="in_part", **counts)
    with monkeypatch.context() as hole:
        hole.setattr(following, "own_dissent", lambda *_: None)
        unheld = [row.fact for row in read(server, filed).reports]
    seen = read(server, filed)
    print(f"{name}: reported without the author's own claims {unheld}, with them {[row.fact for row in seen.reports]}")
    assert [(row.verb, row.fact) for row in seen.reports] == [(Verb.MISMATCH, fault)]
    assert unheld == (
        [] if fault == "answers" and sum(counts.values()) == len(rows) else [row for row in unheld if row]
    )

    author(server, filed).report(seen.reports[0], filed.receipt)
    after = read(server, filed)
    [clock] = [row for row in after.clocks if row.name == "reply"]
    assert (after.story.state, clock.met_at, clock.disputed) == (State.DISPUTED, None, True)
    assert not after.reports


def test_a_reply_that_nobody_can_open_is_unreadable_and_disputed(server: DeskServer, filed: Filed) -> None:
    act(server, filed, "acknowledge")
    act(
        server,
        filed,
        "reply",
        body=b"age-encryption.org/v1\n" + b"\1" * 600,
        outcome="accepted",
        answered=2,
        referred=0,
        declined=0,
    )
    seen = read(server, filed)
    assert [(row.verb, row.seq) for row in seen.reports] == [(Verb.UNREADABLE, 3)]

    author(server, filed).report(seen.reports[0], filed.receipt)
    assert read(server, filed).story.state is State.DISPUTED


def test_an_act_under_a_roster_that_was_replaced_does_not_count(server: DeskServer, filed: Filed) -> None:
    before, gone = server.roster, server.seats["custodian"]
    server.cover()
    server.new_roster()
    after, server.roster, server.seats["custodian"] = server.roster, before, gone
    act(server, filed, "acknowledge")
    server.roster = after

    seen = read(server, filed)
    assert [fault.name for fault in seen.faults] == ["roster"]
    assert seen.story.state is State.FILED


def test_an_act_that_was_made_before_the_new_roster_counts(server: DeskServer, filed: Filed) -> None:
    act(server, filed, "acknowledge")
    server.new_roster()
    assert (read(server, filed).faults, read(server, filed).story.state) == ((), State.ACKNOWLEDGED)


def test_a_server_that_leaves_a_roster_out_is_not_believed(server: DeskServer, filed: Filed) -> None:
    act(server, filed, "acknowledge")
    server.new_roster()
    server.new_roster()
    honest = server.on_get_rosters
    server.on_get_rosters = lambda *_: {"rosters": honest()["rosters"][::2]}  # type: ignore[method-assign]
    with pytest.raises(Exception, match="leaves out a roster"):
        read(server, filed)


def test_an_act_stands_in_a_case_once(server: DeskServer, filed: Filed) -> None:
    told = act(server, filed, "message", body=b"a sealed word")["opening"]["event"]
    case = server.cases[filed.key.case]
    again = events.event_from_act(events.act_of(told), told["signature"], server.now, place=server.place(case))
    server.record(case, again, b"a sealed word")
    assert [(fault.seq, fault.name) for fault in read(server, filed).faults] == [(3, "twice")]


def test_an_act_that_names_what_was_never_there_does_not_count(server: DeskServer, filed: Filed) -> None:
    case = server.cases[filed.key.case]
    place = server.place(case)
    made = events.make_act(
        "acknowledge",
        origin=server.log.origin,
        case=filed.key.case,
        charter=server.charter,
        roster=server.roster,
        seat="custodian",
        key=server.seats["custodian"].signing.public.hex(),
        seen={"seq": 1, "commitment": "0" * 64},
    )
    signature = events.sign_act(made, server.seats["custodian"].signing)
    server.record(case, events.event_from_act(made, signature, server.now, place=place), b"")
    seen = read(server, filed)
    assert ([fault.name for fault in seen.faults], seen.story.state) == (["seen"], State.FILED)


def test_two_seats_that_say_they_cannot_read_are_contradicted_by_the_author(server: DeskServer, filed: Filed) -> None:
    act(server, filed, "unreadable", item=0)
    assert not read(server, filed).reports
    act(server, filed, "unreadable", "secretary", item=0)
    server.now += 100 * DAY
    seen = read(server, filed)
    assert (seen.story.state, [row.verb for row in seen.reports]) == (State.UNREADABLE, [Verb.READABLE])
    assert {row.state for row in seen.clocks} == {ClockState.UNREADABLE}

    author(server, filed).report(seen.reports[0], filed.receipt)
    after = read(server, filed)
    assert (after.story.state, after.reports) == (State.FILED, ())
    assert {row.state for row in after.clocks} == {ClockState.OVERDUE}
    act(server, filed, "unreadable", item=0)
    act(server, filed, "unreadable", "secretary", item=0)
    assert read(server, filed).story.state is State.FILED


def test_a_grant_to_a_seat_that_the_author_left_out_is_told(server: DeskServer) -> None:
    filed = filed_at(server, wish_of(recused=frozenset({"secretary"})))
    act(server, filed, "grant", body=b"a sealed reason", to="secretary", sealed="0" * 64)
    assert [fault.name for fault in read(server, filed).faults] == ["recused"]


def unknown(server: DeskServer, filed: Filed, *, version: int, kind: str) -> None:
    """The custodian does something that a later version knows."""
    case = server.cases[filed.key.case]
    place, key = server.place(case), server.seats["custodian"].signing
    made = {
        "v": version,
        "type": kind,
        "origin": server.log.origin,
        "case": filed.key.case,
        "charter": server.charter,
        "roster": server.roster,
        "seat": "custodian",
        "body": "",
        "key": key.public.hex(),
        "seen": {"seq": place["seq"] - 1, "commitment": place["prev"]},
        "attachments": [],
        "verdict": {"of": [1, 2]},
    }
    from demur import canonical

    signature = key.sign(f"demur/act/v{version}", canonical.dump(made)).hex()
    server.record(case, events.read_event({**made, **place, "time": server.now, "signature": signature}), b"")


@pytest.mark.parametrize(("version", "kind"), [(2, "decide"), (3, "decide"), (3, "close")])
def test_what_a_reader_does_not_know_is_shown_and_changes_nothing_and_blocks_no_word(
    server: DeskServer, filed: Filed, version: int, kind: str
) -> None:
    server.announce(acts=version, types=[*keeping.TYPES, "decide"])
    act(server, filed, "acknowledge")
    unknown(server, filed, version=version, kind=kind)
    seen = read(server, filed)
    assert (seen.story.state, seen.story.unknown, seen.faults, seen.last.event["type"]) == (
        State.ACKNOWLEDGED,
        1,
        (),
        kind,
    )

    custodian = Seat(server, "custodian")
    known = custodian.known(filed)
    with pytest.raises(NotPossible, match="update Demur, then act"):
        custodian.desk.check(known, Verb.REPLY)
    for verb in (Verb.FETCH, Verb.MESSAGE, Verb.MISMATCH, Verb.UNREADABLE):
        custodian.desk.check(known, verb)
    author(server, filed).message("What was decided?", filed.receipt)
    assert author(server, filed).withdraw("", filed.receipt).event["type"] == "withdraw"


@pytest.mark.parametrize("announced", [True, False])
def test_what_no_announcement_named_is_a_fault(server: DeskServer, filed: Filed, announced: bool) -> None:
    if announced:
        server.announce()
    unknown(server, filed, version=2, kind="decide")
    seen = read(server, filed)
    assert [fault.name for fault in seen.faults] == ["unannounced"]
    author(server, filed).message("What is this?", filed.receipt)


def test_a_reply_of_the_old_form_in_an_act_of_the_new_one_does_not_answer(server: DeskServer, filed: Filed) -> None:
    act(server, filed, "acknowledge")
    answers = tuple(Answer(claim=n, kind="answered", text="") for n in (1, 2))
    made = Reply(v=1, outcome="in_part", text="", answers=answers)
    body = sealed_by(server, filed, "custodian", "reply", made.json)
    act(server, filed, "reply", body=body, outcome="in_part", **made.counts)
    assert [(row.verb, row.fact) for row in read(server, filed).reports] == [(Verb.MISMATCH, "v")]


def test_a_reply_without_a_text_meets_no_clock(server: DeskServer, filed: Filed) -> None:
    act(server, filed, "acknowledge")
    act(server, filed, "reply", outcome="accepted", answered=2, referred=0, declined=0)
    seen = read(server, filed)
    assert ([fault.name for fault in seen.faults], seen.story.state) == (["text"], State.ACKNOWLEDGED)


def test_a_seat_that_the_author_left_out_cannot_countersign(server: DeskServer) -> None:
    filed = filed_at(server, wish_of(recused=frozenset({"deputy"})))
    act(server, filed, "acknowledge")
    reply(server, filed, kind="declined")
    act(server, filed, "countersign", "deputy", reply=3)
    seen = read(server, filed)
    assert ([fault.name for fault in seen.faults], seen.story.state) == (["recused"], State.UNCONFIRMED)


def test_a_roster_that_comes_while_a_thread_is_read_convicts_nobody(server: DeskServer, filed: Filed) -> None:
    """Bima reads, an act waits for its tick, and the tick publishes it together with new seats before the rosters are asked for."""
    act(server, filed, "acknowledge")
    server.cases[filed.key.case].items[-1]["index"] = -1
    honest = server.on_get_rosters

    def meanwhile(*asked: Any) -> dict[str, Any]:
        if server.serial == 1:
            server.new_roster()
        return honest(*asked)

    server.on_get_rosters = meanwhile  # type: ignore[method-assign]
    assert read(server, filed).faults == ()


def test_one_client_reads_on_after_seats_have_changed(server: DeskServer, filed: Filed) -> None:
    custodian = Seat(server, "custodian")
    known = custodian.known(filed)
    custodian.desk.read(known)
    server.new_roster()
    act(server, filed, "acknowledge")
    assert custodian.desk.read(known).faults == ()


def test_disputes_of_the_author_are_counted_and_said_also_where_they_move_no_clock(
    server: DeskServer, filed: Filed
) -> None:
    act(server, filed, "acknowledge")
    reply(server, filed)
    seq = server.cases[filed.key.case].items[-1]["n"]
    assert status_document(read(server, filed), now=server.now)["author_disputes"] == 0
    faulty = Report(verb=Verb.MISMATCH, seq=seq, fact="answers")
    author(server, filed).report(faulty, filed.receipt)
    act(server, filed, "countersign", "secretary", reply=seq)
    author(server, filed).report(faulty, filed.receipt)
    seen = read(server, filed)
    print(f"{seen.story.author_disputes} disputes, the reply is {seen.story.state}")
    assert seen.story.state is State.ANSWERED
    assert status_document(seen, now=server.now)["author_disputes"] == 2
    assert any("You have disputed a reply 2 times" in line for line in status_lines(seen, now=server.now))
    assert dispute_lines(2, own=False)[0].startswith("  The author has disputed")
