# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whom the author left out: no client offers that office anything or lets it act, and every reader tells what it did all the same."""

from dataclasses import replace

import pytest
from desk_server import DeskServer, Seat, filed_at
from in_node import read_in_node
from left_out import LEFT_OUT, given_to_whom_the_author_left_out
from test_burying import act, read
from test_downgrade import of_november

from demur.client.answering import Answering
from demur.client.fetching import fetch_all
from demur.client.submitting import Filed
from demur.client.unsealing import Filing
from demur.dissent import events
from demur.dissent.errors import NotAllowed
from demur.dissent.states import State

pytestmark = pytest.mark.adversary


@pytest.fixture
def server() -> DeskServer:
    return DeskServer()


def test_an_office_that_was_left_out_signs_nothing_and_its_signature_counts_for_nobody(
    server: DeskServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    filed = given_to_whom_the_author_left_out(server)
    deputy = Seat(server, LEFT_OUT)
    known = deputy.known(filed)
    with pytest.raises(NotAllowed, match="The author left your office out"):
        fetch_all(deputy.desk, known)
    with monkeypatch.context() as changed:  # a client that does not look
        changed.setattr(Filing, "recused", frozenset())
        deputy.desk.left_out.clear()
        Answering(desk=deputy.desk, fetched=fetch_all(deputy.desk, known)).countersign()

    signed = server.cases[filed.key.case].items[-1]["n"]
    secretary = Seat(server, "secretary")
    sealed = secretary.desk.read(secretary.known(filed))
    opened = fetch_all(secretary.desk, sealed.known)
    author = read(server, filed)
    print(
        f"countersigned by whom the author left out: a seat that has not opened the filing reads {sealed.story.state}, one that has "
        f"{opened.view.story.state}, the author {author.story.state}"
    )
    assert sealed.story.state is State.ANSWERED  # whom the author left out stands in what is sealed
    assert (opened.view.story.state, author.story.state) == (State.UNCONFIRMED, State.UNCONFIRMED)
    assert {(fault.seq, fault.name) for fault in author.faults} >= {(signed, "recused")}
    assert {fault.name for fault in opened.view.faults} == {"recused"}
    told = {(row["event"].get("item"), row["event"].get("fact")) for row in server.cases[filed.key.case].items}
    assert (signed, "recused") in told
    in_browser = read_in_node(server, filed, recused=(LEFT_OUT,))
    assert (in_browser["state"], {name for _, name in in_browser["faults"]}) == ("unconfirmed", {"recused"})


def old_grant(server: DeskServer, filed: Filed) -> None:
    """As the landing of 26 November let a custodian do, after the author was asked and agreed."""
    case, key = server.cases[filed.key.case], server.seats["custodian"].signing
    made = events.make_act(
        "grant",
        origin=server.log.origin,
        case=filed.key.case,
        charter=server.charter,
        roster=server.roster,
        seat="custodian",
        to=LEFT_OUT,
        sealed="0" * 64,
        **server.place(case),
    )
    server.record(case, events.event_from_act(made, events.sign_act(made, key), server.now), b"")


def test_an_office_that_was_let_in_when_that_could_be_done_stays_in(server: DeskServer) -> None:
    filed = filed_at(server, replace(of_november(), recused=frozenset({LEFT_OUT})))
    old_grant(server, filed)
    act(server, filed, "fetch", LEFT_OUT, item=0)
    act(server, filed, "unreadable", LEFT_OUT, item=0)
    in_browser = read_in_node(server, filed, recused=(LEFT_OUT,), version=1)
    assert (read(server, filed).faults, in_browser["faults"]) == ((), [])
