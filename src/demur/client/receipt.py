# SPDX-License-Identifier: AGPL-3.0-or-later
"""The receipt: proof that an entry exists, and since when. Format: `spec/receipt.md`.

It neither reads nor acts, so it can be printed, shown, given to a court. It verifies offline with nothing but itself
and a channel that the verifier trusts; without one it holds only "by its own channel", and says so, because anybody can
make a channel and a receipt in it. Every byte is signed, hashed or refused.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Final

from demur import canonical
from demur.charter.channel import Channel
from demur.charter.errors import CharterError
from demur.charter.policies import with_changes
from demur.client.contradictions import contradict
from demur.client.errors import BadReceipt
from demur.client.sections import Section, read_sections, write_sections
from demur.record.checkpoint import Checkpoint
from demur.record.errors import RecordError
from demur.record.head import Head, open_head
from demur.record.note import Note
from demur.record.policy import Accepted
from demur.record.promise import Promise, open_promise
from demur.record.proof import Proof

FIRST_LINE: Final = "demur/receipt/v1"
FILING_ENTRIES: Final = 2  # the author's commitment and the log's received event


@dataclass(frozen=True, kw_only=True)
class Act:
    """A later act of the author: its promise, and its proof once published ("" before)."""

    promise: str
    proof: str = ""


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """A receipt as it stands in the file; `verify` says whether it holds."""

    channel: Channel
    promise: str
    proofs: tuple[str, ...] = ()
    heads: tuple[str, ...] = ()
    acts: tuple[Act, ...] = ()

    @property
    def text(self) -> str:
        """The receipt's one form."""
        sections: list[Section] = [
            ("channel", channel_line(self.channel)),
            ("promise", self.promise),
            *(("proof", proof) for proof in self.proofs),
            *(("head", head) for head in self.heads),
        ]
        for act in self.acts:
            sections.append(("act-promise", act.promise))
            if act.proof:
                sections.append(("act-proof", act.proof))
        return write_sections(FIRST_LINE, sections)

    @classmethod
    def parse(cls, data: bytes) -> "Receipt":
        """Read a receipt; raises BadReceipt unless it is in its one form."""
        sections = read_sections(data, FIRST_LINE, family=BadReceipt)
        names = [name for name, _ in sections]
        if names[:2] != ["channel", "promise"]:
            raise BadReceipt("The receipt does not start with its channel and its promise; use an undamaged copy.")
        receipt = cls(
            channel=read_channel_line(sections[0][1]),
            promise=sections[1][1],
            proofs=tuple(text for name, text in sections if name == "proof"),
            heads=tuple(text for name, text in sections if name == "head"),
            acts=_acts(sections[2:]),
        )
        if receipt.text.encode() != data or len(receipt.proofs) not in {0, FILING_ENTRIES}:
            raise BadReceipt("The receipt has sections that do not belong there; it was changed after it was made.")
        return receipt

    def with_proofs(self, proofs: tuple[str, str]) -> "Receipt":
        """The receipt with the proofs of its two entries, in the promise's order."""
        return replace(self, proofs=proofs)

    def with_head(self, head: str) -> "Receipt":
        """The receipt with a newer mailbox head; the same head again changes nothing."""
        return self if self.heads and self.heads[-1] == head else replace(self, heads=(*self.heads, head))

    def with_act(self, act: Act) -> "Receipt":
        """The receipt with the promise of a later act."""
        return replace(self, acts=(*self.acts, act))

    def opened_promise(self) -> Promise:
        """The promise, verified as this channel's. Raises BadReceipt."""
        return _promise(self.promise, self.channel, FILING_ENTRIES)

    def opened_heads(self) -> list[Head]:
        """The heads, each verified as signed by the channel's log. Raises BadReceipt."""
        return [_head(text, self.channel) for text in self.heads]

    def verify(self, known: Channel | None, *, now: int) -> "Findings":
        """Check everything, offline. `known` is the channel the verifier trusts, None for the receipt's own.

        Raises BadReceipt with one sentence for the first thing that does not hold.
        """
        if known is not None and known.digest != self.channel.digest:
            raise BadReceipt(
                f"This receipt belongs to another channel than {known.origin}; name the right one with --channel, or "
                "do not rely on it."
            )
        promise = self.opened_promise()
        proven = [_proof(text, leaf, self.channel) for text, leaf in zip(self.proofs, promise.entries, strict=False)]
        if not proven and now > promise.not_after:
            raise BadReceipt(
                "The promised entry was due and this receipt does not hold its proof; complete it with `demur status` "
                "and the key file."
            )
        heads = _ordered(self.opened_heads())
        acts = [_act(act, self.channel) for act in self.acts]
        return Findings(
            channel=self.channel,
            known=known is not None,
            promise=promise,
            proven=tuple(proven),
            heads=tuple(heads),
            acts=len(acts),
        )


@dataclass(frozen=True, kw_only=True)
class Proven:
    """One entry's place in the log and what vouches for it."""

    index: int
    accepted: Accepted


