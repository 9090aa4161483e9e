# SPDX-License-Identifier: AGPL-3.0-or-later
"""Cosignatures (c2sp.org/tlog-cosignature) of checkpoints, Ed25519 (0x04) and ML-DSA-44 (0x06), and the log's two keys.

A cosignature says: at this time, this was the largest consistent tree I had seen. The log cosigns its own checkpoints
with ML-DSA-44, so that a record signed today still binds when Ed25519 falls. That key is named origin/pq and not
origin: clients that know only the Ed25519 key, and people who read a note, then never take one for the other, and the
signed message, which holds the cosigner's name, says which part the log plays. It never counts as a witness.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey

from demur.record.checkpoint import Checkpoint
from demur.record.ed25519 import check_ed25519_public, check_seed, verify_ed25519
from demur.record.errors import CheckpointError, NoteError
from demur.record.note import Ed25519NoteSigner, Signature, check_name, format_vkey, key_id, parse_vkey
from demur.record.texts import check_origin

COSIGNATURE_ED25519: Final = 0x04
COSIGNATURE_MLDSA44: Final = 0x06
_SIZES: Final = {COSIGNATURE_ED25519: (32, 64), COSIGNATURE_MLDSA44: (1312, 2420)}  # public key, signature
_MAX_TIME: Final = 2**63 - 1


def _ed25519_message(text: str, time: int) -> bytes:
    return f"cosignature/v1\ntime {time}\n{text}".encode()


def _mldsa_message(name: str, text: str, time: int) -> bytes:
    checkpoint = Checkpoint.parse(text)
    cosigner, origin = name.encode(), checkpoint.origin.encode()
    if len(cosigner) > 255 or len(origin) > 255:
        raise NoteError("A cosigner's or log's name is longer than 255 bytes; it cannot be cosigned.")
    head = b"subtree/v1\n\0" + bytes([len(cosigner)]) + cosigner + struct.pack(">Q", time)
    return head + bytes([len(origin)]) + origin + struct.pack(">QQ", 0, checkpoint.size) + checkpoint.root


@dataclass(frozen=True)
class CosignatureVerifier:
    """A cosigner's public key; `kind` is 0x04 or 0x06. Raises NoteError if it cannot be one."""

    name: str
    kind: int
    public: bytes

    def __post_init__(self) -> None:
        """Refuse names and keys that cannot be trusted."""
        check_name(self.name)
        if self.kind not in _SIZES or len(self.public) != _SIZES[self.kind][0]:
            raise NoteError("A witness's key is neither of type 0x04 nor of type 0x06; copy it again.")
        if self.kind == COSIGNATURE_ED25519:
            check_ed25519_public(self.public)

    @cached_property
    def id(self) -> bytes:
        """The key's 4-byte id."""
        return key_id(self.name, self.kind, self.public)

    @property
    def vkey(self) -> str:
        """The key as a vkey."""
        return format_vkey(self.name, self.kind, self.public)

    @classmethod
    def from_vkey(cls, text: str) -> "CosignatureVerifier":
        """Read a vkey of type 0x04 or 0x06; raises NoteError."""
        return cls(*parse_vkey(text))

    def verify(self, text: str, signature: bytes) -> None:
        """Raises NoteError unless `signature` is this cosigner's over the checkpoint `text`."""
        time, body = self._split(signature)
        Checkpoint.parse(text)
        if self.kind == COSIGNATURE_ED25519:
            verify_ed25519(self.public, _ed25519_message(text, time), body, self.name)
            return
        try:
            MLDSA44PublicKey.from_public_bytes(self.public).verify(body, _mldsa_message(self.name, text, time))
        except (InvalidSignature, ValueError):
            raise NoteError(f"The cosignature of {self.name} does not fit the checkpoint; it was changed.") from None

    def time(self, signature: bytes) -> int:
        """The time (POSIX seconds) that a verified signature states."""
        return self._split(signature)[0]

    def _split(self, signature: bytes) -> tuple[int, bytes]:
        if len(signature) != 8 + _SIZES[self.kind][1]:
            raise NoteError(f"The cosignature of {self.name} has the wrong length; it is damaged.")
        time = int.from_bytes(signature[:8], "big")
        if time > _MAX_TIME:
            raise NoteError(f"The cosignature of {self.name} states a time beyond all calendars; it is damaged.")
        return time, signature[8:]


@dataclass(frozen=True)
class Cosigner:
    """A cosigner's private key (32-byte seed) and the time it states."""

    name: str
    kind: int
    seed: bytes

    @cached_property
    def verifier(self) -> CosignatureVerifier:
        """The public half."""
        if self.kind == COSIGNATURE_ED25519:
            public = Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw()
        else:
            public = MLDSA44PrivateKey.from_seed_bytes(self.seed).public_key().public_bytes_raw()
        return CosignatureVerifier(self.name, self.kind, public)

    def sign_at(self, text: str, time: int) -> Signature:
        """The cosignature line over the checkpoint `text`, stating `time` (POSIX seconds)."""
        if self.kind == COSIGNATURE_ED25519:
            body = Ed25519PrivateKey.from_private_bytes(self.seed).sign(_ed25519_message(text, time))
        else:
            body = MLDSA44PrivateKey.from_seed_bytes(self.seed).sign(_mldsa_message(self.name, text, time))
        return Signature(self.name, self.verifier.id, struct.pack(">Q", time) + body)


@dataclass(frozen=True)
class LogKeys:
    """The installation's signing keys, as 32-byte seeds."""

    origin: str
    ed25519: bytes
    mldsa: bytes

    @classmethod
    def generate(cls, origin: str, random: Callable[[int], bytes]) -> "LogKeys":
        """Fresh keys for `origin`."""
        return cls(origin, random(32), random(32))

    @classmethod
    def from_seeds(cls, origin: str, *, ed25519: bytes, mldsa: bytes) -> "LogKeys":
        """Keys from stored seeds; raises NoteError."""
        if len(ed25519) != 32 or len(mldsa) != 32:
            raise NoteError("A log key is not 32 bytes long; restore it from a backup.")
        return cls(origin, ed25519, mldsa)

    @property
    def seeds(self) -> tuple[bytes, bytes]:
        """Both seeds, to be stored apart from everything else."""
        return self.ed25519, self.mldsa

    @cached_property
    def note_signer(self) -> Ed25519NoteSigner:
        """The key for promises, heads, directories and checkpoints."""
        return Ed25519NoteSigner(self.origin, self.ed25519)

    @cached_property
    def cosigner(self) -> Cosigner:
        """The post-quantum key for checkpoints."""
        return Cosigner(f"{self.origin}/pq", COSIGNATURE_MLDSA44, self.mldsa)

    @property
    def vkeys(self) -> tuple[str, str]:
        """Both public keys: Ed25519, ML-DSA-44."""
        return self.note_signer.verifier.vkey, self.cosigner.verifier.vkey
