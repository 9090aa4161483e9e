# SPDX-License-Identifier: AGPL-3.0-or-later
"""A server that hides what would hold it to more: what it announced that it keeps, or which seats came into force. Whoever reads finds it
out from what was filed and signed; and a case of 26 November stays as it was.
"""

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest
from desk_server import DeskServer, Seat, filed_at
from in_node import read_in_node
from test_burying import act, read, reply
from test_filing import TEXT, wish_of

from demur.client import following, thread
from demur.client.errors import BadAnswer
from demur.client.fetching import fetch_all
from demur.client.following import Thread
from demur.client.lookups import Record
from demur.client.submitting import Filed
from demur.client.wish import Wish
from demur.dissent import events
from demur.dissent.documents.dissent import Claim, Dissent
from demur.dissent.documents.reply import Reply
from demur.dissent.manifests import base_manifest
from demur.dissent.states import State
from demur.seal import container
from demur.seal.age import files as age
from demur.seal.age.hybrid import HybridIdentity, HybridRecipient

pytestmark = pytest.mark.adversary


@pytest.fixture
def server() -> DeskServer:
    return DeskServer()


@pytest.fixture
def filed(server: DeskServer) -> Filed:
    return filed_at(server)


def of_november() -> Wish:
    """What a client of 26 November filed."""
    claims = tuple(Claim(n=n, text=f"Claim {n}.", paragraph=n + 1) for n in (1, 2))
    text = Dissent(v=1, subject="The crossing", text=TEXT.decode(), original="dissent.txt", claims=claims, as_is=True)
    return dataclasses.replace(wish_of(), dissent=text)


def old(server: DeskServer, filed: Filed, kind: str, document: bytes = b"", **fields: Any) -> None:
    """The custodian acts in the form of version 1."""
    case, key = server.cases[filed.key.case], server.seats["custodian"].signing
    common = {"origin": server.log.origin, "case": filed.key.case, "charter": server.charter, "roster": server.roster}
    place, body = server.place(case), b""
    if document:
        identity, back = HybridIdentity.parse(filed.key.case_key), HybridRecipient.parse(filed.key.manifest["return"])
        own = {"case_key": identity.recipient.text, "recipients": {"": back.text}, "names": [f"{kind}.json"]}
        manifest = base_manifest(kind, **common, **own, **place, seat="custodian")
        body = age.encrypt(container.pack(manifest, [document], key), [identity.recipient, back])
    salted = events.salted(filed.key.salt_bytes, body) if body else ""
    made = events.make_act(kind, **common, seat="custodian", body=salted, **place, **fields)
    server.record(case, events.event_from_act(made, events.sign_act(made, key), server.now), body)


def buried(server: DeskServer, filed: Filed) -> None:
    """Acknowledged, answered by nothing and closed, in one moment."""
    made = Reply(v=1, outcome="rejected", text="No.", answers=())
    old(server, filed, "acknowledge")
    old(server, filed, "reply", made.json, outcome="rejected", **made.counts)
    old(server, filed, "close")


def faults(seen: Thread) -> list[str]:
    return [fault.name for fault in seen.faults]


def test_a_server_that_hides_what_it_keeps_takes_no_act_of_the_old_form(
    server: DeskServer, filed: Filed, monkeypatch: pytest.MonkeyPatch
) -> None:
    buried(server, filed)
    with monkeypatch.context() as hole:
        hole.setattr(thread._Judging, "_since_version_2", 99)
        hole.setattr(following, "own_dissent", lambda *_: None)
        before = read(server, filed)
    seen = read(server, filed)
    print(f"nothing that it keeps is shown: {before.story.state} without the rule, {seen.story.state} with it")
    assert (before.story.state, before.faults, before.reports) == (State.CLOSED, (), ())
    assert (seen.story.state, faults(seen)) == (State.FILED, ["old"] * 3)
    assert read_in_node(server, filed)["faults"] == [[n, "old"] for n in (2, 3, 4)]


def test_a_seat_finds_it_when_it_has_opened_what_was_filed(server: DeskServer, filed: Filed) -> None:
    buried(server, filed)
    secretary = Seat(server, "secretary")
    assert secretary.desk.read(secretary.known(filed)).story.state is State.CLOSED  # nothing was opened yet
    fetched = fetch_all(secretary.desk, secretary.known(filed))
    assert (fetched.view.story.state, [fault.name for fault in fetched.view.faults]) == (State.FILED, ["old"] * 3)
    told = [item["event"] for item in server.cases[filed.key.case].items if item["event"]["type"] == "mismatch"]
    assert [event["item"] for event in told if event["fact"] == "old"] == [2, 3, 4]


