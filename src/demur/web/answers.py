# SPDX-License-Identifier: AGPL-3.0-or-later
"""The answers that several rooms give in one form."""

from typing import Any

from django.http import HttpRequest
from ninja import Schema

from demur import canonical
from demur.dissent.models import Case, Event
from demur.entries.installation import Installation
from demur.entries.queries import indexes_of, published_checkpoint
from demur.entries.ticking import tick
from demur.record.head import Head


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


def items_of(case: Case, *, after: int) -> list[dict[str, Any]]:
    """The case's events with seq above `after`, as items."""
    rows = list(case.events.filter(seq__gt=after).order_by("seq"))
    places = indexes_of([bytes(row.leaf_hash) for row in rows])
    return [
        {"n": row.seq, "body": row.body, "index": places.get(bytes(row.leaf_hash), -1), **opening_of(row)}
        for row in rows
    ]


def head_of(case: Case, ground: Installation, *, at: int) -> str:
    """The mailbox's head, signed by the log."""
    checkpoint = published_checkpoint(ground.store)
    head = Head(
        origin=ground.channel.origin,
        mailbox=case.mailbox,
        count=case.seq + 1,
        last=bytes(case.chain),
        time=at,
        size=checkpoint.size if checkpoint else 0,
    )
    return head.sign(ground.keys.note_signer)


def publish_now(ground: Installation, *, at: int) -> None:
    """The tick of a channel that publishes at once."""
    tick(origin=ground.channel.origin, keys=ground.keys, store=ground.store, now=at, shuffler=ground.shuffler)


def authorization(request: HttpRequest, scheme: str) -> str:
    """What follows `scheme` in the Authorization header, or ""."""
    kind, _, value = request.headers.get("Authorization", "").partition(" ")
    return value if kind == scheme else ""
