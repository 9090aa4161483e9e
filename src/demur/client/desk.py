# SPDX-License-Identifier: AGPL-3.0-or-later
"""The desk's side of a case: read, and verified before anything is believed.

The server says who the author is, what was filed, what happened and how far the case has come. Each is held against
something the server cannot make: the grant, the actors' signatures under rosters that officers signed, the
commitments in the record, and the procedure itself. Bodies come later, against a signed fetch (`fetching`).
"""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from demur.charter.freeze import Frozen
from demur.client.directory import FRESH
from demur.client.errors import BadAnswer, ServerRefused
from demur.client.grants import Grant, check_granted
from demur.client.inbox import Known
from demur.client.lookups import NOT_FOUND, Record
from demur.client.mailbox import Item
from demur.client.seatline import SeatLine
from demur.dissent import events
from demur.dissent.errors import DissentError, EventError
from demur.dissent.states import Story, fold
from demur.dissent.timing import ClockRow, clocks_of
from demur.record.entry import case_entry
from demur.record.merkle import leaf_hash

LAST_MOMENT: Final = 253_402_300_799  # the end of the year 9999, POSIX seconds: no calendar goes further
TELL: Final = "do not rely on this server, and tell oversight."


@dataclass(frozen=True, kw_only=True)
class Filed:
    """A sealed file that came with the filing: its role, and SHA-256 (hex) and size of what the server keeps."""

    role: str
    sha256: str
    size: int


@dataclass(frozen=True, kw_only=True)
class CaseView:
    """A case as a seat reads it, verified. `items` are its events from seq 1."""

    grant: Grant
    charter: str
    frozen: Frozen
    filing: tuple[Filed, ...]
    items: tuple[Item, ...]
    story: Story
    times: Mapping[int, int]  # when each event counts, POSIX seconds by seq; those not yet published have none

    @property
    def last(self) -> Item:
        """The latest event."""
        return self.items[-1]

    @property
    def known(self) -> Known:
        """The case as the index remembers it after this reading."""
        return Known(grant=self.grant, seen=self.last.n, last=self.last.commitment.hex())

    def clocks(self, now: int) -> list[ClockRow]:
        """What is owed and by when, at `now` (POSIX seconds)."""
        return list(clocks_of(self.frozen, self.story, self.times, now))


def read_case(line: SeatLine, known: Known, record: Record) -> CaseView:
    """Read the case of a grant and verify it. Raises BadAnswer, and what `Server.get` raises."""
    grant = known.grant
    answer = line.get_json(f"/api/v1/cases/{grant.case}", token=grant.token)
    if (answer.get("author"), answer.get("salt")) != (grant.author, grant.salt):
        raise BadAnswer(f"The server names another author of this case than the grant does; {TELL}")
    items = read_items(answer.get("items"), case=grant.case, origin=line.channel.origin)
    first = items[0].event
    if first["type"] != "received" or (answer.get("commitment"), first["commitment"]) != (first["prev"], first["prev"]):
        raise BadAnswer(f"The case does not start with what the author filed; {TELL}")
    if answer.get("charter") != first["charter"]:
        raise BadAnswer(f"The server names another charter than the case was filed under; {TELL}")
    filing = _filing(answer.get("filing"), first["bodies"], grant.salt_bytes)
    _check_times(items, now=line.clock())
    _check_seen(items, known)
    _check_signatures(items, grant, record)
    times = _check_places(items, record)
    story = _story(items, told=answer.get("state"))
    frozen = record.charter(first["charter"])
    return CaseView(
        grant=grant, charter=first["charter"], frozen=frozen, filing=filing, items=items, story=story, times=times
    )


def confirm_grant(line: SeatLine, grant: Grant, record: Record) -> None:
    """Raises BadAnswer unless the case tells everybody of this grant, which a seat added later."""
    try:
        view = read_case(line, Known(grant=grant), record)
    except ServerRefused as error:
        if error.status != NOT_FOUND:
            raise
        raise BadAnswer("It names a case that the server does not have, or not with this token.") from None
    event = view.items[grant.seq - 1].event if 1 <= grant.seq <= len(view.items) else view.items[0].event
    check_granted(grant, event, seat=line.seat)
    if signer_of(event, grant, record).hex() != grant.signer:
        raise BadAnswer("A grant that a seat added is not signed by that seat; it was forged.")


def read_items(rows: object, *, case: str, origin: str) -> tuple[Item, ...]:
    """The events of a thread from seq 1, each in form, of this case, and naming the one before.

    Pure. Raises BadAnswer.
    """
    if not isinstance(rows, list) or not rows:
        raise BadAnswer("The server's answer holds no events of the case; try again later.")
    items = tuple(_item(n, row) for n, row in enumerate(rows, start=1))
    for item in items:
        if (item.event["case"], item.event["origin"]) != (case, origin):
            raise BadAnswer(f"Event {item.n} is of another case or channel; {TELL}")
    for older, newer in pairwise(items):
        if (newer.event["prev"], newer.event["charter"]) != (older.commitment.hex(), older.event["charter"]):
            raise BadAnswer(f"Event {newer.n} does not continue the one before; {TELL}")
    return items


