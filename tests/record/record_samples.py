# SPDX-License-Identifier: AGPL-3.0-or-later
"""A log and its witnesses with fixed keys, for tests of the record. The seeds are public: use them for nothing else."""

import hashlib
from collections.abc import Sequence

from demur.record.checkpoint import Checkpoint, sign_checkpoint
from demur.record.cosignature import COSIGNATURE_ED25519, COSIGNATURE_MLDSA44, Cosigner, LogKeys
from demur.record.merkle import Read, inclusion_proof, leaf_hash, root_of
from demur.record.note import Note
from demur.record.policy import Policy
from demur.record.proof import Proof

ORIGIN = "dissent.example.org"
NOW = 1_795_430_000


def seed(name: str) -> bytes:
    """32 bytes that everybody knows."""
    return hashlib.sha256(f"demur test seed: {name}".encode()).digest()


KEYS = LogKeys.from_seeds(ORIGIN, ed25519=seed("log"), mldsa=seed("log-pq"))
OTHER = LogKeys.from_seeds("other.example.org", ed25519=seed("other"), mldsa=seed("other-pq"))
UNION = Cosigner("union.example.net/witness", COSIGNATURE_ED25519, seed("union"))
PEER = Cosigner("peer.example.com/witness", COSIGNATURE_MLDSA44, seed("peer"))
PRESS = Cosigner("press.example.info/witness", COSIGNATURE_ED25519, seed("press"))
AUDIT = Cosigner("audit.example.org", COSIGNATURE_ED25519, seed("audit"))

WITNESSES = {"union": UNION, "peer": PEER, "press": PRESS, "inhouse-audit": AUDIT}
HEAD_LINES = f"log {KEYS.vkeys[0]}\nwitness log-pq {KEYS.vkeys[1]}\n"


def policy(*names: str, rules: str) -> Policy:
    """A policy with the witnesses named and the group and quorum lines given."""
    lines = "".join(f"witness {name} {WITNESSES[name].verifier.vkey}\n" for name in names)
    return Policy.parse(HEAD_LINES + lines + rules)


def entries(count: int) -> list[bytes]:
    """Entry data that all differ."""
    return [f"entry {n}".encode() for n in range(count)]


def leaves(count: int) -> list[bytes]:
    """The leaf hashes of `entries`."""
    return [leaf_hash(data) for data in entries(count)]


def reading(hashes: Sequence[bytes]) -> Read:
    """Subtree hashes computed the slow way, from the definition."""
    return lambda level, index: root_of(hashes[index << level : (index + 1) << level])


def checkpoint(size: int = 5) -> Checkpoint:
    """The checkpoint of a tree over `entries(size)`."""
    return Checkpoint(origin=ORIGIN, size=size, root=root_of(leaves(size)))


def signed(size: int = 5, *, now: int = NOW, witnesses: dict[str, int] | None = None) -> str:
    """A signed checkpoint, cosigned by the witnesses at their times."""
    note = Note.parse(sign_checkpoint(checkpoint(size), KEYS, now=now))
    lines = [WITNESSES[name].sign_at(note.text, time) for name, time in (witnesses or {}).items()]
    return note.adding(*lines).serialized


def proof(index: int = 3, size: int = 5, *, note: str = "") -> Proof:
    """A proof of one of `entries` under `note`, or under a freshly signed checkpoint."""
    hashes = tuple(inclusion_proof(index, size, reading(leaves(size))))
    return Proof(index=index, hashes=hashes, checkpoint_text=note or signed(size))


def flipped(text: str, at: int) -> str:
    """The text with the lowest bit of one character flipped, as long as it stays encodable."""
    return text[:at] + chr(ord(text[at]) ^ 1) + text[at + 1 :]
