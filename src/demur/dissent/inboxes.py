# SPDX-License-Identifier: AGPL-3.0-or-later
"""The seats' inboxes: opaque items, numbered. Whether an item is a grant, a dummy or a cover only a seat's key can tell."""

from collections.abc import Mapping

from django.db import connection

# The number after the seat's last: one step down the index over (seat, n), however many there are.
_DELIVER = """
    INSERT INTO dissent_inboxitem (seat, n, data)
    VALUES (%s, (SELECT COALESCE(MAX(n), 0) + 1 FROM dissent_inboxitem WHERE seat = %s), %s)
"""


def deliver_all(items: Mapping[str, bytes]) -> None:
    """Put one item into each named seat's inbox, in the open transaction."""
    with connection.cursor() as cursor:
        cursor.executemany(_DELIVER, [(seat, seat, data) for seat, data in items.items()])
