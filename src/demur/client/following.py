# SPDX-License-Identifier: AGPL-3.0-or-later
"""Following one's case: the thread read, every event proven, every sealed body opened and compared with what was
recorded.

Nothing is taken from the server's word: signatures are checked against the rosters the officers signed, openings
against proofs, the story against the procedure, bodies against the events they travel with. A fact that differs is a
mismatch, which the author's client reports as an event (PROTOCOL section 4).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from demur.charter.channel import Channel
from demur.charter.freeze import Frozen
from demur.client.authorkey import AuthorKey, keys_of
from demur.client.errors import BadAnswer, BadKeyFile, PromiseBroken
from demur.client.filing import CASE_FILE, SUBMIT_FILE
from demur.client.gaps import Gaps
from demur.client.http import Server
from demur.client.lookups import Placed, Record
from demur.client.mailbox import Item, Mailbox, not_before, read_mailbox
from demur.client.noticing import Noticed, notice
from demur.client.receipt import Act, Receipt
from demur.dissent import events
from demur.dissent.documents.case import read_kept_case, read_opening
from demur.dissent.documents.reply import Reply
from demur.dissent.documents.short import read_short
from demur.dissent.errors import DissentError, EventError
from demur.dissent.manifests import check_manifest
from demur.dissent.states import Story, fold
from demur.dissent.timing import ClockRow, clocks_of
from demur.record.entry import case_entry
from demur.record.errors import RecordError
from demur.record.head import open_head
from demur.record.merkle import leaf_hash
from demur.record.promise import open_promise
from demur.seal import container
from demur.seal.age import files as age
from demur.seal.container import Opened
from demur.seal.errors import SealError
from demur.seal.padme import FLOOR


@dataclass(frozen=True, kw_only=True)
class Spoken:
    """A sealed body that was opened: a reply, or a text. `fault` names what differs from the record ("" if nothing)."""

    seq: int
    kind: str
    text: str = ""
    reply: Reply | None = None
    fault: str = ""


@dataclass(frozen=True, kw_only=True)
class Thread:
    """A case as its author sees it, verified. `receipt` is the receipt with what was learned added."""

    key: AuthorKey
    mailbox: Mailbox
    frozen: Frozen
    story: Story
    clocks: tuple[ClockRow, ...]
    spoken: Mapping[int, Spoken]
    receipt: Receipt | None
    published: bool
    noticed: tuple[Noticed, ...] = ()
    late: bool = False  # a promise is over, and no record of so late a time shows whether it was kept

    @property
    def last(self) -> Item:
        """The latest event."""
        return self.mailbox.items[-1]

    @property
    def mismatches(self) -> list[Spoken]:
        """Bodies that differ from the record and that the author has not yet reported."""
        reported = {
            item.event["item"]
            for item in self.mailbox.items
            if item.event["type"] == "mismatch" and item.event["seat"] == ""
        }
        return [row for row in self.spoken.values() if row.fault and row.seq not in reported]


def follow(server: Server, key: AuthorKey, receipt: Receipt | None, channel: Channel, *, now: int) -> Thread:
    """Read and verify the case of `key`. `now` is POSIX seconds; `receipt` is the one beside the key, None if lost.

    Raises Dishonest with evidence, BadAnswer, BadKeyFile, BadReceipt, and what `Server.get` raises.
    """
    if key.origin != channel.origin:
        raise BadKeyFile(
            f"The key file is for the channel {key.origin}, not {channel.origin}; name its own with --channel."
        )
    record = Record(server=server, channel=channel)
    kept, acts = (receipt.heads, receipt.acts) if receipt else ((), ())
    mailbox = read_mailbox(server, key.keys, channel)
    gaps = Gaps(record=record, since=min((open_head(note, channel.log_verifier).size for note in kept), default=0))
    kept = gaps.surviving(kept, acts, mailbox)
    _check_beginning(key, mailbox)
    _check_signatures(key, mailbox, record)
    frozen = record.charter(key.submitted["charter"])
    story = _story(mailbox)
    if receipt is not None:
        receipt = _completed(replace(receipt, heads=kept), key, mailbox, gaps, now=now)
    proven = _check_places(mailbox, record)
    met = {n: max(row.accepted.time, not_before(channel, kept, n)) for n, row in proven.items()}
    # What the log owes starts with its promise; what others owe is met when the record shows it.
    met[mailbox.items[0].n] = int(mailbox.items[0].event["time"])
    return Thread(
        key=key,
        mailbox=mailbox,
        frozen=frozen,
        story=story,
        clocks=tuple(clocks_of(frozen, story, met, now)),
        spoken={item.n: _spoken(item, key, mailbox, record) for item in mailbox.items if item.body},
        receipt=receipt,
        published=len(proven) == len(mailbox.items),
        noticed=(*gaps.noticed, *notice(channel, kept, mailbox, proven)),
        late=receipt is not None and _late(receipt, now),
    )


def _late(receipt: Receipt, now: int) -> bool:
    """Whether a promise in the receipt is over without its proof: had a later record shown that it was broken, that would be raised."""
    log = receipt.channel.log_verifier
    waiting = [open_promise(act.promise, log) for act in receipt.acts if not act.proof]
    waiting += [] if receipt.proofs else [receipt.opened_promise()]
    return any(now > promise.not_after for promise in waiting)


def rebuild(server: Server, words: str, channel: Channel) -> tuple[AuthorKey, Receipt | None, bytes | None]:
    """Key file, receipt and sealed text from the twelve words alone. Raises BadKeyFile, BadAnswer, and what
    `Server.get` raises.

    The receipt is None where the server no longer tells the promise; the sealed text is None where it is gone.
    """
    keys = keys_of(words, channel.origin)
    mailbox = read_mailbox(server, keys, channel)
    try:
        kept = container.unpack(
            age.decrypt(mailbox.file(mailbox.first), [keys.identity]), by=keys.signing.public, floor=FLOOR
        )
        check_manifest(kept.manifest, type="keep", origin=channel.origin, seq=0, prev="", seat="")
        case = read_kept_case(kept.files[CASE_FILE])
        key = AuthorKey(
            origin=channel.origin,
            address=server.address,
            words=" ".join(words.lower().split()),
            case=case["case"],
            submit=read_opening(kept.files[SUBMIT_FILE]),
            received=events.opening(mailbox.items[0].event, bytes.fromhex(mailbox.items[0].r)),
            manifest=case["manifest"],
            case_key=case["case_key"],
            token=case["token"],
            salt=case["salt"],
        )
    except (SealError, DissentError, KeyError, IndexError) as error:
        raise BadAnswer(
            f"The mailbox's first item is not the one these words sealed ({error}); tell oversight."
        ) from None
    key = AuthorKey.parse(key.to_bytes())
    sealed = kept.manifest.get("sealed")
    body = mailbox.file(sealed) if isinstance(sealed, str) else None
    return key, _rebuilt_receipt(key, mailbox, channel), body


def _rebuilt_receipt(key: AuthorKey, mailbox: Mailbox, channel: Channel) -> Receipt | None:
    if not mailbox.promise:
        return None
    try:
        key.check_promise(open_promise(mailbox.promise, channel.log_verifier))
    except RecordError as error:
        raise BadAnswer(f"The promise that the server tells is not this filing's: {error}") from None
    return Receipt(channel=channel, promise=mailbox.promise, heads=(mailbox.head_note,))


def _check_beginning(key: AuthorKey, mailbox: Mailbox) -> None:
    if not mailbox.items or events.opening(mailbox.items[0].event, bytes.fromhex(mailbox.items[0].r)) != dict(
        key.received
    ):
        raise BadAnswer(
            "The thread does not start with the filing that this key file holds; keep your files and tell oversight."
        )


def _check_signatures(key: AuthorKey, mailbox: Mailbox, record: Record) -> None:
    for item in mailbox.items[1:]:
        try:
            events.verify_act(item.event, _public(item.event, key, record))
        except EventError as error:
            raise BadAnswer(str(error)) from None


def _public(event: Mapping[str, Any], key: AuthorKey, record: Record) -> bytes:
    """The public key that must have signed this event: the author's, or the seat's in the roster that the event
    names.
    """
    if event["seat"] == "":
        return key.keys.signing.public
    holder = record.roster(event["roster"]).holders.get(event["seat"])
    if holder is None:
        raise BadAnswer(
            f"Event {event['seq']} is by the seat {event['seat']!r}, which nobody held then; keep your files and tell "
            "oversight."
        )
    return holder.sign


def _story(mailbox: Mailbox) -> Story:
    try:
        return fold(item.event for item in mailbox.items)
    except DissentError as error:
        raise BadAnswer(f"The thread tells a story that the procedure does not allow: {error}") from None


def _completed(receipt: Receipt, key: AuthorKey, mailbox: Mailbox, gaps: Gaps, *, now: int) -> Receipt:
    """The receipt with the newest head, with proofs of what was promised, and without acts that a gap took. Raises PromiseBroken
    with evidence.
    """
    promise, record = receipt.opened_promise(), gaps.record
    key.check_promise(promise)
    receipt = receipt.with_head(mailbox.head_note)
    if not receipt.proofs:
        found = [record.proof(leaf) for leaf in promise.entries]
        if all(found):
            receipt = receipt.with_proofs((found[0].text, found[1].text))  # type: ignore[union-attr]
        elif now > promise.not_after:
            record.check_kept(receipt.promise, promise.entries, not_after=promise.not_after)
    acts = (_completed_act(act, gaps, now=now) for act in receipt.acts)
    return replace(receipt, acts=tuple(act for act in acts if act is not None))


def _completed_act(act: Act, gaps: Gaps, *, now: int) -> Act | None:
    record = gaps.record
    if act.proof:
        return act
    promise = open_promise(act.promise, record.channel.log_verifier)
    placed = record.proof(promise.entries[0])
    if placed is not None:
        return replace(act, proof=placed.text)
    if now > promise.not_after:
        try:
            record.check_kept(act.promise, promise.entries, not_after=promise.not_after)
        except PromiseBroken as error:
            if not gaps.excuses_promise(error, promise.time):
                raise
            return None
    return act


def _check_places(mailbox: Mailbox, record: Record) -> dict[int, Placed]:
    """Where each event stands in the record for all to see, and since when (by seq), as proven. Raises BadAnswer.

    An event that is not yet published has no time: claimed times never decide (PROTOCOL section 4).
    """
    places = {}
    for item in mailbox.items:
        placed = record.proof(leaf_hash(case_entry(item.commitment))) if item.index >= 0 else None
        if placed is not None and placed.index != item.index:
            raise BadAnswer(f"Event {item.n} does not stand where the server says; keep your files and tell oversight.")
        if placed is not None:
            places[item.n] = placed
    return places


def _spoken(item: Item, key: AuthorKey, mailbox: Mailbox, record: Record) -> Spoken:
    kind = str(item.event["type"])
    sealed = mailbox.file(item.body)
    if events.salted(key.salt_bytes, sealed) != item.event["body"]:
        return Spoken(seq=item.n, kind=kind, fault="body")
    try:
        plain = age.decrypt(sealed, [key.keys.identity, key.case_identity])
        opened = container.unpack(plain, by=_public(item.event, key, record), floor=FLOOR)
        wanted = {name: item.event[name] for name in ("type", "origin", "case", "seq", "prev", "seat", "charter")}
        check_manifest(opened.manifest, **wanted)
        return _document(item, opened)
    except (SealError, DissentError):
        return Spoken(seq=item.n, kind=kind, fault="manifest")


def _document(item: Item, opened: Opened) -> Spoken:
    kind = str(item.event["type"])
    [data] = opened.files.values()  # check_manifest: an act has one file
    if kind != "reply":
        return Spoken(seq=item.n, kind=kind, text=read_short(kind, data))
    reply = Reply.parse(data)
    told = {"outcome": reply.outcome, **reply.counts}
    differing = [name for name, value in told.items() if item.event[name] != value]
    return Spoken(seq=item.n, kind=kind, reply=reply, fault=differing[0] if differing else "")
