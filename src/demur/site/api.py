# SPDX-License-Identifier: AGPL-3.0-or-later
"""The JSON API: the rooms' routers joined, and every refusal turned into one sentence with a stable word.

It only takes and gives sealed bodies. `spec/openapi.json` is generated from it and compared in CI.
"""

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from demur import __version__
from demur.author.api import router as author
from demur.desk.api import router as desk
from demur.dissent import errors as dissent
from demur.entries.errors import ClocksApart
from demur.errors import DemurError
from demur.oversight.api import router as oversight
from demur.people import errors as people
from demur.public.api import router as public
from demur.web.bodies import TooLarge, drain

api = NinjaAPI(title="Demur", version=__version__, description="Sealed bodies in, sealed bodies out.", docs_url=None)
api.add_router("", public)
api.add_router("", author)
api.add_router("", desk)
api.add_router("", oversight)

# Which refusal is which status; the first match counts, the family's root comes last.
_STATUS: tuple[tuple[type[DemurError], int, str], ...] = (
    (dissent.MovedOn, 409, "moved-on"),
    (dissent.Conflict, 409, "conflict"),
    (dissent.NotPossible, 409, "not-possible"),
    (dissent.NotAllowed, 403, "not-allowed"),
    (dissent.NotVisible, 404, "not-found"),
    (dissent.Erased, 410, "erased"),
    (dissent.MissingPart, 409, "missing-part"),
    (dissent.Busy, 503, "busy"),
    (dissent.StandsStill, 503, "in-dispute"),
    (ClocksApart, 503, "clocks-apart"),
    (dissent.NoRoom, 503, "no-room"),
    (dissent.WorkWanted, 429, "work"),
    (dissent.TooMany, 429, "too-many"),
    (people.RequestRefused, 401, "not-signed"),
    (people.NotOpen, 503, "not-open"),
    (people.NotKept, 404, "not-found"),
    (people.KeptElsewhere, 409, "moved-on"),
    (people.NoRoom, 409, "full"),
    (TooLarge, 413, "too-large"),
    (DemurError, 400, "refused"),
)


@api.exception_handler(DemurError)
def refused(request: HttpRequest, error: DemurError) -> HttpResponse:
    """A refusal, as its sentence."""
    status, code = next((status, code) for kind, status, code in _STATUS if isinstance(error, kind))
    more = {"bits": error.bits, "challenge": error.challenge} if isinstance(error, dissent.WorkWanted) else {}
    return api.create_response(request, {"error": str(error), "code": code, **more}, status=status)


@api.exception_handler(ValidationError)
def misshapen(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """A request of the wrong form. What was sent is not repeated: it may be something private."""
    where = ".".join(str(part) for part in error.errors[0].get("loc", ("request",)))
    sentence = f"The part {where[:60]!r} of the request is missing or of the wrong kind; see spec/openapi.json."
    return api.create_response(request, {"error": sentence, "code": "misshapen"}, status=422)


@api.exception_handler(RequestDataTooBig)
def too_big(request: HttpRequest, _error: RequestDataTooBig) -> HttpResponse:
    """JSON beyond its limit, refused before it is read."""
    drain(request, 4 * settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
    sentence = f"The request is larger than {settings.DATA_UPLOAD_MAX_MEMORY_SIZE} bytes; ask for fewer cases at once."
    return api.create_response(request, {"error": sentence, "code": "too-large"}, status=413)


@api.exception_handler(HttpError)
def http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    """A request that is not JSON, or another fault of form."""
    sentence = "The request cannot be read; see spec/openapi.json."
    return api.create_response(request, {"error": sentence, "code": "misshapen"}, status=error.status_code)
