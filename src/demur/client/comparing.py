# SPDX-License-Identifier: AGPL-3.0-or-later
"""Holding what one log signed against what it signed elsewhere, offline: the receipts of two people, or of one person over time.

Each receipt can hold by itself while the log keeps two records, and shows each to somebody else; unwitnessed, nobody sees it until
the two are laid side by side. Two checkpoints of one size convict the log at once. Of two sizes only the record itself can show
whether one continues the other (`demur.client.memory` asks it), and that is said, not passed over.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from demur.charter.channel import Channel
from demur.client.contradictions import contradict, two_roots, went_back, went_back_after
from demur.client.errors import BackDated, BadReceipt, RecordForked, ThreadShorter
from demur.client.evidence import back_dated, forked_record, shorter_thread
from demur.client.receipt import Receipt
from demur.record.errors import RecordError
from demur.record.head import Head, open_head
from demur.record.policy import Accepted
from demur.record.proof import Proof


@dataclass(frozen=True)
class Signed:
    """A checkpoint as it stands in its note, and what the channel's policy makes of it."""

    note: str
    accepted: Accepted

    @classmethod
    def under(cls, channel: Channel, note: str) -> "Signed":
        """The checkpoint in `note`. Raises RecordError unless it meets the channel's policy."""
        return cls(note, channel.policy_object.accept(note))

    @property
    def size(self) -> int:
        """How many entries it signs for."""
        return self.accepted.checkpoint.size


def checkpoints_of(receipt: Receipt) -> list[Signed]:
    """The checkpoints inside a receipt's proofs, smallest first, one for each note. Raises BadReceipt."""
    texts = [*receipt.proofs, *(act.proof for act in receipt.acts if act.proof)]
    try:
        notes = dict.fromkeys(Proof.parse(text).checkpoint_text for text in texts)
        return sorted((Signed.under(receipt.channel, note) for note in notes), key=lambda row: row.size)
    except RecordError as error:
        raise BadReceipt(f"A proof in this receipt does not hold: {error}") from None


@dataclass(frozen=True, kw_only=True)
class Compared:
    """Receipts of one channel that do not contradict each other. `sizes` are those of their checkpoints, smallest first."""

    channel: Channel
    receipts: int
    sizes: tuple[int, ...]
    unwitnessed: bool

    @property
    def document(self) -> dict[str, Any]:
        """The findings for `--json`."""
        return {
            "origin": self.channel.origin,
            "receipts": self.receipts,
            "log_sizes": list(self.sizes),
            "unwitnessed": self.unwitnessed,
        }


def compare_all(receipts: Iterable[Receipt]) -> list[Compared]:
    """Receipts laid side by side, channel by channel; a channel with one receipt is left out. Raises what `compare_receipts` raises."""
    groups: dict[bytes, list[Receipt]] = {}
    for receipt in receipts:
        groups.setdefault(receipt.channel.digest, []).append(receipt)
    return [compare_receipts(group) for group in groups.values() if len(group) > 1]


def compare_receipts(receipts: Sequence[Receipt]) -> Compared:
    """What receipts of one channel, at least one, say together. Offline; each must hold by itself.

    Raises RecordForked, ThreadShorter or BackDated, with evidence; BadReceipt.
    """
    channel = receipts[0].channel
    trees = sorted((row for receipt in receipts for row in checkpoints_of(receipt)), key=lambda row: row.size)
    heads = [(note, head) for receipt in receipts for note, head in _heads(receipt)]
    check_one_record(channel, trees)
    _check_one_thread(channel, heads)
    check_times(channel, trees, heads)
    return Compared(
        channel=channel,
        receipts=len(receipts),
        sizes=tuple(sorted({row.size for row in trees})),
        unwitnessed=any(row.accepted.unwitnessed for row in trees),
    )


def check_one_record(channel: Channel, trees: Sequence[Signed]) -> None:
    """Raises RecordForked, with evidence, if two checkpoints of one size have different roots."""
    for first, second in combinations(trees, 2):
        if two_roots(first.accepted, second.accepted):
            raise RecordForked(
                f"The log signed two different records of {first.size} entries, and showed each to somebody else; keep "
                "the evidence and show it.",
                forked_record(channel=channel, older=first.note, newer=second.note),
            )


def check_times(channel: Channel, trees: Sequence[Signed], heads: Sequence[tuple[str, Head]]) -> None:
    """Raises BackDated, with evidence, if a checkpoint states an earlier time than what came before it.

    `trees` are smallest first; `heads` are mailbox heads with their notes.
    """
    evidence = next(_backwards(channel, trees, heads), None)
    if evidence is not None:
        raise BackDated(
            "The log signed a larger record with an earlier time: it back-dates, or its clock was set back; do not "
            "rely on its times, and keep the evidence.",
            evidence,
        )


def _backwards(channel: Channel, trees: Sequence[Signed], heads: Sequence[tuple[str, Head]]) -> Iterator[str]:
    for smaller, larger in combinations(trees, 2):
        if went_back(smaller.accepted, larger.accepted):
            yield back_dated(channel=channel, smaller=smaller.note, larger=larger.note)
    for note, head in heads:
        for tree in trees:
            if went_back_after(head, tree.accepted):
                yield back_dated(channel=channel, head=note, larger=tree.note)


def _check_one_thread(channel: Channel, heads: Sequence[tuple[str, Head]]) -> None:
    for one, other in combinations(sorted(heads, key=lambda row: row[1].time), 2):
        if contradict(one[1], other[1]):
            raise ThreadShorter(
                f"The log signed that a mailbox holds {one[1].count} items, and that it holds {other[1].count} or "
                "others; keep the evidence and show it.",
                shorter_thread(channel=channel, older=one[0], newer=other[0]),
            )


def _heads(receipt: Receipt) -> list[tuple[str, Head]]:
    return [(note, open_head(note, receipt.channel.log_verifier)) for note in receipt.heads]
