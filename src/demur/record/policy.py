# SPDX-License-Identifier: AGPL-3.0-or-later
"""Trust policies (c2sp.org/tlog-policy) in Demur's profile, PROTOCOL section 1. Format: `spec/policy.md`.

One `log` line; a witness line `log-pq` for the log's own ML-DSA-44 key, which the quorum demands and which never counts
as a witness; then the witnesses. A witness whose name starts with `inhouse-` is run by the institution itself: it does
not lift "unwitnessed", because the institution could then forge time and order alone.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final

from demur.record.checkpoint import Checkpoint
from demur.record.cosignature import CosignatureVerifier, pq_name
from demur.record.errors import PolicyError
from demur.record.note import Ed25519Verifier, Note, holding, verified
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
class Named:
    """A witness to be named in a policy: its name, one or two vkeys (Ed25519, ML-DSA-44), its address ("" if it is not asked)."""

    name: str
    vkeys: tuple[str, ...]
    url: str = ""


@dataclass(frozen=True, kw_only=True)
class Policy:
    """A parsed policy; `text` is its one form. Made by `parse` or `for_log`."""

    text: str
    log: Ed25519Verifier
    witnesses: Mapping[str, CosignatureVerifier]
    groups: Mapping[str, Group]
    quorum: str
    urls: Mapping[str, str]

    @property
    def log_vkey(self) -> str:
        """The log's Ed25519 key."""
        return self.log.vkey

    @property
    def log_pq_vkey(self) -> str:
        """The log's ML-DSA-44 key."""
        return self.witnesses[LOG_PQ].vkey

    @cached_property
    def sha256(self) -> bytes:
        """SHA-256 of the text, 32 bytes: what promises carry."""
        return hashlib.sha256(self.text.encode()).digest()

    @cached_property
    def demands_witness(self) -> bool:
        """Whether the log, with every in-house witness, could not meet the quorum alone."""
        return not self.met(self.quorum, {name for name in self.witnesses if not _outside(name)})

    def names(self, sha256: bytes) -> bool:
        """Whether a promise that carries this hash names this policy, or one that it replaced."""
        return sha256 == self.sha256

    def signers(self, size: int) -> set[tuple[str, bytes]]:  # noqa: ARG002 -- one policy judges every size
        """Name and id of every key whose signature on a checkpoint of `size` entries means something."""
        return {(self.log.name, self.log.id), *((key.name, key.id) for key in self.witnesses.values())}

    @classmethod
    def for_log(cls, vkeys: tuple[str, str], named: Sequence[Named] = (), need: int = 0) -> "Policy":
        """The policy of a log: `vkeys` are its Ed25519 and its ML-DSA-44 key; `need` of the witnesses `named` must cosign.

        A witness with two keys counts once, whichever it signs with. Raises PolicyError.
        """
        if not 0 <= need <= len(named):
            raise PolicyError(f"The quorum cannot be {need} of {len(named)} witnesses; name more, or ask for fewer.")
        lines = [f"log {vkeys[0]}", f"witness {LOG_PQ} {vkeys[1]}"]
        members, groups = [], []
        for witness in named:
            keys = [witness.name, f"{witness.name}/pq"][: len(witness.vkeys)]
            url = [witness.url] if witness.url else []
            lines += [" ".join(["witness", name, vkey, *url]) for name, vkey in zip(keys, witness.vkeys, strict=True)]
            if len(keys) > 1:
                groups.append(f"group {witness.name}/any any {' '.join(keys)}")
            members.append(keys[0] if len(keys) == 1 else f"{witness.name}/any")
        if not need:
            return cls.parse("\n".join([*lines, *groups, f"quorum {LOG_PQ}"]) + "\n")
        groups += [f"group witnesses {need} {' '.join(members)}", f"group all all {LOG_PQ} witnesses"]
        return cls.parse("\n".join([*lines, *groups, "quorum all"]) + "\n")

    @classmethod
    def parse(cls, text: str) -> "Policy":
        """Read a policy in its one form: log, `log-pq`, witnesses, groups, quorum; single spaces; no comments.

        Raises PolicyError.
        """
        return _parsed(text)

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
        if not self.met(self.quorum, set(times)):
            raise PolicyError("Too few of those whom the trust policy demands have signed the checkpoint; ask later.")
        return self._accepted(checkpoint, times)

    def proven(self, note_text: str) -> str:
        """A checkpoint's note without what proves nothing here: strangers' lines, forged ones, doubled ones. It may still lack what the
        quorum demands. Raises NoteError where it is no note, or no line is left.
        """
        return holding(Note.parse(note_text), [self.log, *self.witnesses.values()]).serialized

    def _accepted(self, checkpoint: Checkpoint, times: dict[str, int]) -> Accepted:
        # A witness that signed with two keys is one witness, and its earlier time is its time.
        stated: dict[str, int] = {}
        called: dict[str, str] = {}
        for name in sorted(filter(_outside, times)):
            whose = self.witnesses[name].name
            stated[whose] = min(times[name], stated.get(whose, times[name]))
            called.setdefault(whose, name)
        witnesses = sorted(called.values())
        unwitnessed = not witnesses or not self.demands_witness
        judged = [times[LOG_PQ]] if unwitnessed else sorted(stated.values())
        return Accepted(
            checkpoint=checkpoint,
            times=times,
            witnesses=witnesses,
            time=judged[(len(judged) - 1) // 2],
            unwitnessed=unwitnessed,
        )

    def met(self, name: str, signed: set[str]) -> bool:
        """Whether the witness or group `name` is satisfied by those who `signed`."""
        if name in self.witnesses:
            return name in signed
        group = self.groups[name]
        return sum(self.met(member, signed) for member in group.members) >= group.k


# Policies never change and every promise names one, so that a parsed one is kept.
@lru_cache(maxsize=16)
def _parsed(text: str) -> Policy:
    lines = read_lines(text)
    policy = Policy(
        text=text,
        log=lines.log,
        witnesses=lines.witnesses,
        groups=lines.groups,
        quorum=lines.quorum,
        urls=lines.urls,
    )
    if policy.witnesses[LOG_PQ].name != pq_name(policy.log.name):
        raise PolicyError("The log's post-quantum key is not named after its origin; copy the trust policy again.")
    if policy.met(policy.quorum, set(policy.witnesses) - {LOG_PQ}):
        raise PolicyError("The quorum of the trust policy can be met without the log's post-quantum key; demand it.")
    return policy


def _outside(name: str) -> bool:
    return name != LOG_PQ and not name.startswith(IN_HOUSE)


@dataclass(frozen=True, kw_only=True)
class Changed(Policy):
    """A policy that replaced others. `before` are those, each with the largest size that it still judges: that of the checkpoint in
    which its replacement was proven under it (PROTOCOL section 1).
    """

    before: tuple[tuple[Policy, int], ...]

    @classmethod
    def after(cls, policy: Policy, before: Sequence[tuple[Policy, int]]) -> "Changed":
        """`policy`, in force after `before`, the oldest first."""
        same = {name: getattr(policy, name) for name in ("text", "log", "witnesses", "groups", "quorum", "urls")}
        return cls(**same, before=tuple(before))

    def names(self, sha256: bytes) -> bool:
        """Whether a promise that carries this hash names this policy, or one that it replaced."""
        return sha256 == self.sha256 or any(policy.names(sha256) for policy, _ in self.before)

    def signers(self, size: int) -> set[tuple[str, bytes]]:
        """Name and id of every key whose signature on a checkpoint of `size` entries means something."""
        older = self._judge_of(size)
        return older.signers(size) if older is not None else super().signers(size)

    def accept(self, note_text: str) -> Accepted:
        """The checkpoint, judged by the policy of its size: one that is older than the change by the older policy."""
        older = self._judge_of(Checkpoint.parse(Note.parse(note_text).text).size)
        return older.accept(note_text) if older is not None else super().accept(note_text)

    def proven(self, note_text: str) -> str:
        """The note without what proves nothing to the policy of its size. Raises NoteError or CheckpointError."""
        older = self._judge_of(Checkpoint.parse(Note.parse(note_text).text).size)
        return older.proven(note_text) if older is not None else super().proven(note_text)

    def _judge_of(self, size: int) -> Policy | None:
        """The replaced policy that judges `size`; None where this one does."""
        return next((policy for policy, last in self.before if size <= last), None)
