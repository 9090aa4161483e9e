# SPDX-License-Identifier: AGPL-3.0-or-later
"""File and come back without script (PROTOCOL section 6): this server seals and opens, and each page says so before anything is typed.

An explicit link leads here, never a fallback: a page that failed to load its script must not send what was typed. What is sealed here is
marked `custody: server` for ever, and comes back by digits, which no other page takes. A forged request from another page of the same
browser gains nothing: there is no cookie and no sign-in that it could use, only what it brings itself.
"""

import os
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from demur import __version__
from demur.author.languages import WRITTEN
from demur.author.limits import size, text_limits
from demur.author.plain_faults import (
    Overtaken,
    case_fault,
    closed,
    filing_fault,
    gone_case,
    gone_filing,
    long_message,
    too_large,
)
from demur.author.plain_files import FormFile
from demur.author.plain_form import (
    MOST_MARKED,
    Beyond,
    FilesTell,
    ManyLines,
    MarksTakenOut,
    NoText,
    NothingWritten,
    PlainForm,
    read_form,
)
from demur.author.plain_marks import placed, warnings
from demur.author.plain_view import case_view
from demur.charter.explain import explain
from demur.charter.model import Limits
from demur.client.acting import Author
from demur.client.directory import InForce, read_directory
from demur.client.errors import ServerRefused, TooLarge
from demur.client.filing import PreparedFiling, prepare
from demur.client.following import Thread, follow, rebuild
from demur.client.inspection.words import described
from demur.client.lookups import Record, wait_for_proofs
from demur.client.owncopy import own_dissent
from demur.client.receipt import Receipt
from demur.client.returncode import code_of, words_of
from demur.client.submitting import submit
from demur.client.wish import Wish
from demur.dissent.documents.dissent import Dissent
from demur.dissent.errors import NotAllowed
from demur.errors import DemurError
from demur.people.queries import channel_in_force
from demur.web.headers import forms
from demur.web.once import only_once, passed_on
from demur.web.requests import DemurRequest

CUSTODY: Final = "server"
# What Django raises for a form with too many fields or too much in them, or one that is none.
UNREADABLE: Final = (SuspiciousOperation, MultiPartParserError, LookupError)
MORE_PASSAGES: Final = 3  # empty fields for passages that are claims
METHODS: Final = ["GET", "HEAD", "POST"]
_COMING: Final = frozenset({"case", "read"})
_SOON: Final = 30  # seconds after which a promise is not waited for


@require_http_methods(METHODS)
@forms
@passed_on
def file_plain(request: DemurRequest, language: str, *, gone: bool = False) -> HttpResponse:
    """Write, choose, file: three sheets, each sent with what the one before took."""
    with translation.override(language):
        if gone:
            return _page(request, language, "file", sheet="write", form=None, faults=[gone_filing()], status=410)
        channel = channel_in_force(request.ground)
        if request.method != "POST" or channel.frozen is None:
            return _page(request, language, "file", sheet="write", form=None)
        try:
            form = read_form(request, most=channel.frozen.charter.limits.request_bytes)
        except UNREADABLE:
            return _page(request, language, "file", sheet="write", form=None, faults=[too_large()], status=413)
        if not channel.is_open or not allowed(channel.frozen.charter):
            return _page(request, language, "file", sheet="write", form=form, faults=[closed()], status=409)
        if form.document is not None:
            return _with_document(request, language, form)
        return _sheet(request, language, form)


@require_http_methods(METHODS)
@forms
@passed_on
def case_plain(request: DemurRequest, language: str, *, gone: bool = False) -> HttpResponse:
    """Come back with the digits: read, write, withdraw, take the receipt along."""
    with translation.override(language):
        if gone:
            return _page(request, language, "case", faults=[gone_case()], status=410)
        if request.method != "POST":
            return _page(request, language, "case")
        try:
            code, act = request.POST.get("code", ""), request.POST.get("act", "open")
        except UNREADABLE:
            return _page(request, language, "case", faults=[long_message()], status=413)
        try:
            return _answered(request, language, code, act)
        except DemurError as error:
            return _page(request, language, "case", faults=[case_fault(error)], status=400)


