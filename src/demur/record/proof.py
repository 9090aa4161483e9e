# SPDX-License-Identifier: AGPL-3.0-or-later
"""Proofs that travel (c2sp.org/tlog-proof, v1): index, audit path, checkpoint; verified offline against a policy.

Whoever holds the proof, the entry's hash and the policy needs no server, ours or anybody's.
"""

import re
from dataclasses import dataclass
from typing import Final

from demur.record.errors import NoteError, ProofError
from demur.record.merkle import verify_inclusion
from demur.record.note import Note
from demur.record.policy import Accepted, Policy
from demur.record.texts import check_hashes, check_number, decimal, decode_base64, decode_hash, encode_base64

_FORM: Final = re.compile(
    r"c2sp\.org/tlog-proof@v1\n(?:extra (?P<extra>[A-Za-z0-9+/=]+)\n)?index (?P<index>[0-9]+)\n"
    r"(?P<hashes>(?:[A-Za-z0-9+/=]{44}\n){0,63})\n"
)


@dataclass(frozen=True, kw_only=True)
class Proof:
    """`hashes` run from the leaf's sibling up; `checkpoint_text` is the signed note, verbatim.

    `extra` is authenticated by nothing; Demur writes none. Raises ProofError if it cannot be.
    """

    index: int
    hashes: tuple[bytes, ...]
    checkpoint_text: str
    extra: bytes = b""

    def __post_init__(self) -> None:
        """Refuse what could not be written."""
        check_number(self.index, "index", family=ProofError)
        check_hashes(*self.hashes, what="hash of the proof", family=ProofError)
        if len(self.hashes) > 63:
            raise ProofError("The proof is longer than any tree is high; use an undamaged copy.")
        try:
            Note.parse(self.checkpoint_text)
        except NoteError as error:
            raise ProofError(f"The checkpoint in the proof cannot be read: {error}") from None

    @property
    def text(self) -> str:
        """The proof's one form."""
        extra = f"extra {encode_base64(self.extra)}\n" if self.extra else ""
        lines = "".join(f"{encode_base64(part)}\n" for part in self.hashes)
        return f"c2sp.org/tlog-proof@v1\n{extra}index {self.index}\n{lines}\n{self.checkpoint_text}"

    @classmethod
    def parse(cls, text: str) -> "Proof":
        """Read a proof; raises ProofError unless it is exactly one."""
        match = _FORM.match(text)
        if match is None:
            raise ProofError("This is not a proof from a transparency log; use an undamaged copy.")
        lines = match["hashes"].splitlines()
        return cls(
            index=decimal(match["index"], "index", family=ProofError),
            hashes=tuple(decode_hash(line, "hash of the proof", family=ProofError) for line in lines),
            checkpoint_text=text[match.end() :],
            extra=decode_base64(match["extra"] or "", "extra data of the proof", family=ProofError),
        )

    def verify(self, entry_hash: bytes, policy: Policy) -> Accepted:
        """The checkpoint that meets `policy` and whose tree holds the entry with leaf hash `entry_hash`.

        Raises ProofError, PolicyError, NoteError or CheckpointError for the first thing that does not hold.
        """
        accepted = policy.accept(self.checkpoint_text)
        tree = accepted.checkpoint
        verify_inclusion(entry_hash, self.index, tree.size, self.hashes, tree.root)
        return accepted
