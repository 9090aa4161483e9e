# SPDX-License-Identifier: AGPL-3.0-or-later
"""Proofs that travel (c2sp.org/tlog-proof, v1): index, audit path, checkpoint; verified offline against a policy."""

import re
from dataclasses import dataclass
from typing import Final

from demur.record.checkpoint import decimal
from demur.record.errors import ProofError, RecordError
from demur.record.merkle import HASH_SIZE, verify_inclusion
from demur.record.note import Note, decode_base64, encode_base64
from demur.record.policy import Accepted, Policy

_FIRST: Final = "c2sp.org/tlog-proof@v1\n"
_HEAD: Final = re.compile(r"index (0|[1-9][0-9]{0,15})\n((?:[A-Za-z0-9+/=]{44}\n){0,63})\n")


@dataclass(frozen=True, kw_only=True)
class Proof:
    """`hashes` from the leaf's sibling up; `checkpoint_text` the signed note, verbatim."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint_text: str

    @property
    def text(self) -> str:
        """The proof's one form; no extra line."""
        lines = "".join(f"{encode_base64(part)}\n" for part in self.hashes)
        return f"{_FIRST}index {self.index}\n{lines}\n{self.checkpoint_text}"

    @classmethod
    def parse(cls, text: str) -> "Proof":
        """Read a proof; raises ProofError unless it is exactly one."""
        match = _HEAD.match(text, len(_FIRST)) if text.startswith(_FIRST) else None
        if match is None:
            raise ProofError("This is not a proof from a transparency log; the text is damaged.")
        try:
            hashes = tuple(decode_base64(line, "hash") for line in match[2].split("\n")[:-1])
            note = text[match.end() :]
            Note.parse(note)
            proof = cls(index=decimal(match[1], "index"), hashes=hashes, checkpoint_text=note)
        except RecordError as error:
            raise ProofError(f"A part of the proof cannot be read: {error}") from None
        if proof.text != text or any(len(part) != HASH_SIZE for part in hashes):
            raise ProofError("The proof is not in its one form; it was changed after it was made.")
        return proof

    def verify(self, leaf: bytes, policy: Policy) -> Accepted:
        """The checkpoint under `policy` whose tree holds the entry with this leaf hash; raises RecordError."""
        accepted = policy.accept(self.checkpoint_text)
        tree = accepted.checkpoint
        verify_inclusion(leaf, self.index, tree.size, self.hashes, tree.root)
        return accepted
