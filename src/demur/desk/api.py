# SPDX-License-Identifier: AGPL-3.0-or-later
"""The seats' addresses. Requests are signed by the seat's key; a case also wants the token that stands inside its grant.

A server that is asked for "my cases" would have to keep a list of who reads what. It keeps none: the inbox is opaque, and what
the desk shows is made by the seat's own client.
"""

import base64
import hashlib
import hmac
import re
from functools import partial
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from ninja import Router, Schema

from demur import canonical
from demur.desk.kept import router as kept
from demur.desk.signed import check_own, signed_by
from demur.dissent.actions.performed import ACTIONS
from demur.dissent.actions.performing import acting
from demur.dissent.bundle import unpack_bundle
from demur.dissent.erased import check_not_erased
from demur.dissent.erased_entries import of_case
from demur.dissent.errors import BundleError, NotAllowed, NotVisible
from demur.dissent.events import SEAT_ACTS
from demur.dissent.kept_state import snapshot_of
from demur.dissent.models import Case, Event, InboxItem, SealedFile
from demur.dissent.snapshots import Snapshot
from demur.dissent.states import State, Verb
from demur.dissent.visibility import Thing, check_sees
from demur.entries.queries import public_times
from demur.people.queries import frozen_of, rules_in_force
from demur.people.roles import Role
from demur.web.answers import Item, Recorded, Refusal, items_of, opening_of, page_of, publish_soon, sealed_answer
from demur.web.bodies import body_of, bundle_body
from demur.web.requests import DemurRequest

router = Router(tags=["seats"])
router.add_router("", kept)

PAGE = 50  # inbox items in one answer
_MOST_CASES = 200
_HEX64 = re.compile(r"[0-9a-f]{64}")


class InboxRow(Schema):
    """One opaque item; `file` is base64."""

    n: int
    file: str


class Inbox(Schema):
    """A page of a seat's inbox; `more` says whether another follows."""

    items: list[InboxRow]
    more: bool


class FiledFile(Schema):
    """A sealed file that came with the filing."""

    role: str
    sha256: str
    size: int


class CaseForReader(Schema):
    """A case as a seat sees it that holds its token; `more` says whether another page of items follows."""

    author: str
    salt: str
    charter: str
    commitment: str
    state: str
    filing: list[FiledFile]
    items: list[Item]
    more: bool


class AskedCase(Schema):
    """A case and its token."""

    case: str
    token: str


class AskedCases(Schema):
    """What the desk's client wants to list."""

    cases: list[AskedCase]


class CaseRow(Schema):
    """How far a case has come: enough for a list. The client checks it against the events when it opens the case.

    `fetched` is when each seat's key first fetched the filing, in POSIX seconds. `disputed` says that the reply was reported as faulty
    and does not count; `met` then has no reply. `unreadable` in `met` is when two seats had said that the filing cannot be read.
    """

    case: str
    charter: str
    state: str
    seq: int
    received: int
    extended: dict[str, int]
    met: dict[str, int]
    fetched: dict[str, int]
    disputed: bool


class CaseRows(Schema):
    """Those of the asked cases that exist and whose token fits."""

    cases: list[CaseRow]


@router.get("/seats/{seat}/inbox", response={200: Inbox, 401: Refusal, 404: Refusal})
def read_inbox(request: DemurRequest, seat: str, after: int = 0, most: int = PAGE) -> dict[str, Any]:
    """A page of the seat's own inbox, items above `after`, `most` of them at most."""
    check_own(signed_by(request, b""), seat)
    oversees = seat == rules_in_force().frozen.charter.oversight_seat
    check_sees(Role.OVERSIGHT if oversees else Role.SEAT, Thing.INBOX)
    page = min(max(most, 1), PAGE)
    rows = list(InboxItem.objects.filter(seat=seat, n__gt=after).order_by("n")[: page + 1])
    items = [{"n": row.n, "file": base64.b64encode(bytes(row.data)).decode("ascii")} for row in rows[:page]]
    return {"items": items, "more": len(rows) > page}


@router.get("/cases/{case_id}", response={200: CaseForReader, 401: Refusal, 404: Refusal})
def read_case(request: DemurRequest, case_id: str, after: int = 0, most: int = 0) -> dict[str, Any]:
    """A case's events above `after`, for a seat that holds its token: `most` of them at most, all where it is 0."""
    seat = signed_by(request, b"")
    case = _case(request, case_id)
    check_sees(_role(seat, case), Thing.CASE)
    files = case.files.filter(seq=0, role__in=("body", "attachment")).defer("data").order_by("pk")
    items, more = items_of(case, after=max(after, 0), most=page_of(most), store=request.ground.store)
    return {
        "author": case.author,
        "salt": case.salt,
        "charter": case.charter,
        "commitment": case.commitment,
        "state": case.state,
        "filing": [{"role": file.role, "sha256": file.sha256, "size": file.size} for file in files],
        "items": items,
        "more": more,
    }


