# SPDX-License-Identifier: AGPL-3.0-or-later
"""Grant: one more seat can read. Signed by the granting seat, with a reason; the author is told."""

from functools import partial

from django.db import transaction

from demur.dissent import events
from demur.dissent.actions.needing import need_body
from demur.dissent.actions.performing import Request, locked, perform
from demur.dissent.errors import BundleError, NotAllowed
from demur.dissent.filing import GRANT_SIZE, check_sealed
from demur.dissent.inboxes import deliver_all
from demur.dissent.models import Event
from demur.dissent.states import Verb
from demur.people.queries import frozen_of


@transaction.atomic(savepoint=False)
def grant(*, case_id: str, request: Request, by: str, at: int) -> Event:
    """Record it and put the sealed key into the seat's inbox. Raises NotAllowed for a seat that the charter does not have."""
    need_body(request, "grant")
    case = locked(case_id)
    to = request.act.get("to")
    if to not in {seat.id for seat in frozen_of(case.charter).charter.reading_seats}:
        raise NotAllowed(f"The charter of this case has no reading seat {to!r}; grant access to one that it names.")
    sealed = [data for role, data in request.files if role == f"grant:{to}"]
    if len(sealed) != 1 or len(sealed[0]) > GRANT_SIZE:
        raise BundleError("A grant carries one sealed key for its seat; send it with the act.")
    check_sealed("grant", sealed[0])
    if events.salted(bytes.fromhex(case.salt), sealed[0]) != request.act.get("sealed"):
        raise BundleError("The sealed key is not the one that was signed; seal and sign again.")
    deliver = partial(deliver_all, {str(to): sealed[0]})
    return perform(case, request, verb=Verb.GRANT, by=by, at=at, also=deliver)
