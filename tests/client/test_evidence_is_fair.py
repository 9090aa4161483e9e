# SPDX-License-Identifier: AGPL-3.0-or-later
"""Evidence convicts a log by what it signed itself, whatever witnesses say; and a known change of policy is not undone offline."""

from dataclasses import replace
from pathlib import Path

import pytest
from test_policy_change import UNION, change
from tiny_record import NOW, Log, TinyServer

from demur.charter.channel import Channel, ChannelFile
from demur.client.comparing import compare_receipts
from demur.client.contradictions import chain_of
from demur.client.errors import BadEvidence, BadReceipt, NotTrusted, RecordForked
from demur.client.evidence import back_dated, broken_promise, forked_record, shorter_thread, verify_evidence
from demur.client.known import store
from demur.client.memory import ask_in_force
from demur.client.policyseen import KnownPolicies, seen_path
from demur.client.receipt import Receipt
from demur.record.cosignature import LogKeys
from demur.record.head import Head
from demur.record.merkle import leaf_hash
from demur.record.note import Note
from demur.record.promise import Promise

DAY = 86_400


@pytest.fixture
def server() -> TinyServer:
    return TinyServer()


def receipt(log: Log, channel: Channel, *, policy: bytes, size: int) -> Receipt:
    """A receipt that the log's keys alone make, for two entries of a tree of `size`."""
    while len(log.data) < size:
        log.append(f"entry {len(log.data)}".encode())
    entries = (log.leaves[size - 2], log.leaves[size - 1])
    promise = Promise(
        origin=channel.origin, channel=channel.digest, policy=policy, entries=entries, time=NOW, not_after=NOW + DAY
    )
    note = log.checkpoint(NOW, size)
    proofs = tuple(log.proof(leaf, note, size) for leaf in entries)
    return Receipt(channel=channel, promise=promise.sign(log.keys.note_signer), proofs=(proofs[0], proofs[1]))


# a policy that is known


def forged(server: TinyServer, first: Channel) -> Receipt:
    """The log leaves the change out, and signs alone a tree larger than that in which it came into force."""
    alone = server.log.fork(2)
    alone.witnesses = []
    made = receipt(alone, first, policy=first.policy_object.sha256, size=len(server.log.data) + 9)
    assert made.verify(first, now=NOW).recorded  # by itself it holds, unwitnessed
    return made


def test_whoever_has_seen_a_change_is_not_led_back_by_a_receipt_that_leaves_it_out(
    server: TinyServer, tmp_path: Path
) -> None:
    store(ChannelFile(channel=server.channel, address="https://dissent.example.org"), tmp_path)
    first = change(server, [UNION], 1)
    server.cover()
    lie = forged(server, first).text.encode()
    KnownPolicies(tmp_path, [lie]).check(lie)  # who has seen nothing cannot tell
    ask_in_force(server, first, home=tmp_path, now=NOW)
    with pytest.raises(BadReceipt, match="leaves out a change"):
        KnownPolicies(tmp_path, [lie]).check(lie)


def test_a_receipt_that_names_the_change_convicts_one_beside_it_that_leaves_it_out(
    server: TinyServer, tmp_path: Path
) -> None:
    first = change(server, [UNION], 1)
    server.cover()
    lie = forged(server, first).text.encode()
    honest = receipt(
        server.log, server.channel, policy=server.channel.policy_object.sha256, size=len(server.log.data) + 2
    )
    known = KnownPolicies(tmp_path, [lie, honest.text.encode()])
    known.check(honest.text.encode())
    with pytest.raises(BadReceipt, match="leaves out a change"):
        known.check(lie)


def test_a_receipt_from_before_the_change_still_holds(server: TinyServer, tmp_path: Path) -> None:
    old = receipt(server.log, server.channel, policy=server.channel.policy_object.sha256, size=len(server.log.data) + 2)
    change(server, [UNION], 1)
    server.cover()
    later = receipt(
        server.log, server.channel, policy=server.channel.policy_object.sha256, size=len(server.log.data) + 2
    )
    known = KnownPolicies(tmp_path, [old.text.encode(), later.text.encode()])
    for made in (old, later):
        known.check(made.text.encode())


