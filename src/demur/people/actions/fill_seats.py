# SPDX-License-Identifier: AGPL-3.0-or-later
"""Fill the seats as the officers have signed. A seat that the statement leaves out is vacant from then on."""

from typing import Any

from django.db import transaction

from demur import canonical
from demur.charter.channel import Channel
from demur.charter.errors import CharterError
from demur.charter.freeze import Frozen
from demur.charter.officers import check_statement
from demur.charter.roster import Roster
from demur.people.models import Statement
from demur.people.recording import record_statement


@transaction.atomic
def fill_seats(statement: dict[str, Any], *, channel: Channel) -> Statement:
    """Record `statement` and put it in force; filling the same again changes nothing.

    Raises CharterError unless the officers signed it for the charter in force, and it is the next in the series.
    """
    check_statement(statement, channel)
    roster = Roster.to_sign(statement)
    charter = Statement.objects.filter(kind=Statement.CHARTER).order_by("-number").first()
    if charter is None or bytes(charter.leaf_hash).hex() != roster.charter:
        raise CharterError(
            "These seats were signed for another charter than the one in force; adopt that charter first."
        )
    named = {seat.id for seat in Frozen.from_entry(canonical.load_object(charter.text.encode())).charter.seats}
    if odd := sorted(set(roster.holders) - named):
        raise CharterError(f"The charter in force has no seat {odd[0]!r}; have the statement signed again without it.")
    text = canonical.dump(statement).decode()
    last = Statement.objects.filter(kind=Statement.SEATS).order_by("-number").first()
    if last is not None and last.text == text:
        return last
    wanted = (last.number if last else 0) + 1
    if roster.serial != wanted:
        raise CharterError(f"This statement about seats is number {roster.serial}, but number {wanted} is due.")
    leaf = record_statement(statement)
    return Statement.objects.create(kind=Statement.SEATS, number=roster.serial, leaf_hash=leaf, text=text)
