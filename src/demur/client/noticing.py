# SPDX-License-Identifier: AGPL-3.0-or-later
"""What an author's client notices in a thread that holds: an item that was withheld, times that run backwards.

Neither is a reason to refuse the thread, because the author must be able to read an answer that came late. No clock is met by such an item
before the last head that lacks it, whatever time is claimed; and the evidence is kept.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from demur.charter.channel import Channel
from demur.client.comparing import Signed, check_times
from demur.client.contradictions import log_time, withheld
from demur.client.errors import BackDated
from demur.client.evidence import withheld_item
from demur.client.lookups import Placed
from demur.client.mailbox import Mailbox
from demur.client.thread import Item
from demur.dissent import events
from demur.record.head import Head, open_head
from demur.record.proof import Proof

_Noted = tuple[str, Head]


@dataclass(frozen=True, kw_only=True)
class Noticed:
    """One sentence for a person, and the evidence that convinces others."""

    sentence: str
    evidence: str


def notice(
    channel: Channel, kept: Sequence[str], mailbox: Mailbox, places: Mapping[int, Placed]
) -> tuple[Noticed, ...]:
    """What the log must answer for: `kept` are head notes from before that the mailbox extends; `places` the proofs of its
    items, by n.
    """
    heads = [(note, open_head(note, channel.log_verifier)) for note in kept]
    found = [_withheld(channel, heads, mailbox, item, places[item.n]) for item in mailbox.items if item.n in places]
    found.append(_back_dated(channel, heads, list(places.values())))
    return tuple(row for row in found if row is not None)


def _withheld(
    channel: Channel, heads: Sequence[_Noted], mailbox: Mailbox, item: Item, placed: Placed
) -> Noticed | None:
    recorded = log_time(placed.accepted)
    lacking = [note for note, head in heads if withheld(head, item.n, index=placed.index, recorded=recorded)]
    if not lacking:
        return None
    # The first head that holds it, so that asking again makes the same evidence, not more of it.
    later, head = next(row for row in [*heads, (mailbox.head_note, mailbox.head)] if row[1].count > item.n)
    evidence = withheld_item(
        channel=channel,
        head=lacking[0],
        later=later,
        items=mailbox.hashes[: head.count],
        opening={**events.opening(item.event, bytes.fromhex(item.r)), "body": item.body},
        proof=placed.text,
    )
    return Noticed(
        sentence=f"Item {item.n} was in the record while the log signed that this mailbox did not hold it: it was "
        "withheld from you, and counts from when it was shown.",
        evidence=evidence,
    )


def _back_dated(channel: Channel, heads: Sequence[_Noted], places: Sequence[Placed]) -> Noticed | None:
    notes = {Proof.parse(row.text).checkpoint_text: row.accepted for row in places}
    trees = sorted((Signed(note, accepted) for note, accepted in notes.items()), key=lambda row: row.size)
    try:
        check_times(channel, trees, heads)
    except BackDated as error:
        return Noticed(sentence=str(error), evidence=error.evidence)
    return None
