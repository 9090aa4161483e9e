# SPDX-License-Identifier: AGPL-3.0-or-later
"""`demur doctor --deep`: is every row still what the record says it was? What was changed by hand is located by its index.

Each row is held against something that whoever edits rows cannot make: an entry that the signed root covers, a commitment that an entry
holds, a header that the author signed and the record binds. Names no person and shows no content: an index, and what differs.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Max

from demur import canonical
from demur.charter.errors import CharterError
from demur.charter.freeze import Frozen
from demur.charter.roster import Roster
from demur.dissent import events, snapshots
from demur.dissent.bundle import check_rows
from demur.dissent.errors import DissentError
from demur.dissent.filing import check_header
from demur.dissent.models import Case, Event, InboxItem, SealedFile
from demur.dissent.procedure import advance
from demur.dissent.states import Story, pass_over, tell
from demur.dissent.uploads import Uploads, file_hash
from demur.entries.installation import Installation
from demur.entries.models import Entry
from demur.people.models import Statement
from demur.people.queries import frozen_of
from demur.record.entry import case_entry
from demur.record.errors import RecordError
from demur.record.head import START, item_chain
from demur.record.merkle import leaf_hash
from demur.record.promise import open_promise
from demur.site.deep_record import Fault, place_of, record_faults

Progress = Callable[[int], None]
_HEX = re.compile(r"[0-9a-f]{64}")
_KEPT_ROLES = {"body": "body", "attachment": "attachment", "upload": "attachment", "mailbox": "mailbox"}
_HEADER_COLUMNS = ("charter", "author", "mailbox", "bearer", "token", "salt", "commitment")


def faults(ground: Installation, uploads: Uploads, *, progress: Progress = lambda _: None) -> Iterator[Fault]:
    """Every fault, in the order of the record; `progress` is told how many cases were looked at."""
    yield from record_faults(ground)
    looking = _Looking(ground=ground, uploads=uploads)
    for done, case in enumerate(Case.objects.order_by("id").iterator(chunk_size=256), start=1):
        yield from looking.case(case)
        progress(done)
    yield from looking.left_over()


@dataclass(frozen=True, kw_only=True)
class _Wanted:
    """What the row of a sealed file must say. `role` and `size` stand in the filing's header; of later files they are not known."""

    index: int | None
    seq: int
    role: str = ""
    size: int = 0

    def fits(self, row: SealedFile) -> bool:
        """Whether the row says it."""
        size = self.size or (len(row.data) if row.data is not None else row.size)
        return (row.seq, row.size) == (self.seq, size) and (row.role == self.role or not self.role)


