# SPDX-License-Identifier: AGPL-3.0-or-later
"""The vectors that other implementations run too: `spec/vectors/{merkle,note,checkpoint,proof,entry,promise,head,policy}.json`."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from make_vectors import MAKERS

from demur import canonical
from demur.record.checkpoint import Checkpoint
from demur.record.cosignature import CosignatureVerifier
from demur.record.entry import case_entry, commit, cover_event, open_entry, read_entry, readable_entry
from demur.record.errors import (
    CheckpointError,
    EntryError,
    HeadError,
    NoteError,
    PolicyError,
    PromiseError,
    ProofError,
    RecordError,
)
from demur.record.head import START, compare, item_chain, open_head
from demur.record.merkle import leaf_hash, root_of, verify_consistency, verify_inclusion
from demur.record.note import Ed25519NoteSigner, Ed25519Verifier, Note, open_note, sign_note, verified
from demur.record.policy import Policy
from demur.record.promise import open_promise
from demur.record.proof import Proof

pytestmark = pytest.mark.vectors

DIRECTORY = Path(__file__).parents[2] / "spec" / "vectors"


def vectors(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((DIRECTORY / f"{name}.json").read_text(encoding="utf-8"))
    return document


def b64(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def all_b64(texts: list[str]) -> list[bytes]:
    return [b64(text) for text in texts]


def _included(case: dict[str, Any]) -> None:
    verify_inclusion(b64(case["leaf"]), case["index"], case["size"], all_b64(case["proof"]), b64(case["root"]))


def _consistent(case: dict[str, Any]) -> None:
    verify_consistency(case["old"], b64(case["old_root"]), case["new"], b64(case["new_root"]), all_b64(case["proof"]))


def test_merkle() -> None:
    file = vectors("merkle")
    leaves = [leaf_hash(b64(data)) for data in file["entries"]]
    assert leaves == all_b64(file["leaves"])
    assert [root_of(leaves[:size]) for size in range(21)] == all_b64(file["roots"])
    for case in file["inclusion"]:
        _included(case)
    for case in file["consistency"]:
        _consistent(case)
    for case in file["refused_inclusion"]:
        with pytest.raises(ProofError):
            _included(case)
    for case in file["refused_consistency"]:
        with pytest.raises(ProofError):
            _consistent(case)


def test_note() -> None:
    file = vectors("note")
    verifier = Ed25519Verifier.from_vkey(file["vkey"])
    assert verifier.id.hex() == file["key_id"]
    assert sign_note(file["text"], [Ed25519NoteSigner(verifier.name, bytes.fromhex(file["seed"]))]) == file["note"]
    for text in file["accepted"]:
        note = Note.parse(text)
        assert (open_note(note, [verifier]), note.text) == ([verifier], file["text"])
    for text in file["refused"]:
        with pytest.raises(NoteError):
            open_note(Note.parse(text), [verifier])
    for vkey in [*file["refused_vkeys"], *file["refused_log_vkeys"]]:
        with pytest.raises(NoteError):
            Ed25519Verifier.from_vkey(vkey)


def test_checkpoint() -> None:
    file = vectors("checkpoint")
    tree = Checkpoint(origin=file["origin"], size=file["size"], root=b64(file["root"]))
    assert (tree.text, Checkpoint.parse(file["text"])) == (file["text"], tree)
    log = Ed25519Verifier.from_vkey(file["vkeys"]["log"])
    cosigners = {CosignatureVerifier.from_vkey(file["vkeys"][name]): name for name in file["times"]}
    assert open_note(Note.parse(file["note"]), [log]) == [log]
    found = verified(Note.parse(file["note"]), list(cosigners))
    assert {cosigners[key]: key.time(line.data) for key, line in found} == file["times"]
    for text in file["refused_texts"]:
        with pytest.raises(CheckpointError):
            Checkpoint.parse(text)
    for text in file["refused_notes"]:
        with pytest.raises(NoteError):
            verified(Note.parse(text), list(cosigners))


def test_proof() -> None:
    file = vectors("proof")
    trust, leaf = Policy.parse(file["policy"]), b64(file["leaf"])
    proof = Proof.parse(file["proof"])
    accepted = proof.verify(leaf, trust)
    assert (proof.index, accepted.checkpoint.size, accepted.time) == (file["index"], file["size"], file["time"])
    for text in file["refused"]:
        with pytest.raises(RecordError):
            Proof.parse(text).verify(leaf, trust)


def test_entry() -> None:
    file = vectors("entry")
    r, event = bytes.fromhex(file["r"]), file["event"]
    assert canonical.dump(event).decode() == file["canonical"]
    assert commit(event, r).hex() == file["commitment"]
    data = case_entry(commit(event, r))
    open_entry(data, event, r)
    assert (data.hex(), leaf_hash(data)) == (file["case_entry"], b64(file["leaf"]))
    cover = cover_event(event["origin"], file["cover"]["n"])
    assert (canonical.dump(cover).decode(), case_entry(commit(cover, r)).hex()) == (
        file["cover"]["canonical"],
        file["cover"]["case_entry"],
    )
    statement = canonical.load_object(file["readable"]["canonical"].encode())
    assert readable_entry(statement).hex() == file["readable"]["entry"]
    assert leaf_hash(readable_entry(statement)) == b64(file["readable"]["leaf"])
    for text in file["refused"]:
        with pytest.raises(EntryError):
            read_entry(bytes.fromhex(text))


def test_promise() -> None:
    file = vectors("promise")
    verifier = Ed25519Verifier.from_vkey(file["vkey"])
    promise = open_promise(file["promise"], verifier)
    assert (promise.origin, promise.channel.hex(), promise.policy.hex()) == (
        file["origin"],
        file["channel"],
        file["policy"],
    )
    assert list(promise.entries) == all_b64(file["entries"])
    assert (promise.time, promise.not_after) == (file["time"], file["not_after"])
    for text in file["refused"]:
        with pytest.raises(PromiseError):
            open_promise(text, verifier)


def test_head() -> None:
    file = vectors("head")
    verifier = Ed25519Verifier.from_vkey(file["vkey"])
    items, chain = [bytes.fromhex(item) for item in file["items"]], [START]
    for item in items:
        chain.append(item_chain(chain[-1], item))
    assert [value.hex() for value in chain] == file["chain"]
    compare(open_head(file["older"], verifier), open_head(file["newer"], verifier), items)
    for text in file["refused"]:
        with pytest.raises(HeadError):
            open_head(text, verifier)
    for case in file["contradictions"]:
        older, newer = open_head(case["older"], verifier), open_head(case["newer"], verifier)
        with pytest.raises(HeadError):
            compare(older, newer, [bytes.fromhex(item) for item in case["items"]])


def test_policy() -> None:
    file = vectors("policy")
    for case in file["accepted"]:
        trust = Policy.parse(case["policy"])
        accepted = trust.accept(case["checkpoint"])
        assert (trust.sha256.hex(), dict(accepted.times)) == (case["sha256"], case["times"])
        assert (accepted.witnesses, accepted.time) == (case["witnesses"], case["time"])
        assert accepted.unwitnessed == case["unwitnessed"]
    for case in file["not_met"]:
        policy = Policy.parse(case["policy"])
        with pytest.raises((PolicyError, NoteError)):
            policy.accept(case["checkpoint"])
    for text in file["refused"]:
        with pytest.raises(PolicyError):
            Policy.parse(text)
    for text in file["read"]:
        assert Policy.parse(text).text == text


@pytest.mark.parametrize("name", ["merkle", "note", "entry", "promise", "head"])
def test_the_files_are_what_the_code_makes(name: str) -> None:
    assert json.loads(json.dumps(MAKERS[name]())) == vectors(name)
