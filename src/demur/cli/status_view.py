# SPDX-License-Identifier: AGPL-3.0-or-later
"""A case as its author sees it, in words and as JSON. Text of others is shown so that it cannot pose as ours."""

from typing import Any, Final

from demur.charter.freeze import Frozen
from demur.charter.zones import due, when
from demur.cli import speak
from demur.cli.answer_view import recommendation_lines
from demur.cli.clock_view import NOT_ALL_KNOWN, clock_document, due_text
from demur.cli.fault_view import dispute_lines, fault_document, fault_lines, text_fault
from demur.cli.late_view import late_lines
from demur.client.following import Thread
from demur.client.texts import Spoken
from demur.client.thread import Item
from demur.clock.wording import stated_day
from demur.dissent.documents.reply import Reply
from demur.dissent.events import is_known
from demur.dissent.states import State

_STANDS: Final = {
    State.FILED: "filed; the acknowledgement is owed",
    State.ACKNOWLEDGED: "acknowledged; the reply is owed",
    State.UNCONFIRMED: "answered by declining every claim; the reply is owed until a second office signs it",
    State.DISPUTED: "answered, but the reply is disputed as faulty: a new reply is owed, or a second office's signature",
    State.ANSWERED: "answered",
    State.UNREADABLE: "two offices say that what you filed cannot be read",
    State.WITHDRAWN: "withdrawn by you",
    State.CLOSED: "closed",
}
_DID: Final = {
    "received": "the log received your filing",
    "grant": "gave access to {to}",
    "fetch": "fetched item {item} (the key did; nobody can say that a person read)",
    "acknowledge": "acknowledged",
    "message": "wrote",
    "reply": "replied: {outcome}; {answered} answered, {referred} referred, {declined} declined",
    "countersign": "countersigned the reply (event {reply})",
    "extend": "extended the clock {clock}",
    "withdraw": "withdrew the case",
    "close": "closed the case",
    "unreadable": "could not open item {item}",
    "mismatch": "reported that item {item} differs from what was sealed, or from the charter, in {fact}",
    "readable": "said that what was filed can be read",
}


def status_document(thread: Thread, *, now: int) -> dict[str, Any]:
    """The case for `--json`."""
    document: dict[str, Any] = {
        "case": thread.key.case,
        "origin": thread.key.origin,
        "state": str(thread.standing),
        "published": thread.published,
        "clocks": [clock_document(row) for row in thread.clocks],
        "author_disputes": thread.story.author_disputes,
        "events": [_event_document(item, thread.spoken.get(item.n)) for item in thread.mailbox.items],
        "at": now,
    }
    if thread.frozen.refused:
        document["charter_known"] = False
    if thread.late:
        document["late"] = True
    if thread.faults:
        document["faults"] = fault_document(thread.faults)
    if thread.noticed:
        document["noticed"] = [row.sentence for row in thread.noticed]
    if thread.receipt is not None:
        document["receipt"] = {"proofs": len(thread.receipt.proofs), "heads": len(thread.receipt.heads)}
    return document


def status_lines(thread: Thread, *, now: int) -> list[str]:
    """The case for a person."""
    lines = [f"Case {thread.key.case[:8]} in {thread.key.origin}: {_STANDS[thread.standing]}.", ""]
    lines += [f"  {due_text(row, thread.frozen)}" for row in thread.clocks]
    lines += late_lines(thread, now=now)
    lines += dispute_lines(thread.story.author_disputes, own=True) + fault_lines(thread.faults)
    if thread.frozen.refused:
        lines.append(f"  {NOT_ALL_KNOWN}")
    if not thread.published:
        lines.append("  Not everything below is published yet; it is promised, and follows at the next tick.")
    if thread.late:
        lines.append(
            "  The log is late: what it promised is over, and it shows no record of so late a time that meets the channel's policy. A "
            "witness is away, or the log holds back; the promise stands, so keep the receipt and ask again."
        )
    for item in thread.mailbox.items:
        lines += [
            "",
            f"{item.n}. {when(thread.frozen, item.event['time'])}  {_actor(item)} {_done(item, thread.frozen)}",
        ]
        spoken = thread.spoken.get(item.n)
        if spoken is not None:
            lines += _spoken_lines(spoken)
    lines += ["", f"As of {when(thread.frozen, now)}. {_receipt_line(thread)}"]
    return lines


def _actor(item: Item) -> str:
    if item.event["type"] == "received":
        return "record:"
    return f"{speak.line(item.event['seat'])}:" if item.event["seat"] else "you:"


def _done(item: Item, frozen: Frozen) -> str:
    if not is_known(item.event):
        return f"did something that this version of Demur does not know ({speak.line(item.event['type'])}); update Demur to read it"
    return speak.line(_DID[item.event["type"]].format(**item.event)) + (
        f" until {due(frozen, item.event['until'], clock=str(item.event.get('clock', '')))}"
        if "until" in item.event
        else ""
    )


def _spoken_lines(spoken: Spoken) -> list[str]:
    lines = [f"  {text_fault(spoken.fault)}; do not rely on it."] if spoken.fault else []
    if spoken.reply is not None:
        return lines + _reply_lines(spoken.reply)
    return lines + (speak.shown_block(spoken.text) if spoken.text else [])


def _reply_lines(reply: Reply) -> list[str]:
    lines = speak.shown_block(reply.text.strip()) if reply.text.strip() else []
    for answer in reply.answers:
        to = f" to {speak.line(answer.to)}" if answer.to else ""
        lines += [
            f"  Claim {speak.line(answer.claim)}: {speak.line(answer.kind)}{to}",
            *speak.shown_block(answer.text.strip(), indent="    "),
        ]
    lines += recommendation_lines(reply)
    lines += [
        f"  Promised by {speak.line(stated_day(row.date))}: {speak.line(row.text, most=2000)}"
        for row in reply.commitments
    ]
    if reply.appeal.strip():
        lines += ["  If this is not enough:", *speak.shown_block(reply.appeal.strip(), indent="    ")]
    if reply.signed_by:
        lines.append(f"  Signed: {speak.line(reply.signed_by)}")
    return lines


def _receipt_line(thread: Thread) -> str:
    if thread.receipt is None:
        return "There is no receipt beside the key file."
    return (
        "The receipt holds its proof."
        if thread.receipt.proofs
        else "The receipt holds the promise; its proof follows at the next tick."
    )


def _event_document(item: Item, spoken: Spoken | None) -> dict[str, Any]:
    document: dict[str, Any] = {"n": item.n, "index": item.index, "event": item.event}
    if spoken is None:
        return document
    if spoken.fault:
        document["fault"] = spoken.fault
    if spoken.reply is None:
        return {**document, "text": spoken.text}
    reply = spoken.reply
    document["reply"] = {
        "outcome": reply.outcome,
        "text": reply.text,
        "signed_by": reply.signed_by,
        "appeal": reply.appeal,
        "answers": [{"claim": a.claim, "kind": a.kind, "text": a.text, "to": a.to} for a in reply.answers],
        "recommendation": {"kind": reply.recommendation.kind, "text": reply.recommendation.text},
        "commitments": [{"text": c.text, "date": c.date} for c in reply.commitments],
    }
    return document
