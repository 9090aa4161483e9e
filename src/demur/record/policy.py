# SPDX-License-Identifier: AGPL-3.0-or-later
"""Trust policies (c2sp.org/tlog-policy) in Demur's profile, PROTOCOL section 1. Format: `spec/policy.md`.

One `log` line; a witness line `log-pq` for the log's own ML-DSA-44 key, which the quorum demands and which never counts as a
witness; then the witnesses. A witness whose name starts with `inhouse-` is run by the institution itself and does not lift
"unwitnessed" either: collusion would need nobody else.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from demur.record.checkpoint import Checkpoint
from demur.record.cosignature import CosignatureVerifier
from demur.record.errors import NoteError, PolicyError
from demur.record.note import Ed25519Verifier, Note, open_note

LOG_PQ: Final = "log-pq"
IN_HOUSE: Final = "inhouse-"
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._/-]{0,119}")
_URL: Final = re.compile(r"https?://[!-~]{1,300}")


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """A checkpoint that met a policy. `times` are POSIX seconds by name; `witnesses` those that count, sorted.

    `time` is the lower median of the witnesses' times, or `log-pq`'s own while `unwitnessed`.
    """

    checkpoint: Checkpoint
    times: Mapping[str, int]
    witnesses: tuple[str, ...]
    time: int
    unwitnessed: bool


@dataclass(frozen=True)
class Group:
    """`k` of `members` make the group."""

    k: int
    members: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Policy:
    """A parsed policy; `text` is its one form."""

    text: str
    log: Ed25519Verifier
    witnesses: Mapping[str, CosignatureVerifier]
    groups: Mapping[str, Group]
    quorum: str

    @property
    def log_vkey(self) -> str:
        """The log's own key."""
        return self.log.vkey

    @property
    def sha256(self) -> bytes:
        """SHA-256 of the text, 32 bytes: what promises carry."""
        return hashlib.sha256(self.text.encode()).digest()

    @classmethod
    def for_log(cls, vkeys: tuple[str, str]) -> "Policy":
        """The policy of a log without witnesses yet."""
        return cls.parse(f"log {vkeys[0]}\nwitness {LOG_PQ} {vkeys[1]}\nquorum {LOG_PQ}\n")

    @classmethod
    def parse(cls, text: str) -> "Policy":
        """Read a policy in its one form: lines in order log, witness, group, quorum; single spaces; no comments. Raises PolicyError."""
        if not text.endswith("\n") or not text.isascii():
            raise PolicyError("The trust policy is not lines of ASCII text; copy it again.")
        try:
            return _Reading(text).policy()
        except NoteError as error:
            raise PolicyError(f"A key in the trust policy cannot be read: {error}") from None

    def accept(self, note_text: str) -> Accepted:
        """The checkpoint of a signed note that meets this policy; raises PolicyError, NoteError or CheckpointError."""
        note = Note.parse(note_text)
        checkpoint = Checkpoint.parse(note.text)
        found = open_note(note, [self.log, *self.witnesses.values()])
        if self.log not in found or checkpoint.origin != self.log.name:
            raise PolicyError("The checkpoint is not signed by the channel's log; it comes from another channel.")
        lines = {(signature.name, signature.key_id): signature.data for signature in note.signatures}
        times = {
            name: key.time(lines[key.name, key.id]) for name, key in self.witnesses.items() if key in found
        }
        if not self._met(self.quorum, times):
            raise PolicyError("Too few of the witnesses that the trust policy demands have signed the checkpoint; ask again later.")
        outside = sorted(name for name in times if name != LOG_PQ and not name.startswith(IN_HOUSE))
        judged = sorted(times[name] for name in outside) or [times.get(LOG_PQ, 0)]
        return Accepted(
            checkpoint=checkpoint,
            times=times,
            witnesses=tuple(outside),
            time=judged[(len(judged) - 1) // 2],
            unwitnessed=not outside,
        )

    def _met(self, name: str, times: Mapping[str, int]) -> bool:
        if name in self.witnesses:
            return name in times
        group = self.groups[name]
        return sum(self._met(member, times) for member in group.members) >= group.k


class _Reading:
    """One pass over a policy's lines."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.log: Ed25519Verifier | None = None
        self.witnesses: dict[str, CosignatureVerifier] = {}
        self.groups: dict[str, Group] = {}
        self.used: set[str] = set()
        self.quorum = ""

    def policy(self) -> Policy:
        steps = {"log": self._log, "witness": self._witness, "group": self._group, "quorum": self._quorum}
        order = list(steps)
        at = 0
        for line in self.text[:-1].split("\n"):
            word, *rest = line.split(" ")
            if word not in steps or order.index(word) < at or self.quorum or not all(rest):
                raise PolicyError(f"The line {line[:40]!r} of the trust policy is not in its one form; see spec/policy.md.")
            at = order.index(word)
            steps[word](rest)
        if self.log is None or not self.quorum or LOG_PQ not in self._demanded(self.quorum):
            raise PolicyError("The trust policy must name one log and a quorum that demands the log's post-quantum key.")
        if self.witnesses[LOG_PQ].name != f"{self.log.name}/pq":
            raise PolicyError("The log's post-quantum key is not named after its origin; copy the trust policy again.")
        return Policy(text=self.text, log=self.log, witnesses=self.witnesses, groups=self.groups, quorum=self.quorum)

    def _demanded(self, name: str) -> set[str]:
        """Those without whom the quorum cannot be met."""
        group = self.groups.get(name)
        if group is None:
            return {name}
        return set().union(*map(self._demanded, group.members)) if group.k == len(group.members) else set()

    def _log(self, rest: list[str]) -> None:
        if self.log is not None or len(rest) != 1:
            raise PolicyError("The trust policy must have exactly one log line with one key.")
        self.log = Ed25519Verifier.from_vkey(rest[0])

    def _witness(self, rest: list[str]) -> None:
        if len(rest) not in (2, 3) or (len(rest) == 3 and not _URL.fullmatch(rest[2])):
            raise PolicyError("A witness line of the trust policy is `witness NAME KEY` with an optional address.")
        key = CosignatureVerifier.from_vkey(rest[1])
        if any(known.public == key.public for known in self.witnesses.values()):
            raise PolicyError(f"The witness {rest[0]!r} of the trust policy has the key of another.")
        self.witnesses[self._new(rest[0])] = key

    def _group(self, rest: list[str]) -> None:
        if len(rest) < 3:
            raise PolicyError("A group line of the trust policy is `group NAME all|any|K MEMBER…`.")
        name, rule, members = rest[0], rest[1], rest[2:]
        k = {"all": len(members), "any": 1}.get(rule) or (int(rule) if re.fullmatch(r"[1-9][0-9]?", rule) else 0)
        if not 1 <= k <= len(members):
            raise PolicyError(f"The group {name!r} of the trust policy asks for more members than it has.")
        for member in members:
            if member not in {*self.witnesses, *self.groups} or member in self.used:
                raise PolicyError(f"The member {member!r} of a group is unknown or in a group already.")
            self.used.add(member)
        self.groups[self._new(name)] = Group(k, tuple(members))

    def _quorum(self, rest: list[str]) -> None:
        if len(rest) != 1 or rest[0] not in {*self.witnesses, *self.groups}:
            raise PolicyError("The quorum of the trust policy must name one witness or group above it.")
        self.quorum = rest[0]

    def _new(self, name: str) -> str:
        if not _NAME.fullmatch(name) or name == "none" or name in {*self.witnesses, *self.groups}:
            raise PolicyError(f"The name {name[:40]!r} in the trust policy is taken or cannot be used.")
        return name