@dataclass(frozen=True, kw_only=True)
class Findings:
    """What a receipt proves."""

    channel: Channel
    known: bool
    promise: Promise
    proven: tuple[Proven, ...]
    heads: tuple[Head, ...]
    acts: int

    @property
    def recorded(self) -> bool:
        """Whether the entries are proven to stand in the record; else they are promised."""
        return bool(self.proven)

    @property
    def document(self) -> dict[str, Any]:
        """The findings for `--json`."""
        document: dict[str, Any] = {
            "kind": "receipt",
            "origin": self.channel.origin,
            "channel_words": " ".join(self.channel.words()),
            "channel_known": self.known,
            "practice": self.channel.practice,
            "state": "recorded" if self.recorded else "promised",
            "promised_at": self.promise.time,
            "due": self.promise.not_after,
            "heads": len(self.heads),
            "acts": self.acts,
        }
        if self.proven:
            last = self.proven[-1].accepted
            document |= {
                "indexes": [row.index for row in self.proven],
                "log_size": last.checkpoint.size,
                "checkpoint_time": last.time,
                "witnesses": list(last.witnesses),
                "unwitnessed": last.unwitnessed,
            }
        return document


def channel_line(channel: Channel) -> str:
    """The channel document on one line, with the changes of its policy that were proven, if there were any."""
    document = channel.document()
    if channel.changes:
        document["changes"] = [{"statement": dict(row.statement), "proof": row.proof} for row in channel.changes]
    return canonical.dump(document).decode() + "\n"


def read_channel_line(line: str) -> Channel:
    """Read it back; raises BadReceipt."""
    try:
        document = canonical.load_object(line.removesuffix("\n").encode())
        changes = document.pop("changes", [])
        channel = with_changes(Channel.from_document(document), [(row["statement"], row["proof"]) for row in changes])
    except (CharterError, canonical.CanonicalError) as error:
        raise BadReceipt(f"The channel inside this file cannot be read: {error}") from None
    except (KeyError, TypeError, AttributeError):
        raise BadReceipt("The channel inside this file lists changes that are none; use an undamaged copy.") from None
    if channel_line(channel) != line:
        raise BadReceipt("The channel inside this file is not in its one form; use an undamaged copy.")
    return channel


def _acts(sections: Sequence[tuple[str, str]]) -> tuple[Act, ...]:
    acts: list[Act] = []
    for name, text in sections:
        if name == "act-promise":
            acts.append(Act(promise=text))
        elif name == "act-proof" and acts and not acts[-1].proof:
            acts[-1] = replace(acts[-1], proof=text)
    return tuple(acts)


def _check_signers(checkpoint: str, channel: Channel) -> None:
    # A line by a key that the channel does not name proves nothing, and nobody would notice if it changed: in proof for
    # a court every byte must count. Promises and heads are single-signed, and the record library refuses other lines
    # there.
    note = Note.parse(checkpoint)
    allowed = channel.policy_object.signers(Checkpoint.parse(note.text).size)
    if any((signature.name, signature.key_id) not in allowed for signature in note.signatures):
        raise BadReceipt(
            "A signature in this file is by a key that the channel does not name; use the copy you were given."
        )


def _promise(text: str, channel: Channel, entries: int) -> Promise:
    try:
        promise = open_promise(text, channel.log_verifier)
    except RecordError as error:
        raise BadReceipt(f"The promise in this receipt is not signed by the channel's log: {error}") from None
    if promise.channel != channel.digest or not channel.policy_object.names(promise.policy):
        raise BadReceipt("The promise names another channel than this receipt; use the copy you were given.")
    if len(promise.entries) != entries:
        raise BadReceipt(
            "The promise names another number of entries than this act makes; use the copy you were given."
        )
    return promise


def _head(text: str, channel: Channel) -> Head:
    try:
        return open_head(text, channel.log_verifier)
    except RecordError as error:
        raise BadReceipt(f"A mailbox head in this receipt is not signed by the channel's log: {error}") from None


def _proof(text: str, leaf: bytes, channel: Channel) -> Proven:
    try:
        proof = Proof.parse(text)
        _check_signers(proof.checkpoint_text, channel)
        return Proven(index=proof.index, accepted=proof.verify(leaf, channel.policy_object))
    except RecordError as error:
        raise BadReceipt(f"A proof in this receipt does not hold: {error}") from None


def _act(act: Act, channel: Channel) -> Promise:
    promise = _promise(act.promise, channel, 1)
    if act.proof:
        _proof(act.proof, promise.entries[0], channel)
    return promise


def _ordered(heads: list[Head]) -> list[Head]:
    for older, newer in pairwise(heads):
        if older.mailbox != newer.mailbox:
            raise BadReceipt("The mailbox heads in this receipt are of two mailboxes; use the copy you were given.")
        if contradict(older, newer):
            raise BadReceipt(
                "The mailbox heads in this receipt contradict each other; make evidence of the two, it convicts the "
                "log."
            )
        if older.count > newer.count or older.time > newer.time:
            raise BadReceipt("The mailbox heads in this receipt are out of order; use the copy you were given.")
    return heads
