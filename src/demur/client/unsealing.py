# SPDX-License-Identifier: AGPL-3.0-or-later
"""Opening what was sealed to a case, and comparing it with what was recorded. Pure: bytes in, documents and faults out.

Two things can be wrong. A text that does not open, or was not signed by who the event says, raises: it is
*unreadable*. A text that opens but says something else than its event is a *mismatch*, and `fault` names the fact:
`body`, `manifest`, `attachments`, `recipients`, `answers`, or a member of the event.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from demur.client.desk import CaseView
from demur.client.errors import BadAnswer
from demur.client.filing import DISSENT_FILE
from demur.client.following import Spoken
from demur.client.mailbox import Item
from demur.client.wish import Attachment
from demur.dissent import events
from demur.dissent.documents.dissent import Dissent
from demur.dissent.documents.reply import Reply
from demur.dissent.documents.short import read_short
from demur.dissent.errors import DissentError, DocumentError
from demur.dissent.manifests import check_manifest, key_fingerprint
from demur.dissent.states import Verb
from demur.seal import container
from demur.seal.age import files as age
from demur.seal.age.hybrid import HybridRecipient
from demur.seal.container import Opened
from demur.seal.errors import SealError
from demur.seal.padme import FLOOR


@dataclass(frozen=True, kw_only=True)
class Filing:
    """What the author filed, opened.

    `manifest` is the signed submit manifest; `faults` say what differs from the record.
    """

    dissent: Dissent
    original: bytes
    attachments: tuple[Attachment, ...]
    manifest: Mapping[str, Any]
    faults: tuple[str, ...] = ()

    @property
    def author(self) -> HybridRecipient:
        """Where answers to the author are sealed to. Raises BadAnswer."""
        try:
            return HybridRecipient.parse(str(self.manifest.get("return")))
        except SealError:
            raise BadAnswer(
                "The author left no key that answers could be sealed to; nothing can be written to them."
            ) from None

    @property
    def readers(self) -> list[dict[str, str]]:
        """Whom the author sealed it to, as the manifest lists them."""
        rows = self.manifest.get("recipients")
        return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def open_filing(body: bytes, attachments: Sequence[bytes], view: CaseView, *, seat: str) -> Filing:
    """Open the sealed files of a filing, as the seat `seat`.

    Raises SealError or DocumentError where they are unreadable.
    """
    author = bytes.fromhex(view.grant.author)
    opened, parts = _open(body, view, author), [_open(part, view, author) for part in attachments]
    dissent, original = _dissent_in(opened)
    if any(len(part.files) != 1 for part in parts):
        raise DocumentError("An attachment of the filing holds several files; the author's client was not Demur.")
    filing = Filing(
        dissent=dissent,
        original=original,
        attachments=tuple(Attachment(name=name, data=data) for part in parts for name, data in part.files.items()),
        manifest=opened.manifest,
        faults=tuple(_filing_faults(opened.manifest, [part.manifest for part in parts], view)),
    )
    listed = view.grant.giver or seat in {row.get("seat") for row in filing.readers}
    return filing if listed else replace(filing, faults=(*filing.faults, "recipients"))


def _dissent_in(opened: Opened) -> tuple[Dissent, bytes]:
    names = list(opened.files)
    if len(names) != 2 or names[0] != DISSENT_FILE:
        raise DocumentError("The filing holds other files than a dissent and its original; the client was not Demur.")
    dissent = Dissent.parse(opened.files[DISSENT_FILE])
    if dissent.original != names[1]:
        raise DocumentError("The dissent names another original than the one beside it; the client was not Demur.")
    return dissent, opened.files[names[1]]


def open_text(sealed: bytes, item: Item, view: CaseView, *, by: bytes, dissent: Dissent) -> Spoken:
    """Open the sealed text of an event; `by` is the public key that must have signed it.

    Raises SealError or DocumentError.
    """
    kind = str(item.event["type"])
    opened = _open(sealed, view, by)
    data = next(iter(opened.files.values()), b"")
    if kind != Verb.REPLY:
        return Spoken(seq=item.n, kind=kind, text=read_short(kind, data), fault=_text_fault(sealed, item, opened, view))
    reply = Reply.parse(data)
    fault = _text_fault(sealed, item, opened, view) or _reply_fault(reply, item, dissent)
    return Spoken(seq=item.n, kind=kind, reply=reply, fault=fault)


def _open(sealed: bytes, view: CaseView, by: bytes) -> Opened:
    return container.unpack(age.decrypt(sealed, [view.grant.identity]), by=by, floor=FLOOR)


def _filing_faults(body: Mapping[str, Any], attached: Sequence[Mapping[str, Any]], view: CaseView) -> list[str]:
    first = view.items[0].event
    common = {name: first[name] for name in ("origin", "case", "charter", "roster")}
    common |= {"seq": 0, "prev": "", "seat": "", "case_key": key_fingerprint(view.grant.identity.recipient.text)}
    found = []
    try:
        check_manifest(body, type="submit", salt=view.grant.salt, **common)
        for n, manifest in enumerate(attached, start=1):
            check_manifest(manifest, type="attachment", n=n, **common)
    except DissentError:
        found.append("manifest")
    if body.get("attachments") != [{"n": n, **part["files"][0]} for n, part in enumerate(attached, start=1)]:
        found.append("attachments")
    return found


def _text_fault(sealed: bytes, item: Item, opened: Opened, view: CaseView) -> str:
    if events.salted(view.grant.salt_bytes, sealed) != item.event["body"]:
        return "body"
    try:
        wanted = {name: item.event[name] for name in ("type", "origin", "case", "seq", "prev", "seat", "charter")}
        check_manifest(opened.manifest, **wanted)
    except DissentError:
        return "manifest"
    return ""


def _reply_fault(reply: Reply, item: Item, dissent: Dissent) -> str:
    try:
        reply.check_against(dissent)
    except DocumentError:
        return "answers"
    told = {"outcome": reply.outcome, **reply.counts}
    return next((name for name, value in told.items() if item.event[name] != value), "")
