# SPDX-License-Identifier: AGPL-3.0-or-later
"""A case as the page without script shows it: what `follow` verified, in the sentences that the script's page has for it."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.utils import formats
from django.utils.translation import gettext

from demur.author.sayings import READING, WRITING
from demur.charter.freeze import Frozen
from demur.client.following import Spoken, Thread
from demur.client.mailbox import Item
from demur.clock.deadlines import State as ClockState
from demur.dissent.documents.dissent import Dissent
from demur.dissent.documents.reply import Answer
from demur.dissent.errors import NotPossible
from demur.dissent.states import State, Verb, next_state
from demur.dissent.timing import ClockRow

_DAY: Final = "l, j F Y"
_SOON: Final = 5 * 86_400  # seconds before its end from which a clock counts as due soon
_SAID: Final = {**WRITING, **READING}


def say(code: str, **facts: object) -> str:
    """The sentence for a code."""
    return gettext(_SAID[code]).format(**facts)


def case_view(thread: Thread, dissent: Dissent | None, *, now: int) -> dict[str, Any]:
    """What the template shows. `dissent` is the text that was filed, None where it cannot be had; `now` is POSIX seconds."""
    frozen, items = thread.frozen, thread.mailbox.items
    day = _days(frozen)
    reply = next((row for row in reversed(list(thread.spoken.values())) if row.reply is not None), None)
    return {
        "subject": dissent.subject if dissent else say("your-case"),
        "state": say(f"state-{thread.story.state.value}"),
        "as_of": say("as-of", when=day(now), case=thread.key.case[:8], filed=day(items[0].event["time"])),
        "clocks": [_clock(row, frozen, day, now) for row in thread.clocks],
        "reply": _reply(reply, thread, dissent) if reply else None,
        "thread": [_event(item, thread, day) for item in items],
        "text": dissent.text if dissent else "",
        "claims": [claim.text for claim in dissent.claims] if dissent else [],
        "may_write": _possible(thread.story.state, Verb.MESSAGE),
        "may_withdraw": _possible(thread.story.state, Verb.WITHDRAW),
        "published": thread.published,
    }


def _days(frozen: Frozen) -> Callable[[int], str]:
    """Times as days of the custodian's calendar."""
    rule = next((rule for rule in frozen.charter.clocks.values() if rule.owner == frozen.charter.custodian), None)
    zone = ZoneInfo(frozen.calendars[rule.calendar].timezone) if rule else UTC
    return lambda at: formats.date_format(datetime.fromtimestamp(at, tz=zone), _DAY)


def _clock(row: ClockRow, frozen: Frozen, day: Callable[[int], str], now: int) -> dict[str, str]:
    owner = (
        frozen.charter.seat(frozen.charter.clocks[row.name].owner).title if row.name in frozen.charter.clocks else ""
    )
    state = str(row.state).replace("_", "-").replace(" ", "-")
    if row.state is ClockState.RUNNING and row.limit - now < _SOON:
        state = "due-soon"
    facts = {"due": day(row.limit), "owner": owner, "promised": day(row.promised)}
    if row.met_at is not None:
        due = say("clock-met-due", met=day(row.met_at), due=facts["due"])
    else:
        due = say("clock-extended-due" if row.extended_to else "clock-due", **facts)
    name = say(f"clock-{row.name}") if f"clock-{row.name}" in _SAID else row.name
    code = f"clock-state-{state}"
    return {"name": name, "state": state.replace("-", " "), "said": say(code) if code in _SAID else state, "due": due}


_NOTES: Final = {"fetch": "fetched-note", "reply": "see-reply"}


def _event(item: Item, thread: Thread, day: Callable[[int], str]) -> dict[str, Any]:
    event, kind = item.event, str(item.event["type"])
    own = event["seat"] == "" and kind != "received"
    beyond = kind == "mismatch" and not own and event["fact"].startswith("limits.")
    code = f"did-{kind}-own" if own and f"did-{kind}-own" in _SAID else "did-limits" if beyond else f"did-{kind}"
    spoken = thread.spoken.get(item.n)
    return {
        "what": say(code, **_facts(event, thread.frozen, day)),
        "when": say("recorded" if item.index >= 0 else "not-published", when=day(event["time"])),
        "note": say(_NOTES[kind]) if kind in _NOTES else "",
        "said": spoken.text if spoken is not None and spoken.reply is None else "",
        "fault": _fault(spoken),
        "mine": own,
    }


def _facts(event: Mapping[str, Any], frozen: Frozen, day: Callable[[int], str]) -> dict[str, object]:
    return {
        "who": _title(str(event["seat"]), frozen),
        "to": _title(str(event.get("to", "")), frozen),
        "clock": event.get("clock", ""),
        "until": day(event["until"]) if "until" in event else "",
        "item": event.get("item", ""),
        "reply": event.get("reply", ""),
    }


def _fault(spoken: Spoken | None) -> str:
    return say("differs", fact=spoken.fault) if spoken is not None and spoken.fault else ""


def _reply(spoken: Spoken, thread: Thread, dissent: Dissent | None) -> dict[str, Any]:
    reply = spoken.reply
    assert reply is not None
    event = next(item.event for item in thread.mailbox.items if item.n == spoken.seq)
    claims = {claim.n: claim.text for claim in dissent.claims} if dissent else {}
    return {
        "title": say("reply-title", who=_title(str(event["seat"]), thread.frozen)),
        "outcome": say(f"outcome-{reply.outcome}"),
        "fault": _fault(spoken),
        "waits": say("reply-waits") if thread.story.state is State.UNCONFIRMED else "",
        "text": reply.text,
        "pairs": [_pair(answer, claims) for answer in reply.answers],
        "commitments": [say("promised-by", date=row.date, text=row.text) for row in reply.commitments],
        "appeal": reply.appeal,
        "signed": say("signed-by", who=reply.signed_by) if reply.signed_by else "",
    }


def _pair(answer: Answer, claims: Mapping[int, str]) -> dict[str, str]:
    return {
        "number": say("claim", n=answer.claim),
        "claim": claims.get(answer.claim) or say("claim-unknown"),
        "kind": say(f"answer-{answer.kind}", to=answer.to),
        "answer": answer.text,
    }


def _possible(state: State, verb: Verb) -> bool:
    try:
        next_state(state, verb)
    except NotPossible:
        return False
    return True


def _title(seat: str, frozen: Frozen) -> str:
    known = {row.id: row.title for row in frozen.charter.seats}
    return known.get(seat, seat)
