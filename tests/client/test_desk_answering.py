# SPDX-License-Identifier: AGPL-3.0-or-later
"""What seats say: sealed to the author and the readers, signed over what was read, and only as the procedure allows."""

import dataclasses

import pytest
from desk_server import DeskServer, Seat, filed_at
from faulty_replies import FAULTY, replied_faultily
from test_filing import wish_of

from demur.client import answering
from demur.client.answering import Answering
from demur.client.errors import BadAnswer, ClientError, ClockDiffers, ServerRefused, TooLarge
from demur.client.fetching import fetch_all, fetch_filing
from demur.client.following import follow
from demur.client.inbox import Known
from demur.client.seatacts import TRIES, Acted, Desk
from demur.client.submitting import Filed
from demur.client.writing import case_files
from demur.dissent.documents.reply import Answer, Reply
from demur.dissent.errors import DocumentError, NotAllowed, NotPossible
from demur.dissent.manifests import key_fingerprint
from demur.dissent.states import State, Verb
from demur.seal import container
from demur.seal.age import files as age
from demur.seal.errors import CannotOpen


def reply_of(*kinds: str) -> Reply:
    answers = tuple(
        Answer(claim=n, kind=kind, text="So.", to="them" if kind == "referred" else "")
        for n, kind in enumerate(kinds, start=1)
    )
    return Reply(outcome="rejected", text="", answers=answers)


@pytest.fixture
def server() -> DeskServer:
    return DeskServer()


@pytest.fixture
def filed(server: DeskServer) -> Filed:
    return filed_at(server)


def at_work(server: DeskServer, filed: Filed, seat: str = "custodian") -> Answering:
    """A seat with the fetched case before it."""
    one = Seat(server, seat)
    return Answering(desk=one.desk, fetched=fetch_filing(one.desk, one.known(filed)))


def again(answering: Answering, acted: Acted) -> Answering:
    """The same seat after an act."""
    return Answering(desk=answering.desk, fetched=fetch_filing(answering.desk, acted.known))


def test_the_author_reads_what_seats_say(server: DeskServer, filed: Filed) -> None:
    custodian = at_work(server, filed)
    acted = custodian.acknowledge("We have it.")
    acted = again(custodian, acted).message("Which week?")
    again(custodian, acted).reply(reply_of("answered", "referred"))
    thread = follow(server, filed.key, filed.receipt, server.channel, now=server.now)
    told = {row.kind: row for row in thread.spoken.values()}
    assert (told["acknowledge"].text, told["message"].text) == ("We have it.", "Which week?")
    assert told["reply"].reply == reply_of("answered", "referred")
    assert not thread.reports
    assert thread.story.state is State.ANSWERED


def test_a_text_is_sealed_to_the_case_key_and_the_author_and_nobody_else(server: DeskServer, filed: Filed) -> None:
    custodian = at_work(server, filed)
    custodian.message("Which week?")
    case = server.cases[filed.key.case]
    sealed = case.files[case.items[-1]["body"]]
    for identity in (filed.key.case_identity, filed.key.keys.identity):
        opened = container.unpack(age.decrypt(sealed, [identity]), by=server.seats["custodian"].signing.public)
        rows = {row["seat"]: row["key"] for row in opened.manifest["recipients"]}
        assert rows == {row["seat"]: row["key"] for row in filed.key.manifest["recipients"]}
    with pytest.raises(CannotOpen):
        age.decrypt(sealed, [server.seats["custodian"].identity])
    assert b"Which week?" not in sealed


def test_a_bare_acknowledgement_fetches_nothing(server: DeskServer, filed: Filed) -> None:
    custodian = Seat(server, "custodian")
    custodian.desk.plain(custodian.known(filed), Verb.ACKNOWLEDGE)
    assert [item["event"]["type"] for item in server.cases[filed.key.case].items] == ["received", "acknowledge"]


def test_after_a_grant_the_new_reader_stands_in_what_is_sealed_next(server: DeskServer) -> None:
    filed = filed_at(server)
    custodian = at_work(server, filed)
    acted = custodian.grant("agency-head", reason="She owns the file.")
    again(custodian, acted).message("Hello both.")
    case = server.cases[filed.key.case]
    plain = age.decrypt(case.files[case.items[-1]["body"]], [filed.key.case_identity])
    rows = {row["seat"]: row["key"] for row in container.unpack(plain, by=None).manifest["recipients"]}
    assert rows["agency-head"] == key_fingerprint(server.seats["agency-head"].identity.recipient.text)
    thread = follow(server, filed.key, filed.receipt, server.channel, now=server.now)
    assert [row.text for row in thread.spoken.values()] == ["She owns the file.", "Hello both."]


