# SPDX-License-Identifier: AGPL-3.0-or-later
"""Accept a seat's signed request, once."""

from django.db import IntegrityError, transaction

from demur.charter.roster import Roster
from demur.people.errors import RequestRefused
from demur.people.models import SeenNonce
from demur.seal.errors import SealError
from demur.seal.requests import parse_authorization

WINDOW = 300  # seconds a signed request stays good, either way of the server's clock


def accept_request(header: str, *, roster: Roster, method: str, path: str, body: bytes, origin: str, at: int) -> str:
    """The id of the seat that signed this request. `path` includes the query; `at` is POSIX seconds.

    Raises RequestRefused if no seat in force signed it, it is too old, or it was used before.
    """
    try:
        request = parse_authorization(header)
        holder = roster.holders.get(request.seat)
        if holder is None:
            raise RequestRefused("This seat is vacant or unknown; ask the officers to put its key on the roster.")
        request.verify(holder.sign, method=method, path=path, body=body, origin=origin, now=at, window=WINDOW)
    except SealError as error:
        raise RequestRefused(str(error)) from None
    SeenNonce.objects.filter(until__lt=at).delete()
    try:
        with transaction.atomic():
            SeenNonce.objects.create(nonce=request.nonce, until=at + 2 * WINDOW)
    except IntegrityError:
        raise RequestRefused("This signed request was used before; sign a new one.") from None
    return request.seat
