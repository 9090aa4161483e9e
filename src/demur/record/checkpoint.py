# SPDX-License-Identifier: AGPL-3.0-or-later
"""Checkpoints (c2sp.org/tlog-checkpoint): origin, size and root of the record, as the text of a signed note.

No extension lines: ML-DSA-44 cosignatures do not cover them, so they could say something else to everybody. A log that
signs two roots for one size, or a root that does not extend the last, has convicted itself.
"""

from dataclasses import dataclass
from typing import Protocol

from demur.record.errors import CheckpointError
from demur.record.merkle import EMPTY_ROOT
from demur.record.note import Note, NoteSigner, Signature, sign_note
from demur.record.texts import check_hashes, check_number, check_origin, decimal, decode_hash, encode_base64


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """A tree of `size` entries under `root` (32 bytes) of the log `origin`; raises CheckpointError if none can be."""

    origin: str
    size: int
    root: bytes

    def __post_init__(self) -> None:
        """Refuse what could not be written."""
        check_origin(self.origin, family=CheckpointError)
        check_number(self.size, "size of the checkpoint", family=CheckpointError)
        check_hashes(self.root, what="checkpoint's root", family=CheckpointError)
        if self.size == 0 and self.root != EMPTY_ROOT:
            raise CheckpointError("The checkpoint of an empty record has the root of another; it is damaged or forged.")

    @property
    def text(self) -> str:
        """The note's text."""
        return f"{self.origin}\n{self.size}\n{encode_base64(self.root)}\n"

    @classmethod
    def parse(cls, text: str) -> "Checkpoint":
        """Read a checkpoint's text; raises CheckpointError unless it is exactly one of three lines."""
        lines = text.split("\n")
        if len(lines) != 4 or lines[3]:
            raise CheckpointError(
                "The text is not a checkpoint of three lines; it is damaged or of another kind of log."
            )
        return cls(
            origin=lines[0],
            size=decimal(lines[1], "size of the checkpoint", family=CheckpointError),
            root=decode_hash(lines[2], "root of the checkpoint", family=CheckpointError),
        )


class TimedSigner(Protocol):
    """A private key that cosigns: `demur.record.cosignature.Cosigner`."""

    def sign_at(self, text: str, time: int) -> Signature:
        """The cosignature line over a checkpoint's text, stating `time` (POSIX seconds)."""


class CheckpointKeys(Protocol):
    """A log's two keys: `demur.record.cosignature.LogKeys`."""

    @property
    def origin(self) -> str:
        """The log's origin."""

    @property
    def note_signer(self) -> NoteSigner:
        """The Ed25519 key, type 0x01."""

    @property
    def cosigner(self) -> TimedSigner:
        """The ML-DSA-44 key, type 0x06."""


def sign_checkpoint(checkpoint: Checkpoint, keys: CheckpointKeys, *, now: int) -> str:
    """The checkpoint signed by the log (0x01), then cosigned by its ML-DSA-44 key (0x06) stating `now` (POSIX seconds).

    Raises CheckpointError if the keys are another log's.
    """
    if keys.origin != checkpoint.origin:
        raise CheckpointError("The log keys belong to another origin than the checkpoint; use this channel's own.")
    note = Note.parse(sign_note(checkpoint.text, [keys.note_signer]))
    return note.adding(keys.cosigner.sign_at(checkpoint.text, now)).serialized
