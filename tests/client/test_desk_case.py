# SPDX-License-Identifier: AGPL-3.0-or-later
"""A case read at the desk: nothing the server says is believed; what differs from the record is told to author and oversight."""

import contextlib
import copy
import dataclasses
import functools
import hashlib
from typing import Any

import pytest
from desk_server import DeskServer, Seat, filed_at
from hypothesis import given, settings
from hypothesis import strategies as st
from test_filing import TEXT, wish_of
from tiny_record import NOW

from demur.client import unsealing
from demur.client.answering import Answering
from demur.client.desklist import list_cases
from demur.client.errors import BadAnswer, ServerRefused
from demur.client.fetching import Fetched, fetch_all, fetch_filing
from demur.client.filing import _Sealing as Sealing
from demur.client.grants import Grant
from demur.client.inbox import Known
from demur.client.submitting import Filed
from demur.client.wish import Attachment
from demur.clock.deadlines import State as ClockState
from demur.dissent import events
from demur.dissent.documents.reply import Answer, Reply
from demur.dissent.documents.short import short
from demur.dissent.states import State, Verb
from demur.errors import DemurError
from demur.record.entry import case_entry
from demur.seal import bech32
from demur.seal.age import files as age
from demur.seal.age.hybrid import HybridIdentity

REPLY = Reply(
    outcome="in_part", text="Thank you.", answers=tuple(Answer(claim=n, kind="answered", text="Yes.") for n in (1, 2))
)


@pytest.fixture
def server() -> DeskServer:
    return DeskServer()


@pytest.fixture
def filed(server: DeskServer) -> Filed:
    return filed_at(server, wish_of(attachments=(Attachment(name="table.csv", data=b"a,b\n"),)))


def seat_of(server: DeskServer, filed: Filed, seat: str = "custodian") -> tuple[Seat, Known]:
    one = Seat(server, seat)
    return one, one.known(filed)


def kinds(server: DeskServer, filed: Filed) -> list[str]:
    return [item["event"]["type"] for item in server.cases[filed.key.case].items]


def replied(server: DeskServer, filed: Filed, reply: Reply = REPLY) -> Fetched:
    custodian, known = seat_of(server, filed)
    known = custodian.desk.plain(known, Verb.ACKNOWLEDGE).known
    fetched = fetch_filing(custodian.desk, known)
    Answering(desk=custodian.desk, fetched=fetched).reply(reply)
    return fetched


def test_a_fetch_gives_the_filing_byte_for_byte(server: DeskServer, filed: Filed) -> None:
    custodian, known = seat_of(server, filed)
    fetched = fetch_all(custodian.desk, known)
    assert fetched.filing.original == TEXT
    assert fetched.filing.attachments == (Attachment(name="table.csv", data=b"a,b\n"),)
    assert [claim.n for claim in fetched.filing.dissent.claims] == [1, 2]
    assert fetched.filing.faults == ()
    assert fetched.filing.author.text == filed.key.manifest["return"]
    assert fetched.view.story.state is State.FILED


def test_a_fetch_is_recorded_once_before_the_body_is_served(server: DeskServer, filed: Filed) -> None:
    custodian, known = seat_of(server, filed)
    fetch_filing(custodian.desk, fetch_filing(custodian.desk, known).known)
    assert kinds(server, filed) == ["received", "fetch"]
    secretary, other = seat_of(server, filed, "secretary")
    sealed = secretary.desk.read(other).filing[0].sha256
    with pytest.raises(ServerRefused, match="fetch first"):
        secretary.line.get(f"/api/v1/cases/{filed.key.case}/files/{sealed}", token=other.grant.token)


def test_another_seat_reads_the_reply_and_the_thread(server: DeskServer, filed: Filed) -> None:
    replied(server, filed)
    secretary, known = seat_of(server, filed, "secretary")
    fetched = fetch_all(secretary.desk, known)
    spoken = [row for row in fetched.spoken.values() if row.reply is not None]
    assert [row.reply for row in spoken] == [REPLY]
    assert not any(row.fault for row in fetched.spoken.values())
    assert fetched.view.story.state is State.ANSWERED
    assert "mismatch" not in kinds(server, filed)


