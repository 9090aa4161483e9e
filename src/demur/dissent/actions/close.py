# SPDX-License-Identifier: AGPL-3.0-or-later
"""Close: nothing is owed any more. Refused while any clock runs."""

from django.db import transaction

from demur.dissent.actions.performing import Request, locked, perform
from demur.dissent.models import Event
from demur.dissent.states import Verb


@transaction.atomic(savepoint=False)
def close(*, case_id: str, request: Request, by: str, at: int) -> Event:
    """Record it. Raises what `performing.perform` raises."""
    return perform(locked(case_id), request, verb=Verb.CLOSE, by=by, at=at)
