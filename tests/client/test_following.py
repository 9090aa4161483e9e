# SPDX-License-Identifier: AGPL-3.0-or-later
"""Following a case: what is shown is verified, and what a server hides or changes is noticed."""

import pytest
from test_filing import TEXT, filed_at
from tiny_record import GRACE, NOW, Case, TinyServer, counting_random

from demur.client.acting import Author
from demur.client.directory import read_directory
from demur.client.errors import BadAnswer, BadKeyFile, PromiseBroken, SwappedKey, ThreadShorter
from demur.client.evidence import verify_evidence
from demur.client.following import follow, rebuild
from demur.client.submitting import Filed
from demur.client.verifying import verify_with_key
from demur.dissent.documents.reply import Answer, Reply
from demur.dissent.documents.short import short
from demur.dissent.manifests import base_manifest
from demur.dissent.states import State, Verb
from demur.seal import container
from demur.seal.age import files as age
from demur.seal.age.hybrid import HybridIdentity, HybridRecipient
from demur.seal.keyfile import OfficerKey


@pytest.fixture
def server() -> TinyServer:
    return TinyServer()


@pytest.fixture
def filed(server: TinyServer) -> Filed:
    return filed_at(server)


def sealed_by(server: TinyServer, filed: Filed, seat: str, kind: str, document: bytes) -> bytes:
    """A body as a seat's client seals it."""
    place = server.place(server.cases[filed.key.case])
    identity = HybridIdentity.parse(filed.key.case_key)
    back = HybridRecipient.parse(filed.key.manifest["return"])
    manifest = base_manifest(
        kind,
        origin=server.log.origin,
        case=filed.key.case,
        case_key=identity.recipient.text,
        seen={"seq": place["seq"] - 1, "commitment": place["prev"]},
        key=server.seats[seat].signing.public.hex(),
        charter=server.charter,
        roster=server.roster,
        seat=seat,
        recipients={"": back.text},
        names=[f"{kind}.json"],
    )
    return age.encrypt(container.pack(manifest, [document], server.seats[seat].signing), [identity.recipient, back])


def answered(server: TinyServer, filed: Filed, *, counts: tuple[int, int, int] = (2, 0, 0)) -> Case:
    """The custodian acknowledges and replies; `counts` is what the event says."""
    case, seat = server.cases[filed.key.case], server.frozen.charter.custodian
    server.act(case, "acknowledge", seat)
    answers = tuple(Answer(claim=n, kind="answered", text=f"Answer {n}.") for n in (1, 2))
    reply = Reply(outcome="in_part", text="Thank you.", answers=answers)
    told = dict(zip(("answered", "referred", "declined"), counts, strict=True))
    body = sealed_by(server, filed, seat, "reply", reply.json)
    server.act(case, "reply", seat, body=body, outcome="in_part", **told)
    return case


def author(server: TinyServer, filed: Filed) -> Author:
    return Author(
        server=server, channel=server.channel, key=filed.key, random=counting_random("acts"), clock=lambda: server.now
    )


def test_the_author_reads_the_reply_claim_by_claim(server: TinyServer, filed: Filed) -> None:
    answered(server, filed)
    thread = follow(server, filed.key, filed.receipt, server.channel, now=server.now)
    assert thread.story.state is State.ANSWERED
    reply = thread.spoken[3].reply
    assert reply is not None
    assert [answer.text for answer in reply.answers] == ["Answer 1.", "Answer 2."]
    assert not thread.reports
    assert thread.published


def test_words_alone_rebuild_key_receipt_and_sealed_text(server: TinyServer, filed: Filed) -> None:
    answered(server, filed)
    key, receipt, sealed = rebuild(server, filed.key.words, server.channel)
    assert key == filed.key
    assert receipt is not None
    assert receipt.promise == filed.receipt.promise
    assert sealed == filed.sealed_body
    thread = follow(server, key, receipt, server.channel, now=server.now)
    assert thread.receipt is not None
    findings = thread.receipt.verify(server.channel, now=server.now)
    proven = verify_with_key(findings, key, sealed=sealed, exhibits={"dissent.txt": TEXT})
    assert proven.exhibits == {"dissent.txt": "text"}
    with pytest.raises(BadKeyFile, match="byte for byte"):
        verify_with_key(findings, key, sealed=sealed, exhibits={"dissent.txt": TEXT + b" "})
    with pytest.raises(BadKeyFile, match="sealed copy"):
        verify_with_key(findings, key, sealed=None, exhibits={"dissent.txt": TEXT})


