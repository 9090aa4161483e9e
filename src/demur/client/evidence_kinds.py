# SPDX-License-Identifier: AGPL-3.0-or-later
"""The kinds of evidence: for each, its sections and the check that convinces. Rules: `spec/receipt.md`, "Evidence".

A check is given the channel and the sections' texts, opens each with the channel's keys, and returns one sentence that says what is
proven. It raises BadEvidence where something is not signed, and where what is signed is no contradiction.
"""

import base64
import binascii
from collections.abc import Callable, Mapping
from typing import Any, Final

from demur import canonical
from demur.charter.channel import Channel
from demur.charter.directory import DirectoryError, open_directory
from demur.charter.errors import CharterError
from demur.charter.officers import StatementError, check_statement
from demur.client.contradictions import (
    chain_of,
    contradict,
    later_than,
    log_time,
    replaced,
    rewritten,
    two_roots,
    went_back,
    went_back_after,
    withheld,
)
from demur.client.errors import BadEvidence
from demur.client.named import Named, rolled_back
from demur.dissent import events
from demur.dissent.errors import EventError
from demur.record.entry import case_entry, readable_entry
from demur.record.errors import RecordError
from demur.record.head import Head, open_head
from demur.record.merkle import leaf_hash, root_of
from demur.record.policy import Accepted, Policy
from demur.record.promise import open_promise
from demur.record.proof import Proof

Check = Callable[..., str]
# What an honest log can have signed in either order: evidence made before this was known is refused by the same sentence.
_SAME_MINUTE: Final = (
    "The {} do not lie more than a minute apart, and an honest log may have signed them in either order; they prove "
    "nothing."
)
_HEX: Final = frozenset("0123456789abcdef")
# Two heads cannot tell a lie from a loss: the record must.
_UNLESS: Final = (
    " Either items were taken away, or the log was restored from a backup and lost them; "
    "then its record says so in a gap entry."
)


def _unsigned_roster(channel: Channel, note: str, line: str) -> str:
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


def _shorter_thread(channel: Channel, first: str, second: str) -> str:
    older, newer = _head(channel, first), _head(channel, second)
    if not contradict(older, newer):
        if older.mailbox == newer.mailbox and older.count > newer.count:
            raise BadEvidence(_SAME_MINUTE.format("two mailbox heads"))
        raise BadEvidence("The two mailbox heads agree with each other; they prove nothing.")
    return f"The log signed that a mailbox holds {older.count} items, and later that it holds {newer.count} or others.{_UNLESS}"


def _changed_item(channel: Channel, first: str, second: str, lines: str) -> str:
    older, newer, items = _head(channel, first), _head(channel, second), _hashes(lines)
    if not replaced(older, newer, items):
        raise BadEvidence("The newer mailbox head can extend the older one; the evidence proves nothing.")
    return (
        f"The log signed for {older.count} items of a mailbox, and for {newer.count} whose first {older.count} are "
        f"others: an item was replaced.{_UNLESS}"
    )


def _withheld_item(channel: Channel, note: str, later: str, lines: str, opening: str, proof: str) -> str:
    head, holding, items = _head(channel, note), _head(channel, later), _hashes(lines)
    event, item, commitment = _opened(opening)
    if (len(items), chain_of(items)[-1]) != (holding.count, holding.last) or head.mailbox != holding.mailbox:
        raise BadEvidence("The items in the evidence are not those of the mailbox; it proves nothing.")
    n: int = event["seq"]
    if n >= len(items) or items[n] != item or event["origin"] != channel.origin:
        raise BadEvidence("The event in the evidence is not the mailbox's item; it proves nothing.")
    index, accepted = _placed(channel, proof, leaf_hash(case_entry(commitment)))
    if not withheld(head, n, index=index, recorded=log_time(accepted)):
        if head.time > log_time(accepted) and index < head.size and head.count <= n:
            raise BadEvidence(_SAME_MINUTE.format("mailbox head and the record that holds the item"))
        raise BadEvidence("The mailbox head was signed before the item was recorded; the evidence proves nothing.")
    return (
        f"The log recorded item {n} of a mailbox ({event['type']}) by {log_time(accepted)}, and signed at {head.time}, "
        f"beside a record that holds it, that the mailbox has {head.count} items: it was withheld until then."
    )


