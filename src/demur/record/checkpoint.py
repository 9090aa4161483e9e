# SPDX-License-Identifier: AGPL-3.0-or-later
"""Checkpoints (c2sp.org/tlog-checkpoint): origin, size, root. No extension lines: ML-DSA cosignatures do not cover them."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from demur.record.errors import CheckpointError
from demur.record.merkle import HASH_SIZE
from demur.record.note import decode_base64, encode_base64, sign_note

if TYPE_CHECKING:
    from demur.record.cosignature import LogKeys

_ORIGIN: Final = re.compile(r"[a-z0-9][a-z0-9.-]*(?:/[a-z0-9._-]+)*")
_DECIMAL: Final = re.compile(r"0|[1-9][0-9]{0,15}")
MAX_ORIGIN: Final = 120


def check_origin(origin: str) -> None:
    """Raises CheckpointError unless `origin` can name a channel: a name without scheme, as in the examples of C2SP."""
    if len(origin) > MAX_ORIGIN or not _ORIGIN.fullmatch(origin):
        raise CheckpointError(f"{origin[:60]!r} cannot be an origin; use lower-case letters, digits, dots and dashes, such as dissent.example.org.")


def decimal(text: str, what: str) -> int:
    """A whole number without leading zeros; raises CheckpointError."""
    if not _DECIMAL.fullmatch(text):
        raise CheckpointError(f"The {what} is not a plain number; the text is damaged.")
    return int(text)


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """A tree of `size` entries with root `root` (32 bytes) of the log `origin`."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """The note's text."""
        return f"{self.origin}\n{self.size}\n{encode_base64(self.root)}\n"

    @classmethod
    def parse(cls, text: str) -> "Checkpoint":
        """Read a checkpoint's text; raises CheckpointError or NoteError unless it is exactly one."""
        lines = text.split("\n")
        if len(lines) != 4 or lines[3]:
            raise CheckpointError("The text is not a checkpoint of three lines; it is damaged or of another log.")
        check_origin(lines[0])
        root = decode_base64(lines[2], "root")
        if len(root) != HASH_SIZE:
            raise CheckpointError("The checkpoint's root is not 32 bytes long; it is damaged.")
        return cls(origin=lines[0], size=decimal(lines[1], "size of the checkpoint"), root=root)


def sign_checkpoint(checkpoint: Checkpoint, keys: "LogKeys", *, now: int) -> str:
    """The checkpoint signed by the log with both keys; the ML-DSA-44 cosignature states `now` (POSIX seconds)."""
    note = sign_note(checkpoint.text, [keys.note_signer])
    return note + keys.cosigner.sign_at(checkpoint.text, now).line + "\n"
