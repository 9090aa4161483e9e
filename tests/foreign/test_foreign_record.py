# SPDX-License-Identifier: AGPL-3.0-or-later
"""Verifiers that are not ours, Go's sumdb and aics-tlog, accept our record and refuse a flipped bit of it.

Both are prepared by `script/foreign-verifiers`. They share no code with Demur, so they would notice if we had read the
specifications wrongly and our tests had read them wrongly in the same way.
"""

import base64
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from demur.record.checkpoint import Checkpoint, sign_checkpoint
from demur.record.cosignature import COSIGNATURE_ED25519, Cosigner, LogKeys
from demur.record.merkle import consistency_proof, inclusion_proof, leaf_hash, root_of
from demur.record.note import Note
from demur.record.tiles import PosixTiles, TileHashes, publish, write_checkpoint

pytestmark = pytest.mark.foreign

ROOT = Path(__file__).parents[2]
SIZE, OLD, NOW = 66_000, 40_001, 1_795_430_000
INDEXES = [0, 255, 256, 40_000, 65_535, 65_536, SIZE - 1]
OLDER = [1, 2, 256, 40_001, 65_536, SIZE - 1]
KEYS = LogKeys.from_seeds("dissent.example.org", ed25519=bytes(range(32)), mldsa=bytes(range(32, 64)))
UNION = Cosigner("union.example.net", COSIGNATURE_ED25519, bytes(range(64, 96)))

Claim = dict[str, Any]
Judge = Callable[[list[Claim]], list[str]]


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def ask(command: list[str], claims: list[Claim]) -> list[str]:
    if not Path(command[0]).exists():
        pytest.fail(f"{command[0]} is missing; run script/foreign-verifiers.")
    done = subprocess.run(command, input=json.dumps(claims), capture_output=True, text=True, check=True)
    verdicts: list[str] = json.loads(done.stdout)
    assert len(verdicts) == len(claims)
    return verdicts


def go(claims: list[Claim]) -> list[str]:
    return ask([str(ROOT / ".tools/go-judge")], claims)


def aics(claims: list[Claim]) -> list[str]:
    return ask([str(ROOT / ".tools/aics/bin/python"), str(ROOT / "tests/foreign/aics/judge.py")], claims)


both = pytest.mark.parametrize("judge", [go, aics], ids=["go-sumdb", "aics-tlog"])


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> PosixTiles:
    """A record of 66,000 entries on disk, grown in two steps: three levels of tiles, partial ones on each."""
    store = PosixTiles(tmp_path_factory.mktemp("record"))
    data = [f"entry {n}".encode() for n in range(SIZE)]
    for old, new in ((0, OLD), (OLD, SIZE)):
        publish(store, old_size=old, new_size=new, entries=lambda a, b: data[a:b])
    write_checkpoint(store, signed().serialized)
    return store


LEAVES = [leaf_hash(f"entry {n}".encode()) for n in range(SIZE)]
TREE = Checkpoint(origin=KEYS.origin, size=SIZE, root=root_of(LEAVES))


def signed() -> Note:
    note = Note.parse(sign_checkpoint(TREE, KEYS, now=NOW))
    return note.adding(UNION.sign_at(note.text, NOW + 5))


def checkpoint_claim() -> Claim:
    return {
        "kind": "checkpoint",
        "vkey": KEYS.vkeys[0],
        "note": signed().serialized,
        "text": TREE.text,
        "size": SIZE,
        "root": b64(TREE.root),
    }


def inclusion(log: PosixTiles, index: int) -> Claim:
    proof = inclusion_proof(index, SIZE, TileHashes(log, SIZE).read)
    return {
        "kind": "inclusion",
        "leaf": b64(LEAVES[index]),
        "index": index,
        "size": SIZE,
        "root": b64(TREE.root),
        "proof": [b64(part) for part in proof],
    }


def consistency(log: PosixTiles, old: int) -> Claim:
    proof = consistency_proof(old, SIZE, TileHashes(log, SIZE).read)
    return {
        "kind": "consistency",
        "old_size": old,
        "old_root": b64(root_of(LEAVES[:old])),
        "size": SIZE,
        "root": b64(TREE.root),
        "proof": [b64(part) for part in proof],
    }


def flip(text: str, byte: int = 9) -> str:
    data = bytearray(base64.b64decode(text))
    data[byte] ^= 1
    return b64(bytes(data))


