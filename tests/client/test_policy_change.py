# SPDX-License-Identifier: AGPL-3.0-or-later
"""A changed trust policy as clients meet it: proven from the channel words on, enforced, kept in receipts, and not taken back unseen."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from test_filing import filed_at
from tiny_record import NOW, TinyServer

from demur.charter.channel import Channel, ChannelFile
from demur.charter.officers import sign_statement
from demur.charter.policies import policy_statement, with_change
from demur.client.directory import read_directory
from demur.client.errors import BadAnswer, BadReceipt, RolledBack
from demur.client.evidence import verify_evidence
from demur.client.following import follow
from demur.client.known import store
from demur.client.memory import ask_in_force, load_memory
from demur.client.policies import changed, channel_in_force
from demur.client.receipt import Receipt
from demur.record.cosignature import COSIGNATURE_ED25519, Cosigner, LogKeys
from demur.record.policy import Named, Policy

DAY = 86_400
UNION = Cosigner("union/witness", COSIGNATURE_ED25519, b"\5" * 32)
PRESS = Cosigner("press/witness", COSIGNATURE_ED25519, b"\6" * 32)


@pytest.fixture
def server() -> TinyServer:
    return TinyServer()


@pytest.fixture
def home(tmp_path: Path, server: TinyServer) -> Path:
    """A home in which the channel is known, as its words cover it."""
    store(ChannelFile(channel=server.channel, address="https://dissent.example.org"), tmp_path / "home")
    return tmp_path / "home"


def change(server: TinyServer, witnesses: Sequence[Cosigner], need: int) -> Channel:
    """The officers change the policy; from the next checkpoint on, `witnesses` cosign. The first channel, unchanged."""
    first = replace(server.channel, changes=())
    named = [Named(name=key.name.partition("/")[0], vkeys=(key.verifier.vkey,)) for key in witnesses]
    policy = Policy.for_log(server.log.keys.vkeys, named, need)
    statement = sign_statement(policy_statement(server.channel, policy), server.officer.signing)
    server.policy = server.publish(statement)
    prove(server, statement, len(server.log.data))
    server.log.witnesses = list(witnesses)
    return first


def prove(server: TinyServer, statement: dict[str, Any], size: int) -> None:
    """Prove the last change in the tree of this size."""
    proof = server.log.proof(bytes.fromhex(server.policy), server.log.checkpoint(server.now, size), size)
    serial = int(statement["serial"])
    before = replace(server.channel, changes=server.channel.changes[: serial - 1])
    server.channel = with_change(before, statement, proof)
    server.policies = [*server.policies[: serial - 1], {"statement": statement, "proof": proof}]


# in force


def test_whoever_holds_the_first_channel_follows_the_change_to_the_quorum(server: TinyServer) -> None:
    first = change(server, [UNION, PRESS], 2)
    assert read_directory(server, first, now=NOW).unwitnessed  # the tree that proves it is the older policy's
    server.cover()
    found = read_directory(server, first, now=NOW)
    assert not found.unwitnessed
    assert found.channel.words() == first.words()
    assert found.channel.policy_object.demands_witness
    assert channel_in_force(server, first).changes == found.channel.changes


def test_a_checkpoint_without_the_quorum_is_refused_once_the_change_is_in_force(server: TinyServer) -> None:
    first = change(server, [UNION, PRESS], 2)
    server.log.witnesses = [UNION]
    server.cover()
    with pytest.raises(BadAnswer, match="Too few"):
        read_directory(server, first, now=NOW)


def test_a_second_change_hangs_on_the_first(server: TinyServer) -> None:
    first = change(server, [UNION], 1)
    change(server, [UNION, PRESS], 2)
    server.cover()
    found = read_directory(server, first, now=NOW)
    assert [row.statement["serial"] for row in found.channel.changes] == [1, 2]
    server.policies = server.policies[1:]
    with pytest.raises(BadAnswer, match="does not follow"):
        read_directory(server, first, now=NOW)


def test_a_change_that_the_witness_of_the_old_policy_did_not_see_is_refused(server: TinyServer) -> None:
    first = change(server, [UNION], 1)
    server.cover()
    statement = sign_statement(
        policy_statement(server.channel, Policy.for_log(server.log.keys.vkeys)), server.officer.signing
    )
    server.log.witnesses = []
    leaf = server.publish(statement)
    size = len(server.log.data)
    proof = server.log.proof(bytes.fromhex(leaf), server.log.checkpoint(NOW, size), size)
    with pytest.raises(BadAnswer, match="not proven under the policy before it"):
        changed(first, [*server.policies, {"statement": statement, "proof": proof}])


def test_a_change_to_another_log_is_refused_even_if_the_officers_signed_it(server: TinyServer) -> None:
    other = LogKeys.from_seeds(server.log.origin, ed25519=b"\3" * 32, mldsa=b"\4" * 32)
    draft = policy_statement(server.channel, server.channel.policy_object)
    statement = sign_statement({**draft, "policy": Policy.for_log(other.vkeys).text}, server.officer.signing)
    leaf = server.publish(statement)
    size = len(server.log.data)
    proof = server.log.proof(bytes.fromhex(leaf), server.log.checkpoint(NOW, size), size)
    with pytest.raises(BadAnswer, match="names another log"):
        changed(server.channel, [{"statement": statement, "proof": proof}])


@pytest.mark.parametrize(
    "rows", [None, {}, "x", [1], [{}], [{"statement": {}, "proof": 1}], [{"statement": {}, "proof": ""}]]
)
def test_a_list_of_changes_that_is_none_is_one_sentence(server: TinyServer, rows: Any) -> None:
    with pytest.raises(BadAnswer) as caught:
        changed(server.channel, rows)
    assert "\n" not in str(caught.value)


# left out, or taken back


def test_a_change_that_is_left_out_while_the_log_names_it_is_refused_by_whoever_comes_first(server: TinyServer) -> None:
    first = change(server, [UNION], 1)
    server.cover()
    server.policies = []
    with pytest.raises(BadAnswer, match="another trust policy than the log signed for"):
        read_directory(server, first, now=NOW)


def test_the_old_policy_after_the_new_one_was_seen_is_refused_and_convicts(server: TinyServer, home: Path) -> None:
    first = change(server, [UNION], 1)
    server.cover()
    ask_in_force(server, first, home=home, now=server.now)
    change(server, [UNION, PRESS], 2)
    server.cover()
    ask_in_force(server, first, home=home, now=server.now)
    seen = server.policies
    server.policies, server.policy = seen[:1], first_leaf(server)
    server.now += 61
    with pytest.raises(RolledBack) as caught:
        ask_in_force(server, first, home=home, now=server.now)
    assert verify_evidence(caught.value.evidence.encode(), first).kind == "older-statement"
    server.policies, server.policy = [], ""
    with pytest.raises(BadAnswer, match="older policy"):
        ask_in_force(server, first, home=home, now=server.now)


def first_leaf(server: TinyServer) -> str:
    """The leaf hash of the first change."""
    return next(row for row in (leaf.hex() for leaf in server.log.leaves) if is_first(server, row))


def is_first(server: TinyServer, leaf: str) -> bool:
    data = server.log.data[server.index(bytes.fromhex(leaf))]
    return b'"type":"policy"' in data and b'"serial":1' in data


def test_a_change_proven_once_more_in_a_tree_that_the_log_signed_alone_takes_nothing_back(
    server: TinyServer, home: Path
) -> None:
    first = change(server, [UNION], 1)
    server.cover()
    ask_in_force(server, first, home=home, now=server.now)
    server.log.witnesses = []
    server.cover(3)
    prove(server, server.policies[0]["statement"], len(server.log.data))
    assert read_directory(server, first, now=NOW).unwitnessed  # whoever saw nothing before cannot tell, and is told so
    with pytest.raises(BadAnswer, match="Too few"):
        ask_in_force(server, first, home=home, now=server.now)


def test_a_restored_server_that_proves_its_change_in_a_later_tree_is_used(server: TinyServer, home: Path) -> None:
    first = change(server, [UNION], 1)
    size = len(server.log.data)
    server.cover()
    ask_in_force(server, first, home=home, now=server.now)
    server.cover(3)
    prove(server, server.policies[0]["statement"], len(server.log.data))
    server.cover()
    found = ask_in_force(server, first, home=home, now=server.now)
    assert not found.unwitnessed
    memory = load_memory(first, home)
    assert memory is not None
    assert [row.size for row in memory.channel.changes] == [row.size for row in found.channel.changes] == [size]


# receipts


def test_a_receipt_from_before_the_change_stays_as_it_is_and_holds(server: TinyServer) -> None:
    filed = filed_at(server)
    complete = follow(server, filed.key, filed.receipt, server.channel, now=NOW).receipt
    assert complete is not None
    before = complete.text
    first = change(server, [UNION], 1)
    server.cover()
    assert '"changes"' not in before
    findings = Receipt.parse(before.encode()).verify(first, now=NOW + DAY)
    assert findings.document["unwitnessed"]
    found = channel_in_force(server, first)
    assert replace(complete, channel=found).verify(first, now=NOW + DAY).document["unwitnessed"]


def test_a_receipt_from_after_the_change_carries_it_and_holds_offline(server: TinyServer) -> None:
    first = change(server, [UNION], 1)
    filed = filed_at(server)
    complete = follow(server, filed.key, filed.receipt, server.channel, now=NOW).receipt
    assert complete is not None
    read = Receipt.parse(complete.text.encode())
    findings = read.verify(first, now=NOW + DAY)
    assert findings.document["witnesses"] == ["union"]
    assert not findings.document["unwitnessed"]
    with pytest.raises(BadReceipt, match="names another channel"):
        replace(read, channel=first).verify(first, now=NOW + DAY)


def test_a_receipt_whose_changes_were_touched_is_refused(server: TinyServer) -> None:
    change(server, [UNION], 1)
    text = filed_at(server).receipt.text
    for old, new in (('"serial":1', '"serial":2'), ('"changes":[', '"changes":[1,'), ("union", "onion")):
        with pytest.raises(BadReceipt):
            Receipt.parse(text.replace(old, new).encode())
