# SPDX-License-Identifier: AGPL-3.0-or-later
"""Trust policies (c2sp.org/tlog-policy) in Demur's profile, PROTOCOL section 1. Format: `spec/policy.md`.

One `log` line; a witness line `log-pq` for the log's own ML-DSA-44 key, which the quorum demands and which never counts
as a witness; then the witnesses. A witness whose name starts with `inhouse-` is run by the institution itself: it does
not lift "unwitnessed", because the institution could then forge time and order alone.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from demur.record.checkpoint import Checkpoint
from demur.record.cosignature import CosignatureVerifier, pq_name
from demur.record.errors import PolicyError
from demur.record.note import Ed25519Verifier, Note, verified
from demur.record.policyfile import LOG_PQ, Group, read_lines

IN_HOUSE: Final = "inhouse-"


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """A checkpoint that met a policy.

    `times` are POSIX seconds by witness name, `log-pq` and in-house ones included; `witnesses` are the outside ones
    that cosigned, sorted; `time` is the lower median of their times, or `log-pq`'s own while `unwitnessed`.
    """

    checkpoint: Checkpoint
    times: Mapping[str, int]
    witnesses: list[str]
    time: int
    unwitnessed: bool


@dataclass(frozen=True, kw_only=True)
class Policy:
    """A parsed policy; `text` is its one form. Made by `parse` or `for_log`."""

    text: str
    log: Ed25519Verifier
    witnesses: Mapping[str, CosignatureVerifier]
    groups: Mapping[str, Group]
    quorum: str

    @property
    def log_vkey(self) -> str:
        """The log's Ed25519 key."""
        return self.log.vkey

    @property
    def log_pq_vkey(self) -> str:
        """The log's ML-DSA-44 key."""
        return self.witnesses[LOG_PQ].vkey

    @property
    def sha256(self) -> bytes:
        """SHA-256 of the text, 32 bytes: what promises carry."""
        return hashlib.sha256(self.text.encode()).digest()

    @cached_property
    def demands_witness(self) -> bool:
        """Whether the log, with every in-house witness, could not meet the quorum alone."""
        return not self._met(self.quorum, {name for name in self.witnesses if not _outside(name)})

    @classmethod
    def for_log(cls, vkeys: tuple[str, str]) -> "Policy":
        """The policy of a log without witnesses: `vkeys` are its Ed25519 and its ML-DSA-44 key. Raises PolicyError."""
        return cls.parse(f"log {vkeys[0]}\nwitness {LOG_PQ} {vkeys[1]}\nquorum {LOG_PQ}\n")

    @classmethod
    def parse(cls, text: str) -> "Policy":
        """Read a policy in its one form: log, `log-pq`, witnesses, groups, quorum; single spaces; no comments.

        Raises PolicyError.
        """
        lines = read_lines(text)
        policy = cls(text=text, log=lines.log, witnesses=lines.witnesses, groups=lines.groups, quorum=lines.quorum)
        if policy.witnesses[LOG_PQ].name != pq_name(policy.log.name):
            raise PolicyError("The log's post-quantum key is not named after its origin; copy the trust policy again.")
        if policy._met(policy.quorum, set(policy.witnesses) - {LOG_PQ}):
            raise PolicyError(
                "The quorum of the trust policy can be met without the log's post-quantum key; demand it."
            )
        return policy

    def accept(self, note_text: str) -> Accepted:
        """The checkpoint of a signed note that meets this policy; raises PolicyError, NoteError or CheckpointError."""
        note = Note.parse(note_text)
        keys: list[Ed25519Verifier | CosignatureVerifier] = [self.log, *self.witnesses.values()]
        signed = verified(note, keys)
        if len({key.vkey for key, _ in signed}) != len(signed):
            raise PolicyError(
                "The checkpoint carries two signatures by one key, so its time is open; keep one of them."
            )
        checkpoint = Checkpoint.parse(note.text)
        if checkpoint.origin != self.log.name or all(key != self.log for key, _ in signed):
            raise PolicyError("The checkpoint is not signed by the channel's log; use one of this channel.")
        data = {key.vkey: signature.data for key, signature in signed}
        times = {name: key.time(data[key.vkey]) for name, key in self.witnesses.items() if key.vkey in data}
        if not self._met(self.quorum, set(times)):
            raise PolicyError("Too few of those whom the trust policy demands have signed the checkpoint; ask later.")
        return self._accepted(checkpoint, times)

    def _accepted(self, checkpoint: Checkpoint, times: dict[str, int]) -> Accepted:
        witnesses = sorted(filter(_outside, times))
        unwitnessed = not witnesses or not self.demands_witness
        judged = [times[LOG_PQ]] if unwitnessed else sorted(times[name] for name in witnesses)
        return Accepted(
            checkpoint=checkpoint,
            times=times,
            witnesses=witnesses,
            time=judged[(len(judged) - 1) // 2],
            unwitnessed=unwitnessed,
        )

    def _met(self, name: str, signed: set[str]) -> bool:
        if name in self.witnesses:
            return name in signed
        group = self.groups[name]
        return sum(self._met(member, signed) for member in group.members) >= group.k


def _outside(name: str) -> bool:
    return name != LOG_PQ and not name.startswith(IN_HOUSE)
