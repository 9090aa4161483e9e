# SPDX-License-Identifier: AGPL-3.0-or-later
"""A case as the page without script shows it: what `follow` verified, in the sentences that the script's page has for it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, tzinfo
from typing import Any, Final

from django.utils.translation import gettext

from demur.author.limits import size
from demur.author.plain_marks import placed, warnings
from demur.author.plain_reporting import fault
from demur.author.sayings import READING, WRITING
from demur.charter.freeze import Frozen
from demur.charter.roster import Roster
from demur.client.following import Thread
from demur.client.texts import Spoken
from demur.client.thread import Item
from demur.clock.deadlines import State as ClockState
from demur.dissent.documents.dissent import PROMPTS, Dissent
from demur.dissent.documents.reply import Answer, Reply
from demur.dissent.errors import NotPossible
from demur.dissent.events import is_known
from demur.dissent.states import State, Verb, next_state
from demur.dissent.timing import ClockRow
from demur.web.dates import day_at, in_words, moment_at

DAY: Final = 86_400  # seconds
_SOON: Final = 5 * DAY  # seconds before its end from which a clock counts as due soon
_SAID: Final = {**WRITING, **READING}
_ENDED: Final = {ClockState.ENDED: "clock-ended-due", ClockState.ENDED_LATE: "clock-ended-late-due"}
_OPEN: Final = frozenset({ClockState.RUNNING, ClockState.EXTENDED, ClockState.OVERDUE})
_NOTES: Final = {"fetch": "fetched-note", "reply": "see-reply"}


def say(code: str, **facts: object) -> str:
    """The sentence for a code; what others wrote turns nothing of it."""
    return gettext(_SAID[code]).format(**{name: placed(str(fact)) for name, fact in facts.items()})


def case_view(thread: Thread, dissent: Dissent | None, *, rosters: Mapping[str, Roster], now: int) -> dict[str, Any]:
    """What the template shows. `dissent` is the text that was filed, None where it cannot be had; `rosters` are those that the thread's
    events and its filing name, by leaf hash; `now` is POSIX seconds.
    """
    shown, clocks = CaseWords(frozen=thread.frozen, rosters=rosters), list(thread.clocks)
    items, said = thread.mailbox.items, list(thread.spoken.values())
    reply = next((row for row in reversed(said) if row.reply is not None), None)
    return {
        "subject": dissent.subject if dissent else say("your-case"),
        "marks": warnings(dissent.subject) if dissent else [],
        "state": say(f"state-{thread.standing.value}"),
        "as_of": say("as-of", when=shown.day(now), case=thread.key.case[:8], filed=shown.day(items[0].event["time"])),
        "clocks": [clock_card(row, shown, now) for row in clocks],
        "zones": zones_of(shown, thread.clocks),
        "late": late(clocks, shown, now),
        "reply": _reply(reply, thread, shown, dissent) if reply else None,
        "thread": [_event(item, thread, shown) for item in items],
        "access": _access(thread, shown),
        "may_write": _possible(thread.story.state, Verb.MESSAGE),
        "may_withdraw": _possible(thread.story.state, Verb.WITHDRAW),
        "published": thread.published,
        **_filed(thread, dissent),
    }


@dataclass(frozen=True, kw_only=True)
class CaseWords:
    """What turns the ids and times of a case into words."""

    frozen: Frozen
    rosters: Mapping[str, Roster]

    def title(self, seat: str) -> str:
        """The name of a seat; its id where the charter has none."""
        return next((row.title for row in self.frozen.charter.seats if row.id == seat), seat)

    def holder(self, event: Mapping[str, Any]) -> str:
        """Who held the seat that did this, when it was done; "" for the author."""
        return self.held(str(event["roster"]), str(event["seat"])) if event["seat"] else ""

    def held(self, roster: str, seat: str) -> str:
        """Who holds a seat in a roster; "" for nobody."""
        found = self.rosters[roster].holders.get(seat) if roster in self.rosters else None
        return found.holder if found is not None else ""

    def zone(self, clock: str = "") -> tzinfo:
        """The time zone of a clock's calendar; without one, of the custodian's."""
        charter = self.frozen.charter
        rule = charter.clocks.get(clock) or next(
            (rule for rule in charter.clocks.values() if rule.owner == charter.custodian), None
        )
        return self.frozen.calendars[rule.calendar].zone if rule else UTC

    def moment(self, at: int) -> str:
        """A time by the clock on the wall of the custodian."""
        return moment_at(at, self.zone())

    def day(self, at: int, *, clock: str = "") -> str:
        """A time as the day that it falls on in that zone."""
        return day_at(at, self.zone(clock))


def zones_of(shown: CaseWords, clocks: Iterable[ClockRow]) -> str:
    """Whose days they are."""
    return say("zones", zones=", ".join(dict.fromkeys(str(shown.zone(row.name)) for row in clocks)))


def late(clocks: Iterable[ClockRow], shown: CaseWords, now: int) -> dict[str, Any] | None:
    """How late each clock is that is late, and who sees it; None where none is."""
    rows = [row for row in clocks if row.state is ClockState.OVERDUE]
    if not rows:
        return None
    lines = []
    for row in rows:
        days, rule = row.late_days(now), shown.frozen.charter.clocks[row.name]
        due, owner = shown.day(row.limit, clock=row.name), shown.title(rule.owner)
        code = "late-by-one" if days == 1 else "late-by"
        lines.append(say(code, clock=_clock_name(row.name), due=due, owner=owner, n=days))
    return {"lines": lines, "seen": say("late-seen")}


def _clock_name(name: str) -> str:
    return say(f"clock-{name}") if f"clock-{name}" in _SAID else name


def _shown_state(row: ClockRow, now: int) -> str:
    if row.disputed and row.state is not ClockState.OVERDUE:
        return "disputed"
    if row.state in {ClockState.RUNNING, ClockState.EXTENDED} and row.limit - now <= _SOON:
        return "due-soon"
    return str(row.state).replace("_", "-").replace(" ", "-")


def _due_code(row: ClockRow) -> str:
    if row.state in _ENDED:
        return _ENDED[row.state]
    if row.met_at is not None:
        return "clock-met-due"
    if row.pending:
        return "clock-pending-due"
    return "clock-extended-due" if row.extended_to else "clock-due"


def clock_card(row: ClockRow, shown: CaseWords, now: int) -> dict[str, str]:
    """A clock as it stands at `now`."""
    state = _shown_state(row, now)
    times = {"due": row.limit, "promised": row.promised, "met": row.met_at, "aim": row.target, "ended": row.ended_at}
    facts = {name: shown.day(at, clock=row.name) for name, at in times.items() if at is not None}
    rule = shown.frozen.charter.clocks.get(row.name)
    owner = shown.title(rule.owner) if rule else ""
    kind = _due_code(row)
    aimed = row.target is not None and row.target != row.limit and row.state in _OPEN
    code = f"clock-state-{state}"
    return {
        "name": _clock_name(row.name),
        "state": state.replace("-", " "),
        "said": say(code) if code in _SAID else state,
        "due": say(kind, owner=owner, n=row.late_days(now), **facts),
        "aim": say("clock-aim", **facts) if aimed else "",
    }


def _event(item: Item, thread: Thread, shown: CaseWords) -> dict[str, Any]:
    event, kind = item.event, str(item.event["type"])
    own = event["seat"] == "" and kind != "received"
    spoken = thread.spoken.get(item.n)
    said = spoken.text if spoken is not None and spoken.reply is None else ""
    holder = shown.holder(event)
    return {
        "what": say(_did(event, own=own), **_facts(event, shown)),
        "when": say("recorded" if item.index >= 0 else "not-published", when=shown.day(event["time"])),
        "note": say(_NOTES[kind]) if kind in _NOTES else say("by-holder", holder=holder) if holder else "",
        "said": said,
        "marks": warnings(said),
        "fault": _fault(spoken, thread, item.n),
        "mine": own,
    }


def _did(event: Mapping[str, Any], *, own: bool) -> str:
    kind = str(event["type"])
    if not is_known(event):
        return "did-unknown"
    if own and f"did-{kind}-own" in _SAID:
        return f"did-{kind}-own"
    if kind == "fetch" and event["item"] == 0:
        return "did-fetch-filing"
    if kind == "mismatch" and str(event["fact"]).startswith("limits."):
        return "did-limits"
    return f"did-{kind}"


def _facts(event: Mapping[str, Any], shown: CaseWords) -> dict[str, object]:
    clock = str(event.get("clock", ""))
    return {
        "who": shown.title(str(event["seat"])),
        "to": shown.title(str(event.get("to", ""))),
        "clock": _clock_name(clock),
        "until": shown.day(event["until"], clock=clock) if "until" in event else "",
        "type": event["type"],
        "item": event.get("item", ""),
        "reply": event.get("reply", ""),
    }


def _fault(spoken: Spoken | None, thread: Thread, n: int) -> str:
    faulty = next((row.name for row in thread.faults if row.seq == n), "")
    if faulty:
        return say("does-not-count", why=say(f"fault-{faulty}"))
    if spoken is None or not spoken.fault:
        return ""
    return gettext("This is faulty: {why} Do not rely on it.").format(why=fault(spoken.fault))


def _reply(spoken: Spoken, thread: Thread, shown: CaseWords, dissent: Dissent | None) -> dict[str, Any]:
    reply = spoken.reply
    assert reply is not None
    event = next(item.event for item in thread.mailbox.items if item.n == spoken.seq)
    claims = {claim.n: claim.text for claim in dissent.claims} if dissent else {}
    counts = say("reply-counts", **{kind: event[kind] for kind in ("answered", "referred", "declined")})
    return {
        "title": say("reply-title", who=shown.title(str(event["seat"]))),
        "outcome": f"{say(f'outcome-{reply.outcome}')} {counts}",
        "marks": warnings(*_written_in(reply)),
        "fault": _fault(spoken, thread, spoken.seq),
        "waits": _waits(thread, spoken.seq),
        "text": reply.text,
        "pairs": [*(_pair(answer, claims) for answer in reply.answers), *_recommended(reply, dissent)],
        "commitments": [say("promised-by", date=_dated(row.date), text=row.text) for row in reply.commitments],
        "appeal": reply.appeal,
        "signed": say("signed-by", who=reply.signed_by) if reply.signed_by else "",
    }


def _waits(thread: Thread, seq: int) -> str:
    if seq != thread.story.reply_seq:  # one that was not allowed says so itself
        return "" if any(row.seq == seq for row in thread.faults) else say("reply-replaced")
    code = {State.UNCONFIRMED: "reply-waits", State.DISPUTED: "reply-disputed"}.get(thread.standing)
    return say(code) if code else ""


def _written_in(reply: Reply) -> list[str]:
    answers = [part for row in reply.answers for part in (row.text, row.to)]
    return [
        reply.text,
        reply.recommendation.text,
        reply.appeal,
        reply.signed_by,
        *answers,
        *(row.text for row in reply.commitments),
    ]


def _dated(day: str) -> str:
    """A date that a reply states as year-month-day, in letters; as it stands where it is none."""
    try:
        return in_words(date.fromisoformat(day))
    except ValueError:
        return day


def _recommended(reply: Reply, dissent: Dissent | None) -> list[dict[str, str]]:
    """What the author recommends beside what becomes of it; nothing where the reply says nothing of it."""
    answer = reply.recommendation
    if not answer.kind:
        return []
    claim = (dissent.recommendation if dissent else "") or say("recommendation-unknown")
    kind = say(f"outcome-{answer.kind}")
    return [{"number": say("recommendation"), "claim": claim, "kind": kind, "answer": answer.text}]


def _pair(answer: Answer, claims: Mapping[int, str]) -> dict[str, str]:
    return {
        "number": say("claim", n=answer.claim),
        "claim": claims.get(answer.claim) or say("claim-unknown"),
        "kind": say(f"answer-{answer.kind}", to=answer.to),
        "answer": answer.text,
    }


def _access(thread: Thread, shown: CaseWords) -> list[dict[str, Any]]:
    """Who was given access, and what their keys fetched; that a key fetched nothing proves nothing."""
    sealed_to = {row["seat"] for row in thread.key.manifest.get("recipients", [])}
    rows: list[dict[str, Any]] = [
        _reader(
            seat.id,
            shown,
            holder=shown.held(str(thread.key.submitted["roster"]), seat.id),
            note=say("granted-at-filing"),
        )
        for seat in shown.frozen.charter.seats
        if seat.id in sealed_to
    ]
    for item in thread.mailbox.items:
        event = item.event
        if event["type"] == "grant":
            spoken = thread.spoken.get(item.n)
            note = say("granted-by", who=shown.title(str(event["seat"])), when=shown.day(event["time"]))
            rows.append(_reader(str(event["to"]), shown, note=note, reason=spoken.text if spoken else ""))
        if event["type"] == "fetch":
            _note_fetch(event, rows, shown)
    return rows


def _note_fetch(event: Mapping[str, Any], rows: list[dict[str, Any]], shown: CaseWords) -> None:
    reader = next((row for row in reversed(rows) if row["seat"] == event["seat"]), None)
    if reader is not None:
        facts = {"item": event["item"], "when": shown.day(event["time"])}
        reader["fetches"].append(say("fetched-item" if event["item"] else "fetched-filing", **facts))
        reader["holder"] = shown.holder(event) or reader["holder"]


def _reader(seat: str, shown: CaseWords, *, note: str, holder: str = "", reason: str = "") -> dict[str, Any]:
    return {
        "seat": seat,
        "title": shown.title(seat),
        "holder": holder or say("holder-unnamed"),
        "note": note,
        "reason": reason,
        "marks": warnings(reason),
        "fetches": [],
    }


def _answered(dissent: Dissent | None) -> list[tuple[str, str]]:
    """The template's questions that the author answered, in the order in which they are asked."""
    given = dissent.prompts if dissent else {}
    return [(name, given[name]) for name in PROMPTS if name in given]


def _filed(thread: Thread, dissent: Dissent | None) -> dict[str, Any]:
    files = [(str(row["name"]), size(row["size"])) for row in thread.key.manifest.get("attachments", [])]
    claims = [claim.text for claim in dissent.claims] if dissent else []
    text = dissent.text if dissent else ""
    prompts = _answered(dissent)
    return {
        "prompts": [{"question": say(f"prompt-{name}"), "text": said} for name, said in prompts],
        "prompt_marks": warnings(*(said for _, said in prompts)),
        "text": text,
        "text_marks": warnings(text),
        "claims": claims,
        "claim_marks": warnings(*claims),
        "files": [{"name": placed(name), "size": bytes_} for name, bytes_ in files],
        "file_marks": warnings(*(name for name, _ in files)),
    }


def _possible(state: State, verb: Verb) -> bool:
    try:
        next_state(state, verb)
    except NotPossible:
        return False
    return True