def _broken_promise(channel: Channel, note: str, checkpoint: str, lines: str) -> str:
    try:
        promise = open_promise(note, channel.log_verifier)
    except RecordError as error:
        raise BadEvidence(f"The promise in the evidence is not signed by the channel: {error}") from None
    accepted = _accepted(channel, checkpoint)
    if promise.channel != channel.digest or not later_than(promise.not_after, accepted):
        raise BadEvidence(
            "The checkpoint is not later than the promise's due time by more than a minute; the evidence proves nothing yet."
        )
    leaves = _hashes(lines)
    if (len(leaves), root_of(leaves)) != (accepted.checkpoint.size, accepted.checkpoint.root):
        raise BadEvidence("The hashes in the evidence are not those of the checkpoint's tree; it proves nothing.")
    if set(promise.entries) <= set(leaves):
        raise BadEvidence("The promised entries are in the tree; the promise was kept.")
    return "The log promised an entry by a time, and signed a later tree that does not hold it."


def _two_roots(channel: Channel, first: str, second: str) -> str:
    older, newer = _signed(channel, first), _signed(channel, second)
    if not two_roots(older, newer):
        raise BadEvidence("The two checkpoints can be of one record; they prove nothing.")
    return f"The log signed two different records of {older.checkpoint.size} entries."


def _rewritten(channel: Channel, first: str, second: str, lines: str) -> str:
    older, newer = _signed(channel, first), _signed(channel, second)
    if not rewritten(older, newer, _hashes(lines)):
        raise BadEvidence("The newer checkpoint can extend the older one; the evidence proves nothing.")
    return (
        f"The log signed a record of {older.checkpoint.size} entries, and one of {newer.checkpoint.size} that does not "
        "start with them."
    )


def witnesses_of_both(channel: Channel, first: str, second: str) -> str:
    """Who of the witnesses cosigned both checkpoints of a `forked-record`, as a sentence; "" if nobody did."""
    both = sorted(set(_signed(channel, first).witnesses) & set(_signed(channel, second).witnesses))
    return f" Both are cosigned by {', '.join(both)}, who must not sign two." if both else ""


def _went_back(channel: Channel, first: str, second: str) -> str:
    smaller, larger = _signed(channel, first), _signed(channel, second)
    if not went_back(smaller, larger):
        if log_time(larger) < log_time(smaller) and larger.checkpoint.size > smaller.checkpoint.size:
            raise BadEvidence(_SAME_MINUTE.format("two checkpoints"))
        raise BadEvidence("The larger checkpoint is not the earlier one; the two prove nothing.")
    return _dated(larger, f"one of {smaller.checkpoint.size} entries that says {log_time(smaller)}")


def _went_back_after(channel: Channel, note: str, checkpoint: str) -> str:
    head, larger = _head(channel, note), _signed(channel, checkpoint)
    if not went_back_after(head, larger):
        raise BadEvidence("The checkpoint can have been signed before the mailbox head; the two prove nothing.")
    return _dated(larger, f"a mailbox head that says {head.time} and names {head.size} entries")


def _dated(larger: Accepted, before: str) -> str:
    return (
        f"The log signed a record of {larger.checkpoint.size} entries as of {log_time(larger)}, and before it {before}: "
        "it back-dates, or its clock was set back; its own times prove nothing."
    )


def _older_statement(channel: Channel, first: str, seen_line: str, second: str, shown_line: str) -> str:
    try:
        seen, shown = Named.read(channel, first, seen_line), Named.read(channel, second, shown_line)
    except (CharterError, RecordError, canonical.CanonicalError) as error:
        raise BadEvidence(f"The evidence holds something that log and officers did not sign: {error}") from None
    if not rolled_back(seen, shown):
        if shown.directory.time > seen.directory.time and shown.kind == seen.kind and shown.number < seen.number:
            raise BadEvidence(_SAME_MINUTE.format("two directories"))
        raise BadEvidence("The second directory can have been signed before the first; the two prove nothing.")
    return (
        f"The log named {seen.kind} number {seen.number} as in force, and later, beside a record that holds it, number "
        f"{shown.number}."
    )


