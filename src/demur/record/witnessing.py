# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a log asks of a witness, and what a witness may sign (c2sp.org/tlog-witness). Pure: requests, decisions, no network, no disk.

A witness signs a tree only if it holds everything of the largest tree it signed before. So a log that shows two people two records must
find two sets of witnesses; that is all a witness is for, and nothing may make it sign otherwise.
"""

import re
from dataclasses import dataclass
from typing import Final

from demur.record.checkpoint import Checkpoint
from demur.record.errors import (
    CheckpointError,
    NotConsistent,
    NoteError,
    NotLatest,
    NotTheLog,
    ProofError,
    WitnessError,
)
from demur.record.merkle import verify_consistency
from demur.record.note import Ed25519Verifier, Note, open_note
from demur.record.texts import decimal, decode_hash, encode_base64

MAX_HASHES: Final = 63  # lines of a consistency proof
MAX_REQUEST: Final = 256 * 1024  # bytes: the proof, and a note with 64 post-quantum signatures
_OLD: Final = re.compile(r"old ([0-9]+)")


@dataclass(frozen=True)
class WitnessRequest:
    """A request to cosign: the size the log takes for the witness's last, the way from there, the signed checkpoint."""

    old: int
    proof: tuple[bytes, ...]
    note: Note

    @property
    def text(self) -> str:
        """The request's body."""
        hashes = "".join(f"{encode_base64(row)}\n" for row in self.proof)
        return f"old {self.old}\n{hashes}\n{self.note.serialized}"

    @classmethod
    def parse(cls, text: str) -> "WitnessRequest":
        """Read a body; raises WitnessError unless it is exactly a request."""
        head, separator, note = text.partition("\n\n")
        first, *rows = head.split("\n")
        match = _OLD.fullmatch(first)
        if not separator or match is None or len(rows) > MAX_HASHES:
            raise WitnessError("The request is not `old N`, at most 63 hashes, an empty line and a checkpoint.")
        try:
            return cls(
                old=decimal(match[1], "old size", family=WitnessError),
                proof=tuple(decode_hash(row, "hash of the consistency proof", family=WitnessError) for row in rows),
                note=Note.parse(note),
            )
        except NoteError as error:
            raise WitnessError(f"The request's checkpoint is not a signed note: {error}") from None

    @property
    def origin(self) -> str:
        """The log that the checkpoint names, not yet believed."""
        return self.note.text.partition("\n")[0]


def consider(request: WitnessRequest, *, log: Ed25519Verifier, stored: Checkpoint | None) -> Checkpoint:
    """The checkpoint that may be cosigned; `stored` is the last that this witness cosigned for `log`, None before the first.

    Raises NotTheLog (403), WitnessError (400), NotLatest (409), NotConsistent (422).
    """
    try:
        open_note(request.note, [log])
        checkpoint = Checkpoint.parse(request.note.text)
    except NoteError:
        raise NotTheLog("The checkpoint is not signed by the log that this witness knows under its origin.") from None
    except CheckpointError as error:
        raise WitnessError(f"The signed text is not a checkpoint: {error}") from None
    if checkpoint.origin != log.name:
        raise NotTheLog("The checkpoint names another origin than the key that signed it.")
    size, root = (stored.size, stored.root) if stored else (0, b"")
    if request.old > checkpoint.size:
        raise WitnessError("The old size is larger than the checkpoint's; the log must send the size it had before.")
    if request.old != size:
        raise NotLatest(f"The last tree that this witness cosigned has {size} entries; prove the way from there.", size)
    if stored is not None and checkpoint.size == size and checkpoint.root != root:
        raise NotLatest(f"Another root of {size} entries was cosigned before; this log shows two records.", size)
    _check_proof(request, checkpoint, size, root)
    return checkpoint


def _check_proof(request: WitnessRequest, checkpoint: Checkpoint, size: int, root: bytes) -> None:
    if size in {0, checkpoint.size}:
        if request.proof:
            raise NotConsistent("A consistency proof was sent where none can be; send none.")
        return
    try:
        verify_consistency(size, root, checkpoint.size, checkpoint.root, request.proof)
    except ProofError:
        raise NotConsistent("The proof does not show that the tree extends the one that was cosigned before.") from None
