# SPDX-License-Identifier: AGPL-3.0-or-later
"""Reply: the institution's answer, claim by claim. Meets the reply clock, unless it declines every claim."""

from django.db import transaction

from demur.dissent.actions.needing import need_body
from demur.dissent.actions.performing import Request, locked, perform
from demur.dissent.models import Event
from demur.dissent.states import Verb


@transaction.atomic(savepoint=False)
def reply(*, case_id: str, request: Request, by: str, at: int) -> Event:
    """Record it. Raises what `performing.perform` raises."""
    need_body(request, "reply")
    return perform(locked(case_id), request, verb=Verb.REPLY, by=by, at=at)
