# SPDX-License-Identifier: AGPL-3.0-or-later
"""Cover: one item for every inbox that nobody can open, as a filing brings them. Whoever sees items arrive learns no filing."""

from django.db import transaction

from demur.charter.model import Charter
from demur.dissent.cover_items import cover_item
from demur.dissent.inboxes import deliver_all
from demur.entries.installation import Installation
from demur.people.queries import Rules


@transaction.atomic(savepoint=False)
def cover_inboxes(*, rules: Rules, ground: Installation) -> None:
    """Deliver one cover to every seat that reads; the keys they are sealed to are thrown away."""
    deliver_all({seat: cover_item(ground.random) for seat in _seats(rules.frozen.charter)})


def _seats(charter: Charter) -> list[str]:
    return sorted(seat.id for seat in charter.reading_seats)
