# SPDX-License-Identifier: AGPL-3.0-or-later
"""A server that lies to an author's browser: each lie that the command line notices is noticed there too, and a stranger is convinced.

What a page cannot know, because it remembers nothing, it says: `unchecked`.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from core import Core, Refused, author_at
from lying import Stage, on_stage
from test_burying import ATTACKS, BAD_REPLIES
from test_following import answered, sealed_by
from test_lying_server import DAY, convinced
from tiny_record import GRACE, NOW, Case, TinyServer

from demur.client.authorkey import AuthorKey
from demur.client.errors import ServerRefused
from demur.client.receipt import Receipt
from demur.client.submitting import Filed
from demur.dissent.bundle import unpack_bundle
from demur.dissent.documents.reply import Answer, Reply
from demur.dissent.documents.short import short
from demur.dissent.errors import WorkWanted
from demur.dissent.work import HEADER, Work, act_subject, check_work
from demur.record.entry import readable_entry

pytestmark = pytest.mark.adversary
FACTS = {"agency": "State"}


@pytest.fixture
def server() -> TinyServer:
    return TinyServer()


@contextmanager
def page_at(stage: Stage) -> Iterator[Core]:
    """A fresh page whose clock is the server's."""
    with author_at(stage.address) as page:
        set_clock(page, stage.server)
        yield page


def set_clock(page: Core, server: TinyServer) -> None:
    page.call("$clock", shift=server.now - int(time.time()))


@pytest.fixture
def stage(server: TinyServer) -> Iterator[Stage]:
    with on_stage(server) as stage:
        yield stage


@pytest.fixture
def page(stage: Stage) -> Iterator[Core]:
    with page_at(stage) as page:
        yield page


def pass_time(page: Core, server: TinyServer, seconds: int) -> None:
    server.now += seconds
    set_clock(page, server)


def filed_by(page: Core, server: TinyServer) -> tuple[Any, Filed]:
    """What the page gives, and the same as the tests of the command line know it."""
    left = page.file(claims=(2, 3), facts=FACTS)
    receipt = Receipt.parse(left["receipt"].encode())
    key = AuthorKey.parse(left["key"].encode())
    return left, Filed(key=key, receipt=receipt, sealed_body=b"", bundle=left["sealed"])


def enter(page: Core, filed: Any) -> Any:
    return page.call("enter", words=" ".join(filed["words"]))


def caught(work: Callable[[], Any], code: str) -> dict[str, Any]:
    with pytest.raises(Refused) as refused:
        work()
    assert refused.value.code == code, refused.value.facts
    return refused.value.facts


def evidence_of(work: Callable[[], Any], code: str, server: TinyServer, kind: str) -> None:
    convinced(caught(work, code)["evidence"], server, kind)


# before filing


def test_a_swapped_seat_key_is_refused_before_anything_is_sealed(server: TinyServer, page: Core) -> None:
    server.swap_seats()
    evidence_of(lambda: page.call("look"), "swapped-key", server, "unsigned-roster")


def test_a_key_swapped_between_looking_and_sealing_is_refused(server: TinyServer, page: Core) -> None:
    page.call("look")
    server.swap_seats()
    evidence_of(lambda: page.file(facts=FACTS), "swapped-key", server, "unsigned-roster")
    assert not server.cases


def test_nothing_is_sealed_to_others_than_the_author_was_shown(server: TinyServer, page: Core) -> None:
    page.call("readers", facts=FACTS)
    server.new_roster()
    for _ in range(2):
        caught(lambda: page.file(facts=FACTS), "readers-changed")
    page.call("readers", facts=FACTS)
    assert page.file(facts=FACTS)["case"] in server.cases


@pytest.mark.parametrize(("told", "code"), [("in-dispute", "in-dispute"), ("not-open", "server"), ("", "server")])
def test_a_server_that_takes_nothing_is_heard_before_anything_is_sealed_and_accuses_nobody_by_itself(
    server: TinyServer, page: Core, told: str, code: str
) -> None:
    limits = server.on_get_limits()
    server.on_get_limits = lambda *_: {**limits, "open": False, "code": told, "reason": "Not today."}  # type: ignore[method-assign]
    facts = caught(lambda: page.file(facts=FACTS), code)
    assert code == "in-dispute" or facts["sentence"] == "Not today."
    assert not server.cases