def test_ones_own_words_are_read_without_a_fetch_event(server: DeskServer, filed: Filed) -> None:
    custodian, known = seat_of(server, filed)
    Answering(desk=custodian.desk, fetched=fetch_filing(custodian.desk, known)).message("Which week?")
    fetched = fetch_all(custodian.desk, known)
    assert [row.text for row in fetched.spoken.values()] == ["Which week?"]
    assert kinds(server, filed) == ["received", "fetch", "message"]


# What a lying server says of a case, and what the client answers.
LIES: dict[str, tuple[dict[str, Any], str]] = {
    "another author": ({"author": "0" * 64}, "another author"),
    "another salt": ({"salt": "0" * 64}, "another author"),
    "another commitment": ({"commitment": "0" * 64}, "start with what the author filed"),
    "another charter": ({"charter": "0" * 64}, "another charter"),
    "another state": ({"state": "answered"}, "its events say 'filed'"),
    "no events": ({"items": []}, "no events"),
    "no files": ({"filing": []}, "sealed files"),
    "files of the wrong form": ({"filing": [{"role": "body", "sha256": 1}]}, "not named in order"),
    "another file": ({"filing": [{"role": "body", "sha256": "0" * 64}]}, "not the one that was recorded"),
    "an attachment as body": ({"filing": [{"role": "attachment", "sha256": "0" * 64}]}, "not named in order"),
    "events of no form": ({"items": [{"n": 1}]}, "not numbered in order"),
}


@pytest.mark.adversary
@pytest.mark.parametrize("lie", LIES)
def test_a_lie_about_a_case_is_refused(server: DeskServer, filed: Filed, lie: str) -> None:
    custodian, known = seat_of(server, filed)
    told, sentence = LIES[lie]
    honest = server.on_get_cases
    server.on_get_cases = lambda *asked: {**honest(*asked), **told}  # type: ignore[method-assign]
    with pytest.raises(BadAnswer, match=sentence):
        custodian.desk.read(known)


@pytest.mark.adversary
@pytest.mark.parametrize(
    ("member", "value", "sentence"),
    [
        ("seat", "deputy", "not by the one it names|tampered"),
        ("signature", "0" * 128, "tampered"),
        ("roster", "", "not an event"),
        ("case", "0" * 32, "another case"),
        ("origin", "practice-ffffffffffffffff", "another case or channel"),
        ("prev", "0" * 64, "does not continue"),
        ("time", NOW + 60, "does not continue|does not stand in the record"),
    ],
)
def test_an_event_changed_by_the_server_is_refused(
    server: DeskServer, filed: Filed, member: str, value: object, sentence: str
) -> None:
    custodian, known = seat_of(server, filed)
    custodian.desk.plain(known, Verb.ACKNOWLEDGE)
    server.cases[filed.key.case].items[-1]["event"][member] = value
    with pytest.raises(BadAnswer, match=sentence):
        custodian.desk.read(known)


JSON = (
    st.none()
    | st.booleans()
    | st.integers(-2, 2**64)
    | st.floats()
    | st.text(max_size=4)
    | st.lists(st.integers(), max_size=2)
)


