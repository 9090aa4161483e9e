# SPDX-License-Identifier: AGPL-3.0-or-later
"""The lines of a trust policy (c2sp.org/tlog-policy) in the one form that Demur writes. Format: `spec/policy.md`.

C2SP allows comments, free spacing and any order. A policy's SHA-256 stands in promises and its text in the channel's
digest, so here one policy has one text, and every other text is refused.
"""

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from demur.record.cosignature import CosignatureVerifier
from demur.record.errors import NoteError, PolicyError
from demur.record.note import Ed25519Verifier
from demur.record.texts import check_origin

LOG_PQ: Final = "log-pq"
MAX_LINES: Final = 66  # a log, 32 witnesses, 32 groups and a quorum, as C2SP asks of implementations
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._/-]{0,119}")
_LABEL: Final = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_URL: Final = re.compile(
    rf"https?://(?=[!-~]{{1,300}}\Z)(?:{_LABEL}(?:\.{_LABEL})*|\[(?P<six>[0-9A-Fa-f:.]+)\])(?::(?P<port>[1-9][0-9]{{0,4}}))?(?:/[!-~]*)?"
)


def is_address(url: str) -> bool:
    """Whether a witness can be asked at `url`: http or https, a host by name or number, a port from 1 to 65535, a path.

    Nothing else: an address that no client can call must be refused before officers sign it, and with it stands in the
    channel's trust.
    """
    found = _URL.fullmatch(url)
    if found is None or "?" in url or "#" in url or int(found["port"] or 1) > 65_535:
        return False
    try:
        return found["six"] is None or ipaddress.IPv6Address(found["six"]) is not None
    except ValueError:
        return False


@dataclass(frozen=True)
class Group:
    """Cosigned when `k` of `members` are."""

    k: int
    members: tuple[str, ...]


@dataclass(frozen=True)
class PolicyLines:
    """What the lines say."""

    log: Ed25519Verifier
    witnesses: dict[str, CosignatureVerifier]
    groups: dict[str, Group]
    quorum: str
    urls: dict[str, str]


def read_lines(text: str) -> PolicyLines:
    """Read a policy's lines. Raises PolicyError unless they are in their one form and order and name `log-pq`."""
    if not text.isascii() or not text.endswith("\n") or text.count("\n") > MAX_LINES:
        raise PolicyError(f"The trust policy is not at most {MAX_LINES} lines of ASCII text; copy it again.")
    reading = _Reading()
    for line in text[:-1].split("\n"):
        reading.line(line)
    if not reading.logs or not reading.quorum or LOG_PQ not in reading.witnesses:
        raise PolicyError(f"The trust policy must name one log, the witness {LOG_PQ} and a quorum; copy it again.")
    return PolicyLines(reading.logs[0], reading.witnesses, reading.groups, reading.quorum, reading.urls)


@dataclass
class _Reading:
    """One pass over the lines, in their order: log, witness, group, quorum."""

    logs: list[Ed25519Verifier] = field(default_factory=list)
    witnesses: dict[str, CosignatureVerifier] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    urls: dict[str, str] = field(default_factory=dict)
    quorum: str = ""
    stage: int = 0

    def line(self, line: str) -> None:
        steps: dict[str, Callable[[list[str]], None]] = {
            "log": self._log,
            "witness": self._witness,
            "group": self._group,
            "quorum": self._quorum,
        }
        word, *rest = line.split(" ")
        if word not in steps or not rest or "" in rest or list(steps).index(word) < self.stage or self.quorum:
            raise PolicyError(f"The line {line[:40]!r} of the trust policy is not in its one form; see spec/policy.md.")
        self.stage = list(steps).index(word)
        steps[word](rest)

    def _log(self, rest: list[str]) -> None:
        if self.logs or len(rest) != 1:
            raise PolicyError("The trust policy must have exactly one log line, `log KEY`; copy it again.")
        try:
            log = Ed25519Verifier.from_vkey(rest[0])
        except NoteError as error:
            raise PolicyError(f"The log's key in the trust policy cannot be read: {error}") from None
        check_origin(log.name, family=PolicyError)
        self.logs.append(log)

    def _witness(self, rest: list[str]) -> None:
        name, key = self._read_witness(rest)
        if (name == LOG_PQ) != (not self.witnesses):
            raise PolicyError(
                f"The first witness of the trust policy must be {LOG_PQ}, and no other; see spec/policy.md."
            )
        taken = {log.public for log in self.logs} | {known.public for known in self.witnesses.values()}
        if key.public in taken:
            raise PolicyError(f"The witness {name} of the trust policy has the key of another; name each key once.")
        self.witnesses[self._new(name)] = key
        if len(rest) == 3:
            self.urls[name] = rest[2]

    def _read_witness(self, rest: list[str]) -> tuple[str, CosignatureVerifier]:
        if len(rest) not in {2, 3} or not all(is_address(url) for url in rest[2:]):
            raise PolicyError(
                "A witness line of a trust policy is `witness NAME KEY` with an optional address, such as https://witness.example.net."
            )
        try:
            return rest[0], CosignatureVerifier.from_vkey(rest[1])
        except NoteError as error:
            raise PolicyError(f"A witness's key in the trust policy cannot be read: {error}") from None

    def _group(self, rest: list[str]) -> None:
        if len(rest) < 3:
            raise PolicyError("A group line of a trust policy is `group NAME all|any|K MEMBER…`; add what is missing.")
        name, rule, *members = rest
        k = {"all": len(members), "any": 1}.get(rule) or (int(rule) if re.fullmatch("[1-9][0-9]?", rule) else 0)
        if not 1 <= k <= len(members):
            raise PolicyError(f"The group {name[:40]} of the trust policy needs between 1 and {len(members)} members.")
        for member in members:
            # A member in two groups would count twice, and the quorum would be smaller than it looks.
            if not self._known(member) or member in self.used:
                raise PolicyError(f"The group member {member[:40]} of the trust policy is unknown or grouped already.")
            self.used.add(member)
        self.groups[self._new(name)] = Group(k, tuple(members))

    def _quorum(self, rest: list[str]) -> None:
        if len(rest) != 1 or not self._known(rest[0]):
            raise PolicyError(
                "The quorum of the trust policy must name one witness or group above it; see spec/policy.md."
            )
        self.quorum = rest[0]

    def _known(self, name: str) -> bool:
        return name in self.witnesses or name in self.groups

    def _new(self, name: str) -> str:
        if not _NAME.fullmatch(name) or name == "none" or self._known(name):
            raise PolicyError(f"The name {name[:40]!a} in the trust policy is taken or cannot be used; choose another.")
        return name
