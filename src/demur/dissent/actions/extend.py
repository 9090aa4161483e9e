# SPDX-License-Identifier: AGPL-3.0-or-later
"""Extend: the only way to lengthen a clock. Takes a reason, which the author reads."""

from django.db import transaction

from demur.dissent.actions.needing import need_body
from demur.dissent.actions.performing import Request, locked, perform
from demur.dissent.models import Event
from demur.dissent.states import Verb


@transaction.atomic(savepoint=False)
def extend(*, case_id: str, request: Request, by: str, at: int) -> Event:
    """Record it. Raises what `performing.perform` raises."""
    need_body(request, "extension")
    return perform(locked(case_id), request, verb=Verb.EXTEND, by=by, at=at)
