# SPDX-License-Identifier: AGPL-3.0-or-later
"""Fetching: sealed texts asked for against a signed statement, then opened (`unsealing`).

The statement is an event that the author sees: this key fetched. It says nothing about a person reading. What cannot
be opened is told as `unreadable`, what differs from the record as a `mismatch`, once each, to author and oversight
(PROTOCOL sections 4 and 7).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Final

from demur.client.desk import CaseView
from demur.client.errors import BadAnswer, ServerRefused
from demur.client.inbox import Known
from demur.client.lookups import NOT_FOUND
from demur.client.seatacts import Desk
from demur.client.texts import Opening, Spoken, open_text
from demur.client.thread import Item, signer_of
from demur.client.unsealing import Filing, Unopened, open_filing, open_large_attachment
from demur.client.wish import LARGE
from demur.dissent.documents.dissent import Dissent
from demur.dissent.errors import DissentError
from demur.dissent.states import Verb
from demur.seal.errors import SealError

FILING: Final = 0  # the item number of the filing's own files
IN_MEMORY: Final = 2 * LARGE  # bytes of a sealed attachment beyond which it is only opened as a stream, onto a disk
_FORBIDDEN: Final = 403


@dataclass(frozen=True, kw_only=True)
class Fetched:
    """A case with its texts: the filing, what was written since (by seq), and the index row after the fetch events. `lost` are the
    attachments, from 1, that were asked for and that the server does not have, with what it says of each.
    """

    view: CaseView
    known: Known
    filing: Filing
    spoken: Mapping[int, Spoken] = field(default_factory=dict)
    lost: Mapping[int, str] = field(default_factory=dict)


def fetch_filing(desk: Desk, known: Known) -> Fetched:
    """Fetch and open what the author filed. Raises BadAnswer if it cannot be opened, after saying so as an event."""
    view, known = _with_fetch(desk, known, FILING)
    body = _file(desk, view, view.filing[0].sha256)
    lost: dict[int, str] = {}
    parts = [_attachment(desk, view, n, lost) for n in range(1, len(view.filing))]
    try:
        filing = open_filing(body, parts, view, seat=desk.line.seat)
    except (SealError, DissentError) as error:
        _tell(desk, known, view, Verb.UNREADABLE, item=FILING)
        raise BadAnswer(f"What was filed cannot be opened, and author and oversight are told so: {error}") from None
    if filing.recused:  # sealed until now: what those seats did is judged once more
        desk.left_out[known.grant.case] = filing.recused
        view = desk.read(known)
    for fact in filing.faults:
        known = _tell(desk, known, view, Verb.MISMATCH, item=FILING, fact=fact)
    return Fetched(view=view, known=known, filing=filing, lost=lost)


def fetch_all(desk: Desk, known: Known, *, only: int | None = None) -> Fetched:
    """Fetch and open the filing and what was written since: everything, or the event `only`.

    Raises what `fetch_filing` raises.
    """
    fetched = fetch_filing(desk, known)
    view, known, spoken = fetched.view, fetched.known, {}
    for item in fetched.view.items:
        if not item.body or only not in (None, item.n):
            continue
        view, known, sealed = _sealed_text(desk, view, known, item)
        spoken[item.n] = said = _spoken(sealed, item, view, desk, fetched.filing.dissent)
        if said.fault:
            fact = {} if said.report is Verb.UNREADABLE else {"fact": said.fault}
            known = _tell(desk, known, view, said.report, item=item.n, **fact)
    for fault in view.faults:
        known = _tell(desk, known, view, Verb.MISMATCH, item=fault.seq, fact=fault.name)
    view = desk.read(known)
    return Fetched(view=view, known=view.known, filing=fetched.filing, spoken=spoken, lost=fetched.lost)


def fetch_large(desk: Desk, fetched: Fetched, part: Unopened, target: BinaryIO, scratch: BinaryIO) -> None:
    """Write a large attachment to `target`; `scratch` holds it sealed meanwhile. Raises ServerRefused where the server does not have it
    (`is_lost`), BadAnswer if it cannot be opened, after saying so as an event.
    """
    view, row = fetched.view, fetched.view.filing[part.n]
    path = f"/api/v1/cases/{view.grant.case}/files/{row.sha256}"
    if desk.line.download(path, scratch, token=view.grant.token, size=row.size) != row.sha256:
        raise BadAnswer("The server gave another sealed file than the one recorded; try again later.")
    scratch.seek(0)
    try:
        open_large_attachment(scratch, target, part, view)
    except (SealError, DissentError) as error:
        _tell(desk, fetched.known, view, Verb.UNREADABLE, item=FILING)
        raise BadAnswer(f"A large attachment cannot be opened, and author and oversight are told so: {error}") from None


def is_lost(error: ServerRefused) -> bool:
    """Whether a file of a case that was fetched is not there: lost in a restore, and the author's to send again."""
    return error.status == NOT_FOUND


def _attachment(desk: Desk, view: CaseView, n: int, lost: dict[int, str]) -> bytes | None:
    """Attachment `n` of the filing, sealed; None for one that is opened as a stream, and for one that is `lost`, which is noted."""
    row = view.filing[n]
    if row.size > IN_MEMORY:
        return None
    try:
        return _file(desk, view, row.sha256)
    except ServerRefused as error:
        if not is_lost(error):
            raise
        lost[n] = error.sentence
        return None


def _with_fetch(desk: Desk, known: Known, item: int) -> tuple[CaseView, Known]:
    """The case with this seat's fetch of `item` in it: the event is made once."""
    view = desk.read(known)
    if (desk.line.seat, item) in view.story.fetched:
        return view, view.known
    view = desk.read(desk.plain(known, Verb.FETCH, item=item).known)
    return view, view.known


def _sealed_text(desk: Desk, view: CaseView, known: Known, item: Item) -> tuple[CaseView, Known, bytes]:
    """The sealed text of an event. One's own needs no fetch event, where the server keeps to spec/filing.md."""
    if item.event["seat"] == desk.line.seat:
        try:
            return view, known, _file(desk, view, item.body)
        except ServerRefused as error:
            if error.status != _FORBIDDEN:
                raise
    view, known = _with_fetch(desk, known, item.n)
    return view, known, _file(desk, view, item.body)


def _file(desk: Desk, view: CaseView, sha256: str) -> bytes:
    data = desk.line.get(f"/api/v1/cases/{view.grant.case}/files/{sha256}", token=view.grant.token)
    if hashlib.sha256(data).hexdigest() != sha256:
        raise BadAnswer("The server gave another sealed file than the one recorded; try again later.")
    return data


def _spoken(sealed: bytes, item: Item, view: CaseView, desk: Desk, dissent: Dissent) -> Spoken:
    grant, most = view.grant, view.frozen.charter.limits.claims
    opening = Opening(identities=[grant.identity], salt=grant.salt_bytes, dissent=dissent, most=most)
    return open_text(sealed, item, opening, by=signer_of(item.event, bytes.fromhex(grant.author), desk.record))


def _tell(desk: Desk, known: Known, view: CaseView, verb: Verb, **fields: Any) -> Known:
    """Say it as an event, unless this seat has said the same before."""
    said = {"type": verb, "seat": desk.line.seat, **fields}
    if any(all(item.event.get(name) == value for name, value in said.items()) for item in view.items):
        return known
    return desk.plain(known, verb, **fields).known