def allowed(charter: Any) -> bool:
    """Whether the charter lets this server seal for people whose browser runs no script."""
    return bool(charter.server_sealing)


def _sheet(request: DemurRequest, language: str, form: PlainForm) -> HttpResponse:
    server, channel = request.here(), request.ground.channel
    step, in_force = request.POST.get("step", "write"), None
    try:
        in_force = read_directory(server, channel, now=request.at)
        form.check_limits(in_force.frozen.charter.limits)
        form.check_offices({seat.id for seat in in_force.frozen.charter.reading_seats})
        if form.take_out:
            return _without_marks(request, language, form, in_force)
        wish = _wish(form, step)
        if step != "file" or not form.nonce or not form.begun:
            faults = (
                [gettext("This page lay open for more than a day; look at it once more and file it again.")]
                if step == "file"
                else []
            )
            return _choosing(request, language, form, in_force, faults=faults)
        limits = server.get_json("/api/v1/limits")
        if limits["work"]["filing_bits"]:
            raise ServerRefused(503, "busy", "busy")
        prepared = prepare(
            wish,
            in_force,
            address=request.ground.address,
            limits=limits,
            now=form.begun,
            random=form.random(request.secret),
            custody=CUSTODY,
        )
        words, receipt = str(prepared.draft["words"]), _sent(request, prepared, in_force)
    except DemurError as error:
        return _refused(request, language, form, in_force if step == "file" else None, error)
    return _done(request, language, words, receipt, case=prepared.draft["case"], files=form.files)


def _with_document(request: DemurRequest, language: str, form: PlainForm) -> HttpResponse:
    """The first sheet with the text of the document that was chosen, to be looked through."""
    try:
        taken = form.with_document
    except DemurError as error:
        return _refused(request, language, form, None, error)
    return _page(request, language, "file", sheet="write", form=taken, taken=True)


def _without_marks(request: DemurRequest, language: str, form: PlainForm, in_force: InForce) -> HttpResponse:
    """The second sheet once more, without the marks that nobody sees."""
    faults = [filing_fault(MarksTakenOut("The marks are taken out; look at the text once more."))]
    return _choosing(request, language, form.without_marks, in_force, faults=faults)


def _refused(
    request: DemurRequest, language: str, form: PlainForm, in_force: InForce | None, error: DemurError
) -> HttpResponse:
    """Why not, on the sheet that was sent; on the first where there is no text to choose from. `in_force` is None for the first."""
    status, faults = 413 if isinstance(error, TooLarge) else 400, [filing_fault(error)]
    if in_force is not None and not _of_text(error):
        return _choosing(request, language, form, in_force, faults=faults, status=status, told=_told(error))
    return _page(request, language, "file", sheet="write", form=form, faults=faults, status=status)


def _told(error: DemurError) -> list[dict[str, Any]]:
    """What each file tells, where that is why nothing was filed."""
    if not isinstance(error, FilesTell):
        return []
    return [
        {"name": file.shown, "lines": [placed(line) for line in described(report, gettext)]}
        for file, report in error.told
    ]


def _of_text(error: DemurError) -> bool:
    return isinstance(error, NothingWritten | NoText | ManyLines) or (
        isinstance(error, Beyond) and error.code == "long-text"
    )


def _sent(request: DemurRequest, prepared: PreparedFiling, in_force: InForce) -> Receipt:
    """File it; the receipt, with its proof where the channel publishes at once."""
    server, channel = request.here(), in_force.channel
    try:
        receipt = submit(server, prepared, channel, now=lambda: request.at, accept_clock=True).receipt
    except ServerRefused as error:
        if error.code != "conflict":
            raise
        # The button was pressed twice: the case is there already, under the same words, sealed with other chance.
        _, rebuilt, _ = rebuild(server, prepared.draft["words"], channel)
        if rebuilt is None:
            raise
        receipt = rebuilt
    promise = receipt.opened_promise()
    if promise.not_after - promise.time > _SOON:
        return receipt
    try:
        found = wait_for_proofs(Record(server=server, channel=channel), promise.entries, tries=3)
    except DemurError:
        found = None  # the filing stands without it
    return receipt if found is None else receipt.with_proofs(found)


