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
from demur.client.seatacts import Desk, Series
from demur.client.texts import Opening, Spoken, open_text
from demur.client.thread import Item, signer_of
from demur.client.unsealing import UNANSWERABLE, Filing, Unopened, open_filing, open_large_attachment
from demur.client.wish import LARGE
from demur.dissent.documents.dissent import Dissent
from demur.dissent.errors import DissentError
from demur.dissent.states import Verb
from demur.seal.errors import SealError

FILING: Final = 0  # the item number of the filing's own files
IN_MEMORY: Final = 2 * LARGE  # bytes of a sealed attachment beyond which it is only opened as a stream, onto a disk
_FORBIDDEN: Final = 403
_TOO_MANY: Final = 429
_NOT_POSSIBLE: Final = "not-possible"


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
    series = Series(desk=desk, known=known)
    filing, lost = _filing(series)
    return Fetched(view=series.settled(), known=series.known, filing=filing, lost=lost)


def fetch_all(desk: Desk, known: Known, *, only: int | None = None) -> Fetched:
    """Fetch and open the filing and what was written since: everything, or the event `only`.

    The case is read once before and once after, however many texts it has; each text costs one act and one file. Raises what
    `fetch_filing` raises.
    """
    series = Series(desk=desk, known=known)
    filing, lost = _filing(series)
    spoken = {}
    for item in series.view.items:
        if not item.body or only not in (None, item.n):
            continue
        sealed = _sealed_text(series, item)
        spoken[item.n] = said = _spoken(sealed, item, series.view, desk, filing.dissent)
        if said.fault:
            fact = {} if said.report is Verb.UNREADABLE else {"fact": said.fault}
            _tell(series, said.report, item=item.n, **fact)
    for fault in series.view.faults:
        _tell(series, Verb.MISMATCH, item=fault.seq, fact=fault.name)
    return Fetched(view=series.settled(), known=series.known, filing=filing, spoken=spoken, lost=lost)


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
        _tell(Series(desk=desk, known=fetched.known), Verb.UNREADABLE, item=FILING)
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


def _filing(series: Series) -> tuple[Filing, dict[int, str]]:
    """What the author filed, opened, and the attachments that the server does not have. Raises BadAnswer if it cannot be opened, after
    saying so as an event.
    """
    desk, view, lost = series.desk, series.view, dict[int, str]()
    _record_fetch(series, FILING)
    body = _file(desk, view, view.filing[0].sha256)
    parts = [_attachment(desk, view, n, lost) for n in range(1, len(view.filing))]
    try:
        filing = open_filing(body, parts, view, seat=desk.line.seat)
    except (SealError, DissentError) as error:
        _tell(series, Verb.UNREADABLE, item=FILING)
        raise BadAnswer(f"What was filed cannot be opened, and author and oversight are told so: {error}") from None
    _judge_again(series, filing)
    for fact in filing.faults:
        if fact == UNANSWERABLE:  # nobody can answer it, as if nobody could read it; it needs the same way out
            _tell(series, Verb.UNREADABLE, item=FILING)
        else:
            _tell(series, Verb.MISMATCH, item=FILING, fact=fact)
    return filing, lost


def _judge_again(series: Series, filing: Filing) -> None:
    """What seats that the author left out did, and what one did in the form of version 1, can be judged when the filing is open."""
    desk, view = series.desk, series.view
    desk.record.filed[view.grant.case] = filing.dissent.v
    if filing.recused:
        desk.left_out[view.grant.case] = filing.recused
    if filing.recused or any(item.event["seat"] and item.event["v"] == 1 for item in view.items):
        series.again()


def _record_fetch(series: Series, item: int) -> None:
    """Say that this seat's key fetches `item`, once for all time: another window of the same seat may have said it meanwhile."""
    wanted = (series.desk.line.seat, item)
    if wanted in series.view.story.fetched:
        return
    try:
        series.act(Verb.FETCH, item=item)
    except ServerRefused as error:
        if error.code != _NOT_POSSIBLE or wanted not in series.desk.read(series.known).story.fetched:
            raise


def _sealed_text(series: Series, item: Item) -> bytes | None:
    """The sealed text of an event, None where the server lacks it. One's own needs no fetch event, where the server keeps to
    spec/filing.md.
    """
    desk, view = series.desk, series.view
    if item.event["seat"] == desk.line.seat:
        try:
            return _text(desk, view, item)
        except ServerRefused as error:
            if error.status != _FORBIDDEN:
                raise
    _record_fetch(series, item.n)
    return _text(desk, view, item)


def _text(desk: Desk, view: CaseView, item: Item) -> bytes | None:
    try:
        return _file(desk, view, item.body)
    except ServerRefused as error:
        if not is_lost(error):
            raise
        return None


def _file(desk: Desk, view: CaseView, sha256: str) -> bytes:
    data = desk.line.get(f"/api/v1/cases/{view.grant.case}/files/{sha256}", token=view.grant.token)
    if hashlib.sha256(data).hexdigest() != sha256:
        raise BadAnswer("The server gave another sealed file than the one recorded; try again later.")
    return data


def _spoken(sealed: bytes | None, item: Item, view: CaseView, desk: Desk, dissent: Dissent) -> Spoken:
    grant, most = view.grant, view.frozen.charter.limits.claims
    opening = Opening(identities=[grant.identity], salt=grant.salt_bytes, dissent=dissent, most=most)
    return open_text(sealed, item, opening, by=signer_of(item.event, bytes.fromhex(grant.author), desk.record))


def _tell(series: Series, verb: Verb, **fields: Any) -> None:
    """Say it as an event, unless this seat has said the same before. Where it has said as much today as one may, it is said another day:
    nothing that others wrote keeps a seat from reading the rest.
    """
    said = {"type": verb, "seat": series.desk.line.seat, **fields}
    if any(all(item.event.get(name) == value for name, value in said.items()) for item in series.view.items):
        return
    try:
        series.act(verb, **fields)
    except ServerRefused as error:
        if error.status != _TOO_MANY:
            raise
