# SPDX-License-Identifier: AGPL-3.0-or-later
"""Filing without script, step by step: write, choose, check, the code, two groups of it typed back, and only then it is filed.

Each step is a form that carries what was typed before it, so that every one has a way back; files wait in memory, sealed under what
stands in the page alone. The code follows from the form (`PlainForm.random`), so it is known before anything is sent, and the same for a
button that is pressed twice.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from django.http import HttpResponse
from django.utils.translation import gettext

from demur.author.plain_faults import filing_fault
from demur.author.plain_files import keep_files, kept_files
from demur.author.plain_form import (
    MOST_MARKED,
    Beyond,
    FilesTell,
    ManyLines,
    MarksTakenOut,
    NoText,
    NothingWritten,
    PlainForm,
    Unanswered,
)
from demur.author.plain_marks import placed, warnings
from demur.author.plain_page import download, page
from demur.author.plain_view import CaseWords, clock_card, say, zones_of
from demur.charter.freeze import Frozen
from demur.charter.model import Charter, Fact
from demur.client.directory import InForce, read_directory
from demur.client.errors import ServerRefused, TooLarge
from demur.client.filing import PreparedFiling, prepare
from demur.client.following import rebuild
from demur.client.inspection.words import described
from demur.client.lookups import Record, wait_for_proofs
from demur.client.receipt import Receipt
from demur.client.returncode import GROUPS, code_for, digits_in
from demur.client.submitting import submit
from demur.client.wish import Reader, Wish, check_wish
from demur.dissent.states import Story
from demur.dissent.timing import clocks_of
from demur.errors import DemurError
from demur.web.once import only_once
from demur.web.requests import DemurRequest

CUSTODY: Final = "server"
MORE_PASSAGES: Final = 3  # empty fields for passages that are claims
ASKED: Final = 2  # groups of the code that are typed back
_SOON: Final = 30  # seconds after which a promise is not waited for


def sheet(request: DemurRequest, language: str, form: PlainForm) -> HttpResponse:
    """The step to which a form leads, or the one that it came from, with why it goes no further."""
    to = request.POST.get("to", "choose")
    if to == "write":
        return page(request, language, "file", sheet="write", form=form, waiting=request.POST.get("files", ""))
    in_force, known = None, {"choose": _choose, "check": _check, "code": _code, "typed": _typed, "file": _file}
    try:
        in_force = read_directory(request.here(), request.ground.channel, now=request.at)
        form = _with_files(request, form)
        form.check_limits(in_force.frozen.charter.limits)
        form.check_offices({seat.id for seat in in_force.frozen.charter.reading_seats})
        if form.take_out:
            faults = [filing_fault(MarksTakenOut("The marks are taken out; look at the text once more."))]
            return _choose(request, language, form.without_marks, in_force, faults=faults)
        return known.get(to, _choose)(request, language, form, in_force)
    except DemurError as error:
        return _refused(request, language, form, None if to == "choose" else in_force, error)


def with_document(request: DemurRequest, language: str, form: PlainForm) -> HttpResponse:
    """The first step with the text of the document that was chosen, to be looked through."""
    try:
        taken = form.with_document
    except DemurError as error:
        return _refused(request, language, form, None, error)
    return page(request, language, "file", sheet="write", form=taken, taken=True)


def _refused(
    request: DemurRequest, language: str, form: PlainForm, in_force: InForce | None, error: DemurError
) -> HttpResponse:
    """Why not, where it can be mended: on the first step where the text is at fault, or while nothing is in force to choose from."""
    status, faults = 413 if isinstance(error, TooLarge) else 400, [filing_fault(error)]
    if in_force is not None and not _of_text(error):
        return _choose(request, language, form, in_force, faults=faults, status=status, tells=_tells(error))
    return page(request, language, "file", sheet="write", form=form, faults=faults, status=status)


def _tells(error: DemurError) -> list[dict[str, Any]]:
    """What each file tells, where that is why it goes no further."""
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


def _with_files(request: DemurRequest, form: PlainForm) -> PlainForm:
    """The form with the files that an earlier step brought, but for those left out, before those that came now. Raises FilesGone."""
    before = kept_files(request.POST.get("files", ""), at=request.at)
    left_out = set(request.POST.getlist("drop"))
    return replace(form, files=(*(file for file in before if file.told_apart not in left_out), *form.files))


# --- the steps


def _choose(
    request: DemurRequest,
    language: str,
    form: PlainForm,
    in_force: InForce,
    *,
    faults: list[str] | None = None,
    status: int = 200,
    tells: Sequence[Mapping[str, Any]] = (),
) -> HttpResponse:
    if faults is None:
        replace(form, claims=(), quoted=()).check_text()
    charter, paragraphs = in_force.frozen.charter, form.paragraphs
    return page(
        request,
        language,
        "file",
        sheet="choose",
        form=form,
        faults=faults or [],
        status=status,
        carried=_carried(request, form),
        seats=[_seat(seat, form, in_force) for seat in charter.reading_seats],
        facts=[_fact(fact, charter, form) for fact in charter.facts],
        always=", ".join(seat.title for seat in charter.reading_seats if seat.when is None),
        renaming=[{"file": file, "allowed": file.mark in form.renamed} for file in form.changed],
        new_keys=_new_keys(form, in_force),
        paragraphs=[
            {"n": n, "text": text, "claim": n in form.claims}
            for n, text in enumerate(paragraphs[:MOST_MARKED], start=1)
        ],
        more=len(paragraphs) > MOST_MARKED,
        partable=form.partable,
        ambiguous=form.ambiguous,
        passages=[*form.quoted, *[""] * MORE_PASSAGES],
        told=tells,
        marks=warnings(form.subject, form.text),
        most=MOST_MARKED,
    )


def _check(request: DemurRequest, language: str, form: PlainForm, in_force: InForce) -> HttpResponse:
    wish = _wish(request, form, in_force)
    return page(
        request,
        language,
        "file",
        sheet="check",
        form=form,
        carried=_carried(request, form),
        **_told(request, wish, in_force),
    )


def _code(request: DemurRequest, language: str, form: PlainForm, in_force: InForce) -> HttpResponse:
    _wish(request, form, in_force)
    form, stale = _begun(request, form)
    if stale:
        return _choose(request, language, form, in_force, faults=[_lay_open()])
    return page(
        request,
        language,
        "file",
        sheet="code",
        form=form,
        carried=_carried(request, form),
        code=_code_groups(request, form),
    )


def _typed(
    request: DemurRequest, language: str, form: PlainForm, in_force: InForce, *, wrong: tuple[int, ...] = ()
) -> HttpResponse:
    _wish(request, form, in_force)
    if not form.nonce:
        return _choose(request, language, form, in_force, faults=[_lay_open()])
    faults = [gettext("Group {n} is not this; look at what you wrote down.").format(n=n) for n in wrong]
    return page(
        request,
        language,
        "file",
        sheet="typed",
        form=form,
        faults=faults,
        status=400 if wrong else 200,
        carried=_carried(request, form),
        asked=[{"n": n, "wrong": n in wrong} for n in _drawn()],
    )


def _file(request: DemurRequest, language: str, form: PlainForm, in_force: InForce) -> HttpResponse:
    wish = _wish(request, form, in_force)
    if not form.nonce:
        return _choose(request, language, form, in_force, faults=[_lay_open()])
    wrong = _compared(request, form)
    if wrong:
        return _typed(request, language, form, in_force, wrong=wrong)
    limits = request.here().get_json("/api/v1/limits")
    prepared = prepare(
        wish,
        in_force,
        address=request.ground.address,
        limits=limits,
        now=form.begun,
        random=form.random(request.secret),
        custody=CUSTODY,
    )
    receipt = _sent(request, prepared, in_force)
    filed = page(
        request,
        language,
        "filed",
        case=prepared.draft["case"],
        receipt=download(receipt),
        proven=bool(receipt.proofs),
        entry=receipt.opened_promise().entries[0].hex(),
        marks=warnings(*(file.name for file in form.files)),
        **_told(request, wish, in_force, at=receipt.opened_promise().time),
    )
    return only_once(filed)


# --- what the steps share


def _wish(request: DemurRequest, form: PlainForm, in_force: InForce) -> Wish:
    """What is to be filed, with every reason against it, so that none is met after the code was written down."""
    charter = in_force.frozen.charter
    wish = form.wish()
    if any(fact.choices and fact.id not in form.facts for fact in charter.facts):
        raise Unanswered("The charter asks something that is not answered; answer it.")
    check_wish(in_force, wish, limits=request.here().get_json("/api/v1/limits"))
    return wish


def _begun(request: DemurRequest, form: PlainForm) -> tuple[PlainForm, bool]:
    """The form with what its code is drawn from; whether that was asked for by a form that lay open for more than a day."""
    if form.nonce:
        return form, False
    return replace(form, nonce=os.urandom(32).hex(), begun=request.at), bool(request.POST.get("nonce"))


def _lay_open() -> str:
    return gettext(
        "This page lay open for more than a day. Nothing is filed; look at it once more. If you wrote down digits, strike them out: "
        "you get others."
    )


def _code_groups(request: DemurRequest, form: PlainForm) -> list[str]:
    """The return code of the form, from what `prepare` draws first, in its groups."""
    return code_for(form.random(request.secret)(16)).split(" ")


def _drawn() -> list[int]:
    """The numbers of the groups that are typed back, drawn anew each time."""
    drawn: list[int] = []
    while len(drawn) < ASKED:
        n = os.urandom(1)[0] % GROUPS + 1
        if n not in drawn:
            drawn.append(n)
    return sorted(drawn)


def _compared(request: DemurRequest, form: PlainForm) -> tuple[int, ...]:
    """The numbers of the groups that were typed back wrongly; all that are asked where they were not typed at all."""
    code = _code_groups(request, form)
    given = {n: digits_in(request.POST[f"group-{n}"]) for n in range(1, GROUPS + 1) if f"group-{n}" in request.POST}
    if len(given) < ASKED:
        return tuple(_drawn())
    return tuple(n for n, typed in given.items() if typed != code[n - 1])


def _carried(request: DemurRequest, form: PlainForm) -> dict[str, Any]:
    """What the next form carries unseen: all that was typed, and where its files wait."""
    return {
        "subject": form.subject,
        "text": form.text,
        "recommendation": form.recommendation,
        "language": form.language,
        "parts": form.parts,
        "quoted": form.quoted,
        "claims": form.claims,
        "facts": form.facts,
        "recused": sorted(form.recused),
        "accepted": sorted(form.accepted),
        "renamed": sorted(form.renamed),
        "as_is": form.as_is,
        "nonce": form.nonce,
        "begun": form.begun or "",
        "files": keep_files(form.files, at=request.at) if form.files else "",
    }


def _fact(fact: Fact, charter: Charter, form: PlainForm) -> dict[str, Any]:
    """A question with its answers, each with the offices that read then too; none is given before the author gives it."""
    asking = [seat for seat in charter.reading_seats if seat.when is not None and seat.when.fact == fact.id]

    def row(answer: str) -> dict[str, Any]:
        also = ", ".join(seat.title for seat in asking if seat.when is not None and seat.when.holds({fact.id: answer}))
        told = say("answer-reads", who=also) if also else say("answer-adds-nobody")
        return {
            "answer": answer,
            "shown": answer or say("not-stated"),
            "told": told,
            "given": form.facts.get(fact.id) == answer,
        }

    return {
        "fact": fact,
        "value": form.facts.get(fact.id, ""),
        "answers": [row(answer) for answer in (*fact.choices, "")],
    }


def _seat(seat: Any, form: PlainForm, in_force: InForce) -> dict[str, Any]:
    held = in_force.holders.get(seat.id)
    return {
        "id": seat.id,
        "title": seat.title,
        "holder": held.holder if held else "",
        "vacant": held is None,
        "conditional": seat.when is not None,
        "recused": seat.id in form.recused,
    }


def _new_keys(form: PlainForm, in_force: InForce) -> list[dict[str, Any]]:
    """Which offices read follows from answers that stand on this very step, so a new key is offered of each that could."""
    if not in_force.keys_are_new:
        return []
    charter, words = in_force.frozen.charter, CaseWords(frozen=in_force.frozen, rosters={})
    return [
        {
            "id": seat.id,
            "title": seat.title,
            "accepted": seat.id in form.accepted,
            "told": say(
                "new-key",
                since=words.day(in_force.roster_since),
                until=words.day(in_force.roster_since + charter.key_waiting),
                fingerprint=in_force.holders[seat.id].fingerprint,
            ),
        }
        for seat in charter.reading_seats
        if seat.id in in_force.holders
    ]


def _told(request: DemurRequest, wish: Wish, in_force: InForce, *, at: int | None = None) -> dict[str, Any]:
    """The last look and the last page: what is filed, who reads it, and what is owed by when to whoever files at `at` (now)."""
    frozen, now = in_force.frozen, at if at is not None else request.at
    words, clocks = CaseWords(frozen=frozen, rosters={}), _clocks(frozen, now)
    offices = check_wish(in_force, wish, limits={})
    return {
        "subject_told": wish.dissent.subject,
        "claims_told": [claim.text for claim in wish.dissent.claims],
        "facts_told": [
            {"question": fact.question, "answer": wish.facts.get(fact.id) or say("not-stated")}
            for fact in frozen.charter.facts
        ],
        "readers": [_reads(row) for row in offices],
        "left_out": [say("left-out", title=words.title(seat)) for seat in sorted(wish.recused)],
        "clocks": [clock_card(row, words, now) for row in clocks],
        "zones": zones_of(words, clocks) if clocks else say("calendar"),
        "received": words.day(now),
        "charter_title": frozen.charter.title,
        "charter_entry": in_force.directory.charter,
    }


def _reads(row: Reader) -> str:
    if row.holder is None:
        return say("reads-vacant", title=row.seat.title)
    return say("reads-held", title=row.seat.title, holder=row.holder or say("holder-unnamed"))


def _clocks(frozen: Frozen, at: int) -> list[Any]:
    try:
        return clocks_of(frozen, Story(received_at=at), {1: at}, at)
    except DemurError:
        return []  # the frozen calendar has ended: nobody may promise a day beyond it


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