@dataclass
class _Looking:
    """Looks at cases, and remembers which inbox items they account for."""

    ground: Installation
    uploads: Uploads
    _grants: Counter[tuple[str, str]] = field(default_factory=Counter)
    _rosters: dict[str, Roster] = field(default_factory=dict)
    _inboxes: Counter[tuple[str, str]] | None = None

    def case(self, case: Case) -> Iterator[Fault]:
        """Everything that belongs to one case."""
        rows = list(case.events.order_by("seq"))
        place = place_of(bytes(rows[0].leaf_hash)) if rows else author_place(case)
        if not rows:
            yield Fault(
                index=place,
                sentence=f"The case whose author's entry is {place} has no events any more; they were removed by hand.",
            )
        if not _HEX.fullmatch(case.salt):
            yield Fault(index=place, sentence=f"The case whose filing is entry {place} was changed by hand: salt.")
            return
        told = []
        for row in rows:
            found = list(self._event(case, row))
            yield from found
            if not found:
                told.append(canonical.load_object(row.text.encode()))
        if len(told) == len(rows) and rows:
            yield from self._row(case, rows, told, place)
            yield from self._files(case, rows, told, place)

    def _event(self, case: Case, row: Event) -> Iterator[Fault]:
        index = place_of(bytes(row.leaf_hash))
        where = f"The event at entry {index}"
        try:
            event, r = events.check_opening({"event": canonical.load_object(row.text.encode()), "r": row.r})
            leaf = leaf_hash(case_entry(events.commitment(event, r)))
            promise = open_promise(row.promise, self.ground.channel.log_verifier)
        except (canonical.CanonicalError, DissentError, RecordError):
            yield Fault(index=index, sentence=f"{where} cannot be read any more; it was changed by hand.")
            return
        if leaf != bytes(row.leaf_hash) or (event["case"], event["seq"]) != (case.id, row.seq):
            yield Fault(index=index, sentence=f"{where} was changed by hand.")
        elif not Entry.objects.filter(leaf_hash=leaf).exists():
            yield Fault(index=None, sentence="An event has no entry in the record; the entry was removed by hand.")
        elif leaf not in promise.entries:
            yield Fault(index=index, sentence=f"The promise kept with {where.lower()} is not its own.")
        elif event["type"] != "received":
            yield from self._act(case, row, event, index)

    def _act(self, case: Case, row: Event, event: dict[str, Any], index: int | None) -> Iterator[Fault]:
        kept = bytes(row.act or b"")
        if kept != bytes.fromhex(events.act_hash(event)) and (kept or event["v"] > 1):  # old rows have none
            yield Fault(index=index, sentence=f"The event at entry {index} was changed by hand: act.")
        yield from self._signature(case, event, index)

    def _signature(self, case: Case, event: dict[str, Any], index: int | None) -> Iterator[Fault]:
        try:
            seat = str(event["seat"])
            public = self._roster(str(event["roster"])).holders[seat].sign if seat else bytes.fromhex(case.author)
            events.verify_act(event, public)
        except (DissentError, CharterError, KeyError, ValueError):
            yield Fault(index=index, sentence=f"The event at entry {index} is not signed by the one it names.")

    def _roster(self, leaf: str) -> Roster:
        if leaf not in self._rosters:
            row = Statement.objects.filter(leaf_hash=bytes.fromhex(leaf)).first()
            self._rosters[leaf] = Roster.from_statement(canonical.load_object(row.text.encode()) if row else {})
        return self._rosters[leaf]

    def _row(self, case: Case, rows: list[Event], told: list[dict[str, Any]], place: int | None) -> Iterator[Fault]:
        """The case's own columns: against the header that the author signed and the record binds, and against the events."""
        where = f"The case whose filing is entry {place}"
        digest = hashlib.sha256(case.header.encode()).hexdigest()
        bound = events.salted_hash(bytes.fromhex(case.salt), digest) if len(case.salt) == 64 else ""
        header = _header_of(case)
        if header and bound == told[0]["filing"]:
            odd = [name for name in _HEADER_COLUMNS if getattr(case, name) != header[name]]
            if case.filing != digest:
                odd.append("filing")
            yield from self._header(header, where, place)
        else:
            odd = ["header or salt"]
        odd += _folded(case, rows, told)
        if odd:
            yield Fault(index=place, sentence=f"{where} was changed by hand: {', '.join(odd)}.")

    def _header(self, header: dict[str, Any], where: str, place: int | None) -> Iterator[Fault]:
        try:
            check_header(header, origin=self.ground.channel.origin)
        except DissentError:
            yield Fault(index=place, sentence=f"{where} has a header that its author did not sign.")

    def _files(self, case: Case, rows: list[Event], told: list[dict[str, Any]], place: int | None) -> Iterator[Fault]:
        described_files = _header_of(case).get("files", [])
        wanted = {
            row["sha256"]: _Wanted(index=place, seq=0, role=_KEPT_ROLES[row["role"]], size=row["size"])
            for row in described_files
            if row["role"] in _KEPT_ROLES
        }
        wanted |= {row.body: _Wanted(index=place_of(bytes(row.leaf_hash)), seq=row.seq) for row in rows if row.body}
        for described in described_files:
            if described["role"].startswith("grant:"):
                yield from self._grant(described["role"].removeprefix("grant:"), described["sha256"], place)
        salt = bytes.fromhex(case.salt)
        for row, event in zip(rows, told, strict=True):
            if event["type"] == "grant":
                yield from self._later_grant(
                    str(event["to"]), str(event["sealed"]), salt, place_of(bytes(row.leaf_hash))
                )
        kept = {file.sha256: file for file in SealedFile.objects.filter(case=case).defer("data")}
        for sha256, what in wanted.items():
            yield from self._file(kept.pop(sha256, None), sha256, what)
        for _ in kept:
            yield Fault(
                index=place, sentence=f"A sealed file was added by hand to the case whose filing is entry {place}."
            )

    def _file(self, row: SealedFile | None, sha256: str, what: "_Wanted") -> Iterator[Fault]:
        if row is None:
            yield Fault(index=what.index, sentence=f"A sealed file that belongs to entry {what.index} is gone.")
        elif row.missing and not self.uploads.kept(row.sha256).exists():
            yield Fault(
                index=what.index,
                sentence=f"An attachment that belongs to entry {what.index} was lost at a restore; its author can send it again.",
            )
        elif self._hash(row) != sha256 or not what.fits(row):
            yield Fault(
                index=what.index, sentence=f"A sealed file that belongs to entry {what.index} was changed by hand."
            )

    def _hash(self, row: SealedFile) -> str:
        if row.data is not None:
            return hashlib.sha256(bytes(row.data)).hexdigest()
        path = self.uploads.kept(row.sha256)
        return file_hash(path) if path.exists() else ""

    def _items(self) -> Counter[tuple[str, str]]:
        """How often each item lies in each inbox, by SHA-256 (hex)."""
        if self._inboxes is None:
            items = InboxItem.objects.values_list("seat", "data").iterator(chunk_size=256)
            self._inboxes = Counter((seat, hashlib.sha256(bytes(data)).hexdigest()) for seat, data in items)
        return self._inboxes

    def _grant(self, seat: str, sha256: str, index: int | None) -> Iterator[Fault]:
        self._grants[seat, sha256] += 1
        if self._grants[seat, sha256] > self._items()[seat, sha256]:
            yield Fault(
                index=index,
                sentence=f"The grant for the seat {seat!r} that belongs to entry {index} was changed or removed.",
            )

    def _later_grant(self, seat: str, sealed: str, salt: bytes, index: int | None) -> Iterator[Fault]:
        for (holder, sha256), _ in self._items().items():
            if holder == seat and events.salted_hash(salt, sha256) == sealed:
                self._grants[seat, sha256] += 1
                return
        yield Fault(
            index=index,
            sentence=f"The grant for the seat {seat!r} that belongs to entry {index} was changed or removed.",
        )

    def left_over(self) -> Iterator[Fault]:
        """Events that no case claims, and inboxes whose numbers have gaps. Items that are left are covers, and cannot be told from an item
        that somebody added.
        """
        for row in Event.objects.exclude(case__in=Case.objects.all()):
            index = place_of(bytes(row.leaf_hash))
            yield Fault(index=index, sentence=f"The case of the event at entry {index} was removed by hand.")
        for seat, most, count in InboxItem.objects.values_list("seat").annotate(most=Max("n"), count=Count("n")):
            if most != count:
                yield Fault(
                    index=None,
                    sentence=f"The inbox of the seat {seat!r} was renumbered, or an item was removed, by hand.",
                )


