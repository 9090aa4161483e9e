# SPDX-License-Identifier: AGPL-3.0-or-later
"""Cases at the desk, in words and as JSON.

Text of others is shown so that it can neither act on the terminal nor pose as ours.
"""

from collections.abc import Iterable
from typing import Any, Final

from demur.charter.freeze import Frozen
from demur.charter.zones import due, when
from demur.cli import speak
from demur.cli.answer_view import recommendation_lines
from demur.cli.clock_view import NOT_ALL_KNOWN, clock_document, due_text
from demur.cli.desk.at import SHOWN
from demur.cli.fault_view import dispute_lines, fault_document, fault_lines, text_fault
from demur.client.desk import CaseView
from demur.client.desklist import Listed
from demur.client.fetching import Fetched
from demur.client.texts import Spoken
from demur.client.thread import Item
from demur.client.unsealing import UNANSWERABLE, Filing
from demur.clock.deadlines import State as ClockState
from demur.clock.wording import stated_day
from demur.dissent.documents.dissent import PROMPTS, Claim, Dissent
from demur.dissent.documents.reply import Reply
from demur.dissent.events import is_known
from demur.dissent.states import State

_STANDS: Final = {
    State.FILED: "to be acknowledged",
    State.ACKNOWLEDGED: "to be answered",
    State.UNCONFIRMED: "to be countersigned by another seat, or answered",
    State.DISPUTED: "disputed: to be answered anew, or countersigned by another seat",
    State.ANSWERED: "answered",
    State.UNREADABLE: "said by two seats to be unreadable; to be closed once the author's time is over",
    State.WITHDRAWN: "withdrawn by its author",
    State.CLOSED: "closed",
}
_BY_SERVER: Final = (
    "This was sealed by the server, on the page without script: whoever runs the server could have read it."
)
_BEYOND: Final = (
    "  This goes beyond the charter of the case ({}); author and oversight are told. "
    "Claims beyond the limit may be answered together."
)
_UNANSWERABLE: Final = (
    "  The author left no key that an answer could be sealed to; author and oversight are told. Once a second office says so, the case "
    "can be closed as one that could not be read."
)
_FAULTY: Final = "  {}; author and oversight are told."


def listed_lines(rows: Iterable[Listed]) -> list[str]:
    """The list for a person: one case a block, what is overdue first."""
    lines = []
    for row in rows:
        late = any(clock.state is ClockState.OVERDUE for clock in row.clocks)
        lines.append(
            f"{row.case[:SHOWN]}  {_STANDS[row.state]}{', OVERDUE' if late else ''}; received {when(row.frozen, row.received)}"
        )
        lines += [f"    {due_text(clock, row.frozen)}" for clock in row.clocks]
    return lines or ["No case is granted to this key."]


def listed_document(row: Listed) -> dict[str, Any]:
    """One case of the list for `--json`."""
    document: dict[str, Any] = {
        "case": row.case,
        "state": str(row.state),
        "received": row.received,
        "overdue": any(clock.state is ClockState.OVERDUE for clock in row.clocks),
        "clocks": [clock_document(clock) for clock in row.clocks],
    }
    return document if row.due is None else {**document, "due": row.due}


def case_lines(fetched: Fetched, *, now: int) -> list[str]:
    """A case with all its texts, for a person."""
    view, filing = fetched.view, fetched.filing
    lines = [f"Case {view.grant.case[:SHOWN]}: {_STANDS[view.story.state]}.", ""]
    lines += [f"  {due_text(row, view.frozen)}" for row in view.clocks(now)]
    lines += _doubts(view, filing)
    lines += ["", *_dissent_lines(filing.dissent, filing.manifest.get("facts"))]
    lines += _access_lines(fetched)
    for n, part in enumerate(filing.attachments, start=1):
        lines.append(f"Attachment {n}: {speak.quoted(part.name)} ({part.size} bytes; written out with -o)")
    for item in view.items:
        lines += ["", f"{item.n}. {when(view.frozen, item.event['time'])}  {_actor(item)}: {_act(item, view.frozen)}"]
        if item.n in fetched.spoken:
            lines += _spoken_lines(fetched.spoken[item.n])
    return lines


