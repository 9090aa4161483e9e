# SPDX-License-Identifier: AGPL-3.0-or-later
"""A log that was restored from a backup has lost what it had signed, and says so in its record for all to see: a `gap` entry.

Such a confession excuses what a lie would look like: the author is told, keeps the evidence, and reads on. It excuses nothing that the
backup still held, and nothing that was signed after the restore.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from demur.client.errors import ItemChanged, PromiseBroken, ThreadShorter
from demur.client.lookups import Record
from demur.client.mailbox import Mailbox, compare_heads
from demur.client.noticing import Noticed
from demur.client.receipt import Act
from demur.record.entry import Readable, case_entry, read_entry
from demur.record.errors import RecordError
from demur.record.head import MARGIN, Head, open_head
from demur.record.merkle import leaf_hash
from demur.record.promise import open_promise
from demur.record.proof import Proof

LOST = (
    "The log was restored from a backup and has lost part of this thread, as its record says for all to see; what was written meanwhile "
    "is gone there and must be said again."
)
LOST_ACT = (
    "The log was restored from a backup and has lost an act of yours before it was published, as its record says for all to see: it "
    "broke its promise, and what you wrote must be said again."
)


@dataclass(frozen=True, kw_only=True)
class Gap:
    """A gap entry at `index` of the record: what entries from `first` on were about may be lost, as the log said at `time`."""

    index: int
    first: int
    time: int


@dataclass(kw_only=True)
class Gaps:
    """The gap entries of a record from entry `since` on, looked for when something is missing and only then."""

    record: Record
    since: int
    noticed: list[Noticed] = field(default_factory=list)

    @cached_property
    def found(self) -> Sequence[Gap]:
        """Raises BadAnswer unless the server's entries are those that the log signed for."""
        rows = ((index, _gap(data, self.record.channel.origin)) for index, data in self.record.entries(self.since))
        return [Gap(index=index, first=row["first"], time=row["time"]) for index, row in rows if row is not None]

    def surviving(self, kept: Sequence[str], acts: Sequence[Act], mailbox: Mailbox) -> tuple[str, ...]:
        """Those of the head notes `kept` that the mailbox extends; that a gap took the others is noticed. Raises what `compare_heads`
        raises where no gap excuses it.
        """
        survivors, lost = [], None
        for note in kept:
            try:
                compare_heads(self.record.channel, [note], mailbox)
                survivors.append(note)
            except (ThreadShorter, ItemChanged) as error:
                if not self._excused(open_head(note, self.record.channel.log_verifier), acts, mailbox):
                    raise
                lost = error
        if lost is not None:
            self.noticed.append(Noticed(sentence=LOST, evidence=lost.evidence))
        return tuple(survivors)

    def excuses_promise(self, error: PromiseBroken, promised: int) -> bool:
        """Whether a gap came after a promise given at `promised` (POSIX seconds); that it is broken is noticed."""
        excused = any(promised <= gap.time + MARGIN for gap in self.found)
        if excused:
            self.noticed.append(Noticed(sentence=LOST_ACT, evidence=error.evidence))
        return excused

    def _excused(self, older: Head, acts: Sequence[Act], mailbox: Mailbox) -> bool:
        shown = mailbox.head.size
        return any(older.size <= gap.index < shown and not self._held_before(gap, acts, mailbox) for gap in self.found)

    def _held_before(self, gap: Gap, acts: Sequence[Act], mailbox: Mailbox) -> bool:
        """Whether an act that is missing stood in the record that the backup held: its row was there too, so the gap did not take it."""
        here = {leaf_hash(case_entry(item.commitment)) for item in mailbox.items}
        log = self.record.channel.log_verifier
        proven = [(open_promise(act.promise, log).entries[0], act.proof) for act in acts if act.proof]
        return any(leaf not in here and Proof.parse(proof).index < gap.first for leaf, proof in proven)


def _gap(data: bytes, origin: str) -> dict[str, Any] | None:
    try:
        entry = read_entry(data)
    except RecordError:
        return None
    if not isinstance(entry, Readable) or (entry.value.get("type"), entry.value.get("origin")) != ("gap", origin):
        return None
    return dict(entry.value) if all(type(entry.value.get(name)) is int for name in ("first", "time")) else None
