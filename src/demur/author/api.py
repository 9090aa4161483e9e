# SPDX-License-Identifier: AGPL-3.0-or-later
"""The author's addresses: file, read one's mailbox, write back. Nobody signs in; a bearer opens one mailbox."""

import hashlib
import hmac
import re
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from ninja import Router, Schema

from demur.author.filing import JSON, Sent, filed_text, prepare_filing
from demur.dissent.actions.bring_back import bring_back, check_kept_filing
from demur.dissent.actions.performed import ACTIONS
from demur.dissent.actions.performing import acting
from demur.dissent.actions.submit import submit
from demur.dissent.bundle import MAX_HEADER, MEDIA_TYPE, UPLOAD, check_rows, pack_bundle, unpack_bundle
from demur.dissent.erased import check_not_erased
from demur.dissent.erased_entries import of_mailbox, of_upload
from demur.dissent.errors import BundleError, NotAllowed, NotVisible
from demur.dissent.events import AUTHOR_ACTS
from demur.dissent.filing import sealed_size
from demur.dissent.models import Case, SealedFile
from demur.dissent.states import Verb
from demur.dissent.uploads import PART
from demur.dissent.visibility import Thing, check_sees
from demur.dissent.work import HEADER, act_subject
from demur.people.queries import frozen_of, rules_in_force
from demur.people.roles import Role
from demur.web.answers import (
    Item,
    RecordedForAuthor,
    Refusal,
    authorization,
    first_head,
    head_now,
    items_of,
    opening_of,
    page_of,
    publish_soon,
    sealed_answer,
    texts_after,
)
from demur.web.bodies import body_of, bundle_body, part_body, part_of
from demur.web.load import FILINGS, check_load, upload_load
from demur.web.requests import HERE, DemurRequest

router = Router(tags=["author"])

_HEX64 = re.compile(r"[0-9a-f]{64}")


class FirstItem(Schema):
    """Item 0: what the author's client keeps for itself."""

    n: int
    body: str


class BroughtBack(Schema):
    """Whether the case was missing; the mailbox's head as it is now."""

    missing: bool
    head: str


class Upload(Schema):
    """How many bytes of an upload the server has."""

    have: int


class Mailbox(Schema):
    """One mailbox, from the item asked for; `more` says whether another page follows."""

    head: str
    promise: str
    items: list[FirstItem | Item]
    more: bool


@router.post(
    "/cases",
    response={
        200: RecordedForAuthor,
        201: RecordedForAuthor,
        400: Refusal,
        409: Refusal,
        413: Refusal,
        429: Refusal,
        503: Refusal,
    },
    openapi_extra=bundle_body("A filing, see spec/filing.md"),
)
def file_case(request: DemurRequest) -> HttpResponse:
    """File a case. Sending the same filing again gives the same answer."""
    rules = rules_in_force()
    data = body_of(request, limit=rules.frozen.charter.limits.request_bytes)
    ground, uploads = request.ground, request.uploads
    header, files = unpack_bundle(data)
    size = len(data) + sum(size for role, _, size in check_rows(header.get("files")) if role == UPLOAD)
    stamp, load = request.headers.get(HEADER, ""), FILINGS.load(request.at, size=0 if HERE in request.META else size)
    sent = Sent(data=data, at=request.at, load=load, stamp=stamp)
    prepared = prepare_filing(header, files, sent, rules=rules, ground=ground, uploads=uploads, secret=request.secret)
    filed = ground.writer.write(partial(submit, prepared, files, ground=ground, uploads=uploads))
    if filed.new:
        FILINGS.add(request.at, size=size)
    publish_soon(request, rules)
    case, row = filed.read()
    head = first_head(case, ground, at=request.at) if filed.new else head_now(case.id, ground, clock=request.clock)[1]
    answer = filed_text(vars(row), head=head)
    return HttpResponse(answer, status=201 if filed.new else 200, content_type=JSON)


@router.post(
    "/cases/again",
    response={200: BroughtBack, 400: Refusal, 404: Refusal, 409: Refusal, 413: Refusal},
    openapi_extra=bundle_body("A filing that was filed before, see spec/filing.md"),
)
def file_again(request: DemurRequest) -> dict[str, Any]:
    """Bring back a case that a restored installation has lost, under the promise that was given for it."""
    limit = rules_in_force().frozen.charter.limits.request_bytes + MAX_HEADER
    header, files = unpack_bundle(body_of(request, limit=limit))
    if header.get("type") != "again" or [role for role, _ in files] != ["filing"]:
        raise BundleError("This is not a filing that is sent again; use `demur file --again R.key`.")
    kept, parts = unpack_bundle(files[0][1])
    submission = check_kept_filing(kept, parts, ground=request.ground, uploads=request.uploads)
    act = partial(
        bring_back,
        submission=submission,
        received=header.get("received"),
        promise=str(header.get("promise")),
        ground=request.ground,
    )
    case, missing = request.ground.writer.write(act)
    if missing:
        request.wake()  # what waits for its place was promised long ago
    return {"missing": missing, "head": head_now(case.id, request.ground, clock=request.clock)[1]}


@router.get("/uploads/{sha256}", response={200: Upload, 404: Refusal})
def read_upload(request: DemurRequest, sha256: str) -> dict[str, int]:
    """How much of an upload is here; 0 for one that is not known."""
    _check_sha256(sha256)
    return {"have": request.uploads.have(sha256)}