def _doubts(view: CaseView, filing: Filing) -> list[str]:
    """What is not as it should be, or not known, before the text is read."""
    beyond = [fault for fault in filing.faults if fault.startswith("limits.")]
    differing = [fault for fault in filing.faults if fault not in {*beyond, UNANSWERABLE}]
    lines = dispute_lines(view.story.author_disputes, own=False) + fault_lines(view.faults)
    lines += [f"  {NOT_ALL_KNOWN}"] if view.frozen.refused else []
    lines += [_FAULTY.format(text_fault(", ".join(differing)))] if differing else []
    lines += [_BEYOND.format(", ".join(beyond))] if beyond else []
    lines += [_UNANSWERABLE] if UNANSWERABLE in filing.faults else []
    return lines + ([_BY_SERVER] if filing.manifest.get("custody") == "server" else [])


def case_document(fetched: Fetched, *, now: int) -> dict[str, Any]:
    """The same for `--json`. Texts stand in it exactly as they were sealed."""
    view, filing = fetched.view, fetched.filing
    return {
        "case": view.grant.case,
        "charter": view.frozen.charter.id,
        "state": str(view.story.state),
        "author_disputes": view.story.author_disputes,
        "clocks": [clock_document(row) for row in view.clocks(now)],
        "dissent": _dissent_document(filing.dissent),
        "facts": filing.manifest.get("facts", {}),
        "custody": filing.manifest.get("custody", ""),
        "readers": readers(fetched),
        "recused": recused(fetched),
        "attachments": [{"name": part.name, "size": part.size} for part in filing.attachments],
        "faults": list(filing.faults),
        "thread_faults": fault_document(view.faults),
        "events": [_event_document(item, fetched.spoken.get(item.n)) for item in view.items],
    }