def _item(n: int, row: object) -> Item:
    if not isinstance(row, dict) or row.get("n") != n or not isinstance(row.get("index"), int):
        raise BadAnswer("The case's events are not numbered in order; try again later.")
    event, r = _opening(row)
    body = row.get("body")
    if event["seq"] != n or not isinstance(body, str) or bool(body) != bool(event["body"]):
        raise BadAnswer(f"Event {n} is not in its place, or its sealed text is missing; try again later.")
    if body and not _is_hash(body):
        raise BadAnswer(f"Event {n} names its sealed text by something that is not a hash; try again later.")
    return Item(n=n, event=event, r=r.hex(), body=body, index=row["index"])


def _opening(row: Mapping[str, Any]) -> tuple[dict[str, Any], bytes]:
    told = row.get("event")
    if not isinstance(told, dict) or not isinstance(told.get("type"), str):
        raise BadAnswer("What the server shows is not an event; try again later.")
    try:
        return events.check_opening({"event": told, "r": row.get("r")})
    except EventError as error:
        raise BadAnswer(f"What the server shows is not an event: {error}") from None


def _filing(rows: object, bodies: Sequence[str], salt: bytes) -> tuple[Filed, ...]:
    """Body and attachments of the filing, each one of those that the log recorded, in order."""
    if not isinstance(rows, list) or not 0 < len(rows) <= len(bodies):
        raise BadAnswer("The server does not name the sealed files of the filing; try again later.")
    filing = []
    for n, (row, body) in enumerate(zip(rows, bodies, strict=False)):
        sha256 = row.get("sha256") if isinstance(row, dict) else None
        if not isinstance(sha256, str) or not _is_hash(sha256) or row.get("role") != ("attachment" if n else "body"):
            raise BadAnswer("The sealed files of the filing are not named in order; try again later.")
        if hmac.new(salt, bytes.fromhex(sha256), "sha256").hexdigest() != body:
            raise BadAnswer(f"A sealed file of the filing is not the one that was recorded; {TELL}")
        filing.append(Filed(role=row["role"], sha256=sha256, size=_size(row)))
    return tuple(filing)


def _size(row: Mapping[str, Any]) -> int:
    size = row.get("size")
    if type(size) is not int or size < 1:
        raise BadAnswer("The server does not say how large a sealed file of the filing is; try again later.")
    return size


def _check_times(items: Sequence[Item], *, now: int) -> None:
    for item in items:
        if item.event["time"] > now + FRESH or item.event.get("until", 0) > LAST_MOMENT:
            raise BadAnswer(f"Event {item.n} is dated in the future; set this machine's clock, or tell oversight.")


def _check_seen(items: Sequence[Item], known: Known) -> None:
    if known.seen and (len(items) < known.seen or items[known.seen - 1].commitment.hex() != known.last):
        raise BadAnswer(f"The server shows another story of this case than this key saw before; {TELL}")


def _check_signatures(items: Sequence[Item], grant: Grant, record: Record) -> None:
    for item in items[1:]:
        try:
            events.verify_act(item.event, signer_of(item.event, grant, record))
        except EventError as error:
            raise BadAnswer(str(error)) from None


def signer_of(event: Mapping[str, Any], grant: Grant, record: Record) -> bytes:
    """The public key that must have signed an event:

    the author's, or the seat's in the roster that the event names. Raises BadAnswer.
    """
    if event["seat"] == "":
        return bytes.fromhex(grant.author)
    holder = record.roster(event["roster"]).holders.get(event["seat"])
    if holder is None:
        raise BadAnswer(f"Event {event['seq']} is by the seat {event['seat']!r}, which nobody held then; {TELL}")
    return holder.sign


def _check_places(items: Sequence[Item], record: Record) -> dict[int, int]:
    """When each event stood in the record, as proven; `received` counts from its promise. Raises BadAnswer."""
    times = {items[0].n: int(items[0].event["time"])} if items else {}
    for item in items:
        placed = record.proof(leaf_hash(case_entry(item.commitment))) if item.index >= 0 else None
        if item.index >= 0 and (placed is None or placed.index != item.index):
            raise BadAnswer(f"Event {item.n} does not stand in the record where the server says; {TELL}")
        if placed is not None:
            times.setdefault(item.n, placed.accepted.time)
    return times


def _story(items: Sequence[Item], *, told: object) -> Story:
    try:
        story = fold(item.event for item in items)
    except DissentError as error:
        raise BadAnswer(f"The case tells a story that the procedure does not allow: {error}") from None
    if story.state != told:
        raise BadAnswer(
            f"The server says that the case is {str(told)[:20]!r}, and its events say {story.state.value!r}; {TELL}"
        )
    return story


def _is_hash(text: str) -> bool:
    return len(text) == 64 and set(text) <= set("0123456789abcdef")
