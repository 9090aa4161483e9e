# SPDX-License-Identifier: AGPL-3.0-or-later
"""Following one's case: the thread read and judged (`thread`), every sealed text opened and compared with what was recorded (`texts`).

Nothing is taken from the server's word. What differs is reported by the author's client as an event (PROTOCOL section 4), and a reply is
held against the author's own claims: one that leaves out a claim, repeats one or invents one does not count.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from demur.charter.channel import Channel
from demur.charter.freeze import Frozen
from demur.client import erasure
from demur.client.authorkey import AuthorKey, keys_of
from demur.client.errors import BadAnswer, BadKeyFile, ClientError, PromiseBroken, ServerRefused
from demur.client.filing import CASE_FILE, DISSENT_FILE, SUBMIT_FILE
from demur.client.gaps import Gaps
from demur.client.http import Server
from demur.client.lookups import Placed, Record
from demur.client.mailbox import Mailbox, Texts, not_before, read_mailbox
from demur.client.noticing import Noticed, notice
from demur.client.receipt import Act, Receipt
from demur.client.texts import Opening, Spoken, open_text
from demur.client.thread import Fault, Item, Reading, is_hash, read_thread, signer_of
from demur.dissent import events
from demur.dissent.documents.case import read_kept_case, read_opening
from demur.dissent.documents.dissent import Dissent
from demur.dissent.errors import DissentError
from demur.dissent.manifests import check_manifest
from demur.dissent.states import FILING, State, Story, Verb, tell
from demur.dissent.timing import ClockRow, as_done, clocks_of
from demur.record.errors import RecordError
from demur.record.head import open_head
from demur.record.promise import Promise, open_promise
from demur.seal import container
from demur.seal.age import files as age
from demur.seal.errors import SealError
from demur.seal.padme import FLOOR
from demur.seal.words import typed_words


@dataclass(frozen=True, kw_only=True)
class Report:
    """What the author's client tells the record: that event `seq` differs in `fact` (`mismatch`) or cannot be opened (`unreadable`), or
    that the filing opens here, which two seats say cannot be read (`readable`).
    """

    verb: Verb
    seq: int
    fact: str


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
    faults: tuple[Fault, ...] = ()
    noticed: tuple[Noticed, ...] = ()
    late: bool = False  # a promise is over, and no record of so late a time shows whether it was kept
    reports: tuple[
        Report, ...
    ] = ()  # what differs from the record or should not stand in it, not yet reported by the author; first what moves a clock
    standing: State  # where it stands as the author sees it: a reply that their client reports counts for nothing before that is recorded

    @property
    def last(self) -> Item:
        """The latest event."""
        return self.mailbox.items[-1]


def follow(
    server: Server,
    key: AuthorKey,
    receipt: Receipt | None,
    channel: Channel,
    *,
    now: int,
    own: bytes | None = None,
) -> Thread:
    """Read and verify the case of `key`. `now` is POSIX seconds; `receipt` is the one beside the key, None if lost; `own` is the author's
    sealed copy of the text, asked of the server where it is None and needed.

    Raises Dishonest with evidence, BadAnswer, BadKeyFile, BadReceipt, and what `Server.get` raises.
    """
    if key.origin != channel.origin:
        raise BadKeyFile(
            f"The key file is for the channel {key.origin}, not {channel.origin}; name its own with --channel."
        )
    record = Record(server=server, channel=channel)
    kept, acts = (receipt.heads, receipt.acts) if receipt else ((), ())
    mailbox = _own_mailbox(record, key)
    gaps = Gaps(record=record, since=min((open_head(note, channel.log_verifier).size for note in kept), default=0))
    kept = gaps.surviving(kept, acts, mailbox)
    _check_beginning(key, mailbox)
    recused = frozenset(key.manifest.get("recused", ()))
    dissent = _judged_by(key, mailbox, own)
    reading = read_thread(
        mailbox.items, record, author=key.keys.signing.public, now=now, recused=recused, filed=_version(dissent)
    )
    story, frozen, proven = reading.story, reading.frozen, reading.places
    if receipt is not None:
        receipt = _completed(replace(receipt, heads=kept), key, mailbox, gaps, now=now)
    heads = [open_head(note, channel.log_verifier) for note in kept]
    met = {n: max(row.accepted.time, not_before(heads, n)) for n, row in proven.items()}
    # What the log owes starts with its promise; what others owe is met when the record shows it.
    met[mailbox.items[0].n] = int(mailbox.items[0].event["time"])
    spoken = _spoken(key, mailbox, reading, record, dissent)
    reports = _reports(mailbox, spoken, reading.faults, story)
    as_reported = _as_reported(story, reports)
    if story.unreadable_seq is not None and dissent is not None:
        reports = (Report(verb=Verb.READABLE, seq=FILING, fact=""), *reports)
    return Thread(
        key=key,
        mailbox=mailbox,
        frozen=frozen,
        story=story,
        clocks=tuple(as_done(clocks_of(frozen, as_reported, met, now), as_reported, met, now, to_author=True)),
        spoken=spoken,
        receipt=receipt,
        published=len(proven) == len(mailbox.items),
        faults=reading.faults,
        noticed=(*gaps.noticed, *notice(channel, kept, mailbox, proven)),
        late=receipt is not None and _late(receipt, now),
        reports=reports,
        standing=as_reported.state,
    )


def _reports(
    mailbox: Mailbox, spoken: Mapping[int, Spoken], faults: Iterable[Fault], story: Story
) -> tuple[Report, ...]:
    """What is to be reported, first what disputes the reply: however much else there is, a reply that is none meets no clock."""
    said = {item.event.get("item") for item in mailbox.items if _is_report(item.event)}
    texts = [Report(verb=row.report, seq=row.seq, fact=row.fault) for row in spoken.values() if row.fault]
    acts = [Report(verb=Verb.MISMATCH, seq=fault.seq, fact=fault.name) for fault in faults]
    rows = [row for row in {row.seq: row for row in (*acts, *texts)}.values() if row.seq not in said]
    return tuple(sorted(rows, key=lambda row: (row.seq != story.reply_seq, row.seq)))


def _as_reported(story: Story, reports: Iterable[Report]) -> Story:
    """The story as it is once the reply was reported: a server that takes no report shows no clock as met by a reply that is none."""
    place = {"v": 2, "seat": "", "seq": story.seq, "time": story.time, "body": ""}
    for row in reports:
        if row.seq == story.reply_seq:
            story = tell(story, {**place, "type": row.verb, "item": row.seq})
    return story


def _own_mailbox(record: Record, key: AuthorKey) -> Mailbox:
    try:
        return read_mailbox(record.server, key.keys, record.channel)
    except ServerRefused as error:
        if error.code != erasure.CODE:
            raise
        raise erasure.told_erased(record, events.commitment(*events.check_opening(key.received))) from None


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
            words=" ".join(typed_words(words)),
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
    log = record.channel.log_verifier
    promised = {act.promise: open_promise(act.promise, log) for act in receipt.acts if not act.proof}
    proofs = record.proofs([row.entries[0] for row in promised.values()])
    acts = (
        _completed_act(act, promised[act.promise], proofs, gaps, now=now) if act.promise in promised else act
        for act in receipt.acts
    )
    return replace(receipt, acts=tuple(act for act in acts if act is not None))


def _completed_act(act: Act, promise: Promise, proofs: Mapping[bytes, Placed], gaps: Gaps, *, now: int) -> Act | None:
    placed = proofs.get(promise.entries[0])
    if placed is not None:
        return replace(act, proof=placed.text)
    if now > promise.not_after:
        try:
            gaps.record.check_kept(act.promise, promise.entries, not_after=promise.not_after)
        except PromiseBroken as error:
            if not gaps.excuses_promise(error, promise.time):
                raise
            return None
    return act


def own_dissent(key: AuthorKey, mailbox: Mailbox, own: bytes | None = None) -> Dissent | None:
    """The author's dissent, from their sealed copy `own` or from the server; None where it cannot be had or is not what was recorded."""
    try:
        sealed = own if own is not None else mailbox.file(_sealed_hash(key, mailbox))
        if events.salted(key.salt_bytes, sealed) != key.submitted["body"]:
            return None
        opened = container.unpack(age.decrypt(sealed, [key.case_identity]), by=key.keys.signing.public, floor=FLOOR)
        return Dissent.parse(opened.files[DISSENT_FILE])
    except (SealError, DissentError, ClientError, KeyError):
        return None


