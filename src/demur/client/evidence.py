# SPDX-License-Identifier: AGPL-3.0-or-later
"""Evidence: what a client saw that an honest server cannot have signed. Format: `spec/receipt.md`, "Evidence".

Each kind is a contradiction between things signed by the channel's own keys, so it convinces somebody who trusts
neither the author nor the server. What is not a contradiction is refused: evidence that proves nothing would make every
later one worthless.
"""

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from demur import canonical
from demur.charter.channel import Channel
from demur.charter.directory import DirectoryError, open_directory
from demur.charter.officers import StatementError, check_statement
from demur.client.errors import BadEvidence, BadReceipt
from demur.client.receipt import channel_line, read_channel_line
from demur.client.sections import Section, read_sections, write_sections
from demur.record.entry import readable_entry
from demur.record.errors import RecordError
from demur.record.head import Head, open_head
from demur.record.merkle import CompactRange, leaf_hash
from demur.record.promise import open_promise

FIRST_LINE: Final = "demur/evidence/v1"


@dataclass(frozen=True, kw_only=True)
class Conviction:
    """What a piece of evidence proves, against which channel."""

    channel: Channel
    known: bool
    kind: str
    sentence: str

    @property
    def document(self) -> dict[str, Any]:
        """The findings for `--json`."""
        return {
            "kind": "evidence",
            "evidence": self.kind,
            "origin": self.channel.origin,
            "channel_words": " ".join(self.channel.words()),
            "channel_known": self.known,
            "proves": self.sentence,
        }


def unsigned_roster(*, channel: Channel, directory: str, roster: Mapping[str, Any]) -> str:
    """Evidence that the log named as in force a roster that its officers did not sign."""
    line = canonical.dump(dict(roster)).decode() + "\n"
    return _write(channel, "unsigned-roster", [("directory", directory), ("roster", line)])


def shorter_thread(*, channel: Channel, older: str, newer: str) -> str:
    """Evidence that items were taken away from a thread, from two mailbox heads."""
    return _write(channel, "shorter-thread", [("older", older), ("newer", newer)])


def broken_promise(*, channel: Channel, promise: str, checkpoint: str, leaves: Sequence[bytes]) -> str:
    """Evidence that a promised entry is not in the tree of a checkpoint later than its due time; `leaves` are all of
    that tree.
    """
    lines = "".join(base64.b64encode(leaf).decode() + "\n" for leaf in leaves)
    return _write(channel, "broken-promise", [("promise", promise), ("checkpoint", checkpoint), ("hashes", lines)])


def verify_evidence(data: bytes, known: Channel | None) -> Conviction:
    """Recompute a piece of evidence, offline. Raises BadEvidence unless it proves what it says.

    `known` is the channel the verifier trusts, None for the evidence's own.
    """
    sections = read_sections(data, FIRST_LINE, family=BadEvidence)
    names = [name for name, _ in sections]
    if names[:2] != ["channel", "kind"]:
        raise BadEvidence("The evidence does not start with its channel and its kind; use an undamaged copy.")
    kind = sections[1][1].removesuffix("\n")
    if kind not in _KINDS:
        raise BadEvidence(
            f"The evidence is of the kind {kind[:40]!r}, which this version does not know; use a newer Demur."
        )
    check, wanted = _KINDS[kind]
    if tuple(names[2:]) != wanted:
        raise BadEvidence("The evidence has other parts than its kind has; use an undamaged copy.")
    channel = _channel(sections[0][1], known)
    return Conviction(
        channel=channel,
        known=known is not None,
        kind=kind,
        sentence=check(channel, *(text for _, text in sections[2:])),
    )


def contradict(older: Head, newer: Head) -> bool:
    """Whether two heads of one mailbox cannot both be honest: `newer` counts fewer, or the same with another last item.

    Two heads of one second may have been signed in either order, so a smaller count counts only when it is later.
    """
    if older.mailbox != newer.mailbox:
        return False
    if older.count == newer.count:
        return older.last != newer.last
    return newer.count < older.count and newer.time > older.time