@router.get("/cases/{case_id}/files/{sha256}", response={200: bytes, 401: Refusal, 404: Refusal, 409: Refusal})
def read_file(request: DemurRequest, case_id: str, sha256: str) -> HttpResponseBase:
    """A sealed file of the case, once this seat's fetch of it is recorded."""
    seat = signed_by(request, b"")
    case = _case(request, case_id)
    check_sees(_role(seat, case), Thing.CASE_FILES)
    file = SealedFile.objects.filter(case=case, sha256=sha256).exclude(role="mailbox").first()
    if file is None:
        raise NotVisible("The case has no such file; read the case again.")
    event = case.events.filter(seq=file.seq).first()
    own = event is not None and canonical.load_object(event.text.encode())["seat"] == seat
    if not own and (seat, file.seq) not in snapshot_of(case).story.fetched:
        raise NotAllowed(
            "Record the fetch first: a sealed file is served only against a signed statement of fetching it."
        )
    return sealed_answer(file, request.uploads)


@router.post(
    "/cases/{case_id}/acts",
    response={
        200: Recorded,
        400: Refusal,
        401: Refusal,
        403: Refusal,
        404: Refusal,
        409: Refusal,
        413: Refusal,
        429: Refusal,
        503: Refusal,
    },
    openapi_extra=bundle_body("An act, see spec/filing.md"),
)
def act(request: DemurRequest, case_id: str) -> dict[str, Any]:
    """An act of a seat on a case."""
    rules = rules_in_force()
    data = body_of(request, limit=rules.frozen.charter.limits.request_bytes)
    seat = signed_by(request, data)
    case = _case(request, case_id)
    asked = acting(*unpack_bundle(data), rules=rules, ground=request.ground)
    if asked.act.get("type") not in SEAT_ACTS:
        raise NotAllowed("This act is not a seat's; see spec/event.md for those that are.")
    action = ACTIONS[Verb(str(asked.act["type"]))]
    row: Event = request.ground.writer.write(partial(action, case_id=case.id, request=asked, by=seat, at=request.at))
    publish_soon(request, rules)
    return {"promise": row.promise, "opening": opening_of(row)}


@router.post("/desk/cases", response={200: CaseRows, 400: Refusal, 401: Refusal})
def list_cases(request: DemurRequest, asked: AskedCases) -> dict[str, Any]:
    """How far the asked cases have come. A wrong token gets no row, as an unknown case does."""
    seat = signed_by(request, request.body)
    if len(asked.cases) > _MOST_CASES:
        raise BundleError(f"The list asks for more than {_MOST_CASES} cases at once; ask in several requests.")
    tokens = {row.case: row.token for row in asked.cases}
    cases = [
        case
        for case in Case.objects.filter(id__in=list(tokens)).defer("header")
        if _fits(case, tokens[case.id]) and _role(seat, case) is Role.READER
    ]
    return {"cases": _rows(cases)}


def _rows(cases: list[Case]) -> list[dict[str, Any]]:
    """How far the cases have come, however many and however long, in the same few questions."""
    kept = {case.id: snapshot_of(case) for case in cases}
    met = {name: _met(snapshot) for name, snapshot in kept.items()}
    since = public_times([leaf for leaves in met.values() for leaf in leaves.values()])
    return [
        {
            "case": case.id,
            "charter": case.charter,
            "state": str(kept[case.id].story.state),
            "seq": case.seq,
            "received": kept[case.id].story.received_at or 0,
            "extended": dict(kept[case.id].story.extended or {}),
            "met": {name: since[leaf] for name, leaf in met[case.id].items() if leaf in since},
            "fetched": dict(kept[case.id].fetched_at),
            "disputed": kept[case.id].story.state is State.DISPUTED,
        }
        for case in cases
    ]


def _met(snapshot: Snapshot) -> dict[str, bytes]:
    """The leaf hashes of the acts that meet or end a clock."""
    story = snapshot.story
    acts = {
        "ack": story.acknowledged_seq,
        "reply": story.answered_seq,
        "withdrawn": story.withdrawn_seq,
        "unreadable": story.unreadable_seq,
    }
    return {name: bytes.fromhex(snapshot.leaves[seq]) for name, seq in acts.items() if seq is not None}


def _case(request: HttpRequest, case_id: str) -> Case:
    case, token = Case.objects.filter(id=case_id).first(), request.headers.get("Demur-Token", "")
    if case is None:
        check_not_erased(of_case(case_id, _sha256(token)))
    if case is None or not _fits(case, token):
        raise NotVisible("There is no such case, or the token is not its own; open the grant in your inbox for it.")
    return case


def _role(seat: str, case: Case) -> Role:
    # Oversight sees events and no body, also if somebody hands it a token: the charter decides who reads, not the token.
    reading = {known.id for known in frozen_of(case.charter).charter.reading_seats}
    return Role.READER if seat in reading else Role.OVERSIGHT


def _fits(case: Case, token: str) -> bool:
    return hmac.compare_digest(case.token, _sha256(token))


def _sha256(token: str) -> str:
    return hashlib.sha256(bytes.fromhex(token)).hexdigest() if _HEX64.fullmatch(token) else ""