def test_a_message_is_recorded_and_readable_by_the_readers(server: TinyServer, filed: Filed) -> None:
    acted = author(server, filed).message("When is the count?", filed.receipt)
    case = server.cases[filed.key.case]
    item = case.items[-1]
    plain = age.decrypt(case.files[item["body"]], [HybridIdentity.parse(filed.key.case_key)])
    opened = container.unpack(plain, by=filed.key.keys.signing.public)
    assert opened.files["message.json"] == short("message", "When is the count?")
    assert acted.receipt is not None
    assert len(acted.receipt.acts) == 1
    later = follow(server, filed.key, acted.receipt, server.channel, now=server.now).receipt
    assert later is not None
    assert later.acts[0].proof
    later.verify(server.channel, now=server.now)


def test_withdrawing_ends_the_case_and_cannot_be_done_twice(server: TinyServer, filed: Filed) -> None:
    from demur.dissent.errors import NotPossible

    receipt = author(server, filed).withdraw("It was dropped.", filed.receipt).receipt
    thread = follow(server, filed.key, receipt, server.channel, now=server.now)
    assert thread.story.state is State.WITHDRAWN
    with pytest.raises(NotPossible, match="already"):
        author(server, filed).withdraw("", receipt)


def test_a_reply_whose_counts_differ_from_the_record_is_a_mismatch_and_can_be_reported(
    server: TinyServer, filed: Filed
) -> None:
    answered(server, filed, counts=(1, 1, 0))
    thread = follow(server, filed.key, filed.receipt, server.channel, now=server.now)
    assert [(row.verb, row.seq, row.fact) for row in thread.reports] == [(Verb.MISMATCH, 3, "answered")]
    receipt = author(server, filed).report(thread.reports[0], thread.receipt).receipt
    after = follow(server, filed.key, receipt, server.channel, now=server.now)
    assert not after.reports
    assert [(row.met_at, row.disputed) for row in after.clocks if row.name == "reply"] == [(None, True)]


def test_a_body_sealed_by_somebody_else_cannot_be_read_as_the_seats(server: TinyServer, filed: Filed) -> None:
    seat, other = sorted(server.seats)[:2]
    body = sealed_by(server, filed, other, "message", short("message", "I am the custodian."))
    custodian = server.frozen.charter.custodian
    server.act(server.cases[filed.key.case], "message", custodian if custodian != other else seat, body=body)
    thread = follow(server, filed.key, filed.receipt, server.channel, now=server.now)
    assert thread.spoken[2].fault == "unreadable"
    assert not thread.spoken[2].text


@pytest.mark.adversary
def test_a_thread_shorter_than_a_head_the_author_holds_is_refused_and_the_evidence_convinces(
    server: TinyServer, filed: Filed
) -> None:
    answered(server, filed)
    receipt = follow(server, filed.key, filed.receipt, server.channel, now=server.now).receipt
    server.now += 61
    server.cut = 1
    with pytest.raises(ThreadShorter) as caught:
        follow(server, filed.key, receipt, server.channel, now=server.now)
    conviction = verify_evidence(caught.value.evidence.encode(), server.channel)
    assert conviction.kind == "shorter-thread"


@pytest.mark.adversary
def test_a_replaced_item_is_refused(server: TinyServer, filed: Filed) -> None:
    case = answered(server, filed)
    receipt = follow(server, filed.key, filed.receipt, server.channel, now=server.now).receipt
    server.now += 61
    del case.items[-1]
    server.act(case, "message", server.frozen.charter.custodian, body=b"age-encryption.org/v1\nx")
    with pytest.raises(ThreadShorter) as caught:
        follow(server, filed.key, receipt, server.channel, now=server.now)
    assert verify_evidence(caught.value.evidence.encode(), None).kind == "shorter-thread"


