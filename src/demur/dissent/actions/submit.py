# SPDX-License-Identifier: AGPL-3.0-or-later
"""Submit: from the author to the record, with nobody in between.

Two entries in one transaction: the author's commitment, whose key the server does not know, and the server's own `received`
event. There is no state here in which a person could stop, alter or delay a filing; what is checked is form and size, and the sentence
says how to mend it. The case id makes it idempotent: a client that lost the answer sends the same again and gets the same answer.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from demur import canonical
from demur.charter.ticks import next_tick
from demur.dissent import events
from demur.dissent.erased import check_not_erased
from demur.dissent.errors import BundleError, Conflict, MovedOn, NoRoom, StandsStill
from demur.dissent.filing import check_filing, uploads_of
from demur.dissent.inboxes import deliver_all
from demur.dissent.kept_state import keep_snapshot
from demur.dissent.models import Case, Event, SealedFile
from demur.dissent.recording import Draft, Recording, draft_event, record_draft
from demur.dissent.snapshots import Snapshot
from demur.dissent.states import State, Story, tell
from demur.dissent.uploads import Uploads
from demur.entries.installation import Installation
from demur.entries.queries import holds
from demur.entries.rows import insert_rows, run
from demur.errors import DemurError
from demur.people.errors import NotOpen
from demur.people.queries import Rules
from demur.record.entry import case_entry
from demur.record.head import START, item_chain
from demur.record.merkle import leaf_hash

_CASE_COLUMNS = tuple(field.attname for field in Case._meta.concrete_fields)
_SAME = "SELECT id, filing FROM dissent_case WHERE id = ? OR mailbox = ?"


@dataclass(frozen=True, kw_only=True)
class Submission:
    """A filing whose form, signature and files hold; `text` is its header, canonical."""

    header: Mapping[str, Any]
    text: str
    files: list[tuple[str, bytes]]
    uploads: Uploads

    @cached_property
    def digest(self) -> str:
        """SHA-256 (hex) of the header: the same filing, or another under the same id."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def check_submission(
    header: Mapping[str, Any], files: list[tuple[str, bytes]], *, rules: Rules, ground: Installation, uploads: Uploads
) -> Submission:
    """Check all that needs no row, outside any transaction: what costs time here makes nobody else wait. Uploads are hashed and
    made durable only for a filing that will be taken. Raises NotOpen, StandsStill, NoRoom, BundleError, MovedOn, MissingPart.
    """
    check_filing(header, files, origin=ground.channel.origin, limits=rules.frozen.charter.limits)
    check_not_erased(leaf_hash(case_entry(bytes.fromhex(header["commitment"]))))
    submission = Submission(header=header, text=canonical.dump(dict(header)).decode(), files=files, uploads=uploads)
    try:
        check_rules(submission, rules)
        if ground.in_dispute():
            raise StandsStill
        if ground.is_full():
            raise NoRoom
        for sha256, size in uploads_of(header):
            uploads.check_whole(sha256, size)
    except DemurError:
        # The same filing again gets the same answer, whatever has changed since; only a new one must fit what is in force.
        if run(_SAME, [header["case"], header["mailbox"]]) is None:
            raise
    return submission


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A filing with every row it will have, so that the one writer has nothing left to compute: `case` by columns, `own` the entry of the
    author's own event. Plain values, so that one process can prepare what another writes; the files travel beside it.
    """

    header: Mapping[str, Any]
    case: Mapping[str, Any]
    own: bytes
    draft: Draft


@dataclass(frozen=True, kw_only=True)
class Filed:
    """What became of a filing: `row` is its `received` event by columns, as it was written; None where it was filed before."""

    prepared: Prepared
    row: Mapping[str, Any] | None

    @property
    def new(self) -> bool:
        """Whether it was not known before."""
        return self.row is not None

    @property
    def as_prepared(self) -> bool:
        """Whether what was prepared is what stands in the rows, its promise too: what was said from it holds."""
        return self.row is self.prepared.draft.row

    def read(self) -> tuple[Case, Event]:
        """The case and its `received` event, of a known filing as they are now."""
        if self.row is not None:
            return Case(**self.prepared.case), Event(**self.row)
        case = Case.objects.get(id=self.prepared.header["case"])
        return case, case.events.get(seq=1)


def prepare_case(submission: Submission, *, rules: Rules, ground: Installation, at: int) -> Prepared:
    """The case as filed at `at` (POSIX seconds); touches no row."""
    own = case_entry(bytes.fromhex(submission.header["commitment"]))
    received = received_of(submission, rules=rules, origin=ground.channel.origin, at=at)
    case = new_case(submission)
    recording = Recording(ground=ground, tick=next_tick(rules.frozen, at))
    draft = draft_event(case, received, body="", recording=recording, beside=(leaf_hash(own),))
    row = Event(**draft.row)
    add_to_chain(case, row, received)
    keep_received(case, received, row)
    columns = {name: getattr(case, name) for name in _CASE_COLUMNS}
    return Prepared(header=submission.header, case=columns, own=own, draft=draft)


def submit(prepared: Prepared, files: Sequence[tuple[str, bytes]], *, ground: Installation, uploads: Uploads) -> Filed:
    """File a case with the `files` that its bundle carried, in the transaction that the writer opened.

    Raises Conflict, and MissingPart for an upload that was cleared away meanwhile.
    """
    if _is_known(prepared):
        return Filed(prepared=prepared, row=None)
    if holds(leaf_hash(prepared.own)):
        # Whoever copies a commitment from the public record cannot open it, and would take the place of the one who can.
        raise Conflict(
            "This filing's commitment stands in the record already; seal the filing again, and it gets a new one."
        )
    for sha256, _ in uploads_of(prepared.header):
        uploads.keep(sha256)
    row = record_draft(prepared.draft, prepared.own, ground=ground)
    insert_rows(Case, [prepared.case])
    keep_files(prepared.header, files)
    return Filed(prepared=prepared, row=row)


def _is_known(prepared: Prepared) -> bool:
    header = prepared.header
    found = run(_SAME, [header["case"], header["mailbox"]])
    if found is None:
        return False
    if found[0] != header["case"]:
        raise Conflict("This mailbox belongs to another case; start again with new return words.")
    if found[1] != prepared.case["filing"]:
        raise Conflict("Another filing has this case id; start again, and a new id will be drawn.")
    return True


def check_rules(submission: Submission, rules: Rules) -> None:
    """Raises NotOpen, MovedOn or BundleError unless the submission fits what is in force now."""
    is_open, reason = rules.open
    if not is_open:
        raise NotOpen(f"{reason} Nothing can be filed here yet; the channel's page names the other doors.")
    header = submission.header
    if (header["charter"], header["roster"]) != (rules.charter, rules.roster_leaf):
        raise MovedOn("The charter or the seats changed since you read them; look at the readers again and file again.")
    wanted = [f"grant:{seat.id}" for seat in sorted(rules.frozen.charter.reading_seats, key=lambda seat: seat.id)]
    if [role for role, _ in submission.files if role.startswith("grant:")] != wanted:
        raise BundleError(
            "The filing must hold one inbox item for every seat of the charter that reads; use a newer Demur."
        )


def received_of(submission: Submission, *, rules: Rules, origin: str, at: int) -> dict[str, Any]:
    """The `received` event of a submission."""
    header, salt = submission.header, bytes.fromhex(submission.header["salt"])
    return events.received_event(
        origin=origin,
        case=header["case"],
        charter=rules.charter,
        roster=rules.roster_leaf,
        commitment=header["commitment"],
        bodies=[events.salted_hash(salt, row["sha256"]) for row in header["files"]],
        filing=events.salted_hash(salt, submission.digest),
        time=at,
    )


def new_case(submission: Submission) -> Case:
    """The case of a submission, before its first event; not yet saved."""
    header = submission.header
    mailbox = next(row["sha256"] for row in header["files"] if row["role"] == "mailbox")
    same = {name: header[name] for name in ("charter", "author", "mailbox", "bearer", "token", "salt", "commitment")}
    return Case(
        id=header["case"],
        **same,
        filing=submission.digest,
        header=submission.text,
        seq=0,
        last=header["commitment"],
        chain=item_chain(START, bytes.fromhex(mailbox)),
        state=State.FILED,
    )


def keep_files(header: Mapping[str, Any], files: Sequence[tuple[str, bytes]]) -> None:
    """Keep the sealed files of a filing, and deliver the seats' inbox items."""
    carried = iter(files)
    rows = []
    grants = {}
    for described in header["files"]:
        role, sha256, size = described["role"], described["sha256"], described["size"]
        data = None if role == "upload" else next(carried)[1]
        if data is not None and role.startswith("grant:"):
            grants[role.removeprefix("grant:")] = data
        else:
            kept = "attachment" if data is None else role
            rows.append(
                {"case_id": header["case"], "seq": 0, "role": kept, "sha256": sha256, "size": size, "data": data}
            )
    insert_rows(SealedFile, rows)
    deliver_all(grants)


def keep_received(case: Case, received: Mapping[str, Any], row: Event) -> None:
    """Let the case's columns say what its first event does; the caller saves the case."""
    keep_snapshot(case, Snapshot().followed(tell(Story(), received), received, bytes(row.leaf_hash).hex()))


def add_to_chain(case: Case, row: Event, event: Mapping[str, Any]) -> None:
    """Let the mailbox's running hash cover one more item; the caller saves the case."""
    item = events.item_hash(row.seq, body=row.body, event=event, r=row.r)
    case.chain = item_chain(bytes(case.chain), item)