def test_two_files_that_name_different_changes_are_not_taken_together(server: TinyServer, tmp_path: Path) -> None:
    other = TinyServer()
    assert other.channel.digest == server.channel.digest
    change(server, [UNION], 1)
    change(other, [UNION], 0)
    texts = [
        receipt(at.log, at.channel, policy=at.channel.policy_object.sha256, size=len(at.log.data) + 2).text.encode()
        for at in (server, other)
    ]
    with pytest.raises(BadReceipt, match="name different changes"):
        KnownPolicies(tmp_path, texts)


def test_a_damaged_memory_is_told(server: TinyServer, tmp_path: Path) -> None:
    path = seen_path(tmp_path, server.channel.origin)
    path.parent.mkdir()
    path.write_text("demur/seen/v1\n=== channel\n{}\n")
    text = receipt(server.log, server.channel, policy=server.channel.policy_object.sha256, size=9).text.encode()
    with pytest.raises(NotTrusted, match="does not hold"):
        KnownPolicies(tmp_path, [text])


# what convicts


def test_two_roots_convict_the_log_also_where_no_witness_signed(server: TinyServer) -> None:
    change(server, [UNION], 1)
    server.cover()
    size = len(server.log.data)
    fork = server.log.fork(size - 1)
    fork.witnesses = []
    fork.append(b"another entry")
    evidence = forked_record(
        channel=server.channel, older=server.log.checkpoint(NOW, size), newer=fork.checkpoint(NOW, size)
    )
    assert "two different records" in verify_evidence(evidence.encode(), server.channel).sentence


@pytest.mark.parametrize("turned", [False, True])
def test_what_comparing_writes_is_what_verify_believes(server: TinyServer, turned: bool) -> None:
    first = change(server, [UNION], 1)
    server.cover()
    size = len(server.log.data) + 2
    honest = receipt(server.log, server.channel, policy=server.channel.policy_object.sha256, size=size)
    alone = server.log.fork(2)
    alone.witnesses = []
    lie = receipt(alone, first, policy=first.policy_object.sha256, size=size)
    with pytest.raises(RecordForked) as caught:
        compare_receipts([lie, honest] if turned else [honest, lie])
    assert verify_evidence(caught.value.evidence.encode(), None).kind == "forked-record"


def test_a_log_that_dates_back_is_convicted_without_a_witness(server: TinyServer) -> None:
    change(server, [UNION], 1)
    server.cover()
    small = server.log.checkpoint(NOW, len(server.log.data))
    server.log.witnesses, server.log.shift = [], -DAY
    server.log.append(b"one more")
    evidence = back_dated(
        channel=server.channel, smaller=small, larger=server.log.checkpoint(NOW, len(server.log.data))
    )
    assert "back-dates" in verify_evidence(evidence.encode(), server.channel).sentence


@pytest.mark.parametrize(("back", "convicted"), [(60, False), (61, True)])
def test_a_clock_that_was_set_back_within_the_margin_convicts_nobody(
    server: TinyServer, back: int, *, convicted: bool
) -> None:
    """Two of a log's own clocks may differ by a minute; one second more is a lie that its own signatures show."""
    server.cover()
    small = server.log.checkpoint(NOW, len(server.log.data))
    server.log.shift = -back
    server.log.append(b"one more")
    larger = server.log.checkpoint(NOW, len(server.log.data))
    evidence = back_dated(channel=server.channel, smaller=small, larger=larger).encode()
    if convicted:
        assert "back-dates" in verify_evidence(evidence, server.channel).sentence
    else:
        with pytest.raises(BadEvidence):
            verify_evidence(evidence, server.channel)


def head(server: TinyServer, *, count: int, at: int, size: int = 9) -> str:
    """A mailbox head by the server's log."""
    last = chain_of([leaf_hash(bytes([n])) for n in range(count)])[-1]
    made = Head(origin=server.channel.origin, mailbox="0f" * 16, count=count, last=last, time=at, size=size)
    return made.sign(server.log.keys.note_signer)


@pytest.mark.parametrize(("apart", "convicted"), [(-60, False), (0, False), (1, False), (60, False), (61, True)])
def test_heads_within_the_margin_convict_nobody_in_whichever_order(
    server: TinyServer, apart: int, *, convicted: bool
) -> None:
    """An act's head and one of a request beside it: what was made before the margin was known is refused with a sentence."""
    long, short = head(server, count=3, at=NOW), head(server, count=2, at=NOW + apart)
    evidence = shorter_thread(channel=server.channel, older=long, newer=short).encode()
    if convicted:
        assert "holds 3 items, and later that it holds 2" in verify_evidence(evidence, server.channel).sentence
    else:
        with pytest.raises(BadEvidence, match="not lie more than a minute apart"):
            verify_evidence(evidence, server.channel)


