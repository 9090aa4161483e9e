# SPDX-License-Identifier: AGPL-3.0-or-later
"""The desk's side of a case: read, and verified before anything is believed.

The server says who the author is, what was filed, what happened and how far the case has come. Each is held against
something the server cannot make: the grant, the actors' signatures under rosters that officers signed, the
commitments in the record, and the procedure itself. Bodies come later, against a signed fetch (`fetching`).
"""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from demur.charter.freeze import Frozen
from demur.client import erasure
from demur.client.errors import BadAnswer, ClientError, ServerRefused
from demur.client.grants import Grant, is_granted
from demur.client.inbox import Known
from demur.client.lookups import NOT_FOUND, Record
from demur.client.restored import gap_of, gaps_for, lost_part, lost_whole
from demur.client.seatline import SeatLine
from demur.client.thread import Fault, Item, is_hash, read_items, read_pages, read_thread, signer_of
from demur.dissent.states import Story
from demur.dissent.timing import ClockRow, as_done, clocks_of

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
    """A case as a seat reads it, verified. `items` are its events from seq 1, `size` how many entries the record had at least. `lost` is a
    sentence where a restore took what this key had seen, else "".
    """

    grant: Grant
    charter: str
    frozen: Frozen
    filing: tuple[Filed, ...]
    items: tuple[Item, ...]
    story: Story
    times: Mapping[int, int]  # when each event counts, POSIX seconds by seq; those not yet published have none
    faults: tuple[Fault, ...] = ()
    recused: frozenset[str] = frozenset()  # the seats that the author left out, once the filing was opened here
    size: int = 0
    lost: str = ""

    @property
    def last(self) -> Item:
        """The latest event."""
        return self.items[-1]

    @property
    def known(self) -> Known:
        """The case as the index remembers it after this reading."""
        last = self.last
        return Known(grant=self.grant, seen=last.n, last=last.commitment.hex(), size=self.size, at=last.index)

    def clocks(self, now: int) -> list[ClockRow]:
        """What is owed and by when, at `now` (POSIX seconds)."""
        rows = clocks_of(self.frozen, self.story, self.times, now)
        return as_done(rows, self.story, self.times, now)


def read_case(line: SeatLine, known: Known, record: Record, *, recused: frozenset[str] = frozenset()) -> CaseView:
    """Read the case of a grant and verify it. `recused` are the seats that the author left out, where the filing was opened here. Raises
    BadAnswer, and what `Server.get` raises.
    """
    grant = known.grant
    answer = _asked(line, known, record)
    if (answer.get("author"), answer.get("salt")) != (grant.author, grant.salt):
        raise BadAnswer(f"The server names another author of this case than the grant does; {TELL}")
    items = read_items(answer.get("items"), case=grant.case, origin=line.channel.origin)
    first = items[0].event
    if (answer.get("commitment"), first["commitment"]) != (first["prev"], first["prev"]):
        raise BadAnswer(f"The case does not start with what the author filed; {TELL}")
    if answer.get("charter") != first["charter"]:
        raise BadAnswer(f"The server names another charter than the case was filed under; {TELL}")
    filing = _filing(answer.get("filing"), first["bodies"], grant.salt_bytes)
    lost, author = _lost(items, known, record), bytes.fromhex(grant.author)
    filed = record.filed.get(grant.case, 1)
    reading = read_thread(items, record, author=author, now=line.clock(), recused=recused, filed=filed, proven=True)
    told = answer.get("state")
    if told != reading.story.state and not reading.faults and not reading.story.unknown:
        raise BadAnswer(
            f"The server says that the case is {str(told)[:20]!r}, and its events say {reading.story.state.value!r}; {TELL}"
        )
    return CaseView(
        grant=grant,
        charter=first["charter"],
        frozen=reading.frozen,
        filing=filing,
        items=items,
        story=reading.story,
        times=reading.times,
        faults=reading.faults,
        recused=reading.recused,
        size=max((placed.accepted.checkpoint.size for placed in reading.places.values()), default=0) or known.size,
        lost=lost,
    )


def _asked(line: SeatLine, known: Known, record: Record) -> dict[str, Any]:
    grant = known.grant
    try:
        return read_pages(lambda page: line.get_json(f"/api/v1/cases/{grant.case}?{page}", token=grant.token))
    except ServerRefused as error:
        if error.code == erasure.CODE and known.last:  # of a case that was never read only the server can tell
            raise erasure.told_erased(record, bytes.fromhex(known.last)) from None
        gap = gap_of(known, gaps_for([known], record)) if error.status == NOT_FOUND and known.size else None
        if gap is None:
            raise
        raise ClientError(lost_whole([grant.case], gap)) from None


def confirm_grant(line: SeatLine, grant: Grant, record: Record) -> None:
    """Raises BadAnswer unless the case tells everybody of this grant, which a seat added later."""
    try:
        view = read_case(line, Known(grant=grant), record)
    except ServerRefused as error:
        if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR or error.status == HTTPStatus.TOO_MANY_REQUESTS:
            raise  # another time it may answer
        raise BadAnswer("It names a case that the server does not have, or not with this token.") from None
    faulty = {fault.seq for fault in view.faults}
    told = (item.event for item in view.items if item.n not in faulty)
    event = next((event for event in told if is_granted(grant, event, seat=line.seat)), None)
    if event is None:
        raise BadAnswer(
            f"A grant by the seat {grant.giver!r} has no event in its case; it was given in silence and is not used."
        )
    if signer_of(event, bytes.fromhex(grant.author), record).hex() != grant.signer:
        raise BadAnswer("A grant that a seat added is not signed by that seat; it was forged.")


def _filing(rows: object, bodies: Sequence[str], salt: bytes) -> tuple[Filed, ...]:
    """Body and attachments of the filing, each one of those that the log recorded, in order."""
    if not isinstance(rows, list) or not 0 < len(rows) <= len(bodies):
        raise BadAnswer("The server does not name the sealed files of the filing; try again later.")
    filing = []
    for n, (row, body) in enumerate(zip(rows, bodies, strict=False)):
        sha256 = row.get("sha256") if isinstance(row, dict) else None
        if not isinstance(sha256, str) or not is_hash(sha256) or row.get("role") != ("attachment" if n else "body"):
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


def _lost(items: Sequence[Item], known: Known, record: Record) -> str:
    """A sentence where a restore took what this key had seen, "" where nothing is missing. Raises BadAnswer where no gap excuses it."""
    if not known.seen or (len(items) >= known.seen and items[known.seen - 1].commitment.hex() == known.last):
        return ""
    gap = gap_of(known, gaps_for([known], record))
    if gap is None:
        raise BadAnswer(f"The server shows another story of this case than this key saw before; {TELL}")
    return lost_part(known, gap)
