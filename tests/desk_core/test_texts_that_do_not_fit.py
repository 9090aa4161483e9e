# SPDX-License-Identifier: AGPL-3.0-or-later
"""Texts that do not open, or say something else than the record: the desk's core tells author and oversight, once."""

import dataclasses
import time
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from core import Core, Refused
from desk_server import DeskServer, Seat
from faulty_replies import FAULTY, replied_faultily
from left_out import LEFT_OUT, given_to_whom_the_author_left_out
from lying import on_stage
from seats import desk_at, item
from test_burying import act
from test_desk_case import KEYS_TO_NOBODY, REPLY, filed_without_a_way_back, replace_body, replied, seat_of
from test_desk_inbox import grant_item
from test_filing import filed_at, wish_of
from tiny_record import NOW

from demur.client import wish
from demur.client.answering import Answering
from demur.client.errors import ServerRefused
from demur.client.fetching import fetch_all, fetch_filing
from demur.client.submitting import Filed
from demur.dissent.documents.dissent import from_text
from demur.dissent.documents.short import short
from demur.dissent.states import Verb
from demur.seal.age import files as age
from demur.seal.keyfile import write

pytestmark = pytest.mark.adversary


class KeepingServer(DeskServer):
    """A DeskServer that node can speak to, and that keeps blobs for seats."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[str, bytes] = {}

    def _once(
        self,
        method: str,
        path: str,
        body: bytes | None,
        headers: Mapping[str, str],
        take: Any = None,
        **how: Any,
    ) -> bytes:
        written = {name.title(): value for name, value in headers.items()}  # node writes them small
        return super()._once(method, path, body, written, take, **how)

    def on_get_seats(self, asked: list[str], body: Any, headers: Mapping[str, str], query: dict[str, list[str]]) -> Any:
        if asked[1] != "kept":
            return super().on_get_seats(asked, body, headers, query)
        assert self.signer(headers) == asked[0]
        if asked[2] not in self.kept:
            raise ServerRefused(404, "not-found", "Nothing is kept under this name.")
        return self.kept[asked[2]]

    def on_put_seats(self, asked: list[str], body: bytes, headers: Mapping[str, str], _: Any) -> Any:
        assert self.signer(headers) == asked[0]
        self.kept[asked[2]] = body
        return {}


@pytest.fixture
def server() -> KeepingServer:
    return KeepingServer()


@pytest.fixture
def filed(server: KeepingServer) -> Filed:
    return filed_at(server)


@pytest.fixture
def address(server: KeepingServer) -> Iterator[str]:
    with on_stage(server) as stage:
        yield stage.address


@pytest.fixture
def desk(address: str) -> Iterator[Core]:
    with desk_at(address, shift=NOW - int(time.time())) as desk:
        yield desk


def sits(desk: Core, server: KeepingServer, seat: str = "custodian") -> None:
    vault = write(server.seats[seat], passphrase=None).decode()
    assert desk.call("unlock", vault=vault, passphrase="", seat=seat)["standing"] == ""


def told(server: KeepingServer, filed: Filed, kind: str) -> list[tuple[str, int, str]]:
    events = [row["event"] for row in server.cases[filed.key.case].items]
    return [(row["seat"], row["item"], row.get("fact", "")) for row in events if row["type"] == kind]


def test_a_filing_that_cannot_be_opened_is_told_as_unreadable_once(
    server: KeepingServer, filed: Filed, desk: Core
) -> None:
    _, known = seat_of(server, filed)
    replace_body(server, filed, age.encrypt(b"not a container", [known.grant.identity.recipient]))
    sits(desk, server)
    for _ in range(2):
        with pytest.raises(Refused) as refused:
            desk.call("fetch", case=filed.key.case)
        assert refused.value.code == "unreadable"
    assert told(server, filed, "unreadable") == [("custodian", 0, "")]


@pytest.mark.parametrize("key", KEYS_TO_NOBODY)
def test_a_filing_that_nobody_can_answer_is_read_and_told_as_unreadable(
    server: KeepingServer, monkeypatch: pytest.MonkeyPatch, desk: Core, key: str
) -> None:
    filed = filed_without_a_way_back(server, monkeypatch, KEYS_TO_NOBODY[key])
    sits(desk, server)
    for _ in range(2):
        assert desk.call("fetch", case=filed.key.case)["faults"] == ["return"]
    assert told(server, filed, "unreadable") == [("custodian", 0, "")]


def test_a_reply_whose_event_says_something_else_is_told_as_a_mismatch(
    server: KeepingServer, filed: Filed, desk: Core
) -> None:
    custodian, known = seat_of(server, filed)
    known = custodian.desk.plain(known, Verb.ACKNOWLEDGE).known
    answering = Answering(desk=custodian.desk, fetched=fetch_filing(custodian.desk, known))
    answering._acted(Verb.REPLY, REPLY.json, {"outcome": "accepted", "answered": 2, "referred": 0, "declined": 0})
    sits(desk, server, "secretary")
    for _ in range(2):
        view = desk.call("fetch", case=filed.key.case)
        assert item(view, "reply")["fault"] == "outcome"
    assert told(server, filed, "mismatch") == [("secretary", 6 - 2, "outcome")]


def test_a_reply_that_passes_over_a_claim_is_told_as_a_mismatch(
    server: KeepingServer, filed: Filed, desk: Core
) -> None:
    custodian, known = seat_of(server, filed)
    known = custodian.desk.plain(known, Verb.ACKNOWLEDGE).known
    answering = Answering(desk=custodian.desk, fetched=fetch_filing(custodian.desk, known))
    part = dataclasses.replace(REPLY, answers=REPLY.answers[:1])
    answering._acted(Verb.REPLY, part.json, {"outcome": part.outcome, **part.counts})
    sits(desk, server, "secretary")
    assert item(desk.call("fetch", case=filed.key.case), "reply")["fault"] == "answers"


@pytest.mark.parametrize("name", FAULTY)
def test_a_second_seat_does_not_sign_a_reply_which_its_own_desk_finds_faulty(
    server: KeepingServer, filed: Filed, desk: Core, name: str
) -> None:
    replied_faultily(server, filed, name)
    sits(desk, server, "deputy")
    view = desk.call("fetch", case=filed.key.case)
    assert (view["state"], view["may"]["countersign"]) == ("disputed", "reply-faulty")
    with pytest.raises(Refused) as refused:
        desk.call("countersign", case=filed.key.case)
    assert refused.value.code == "reply-faulty"
    assert server.cases[filed.key.case].items[-1]["event"]["type"] != "countersign"


def test_a_second_seat_signs_a_sound_reply_that_another_disputes(
    server: KeepingServer, filed: Filed, desk: Core
) -> None:
    replied(server, filed)
    secretary = Seat(server, "secretary")
    n = server.cases[filed.key.case].items[-1]["n"]
    secretary.desk.plain(secretary.known(filed), Verb.MISMATCH, item=n, fact="answers")
    sits(desk, server, "deputy")
    with pytest.raises(Refused) as refused:
        desk.call("countersign", case=filed.key.case)
    assert refused.value.code == "fetch-first"
    assert desk.call("fetch", case=filed.key.case)["may"]["countersign"] == ""
    assert desk.call("countersign", case=filed.key.case)["state"] == "answered"


@pytest.mark.parametrize(("kept", "code"), [({"agency-head"}, "no-second"), (set(), "no-second-left")])
def test_where_no_second_office_reads_the_desk_says_what_to_do_and_offers_nobody_who_was_left_out(
    server: KeepingServer, desk: Core, kept: set[str], code: str
) -> None:
    others = {seat.id for seat in server.frozen.charter.reading_seats} - {"custodian"}
    filed = filed_at(server, wish_of(recused=frozenset(others - kept)))
    sits(desk, server)
    desk.call("fetch", case=filed.key.case)
    desk.call("acknowledge", case=filed.key.case)
    no = [{"claim": n, "kind": "declined", "text": "The count stands as it is.", "to": ""} for n in (1, 2)]
    view = desk.call("reply", case=filed.key.case, outcome="rejected", text="We looked at it.", answers=no)
    assert (view["state"], view["may"]["countersign"]) == ("unconfirmed", code)
    assert {row["seat"] for row in view["grantable"]} == kept


def test_an_office_that_the_author_left_out_is_offered_nothing_and_does_nothing(
    server: KeepingServer, desk: Core, address: str
) -> None:
    filed = given_to_whom_the_author_left_out(server)
    case = filed.key.case
    sits(desk, server, LEFT_OUT)
    assert (
        desk.call("open", case=case)["may"]["countersign"] == "fetch-first"
    )  # whom the author left out is sealed until then
    view = desk.call("fetch", case=case, item=0)
    assert set(view["may"].values()) == {"own-left-out"}
    for method, more in (("countersign", {}), ("fetch", {"item": 4}), ("readable", {})):
        with pytest.raises(Refused) as refused:
            desk.call(method, case=case, **more)
        assert refused.value.code == "own-left-out"

    act(server, filed, "countersign", LEFT_OUT, reply=4)
    with desk_at(address, shift=NOW - int(time.time())) as other:
        sits(other, server)
        assert other.call("open", case=case)["state"] == "answered"
        view = other.call("fetch", case=case)
        assert (view["state"], item(view, "countersign")["notAllowed"]) == ("unconfirmed", "recused")
        assert LEFT_OUT not in {row["seat"] for row in view["grantable"]}
        with pytest.raises(Refused) as refused:
            other.call("grant", case=case, to=LEFT_OUT, reason="Why not.")
        assert refused.value.code == "left-out"


def test_a_message_that_cannot_be_opened_is_told_and_the_rest_is_read(
    server: KeepingServer, filed: Filed, desk: Core
) -> None:
    custodian, _ = seat_of(server, filed)
    sealed = age.encrypt(short("message", "bare"), [custodian.line.key.identity.recipient])
    server.act(server.cases[filed.key.case], "message", "custodian", body=sealed)
    sits(desk, server, "secretary")
    view = desk.call("fetch", case=filed.key.case)
    assert item(view, "message")["fault"] == "unreadable"
    assert view["dissent"]["subject"]
    assert told(server, filed, "unreadable") == [("secretary", 2, "")]


def test_a_reply_by_the_command_line_is_read_whole_with_no_fault(
    server: KeepingServer, filed: Filed, desk: Core
) -> None:
    replied(server, filed)
    sits(desk, server, "secretary")
    view = desk.call("fetch", case=filed.key.case)
    assert item(view, "reply")["fault"] == ""
    assert told(server, filed, "mismatch") == []


def test_a_filing_beyond_the_charter_is_told_once_and_answered_as_a_whole(
    server: KeepingServer, desk: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wish, "_check_limits", lambda *_: None)
    most = server.frozen.charter.limits.claims
    original = "\n\n".join(f"{n}" for n in range(most + 2)).encode()
    dissent = from_text(original, name="dissent.txt", claims=range(1, most + 3))
    filed = filed_at(server, wish_of(dissent=dissent, original=original))
    sits(desk, server)
    for _ in range(2):
        view = desk.call("fetch", case=filed.key.case)
        assert (view["faults"], view["charter"]["claims"]) == (["limits.claims"], most)
    assert told(server, filed, "mismatch") == [("custodian", 0, "limits.claims")]

    desk.call("acknowledge", case=filed.key.case, text="")
    answers = [{"claim": n, "kind": "answered", "text": "So it is done.", "to": ""} for n in range(1, most + 1)]
    with pytest.raises(Refused, match="unanswered"):
        desk.call("reply", case=filed.key.case, outcome="rejected", text=" ", answers=answers)
    view = desk.call("reply", case=filed.key.case, outcome="rejected", text="The others too.", answers=answers)

    assert (view["state"], item(view, "reply")["fault"]) == ("answered", "")
    secretary, known = seat_of(server, filed, "secretary")
    assert [row.fault for row in fetch_all(secretary.desk, known).spoken.values()] == [""]


def test_what_is_overdue_comes_first_and_late_is_late(server: KeepingServer) -> None:
    late = filed_at(server, seed="late")
    server.now = NOW + 90 * 86_400
    fresh = filed_at(server, seed="fresh")
    with on_stage(server) as stage, desk_at(stage.address, shift=server.now - int(time.time())) as desk:
        sits(desk, server)
        listed = desk.call("today")
    assert [row["case"] for row in listed["due"]] == [late.key.case, fresh.key.case]
    assert [row["overdue"] for row in listed["due"]] == [True, False]
    assert listed["counts"] == {"cases": 2, "due": 2, "overdue": 1}
    assert {clock["state"] for clock in listed["due"][0]["clocks"]} == {"overdue"}


def test_a_grant_given_in_silence_is_a_fault_and_no_case(server: KeepingServer, filed: Filed) -> None:
    _, known = seat_of(server, filed)
    silent = grant_item(server, known.grant, giver="custodian", signer=server.seats["custodian"])
    server.inboxes["secretary"] = [silent]
    with on_stage(server) as stage, desk_at(stage.address, shift=NOW - int(time.time())) as desk:
        sits(desk, server, "secretary")
        listed = desk.call("today")
    assert listed["cases"] == []
    assert [fault["code"] for fault in listed["faults"]] == ["inbox-item"]