@pytest.mark.adversary
def test_a_seat_that_the_author_left_out_gets_no_grant(server: DeskServer) -> None:
    filed = filed_at(server, wish_of(recused=frozenset({"secretary"})))
    with pytest.raises(ClientError, match="The author left the seat 'secretary' out"):
        at_work(server, filed).grant("secretary", reason="Why not.")


@pytest.mark.parametrize("to", ["nobody", "oversight"])
def test_a_seat_that_does_not_read_gets_no_grant(server: DeskServer, filed: Filed, to: str) -> None:
    with pytest.raises(ClientError, match="does not read under the charter"):
        at_work(server, filed).grant(to, reason="Why not.")


def test_a_vacant_seat_gets_no_grant(server: DeskServer) -> None:
    del server.seats["secretary"]
    server.roster_statement = server.sign_roster(server.officer.signing)
    server.roster = server.publish(server.roster_statement)
    with pytest.raises(ClientError, match="'secretary' is vacant"):
        at_work(server, filed_at(server)).grant("secretary", reason="Why not.")


def test_a_reply_that_passes_over_a_claim_is_refused_before_it_is_sealed(server: DeskServer, filed: Filed) -> None:
    custodian = at_work(server, filed)
    acknowledged = again(custodian, custodian.acknowledge())
    with pytest.raises(DocumentError, match="Claim 2 is not answered"):
        acknowledged.reply(reply_of("answered"))
    assert server.cases[filed.key.case].items[-1]["event"]["type"] == "acknowledge"


def test_a_reply_that_declines_everything_counts_when_another_seat_countersigned(
    server: DeskServer, filed: Filed
) -> None:
    custodian, secretary = at_work(server, filed), at_work(server, filed, "secretary")
    acted = again(custodian, custodian.acknowledge()).reply(reply_of("declined", "declined"))
    with pytest.raises(NotAllowed, match="cannot countersign its own"):
        again(custodian, acted).countersign()
    again_read = fetch_all(secretary.desk, secretary.fetched.known)
    assert again_read.view.story.state is State.UNCONFIRMED
    acted = Answering(desk=secretary.desk, fetched=again_read).countersign()
    assert secretary.desk.read(acted.known).story.state is State.ANSWERED


def test_a_countersignature_is_for_the_reply_that_was_read(server: DeskServer, filed: Filed) -> None:
    custodian, secretary = at_work(server, filed), at_work(server, filed, "secretary")
    acted = again(custodian, custodian.acknowledge()).reply(reply_of("declined", "declined"))
    read = fetch_all(secretary.desk, secretary.fetched.known)
    again(custodian, acted).reply(dataclasses.replace(reply_of("declined", "declined"), text="Another."))
    with pytest.raises(NotPossible, match="not the one that was fetched"):
        Answering(desk=secretary.desk, fetched=read).countersign()


