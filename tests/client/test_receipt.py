# SPDX-License-Identifier: AGPL-3.0-or-later
"""Receipts: every byte counts, and none of it reads or acts."""

import random

import pytest
from test_filing import filed_at
from tiny_record import GRACE, NOW, TinyServer

from demur.client.errors import BadReceipt, ClientError
from demur.client.following import follow
from demur.client.receipt import Receipt
from demur.client.verifying import verify_file


@pytest.fixture(scope="module")
def server() -> TinyServer:
    return TinyServer()


@pytest.fixture(scope="module")
def complete(server: TinyServer) -> Receipt:
    """A receipt with its proofs and two heads."""
    filed = filed_at(server)
    server.now += 10
    receipt = follow(server, filed.key, filed.receipt, server.channel, now=server.now).receipt
    assert receipt is not None
    return receipt


def test_a_receipt_read_and_written_again_is_the_same_bytes(complete: Receipt) -> None:
    assert Receipt.parse(complete.text.encode()).text == complete.text
    assert len(complete.proofs) == 2
    assert len(complete.heads) == 2


def test_a_complete_receipt_says_where_the_entries_stand(server: TinyServer, complete: Receipt) -> None:
    findings = complete.verify(server.channel, now=NOW + 10 * GRACE)
    assert findings.recorded
    assert findings.known
    assert findings.document["indexes"] == [2, 3]
    assert findings.document["unwitnessed"] is True


def test_four_hundred_flipped_bits_are_all_refused_with_one_sentence(complete: Receipt) -> None:
    data = complete.text.encode()
    for bit in random.Random(7).sample(range(len(data) * 8), 400):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(ClientError) as caught:
            verify_file(bytes(flipped), lambda _: False, must_be_known=False, now=NOW)
        assert "\n" not in str(caught.value)


def test_a_receipt_of_another_installation_is_refused(complete: Receipt) -> None:
    other = TinyServer("practice-ffeeddccbbaa0099")
    with pytest.raises(BadReceipt, match="another channel"):
        complete.verify(other.channel, now=NOW)


def test_a_promise_that_is_overdue_without_proof_does_not_hold(server: TinyServer) -> None:
    receipt = filed_at(server, seed="second").receipt
    assert not receipt.verify(server.channel, now=NOW).recorded
    with pytest.raises(BadReceipt, match="complete it"):
        receipt.verify(server.channel, now=NOW + 2 * GRACE)


def test_a_signature_by_an_unknown_key_is_refused(complete: Receipt) -> None:
    lines = complete.promise.rstrip("\n").split("\n")
    padded = "\n".join([*lines, lines[-1].replace("— practice-", "— practicf-")]) + "\n"
    with pytest.raises(BadReceipt, match="beside"):
        Receipt(channel=complete.channel, promise=padded).verify(None, now=NOW)


def test_proofs_exchanged_between_the_two_entries_are_refused(server: TinyServer, complete: Receipt) -> None:
    swapped = complete.with_proofs((complete.proofs[1], complete.proofs[0]))
    with pytest.raises(BadReceipt, match="proof"):
        swapped.verify(server.channel, now=NOW)


def test_heads_out_of_order_are_refused(server: TinyServer, complete: Receipt) -> None:
    first, second = complete.heads
    turned = Receipt(channel=complete.channel, promise=complete.promise, heads=(second, first))
    with pytest.raises(BadReceipt, match="out of order"):
        turned.verify(server.channel, now=NOW)


@pytest.mark.parametrize("garbage", [b"", b"\xff\xfe", b"demur/receipt/v1", b"demur/receipt/v1\n=== x", b"PK\x03\x04"])
def test_garbage_is_refused_with_one_sentence(garbage: bytes) -> None:
    with pytest.raises(BadReceipt) as caught:
        Receipt.parse(garbage)
    assert "\n" not in str(caught.value)