def _wish(form: PlainForm, step: str) -> Wish:
    if step == "file":
        return form.wish()
    # The first sheet knows nothing of claims and readers yet; what it shows is how the charter would have it.
    return PlainForm(
        **{
            **vars(form),
            "claims": (),
            "quoted": (),
            "files": (),
            "facts": {},
            "recused": frozenset(),
            "accepted": frozenset(),
        }
    ).wish()


def _choosing(
    request: DemurRequest,
    language: str,
    form: PlainForm,
    in_force: InForce,
    *,
    faults: list[str],
    status: int = 200,
    told: Sequence[Mapping[str, Any]] = (),
) -> HttpResponse:
    charter, paragraphs = in_force.frozen.charter, form.paragraphs
    seats = [
        {
            "id": seat.id,
            "title": seat.title,
            "holder": in_force.holders[seat.id].holder if seat.id in in_force.holders else "",
            "vacant": seat.id not in in_force.holders,
            "conditional": seat.when is not None,
            "recused": seat.id in form.recused,
        }
        for seat in charter.reading_seats
    ]
    # Which offices read follows from answers that stand on this very sheet, so a new key is offered of each that could.
    new = [seat for seat in charter.reading_seats if seat.id in in_force.holders] if in_force.keys_are_new else []
    return _page(
        request,
        language,
        "file",
        sheet="choose",
        form=form,
        faults=faults,
        status=status,
        seats=seats,
        facts=[{"fact": fact, "value": form.facts.get(fact.id, fact.default)} for fact in charter.facts],
        renaming=[{"file": file, "allowed": file.mark in form.renamed} for file in form.changed],
        new_keys=[{"id": seat.id, "title": seat.title, "accepted": seat.id in form.accepted} for seat in new],
        partable=form.partable,
        ambiguous=form.ambiguous,
        passages=[*form.quoted, *[""] * MORE_PASSAGES],
        paragraphs=[
            {"n": n, "text": text, "claim": n in form.claims}
            for n, text in enumerate(paragraphs[:MOST_MARKED], start=1)
        ],
        more=len(paragraphs) > MOST_MARKED,
        marks=warnings(form.subject, form.text),
        told=told,
        most=MOST_MARKED,
        nonce=os.urandom(32).hex(),
        begun=request.at,
    )


def _done(
    request: DemurRequest, language: str, words: str, receipt: Receipt, *, case: str, files: Sequence[FormFile]
) -> HttpResponse:
    filed = _page(
        request,
        language,
        "filed",
        code=code_of(words).split(" "),
        case=case,
        receipt=_download(receipt),
        proven=bool(receipt.proofs),
        marks=warnings(*(file.name for file in files)),
    )
    return only_once(filed)


def _download(receipt: Receipt) -> str:
    """The receipt as an address of its own, so that a browser without script can save it; it holds nothing that reads or acts."""
    return f"data:application/octet-stream,{quote(receipt.text, safe='')}"


def _answered(request: DemurRequest, language: str, code: str, act: str) -> HttpResponse:
    server, now = request.here(), request.at
    in_force = read_directory(server, request.ground.channel, now=now)
    key, receipt, sealed = rebuild(server, words_of(code), in_force.channel)
    if key.manifest["custody"] != CUSTODY:
        raise NotAllowed("sealed elsewhere")
    thread = follow(server, key, receipt, in_force.channel, now=now)
    dissent = own_dissent(key, sealed)
    author = Author(
        server=server,
        channel=in_force.channel,
        key=key,
        random=os.urandom,
        clock=lambda: request.at,
        accept_clock=True,
        custody=CUSTODY,
    )
    written = {name: request.POST.get(name, "").replace("\r\n", "\n") for name in ("message", "reason")}
    if act == "receipt" and thread.receipt is not None:
        return _file(thread.receipt, key.case)
    told, promised, faults = _tried(author, act, written, thread, shown=request.POST.get("shown", ""))
    if told:
        thread, written = follow(server, key, promised or receipt, in_force.channel, now=now), {}
    return _case(
        request,
        language,
        thread,
        dissent,
        code=code,
        told=told,
        faults=faults,
        written=written,
        sure=act.startswith("withdraw") and not told,
        promised="" if promised is None or thread.receipt is None else _download(thread.receipt),
    )


