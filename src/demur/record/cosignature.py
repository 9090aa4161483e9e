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
from demur.record.texts import MAX_NUMBER, check_origin

COSIGNATURE_ED25519: Final = 0x04
COSIGNATURE_MLDSA44: Final = 0x06
_SIZES: Final = {COSIGNATURE_ED25519: (32, 64), COSIGNATURE_MLDSA44: (1312, 2420)}  # public key, signature


def _ed25519_message(checkpoint: Checkpoint, time: int) -> bytes:
    return f"cosignature/v1\ntime {time}\n{checkpoint.text}".encode()


def _mldsa_message(name: str, checkpoint: Checkpoint, time: int) -> bytes:
    cosigner, origin = name.encode(), checkpoint.origin.encode()
    if len(cosigner) > 255:
        raise NoteError("A cosigner's name is longer than 255 bytes; ask for a key with a shorter one.")
    head = b"subtree/v1\n\0" + bytes([len(cosigner)]) + cosigner + struct.pack(">Q", time)
    return head + bytes([len(origin)]) + origin + struct.pack(">QQ", 0, checkpoint.size) + checkpoint.root


def _checkpoint(text: str) -> Checkpoint:
    try:
        return Checkpoint.parse(text)
    except CheckpointError as error:
        raise NoteError(f"A cosignature stands under a text that is not a checkpoint: {error}") from None


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
        """Raises NoteError unless `signature` is this cosigner's over `text`, which must be a checkpoint's."""
        time, body = self._split(signature)
        checkpoint = _checkpoint(text)
        if self.kind == COSIGNATURE_ED25519:
            verify_ed25519(self.public, _ed25519_message(checkpoint, time), body, self.name)
            return
        try:
            MLDSA44PublicKey.from_public_bytes(self.public).verify(body, _mldsa_message(self.name, checkpoint, time))
        except (InvalidSignature, ValueError):
            raise NoteError(
                f"The cosignature of {self.name} does not fit the checkpoint; use the copy as it was signed."
            ) from None

    def time(self, signature: bytes) -> int:
        """The time (POSIX seconds, never 0) that a verified signature states."""
        return self._split(signature)[0]

    def _split(self, signature: bytes) -> tuple[int, bytes]:
        if len(signature) != 8 + _SIZES[self.kind][1]:
            raise NoteError(f"The cosignature of {self.name} has the wrong length; use an undamaged copy.")
        time = int.from_bytes(signature[:8], "big")
        if not 0 < time <= MAX_NUMBER:  # 0 would say that the cosigner vouches for no time at all
            raise NoteError(f"The cosignature of {self.name} states no time that can be; ask the witness again.")
        return time, signature[8:]


@dataclass(frozen=True)
class Cosigner:
    """A cosigner's private key (32-byte seed); `kind` is 0x04 or 0x06. Raises NoteError if it cannot be one."""

    name: str
    kind: int
    seed: bytes = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse seeds of another length and unknown kinds."""
        check_seed(self.seed)
        if self.kind not in _SIZES:
            raise NoteError("A witness's key is neither of type 0x04 nor of type 0x06; make one that is.")

    @cached_property
    def verifier(self) -> CosignatureVerifier:
        """The public half."""
        return CosignatureVerifier(self.name, self.kind, self._key.public_key().public_bytes_raw())

    @cached_property
    def _key(self) -> Ed25519PrivateKey | MLDSA44PrivateKey:
        if self.kind == COSIGNATURE_ED25519:
            return Ed25519PrivateKey.from_private_bytes(self.seed)
        return MLDSA44PrivateKey.from_seed_bytes(self.seed)

    def sign_at(self, text: str, time: int) -> Signature:
        """The cosignature line over the checkpoint `text`, stating `time` (POSIX seconds). Raises NoteError.

        ML-DSA-44 signing draws its own randomness, so two signatures of one text differ; both hold.
        """
        if not 0 < time <= MAX_NUMBER:
            raise NoteError("A cosignature must state a time; set this machine's clock.")
        checkpoint = _checkpoint(text)
        ed25519 = self.kind == COSIGNATURE_ED25519
        message = _ed25519_message(checkpoint, time) if ed25519 else _mldsa_message(self.name, checkpoint, time)
        return Signature(self.name, self.verifier.id, struct.pack(">Q", time) + self._key.sign(message))


@dataclass(frozen=True)
class LogKeys:
    """The installation's signing keys, as 32-byte seeds. Raises NoteError if origin or seeds cannot be."""

    origin: str
    ed25519: bytes = field(repr=False)
    mldsa: bytes = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse what could not sign a checkpoint."""
        check_origin(self.origin, family=NoteError)
        check_seed(self.ed25519)
        check_seed(self.mldsa)

    @classmethod
    def generate(cls, origin: str, random: Callable[[int], bytes]) -> "LogKeys":
        """Fresh keys for `origin`; `random(n)` gives n secret random bytes."""
        return cls(origin, random(32), random(32))

    @classmethod
    def from_seeds(cls, origin: str, *, ed25519: bytes, mldsa: bytes) -> "LogKeys":
        """Keys from stored seeds of 32 bytes each; raises NoteError."""
        return cls(origin, ed25519, mldsa)

    @property
    def seeds(self) -> tuple[bytes, bytes]:
        """Both seeds, Ed25519 first, to be stored apart from everything else."""
        return self.ed25519, self.mldsa

    @cached_property
    def note_signer(self) -> Ed25519NoteSigner:
        """The key for promises, heads, directories and checkpoints."""
        return Ed25519NoteSigner(self.origin, self.ed25519)

    @cached_property
    def cosigner(self) -> Cosigner:
        """The post-quantum key for checkpoints."""
        return Cosigner(pq_name(self.origin), COSIGNATURE_MLDSA44, self.mldsa)

    @property
    def vkeys(self) -> tuple[str, str]:
        """Both public keys as vkeys: Ed25519 (0x01), ML-DSA-44 (0x06)."""
        return self.note_signer.verifier.vkey, self.cosigner.verifier.vkey


def pq_name(origin: str) -> str:
    """The name of the log's own ML-DSA-44 key."""
    return f"{origin}/pq"
