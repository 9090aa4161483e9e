# SPDX-License-Identifier: AGPL-3.0-or-later
"""Oversight's address: every opening, sealed to the oversight seat when it asks. Events and covers, never bodies, never names."""

import base64
from collections.abc import Mapping
from typing import Any, Literal

from ninja import Router, Schema

from demur.dissent.models import Event
from demur.dissent.openings import openings_of, seal_openings
from demur.dissent.visibility import Thing, check_sees
from demur.entries.covers import cover_openings
from demur.people.actions.accept_request import accept_request
from demur.people.queries import roster_in_force, rules_in_force
from demur.people.roles import Role
from demur.web.answers import Refusal
from demur.web.requests import DemurRequest

router = Router(tags=["oversight"])

PAGE = 50  # openings in one file


class SealedOpening(Schema):
    """Openings in one sealed file, up to the one numbered `n`; `file` is base64."""

    n: int
    file: str


class SealedOpenings(Schema):
    """One file of them, or none; `more` says whether another follows."""

    items: list[SealedOpening]
    more: bool


@router.get("/oversight/openings", response={200: SealedOpenings, 401: Refusal, 404: Refusal})
def read_openings(
    request: DemurRequest, after: int = 0, kind: Literal["events", "covers"] = "events"
) -> dict[str, Any]:
    """The openings of this kind numbered above `after`, sealed for who asks."""
    roster = roster_in_force()
    seat = accept_request(
        str(request.headers.get("Authorization", "")),
        roster=roster,
        method=request.method or "",
        path=request.get_full_path(),
        body=b"",
        origin=request.ground.channel.origin,
        at=request.at,
    )
    oversight = rules_in_force().frozen.charter.oversight_seat
    check_sees(Role.OVERSIGHT if seat == oversight else Role.SEAT, Thing.OPENINGS)
    found = (
        _events(after)
        if kind == "events"
        else cover_openings(request.ground.channel.origin, after=after, most=PAGE + 1)
    )
    more, rows = len(found) > PAGE, found[:PAGE]
    if not rows:
        return {"items": [], "more": False}
    file = seal_openings([opening for _, opening in rows], roster.holders[seat])
    return {"items": [{"n": rows[-1][0], "file": base64.b64encode(file).decode("ascii")}], "more": more}


def _events(after: int) -> list[tuple[int, Mapping[str, Any]]]:
    rows = list(Event.objects.filter(pk__gt=after).order_by("pk")[: PAGE + 1])
    return list(zip((row.pk for row in rows), openings_of(rows), strict=True))
