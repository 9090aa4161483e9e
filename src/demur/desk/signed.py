# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which seat signed a request. A signature counts once, so it is looked at in the writer."""

from functools import partial

from django.http import HttpRequest

from demur.dissent.errors import NotVisible
from demur.people.actions.accept_request import accept_request
from demur.people.queries import roster_in_force
from demur.web.requests import DemurRequest


def signed_by(request: DemurRequest, body: bytes) -> str:
    """The seat whose key signed this request over `body`. Raises RequestRefused."""
    return request.ground.writer.write(partial(_accepted, request, body))[0]


def holder_signed(request: DemurRequest, seat: str, body: bytes) -> str:
    """The public key (hex) that signed this request for `seat`. Raises RequestRefused, NotVisible for another seat's key."""
    signer, key = request.ground.writer.write(partial(_accepted, request, body))
    check_own(signer, seat)
    return key


def _accepted(request: DemurRequest, body: bytes) -> tuple[str, str]:
    # The key is of the roster that the signature was held against: the next one may name another holder.
    roster = roster_in_force()
    seat = accept_request(
        authorization_header(request),
        roster=roster,
        method=request.method or "",
        path=request.get_full_path(),
        body=body,
        origin=request.ground.channel.origin,
        at=request.at,
    )
    return seat, roster.holders[seat].sign.hex()


def authorization_header(request: HttpRequest) -> str:
    """The whole Authorization header, or ""."""
    return str(request.headers.get("Authorization", ""))


def check_own(signer: str, seat: str) -> None:
    """Raises NotVisible unless a seat asks for what is its own."""
    if signer != seat:
        raise NotVisible("This belongs to another seat; ask for your own.")