def test_a_receipt_whose_heads_lie_within_the_margin_accuses_nobody(server: TinyServer) -> None:
    made = receipt(server.log, server.channel, policy=server.channel.policy_object.sha256, size=9)
    for later, sentence in ((1, "out of order"), (61, "convicts the log")):
        heads = (head(server, count=3, at=NOW), head(server, count=2, at=NOW + later))
        with pytest.raises(BadReceipt, match=sentence):
            replace(made, heads=heads).verify(server.channel, now=NOW)


def test_a_checkpoint_by_other_keys_convicts_nobody(server: TinyServer) -> None:
    stranger = server.log.fork(2)
    stranger.keys = LogKeys.from_seeds(server.log.origin, ed25519=b"\3" * 32, mldsa=b"\4" * 32)
    stranger.signed = {}
    stranger.append(b"a lie")
    real = server.log.fork(2)
    real.append(b"the truth")
    evidence = forked_record(channel=server.channel, older=real.checkpoint(NOW, 3), newer=stranger.checkpoint(NOW, 3))
    with pytest.raises(BadEvidence, match="not signed by the channel's log"):
        verify_evidence(evidence.encode(), server.channel)


@pytest.mark.parametrize(
    ("log_says", "witness_says", "convicted"), [(2, 2, True), (-1, 2, False), (2, -1, False), (0, 0, False)]
)
def test_only_a_tree_that_log_and_witnesses_call_later_breaks_a_promise(
    server: TinyServer, log_says: int, witness_says: int, convicted: bool
) -> None:
    change(server, [UNION], 1)
    server.cover()
    promise = Promise(
        origin=server.channel.origin,
        channel=server.channel.digest,
        policy=server.channel.policy_object.sha256,
        entries=(leaf_hash(b"a"), leaf_hash(b"b")),
        time=NOW,
        not_after=NOW + DAY,
    ).sign(server.log.keys.note_signer)
    log = server.log.fork(len(server.log.data))
    log.append(b"another entry")
    log.witnesses, log.shift = [], DAY + log_says * 60
    note = Note.parse(log.checkpoint(NOW))
    note = note.adding(UNION.sign_at(note.text, NOW + DAY + witness_says * 60))
    evidence = broken_promise(
        channel=server.channel, promise=promise, checkpoint=note.serialized, leaves=log.leaves
    ).encode()
    if convicted:
        assert "does not hold it" in verify_evidence(evidence, server.channel).sentence
    else:
        with pytest.raises(BadEvidence, match="not later"):
            verify_evidence(evidence, server.channel)


def test_a_promise_to_another_channel_of_the_same_log_convicts_nobody(server: TinyServer) -> None:
    log = server.log
    promise = Promise(
        origin=log.origin,
        channel=b"\1" * 32,
        policy=server.channel.policy_object.sha256,
        entries=(leaf_hash(b"a"), leaf_hash(b"b")),
        time=NOW - DAY,
        not_after=NOW - 1,
    ).sign(log.keys.note_signer)
    log.append(b"another entry")
    evidence = broken_promise(
        channel=server.channel, promise=promise, checkpoint=log.checkpoint(NOW), leaves=log.leaves
    ).encode()
    with pytest.raises(BadEvidence, match="not later"):
        verify_evidence(evidence, server.channel)


# bytes that nobody vouches for


def test_a_line_by_a_witness_of_another_policy_is_a_byte_too_many(server: TinyServer) -> None:
    old = receipt(server.log, server.channel, policy=server.channel.policy_object.sha256, size=len(server.log.data) + 2)
    change(server, [UNION], 1)
    whole = replace(old, channel=server.channel)
    assert whole.verify(server.channel, now=NOW).recorded
    proofs = []
    for text in old.proofs:
        head, _, note = text.partition("\n\n")
        signed = Note.parse(note)
        proofs.append(f"{head}\n\n{signed.adding(UNION.sign_at(signed.text, NOW)).serialized}")
    padded = replace(whole, proofs=(proofs[0], proofs[1]))
    with pytest.raises(BadReceipt, match="does not name"):
        padded.verify(server.channel, now=NOW)