@pytest.mark.adversary
@pytest.mark.parametrize("name", FAULTY)
def test_a_second_seat_does_not_sign_a_reply_which_its_own_client_finds_faulty(
    server: DeskServer, filed: Filed, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    replied_faultily(server, filed, name)
    deputy = Seat(server, "deputy")
    fetched = fetch_all(deputy.desk, deputy.known(filed))
    assert fetched.view.story.state is State.DISPUTED  # fetching has told it
    second = Answering(desk=deputy.desk, fetched=fetched)
    with pytest.raises(NotPossible, match="do not countersign it: a new reply is owed"):
        second.countersign()
    assert deputy.desk.read(fetched.known).story.state is State.DISPUTED
    with monkeypatch.context() as hole:
        hole.setattr(answering, "waiting_reply", lambda _: None)
        acted = second.countersign()
    ended = deputy.desk.read(acted.known).story.state
    print(f"a reply that {name}: with the hole the second seat's signature ends as {ended}, the product refuses it")
    assert ended is State.ANSWERED


def test_nothing_is_closed_while_a_clock_runs(server: DeskServer, filed: Filed) -> None:
    custodian = at_work(server, filed)
    with pytest.raises(NotPossible, match="clock still runs"):
        custodian.close()
    acted = again(custodian, custodian.acknowledge()).reply(reply_of("answered", "answered"))
    answered = again(custodian, acted)
    with pytest.raises(NotPossible, match="The author has until the end of Monday, 1 February 2027"):
        answered.close()
    server.now += 18 * 86_400
    assert custodian.desk.read(answered.close().known).story.state is State.CLOSED


def test_a_reader_who_is_not_the_custodian_may_not_act_as_one(server: DeskServer, filed: Filed) -> None:
    secretary = at_work(server, filed, "secretary")
    for step in (secretary.acknowledge, secretary.close, lambda: secretary.message("x")):
        with pytest.raises(NotAllowed, match="only the seat 'custodian'"):
            step()


def test_a_text_beyond_the_charters_limit_is_refused_before_it_is_sealed(server: DeskServer, filed: Filed) -> None:
    with pytest.raises(TooLarge):
        at_work(server, filed).message("x" * (server.frozen.charter.limits.text_bytes + 1))


@pytest.mark.parametrize("times", [1, TRIES])
def test_a_case_that_moved_on_is_read_again(server: DeskServer, filed: Filed, times: int) -> None:
    custodian = at_work(server, filed)
    server.meanwhile = times
    acted = custodian.message("Which week?")
    assert acted.event["seq"] == 3
    thread = follow(server, filed.key, filed.receipt, server.channel, now=server.now)
    assert not thread.reports


def test_a_case_that_always_moves_on_is_given_up(server: DeskServer, filed: Filed) -> None:
    custodian = at_work(server, filed)
    server.meanwhile = TRIES + 1
    with pytest.raises(ServerRefused, match="moved on"):
        custodian.message("Which week?")


def test_an_act_that_makes_no_sense_any_more_is_not_sent_again(server: DeskServer, filed: Filed) -> None:
    """Two machines acknowledge at once: the second is told what the first did."""
    custodian = Seat(server, "custodian")
    known = custodian.known(filed)
    honest = server.on_post_cases

    def overtaken(asked, body, headers, query):  # type: ignore[no-untyped-def]
        server.on_post_cases = honest  # type: ignore[method-assign]
        server.act(server.cases[filed.key.case], "acknowledge", "custodian")
        return honest(asked, body, headers, query)

    server.on_post_cases = overtaken  # type: ignore[method-assign]
    with pytest.raises((NotPossible, ServerRefused), match="acknowledged already"):
        custodian.desk.plain(known, Verb.ACKNOWLEDGE)


@pytest.mark.adversary
@pytest.mark.parametrize("part", ["event", "promise", "old promise", "another act"])
def test_an_answer_that_the_log_did_not_sign_is_not_believed(server: DeskServer, filed: Filed, part: str) -> None:
    custodian = Seat(server, "custodian")
    known = custodian.known(filed)
    honest = server.on_post_cases
    first = server.cases[filed.key.case].promise

    def lying(asked, body, headers, query):  # type: ignore[no-untyped-def]
        told = honest(asked, body, headers, query)
        if part == "event":
            return {**told, "opening": {**told["opening"], "r": "0" * 64}}
        if part == "another act":
            event = {**told["opening"]["event"], "seq": 9}
            return {**told, "opening": {**told["opening"], "event": event}}
        return {**told, "promise": first if part == "old promise" else "nothing"}

    server.on_post_cases = lying  # type: ignore[method-assign]
    with pytest.raises(BadAnswer):
        custodian.desk.plain(known, Verb.ACKNOWLEDGE)


def test_a_promise_far_from_this_machines_clock_needs_a_decision(server: DeskServer, filed: Filed) -> None:
    custodian = Seat(server, "custodian")
    known = custodian.known(filed)
    honest = server.on_post_cases

    def late(asked, body, headers, query):  # type: ignore[no-untyped-def]
        server.now += 600
        try:
            return honest(asked, body, headers, query)
        finally:
            server.now -= 600

    server.signer = lambda _: "custodian"  # type: ignore[method-assign]
    server.on_post_cases = late  # type: ignore[method-assign]
    with pytest.raises(ClockDiffers, match="--accept-clock"):
        custodian.desk.plain(known, Verb.ACKNOWLEDGE)
    willing = Desk(line=custodian.line, record=custodian.desk.record, accept_clock=True)
    assert willing.plain(Known(grant=known.grant), Verb.FETCH, item=0).event["type"] == "fetch"


def test_what_is_written_to_disk_is_the_thread_too(server: DeskServer, filed: Filed) -> None:
    custodian = at_work(server, filed)
    acted = custodian.acknowledge("We have it.")
    acted = again(custodian, acted).reply(reply_of("answered", "answered"))
    files = case_files(fetch_all(custodian.desk, acted.known))
    assert files["3-acknowledge.txt"] == b"We have it."
    assert Reply.parse(files["4-reply.json"]) == reply_of("answered", "answered")