@both
def test_the_root_is_the_one_that_others_compute(judge: Judge) -> None:
    sizes = [0, 1, 2, 3, 7, 8, 9, 255, 256, 257, 1000]
    claims = [
        {
            "kind": "root",
            "leaves": [b64(f"entry {n}".encode()) for n in range(size)],
            "root": b64(root_of(LEAVES[:size])),
        }
        for size in sizes
        if size or judge is aics  # Go knows no empty tree
    ]
    assert set(judge(claims)) == {""}
    assert "" not in judge([{**claim, "root": flip(claim["root"])} for claim in claims])


@both
def test_proofs_are_accepted_and_with_a_flipped_bit_refused(judge: Judge, log: PosixTiles) -> None:
    claims = [inclusion(log, index) for index in INDEXES] + [consistency(log, old) for old in OLDER]
    assert set(judge(claims)) == {""}
    broken = [{**claim, "root": flip(claim["root"])} for claim in claims]
    for claim in claims:
        for at in range(len(claim["proof"])):
            proof = list(claim["proof"])
            proof[at] = flip(proof[at])
            broken.append({**claim, "proof": proof})
        broken.append({**claim, "proof": claim["proof"][:-1]})
    broken += [{**claim, "leaf": flip(claim["leaf"])} for claim in claims if "leaf" in claim]
    broken += [{**claim, "old_root": flip(claim["old_root"])} for claim in claims if "old_root" in claim]
    assert "" not in judge(broken)


@both
def test_the_checkpoint_is_accepted_beside_signatures_that_others_do_not_know(judge: Judge) -> None:
    assert judge([checkpoint_claim()]) == [""]


@both
def test_a_changed_checkpoint_is_refused(judge: Judge) -> None:
    claim, note = checkpoint_claim(), signed()
    first = note.signatures[0]
    data = first.data[:5] + bytes([first.data[5] ^ 1]) + first.data[6:]
    forged = Note(note.text, (type(first)(first.name, first.key_id, data), *note.signatures[1:]))
    text = note.text.replace(f"\n{SIZE}\n", f"\n{SIZE + 1}\n")
    changed = Note(text, note.signatures)
    assert "" not in judge(
        [
            {**claim, "note": forged.serialized},
            {**claim, "note": changed.serialized, "text": text, "size": SIZE + 1},
            {**claim, "root": flip(claim["root"])},
            {**claim, "vkey": LogKeys.from_seeds(KEYS.origin, ed25519=bytes(32), mldsa=bytes(32)).vkeys[0]},
        ]
    )


def test_go_opens_any_note_of_ours() -> None:
    text = "demur/promise/v1\norigin dissent.example.org\n"
    note = Note(text, (KEYS.note_signer.sign(text),))
    claim = {"kind": "note", "vkey": KEYS.vkeys[0], "note": note.serialized, "text": text}
    assert go([claim]) == [""]
    assert "" not in go([{**claim, "note": note.serialized.replace("promise", "premise")}])


def test_aics_counts_a_witness_at_its_time() -> None:
    claim = checkpoint_claim() | {"witnesses": [UNION.verifier.vkey], "times": {UNION.name: NOW + 5}}
    assert aics([claim]) == [""]
    note = Note.parse(sign_checkpoint(TREE, KEYS, now=NOW))
    late = note.adding(UNION.sign_at(note.text, NOW + 6))
    assert "" not in aics([{**claim, "note": note.serialized}, {**claim, "note": late.serialized}])


def test_aics_audits_our_directory_and_computes_our_proofs_from_it(log: PosixTiles) -> None:
    claim = {
        "kind": "tiles",
        "directory": str(log.directory),
        "size": SIZE,
        "root": b64(TREE.root),
        "inclusion": [[index, inclusion(log, index)["proof"]] for index in INDEXES],
        "consistency": [[old, consistency(log, old)["proof"]] for old in OLDER],
    }
    assert aics([claim]) == [""]
    assert "" not in aics([{**claim, "root": flip(claim["root"])}])
    for name in ("tile/0/077", "tile/1/000", "tile/2/000.p/1", "tile/entries/257.p/208"):
        path = log.directory / name
        kept = path.read_bytes()
        path.write_bytes(kept[:9] + bytes([kept[9] ^ 1]) + kept[10:])
        assert aics([claim]) != [""], name
        path.write_bytes(kept)
    assert aics([claim]) == [""]
