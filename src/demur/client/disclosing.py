# SPDX-License-Identifier: AGPL-3.0-or-later
"""Making exhibits: choosing what of a case somebody else gets to see. Format: `spec/exhibit.md`.

Everything but the answers and the charter's own text is on the author's disk already, so an exhibit is made without the
network and nobody learns that one was. What was made is verified before it is handed out.

What must never stand in an exhibit, because it reads or acts: return words, case key, token, mailbox. A sealed file goes
out with its own file key instead, which opens it alone.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from demur import canonical
from demur.client.authorkey import AuthorKey
from demur.client.errors import BadExhibit, BadKeyFile
from demur.client.exhibit import Exhibit, Placed, ShownEvent, Unsealed
from demur.client.exhibit_checks import AUTHORSHIP_DOMAIN, MAX_TO, signed_part, verify_exhibit
from demur.client.following import Thread
from demur.client.lookups import Record
from demur.client.receipt import Receipt
from demur.client.thread import Item
from demur.dissent import events
from demur.record.entry import case_entry
from demur.record.merkle import leaf_hash
from demur.seal.age import files as age
from demur.seal.errors import SealError

SHOWS: Final = ("existence", "time-and-charter", "text", "authorship", "answers")

# What a reader of each part learns beyond what its name says: told before an exhibit leaves the author's hands.
REVEALS: Final[Mapping[str, str]] = {
    "existence": "the channel, when you filed, and the places of your two entries in the record",
    "time-and-charter": "the case's number, the charter, and how many sealed files were filed; oversight and the readers "
    "can tell which case it is",
    "text": "your text and its original file; the case's number, the charter, and the time your own machine stated; the public "
    "key you signed it with and the one that answers are sealed to; the facts you stated of yourself; the offices that you let read, "
    "those that you named as in conflict and those whose new key you accepted; the names, sizes and hashes of your attachments; the "
    "case's salt, by which somebody who holds a sealed file of the case can tell that it is of this case",
    "authorship": "a signature that ties the holder of your return words to this exhibit and to whom it is made for; it "
    "convinces everybody whom it is shown to, and cannot be taken back",
    "answers": "what the offices wrote, with whatever they quote of your text; the case's number and the charter; who "
    "held which seat",
}


@dataclass(frozen=True, kw_only=True)
class Fetched:
    """What an exhibit takes from the server, verified: the charter, and the events after the filing."""

    charter: Placed
    rosters: tuple[Placed, ...] = ()
    events: tuple[ShownEvent, ...] = ()


def make_exhibit(
    shows: frozenset[str],
    key: AuthorKey,
    receipt: Receipt,
    *,
    sealed: bytes | None,
    fetched: Fetched | None,
    to: str,
    now: int,
) -> Exhibit:
    """An exhibit that shows `shows` (of SHOWS; existence always), verified. `now` is POSIX seconds.

    `sealed` is R.sealed, needed for the text; `fetched` is needed for the answers; `to` says to whom and what for, and
    is signed with authorship. Raises BadExhibit, BadKeyFile, BadReceipt.
    """
    _check_wish(shows, fetched, to)
    key.check_promise(receipt.opened_promise())
    exhibit = Exhibit(channel=receipt.channel, promise=receipt.promise, proofs=receipt.proofs)
    if shows & {"time-and-charter", "answers"}:
        exhibit = replace(exhibit, received=key.received, charter=fetched.charter if fetched else None)
    if "text" in shows:
        exhibit = replace(exhibit, submit=key.submit, text=_own_text(key, sealed))
    if "answers" in shows and fetched is not None:
        salt = key.salt if any(row.body for row in fetched.events) else ""
        exhibit = replace(exhibit, rosters=fetched.rosters, events=fetched.events, salt=salt)
    if "authorship" in shows:
        exhibit = replace(exhibit, authorship=_authorship(exhibit, key, to=to, now=now))
    verify_exhibit(Exhibit.parse(exhibit.written.encode()), receipt.channel, now=now)
    return exhibit


def fetch_for(thread: Thread, record: Record, *, answers: bool, own: bool) -> Fetched:
    """What the server adds to an exhibit; with `answers` the events after the filing that stand in the record.

    The author's own acts stay hidden unless `own`. Raises BadExhibit if nobody has answered, BadAnswer, and what
    `Server.get` raises.
    """
    charter = _placed(thread.key.submitted["charter"], record)
    if not answers:
        return Fetched(charter=charter)
    items = [item for item in thread.mailbox.items[1:] if own or item.event["seat"]]
    shown = tuple(row for item in items for row in _shown(item, thread, record))
    if not any(row.opening["event"]["seat"] for row in shown):
        raise BadExhibit("No answer stands in the record yet; show something else, or try again after the next tick.")
    leaves = dict.fromkeys(row.opening["event"]["roster"] for row in shown if row.opening["event"]["seat"])
    return Fetched(charter=charter, rosters=tuple(_placed(leaf, record) for leaf in leaves), events=shown)


def _check_wish(shows: frozenset[str], fetched: Fetched | None, to: str) -> None:
    if not shows <= set(SHOWS):
        raise BadExhibit(f"An exhibit can show {', '.join(SHOWS)}; choose of these.")
    if ("authorship" in shows) != bool(to.strip()):
        raise BadExhibit("A statement of authorship needs to say to whom and what for, and nothing else does.")
    if len(to) > MAX_TO:
        raise BadExhibit(f"To whom and what for takes {MAX_TO} letters at most; shorten it.")
    if "answers" in shows and fetched is None:
        raise BadExhibit("The answers are on the server; ask it for them.")


def _own_text(key: AuthorKey, sealed: bytes | None) -> Unsealed:
    if sealed is None:
        raise BadKeyFile(
            "The sealed copy of the text is missing, and only it binds a text to the record; put R.sealed beside R.key."
        )
    if events.salted(key.salt_bytes, sealed) != key.submitted["body"]:
        raise BadKeyFile(
            "The sealed copy beside the key file is not the one that was filed; use the one `demur file` wrote."
        )
    try:
        return Unsealed(sealed=sealed, key=age.file_key_of(sealed, [key.case_identity]))
    except SealError as error:
        raise BadKeyFile(f"The sealed copy beside the key file does not open: {error}") from None


def _authorship(exhibit: Exhibit, key: AuthorKey, *, to: str, now: int) -> dict[str, Any]:
    statement = {
        "v": 1,
        "type": "authorship",
        "origin": key.origin,
        "entry": key.entries[0].hex(),
        "exhibit": exhibit.digest,
        "to": to,
        "time": now,
        "by": key.keys.signing.public.hex(),
    }
    try:
        signature = key.keys.signing.sign(AUTHORSHIP_DOMAIN, signed_part(statement))
    except canonical.CanonicalError as error:
        raise BadExhibit(f"To whom and what for cannot be signed: {error}") from None
    return {**statement, "signature": signature.hex()}


def _placed(leaf: str, record: Record) -> Placed:
    placed = record.proof(bytes.fromhex(leaf))
    if placed is None:
        raise BadExhibit(
            "A charter or seats that this case names are not published yet; try again after the next tick."
        )
    return Placed(statement=record.statement(leaf), proof=placed.text)


def _shown(item: Item, thread: Thread, record: Record) -> Iterator[ShownEvent]:
    """The event as an exhibit shows it; nothing while it is not published, because an exhibit proves its time."""
    placed = record.proof(leaf_hash(case_entry(item.commitment)))
    if placed is None:
        return
    yield ShownEvent(
        opening=events.opening(item.event, bytes.fromhex(item.r)), proof=placed.text, body=_body(item, thread)
    )


def _body(item: Item, thread: Thread) -> Unsealed | None:
    spoken = thread.spoken.get(item.n)
    # A text that is not the recorded one, or not by whom the event names, proves nothing; its event is shown without.
    if spoken is None or spoken.fault in {"body", "manifest", "unreadable", "missing"}:
        return None
    sealed = thread.mailbox.file(item.body)
    keys = thread.key.keys.identity, thread.key.case_identity
    return Unsealed(sealed=sealed, key=age.file_key_of(sealed, keys))