def test_older_seats_than_the_page_has_seen_are_refused(server: TinyServer, page: Core) -> None:
    old = server.roster, server.roster_statement
    server.new_roster()
    page.call("look")
    server.roster, server.roster_statement = old
    caught(lambda: page.call("look"), "bad-answer")
    pass_time(page, server, 61)
    evidence_of(lambda: page.call("look"), "rolled-back", server, "older-statement")


def test_a_record_that_forks_or_goes_back_while_the_page_is_open_is_refused(
    server: TinyServer, stage: Stage, page: Core
) -> None:
    server.cover(3)
    page.call("look")
    stage.server = server.other_universe(since=2)
    caught(lambda: page.call("look"), "bad-answer")
    stage.server.cover(7)
    evidence_of(lambda: page.call("look"), "record-forked", server, "forked-record")


def test_a_back_dated_record_is_refused_once(server: TinyServer, page: Core) -> None:
    server.cover()
    page.call("look")
    pass_time(page, server, 3600)
    server.log.shift = -2 * 3600
    server.cover()
    evidence_of(lambda: page.call("look"), "back-dated", server, "back-dated")
    page.call("look")


def test_a_directory_of_another_day_is_refused(server: TinyServer, page: Core) -> None:
    page.call("$clock", shift=server.now + 3 * DAY - int(time.time()))
    caught(lambda: page.call("look"), "another-day")


# filing


def test_an_answer_that_was_lost_is_asked_for_again_and_the_case_is_filed_once(server: TinyServer, page: Core) -> None:
    server.lost_answers = 2
    left, _ = filed_by(page, server)
    assert list(server.cases) == [left["case"]]


def test_a_promise_far_from_this_machines_clock_is_refused_until_the_author_accepts_it(
    server: TinyServer, page: Core
) -> None:
    dissent = {"kind": "text", "name": "a.txt", "bytes": b"One.\n", "claims": []}
    page.call("seal", dissent=dissent, facts=FACTS)
    server.now += 1000
    assert caught(lambda: page.call("submit"), "clock-differs")["seconds"] > 300
    assert page.call("submit", acceptClock=True)["case"] in server.cases


def test_an_answer_about_another_filing_is_not_believed(server: TinyServer, page: Core) -> None:
    filed_by(page, server)
    (case,) = server.cases.values()
    page.call("seal", dissent={"kind": "text", "name": "a.txt", "bytes": b"One.\n", "claims": []}, facts=FACTS)
    server.file = lambda *_: case  # type: ignore[method-assign]
    caught(lambda: page.call("submit"), "bad-answer")


def test_a_dropped_entry_is_noticed_when_its_promise_is_due(server: TinyServer, page: Core) -> None:
    server.swallow.add(b"")
    left, _ = filed_by(page, server)
    assert not left["proven"]
    pass_time(page, server, GRACE + 61)
    server.cover()
    evidence_of(lambda: enter(page, left), "promise-broken", server, "broken-promise")


# following


def test_a_thread_cut_short_is_noticed_by_the_open_page_and_by_one_that_is_given_the_receipt(
    server: TinyServer, stage: Stage, page: Core
) -> None:
    left, filed = filed_by(page, server)
    answered(server, filed)
    receipt = enter(page, left)["receipt"]
    server.now += 61
    server.cut = 1
    evidence_of(lambda: page.call("refresh"), "thread-shorter", server, "shorter-thread")
    with page_at(stage) as other:
        assert "thread" in enter(other, left)["unchecked"]
        evidence_of(lambda: other.call("compare", receipt=receipt.encode()), "thread-shorter", server, "shorter-thread")


