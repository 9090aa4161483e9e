# SPDX-License-Identifier: AGPL-3.0-or-later
"""Trust policies: who must have signed, whose time counts, and when the record is unwitnessed."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from record_samples import AUDIT, HEAD_LINES, KEYS, NOW, OTHER, PEER, PRESS, UNION, checkpoint, flipped, policy, signed

from demur.record.checkpoint import sign_checkpoint
from demur.record.cosignature import COSIGNATURE_ED25519, Cosigner
from demur.record.errors import CheckpointError, NoteError, PolicyError, RecordError
from demur.record.note import Note, format_vkey, sign_note
from demur.record.policy import Policy

ALONE = Policy.for_log(KEYS.vkeys)
TWO_OF_THREE = policy(
    "union", "peer", "press", rules="group outside 2 union peer press\ngroup all all log-pq outside\nquorum all\n"
)


def test_a_log_without_witnesses_is_accepted_and_unwitnessed() -> None:
    accepted = ALONE.accept(signed(5))
    assert accepted.checkpoint == checkpoint(5)
    assert (accepted.time, accepted.unwitnessed, accepted.witnesses) == (NOW, True, [])
    assert accepted.times == {"log-pq": NOW}


def test_a_checkpoint_without_the_post_quantum_signature_is_refused() -> None:
    with pytest.raises(PolicyError, match="Too few"):
        ALONE.accept(sign_note(checkpoint(5).text, [KEYS.note_signer]))


def test_a_checkpoint_without_the_logs_own_signature_is_refused() -> None:
    note = Note(checkpoint(5).text, (KEYS.cosigner.sign_at(checkpoint(5).text, NOW),))
    with pytest.raises(PolicyError, match="not signed by the channel's log"):
        ALONE.accept(note.serialized)


def test_a_checkpoint_of_another_log_is_refused() -> None:
    tree = type(checkpoint(5))(origin=OTHER.origin, size=5, root=checkpoint(5).root)
    with pytest.raises(NoteError, match="not signed by any known key"):
        ALONE.accept(sign_checkpoint(tree, OTHER, now=NOW))


def test_the_log_may_not_sign_under_another_origin() -> None:
    tree = type(checkpoint(5))(origin=OTHER.origin, size=5, root=checkpoint(5).root)
    lines = (KEYS.note_signer.sign(tree.text), KEYS.cosigner.sign_at(tree.text, NOW))
    with pytest.raises(PolicyError, match="not signed by the channel's log"):
        ALONE.accept(Note(tree.text, lines).serialized)


def test_something_else_that_the_log_signed_is_no_checkpoint() -> None:
    with pytest.raises((CheckpointError, NoteError)):
        ALONE.accept(sign_note("demur/promise/v1\n", [KEYS.note_signer]))


def test_a_quorum_of_witnesses_is_counted_and_its_lower_median_is_the_time() -> None:
    with pytest.raises(PolicyError, match="Too few"):
        TWO_OF_THREE.accept(signed(5, witnesses={"union": NOW + 5}))
    two = TWO_OF_THREE.accept(signed(5, witnesses={"union": NOW + 5, "peer": NOW + 9}))
    assert (two.time, two.witnesses, two.unwitnessed) == (NOW + 5, ["peer", "union"], False)
    three = TWO_OF_THREE.accept(signed(5, witnesses={"union": NOW + 50, "peer": NOW + 9, "press": NOW + 20}))
    assert (three.time, three.times["union"]) == (NOW + 20, NOW + 50)


def test_the_logs_own_post_quantum_key_never_counts_as_a_witness() -> None:
    any_two = policy("union", rules="group all all log-pq union\nquorum all\n")
    with pytest.raises(PolicyError, match="Too few"):
        any_two.accept(signed(5))


def test_witnesses_of_the_institution_do_not_lift_unwitnessed() -> None:
    inhouse = policy("inhouse-audit", rules="group all all log-pq inhouse-audit\nquorum all\n")
    accepted = inhouse.accept(signed(5, witnesses={"inhouse-audit": NOW - 90}))
    assert (accepted.unwitnessed, accepted.witnesses, accepted.time) == (True, [], NOW)
    assert accepted.times == {"log-pq": NOW, "inhouse-audit": NOW - 90}


def test_a_witness_that_nothing_demands_does_not_lift_unwitnessed() -> None:
    optional = policy("union", rules="quorum log-pq\n")
    accepted = optional.accept(signed(5, witnesses={"union": NOW + 5}))
    assert (accepted.unwitnessed, accepted.witnesses, accepted.time) == (True, ["union"], NOW)


def test_a_quorum_that_the_institution_could_meet_alone_is_unwitnessed() -> None:
    either = policy("union", "inhouse-audit", rules="group w any union inhouse-audit\ngroup q all log-pq w\nquorum q\n")
    assert either.accept(signed(5, witnesses={"inhouse-audit": NOW})).unwitnessed
    assert either.accept(signed(5, witnesses={"union": NOW})).unwitnessed


def test_a_forged_witness_refuses_the_checkpoint_even_beside_a_quorum() -> None:
    note = Note.parse(signed(5, witnesses={"union": NOW, "peer": NOW}))
    forged = note.adding(PRESS.sign_at(checkpoint(6).text, NOW))
    with pytest.raises(NoteError, match="does not fit"):
        TWO_OF_THREE.accept(forged.serialized)


def test_a_second_signature_cannot_move_the_time() -> None:
    note = Note.parse(signed(5, witnesses={"union": NOW, "peer": NOW}))
    for line in (UNION.sign_at(note.text, NOW - 10**6), KEYS.cosigner.sign_at(note.text, NOW - 10**6)):
        with pytest.raises(PolicyError, match="two signatures by one key"):
            TWO_OF_THREE.accept(note.adding(line).serialized)


def test_strangers_may_sign_without_effect() -> None:
    note = Note.parse(signed(5)).adding(OTHER.note_signer.sign(checkpoint(5).text))
    assert ALONE.accept(note.serialized) == ALONE.accept(signed(5))


@settings(max_examples=60)
@given(st.integers(0, len(signed(5)) - 1))
def test_a_flipped_bit_anywhere_in_the_checkpoint_is_refused(at: int) -> None:
    with pytest.raises(RecordError):
        ALONE.accept(flipped(signed(5), at))


GOOD = TWO_OF_THREE.text


def test_a_policy_has_one_text_and_one_hash() -> None:
    assert Policy.parse(GOOD).text == GOOD
    assert len(ALONE.sha256) == 32
    assert ALONE.sha256 != TWO_OF_THREE.sha256
    assert (ALONE.log_vkey, ALONE.log_pq_vkey) == KEYS.vkeys


@pytest.mark.parametrize(
    "change",
    [
        lambda t: "# comment\n" + t,
        lambda t: t + "\n",
        lambda t: t[:-1],
        lambda t: t.replace(" ", "  ", 1),
        lambda t: t.replace(" ", "\t", 1),
        lambda t: " " + t,
        lambda t: t.replace("\n", "\r\n"),
        lambda t: t.replace("witness union", "witness Union"),
        lambda t: t.replace("witness union", "witness none"),
        lambda t: t.replace("witness union", "witness peer"),
        lambda t: t.replace("witness union", "witness \xfcnion"),
        lambda t: t.replace("witness log-pq", "witness first"),
        lambda t: t.replace("outside 2", "outside 4"),
        lambda t: t.replace("outside 2", "outside 0"),
        lambda t: t.replace("outside 2", "outside 02"),
        lambda t: t.replace("outside 2", "outside most"),
        lambda t: t.replace("outside 2 union", "outside 2 union union"),
        lambda t: t.replace("outside 2 union", "outside 2 nobody"),
        lambda t: t.replace("all all log-pq", "all any log-pq"),
        lambda t: t.replace("all all log-pq", "all all union"),
        lambda t: t.replace("quorum all", "quorum outside"),
        lambda t: t.replace("quorum all", "quorum none"),
        lambda t: t.replace("quorum all", "quorum nobody"),
        lambda t: t.replace("quorum all\n", ""),
        lambda t: t + "quorum all\n",
        lambda t: t + "group more any peer\n",
        lambda t: t.split("\n", 1)[0] + "\n" + t,
        lambda t: t.split("\n", 1)[1],
        lambda t: t.replace("log ", "log-x ", 1),
        lambda t: "quorum\n",
        lambda t: "",
        lambda t: t.replace("\nwitness union ", f"\nwitness union2 {UNION.verifier.vkey}\nwitness union "),
    ],
)
def test_another_spelling_or_a_quorum_without_the_log_is_refused(change: object) -> None:
    assert Policy.parse(GOOD)
    with pytest.raises(PolicyError):
        Policy.parse(change(GOOD))  # type: ignore[operator]


def test_witnesses_may_name_an_address() -> None:
    text = f"{HEAD_LINES}witness union {UNION.verifier.vkey} https://union.example.net/witness\nquorum log-pq\n"
    assert Policy.parse(text).text == text
    with pytest.raises(PolicyError):
        Policy.parse(text.replace("https:", "file:"))


def test_the_logs_own_key_under_another_type_is_no_witness() -> None:
    own = Cosigner("independent.example.net", COSIGNATURE_ED25519, KEYS.ed25519).verifier.vkey
    with pytest.raises(PolicyError, match="the key of another"):
        Policy.parse(f"{HEAD_LINES}witness independent {own}\nquorum log-pq\n")


def test_the_post_quantum_key_must_be_named_after_the_log() -> None:
    stranger = f"log {KEYS.vkeys[0]}\nwitness log-pq {OTHER.vkeys[1]}\nquorum log-pq\n"
    with pytest.raises(PolicyError, match="not named after its origin"):
        Policy.parse(stranger)


def test_a_log_key_that_nobody_holds_is_refused() -> None:
    weak = format_vkey("dissent.example.org", 1, bytes(32))
    with pytest.raises(PolicyError, match="cannot be read"):
        Policy.parse(f"log {weak}\nwitness log-pq {KEYS.vkeys[1]}\nquorum log-pq\n")


def test_large_policies_of_groups_in_groups_are_read() -> None:
    keys = [Cosigner(f"w{n}.example.net", COSIGNATURE_ED25519, bytes([n + 1]) * 32) for n in range(31)]
    lines = "".join(f"witness w{n} {key.verifier.vkey}\n" for n, key in enumerate(keys))
    groups = "group g0 all log-pq w0\n" + "".join(f"group g{n} all g{n - 1} w{n}\n" for n in range(1, 31))
    large = Policy.parse(f"{HEAD_LINES}{lines}{groups}quorum g30\n")
    note = Note.parse(signed(5))
    whole = note.adding(*(key.sign_at(note.text, NOW + n) for n, key in enumerate(keys)))
    assert large.accept(whole.serialized).time == NOW + 15
    with pytest.raises(PolicyError):
        large.accept(Note(whole.text, whole.signatures[:-1]).serialized)


@given(st.text(max_size=80))
def test_any_text_is_a_policy_or_refused(text: str) -> None:
    with pytest.raises(PolicyError):
        Policy.parse(text)


def test_the_cast_of_witnesses_is_distinct() -> None:
    assert len({key.verifier.vkey for key in (UNION, PEER, PRESS, AUDIT)}) == 4
