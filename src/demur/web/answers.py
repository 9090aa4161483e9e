# SPDX-License-Identifier: AGPL-3.0-or-later
"""The answers that several rooms give in one form."""

from collections.abc import Callable
from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from ninja import Schema

from demur import canonical
from demur.charter.ticks import publishes_at_once
from demur.dissent.errors import NotVisible
from demur.dissent.models import Case, Event, SealedFile
from demur.dissent.uploads import Uploads
from demur.entries.installation import Installation
from demur.entries.moments import at_one_moment
from demur.entries.queries import indexes_of
from demur.people.queries import Rules
from demur.record.head import Head
from demur.record.tiles import TileStore, read_checkpoint_size
from demur.web.requests import DemurRequest

SEALED = "application/octet-stream"
PAGE = 500  # items of a case in one answer, where pages are asked for
TEXTS = 4 * 1024 * 1024  # bytes of sealed texts in one answer, unless a single one is larger


class Refusal(Schema):
    """A refusal: one sentence, and a short stable word."""

    error: str
    code: str


class Opening(Schema):
    """An event with the key that opens its commitment."""

    event: dict[str, Any]
    r: str


class Recorded(Schema):
    """What an act gets at once: the log's promise, and the opening of the event."""

    promise: str
    opening: Opening


class RecordedForAuthor(Recorded):
    """What the author gets at once: also the mailbox's new head."""

    head: str


class Item(Schema):
    """One item of a thread; `index` is the entry's place in the log, -1 until published."""

    n: int
    event: dict[str, Any]
    r: str
    body: str
    index: int


def opening_of(row: Event) -> dict[str, Any]:
    """The opening of a stored event."""
    return {"event": canonical.load_object(row.text.encode()), "r": row.r}


def page_of(most: int) -> int:
    """How many items one answer has, of those that were asked for: 0 for all of them, as a client asks that knows no pages."""
    return min(max(most, 0), PAGE)


def items_of(case: Case, *, after: int, most: int, store: TileStore) -> tuple[list[dict[str, Any]], bool]:
    """The case's events numbered above `after`, as items, as far as a page of `most` goes (0: all), and whether more follow. After -1,
    item 0 is the first of the page, and the caller's to add.

    None is newer than `case`: a head that is signed for it counts them all.
    """
    end = case.seq if not most else min(case.seq, after + most)
    rows = list(case.events.filter(seq__gt=max(after, 0), seq__lte=end).order_by("seq"))
    places = indexes_of([bytes(row.leaf_hash) for row in rows], store)
    items = [
        {"n": row.seq, "body": row.body, "index": places.get(bytes(row.leaf_hash), -1), **opening_of(row)}
        for row in rows
    ]
    return items, end < case.seq


def first_head(case: Case, ground: Installation, *, at: int) -> str:
    """The first head of a mailbox, signed by the log for `at`, before its case is written: there is none that could count more."""
    return _head(case, ground, at=at, size=read_checkpoint_size(ground.store))


def head_now(case_id: str, ground: Installation, *, clock: Callable[[], int]) -> tuple[Case, str]:
    """A case as it is now and its mailbox's head, signed by the log. Count, size and time are of one moment: of two heads the later one
    never counts less, whatever came between request and answer. Raises ClocksApart.
    """

    def read() -> tuple[str, int, bytes, int]:
        mailbox, seq, chain = Case.objects.values_list("mailbox", "seq", "chain").get(id=case_id)
        return mailbox, seq, bytes(chain), read_checkpoint_size(ground.store)

    (mailbox, seq, chain, size), at = at_one_moment(read, clock)
    case = Case(id=case_id, mailbox=mailbox, seq=seq, chain=chain)
    return case, _head(case, ground, at=at, size=size)


def _head(case: Case, ground: Installation, *, at: int, size: int) -> str:
    head = Head(
        origin=ground.channel.origin,
        mailbox=case.mailbox,
        count=case.seq + 1,
        last=bytes(case.chain),
        time=at,
        size=size,
    )
    return head.sign(ground.signer)


def sealed_answer(file: SealedFile, uploads: Uploads) -> HttpResponseBase:
    """A sealed file as an answer; a large one is streamed from where it lies. Raises NotVisible for one that is lost."""
    if file.data is not None:
        return HttpResponse(bytes(file.data), content_type=SEALED)
    try:
        return FileResponse(uploads.kept(file.sha256).open("rb"), content_type=SEALED)
    except FileNotFoundError:
        raise NotVisible(
            "This attachment was lost here when the channel was restored; its author can send it again with `demur file --again`."
            if file.missing
            else "This attachment is no longer here; tell the administrator, whose `demur doctor --deep` names it."
        ) from None


def texts_after(case: Case, *, after: int) -> tuple[list[bytes], int]:
    """The sealed texts that came with the events above `after`, in order and as many as one answer takes; and the event up to which they
    are all that is there: a text that was lost at a restore is left out.
    """
    rows = case.events.filter(seq__gt=after).exclude(body="").order_by("seq").values_list("seq", "body")[:PAGE]
    named = {str(sha256): int(seq) for seq, sha256 in rows}
    files = SealedFile.objects.filter(case=case, sha256__in=list(named), role="body", data__isnull=False)
    sizes = dict(files.values_list("sha256", "size"))
    chosen, left, last = list[str](), TEXTS, int(case.seq) if len(rows) < PAGE else max(named.values())
    for sha256, seq in named.items():
        left -= sizes.get(sha256, 0)
        if left < 0 and chosen:
            last = seq - 1
            break
        chosen.append(sha256)
    found = dict(files.filter(sha256__in=chosen).values_list("sha256", "data"))
    return [bytes(found[sha256] or b"") for sha256 in chosen if sha256 in found], last


def publish_soon(request: DemurRequest, rules: Rules) -> None:
    """Wake the ticker where the charter publishes at once; else the entry waits for its tick."""
    if publishes_at_once(rules.frozen):
        request.wake()


def authorization(request: HttpRequest, scheme: str) -> str:
    """What follows `scheme` in the Authorization header, or ""."""
    kind, _, value = request.headers.get("Authorization", "").partition(" ")
    return value if kind == scheme else ""
