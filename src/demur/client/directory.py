# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is in force, proven: charter, seats and keys, read from a server that is not believed.

A seat's key is taken only if the log signed that it is in force, the officers signed it, and it stands in the record
under the channel's policy (`spec/channel.md`). How long it has stood there is the time of the first checkpoint that
held it: a thief of the server who swaps a key must show it in public for the charter's waiting time first. A roster
that the log named and the officers did not sign is evidence, and `SwappedKey` carries it.
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from demur import canonical
from demur.charter.channel import Channel
from demur.charter.directory import Directory, DirectoryError, open_directory
from demur.charter.errors import CharterError
from demur.charter.freeze import Frozen
from demur.charter.officers import StatementError, check_statement
from demur.charter.roster import Holder, Roster, is_open
from demur.client.errors import BadAnswer, SwappedKey
from demur.client.evidence import unsigned_roster
from demur.client.http import Server
from demur.client.policies import changed
from demur.clock.wording import span_words
from demur.record.checkpoint import Checkpoint
from demur.record.entry import readable_entry
from demur.record.errors import RecordError
from demur.record.merkle import leaf_hash, verify_consistency
from demur.record.policy import Accepted
from demur.record.proof import Proof

FRESH: Final = 25 * 3600  # seconds: a day's tick, and an hour for it to come late


@dataclass(frozen=True, kw_only=True)
class InForce:
    """What a channel says is in force, verified. Leaf hashes are hex; times are POSIX seconds.

    `roster_since` is the time of the first checkpoint that held the roster: its keys are at least that old. Notes
    and lines are the signed texts themselves, the roster's empty while there is none: what is remembered, and what evidence is
    made of.
    """

    channel: Channel
    directory: Directory
    checkpoint: Checkpoint
    checkpoint_time: int
    unwitnessed: bool
    frozen: Frozen
    roster: Roster | None
    roster_since: int
    read_at: int
    warnings: tuple[str, ...] = ()
    directory_note: str = ""
    checkpoint_note: str = ""
    charter_line: str = ""
    roster_line: str = ""
    policy_line: str = ""

    @property
    def open(self) -> tuple[bool, str]:
        """Whether filing is open, and one sentence why not."""
        if self.roster is not None and self.roster.charter != self.directory.charter:
            return False, "A new charter is in force, and the officers have not yet signed the seats for it."
        if self.frozen.refused:
            return False, self.frozen.refused
        return is_open(self.frozen.charter, self.roster)

    @property
    def holders(self) -> Mapping[str, Holder]:
        """Who holds which seat now; empty while no seat was ever filled."""
        return self.roster.holders if self.roster else {}

    @property
    def keys_are_new(self) -> bool:
        """Whether the roster has been public for less than the charter's waiting time."""
        return self.read_at - self.roster_since < self.frozen.charter.key_waiting


def read_directory(server: Server, channel: Channel, *, now: int) -> InForce:
    """Ask `server` what is in force and verify all of it. `now` is POSIX seconds.

    Raises SwappedKey with evidence, BadAnswer, and what `Server.get` raises.
    """
    return check_directory(server.get_json("/api/v1/directory"), channel, now=now)


def check_directory(answer: Mapping[str, Any], channel: Channel, *, now: int) -> InForce:
    """Verify an answer of `/api/v1/directory`. Pure. Raises SwappedKey, BadAnswer."""
    note = _text(answer, "directory")
    try:
        directory = open_directory(note, channel.log_verifier)
        channel = changed(channel, answer.get("policies"))
        _check_policy(directory, channel)
        current = channel.policy_object.accept(_text(answer, "checkpoint"))
    except (DirectoryError, RecordError) as error:
        raise BadAnswer(f"What the server says is in force is not signed by this channel: {error}") from None
    _check_fresh(directory, current, now)
    charter, _ = _entry(answer, "charter", directory.charter, channel, current)
    _check_signed(charter, channel)
    roster, since, statement = None, 0, None
    if directory.roster:
        statement, since = _entry(answer, "roster", directory.roster, channel, current, note=note)
        roster = _roster(statement)
    return InForce(
        channel=channel,
        directory=directory,
        checkpoint=current.checkpoint,
        checkpoint_time=current.time,
        unwitnessed=current.unwitnessed,
        frozen=_frozen(charter),
        roster=roster,
        roster_since=since,
        read_at=now,
        warnings=_warnings(channel, current, now),
        directory_note=note,
        checkpoint_note=_text(answer, "checkpoint"),
        charter_line=_line(charter),
        roster_line=_line(statement) if statement else "",
        policy_line=_line(dict(channel.changes[-1].statement)) if channel.changes else "",
    )