@router.put(
    "/uploads/{sha256}/{n}",
    response={200: Upload, 400: Refusal, 404: Refusal, 409: Refusal, 413: Refusal, 429: Refusal, 503: Refusal},
    openapi_extra=part_body("One part of a sealed file, see spec/filing.md"),
)
def take_part(request: DemurRequest, sha256: str, n: int, size: int) -> dict[str, int]:
    """Part `n` (from 0) of the sealed file of `size` bytes that has this SHA-256. Sending a part again changes nothing."""
    _check_sha256(sha256)
    limits = rules_in_force().frozen.charter.limits
    if not 0 < size <= sealed_size(limits.file_bytes) or not 0 <= n <= size // PART:
        raise BundleError(f"An attachment has between 1 and {limits.file_bytes} bytes here; split it or leave it out.")
    check_not_erased(of_upload(sha256))
    data = part_of(request, limit=PART)
    _check_work(request, f"{sha256}/{n}", load=upload_load(request.uploads))
    return {"have": request.uploads.take(sha256, n, data, size=size, now=request.at)}


@router.get("/mailbox/{mailbox}", response={200: Mailbox, 404: Refusal})
def read_mailbox(request: DemurRequest, mailbox: str, after: int = -1, most: int = 0) -> dict[str, Any]:
    """The mailbox's items above `after`, `most` of them at most (0: all), with the head of the whole mailbox."""
    check_sees(Role.AUTHOR, Thing.MAILBOX)
    case, head = head_now(_own_case(request, mailbox).id, request.ground, clock=request.clock)
    after = max(after, -1)
    items, more = items_of(case, after=after, most=page_of(most), store=request.ground.store)
    if after < 0:
        items.insert(0, {"n": 0, "body": case.files.get(role="mailbox").sha256})
    promise = case.events.get(seq=1).promise
    return {"head": head, "promise": promise, "items": items, "more": more}


@router.get("/mailbox/{mailbox}/files/{sha256}", response={200: bytes, 404: Refusal})
def read_own_file(request: DemurRequest, mailbox: str, sha256: str) -> HttpResponseBase:
    """A sealed file of the mailbox."""
    case = _own_case(request, mailbox)
    check_sees(Role.AUTHOR, Thing.OWN_FILES)
    file = SealedFile.objects.filter(case=case, sha256=sha256).first()
    if file is None:
        raise _nothing()
    return sealed_answer(file, request.uploads)


@router.get("/mailbox/{mailbox}/texts", response={200: bytes, 404: Refusal})
def read_own_texts(request: DemurRequest, mailbox: str, after: int = 0) -> HttpResponse:
    """The sealed texts of the events above `after`, in order and as many as one answer takes, as a bundle: see spec/filing.md."""
    case = _own_case(request, mailbox)
    check_sees(Role.AUTHOR, Thing.OWN_FILES)
    texts, last = texts_after(case, after=max(after, 0))
    rows = [("body", data) for data in texts]
    return HttpResponse(pack_bundle({"v": 1, "type": "texts", "last": last}, rows), content_type=MEDIA_TYPE)


@router.post(
    "/mailbox/{mailbox}/acts",
    response={
        200: RecordedForAuthor,
        400: Refusal,
        403: Refusal,
        404: Refusal,
        409: Refusal,
        413: Refusal,
        429: Refusal,
        503: Refusal,
    },
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
    _check_work(request, act_subject(case.id, asked.act), load=FILINGS.load(request.at, size=len(data)))
    action = ACTIONS[Verb(str(asked.act["type"]))]
    row = request.ground.writer.write(partial(action, case_id=case.id, request=asked, by="", at=request.at))
    if row.seq > case.seq:
        FILINGS.add(request.at, size=len(data))
    publish_soon(request, rules)
    return _recorded(request, case.id, row)


def _check_work(request: DemurRequest, subject: str, *, load: float) -> None:
    stamp = request.headers.get(HEADER, "")
    check_load(stamp, subject, load=load, ground=request.ground, secret=request.secret, at=request.at)


def _check_sha256(sha256: str) -> None:
    if not _HEX64.fullmatch(sha256):
        raise NotVisible("An upload is named by the SHA-256 of the sealed file, 64 lower-case hex digits.")


def _own_case(request: HttpRequest, mailbox: str) -> Case:
    # An unknown mailbox and a wrong bearer get the same answer in the same time: nobody learns which mailboxes exist.
    bearer = authorization(request, "Bearer")
    case = Case.objects.filter(mailbox=mailbox).first()
    kept = case.bearer if case else "0" * 64
    shown = hashlib.sha256(bytes.fromhex(bearer)).hexdigest() if _HEX64.fullmatch(bearer) else ""
    if not hmac.compare_digest(kept, shown) or case is None:
        check_not_erased(of_mailbox(mailbox, shown))
        raise _nothing()
    return case


def _nothing() -> NotVisible:
    return NotVisible("There is no such mailbox, or the words are not its own; check the words and the channel.")


def _recorded(request: DemurRequest, case_id: str, row: Any) -> dict[str, Any]:
    _, head = head_now(case_id, request.ground, clock=request.clock)
    return {"promise": row.promise, "opening": opening_of(row), "head": head}
