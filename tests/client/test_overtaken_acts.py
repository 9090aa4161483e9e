# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a server in collusion with a seat records although it was overtaken: an act whose actor had not read what it depends on, or an act
under seats that were replaced. Python's reader and the browser's tell it alike, and convict no honest history.
"""

from collections.abc import Callable
from typing import Any

import pytest
from desk_server import DeskServer, Seat, filed_at
from in_node import read_in_node
from test_burying import DAY, act, read, reply
from test_following import author, sealed_by

from demur.client import thread
from demur.client.errors import ServerRefused
from demur.client.following import Thread
from demur.client.submitting import Filed
from demur.dissent import events, procedure
from demur.dissent.documents.reply import Answer, Reply
from demur.dissent.states import State

pytestmark = pytest.mark.adversary


@pytest.fixture
def server() -> DeskServer:
    return DeskServer()


@pytest.fixture
def filed(server: DeskServer) -> Filed:
    return filed_at(server)


def unread(
    server: DeskServer, filed: Filed, kind: str, seat: str, seq: int, *, body: bytes = b"", **members: Any
) -> None:
    """An act of a seat that names `seq` as the last event that it had read, recorded all the same."""
    case = server.cases[filed.key.case]
    item = case.items[seq - 1]
    made = events.make_act(
        kind,
        origin=server.log.origin,
        case=filed.key.case,
        charter=case.header["charter"],
        roster=server.roster,
        seat=seat,
        seen={"seq": seq, "commitment": events.commitment(item["event"], bytes.fromhex(item["r"])).hex()},
        key=server.seats[seat].signing.public.hex(),
        body=events.salted(bytes.fromhex(case.header["salt"]), body) if body else "",
        **members,
    )
    signature = events.sign_act(made, server.seats[seat].signing)
    server.record(case, events.event_from_act(made, signature, server.now, place=server.place(case)), body)


def disputed(server: DeskServer, filed: Filed) -> None:
    """A reply that leaves a claim out (event 3), and the author's report of it (4)."""
    act(server, filed, "acknowledge")
    made = Reply(outcome="in_part", text="Thank you for it.", answers=(Answer(claim=1, kind="answered", text="Yes."),))
    body = sealed_by(server, filed, "custodian", "reply", made.json)
    act(server, filed, "reply", body=body, outcome="in_part", **made.counts)
    [report] = read(server, filed).reports
    author(server, filed).report(report, filed.receipt)


def countersigned_over_a_dispute(server: DeskServer, filed: Filed) -> None:
    disputed(server, filed)
    unread(server, filed, "countersign", "deputy", 3, reply=3)


def replied_over_a_reply(server: DeskServer, filed: Filed) -> None:
    act(server, filed, "acknowledge")
    reply(server, filed, kind="declined")
    answers = tuple(Answer(claim=n, kind="answered", text=f"This is answer number {n}.") for n in (1, 2))
    made = Reply(outcome="accepted", text="We looked at it.", answers=answers)
    body = sealed_by(server, filed, "custodian", "reply", made.json)
    unread(server, filed, "reply", "custodian", 2, body=body, outcome="accepted", **made.counts)


def closed_over_a_withdrawal(server: DeskServer, filed: Filed) -> None:
    """Two seats say that they cannot read; the author withdraws, and the custodian closes without having read that."""
    act(server, filed, "unreadable", item=0)
    act(server, filed, "unreadable", "secretary", item=0)
    server.now += 30 * DAY
    author(server, filed).withdraw("", filed.receipt)
    unread(server, filed, "close", "custodian", 3)


