# SPDX-License-Identifier: AGPL-3.0-or-later
"""File and come back without script (PROTOCOL section 6): this server seals and opens, and each page says so before anything is typed.

An explicit link leads here, never a fallback: a page that failed to load its script must not send what was typed. What is sealed here is
marked `custody: server` for ever, and comes back by digits, which no other page takes. A forged request from another page of the same
browser gains nothing: there is no cookie and no sign-in that it could use, only what it brings itself.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.core.exceptions import SuspiciousOperation
from django.http import HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.utils import translation
from django.views.decorators.http import require_http_methods

from demur.author.plain_faults import (
    Overtaken,
    case_fault,
    closed,
    gone_case,
    gone_filing,
    long_message,
    too_large,
)
from demur.author.plain_filing import CUSTODY, sheet, with_document
from demur.author.plain_form import NoText, read_form
from demur.author.plain_page import allowed, download, page
from demur.author.plain_reporting import told_record
from demur.author.plain_view import CaseWords, case_view, say
from demur.client.acting import Author
from demur.client.directory import read_directory
from demur.client.following import Thread, follow, rebuild
from demur.client.lookups import Record
from demur.client.owncopy import own_dissent
from demur.client.receipt import Receipt
from demur.client.returncode import words_of
from demur.dissent.documents.dissent import Dissent
from demur.dissent.errors import NotAllowed
from demur.errors import DemurError
from demur.people.queries import channel_in_force
from demur.web.headers import forms
from demur.web.once import passed_on
from demur.web.requests import DemurRequest

# What Django raises for a form with too many fields or too much in them, or one that is none.
UNREADABLE: Final = (SuspiciousOperation, MultiPartParserError, LookupError)
METHODS: Final = ["GET", "HEAD", "POST"]
_SENDS: Final = {
    "message": "message",
    "withdraw-sure": "reason",
}  # the field that an act sends; the other one's text comes back


@require_http_methods(METHODS)
@forms
@passed_on
def file_plain(request: DemurRequest, language: str, *, gone: bool = False) -> HttpResponse:
    """Write, choose, check, the code, two groups of it, filed: each step is sent with what those before took."""
    with translation.override(language):
        if gone:
            return page(request, language, "file", sheet="write", form=None, faults=[gone_filing()], status=410)
        channel = channel_in_force(request.ground)
        if request.method != "POST" or channel.frozen is None:
            return page(request, language, "file", sheet="write", form=None)
        try:
            form = read_form(request, most=channel.frozen.charter.limits.request_bytes)
        except UNREADABLE:
            return page(request, language, "file", sheet="write", form=None, faults=[too_large()], status=413)
        if not channel.is_open or not allowed(channel.frozen.charter):
            return page(request, language, "file", sheet="write", form=form, faults=[closed()], status=409)
        return with_document(request, language, form) if form.document is not None else sheet(request, language, form)


@require_http_methods(METHODS)
@forms
@passed_on
def case_plain(request: DemurRequest, language: str, *, gone: bool = False) -> HttpResponse:
    """Come back with the digits: read, write, withdraw, take the receipt along. What does not hold is reported before it is shown."""
    with translation.override(language):
        if gone:
            return page(request, language, "case", faults=[gone_case()], status=410)
        if request.method != "POST":
            return page(request, language, "case")
        try:
            code, act = request.POST.get("code", ""), request.POST.get("act", "open")
        except UNREADABLE:
            return page(request, language, "case", faults=[long_message()], status=413)
        try:
            return _answered(request, language, code, act)
        except DemurError as error:
            return page(request, language, "case", faults=[case_fault(error)], status=400)


@dataclass(frozen=True, kw_only=True)
class _Done:
    """The case after what was asked for and what was reported: what to say of it, and the receipt with its promises, None without any."""

    thread: Thread
    acted: bool
    told: list[str]
    faults: list[str]
    receipt: Receipt | None


def _answered(request: DemurRequest, language: str, code: str, act: str) -> HttpResponse:
    author, receipt, sealed = _opened(request, code)
    thread = follow(author.server, author.key, receipt, author.channel, now=request.at)
    if act == "receipt" and thread.receipt is not None:
        return _file(thread.receipt, author.key.case)
    written = {name: request.POST.get(name, "").replace("\r\n", "\n") for name in ("message", "reason")}
    done = _done(author, act, written, thread, shown=request.POST.get("shown", ""))
    return _case(
        request,
        language,
        done.thread,
        own_dissent(author.key, sealed),
        code=code,
        told=done.told,
        faults=done.faults,
        written=_unsent(written, act, done),
        sure=_asks(written, act, done),
        asked=act == "withdraw",
        promised="" if done.receipt is None or done.thread.receipt is None else download(done.thread.receipt),
    )


def _unsent(written: Mapping[str, str], act: str, done: _Done) -> dict[str, str]:
    """What was typed and not sent, which comes back."""
    return {name: text for name, text in written.items() if not done.acted or name != _SENDS[act]}


def _asks(written: Mapping[str, str], act: str, done: _Done) -> bool:
    """Whether the question stands open whether to withdraw."""
    if act == "message":
        return bool(written["reason"].strip())
    return act.startswith("withdraw") and not done.acted


def _opened(request: DemurRequest, code: str) -> tuple[Author, Receipt | None, bytes | None]:
    """The author at work, the receipt and the sealed text, all from the return code."""
    server = request.here()
    in_force = read_directory(server, request.ground.channel, now=request.at)
    key, receipt, sealed = rebuild(server, words_of(code), in_force.channel)
    if key.manifest["custody"] != CUSTODY:
        raise NotAllowed("sealed elsewhere")
    author = Author(
        server=server,
        channel=in_force.channel,
        key=key,
        random=os.urandom,
        clock=lambda: request.at,
        accept_clock=True,
        custody=CUSTODY,
    )
    return author, receipt, sealed


def _done(author: Author, act: str, written: Mapping[str, str], thread: Thread, *, shown: str) -> _Done:
    """Do what was asked, then tell the record what does not hold."""
    said, promised, faults = _tried(author, act, written, thread, shown=shown)
    if said:
        thread = _again(author, promised or thread.receipt)
    told, untold, reported = told_record(author, thread, moment=CaseWords(frozen=thread.frozen, rosters={}).moment)
    if told:
        thread = _again(author, reported or thread.receipt)
    return _Done(
        thread=thread,
        acted=bool(said),
        told=[*said, *told],
        faults=[*faults, *untold],
        receipt=reported or promised,
    )


def _again(author: Author, receipt: Receipt | None) -> Thread:
    return follow(author.server, author.key, receipt, author.channel, now=author.clock())


def _tried(
    author: Author, act: str, written: Mapping[str, str], thread: Thread, *, shown: str
) -> tuple[list[str], Receipt | None, list[str]]:
    """As `_acted`, with the sentences that say why it could not be done."""
    try:
        return *_acted(author, act, written, thread, shown=shown), []
    except DemurError as error:
        return [], None, [case_fault(error)]


def _acted(
    author: Author, act: str, written: Mapping[str, str], thread: Thread, *, shown: str
) -> tuple[list[str], Receipt | None]:
    """Do what was asked; the sentence that says so, and the receipt with its promise. Nothing where nothing was asked.

    `shown` is the number of events that the page showed: a form that was sent twice meets another number the second time.
    """
    if act not in {"message", "withdraw-sure"} or (act == "message" and not written["message"].strip()):
        return [], None
    if "\0" in written["message"] + written["reason"]:
        raise NoText("The text has a NUL character, which is no text; delete it.")
    if shown != str(len(thread.mailbox.items)):
        raise Overtaken("Something was added to the case since the page was shown; read it again.")
    if act == "message":
        acted, code = author.message(written["message"], thread.receipt), "sent"
    else:
        acted, code = author.withdraw(written["reason"], thread.receipt), "withdrawn-now"
    words = CaseWords(frozen=thread.frozen, rosters={})
    return [say(code, n=acted.event["seq"], when=words.moment(acted.event["time"]))], acted.receipt


def _case(
    request: DemurRequest,
    language: str,
    thread: Thread,
    dissent: Dissent | None,
    *,
    code: str,
    told: list[str],
    faults: list[str],
    written: Mapping[str, str],
    sure: bool,
    asked: bool,
    promised: str,
) -> HttpResponse:
    record = Record(server=request.here(), channel=request.ground.channel)
    named = {str(item.event["roster"]) for item in thread.mailbox.items if item.event["seat"]}
    rosters = {leaf: record.roster(leaf) for leaf in {str(thread.key.submitted["roster"]), *named}}
    view = case_view(thread, dissent, rosters=rosters, now=request.at)
    return page(
        request,
        language,
        "read",
        view=view,
        code=code,
        told=told,
        faults=faults,
        written=written,
        sure=sure,
        asked=asked,  # a question has just been put: the page opens at it
        shown=len(thread.mailbox.items),
        promised=promised,
    )


def _file(receipt: Receipt, case: str) -> HttpResponse:
    response = HttpResponse(receipt.text.encode(), content_type="application/octet-stream")
    response.headers["Content-Disposition"] = f'attachment; filename="{case[:8]}.receipt"'
    return response