def _check_policy(directory: Directory, channel: Channel) -> None:
    """Raises BadAnswer unless the changes of policy that were shown are those that the log signed for: none may be left out."""
    last = dict(channel.changes[-1].statement) if channel.changes else None
    if directory.policy != (leaf_hash(readable_entry(last)).hex() if last else ""):
        raise BadAnswer(
            "The server shows another trust policy than the log signed for; try again, and do not file until they agree."
        )


def _check_fresh(directory: Directory, current: Accepted, now: int) -> None:
    if current.checkpoint.origin != directory.origin or current.checkpoint.size < directory.size:
        raise BadAnswer(
            "The server shows an older record than it signed for; try again, and do not file until it agrees."
        )
    if abs(now - directory.time) > FRESH:
        raise BadAnswer(
            f"What the server says is in force was signed {span_words(abs(now - directory.time))} "
            f"{'after' if directory.time > now else 'before'} the time of this machine's clock; set the clock, and if it is right, do "
            "not file there."
        )


def _warnings(channel: Channel, current: Accepted, now: int) -> tuple[str, ...]:
    told = []
    if now - current.time > FRESH and not channel.practice:
        told.append("The record's latest checkpoint is more than 25 hours old: its daily tick is late.")
    if current.unwitnessed:
        told.append("The record is unwitnessed: nobody outside the institution has countersigned it.")
    return tuple(told)


def _entry(
    answer: Mapping[str, Any], name: str, leaf: str, channel: Channel, current: Accepted, *, note: str = ""
) -> tuple[dict[str, Any], int]:
    """The entry that hashes to `leaf`, and since when it stands in the tree that `current` extends."""
    part = answer.get(name)
    if not isinstance(part, dict) or not isinstance(part.get("entry"), dict):
        raise BadAnswer(f"The server does not show the {name} that it says is in force; do not file there.")
    entry: dict[str, Any] = part["entry"]
    try:
        data = readable_entry(entry)
    except (RecordError, canonical.CanonicalError) as error:
        raise BadAnswer(f"The {name} that the server shows is not an entry of a record: {error}") from None
    if leaf_hash(data).hex() != leaf:
        raise BadAnswer(f"The {name} that the server shows is not the one the log signed for; do not file there.")
    if note:
        _check_roster_signed(entry, channel, note)
    return entry, _proven(part, name, leaf_hash(data), channel, current)


def _proven(part: Mapping[str, Any], name: str, leaf: bytes, channel: Channel, current: Accepted) -> int:
    try:
        first = Proof.parse(_text(part, "proof")).verify(leaf, channel.policy_object)
        verify_consistency(
            first.checkpoint.size,
            first.checkpoint.root,
            current.checkpoint.size,
            current.checkpoint.root,
            hashes_of(part.get("consistency")),
        )
    except RecordError as error:
        raise BadAnswer(f"The {name} that the server shows is not proven to stand in the record: {error}") from None
    return first.time


def hashes_of(value: object) -> list[bytes]:
    """A list of 32-byte hashes in base64. Raises BadAnswer."""
    try:
        if isinstance(value, list):
            hashes = [base64.b64decode(row, validate=True) for row in value]
            if all(len(row) == 32 for row in hashes):
                return hashes
    except (binascii.Error, TypeError, ValueError):
        pass
    raise BadAnswer(
        "The server's proof holds something that is not a hash; try again, and do not file until it is right."
    )


def _check_roster_signed(entry: dict[str, Any], channel: Channel, note: str) -> None:
    try:
        check_statement(entry, channel)
    except StatementError as error:
        raise SwappedKey(
            f"The server names seats that the officers did not sign; do not file there. {error}",
            unsigned_roster(channel=channel, directory=note, roster=entry),
        ) from None


def _check_signed(charter: dict[str, Any], channel: Channel) -> None:
    try:
        check_statement(charter, channel)
    except StatementError as error:
        raise BadAnswer(f"The officers did not sign the charter that the server shows: {error}") from None


def _frozen(entry: dict[str, Any]) -> Frozen:
    try:
        return Frozen.from_entry(entry)
    except CharterError as error:
        raise BadAnswer(f"The charter in force cannot be read by this version of Demur: {error}") from None


def _roster(statement: dict[str, Any]) -> Roster:
    try:
        return Roster.from_statement(statement)
    except CharterError as error:
        raise BadAnswer(f"The seats in force cannot be read: {error}") from None


def _line(statement: dict[str, Any]) -> str:
    return canonical.dump(statement).decode() + "\n"


def _text(answer: Mapping[str, Any], name: str) -> str:
    value = answer.get(name)
    if not isinstance(value, str):
        raise BadAnswer(f"The server's answer lacks {name!r}; check that the address is that of a channel.")
    return value