def _sealed_hash(key: AuthorKey, mailbox: Mailbox) -> str:
    """SHA-256 (hex) of the sealed text, as item 0 names it. Raises BadAnswer, SealError, KeyError."""
    plain = age.decrypt(mailbox.file(mailbox.first), [key.keys.identity])
    sealed = container.unpack(plain, by=key.keys.signing.public, floor=FLOOR).manifest["sealed"]
    if not is_hash(sealed):
        raise BadAnswer("The mailbox's first item does not name the sealed text; tell oversight.")
    return str(sealed)


def _judged_by(key: AuthorKey, mailbox: Mailbox, own: bytes | None) -> Dissent | None:
    """The author's dissent, where an event is judged by it: a reply, what a seat does in the form of version 1 or cannot read."""
    told = [item.event for item in mailbox.items]
    needed = any(
        event["type"] in {Verb.REPLY, Verb.UNREADABLE} or (event["seat"] and event["v"] == 1) for event in told
    )
    return own_dissent(key, mailbox, own) if needed else None


def _version(dissent: Dissent | None) -> int:
    return 1 if dissent is None else dissent.v


def _spoken(
    key: AuthorKey, mailbox: Mailbox, reading: Reading, record: Record, dissent: Dissent | None
) -> dict[int, Spoken]:
    # Replies to a dissent of version 1 are held against its claims from version 2 of acts on.
    new = any(item.event["type"] == Verb.REPLY and item.event["v"] > 1 for item in mailbox.items)
    opening = Opening(
        identities=(key.keys.identity, key.case_identity),
        salt=key.salt_bytes,
        dissent=dissent if new or _version(dissent) > 1 else None,
        most=reading.frozen.charter.limits.claims,
    )
    author, texts = key.keys.signing.public, Texts(mailbox=mailbox)
    return {
        item.n: open_text(texts.of(item), item, opening, by=signer_of(item.event, author, record))
        for item in mailbox.items
        if item.body
    }


def _is_report(event: Mapping[str, Any]) -> bool:
    return event["type"] in {Verb.MISMATCH, Verb.UNREADABLE} and event["seat"] == ""