@pytest.mark.adversary
def test_a_swapped_seat_key_is_refused_and_the_evidence_convinces(server: TinyServer) -> None:
    thief = OfficerKey.generate(counting_random("thief"), now=NOW)
    server.roster_statement = server.sign_roster(thief.signing)
    server.roster = server.publish(server.roster_statement)
    with pytest.raises(SwappedKey) as caught:
        read_directory(server, server.channel, now=server.now)
    conviction = verify_evidence(caught.value.evidence.encode(), server.channel)
    assert conviction.kind == "unsigned-roster"


@pytest.mark.adversary
def test_a_broken_promise_is_noticed_and_the_evidence_convinces(server: TinyServer) -> None:
    server.swallow.add(b"")
    filed = filed_at(server)
    follow(server, filed.key, filed.receipt, server.channel, now=server.now)
    server.now += GRACE + 61
    server.log.data.append(b"demur/leaf/v1\0" + bytes(32))
    server.log.checkpoint(server.now)
    with pytest.raises(PromiseBroken) as caught:
        follow(server, filed.key, filed.receipt, server.channel, now=server.now)
    conviction = verify_evidence(caught.value.evidence.encode(), server.channel)
    assert conviction.kind == "broken-promise"


@pytest.mark.adversary
def test_an_act_by_a_key_that_is_not_the_seats_is_refused(server: TinyServer, filed: Filed) -> None:
    case = server.cases[filed.key.case]
    server.act(case, "acknowledge", server.frozen.charter.custodian)
    signature = case.items[-1]["event"]["signature"]
    case.items[-1]["event"]["signature"] = ("0" if signature[0] != "0" else "1") + signature[1:]
    with pytest.raises(BadAnswer, match="signature of event 2"):
        follow(server, filed.key, filed.receipt, server.channel, now=server.now)


@pytest.mark.adversary
def test_a_backdated_act_counts_from_the_last_head_that_lacks_it(server: TinyServer, filed: Filed) -> None:
    server.now += 500
    receipt = follow(server, filed.key, filed.receipt, server.channel, now=server.now).receipt
    seen = server.now
    server.now -= 400
    server.act(server.cases[filed.key.case], "acknowledge", server.frozen.charter.custodian)
    server.now = seen + 1
    thread = follow(server, filed.key, receipt, server.channel, now=server.now)
    assert seen in {row.met_at for row in thread.clocks}


def test_a_key_of_one_installation_is_refused_by_another(filed: Filed) -> None:
    other = TinyServer("practice-ffeeddccbbaa0099")
    with pytest.raises(BadKeyFile, match="channel"):
        follow(other, filed.key, None, other.channel, now=NOW)


def test_words_of_one_installation_open_nothing_in_another(filed: Filed) -> None:
    from demur.client.errors import ServerRefused

    other = TinyServer("practice-ffeeddccbbaa0099")
    with pytest.raises(ServerRefused):
        rebuild(other, filed.key.words, other.channel)


def test_honest_evidence_proves_nothing(server: TinyServer, filed: Filed) -> None:
    from demur.client.errors import BadEvidence
    from demur.client.evidence import broken_promise, shorter_thread, unsigned_roster

    answer = server.on_get_directory()
    head = filed.receipt.heads[0]
    server.now += 2 * GRACE
    server.log.data.append(b"demur/leaf/v1\0" + bytes(32))
    checkpoint = server.log.checkpoint(server.now)
    for text in (
        unsigned_roster(channel=server.channel, directory=answer["directory"], roster=server.roster_statement),
        shorter_thread(channel=server.channel, older=head, newer=head),
        broken_promise(
            channel=server.channel, promise=filed.receipt.promise, checkpoint=checkpoint, leaves=server.log.leaves
        ),
    ):
        with pytest.raises(BadEvidence, match=r"proves? nothing|was kept"):
            verify_evidence(text.encode(), server.channel)