def _write(channel: Channel, kind: str, parts: list[Section]) -> str:
    return write_sections(FIRST_LINE, [("channel", channel_line(channel)), ("kind", f"{kind}\n"), *parts])


def _channel(line: str, known: Channel | None) -> Channel:
    try:
        channel = read_channel_line(line)
    except BadReceipt as error:
        raise BadEvidence(str(error)) from None
    if known is not None and known.digest != channel.digest:
        raise BadEvidence(
            f"This evidence is about another channel than {known.origin}; name the right one with --channel."
        )
    return channel


def _check_unsigned_roster(channel: Channel, note: str, line: str) -> str:
    try:
        directory = open_directory(note, channel.log_verifier)
        roster = canonical.load_object(line.removesuffix("\n").encode())
        leaf = leaf_hash(readable_entry(roster)).hex()
    except (DirectoryError, RecordError, canonical.CanonicalError) as error:
        raise BadEvidence(f"The evidence holds something that the log did not sign: {error}") from None
    if directory.roster != leaf or not line.endswith("\n"):
        raise BadEvidence("The roster in the evidence is not the one that the log named; it proves nothing.")
    try:
        check_statement(roster, channel)
    except StatementError:
        return "The log named as in force a roster that the channel's officers did not sign."
    raise BadEvidence("The officers did sign the roster in the evidence; it proves nothing.")


def _check_shorter_thread(channel: Channel, first: str, second: str) -> str:
    try:
        older, newer = open_head(first, channel.log_verifier), open_head(second, channel.log_verifier)
    except RecordError as error:
        raise BadEvidence(f"A mailbox head in the evidence is not signed by the log: {error}") from None
    if not contradict(older, newer):
        raise BadEvidence("The two mailbox heads agree with each other; they prove nothing.")
    return f"The log signed that a mailbox holds {older.count} items, and later that it holds {newer.count} or others."


def _check_broken_promise(channel: Channel, note: str, checkpoint: str, lines: str) -> str:
    try:
        promise = open_promise(note, channel.log_verifier)
        accepted = channel.policy_object.accept(checkpoint)
    except RecordError as error:
        raise BadEvidence(
            f"The promise or the checkpoint in the evidence is not signed by the channel: {error}"
        ) from None
    if promise.channel != channel.digest or accepted.time <= promise.not_after:
        raise BadEvidence("The checkpoint is not later than the promise's due time; the evidence proves nothing yet.")
    leaves = _leaves(lines)
    tree = CompactRange()
    for leaf in leaves:
        tree.append(leaf)
    if (tree.size, tree.root()) != (accepted.checkpoint.size, accepted.checkpoint.root):
        raise BadEvidence("The hashes in the evidence are not those of the checkpoint's tree; it proves nothing.")
    if set(promise.entries) <= set(leaves):
        raise BadEvidence("The promised entries are in the tree; the promise was kept.")
    return "The log promised an entry by a time, and signed a later tree that does not hold it."


def _leaves(lines: str) -> list[bytes]:
    try:
        leaves = [base64.b64decode(line, validate=True) for line in lines.splitlines()]
    except (binascii.Error, ValueError):
        leaves = []
    if not leaves or "".join(base64.b64encode(leaf).decode() + "\n" for leaf in leaves) != lines:
        raise BadEvidence("The evidence's list of hashes is not one; use an undamaged copy.")
    return leaves


_Check = Callable[..., str]
_KINDS: Final[Mapping[str, tuple[_Check, tuple[str, ...]]]] = {
    "unsigned-roster": (_check_unsigned_roster, ("directory", "roster")),
    "shorter-thread": (_check_shorter_thread, ("older", "newer")),
    "broken-promise": (_check_broken_promise, ("promise", "checkpoint", "hashes")),
}
