# SPDX-License-Identifier: AGPL-3.0-or-later
"""The author's mailbox, read and checked against everything the author already holds.

Every answer carries a head signed by the log. The items must chain to it, and every head kept from before must lie on
that chain: a server that takes an item away, or changes one, contradicts its own signature, and the two heads are the
evidence.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from demur.charter.channel import Channel
from demur.client.contradictions import contradict
from demur.client.errors import BadAnswer, ItemChanged, ServerRefused, ThreadShorter
from demur.client.evidence import changed_item, shorter_thread
from demur.client.http import Server
from demur.client.lookups import NOT_FOUND
from demur.client.thread import MOST_ITEMS, Item, is_hash, read_items, read_pages
from demur.dissent.bundle import unpack_bundle
from demur.dissent.errors import BundleError
from demur.record.errors import RecordError
from demur.record.head import MARGIN, Head, item_chain, open_head
from demur.seal.returning import ReturnKeys

START_OF_CHAIN: Final = bytes(32)
_UNKNOWN: Final = frozenset({NOT_FOUND, 405})  # how a server of before answers an address that it does not have
_READS: Final = 3  # a head may be signed a moment after the items were read; then both are read again


@dataclass(frozen=True, kw_only=True)
class Mailbox:
    """What the server shows, chained to its signed head. `first` is the SHA-256 (hex) of item 0; `chain[n]` the hash
    after n items.

    `promise` is the filing's promise, "" where the server does not tell it.
    """

    server: Server
    keys: ReturnKeys
    head_note: str
    head: Head
    first: str
    items: tuple[Item, ...]
    chain: tuple[bytes, ...]
    promise: str = ""

    @property
    def hashes(self) -> list[bytes]:
        """The item hashes that the head chains, from item 0."""
        return [bytes.fromhex(self.first), *(item.hash for item in self.items)]

    def file(self, sha256: str) -> bytes:
        """A sealed file of this mailbox. Raises BadAnswer if it is another, and what `Server.get` raises."""
        data = self.server.get(f"/api/v1/mailbox/{self.keys.mailbox}/files/{sha256}", bearer(self.keys))
        if hashlib.sha256(data).hexdigest() != sha256:
            raise BadAnswer(
                "The server gave another sealed file than the one recorded; try again later, and keep your files."
            )
        return data


@dataclass(kw_only=True)
class Texts:
    """The sealed texts of a mailbox's events, read in order and asked for many at a time: two hundred messages cost one request. Only the
    texts of one answer are held.
    """

    mailbox: Mailbox
    _upto: int = -1  # the event up to which `_page` holds what the server has
    _page: Mapping[str, bytes] = field(default_factory=dict)

    def of(self, item: Item) -> bytes | None:
        """The sealed text of an event, None where the server lacks it. Raises what `Mailbox.file` raises otherwise."""
        if item.n > self._upto:
            self._page, self._upto = self._asked(item.n)
        sealed = self._page.get(item.body)
        if sealed is not None:
            return sealed
        try:
            return self.mailbox.file(item.body)
        except ServerRefused as error:
            if error.status != NOT_FOUND:
                raise
            return None

    def _asked(self, n: int) -> tuple[Mapping[str, bytes], int]:
        keys = self.mailbox.keys
        try:
            answer = self.mailbox.server.get(f"/api/v1/mailbox/{keys.mailbox}/texts?after={n - 1}", bearer(keys))
            header, files = unpack_bundle(answer)  # names each by the hash that it has
        except ServerRefused as error:
            if error.status not in _UNKNOWN:
                raise
            return {}, MOST_ITEMS
        except BundleError as error:
            raise BadAnswer(
                f"The server's answer does not hold the sealed texts that were asked for: {error}"
            ) from None
        upto = header.get("last")
        rows = zip(header["files"], files, strict=False)
        return {row["sha256"]: data for row, (_, data) in rows}, max(n, upto if type(upto) is int else n)


def bearer(keys: ReturnKeys) -> dict[str, str]:
    """The header that opens one mailbox."""
    return {"Authorization": f"Bearer {keys.bearer.hex()}"}


def read_mailbox(server: Server, keys: ReturnKeys, channel: Channel) -> Mailbox:
    """Read the whole mailbox. Raises BadAnswer, and what `Server.get` raises."""
    for left in reversed(range(_READS)):
        answer = read_pages(lambda after: server.get_json(f"/api/v1/mailbox/{keys.mailbox}?{after}", bearer(keys)))
        try:
            return check_mailbox(answer, server, keys, channel)
        except BadAnswer:
            if not left:
                raise
    raise AssertionError("the last read returns or raises")


def check_mailbox(answer: Mapping[str, Any], server: Server, keys: ReturnKeys, channel: Channel) -> Mailbox:
    """Verify a mailbox answer: form, head, chain, and that each event continues the one before. Raises BadAnswer."""
    note = str(answer.get("head"))
    try:
        head = open_head(note, channel.log_verifier)
    except RecordError as error:
        raise BadAnswer(f"The mailbox's head is not signed by this channel's log: {error}") from None
    rows = answer.get("items")
    if not isinstance(rows, list) or not rows or head.mailbox != keys.mailbox:
        raise BadAnswer("The server's answer is not this mailbox; try again later, and keep your files.")
    first = _first(rows[0])
    items = read_items(rows[1:], origin=channel.origin)
    chain = [START_OF_CHAIN, item_chain(START_OF_CHAIN, bytes.fromhex(first))]
    for item in items:
        chain.append(item_chain(chain[-1], item.hash))
    if (head.count, head.last) != (len(rows), chain[-1]):
        raise BadAnswer(
            "The mailbox's items are not those its signed head counts; try again later, and keep your files."
        )
    promise = answer.get("promise", "")
    return Mailbox(
        server=server,
        keys=keys,
        head_note=note,
        head=head,
        first=first,
        items=items,
        chain=tuple(chain),
        promise=promise if isinstance(promise, str) else "",
    )


def compare_heads(channel: Channel, kept: Sequence[str], mailbox: Mailbox) -> None:
    """Raises ThreadShorter or ItemChanged, with evidence, if the mailbox contradicts a head kept from before; BadAnswer
    where no two heads prove it.
    """
    for note in kept:
        try:
            older = open_head(note, channel.log_verifier)
        except RecordError as error:
            raise BadAnswer(f"A mailbox head in the receipt is not signed by this channel's log: {error}") from None
        if contradict(older, mailbox.head):
            raise ThreadShorter(
                f"The log signed that this mailbox holds {older.count} items and now shows {mailbox.head.count} or "
                "others; keep the evidence file and show it.",
                shorter_thread(channel=channel, older=note, newer=mailbox.head_note),
            )
        if older.mailbox != mailbox.head.mailbox:
            raise BadAnswer(
                "The receipt's heads are of another mailbox than this key's; name the two that belong together."
            )
        if older.count > mailbox.head.count:
            raise BadAnswer(
                "The server's answer is older than one that you hold, or of the same minute: it counts fewer items. Ask again in a "
                "minute, keep your files, and tell oversight if it stays so."
            )
        if mailbox.chain[older.count] != older.last:
            raise ItemChanged(
                "An item of the mailbox is not the one that the log signed before; keep the evidence file and show it.",
                changed_item(channel=channel, older=note, newer=mailbox.head_note, items=mailbox.hashes),
            )
        if older.size > mailbox.head.size and mailbox.head.time > older.time + MARGIN:
            raise BadAnswer("The record is smaller than the log signed before; keep your files and tell oversight.")


def not_before(heads: Sequence[Head], n: int) -> int:
    """The time (POSIX seconds) of the latest kept head that does not count item `n`, else 0.

    An obligation that item n meets was not met before then, whatever time the event claims.
    """
    return max((head.time for head in heads if head.count <= n), default=0)


def _first(row: object) -> str:
    if isinstance(row, dict) and row.get("n") == 0 and is_hash(row.get("body")):
        return str(row["body"])
    raise BadAnswer("The mailbox lacks its first item; try again later, and keep your files.")
