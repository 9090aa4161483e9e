# SPDX-License-Identifier: AGPL-3.0-or-later
"""Message: a word in the thread, from the author or from the custodian. A question does not pause a clock."""

from django.db import transaction

from demur.dissent.actions.needing import need_body
from demur.dissent.actions.performing import Request, locked, perform
from demur.dissent.models import Event
from demur.dissent.states import Verb


@transaction.atomic(savepoint=False)
def message(*, case_id: str, request: Request, by: str, at: int) -> Event:
    """Record it. Raises what `performing.perform` raises."""
    need_body(request, "message")
    return perform(locked(case_id), request, verb=Verb.MESSAGE, by=by, at=at)
