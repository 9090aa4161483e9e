# SPDX-License-Identifier: AGPL-3.0-or-later
"""Evidence: what a client saw that an honest server cannot have signed. Format: `spec/receipt.md`, "Evidence".

Each kind is a contradiction between things signed by the channel's own keys, so it convinces somebody who trusts
neither the author nor the server. What is not a contradiction is refused: evidence that proves nothing would make every
later one worthless. This module makes evidence and reads it; what convinces stands in `evidence_kinds`.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from demur import canonical
from demur.charter.channel import Channel
from demur.client.errors import BadEvidence, BadReceipt
from demur.client.evidence_kinds import FORKED, KINDS, REST_ON_CHANNEL, witnesses_of_both
from demur.client.receipt import channel_line, read_channel_line
from demur.client.sections import Section, read_sections, write_sections

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
    return _write(channel, "unsigned-roster", [("directory", directory), ("roster", _line(roster))])


def shorter_thread(*, channel: Channel, older: str, newer: str) -> str:
    """Evidence that items were taken away from a thread, from two mailbox heads."""
    return _write(channel, "shorter-thread", [("older", older), ("newer", newer)])


def changed_item(*, channel: Channel, older: str, newer: str, items: Sequence[bytes]) -> str:
    """Evidence that an item was replaced in a thread that also grew; `items` are the item hashes of `newer`."""
    return _write(channel, "changed-item", [("older", older), ("newer", newer), ("items", _lines(items))])


def withheld_item(
    *, channel: Channel, head: str, later: str, items: Sequence[bytes], opening: Mapping[str, Any], proof: str
) -> str:
    """Evidence that the log had recorded an item and signed, in `head`, that the mailbox did not hold it.

    `items` are the item hashes of `later`, a head that counts it; `opening` is the event's, with the member `body`; `proof`
    its place in the record. Whoever reads the evidence reads the event, never a sealed body.
    """
    parts = [("head", head), ("later", later), ("items", _lines(items)), ("opening", _line(opening)), ("proof", proof)]
    return _write(channel, "withheld-item", parts)


def broken_promise(*, channel: Channel, promise: str, checkpoint: str, leaves: Sequence[bytes]) -> str:
    """Evidence that a promised entry is not in the tree of a checkpoint later than its due time; `leaves` are all of
    that tree.
    """
    parts = [("promise", promise), ("checkpoint", checkpoint), ("hashes", _lines(leaves))]
    return _write(channel, "broken-promise", parts)


def forked_record(*, channel: Channel, older: str, newer: str, leaves: Sequence[bytes] = ()) -> str:
    """Evidence that two checkpoints are not of one record. `leaves` are all of the newer tree; none if the sizes are equal."""
    parts = [("older", older), ("newer", newer), *([("hashes", _lines(leaves))] if leaves else [])]
    return _write(channel, "forked-record", parts)


def back_dated(*, channel: Channel, larger: str, smaller: str = "", head: str = "") -> str:
    """Evidence that the log's times run backwards: a checkpoint, and a `smaller` one or a mailbox `head` that came before it."""
    before = ("smaller", smaller) if smaller else ("head", head)
    return _write(channel, "back-dated", [before, ("larger", larger)])


def older_statement(*, channel: Channel, seen: tuple[str, str], shown: tuple[str, str]) -> str:
    """Evidence that the log named what it had replaced. Each pair is a directory and the charter or the seats that it named, on a line;
    `shown` came later.
    """
    names = ("seen", "seen-statement", "shown", "shown-statement")
    return _write(channel, "older-statement", list(zip(names, (*seen, *shown), strict=True)))


def verify_evidence(data: bytes, known: Channel | None) -> Conviction:
    """Recompute a piece of evidence, offline. Raises BadEvidence unless it proves what it says.

    `known` is the channel the verifier trusts, None for the evidence's own: then what rests on more than the log's first key is refused,
    and no witness is accused, because the file alone says whose keys the others are.
    """
    sections = _sections(data)
    names = [name for name, _ in sections]
    kind = sections[1][1].removesuffix("\n")
    if kind not in KINDS:
        raise BadEvidence(
            f"The evidence is of the kind {kind[:40]!r}, which this version does not know; use a newer Demur."
        )
    check = KINDS[kind].get(tuple(names[2:]))
    if check is None:
        raise BadEvidence("The evidence has other parts than its kind has; use an undamaged copy.")
    channel = _channel(sections[0][1], known)
    texts = [text for _, text in sections[2:]]
    sentence = check(channel, *texts)
    if known is None and kind in REST_ON_CHANNEL:
        raise BadEvidence(
            f"Evidence of the kind {kind} rests on keys that only the channel's words vouch for; give the words from the notice with "
            "--channel."
        )
    if known is not None and kind == FORKED:
        sentence += witnesses_of_both(channel, *texts[:2])
    return Conviction(channel=channel, known=known is not None, kind=kind, sentence=sentence)


def channel_of(data: bytes) -> Channel:
    """The channel that a piece of evidence names as its own, believed by nobody yet. Raises BadEvidence."""
    return _channel(_sections(data)[0][1], None)


def _sections(data: bytes) -> list[Section]:
    sections = read_sections(data, FIRST_LINE, family=BadEvidence)
    if [name for name, _ in sections[:2]] != ["channel", "kind"]:
        raise BadEvidence("The evidence does not start with its channel and its kind; use an undamaged copy.")
    return sections


def _line(value: Mapping[str, Any]) -> str:
    return canonical.dump(dict(value)).decode() + "\n"


def _lines(hashes: Sequence[bytes]) -> str:
    return "".join(base64.b64encode(row).decode() + "\n" for row in hashes)


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
