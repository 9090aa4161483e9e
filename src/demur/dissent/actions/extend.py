# SPDX-License-Identifier: AGPL-3.0-or-later
"""Extend: the only way to lengthen a clock. Takes a reason, which the author reads."""

from django.db import transaction

from demur.dissent.actions.needing import need_body
from demur.dissent.actions.performing import Request, locked, perform, story_of
from demur.dissent.errors import NotPossible
from demur.dissent.models import Case, Event
from demur.dissent.states import Verb
from demur.dissent.timing import check_extension
from demur.people.queries import frozen_of


@transaction.atomic(savepoint=False)
def extend(*, case_id: str, request: Request, by: str, at: int) -> Event:
    """Record it. Raises NotPossible unless the new date lies after the old one and the charter's calendar holds it."""
    need_body(request, "extension")
    case = locked(case_id)
    if request.act["seq"] > case.seq:
        _check_date(case, request)
    return perform(case, request, verb=Verb.EXTEND, by=by, at=at)


def _check_date(case: Case, request: Request) -> None:
    clock, until = request.act.get("clock"), request.act.get("until")
    if not isinstance(clock, str) or not isinstance(until, int):
        raise NotPossible("The extension does not say which clock and until when; name both.")
    check_extension(frozen_of(case.charter), story_of(case), clock=clock, until=until)