def author_place(case: Case) -> int | None:
    """Where the author's own commitment stands in the record; None if it does not."""
    if not _HEX.fullmatch(case.commitment):
        return None
    return place_of(leaf_hash(case_entry(bytes.fromhex(case.commitment))))


def _header_of(case: Case) -> dict[str, Any]:
    """The filing's header as it is stored; nothing of it where it is not even one."""
    try:
        header = canonical.load_object(case.header.encode())
        check_rows(header.get("files"))
    except (canonical.CanonicalError, DissentError):
        return {}
    return header


def _folded(case: Case, rows: list[Event], told: list[dict[str, Any]]) -> list[str]:
    """The columns that the events do not bear out."""
    try:
        frozen = frozen_of(str(told[0]["charter"]))
        story = _story(frozen, told)
    except LookupError:
        return ["its charter is gone"]
    except DissentError:
        return ["its events tell no story that the procedure allows"]
    mailbox = next((row["sha256"] for row in _header_of(case).get("files", []) if row["role"] == "mailbox"), "00" * 32)
    chain = item_chain(START, bytes.fromhex(mailbox))
    for row, event in zip(rows, told, strict=True):
        chain = item_chain(chain, events.item_hash(row.seq, body=row.body, event=event, r=row.r))
    last = events.commitment(told[-1], bytes.fromhex(rows[-1].r)).hex()
    wanted = {"seq": rows[-1].seq, "last": last, "chain": chain, "state": str(story.state)}
    stored = {"seq": case.seq, "last": case.last, "chain": bytes(case.chain), "state": str(case.state)}
    if case.story_v == snapshots.VERSION:  # what another version kept is folded anew before it is used
        leaves = (bytes(row.leaf_hash).hex() for row in rows)
        wanted["story"] = snapshots.dump(snapshots.refold(zip(told, leaves, strict=True), frozen))
        stored["story"] = case.story
    return [name for name, value in wanted.items() if stored[name] != value]


def _story(frozen: Frozen, told: list[dict[str, Any]]) -> Story:
    """The story of the events, each of which must follow. Of version 1, which was judged by the rules of its time, only that is asked."""
    story = Story()
    for event in told:
        if events.is_known(event):
            story = advance(frozen, story, event) if event["v"] > 1 else tell(story, event)
        else:  # written by a later version; it changes no state
            story = pass_over(story, event)
    return story
