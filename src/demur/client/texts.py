# SPDX-License-Identifier: AGPL-3.0-or-later
"""Opening the sealed texts of a thread, for its author and for every seat. Pure; it never raises for what somebody wrote.

A text that does not open, was not signed by who the event says, or is no document of its kind is *unreadable*. One that opens but says
something else than its event or the case is a *mismatch*, and `fault` names the fact: `body` (another sealed file than the one recorded),
`manifest`, `answers` (a reply that leaves out, repeats or invents a claim), or a member of the event. One that the server does not have is
`missing`, and reported as unreadable.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from demur.client.thread import Item
from demur.dissent import events
from demur.dissent.documents.dissent import Dissent
from demur.dissent.documents.reply import Reply
from demur.dissent.documents.short import read_short
from demur.dissent.errors import DissentError, DocumentError
from demur.dissent.manifests import check_manifest, place_of
from demur.dissent.states import Verb
from demur.seal import container
from demur.seal.age import files as age
from demur.seal.age.hybrid import HybridIdentity
from demur.seal.container import Opened
from demur.seal.errors import SealError
from demur.seal.padme import FLOOR

UNREADABLE: Final = "unreadable"
MISSING: Final = "missing"  # the server does not have it: nobody can open it


@dataclass(frozen=True, kw_only=True)
class Spoken:
    """A sealed text that was opened: a reply, or a text. `fault` names what differs from the record ("" if nothing)."""

    seq: int
    kind: str
    text: str = ""
    reply: Reply | None = None
    fault: str = ""

    @property
    def report(self) -> Verb:
        """By which act a reader tells the record of the fault."""
        return Verb.UNREADABLE if self.fault in {UNREADABLE, MISSING} else Verb.MISMATCH


@dataclass(frozen=True, kw_only=True)
class Opening:
    """What opens the texts of one case, and what a reply is held against: the dissent, None where it cannot be had, and how many claims
    the charter allows. `salt` is the case's, 32 bytes.
    """

    identities: Sequence[HybridIdentity]
    salt: bytes
    dissent: Dissent | None
    most: int


def open_text(sealed: bytes | None, item: Item, opening: Opening, *, by: bytes) -> Spoken:
    """The sealed text of an event, None where the server lacks it; `by` is the public key that must have signed it."""
    kind = str(item.event["type"])
    if sealed is None:
        return Spoken(seq=item.n, kind=kind, fault=MISSING)
    if events.salted(opening.salt, sealed) != item.event["body"]:
        return Spoken(seq=item.n, kind=kind, fault="body")
    if not events.is_known(item.event):
        return Spoken(seq=item.n, kind=kind)
    try:
        opened = container.unpack(age.decrypt(sealed, list(opening.identities)), by=by, floor=FLOOR)
        data = _only_file(opened)
        if not _is_of(item, opened):
            return Spoken(seq=item.n, kind=kind, fault="manifest")
        if kind != Verb.REPLY:
            return Spoken(seq=item.n, kind=kind, text=read_short(kind, data))
        reply = Reply.parse(data)
    except (SealError, DissentError):
        return Spoken(seq=item.n, kind=kind, fault=UNREADABLE)
    if item.event["v"] > 1 and reply.v == 1:  # the rules of version 1 ask less of a reply
        return Spoken(seq=item.n, kind=kind, reply=reply, fault="v")
    fault = reply.fault(item.event, opening.dissent, most=opening.most)
    return Spoken(seq=item.n, kind=kind, reply=reply, fault=fault)


def _only_file(opened: Opened) -> bytes:
    if len(opened.files) != 1:
        raise DocumentError("A sealed text holds no document, or several; it was not made by Demur.")
    return next(iter(opened.files.values()))


def _is_of(item: Item, opened: Opened) -> bool:
    """Whether the manifest says that this text was written for this act: else it was moved here, and is not shown."""
    try:
        check_manifest(opened.manifest, **place_of(item.event))
    except DissentError:
        return False
    return True