def test_an_item_replaced_in_a_thread_that_also_grew_is_noticed(server: TinyServer, page: Core) -> None:
    left, filed = filed_by(page, server)
    case, custodian = answered(server, filed), server.frozen.charter.custodian
    enter(page, left)
    server.now += 60
    del case.items[-1]
    for _ in range(2):
        server.act(case, "message", custodian, body=b"age-encryption.org/v1\nx")
    evidence_of(lambda: page.call("refresh"), "item-changed", server, "changed-item")


def test_a_fork_shown_to_one_author_is_noticed_with_the_receipt(server: TinyServer, stage: Stage, page: Core) -> None:
    left, _ = filed_by(page, server)
    server.cover(3)
    enter(page, left)
    other = server.other_universe(since=2)
    other.cases = dict(server.cases)
    other.cover(9)
    stage.server = other
    with page_at(stage) as fresh:
        caught(lambda: fresh.call("compare", receipt=left["receipt"].encode()), "not-entered")
    evidence_of(lambda: page.call("refresh"), "record-forked", server, "forked-record")


def withholding(page: Core, server: TinyServer, left: Any, filed: Filed) -> None:
    """The reply is recorded and published; two hours later the log signs to the author that there is none."""
    answered(server, filed)
    server.cut = 1
    pass_time(page, server, 7200)
    enter(page, left)
    server.cut = 0
    pass_time(page, server, 60)


def test_a_reply_that_was_withheld_counts_from_when_it_was_shown_and_convicts(server: TinyServer, page: Core) -> None:
    left, filed = filed_by(page, server)
    withholding(page, server, left, filed)
    view = page.call("refresh")
    assert view["thread"][-1]["reply"]["outcome"] == "in_part"
    assert NOW + 7200 in {clock["metAt"] for clock in view["clocks"]}
    assert [row["code"] for row in view["noticed"]] == ["withheld"]
    found = convinced(view["noticed"][0]["evidence"], server, "withheld-item")
    assert "(reply)" in found.sentence
    assert page.call("refresh")["noticed"] == view["noticed"]


def test_an_act_recorded_late_under_an_old_time_is_noticed_and_meets_no_clock_before(
    server: TinyServer, page: Core
) -> None:
    left, _ = filed_by(page, server)
    pass_time(page, server, 4 * DAY)
    enter(page, left)
    seen = server.now
    pass_time(page, server, 60)
    server.log.shift = -3 * DAY
    server.act(server.cases[left["case"]], "acknowledge", server.frozen.charter.custodian)
    view = page.call("refresh")
    assert [clock["metAt"] for clock in view["clocks"] if clock["name"] == "ack"] == [seen]
    convinced(view["noticed"][0]["evidence"], server, "back-dated")


def test_a_reply_whose_event_counts_otherwise_than_its_body_is_shown_as_a_mismatch_and_reported(
    server: TinyServer, page: Core
) -> None:
    left, filed = filed_by(page, server)
    answered(server, filed, counts=(0, 2, 0))
    view = enter(page, left)
    (reply,) = [row for row in view["thread"] if row["type"] == "reply"]
    assert reply["fault"] == "answered"
    assert (view["thread"][-1]["type"], view["thread"][-1]["fact"], view["mismatches"]) == ("mismatch", "answered", [])
    assert len(page.call("refresh")["thread"]) == len(view["thread"])


def altered(case: Case, **changes: object) -> None:
    case.items[-1] = {**case.items[-1], "event": {**case.items[-1]["event"], **changes}}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"outcome": "accepted"}, "event-forged"),
        ({"seat": ""}, "event-forged"),
        ({"prev": "0" * 64}, "another-story"),
        ({"charter": "0" * 64}, "another-story"),
        ({"v": 3}, "event-forged"),
    ],
)
def test_an_event_changed_by_the_server_is_not_believed(
    server: TinyServer, page: Core, changes: dict[str, object], code: str
) -> None:
    left, filed = filed_by(page, server)
    altered(answered(server, filed), **changes)
    assert caught(lambda: enter(page, left), code)


