# SPDX-License-Identifier: AGPL-3.0-or-later
"""Submit: from the author to the record, with nobody in between.

Two entries in one transaction: the author's commitment, whose key the server does not know, and the server's own `received`
event. There is no state here in which a person could stop, alter or delay a filing; what is checked is form and size, and the sentence
says how to mend it. The case id makes it idempotent: a client that lost the answer sends the same again and gets the same answer.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from demur import canonical
from demur.dissent import events
from demur.dissent.errors import BundleError, Conflict, MovedOn
from demur.dissent.filing import check_filing
from demur.dissent.models import Case, Event, InboxItem, SealedFile
from demur.dissent.recording import record_commitment, record_event
from demur.dissent.states import State
from demur.entries.installation import Installation
from demur.people.errors import NotOpen
from demur.people.queries import Rules
from demur.record.head import START, item_chain


def submit(
    *, header: Mapping[str, Any], files: list[tuple[str, bytes]], rules: Rules, ground: Installation, at: int
) -> tuple[Case, Event, bool]:
    """File a case at `at` (POSIX seconds). Returns the case, its `received` event, and whether it is new.

    Raises NotOpen, BundleError (form, size), MovedOn (charter or seats changed since the author read them), Conflict.
    """
    check_filing(header, files, origin=ground.channel.origin, limits=rules.frozen.charter.limits)
    digest = hashlib.sha256(canonical.dump(dict(header))).hexdigest()
    with transaction.atomic():
        if (known := _known(header["case"], digest)) is not None:
            return known, known.events.get(seq=1), False
        _check_rules(header, files, rules)
        return *_record(header, files, digest=digest, rules=rules, ground=ground, at=at), True


def _known(case_id: str, digest: str) -> Case | None:
    case = Case.objects.filter(id=case_id).first()
    if case is not None and case.filing != digest:
        raise Conflict("Another filing has this case id; start again, and a new id will be drawn.")
    return case


def _check_rules(header: Mapping[str, Any], files: list[tuple[str, bytes]], rules: Rules) -> None:
    is_open, reason = rules.open
    if not is_open:
        raise NotOpen(f"{reason} Nothing can be filed here yet; the channel's page names the other doors.")
    if (header["charter"], header["roster"]) != (rules.charter, rules.roster_leaf):
        raise MovedOn("The charter or the seats changed since you read them; look at the readers again and file again.")
    wanted = [f"grant:{seat.id}" for seat in sorted(rules.frozen.charter.reading_seats, key=lambda seat: seat.id)]
    if [role for role, _ in files if role.startswith("grant:")] != wanted:
        raise BundleError(
            "The filing must hold one inbox item for every seat of the charter that reads; use a newer Demur."
        )
    if Case.objects.filter(mailbox=header["mailbox"]).exists():
        raise Conflict("This mailbox belongs to another case; start again with new return words.")


def _record(
    header: Mapping[str, Any],
    files: list[tuple[str, bytes]],
    *,
    digest: str,
    rules: Rules,
    ground: Installation,
    at: int,
) -> tuple[Case, Event]:
    salt = bytes.fromhex(header["salt"])
    kept = {role: data for role, data in files if role in {"mailbox", "body"}}
    own = record_commitment(bytes.fromhex(header["commitment"]))
    received = events.received_event(
        origin=ground.channel.origin,
        case=header["case"],
        charter=rules.charter,
        roster=rules.roster_leaf,
        commitment=header["commitment"],
        bodies=[events.salted(salt, data) for _, data in files],
        time=at,
    )
    case = Case(
        id=header["case"],
        charter=rules.charter,
        author=header["author"],
        mailbox=header["mailbox"],
        bearer=header["bearer"],
        token=header["token"],
        salt=header["salt"],
        filing=digest,
        commitment=header["commitment"],
        seq=0,
        last=header["commitment"],
        chain=item_chain(START, hashlib.sha256(kept["mailbox"]).digest()),
        state=State.FILED,
    )
    case.save(force_insert=True)
    oversight = rules.roster.holders.get(rules.frozen.charter.oversight_seat) if rules.roster else None
    row = record_event(case, received, body="", ground=ground, oversight=oversight, beside=(own,))
    add_to_chain(case, row, received)
    case.save()
    for role, data in files:
        _keep(case, role, data)
    return case, row


def _keep(case: Case, role: str, data: bytes) -> None:
    if role.startswith("grant:"):
        deliver(role.removeprefix("grant:"), data)
        return
    sha256 = hashlib.sha256(data).hexdigest()
    SealedFile.objects.create(case=case, seq=0, role=role, sha256=sha256, size=len(data), data=data)


def deliver(seat: str, data: bytes) -> None:
    """Put an opaque item into a seat's inbox."""
    last = InboxItem.objects.filter(seat=seat).order_by("-n").first()
    InboxItem.objects.create(seat=seat, n=last.n + 1 if last else 1, data=data)


def add_to_chain(case: Case, row: Event, event: Mapping[str, Any]) -> None:
    """Let the mailbox's running hash cover one more item; the caller saves the case."""
    item = events.item_hash(row.seq, body=row.body, event=event, r=row.r)
    case.chain = item_chain(bytes(case.chain), item)