def _head(channel: Channel, note: str) -> Head:
    try:
        return open_head(note, channel.log_verifier)
    except RecordError as error:
        raise BadEvidence(f"A mailbox head in the evidence is not signed by the log: {error}") from None


def _signed(channel: Channel, note: str) -> Accepted:
    """The checkpoint, signed by both keys of the log: what it signed convicts it, also where too few witnesses stand beside it."""
    try:
        return channel.policy_object.accept(note)
    except RecordError:
        pass  # judged below, with no witness to name
    try:
        return Policy.for_log((channel.ed25519_vkey, channel.mldsa_vkey)).accept(note)
    except RecordError as error:
        raise BadEvidence(f"A checkpoint in the evidence is not signed by the channel's log: {error}") from None


def _accepted(channel: Channel, note: str) -> Accepted:
    try:
        return channel.policy_object.accept(note)
    except RecordError as error:
        raise BadEvidence(f"A checkpoint in the evidence is not signed under the channel's policy: {error}") from None


def _placed(channel: Channel, text: str, leaf: bytes) -> tuple[int, Accepted]:
    try:
        proof = Proof.parse(text)
        return proof.index, proof.verify(leaf, channel.policy_object)
    except RecordError as error:
        raise BadEvidence(f"The proof in the evidence does not hold: {error}") from None


def _opened(line: str) -> tuple[dict[str, Any], bytes, bytes]:
    """The event, its item hash, and the commitment that the record holds. The inverse of `evidence.withheld_item`'s line."""
    try:
        row = canonical.load_object(line.removesuffix("\n").encode())
        body = row.pop("body", None)
        event, r = events.check_opening(row)
    except (canonical.CanonicalError, EventError) as error:
        raise BadEvidence(f"The opening in the evidence is not one of an event: {error}") from None
    if not isinstance(body, str) or (body and (len(body) != 64 or not set(body) <= _HEX)) or not line.endswith("\n"):
        raise BadEvidence("The opening in the evidence is not in its form; use an undamaged copy.")
    item = events.item_hash(event["seq"], body=body, event=event, r=r.hex())
    return event, item, events.commitment(event, r)


def _hashes(lines: str) -> list[bytes]:
    try:
        hashes = [base64.b64decode(line, validate=True) for line in lines.splitlines()]
    except (binascii.Error, ValueError):
        hashes = []
    same = "".join(base64.b64encode(row).decode() + "\n" for row in hashes) == lines
    if not hashes or not same or any(len(row) != 32 for row in hashes):
        raise BadEvidence("The evidence's list of hashes is not one; use an undamaged copy.")
    return hashes


# Kinds that rest on more than the log's first key: on who the officers are, or on the times that its second key states. A stranger
# can write a channel line that names the log's first key beside keys of his own, and what an honest log signed would look like a lie.
REST_ON_CHANNEL: Final = frozenset({"unsigned-roster", "withheld-item", "back-dated"})

# The kind that convicts witnesses too, by the keys that the channel's policy names.
FORKED: Final = "forked-record"

# kind -> the sections that it may have after `channel` and `kind`, and the check of each form
KINDS: Final[Mapping[str, Mapping[tuple[str, ...], Check]]] = {
    "unsigned-roster": {("directory", "roster"): _unsigned_roster},
    "older-statement": {("seen", "seen-statement", "shown", "shown-statement"): _older_statement},
    "shorter-thread": {("older", "newer"): _shorter_thread},
    "changed-item": {("older", "newer", "items"): _changed_item},
    "withheld-item": {("head", "later", "items", "opening", "proof"): _withheld_item},
    "broken-promise": {("promise", "checkpoint", "hashes"): _broken_promise},
    FORKED: {("older", "newer"): _two_roots, ("older", "newer", "hashes"): _rewritten},
    "back-dated": {("smaller", "larger"): _went_back, ("head", "larger"): _went_back_after},
}
