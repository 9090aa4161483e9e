# SPDX-License-Identifier: AGPL-3.0-or-later
"""Bring back: a case that a restored installation has lost, from the very filing that its author kept, under the same promise.

The author shows the filing, the opening of the log's own event, and the log's promise of both entries; each must fit the others, so that
nobody can bring back what never was. Both entries mostly stand in the record already. Where they waited for their tick when they were lost,
the promise is what proves the case, and they are recorded now: the log owes them.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from demur import canonical
from demur.dissent import events
from demur.dissent.actions.submit import Submission, add_to_chain, keep_files, keep_received, new_case
from demur.dissent.erased import check_not_erased
from demur.dissent.errors import BundleError, Conflict, NotVisible
from demur.dissent.filing import check_files, check_header, uploads_of
from demur.dissent.models import Case, Event
from demur.dissent.queries import tally_again
from demur.dissent.recording import record_owed
from demur.dissent.uploads import Uploads
from demur.entries.installation import Installation
from demur.entries.models import Entry
from demur.entries.rows import insert_rows
from demur.people.queries import frozen_of
from demur.record.entry import case_entry
from demur.record.errors import RecordError
from demur.record.merkle import leaf_hash
from demur.record.promise import open_promise


def check_kept_filing(
    header: Mapping[str, Any], files: list[tuple[str, bytes]], *, ground: Installation, uploads: Uploads
) -> Submission:
    """Check the form of a filing that was filed before; large attachments may be missing. Raises BundleError, NotVisible."""
    check_header(header, origin=ground.channel.origin)
    check_not_erased(leaf_hash(case_entry(bytes.fromhex(header["commitment"]))))
    try:
        limits = frozen_of(header["charter"]).charter.limits
    except LookupError:
        raise NotVisible("This filing names a charter that this channel never had; send it to its own.") from None
    check_files([row["role"] for row in header["files"]], files, limits)
    for sha256, size in uploads_of(header):
        if uploads.have(sha256) == size:
            uploads.check_whole(sha256, size)
    return Submission(header=header, text=canonical.dump(dict(header)).decode(), files=files, uploads=uploads)


@transaction.atomic(savepoint=False)
def bring_back(*, submission: Submission, received: object, promise: str, ground: Installation) -> tuple[Case, bool]:
    """The case, and whether it was missing. Raises BundleError where the parts do not fit, Conflict where another case has its id."""
    event, r = events.check_opening(received)
    entries = {
        leaf_hash(entry): entry
        for entry in (
            case_entry(bytes.fromhex(submission.header["commitment"])),
            case_entry(events.commitment(event, r)),
        )
    }
    own, leaf = entries
    _check_fit(submission, event)
    _check_promise(promise, (own, leaf), ground)
    held = {bytes(row) for row in Entry.objects.filter(leaf_hash__in=entries).values_list("leaf_hash", flat=True)}
    record_owed(*(entry for row, entry in entries.items() if row not in held))
    known = Case.objects.filter(id=submission.header["case"]).first()
    if known is not None:
        if known.filing != submission.digest:
            raise Conflict("Another filing has this case id; tell oversight.")
        _keep_sent(known, submission)
        return known, False
    return _bring(submission, event, r, leaf, promise), True


def _check_fit(submission: Submission, event: Mapping[str, Any]) -> None:
    header, salt = submission.header, bytes.fromhex(submission.header["salt"])
    wanted = {
        "type": "received",
        "case": header["case"],
        "charter": header["charter"],
        "commitment": header["commitment"],
        "bodies": [events.salted_hash(salt, row["sha256"]) for row in header["files"]],
        "filing": events.salted_hash(salt, hashlib.sha256(submission.text.encode()).hexdigest()),
    }
    if any(event.get(name) != value for name, value in wanted.items()):
        raise BundleError(
            "The key file and the sealed copy are of different filings; name the two that belong together."
        )


def _check_promise(promise: str, leaves: tuple[bytes, bytes], ground: Installation) -> None:
    try:
        opened = open_promise(promise, ground.channel.log_verifier)
    except RecordError as error:
        raise BundleError(f"The promise is not one of this channel's log: {error}") from None
    if opened.entries != leaves:
        raise BundleError("The receipt and the key file are of different filings; name the two that belong together.")


def _bring(submission: Submission, event: Mapping[str, Any], r: bytes, leaf: bytes, promise: str) -> Case:
    case = new_case(submission)
    row = Event(
        case=case,
        seq=1,
        text=canonical.dump(dict(event)).decode(),
        r=r.hex(),
        leaf_hash=leaf,
        body="",
        promise=promise,
    )
    case.seq, case.last = 1, events.commitment(event, r).hex()
    add_to_chain(case, row, event)
    keep_received(case, event, row)
    names = [field.attname for field in Case._meta.concrete_fields]
    insert_rows(Case, [{name: getattr(case, name) for name in names}])
    row.save()
    keep_files(submission.header, submission.files)
    case.files.filter(data=None).update(missing=True)
    _keep_sent(case, submission)
    tally_again(case.id)
    return case


def _keep_sent(case: Case, submission: Submission) -> None:
    """Keep those of the large files missing here that the author has sent again; the others stay marked as missing."""
    sizes = dict(uploads_of(submission.header))
    for row in case.files.filter(missing=True):
        if submission.uploads.have(row.sha256) == sizes.get(row.sha256):
            submission.uploads.keep(row.sha256)
            row.missing = False
            row.save(update_fields=["missing"])