def readers(fetched: Fetched) -> list[str]:
    """The seats that can read the case: those that the author sealed it to, then those that were given access."""
    rows = fetched.filing.manifest.get("recipients", [])
    named = [str(row.get("seat", "")) for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    granted = [
        str(item.event["to"]) for item in fetched.view.items if item.event["type"] == "grant" and "to" in item.event
    ]
    return list(dict.fromkeys(seat for seat in (*named, *granted) if seat))


def recused(fetched: Fetched) -> list[str]:
    """The seats that the author left out."""
    said = fetched.filing.manifest.get("recused", [])
    return [str(seat) for seat in said] if isinstance(said, list) else []


def title_of(seat: str, frozen: Frozen) -> str:
    """A seat as its charter calls it, with its id, which commands take."""
    title = next((row.title for row in frozen.charter.seats if row.id == seat), "")
    return speak.line(f"{title} ({seat})" if title else seat)


def _access_lines(fetched: Fetched) -> list[str]:
    frozen, left = fetched.view.frozen, recused(fetched)
    lines = [f"Can read it: {', '.join(title_of(seat, frozen) for seat in readers(fetched))}"]
    if left:
        lines.append(
            f"Left out by the author, never to be given access: {', '.join(title_of(seat, frozen) for seat in left)}"
        )
    return [*lines, ""]


def reply_lines(reply: Reply) -> list[str]:
    """A reply, claim by claim."""
    lines = [f"  Outcome: {speak.line(reply.outcome)}", *_block(reply.text)]
    for answer in reply.answers:
        to = f" to {speak.line(answer.to)}" if answer.to else ""
        lines += [
            f"  Claim {speak.line(answer.claim)}: {speak.line(answer.kind)}{to}",
            *_block(answer.text, indent="    "),
        ]
    lines += recommendation_lines(reply)
    lines += [
        f"  Promised by {speak.line(stated_day(row.date))}: {speak.line(row.text, most=2000)}"
        for row in reply.commitments
    ]
    lines += ["  Appeal:", *_block(reply.appeal, indent="    ")] if reply.appeal.strip() else []
    return [*lines, f"  Signed: {speak.line(reply.signed_by)}"] if reply.signed_by else lines


def _dissent_lines(dissent: Dissent, facts: object) -> list[str]:
    lines = [f"Subject: {speak.line(dissent.subject)}"]
    if isinstance(facts, dict) and facts:
        lines.append(
            "Stated by the author: "
            + speak.line(", ".join(f"{name} = {facts[name] or 'not stated'}" for name in sorted(facts)))
        )
    text = dissent.text or f"(filed as a document: {speak.quoted(dissent.original)}; written out with -o)"
    lines += ["", *_block(text)]
    for name in (name for name in PROMPTS if name in dissent.prompts):  # in the order in which they are asked
        lines += ["", f"{speak.line(name.replace('_', ' ').capitalize())}:", *_block(dissent.prompts[name])]
    for claim in dissent.claims:
        lines += ["", f"Claim {speak.line(claim.n)}:", *_block(claim.text)]
    return [*lines, ""]


def _dissent_document(dissent: Dissent) -> dict[str, Any]:
    return {
        "subject": dissent.subject,
        "text": dissent.text,
        "claims": [_claim_document(claim) for claim in dissent.claims],
        "prompts": {name: dissent.prompts[name] for name in PROMPTS if name in dissent.prompts},
        "language": dissent.language,
        "marking": dissent.marking,
        "original": dissent.original,
    }


def _claim_document(claim: Claim) -> dict[str, Any]:
    place = {"paragraph": claim.paragraph, "start": claim.start, "end": claim.end}
    return {"n": claim.n, "text": claim.text, **place, "marking": claim.marking}


def _event_document(item: Item, spoken: Spoken | None) -> dict[str, Any]:
    document: dict[str, Any] = {"n": item.n, "index": item.index, "event": item.event}
    if spoken is None:
        return document
    if spoken.fault:
        document["fault"] = spoken.fault
    if spoken.reply is None:
        return {**document, "text": spoken.text}
    reply = spoken.reply
    answers = [{"claim": row.claim, "kind": row.kind, "text": row.text, "to": row.to} for row in reply.answers]
    commitments = [{"text": row.text, "date": row.date} for row in reply.commitments]
    parts = {"outcome": reply.outcome, "text": reply.text, "signed_by": reply.signed_by, "appeal": reply.appeal}
    recommendation = {"kind": reply.recommendation.kind, "text": reply.recommendation.text}
    return {
        **document,
        "reply": {**parts, "answers": answers, "recommendation": recommendation, "commitments": commitments},
    }


def _spoken_lines(spoken: Spoken) -> list[str]:
    lines = [_FAULTY.format(text_fault(spoken.fault))] if spoken.fault else []
    return lines + (reply_lines(spoken.reply) if spoken.reply is not None else _block(spoken.text))


def _block(text: str, *, indent: str = "  ") -> list[str]:
    # Empty lines at the end are of no use on a screen; the text itself is untouched in files and in JSON.
    return speak.shown_block(text.rstrip("\r\n"), indent=indent) if text.strip() else []


def _actor(item: Item) -> str:
    return "record" if item.event["type"] == "received" else speak.line(item.event["seat"] or "author")


def _act(item: Item, frozen: Frozen) -> str:
    """What happened, from the event's own members."""
    event = item.event
    more = [f"{name} {event[name]}" for name in ("to", "item", "outcome", "clock", "reply", "fact") if name in event]
    if "until" in event:
        more.append(f"until {due(frozen, event['until'], clock=str(event.get('clock', '')))}")
    if "answered" in event:
        more.append(", ".join(f"{event[name]} {name}" for name in ("answered", "referred", "declined")))
    if not is_known(event):
        return (
            f"something that this version of Demur does not know ({speak.line(event['type'])}); update Demur to read it"
        )
    return speak.line(f"{event['type']}{' (' + '; '.join(more) + ')' if more else ''}")
