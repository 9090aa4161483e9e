# SPDX-License-Identifier: AGPL-3.0-or-later
"""Changing the trust policy: only the officers can, only under the policy before, and never unseen."""

from dataclasses import replace
from typing import Any

import pytest
from record_samples import KEYS, UNION, reading

from demur.charter.channel import Channel
from demur.charter.errors import CharterError
from demur.charter.officers import sign_statement
from demur.charter.policies import agreed, check_follows, policy_statement, with_change, with_changes
from demur.record.checkpoint import Checkpoint, sign_checkpoint
from demur.record.cosignature import LogKeys
from demur.record.entry import readable_entry
from demur.record.errors import RecordError
from demur.record.merkle import inclusion_proof, leaf_hash, root_of
from demur.record.note import Note
from demur.record.policy import Named, Policy
from demur.record.proof import Proof
from demur.seal.signing import SigningKey

NOW = 1_795_430_000
OFFICER = SigningKey(b"\7" * 32)
STRANGER = SigningKey(b"\x08" * 32)
CHANNEL = Channel(
    origin=KEYS.origin,
    ed25519_vkey=KEYS.vkeys[0],
    mldsa_vkey=KEYS.vkeys[1],
    officers=(OFFICER.public.hex(),),
    k=1,
    policy=Policy.for_log(KEYS.vkeys).text,
)
WITNESSED = Policy.for_log(KEYS.vkeys, [Named(name="union", vkeys=(UNION.verifier.vkey,))], 1)
PLAIN = Policy.for_log(KEYS.vkeys, [Named(name="union", vkeys=(UNION.verifier.vkey,))], 0)


def signed(statement: dict[str, Any], key: SigningKey = OFFICER) -> dict[str, Any]:
    return sign_statement(statement, key)


def note(leaves: list[bytes], *, union: bool = False) -> str:
    head = Checkpoint(origin=KEYS.origin, size=len(leaves), root=root_of(leaves))
    made = Note.parse(sign_checkpoint(head, KEYS, now=NOW + len(leaves)))
    return (made.adding(UNION.sign_at(made.text, NOW + len(leaves))) if union else made).serialized


def proven(statement: dict[str, Any], before: int, *, union: bool = False) -> str:
    """The proof of the statement as the entry after `before` others."""
    leaves = [leaf_hash(f"entry {n}".encode()) for n in range(before)] + [leaf_hash(readable_entry(statement))]
    hashes = inclusion_proof(before, len(leaves), reading(leaves))
    return Proof(index=before, hashes=tuple(hashes), checkpoint_text=note(leaves, union=union)).text


def changed() -> Channel:
    statement = signed(policy_statement(CHANNEL, WITNESSED))
    return with_change(CHANNEL, statement, proven(statement, 4))


def test_a_signed_and_proven_change_is_in_force_from_the_next_checkpoint() -> None:
    channel = changed()
    leaves = [leaf_hash(f"entry {n}".encode()) for n in range(9)]
    assert channel.policy_object.accept(note(leaves[:5])).checkpoint.size == 5  # judged by the policy of its time
    with pytest.raises(RecordError, match="Too few"):
        channel.policy_object.accept(note(leaves[:6]))
    assert not channel.policy_object.accept(note(leaves[:6], union=True)).unwitnessed
    assert channel.policy_object.names(CHANNEL.policy_object.sha256)
    assert channel.words() == CHANNEL.words()
    assert channel == CHANNEL


def test_a_later_change_must_be_cosigned_as_the_policy_before_it_demands() -> None:
    channel = changed()
    statement = signed(policy_statement(channel, PLAIN))
    with pytest.raises(CharterError, match="not proven under the policy before it"):
        with_change(channel, statement, proven(statement, 9))
    weaker = with_change(channel, statement, proven(statement, 9, union=True))
    assert not weaker.policy_object.demands_witness
    rows = [(change.statement, change.proof) for change in weaker.changes]
    assert len(with_changes(CHANNEL, rows).changes) == 2


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda s: signed(s, STRANGER), "not by an officer"),
        (lambda s: s, "No officer signed"),
        (lambda s: {**signed(s), "policy": PLAIN.text}, "changed after signing"),
        (lambda s: signed({**s, "serial": 2}), "does not follow"),
        (lambda s: signed({**s, "previous": "00" * 32}), "does not follow"),
        (lambda s: signed({**s, "policy": "quorum none\n"}), "cannot be used"),
        (lambda s: signed({**s, "origin": "other.example.org"}), "another channel"),
    ],
)
def test_a_change_that_is_not_the_officers_next_one_is_refused(change: Any, match: str) -> None:
    statement = change(policy_statement(CHANNEL, WITNESSED))
    with pytest.raises(CharterError, match=match):
        with_change(CHANNEL, statement, proven(statement, 4))


def test_the_logs_keys_cannot_be_changed_by_a_policy() -> None:
    other = LogKeys.from_seeds(KEYS.origin, ed25519=b"\3" * 32, mldsa=b"\4" * 32)
    with pytest.raises(CharterError, match="names another log"):
        policy_statement(CHANNEL, Policy.for_log(other.vkeys))


def test_a_proof_of_something_else_is_refused() -> None:
    statement = signed(policy_statement(CHANNEL, WITNESSED))
    other = signed(policy_statement(CHANNEL, PLAIN))
    with pytest.raises(CharterError, match="not proven"):
        with_change(CHANNEL, statement, proven(other, 4))


def test_whoever_saw_a_change_is_not_led_back_to_an_old_policy() -> None:
    with pytest.raises(CharterError, match="an old or another policy"):
        check_follows(changed(), CHANNEL)
    check_follows(CHANNEL, changed())
    other = signed(policy_statement(CHANNEL, PLAIN))
    with pytest.raises(CharterError, match="an old or another policy"):
        check_follows(changed(), with_change(replace(CHANNEL), other, proven(other, 4)))


def test_a_later_change_is_not_proven_in_a_checkpoint_that_a_still_older_policy_judges() -> None:
    channel = changed()
    statement = signed(policy_statement(channel, PLAIN))
    with pytest.raises(CharterError, match="not proven under the policy before it"):
        with_change(channel, statement, proven(statement, 2))


def test_a_change_proven_once_more_in_a_larger_tree_takes_no_force_back() -> None:
    statement = signed(policy_statement(CHANNEL, WITNESSED))
    late = with_change(CHANNEL, statement, proven(statement, 50))
    leaves = [leaf_hash(f"entry {n}".encode()) for n in range(20)]
    assert late.policy_object.accept(note(leaves)).unwitnessed  # whoever saw nothing before cannot tell
    for older, newer in ((changed(), late), (late, changed())):
        held = agreed(older, newer)
        assert [change.size for change in held.changes] == [5]
        with pytest.raises(RecordError, match="Too few"):
            held.policy_object.accept(note(leaves))


def test_what_is_agreed_keeps_every_later_change() -> None:
    channel = changed()
    statement = signed(policy_statement(channel, PLAIN))
    longer = with_change(channel, statement, proven(statement, 9, union=True))
    assert [change.size for change in agreed(channel, longer).changes] == [5, 10]
    with pytest.raises(CharterError, match="an old or another policy"):
        agreed(longer, channel)