def test_a_case_of_26_november_is_judged_as_it_was(server: DeskServer) -> None:
    filed = filed_at(server, of_november())
    buried(server, filed)
    seen = read(server, filed)
    assert (seen.story.state, seen.faults, seen.reports) == (State.CLOSED, (), ())
    in_browser = read_in_node(server, filed, version=1)
    assert (in_browser["state"], in_browser["faults"]) == ("closed", [])


def test_a_case_of_26_november_takes_no_act_of_the_old_form_after_one_of_the_new(server: DeskServer) -> None:
    filed = filed_at(server, of_november())
    old(server, filed, "acknowledge")
    act(server, filed, "fetch", item=0)
    old(server, filed, "reply", b"{}", outcome="rejected", answered=0, referred=0, declined=0)
    seen = read(server, filed)
    assert ([(fault.seq, fault.name) for fault in seen.faults], seen.story.state) == ([(4, "old")], State.ACKNOWLEDGED)
    in_browser = read_in_node(server, filed, version=1)
    assert (in_browser["state"], in_browser["faults"]) == ("acknowledged", [[4, "old"]])


def test_an_act_of_the_old_form_by_a_seat_counts_only_until_the_new_one_was_announced(server: DeskServer) -> None:
    filed = filed_at(server, of_november())
    old(server, filed, "acknowledge")
    server.announce()
    old(server, filed, "close")
    seen = read(server, filed)
    assert [(fault.seq, fault.name) for fault in seen.faults] == [(3, "old")]
    assert seen.story.state is State.ACKNOWLEDGED


def replaced(server: DeskServer, filed: Filed, times: int = 1) -> None:
    """The officers take the custodian's key away, `times` times over; it acts all the same."""
    before, gone = server.roster, server.seats["custodian"]
    server.cover()
    for _ in range(times):
        server.new_roster()
    after, now = server.roster, server.seats["custodian"]
    server.roster, server.seats["custodian"] = before, gone
    act(server, filed, "acknowledge")
    reply(server, filed)
    server.roster, server.seats["custodian"] = after, now


LISTS: dict[str, Callable[[list[str]], list[str]]] = {"cut at its end": lambda rows: rows[:1], "empty": lambda _: []}


@pytest.mark.parametrize("lie", LISTS)
def test_a_list_of_rosters_that_is_cut_hides_no_replaced_key(
    server: DeskServer, filed: Filed, lie: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    replaced(server, filed)
    honest = server.on_get_rosters
    server.on_get_rosters = lambda *_: {"rosters": LISTS[lie](honest()["rosters"])}  # type: ignore[method-assign]
    with monkeypatch.context() as hole:
        hole.setattr(Record, "_roster_in_force", lambda _: "")
        before = read(server, filed)
    seen = read(server, filed)
    print(f"the list {lie}: {before.story.state} without the directory, {seen.story.state} with it")
    assert (before.story.state, before.faults) == (State.ANSWERED, ())
    assert (seen.story.state, faults(seen)) == (State.FILED, ["roster", "roster"])
    assert read_in_node(server, filed)["faults"] == [[2, "roster"], [3, "roster"]]


@pytest.mark.parametrize("lie", LISTS)
def test_a_list_of_rosters_that_lacks_two_is_not_believed(server: DeskServer, filed: Filed, lie: str) -> None:
    replaced(server, filed, times=2)
    honest = server.on_get_rosters
    server.on_get_rosters = lambda *_: {"rosters": LISTS[lie](honest()["rosters"])}  # type: ignore[method-assign]
    with pytest.raises(BadAnswer, match="leaves out a roster"):
        read(server, filed)
    assert read_in_node(server, filed) == {"refused": "bad-answer"}


def test_a_server_of_before_that_names_no_rosters_is_read(server: DeskServer) -> None:
    filed = filed_at(server, of_november())
    old(server, filed, "acknowledge")
    server.new_roster()
    server.new_roster()
    server.on_get_rosters = lambda *_: {"rosters": []}  # type: ignore[method-assign]
    assert (read(server, filed).faults, read(server, filed).story.state) == ((), State.ACKNOWLEDGED)
    assert read_in_node(server, filed, version=1)["faults"] == []