def test_an_event_under_another_time_than_the_record_holds_is_not_public_and_meets_no_clock(
    server: TinyServer, page: Core
) -> None:
    left, filed = filed_by(page, server)
    altered(answered(server, filed), time=NOW + 5)
    view = enter(page, left)
    assert not view["published"]
    assert (view["thread"][-1]["publicTime"], view["thread"][-1]["index"]) == (0, -1)
    assert {clock["name"]: clock["state"] for clock in view["clocks"]} == {"ack": "met", "reply": "running"}


def test_a_body_of_another_item_is_shown_as_not_fitting(server: TinyServer, page: Core) -> None:
    left, filed = filed_by(page, server)
    case = server.cases[left["case"]]
    custodian = server.frozen.charter.custodian
    body = sealed_by(server, filed, custodian, "message", short("message", "First."))
    server.act(case, "message", custodian, body=body)
    server.act(case, "message", custodian, body=body)  # the same sealed file as another message
    view = enter(page, left)
    told = {row["n"]: (row["text"], row["fault"]) for row in view["thread"] if row["type"] == "message"}
    assert told[2] == ("First.", "")
    assert told[3] == ("", "manifest")


# load, refusals, and a restored log


def under_load(server: TinyServer, subject: Callable[[dict[str, Any]], str], name: str) -> None:
    """From now on `server` asks 13 bits of work for the subject of each header that comes to its method `name`."""
    asked = Work(bits=13, challenges=["ab" * 16])
    limits, taken = server.on_get_limits, getattr(server, name)
    server.on_get_limits = lambda *_: {  # type: ignore[method-assign, assignment]
        **limits(),
        "work": {"filing_bits": asked.bits, "part_bits": 0, "challenge": asked.challenges[0]},
    }

    def take(path: list[str], body: bytes, headers: dict[str, str], *more: Any) -> Any:
        stamp = {name.lower(): value for name, value in headers.items()}.get(HEADER.lower(), "")
        try:
            check_work(stamp, subject(unpack_bundle(body)[0]), origin=server.log.origin, work=asked)
        except WorkWanted as error:
            raise ServerRefused(429, "work", str(error)) from None
        return taken(path, body, headers, *more)

    setattr(server, name, take)


def worked(page: Core) -> list[int]:
    return [step["bits"] for step in page.told if step["stage"] == "work"]


def test_work_is_shown_when_it_is_asked_and_only_as_much(server: TinyServer, page: Core) -> None:
    under_load(server, lambda header: str(header["case"]), "on_post_cases")
    left, _ = filed_by(page, server)
    assert list(server.cases) == [left["case"]]
    assert worked(page) == [13]


def test_work_is_shown_for_an_act_too_and_for_no_other(server: TinyServer, page: Core) -> None:
    left, _ = filed_by(page, server)
    enter(page, left)
    under_load(server, lambda header: act_subject(header["act"]["case"], header["act"]), "on_post_mailbox")
    view = page.call("message", text="When?")
    assert [row["text"] for row in view["thread"] if row["type"] == "message"] == ["When?"]
    assert worked(page) == [13]


def test_a_server_that_asks_for_more_work_than_a_phone_can_do_is_refused(server: TinyServer, page: Core) -> None:
    plain = server.on_get_limits
    work = {"filing_bits": 40, "part_bits": 0, "challenge": "ab" * 16}
    server.on_get_limits = lambda *_: {**plain(), "work": work}  # type: ignore[method-assign, assignment, dict-item]
    server.on_post_cases = refusing(429, "work")  # type: ignore[method-assign, assignment]
    caught(lambda: filed_by(page, server), "bad-answer")


def refusing(status: int, code: str) -> Callable[..., Any]:
    def refuse(*_: Any) -> Any:
        raise ServerRefused(status, code, "No\u202e.")

    return refuse