ATTACKS: dict[str, tuple[Callable[[DeskServer, Filed], None], int, Callable[[Thread], bool]]] = {
    "countersigned over a dispute": (
        countersigned_over_a_dispute,
        5,
        lambda seen: seen.story.state is State.ANSWERED,
    ),
    "replied over a reply": (replied_over_a_reply, 4, lambda seen: seen.story.reply_seq == 4),
    "closed over a withdrawal": (
        closed_over_a_withdrawal,
        5,
        lambda seen: seen.story.state is State.CLOSED,
    ),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_an_act_whose_actor_had_not_read_what_it_conflicts_with_does_not_count(
    server: DeskServer, filed: Filed, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    attack, seq, succeeded = ATTACKS[name]
    attack(server, filed)
    with monkeypatch.context() as hole:
        hole.setattr(procedure, "conflicts", lambda *_: False)
        open_ = succeeded(read(server, filed))
    seen = read(server, filed)
    print(f"{name}: with the hole {open_}, against the product {succeeded(seen)}")

    assert open_
    assert not succeeded(seen)
    assert [(fault.seq, fault.name) for fault in seen.faults] == [(seq, "conflict")]
    secretary = Seat(server, "secretary")
    view = secretary.desk.read(secretary.known(filed))
    assert (view.faults, view.story) == (seen.faults, seen.story)
    in_browser = read_in_node(server, filed)
    assert (in_browser["state"], in_browser["faults"]) == (str(seen.story.state), [[seq, "conflict"]])
    assert seq in {row.seq for row in seen.reports}  # and the author tells the record


def test_acts_that_were_made_at_the_same_time_and_do_not_conflict_are_all_taken(
    server: DeskServer, filed: Filed
) -> None:
    act(server, filed, "acknowledge")
    unread(server, filed, "message", "custodian", 1, body=b"a sealed word")
    unread(server, filed, "fetch", "secretary", 1, item=0)
    unread(server, filed, "unreadable", "secretary", 1, item=0)
    reply(server, filed)
    unread(server, filed, "mismatch", "secretary", 2, item=6, fact="answers")
    seen = read(server, filed)
    assert (seen.faults, seen.story.state) == ((), State.DISPUTED)
    assert read_in_node(server, filed)["faults"] == []


class Ticking(DeskServer):
    """Proves each entry by the first checkpoint of its tick: `ticks` are the sizes of the record that were published."""

    def __init__(self) -> None:
        super().__init__()
        self.ticks: list[int] = []
        self.late: dict[str, int] = {}  # what it proves by a later checkpoint than the first: leaf -> size

    def first(self, leaf: bytes) -> int:
        place = self.index(leaf)
        return self.late.get(leaf.hex()) or next((size for size in self.ticks if size > place), place + 1)

    def on_get_record(self, asked: list[str], body: Any, headers: Any, query: dict[str, list[str]]) -> Any:
        if asked[0] != "proof" or bytes.fromhex(asked[1]) not in self.log.leaves:
            return super().on_get_record(asked, body, headers, query)
        leaf = bytes.fromhex(asked[1])
        size = self.first(leaf)
        return self.log.proof(leaf, self.log.checkpoint(self.now, size), size).encode()

    def on_post_record(self, *_: Any) -> Any:
        raise ServerRefused(404, "not-found", "One at a time.")


@pytest.mark.parametrize("after", ["in the same tick", "a tick later", "long after, and the roster is proven late"])
def test_an_act_under_seats_that_were_replaced_counts_until_the_tick_of_the_new_ones(
    after: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Ticking()
    filed = filed_at(server)
    before, gone = server.roster, server.seats["custodian"]
    server.new_roster()
    placed = server.index(bytes.fromhex(server.roster))
    newest = server.roster
    if after != "in the same tick":
        server.ticks.append(placed + 1)
    if after.startswith("long after"):
        server.cover(5)
        act(
            server, filed, "fetch", "secretary", item=0
        )  # somebody else's act, proven by a checkpoint that holds the new seats
        server.cover(5)
    server.roster, server.seats["custodian"] = before, gone
    act(server, filed, "acknowledge")
    server.cover()
    server.roster = newest
    if after.startswith("long after"):
        server.late[newest] = len(server.log.data)
    server.ticks.append(len(server.log.data))

    with (
        monkeypatch.context() as hole
    ):  # the size of whatever checkpoint the server proves the next roster by is believed
        hole.setattr(
            thread, "in_force_at", lambda index, *, own, following, sizes: not following or index < following[1]
        )
        open_ = read(server, filed).story.state
    seen = read(server, filed)
    in_browser = read_in_node(server, filed)
    print(f"{after}: with the hole {open_}, against the product {seen.story.state}")
    assert in_browser["faults"] == [[fault.seq, fault.name] for fault in seen.faults]
    assert in_browser["state"] == str(seen.story.state)
    if after == "in the same tick":
        assert (seen.faults, seen.story.state) == ((), State.ACKNOWLEDGED)
    else:
        assert ([fault.name for fault in seen.faults], seen.story.state) == (["roster"], State.FILED)
        assert open_ == (State.ACKNOWLEDGED if after.startswith("long after") else State.FILED)


def test_an_act_under_seats_that_the_record_did_not_hold_yet_does_not_count(server: DeskServer, filed: Filed) -> None:
    """A server that has the new roster in hand lets its holder act before anybody can see who holds the seat."""
    case = server.cases[filed.key.case]
    server.new_roster()
    server.log.signed.pop(len(server.log.data))  # it was not published after all
    entry = server.log.data.pop()
    act(server, filed, "acknowledge")
    server.log.data.append(entry)
    server.log.checkpoint(server.now)
    assert case.items[-1]["event"]["roster"] == server.roster
    seen = read(server, filed)
    assert ([fault.name for fault in seen.faults], seen.story.state) == (["roster"], State.FILED)
    assert read_in_node(server, filed)["faults"] == [[2, "roster"]]
