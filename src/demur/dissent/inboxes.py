# SPDX-License-Identifier: AGPL-3.0-or-later
"""The seats' inboxes: opaque items, numbered. Whether an item is a grant, a dummy or a cover only a seat's key can tell."""

from collections.abc import Mapping

from django.db.models import Max

from demur.dissent.models import InboxItem


def deliver_all(items: Mapping[str, bytes]) -> None:
    """Put one item into each named seat's inbox, in the open transaction."""
    last = dict(InboxItem.objects.filter(seat__in=list(items)).values_list("seat").annotate(Max("n")))
    InboxItem.objects.bulk_create(
        InboxItem(seat=seat, n=last.get(seat, 0) + 1, data=data) for seat, data in items.items()
    )