def test_words_of_a_filing_that_somebody_in_between_refused_are_given_with_the_next(
    server: TinyServer, page: Core
) -> None:
    plain, dissent = server.on_post_cases, {"kind": "text", "name": "a.txt", "bytes": b"One.\n", "claims": []}
    page.call("seal", dissent=dissent, facts=FACTS)
    server.on_post_cases = refusing(413, "unknown")  # type: ignore[method-assign, assignment]
    told = caught(lambda: page.call("submit"), "server")
    assert (told["final"], told["status"], told["sentence"]) == (False, 413, "No\ufffd.")
    page.call("seal", dissent=dissent, facts=FACTS)
    server.on_post_cases = refusing(409, "conflict")  # type: ignore[method-assign, assignment]
    assert caught(lambda: page.call("submit"), "server")["final"]
    caught(lambda: page.call("submit"), "nothing-sealed")
    page.call("seal", dissent=dissent, facts=FACTS)
    server.on_post_cases = plain  # type: ignore[method-assign]
    filed = page.call("submit")
    assert [len(words) for words in filed["earlier"]] == [12]
    assert filed["earlier"][0] != filed["words"]


def test_two_statements_of_one_number_are_refused(server: TinyServer, page: Core) -> None:
    page.call("look")
    server.serial = 1
    gone = sorted(server.seats)[0]
    del server.seats[gone]
    server.roster_statement = server.sign_roster(server.officer.signing)
    server.roster = server.publish(server.roster_statement)
    assert caught(lambda: page.call("look"), "bad-answer")["why"] == "two-statements-of-one-number"


def test_a_restored_log_that_confesses_its_gap_is_no_liar_and_one_that_does_not_is(
    server: TinyServer, stage: Stage, page: Core
) -> None:
    left, filed = filed_by(page, server)
    size = len(server.log.data)
    case = answered(server, filed)
    receipt = enter(page, left)["receipt"]
    server.now += 3600
    del case.items[2:]  # the backup was older than the reply; the record was taken back from a mirror
    with page_at(stage) as other:
        enter(other, left)
        evidence_of(lambda: other.call("compare", receipt=receipt.encode()), "thread-shorter", server, "shorter-thread")
    gap = {"v": 1, "type": "gap", "origin": server.log.origin, "first": size, "time": server.now}
    server.log.append(readable_entry(gap))
    server.now += 60
    set_clock(page, server)
    view = page.call("refresh")
    assert [row["code"] for row in view["noticed"]] == ["lost"]
    convinced(view["noticed"][0]["evidence"], server, "shorter-thread")
    assert [row["type"] for row in view["thread"]] == ["received", "acknowledge"]


# a server and a custodian together


@pytest.mark.parametrize("name", ATTACKS)
def test_what_a_server_should_have_refused_is_told_in_the_browser_and_changes_nothing(
    server: TinyServer, page: Core, name: str
) -> None:
    left, filed = filed_by(page, server)
    attack, faults, _ = ATTACKS[name]
    attack(server, filed)  # type: ignore[arg-type]
    view = enter(page, left)
    assert [row["name"] for row in view["faults"]] == faults
    assert {row["fact"] for row in view["thread"] if row["type"] == "mismatch" and row["own"]} == set(faults)
    assert view["state"] not in {"closed"} | ({"answered"} if "close" not in faults else set())
    assert max(clock["limit"] for clock in view["clocks"]) < 2_000_000_000


@pytest.mark.parametrize("name", BAD_REPLIES)
def test_a_reply_that_does_not_answer_is_disputed_by_the_browser(server: TinyServer, page: Core, name: str) -> None:
    left, filed = filed_by(page, server)
    rows, counts, fault = BAD_REPLIES[name]
    answers = tuple(Answer(kind="answered", text="This is an answer.", **row) for row in rows)
    made = Reply(outcome="in_part", text="Thank you for it.", answers=answers)
    custodian = server.frozen.charter.custodian
    case = server.cases[left["case"]]
    server.act(case, "acknowledge", custodian)
    body = sealed_by(server, filed, custodian, "reply", made.json)
    server.act(case, "reply", custodian, body=body, outcome="in_part", **counts)
    view = enter(page, left)
    assert (view["thread"][-1]["type"], view["thread"][-1]["fact"]) == ("mismatch", fault)
    assert (view["state"], {row["name"]: row["disputed"] for row in view["clocks"]}["reply"]) == ("disputed", True)
