# SPDX-License-Identifier: AGPL-3.0-or-later
"""The seats' inboxes: opaque items, numbered. Whether an item is a grant, a dummy or a cover only a seat's key can tell."""

from collections.abc import Mapping

from demur.entries.rows import run

# The number after the seat's last: one step down the index over (seat, n), however many there are.
_ITEM = "(?, (SELECT COALESCE(MAX(n), 0) + 1 FROM dissent_inboxitem WHERE seat = ?), ?)"


def deliver_all(items: Mapping[str, bytes]) -> None:
    """Put one item into each named seat's inbox, in the open transaction."""
    if items:
        values = ", ".join([_ITEM] * len(items))
        statement = f"INSERT INTO dissent_inboxitem (seat, n, data) VALUES {values}"  # noqa: S608 -- our own text
        run(statement, [part for seat, data in items.items() for part in (seat, seat, data)])


def items_in(seat: str) -> int:
    """How many items a seat's inbox has."""
    found = run("SELECT COALESCE(MAX(n), 0) FROM dissent_inboxitem WHERE seat = ?", [seat])
    return int(found[0]) if found else 0