def places(value: object, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a JSON value."""
    inside = (
        list(value.items()) if isinstance(value, dict) else list(enumerate(value)) if isinstance(value, list) else []
    )
    return [path, *(place for name, part in inside for place in places(part, (*path, name)))]


@pytest.mark.adversary
@settings(max_examples=80)
@given(data=st.data())
def test_no_answer_of_a_server_leads_to_anything_but_a_sentence(data: st.DataObject) -> None:
    custodian, known, answer = _read_once()
    place = data.draw(st.sampled_from(places(answer)[1:]))
    changed = copy.deepcopy(answer)
    part: Any = changed
    for name in place[:-1]:
        part = part[name]
    part[place[-1]] = data.draw(JSON)
    server = custodian.line.server
    server.on_get_cases = lambda *_: changed  # type: ignore[attr-defined]
    with contextlib.suppress(DemurError):
        view = custodian.desk.read(known)
        # What it reads in spite of the change is the honest case: only what nobody relies on was touched.
        assert [item.event for item in view.items] == [item["event"] for item in answer["items"]]


@functools.cache
def _read_once() -> tuple[Seat, Known, dict[str, Any]]:
    server = DeskServer()
    filed = filed_at(server)
    custodian, known = seat_of(server, filed)
    known = custodian.desk.plain(known, Verb.ACKNOWLEDGE).known
    token = {"token": known.grant.token}
    return custodian, known, custodian.line.get_json(f"/api/v1/cases/{filed.key.case}", **token)


@pytest.mark.adversary
def test_an_event_that_stands_elsewhere_in_the_record_is_refused(server: DeskServer, filed: Filed) -> None:
    custodian, known = seat_of(server, filed)
    server.cases[filed.key.case].items[0]["index"] += 1
    with pytest.raises(BadAnswer, match="does not stand in the record"):
        custodian.desk.read(known)


@pytest.mark.adversary
def test_a_case_that_lost_events_is_refused_by_a_key_that_saw_them(server: DeskServer, filed: Filed) -> None:
    custodian, known = seat_of(server, filed)
    known = custodian.desk.plain(known, Verb.ACKNOWLEDGE).known
    server.hidden, server.claimed_state = 1, "filed"
    with pytest.raises(BadAnswer, match="another story of this case than this key saw"):
        custodian.desk.read(known)
    custodian.desk.read(Known(grant=known.grant))  # a key that never saw them cannot know


@pytest.mark.adversary
def test_the_list_may_not_go_back_behind_what_the_key_saw(server: DeskServer, filed: Filed) -> None:
    custodian, known = seat_of(server, filed)
    known = custodian.desk.plain(known, Verb.ACKNOWLEDGE).known
    server.cases[filed.key.case].items.pop()
    looked = list_cases(custodian.line, [known], custodian.desk.record)
    (fault,) = looked.faults
    assert (fault.name, fault.honest) == ("shorter", False)
    assert "shows 1 events" in fault.sentence
    assert len(looked.listed) == 1


def test_the_list_shows_what_is_overdue_first(server: DeskServer) -> None:
    late = filed_at(server, seed="late")
    custodian, _ = seat_of(server, late)
    server.now = NOW + 90 * 86_400
    fresh = filed_at(server, seed="fresh")
    custodian.look()
    done = custodian.index.find(fresh.key.case)
    rows = list_cases(custodian.line, list(custodian.index.cases.values()), custodian.desk.record).listed
    assert [row.case for row in rows] == [late.key.case, fresh.key.case]
    assert {clock.state for clock in rows[0].clocks} == {ClockState.OVERDUE}
    assert {clock.state for clock in rows[1].clocks} == {ClockState.RUNNING}
    custodian.desk.plain(done, Verb.ACKNOWLEDGE)
    rows = list_cases(custodian.line, list(custodian.index.cases.values()), custodian.desk.record).listed
    assert {clock.name: clock.state for clock in rows[1].clocks}["ack"] is ClockState.MET


def test_the_list_and_the_case_agree_on_every_clock(server: DeskServer, filed: Filed) -> None:
    """Acts of later days meet clocks; they move no date that was promised at filing."""
    custodian, known = seat_of(server, filed)
    server.now += 86_400
    known = custodian.desk.plain(known, Verb.ACKNOWLEDGE).known
    answering = Answering(desk=custodian.desk, fetched=fetch_filing(custodian.desk, known))
    due = next(row.limit for row in answering.fetched.view.clocks(server.now) if row.name == "reply")
    server.now += 86_400
    extended = answering.extend(clock="reply", until=due + 5 * 86_400, reason="Snow.").known
    server.now += 86_400
    for step in (lambda: None, lambda: answering.reply(REPLY)):
        step()
        (row,) = list_cases(custodian.line, [known], custodian.desk.record).listed
        view = custodian.desk.read(extended)
        assert list(row.clocks) == view.clocks(server.now)
        assert row.received == NOW
        assert {clock.promised for clock in row.clocks if clock.name == "reply"} == {due}


def test_a_case_that_nobody_asked_for_is_not_listed(server: DeskServer, filed: Filed) -> None:
    custodian, known = seat_of(server, filed)
    for rows in (["x"], [{"case": "0" * 32, "seq": 1}], [{"case": ["x"]}]):
        server.on_post_desk = lambda *_, told=rows: {"cases": told}  # type: ignore[method-assign]
        looked = list_cases(custodian.line, [known], custodian.desk.record)
        assert (looked.listed, [fault.name for fault in looked.faults]) == ((), ["unknown"])
    server.on_post_desk = lambda *_: {"cases": None}  # type: ignore[method-assign]
    with pytest.raises(BadAnswer, match="not a list of cases"):
        list_cases(custodian.line, [known], custodian.desk.record)


@pytest.mark.adversary
@pytest.mark.parametrize("part", ["received", "seq", "met", "extended", "state", "charter"])
@pytest.mark.parametrize("odd", [None, True, -1, 2**60, 1.5, "x", [], {"ack": 2**60}])
def test_an_odd_row_of_the_list_gets_a_sentence_and_takes_no_other_case_away(
    server: DeskServer, filed: Filed, part: str, odd: object
) -> None:
    other = filed_at(server, seed="other")
    custodian, known = seat_of(server, filed)
    rows = [known, custodian.index.find(other.key.case)]
    honest = server.on_post_desk
    server.on_post_desk = lambda *asked: {  # type: ignore[method-assign]
        "cases": [{**row, part: odd} if row["case"] == filed.key.case else row for row in honest(*asked)["cases"]]
    }
    looked = list_cases(custodian.line, rows, custodian.desk.record)
    assert [row.case for row in looked.listed] == [other.key.case]
    assert [(fault.case, fault.name) for fault in looked.faults] == [(filed.key.case, "odd")]
    assert filed.key.case[:8] in looked.sentences[0]


@pytest.mark.adversary
def test_an_event_from_the_future_is_refused(server: DeskServer, filed: Filed) -> None:
    custodian, known = seat_of(server, filed)
    server.now = NOW + 10**9
    server.act(server.cases[filed.key.case], "acknowledge", "custodian")
    server.now = NOW
    with pytest.raises(BadAnswer, match="dated in the future"):
        custodian.desk.read(known)


def test_a_body_that_cannot_be_opened_is_told_as_unreadable_once(server: DeskServer, filed: Filed) -> None:
    """The author sealed something else than a container to the case key."""
    custodian, known = seat_of(server, filed)
    case = server.cases[filed.key.case]
    broken = age.encrypt(b"not a container", [known.grant.identity.recipient])
    replace_body(server, filed, broken)
    for _ in range(2):
        with pytest.raises(BadAnswer, match="cannot be opened"):
            fetch_filing(custodian.desk, known)
    told = [item["event"] for item in case.items if item["event"]["type"] == "unreadable"]
    assert [(event["seat"], event["item"]) for event in told] == [("custodian", 0)]


KEYS_TO_NOBODY = {
    "no key at all": "x",
    "the letters of one": "age1pq1qqqqqq",
    "a point of low order": bech32.encode("age1pq", HybridIdentity(b"a" * 32).recipient.public[:1184] + bytes(32)),
    "no key of the lattice": bech32.encode(
        "age1pq", b"\xff" * 1184 + HybridIdentity(b"a" * 32).recipient.public[1184:]
    ),
}


def filed_without_a_way_back(server: DeskServer, monkeypatch: pytest.MonkeyPatch, key: str) -> Filed:
    """A filing that opens, and whose author can be sent nothing: `key` stands where their own should."""
    manifest = Sealing._manifest
    with monkeypatch.context() as patch:
        patch.setattr(
            Sealing,
            "_manifest",
            lambda self, *names, **more: manifest(
                self, *names, **{**more, **({"return": key} if "return" in more else {})}
            ),
        )
        return filed_at(server)


@pytest.mark.adversary
@pytest.mark.parametrize("key", KEYS_TO_NOBODY)
def test_a_filing_that_nobody_can_answer_has_a_way_out(
    server: DeskServer, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    """Anybody can file one: without a way out it would be overdue for good."""
    filed = filed_without_a_way_back(server, monkeypatch, KEYS_TO_NOBODY[key])

    (custodian, known), (secretary, same) = seat_of(server, filed), seat_of(server, filed, "secretary")
    with monkeypatch.context() as patch:
        patch.setattr(unsealing, "_unanswerable", lambda _: ())
        planted = fetch_filing(custodian.desk, known).filing.faults
    opened = fetch_filing(custodian.desk, known)
    one = custodian.desk.read(known).story.state
    fetch_filing(secretary.desk, same)

    print(f"told before: {planted}, now: {opened.filing.faults}")
    assert (planted, opened.filing.faults) == ((), ("return",))
    assert opened.filing.dissent.text
    assert (one, custodian.desk.read(known).story.state) == ("filed", "unreadable")
    with pytest.raises(BadAnswer, match="left no key"):
        opened.filing.author  # noqa: B018 -- asked for its error


def replace_body(server: DeskServer, filed: Filed, sealed: bytes) -> None:
    """Let the case be one that was filed with another sealed body: recorded as it is, from the beginning."""
    case = server.cases[filed.key.case]
    digest = hashlib.sha256(sealed).hexdigest()
    case.files[digest] = sealed
    case.header["files"][0] = {"role": "body", "sha256": digest, "size": len(sealed)}
    first = case.items[0]["event"]
    first["bodies"][0] = events.salted(bytes.fromhex(case.header["salt"]), sealed)
    leaf = server.log.append(case_entry(events.commitment(first, bytes.fromhex(case.items[0]["r"]))))
    case.items[0]["index"] = server.index(leaf)


def test_a_sealed_manifest_that_contradicts_the_record_is_told_as_a_mismatch_once(server: DeskServer) -> None:
    filed = filed_at(server)
    custodian, known = seat_of(server, filed)
    # The author signed for one case key and sealed to another.
    view = custodian.desk.read(known)
    body = server.cases[filed.key.case].files[view.filing[0].sha256]
    plain = age.decrypt(body, [known.grant.identity])
    fresh = Grant(**{**vars(known.grant), "case_key": Seat(server, "deputy").line.key.identity.text})
    replace_body(server, filed, age.encrypt(plain, [fresh.identity.recipient]))
    fetched = fetch_filing(custodian.desk, Known(grant=fresh))
    assert fetched.filing.faults == ("manifest",)
    fetch_filing(custodian.desk, fetched.known)
    told = [item["event"] for item in server.cases[filed.key.case].items if item["event"]["type"] == "mismatch"]
    assert [(event["item"], event["fact"]) for event in told] == [(0, "manifest")]


def test_a_reply_whose_event_says_something_else_is_told_as_a_mismatch(server: DeskServer, filed: Filed) -> None:
    """A custodian who answers one thing to the author and tells oversight another."""
    custodian, known = seat_of(server, filed)
    known = custodian.desk.plain(known, Verb.ACKNOWLEDGE).known
    answering = Answering(desk=custodian.desk, fetched=fetch_filing(custodian.desk, known))
    told = {"outcome": "accepted", "answered": 2, "referred": 0, "declined": 0}
    answering._acted(Verb.REPLY, REPLY.json, told)
    secretary, other = seat_of(server, filed, "secretary")
    fetched = fetch_all(secretary.desk, other)
    faults = {row.kind: row.fault for row in fetched.spoken.values()}
    assert faults == {"reply": "outcome"}
    recorded = [item["event"] for item in server.cases[filed.key.case].items]
    assert [(row["seat"], row["fact"]) for row in recorded if row["type"] == "mismatch"] == [("secretary", "outcome")]


def test_a_reply_that_passes_over_a_claim_is_told_as_a_mismatch(server: DeskServer, filed: Filed) -> None:
    custodian, known = seat_of(server, filed)
    known = custodian.desk.plain(known, Verb.ACKNOWLEDGE).known
    answering = Answering(desk=custodian.desk, fetched=fetch_filing(custodian.desk, known))
    part = dataclasses.replace(REPLY, answers=REPLY.answers[:1])
    answering._acted(Verb.REPLY, part.json, {"outcome": part.outcome, **part.counts})
    secretary, other = seat_of(server, filed, "secretary")
    faults = [row.fault for row in fetch_all(secretary.desk, other).spoken.values()]
    assert faults == ["answers"]


def test_a_message_that_cannot_be_opened_is_told_as_unreadable(server: DeskServer, filed: Filed) -> None:
    custodian, _ = seat_of(server, filed)
    case = server.cases[filed.key.case]
    sealed = age.encrypt(short("message", "bare"), [custodian.line.key.identity.recipient])
    server.act(case, "message", "custodian", body=sealed)
    secretary, other = seat_of(server, filed, "secretary")
    assert [row.fault for row in fetch_all(secretary.desk, other).spoken.values()] == ["unreadable"]
    assert [item["event"]["item"] for item in case.items if item["event"]["type"] == "unreadable"] == [2]
