# SPDX-License-Identifier: AGPL-3.0-or-later
"""Retry: what died waits anew, with all its tries, after the administrator has mended the bell."""

from django.db import transaction

from demur.notices.models import Notice


@transaction.atomic
def retry() -> int:
    """Let every dead notice wait again; returns how many there were."""
    return Notice.objects.filter(state=Notice.DEAD).update(state=Notice.WAITING, attempts=0, next_at=0)
