# SPDX-License-Identifier: AGPL-3.0-or-later
"""A filing from what was sent to what is answered, less the writing between: what can be done in another process than writes.

Here is where a filing costs: form, hashes, the author's signature, the log's promise and head. `demur.site.ahead` has it done beside the
server, and `author/api.py` where it stands.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from demur import canonical
from demur.charter.ticks import publishes_at_once
from demur.dissent.actions.submit import Prepared, check_submission, prepare_case
from demur.dissent.bundle import UPLOAD, check_rows, unpack_bundle
from demur.dissent.errors import BundleError
from demur.dissent.models import Case
from demur.dissent.uploads import Uploads
from demur.entries.installation import Installation
from demur.people.queries import Rules, rules_in_force
from demur.web.answers import first_head
from demur.web.load import check_load

JSON: Final = "application/json; charset=utf-8"
Files = list[tuple[str, bytes]]


@dataclass(frozen=True, kw_only=True)
class Sent:
    """A bundle as it was sent `at` (POSIX seconds), at which load, and with which stamp of work, if any."""

    data: bytes
    at: int
    load: float
    stamp: str


@dataclass(frozen=True, kw_only=True)
class Foreseen:
    """What will be written, and what will be answered once it is; `at_once`: it is published without waiting for a tick."""

    prepared: Prepared
    answer: bytes
    at_once: bool


def prepare_filing(
    header: Mapping[str, Any],
    files: Files,
    sent: Sent,
    *,
    rules: Rules,
    ground: Installation,
    uploads: Uploads,
    secret: bytes,
) -> Prepared:
    """The rows of a filing whose bundle has this header and these files. Raises BundleError, WorkWanted, NotOpen, MovedOn, StandsStill,
    MissingPart.
    """
    check_load(sent.stamp, str(header.get("case")), load=sent.load, ground=ground, secret=secret, at=sent.at)
    submission = check_submission(header, files, rules=rules, ground=ground, uploads=uploads)
    return prepare_case(submission, rules=rules, ground=ground, at=sent.at)


def foresee(sent: Sent, *, ground: Installation, uploads: Uploads, secret: bytes) -> Foreseen:
    """All of a filing but its writing. Raises as `prepare_filing`, and BundleError for one whose files came before it in parts: they are
    hashed once, and not here, where gigabytes would let all others wait.
    """
    header, files = unpack_bundle(sent.data)
    if any(role == UPLOAD for role, _, _ in check_rows(header.get("files"))):
        raise BundleError("This filing has large files; it is taken in the ordinary way.")
    rules = rules_in_force()
    prepared = prepare_filing(header, files, sent, rules=rules, ground=ground, uploads=uploads, secret=secret)
    head = first_head(Case(**prepared.case), ground, at=sent.at)
    answer = filed_text(prepared.draft.row, head=head)
    return Foreseen(prepared=prepared, answer=answer, at_once=publishes_at_once(rules.frozen))


def filed_text(row: Mapping[str, Any], *, head: str) -> bytes:
    """What the author gets at once, canonical: `RecordedForAuthor`, with the mailbox's `head`. The event stands in it as it was written,
    for to read it and write it again costs as much as to sign.
    """
    told, promise = (canonical.dump(note).decode() for note in (head, row["promise"]))
    return f'{{"head":{told},"opening":{{"event":{row["text"]},"r":"{row["r"]}"}},"promise":{promise}}}'.encode()