def _tried(
    author: Author, act: str, written: Mapping[str, str], thread: Thread, *, shown: str
) -> tuple[str, Receipt | None, list[str]]:
    """As `_acted`, with the sentences that say why it could not be done."""
    try:
        return *_acted(author, act, written, thread, shown=shown), []
    except DemurError as error:
        return "", None, [case_fault(error)]


def _acted(
    author: Author, act: str, written: Mapping[str, str], thread: Thread, *, shown: str
) -> tuple[str, Receipt | None]:
    """Do what was asked; the sentence that says so, and the receipt with its promise. "" where nothing was asked.

    `shown` is the number of events that the page showed: a form that was sent twice meets another number the second time.
    """
    if act not in {"message", "withdraw-sure"} or (act == "message" and not written["message"].strip()):
        return "", None
    if "\0" in written["message"] + written["reason"]:
        raise NoText("The text has a NUL character, which is no text; delete it.")
    if shown != str(len(thread.mailbox.items)):
        raise Overtaken("Something was added to the case since the page was shown; read it again.")
    if act == "message":
        return gettext("Your message is recorded."), author.message(written["message"], thread.receipt).receipt
    return gettext("The case is withdrawn."), author.withdraw(written["reason"], thread.receipt).receipt


def _case(
    request: DemurRequest,
    language: str,
    thread: Thread,
    dissent: Dissent | None,
    *,
    code: str,
    told: str,
    faults: list[str],
    written: Mapping[str, str],
    sure: bool,
    promised: str,
) -> HttpResponse:
    record = Record(server=request.here(), channel=request.ground.channel)
    named = {str(item.event["roster"]) for item in thread.mailbox.items if item.event["seat"]}
    rosters = {leaf: record.roster(leaf) for leaf in {str(thread.key.submitted["roster"]), *named}}
    view = case_view(thread, dissent, rosters=rosters, now=request.at)
    return _page(
        request,
        language,
        "read",
        view=view,
        code=code,
        told=told,
        faults=faults,
        written=written,
        sure=sure,
        shown=len(thread.mailbox.items),
        promised=promised,
    )


def _file(receipt: Receipt, case: str) -> HttpResponse:
    response = HttpResponse(receipt.text.encode(), content_type="application/octet-stream")
    response.headers["Content-Disposition"] = f'attachment; filename="{case[:8]}.receipt"'
    return response


def _file_title() -> str:
    return gettext("Put a disagreement on the record, without script")


def _case_title() -> str:
    return gettext("Your case, without script")


def _limits(limits: Limits) -> list[str]:
    files = gettext("At most {n} files, with the text together at most {all}.")
    return [text_limits(limits), files.format(n=limits.files, all=size(min(limits.request_bytes, limits.total)))]


def _page(request: DemurRequest, language: str, name: str, *, status: int = 200, **more: Any) -> HttpResponse:
    channel = channel_in_force(request.ground)
    charter = channel.frozen.charter if channel.frozen is not None else None
    meaning = explain(charter) if charter is not None else None
    context = {
        "channel": channel,
        "languages": settings.LANGUAGES,
        "language": language,
        "version": __version__,
        "allowed": charter is not None and allowed(charter),
        "title": _case_title() if name in _COMING else _file_title(),
        "place": "case/plain/" if name in _COMING else "file/plain/",
        "what": [row.words(gettext) for row in meaning.what] if meaning else [],
        "written": WRITTEN,
        "limits": _limits(charter.limits) if charter is not None else [],
        **more,
    }
    response = render(request, f"author/plain/{name}.html", context, status=status)
    response.headers["Content-Language"] = language
    return response
