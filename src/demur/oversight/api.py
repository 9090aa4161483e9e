# SPDX-License-Identifier: AGPL-3.0-or-later
"""Oversight's address: every opening, sealed to the oversight seat. Events, never bodies, never names."""

import base64
from typing import Any

from ninja import Router, Schema

from demur.dissent.models import OversightOpening
from demur.dissent.visibility import Thing, check_sees
from demur.people.actions.accept_request import accept_request
from demur.people.queries import roster_in_force, rules_in_force
from demur.people.roles import Role
from demur.web.answers import Refusal
from demur.web.requests import DemurRequest

router = Router(tags=["oversight"])

PAGE = 50


class SealedOpening(Schema):
    """One sealed opening; `file` is base64."""

    n: int
    file: str


class SealedOpenings(Schema):
    """A page of them; `more` says whether another follows."""

    items: list[SealedOpening]
    more: bool


@router.get("/oversight/openings", response={200: SealedOpenings, 401: Refusal, 404: Refusal})
def read_openings(request: DemurRequest, after: int = 0) -> dict[str, Any]:
    """Sealed openings numbered above `after`."""
    seat = accept_request(
        str(request.headers.get("Authorization", "")),
        roster=roster_in_force(),
        method=request.method or "",
        path=request.get_full_path(),
        body=b"",
        origin=request.ground.channel.origin,
        at=request.at,
    )
    oversight = rules_in_force().frozen.charter.oversight_seat
    check_sees(Role.OVERSIGHT if seat == oversight else Role.SEAT, Thing.OPENINGS)
    rows = list(OversightOpening.objects.filter(pk__gt=after).order_by("pk")[: PAGE + 1])
    items = [{"n": row.pk, "file": base64.b64encode(bytes(row.data)).decode("ascii")} for row in rows[:PAGE]]
    return {"items": items, "more": len(rows) > PAGE}
