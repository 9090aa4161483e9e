# SPDX-License-Identifier: AGPL-3.0-or-later
"""The author's addresses: file, read one's mailbox, write back. Nobody signs in; a bearer opens one mailbox."""

import hashlib
import hmac
import re
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema

from demur.dissent.actions.performed import ACTIONS
from demur.dissent.actions.performing import acting
from demur.dissent.actions.submit import submit
from demur.dissent.bundle import unpack_bundle
from demur.dissent.errors import NotAllowed, NotVisible
from demur.dissent.events import AUTHOR_ACTS
from demur.dissent.models import Case, SealedFile
from demur.dissent.states import Verb
from demur.dissent.visibility import Thing, check_sees
from demur.people.queries import frozen_of, rules_in_force
from demur.people.roles import Role
from demur.web.answers import (
    Item,
    RecordedForAuthor,
    Refusal,
    authorization,
    head_of,
    items_of,
    opening_of,
    publish_now,
)
from demur.web.bodies import body_of, bundle_body
from demur.web.requests import DemurRequest

router = Router(tags=["author"])

_BEARER = re.compile(r"[0-9a-f]{64}")


class FirstItem(Schema):
    """Item 0: what the author's client keeps for itself."""

    n: int
    body: str


class Mailbox(Schema):
    """One mailbox, from the item asked for."""

    head: str
    promise: str
    items: list[FirstItem | Item]


@router.post(
    "/cases",
    response={200: RecordedForAuthor, 201: RecordedForAuthor, 400: Refusal, 409: Refusal, 413: Refusal, 503: Refusal},
    openapi_extra=bundle_body("A filing, see spec/filing.md"),
)
def file_case(request: DemurRequest) -> tuple[int, dict[str, Any]]:
    """File a case. Sending the same filing again gives the same answer."""
    rules = rules_in_force()
    data = body_of(request, limit=rules.frozen.charter.limits.request_bytes)
    header, files = unpack_bundle(data)
    case, row, new = submit(header=header, files=files, rules=rules, ground=request.ground, at=request.at)
    publish_now(request.ground, at=request.at)
    return (201 if new else 200), _recorded(request, case, row)


@router.get("/mailbox/{mailbox}", response={200: Mailbox, 404: Refusal})
def read_mailbox(request: DemurRequest, mailbox: str, after: int = -1) -> dict[str, Any]:
    """The mailbox's items above `after`, with its head."""
    case = _own_case(request, mailbox)
    check_sees(Role.AUTHOR, Thing.MAILBOX)
    items: list[dict[str, Any]] = items_of(case, after=max(after, 0))
    if after < 0:
        items.insert(0, {"n": 0, "body": case.files.get(role="mailbox").sha256})
    promise = case.events.get(seq=1).promise
    return {"head": head_of(case, request.ground, at=request.at), "promise": promise, "items": items}


@router.get("/mailbox/{mailbox}/files/{sha256}", response={200: bytes, 404: Refusal})
def read_own_file(request: DemurRequest, mailbox: str, sha256: str) -> HttpResponse:
    """A sealed file of the mailbox."""
    case = _own_case(request, mailbox)
    check_sees(Role.AUTHOR, Thing.OWN_FILES)
    file = SealedFile.objects.filter(case=case, sha256=sha256).first()
    if file is None:
        raise _nothing()
    return HttpResponse(bytes(file.data), content_type="application/octet-stream")


@router.post(
    "/mailbox/{mailbox}/acts",
    response={200: RecordedForAuthor, 400: Refusal, 403: Refusal, 404: Refusal, 409: Refusal, 413: Refusal},
    openapi_extra=bundle_body("An act, see spec/filing.md"),
)
def act(request: DemurRequest, mailbox: str) -> dict[str, Any]:
    """An act of the author: a message, a withdrawal, a report of a mismatch."""
    case = _own_case(request, mailbox)
    rules = rules_in_force()
    data = body_of(request, limit=frozen_of(case.charter).charter.limits.request_bytes)
    asked = acting(*unpack_bundle(data), rules=rules, ground=request.ground)
    if asked.act.get("type") not in AUTHOR_ACTS:
        raise NotAllowed("This act is not the author's; the author may write, withdraw or report a mismatch.")
    row = ACTIONS[Verb(str(asked.act["type"]))](case_id=case.id, request=asked, by="", at=request.at)
    publish_now(request.ground, at=request.at)
    return _recorded(request, row.case, row)


def _own_case(request: HttpRequest, mailbox: str) -> Case:
    # An unknown mailbox and a wrong bearer get the same answer in the same time: nobody learns which mailboxes exist.
    bearer = authorization(request, "Bearer")
    case = Case.objects.filter(mailbox=mailbox).first()
    kept = case.bearer if case else "0" * 64
    shown = hashlib.sha256(bytes.fromhex(bearer)).hexdigest() if _BEARER.fullmatch(bearer) else ""
    if not hmac.compare_digest(kept, shown) or case is None:
        raise _nothing()
    return case


def _nothing() -> NotVisible:
    return NotVisible("There is no such mailbox, or the words are not its own; check the words and the channel.")


def _recorded(request: DemurRequest, case: Case, row: Any) -> dict[str, Any]:
    head = head_of(case, request.ground, at=request.at)
    return {"promise": row.promise, "opening": opening_of(row), "head": head}
