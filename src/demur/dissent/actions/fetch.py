# SPDX-License-Identifier: AGPL-3.0-or-later
"""Fetch: a seat's key asks for sealed files. Says that the key fetched; nobody can say that a person read."""

from django.db import transaction

from demur.dissent.actions.performing import Request, locked, perform
from demur.dissent.models import Event
from demur.dissent.states import Verb


@transaction.atomic(savepoint=False)
def fetch(*, case_id: str, request: Request, by: str, at: int) -> Event:
    """Record it. Raises what `performing.perform` raises."""
    return perform(locked(case_id), request, verb=Verb.FETCH, by=by, at=at)
