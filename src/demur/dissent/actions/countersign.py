# SPDX-License-Identifier: AGPL-3.0-or-later
"""Countersign: a second seat stands by a reply that declines every claim; only then does it count."""

from django.db import transaction

from demur.dissent.actions.performing import Request, locked, perform
from demur.dissent.models import Event
from demur.dissent.states import Verb


@transaction.atomic(savepoint=False)
def countersign(*, case_id: str, request: Request, by: str, at: int) -> Event:
    """Record it. Raises what `performing.perform` raises."""
    return perform(locked(case_id), request, verb=Verb.COUNTERSIGN, by=by, at=at)
