# SPDX-License-Identifier: AGPL-3.0-or-later
"""Report: what was sealed cannot be opened, differs from what was recorded, or can be read after all. Told to author and oversight."""

from django.db import transaction

from demur.dissent.actions.performing import Request, locked, perform
from demur.dissent.models import Event
from demur.dissent.states import Verb


@transaction.atomic(savepoint=False)
def report(*, case_id: str, request: Request, by: str, at: int) -> Event:
    """Record an `unreadable`, a `mismatch` or a `readable`. Raises what `performing.perform` raises."""
    kind = request.act.get("type")
    verb = Verb(kind) if kind in (Verb.UNREADABLE, Verb.READABLE) else Verb.MISMATCH
    return perform(locked(case_id), request, verb=verb, by=by, at=at)
