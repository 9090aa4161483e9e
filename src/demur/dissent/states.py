# SPDX-License-Identifier: AGPL-3.0-or-later
"""The procedure: what can happen to a case, as one table. Pure; the diagram in the docs is drawn from it.

Invariants (PROTOCOL section 7):
- Only a reply that counts, the author's signed withdrawal, or *could not be read* said by two seats ends the reply clock.
- A reply that answers and refers nothing counts only when a second seat has countersigned it.
- A reply that is reported as faulty is disputed: it does not count until a new reply or a second seat's signature.
- Closing is refused while any clock runs: there is no way from `filed`, `acknowledged`, `unconfirmed` or `disputed` to `closed`.
- No verb stops, alters or delays what the author sent, and only the author's word or a dispute opens a closed case again.

Every pair of state and verb has an answer: the next state, or a sentence that says what to do instead. A few steps lead elsewhere
because of what was said with them; those are `TURNS`. Events of version 1 are judged by the table alone, as they were.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

from demur.dissent.errors import NotPossible

FILING: Final = 0  # the item that is the filing itself


class State(StrEnum):
    """Where a case stands."""

    FILED = "filed"  # recorded; the acknowledgement is owed
    ACKNOWLEDGED = "acknowledged"  # the reply is owed
    UNCONFIRMED = "unconfirmed"  # answered without answering or referring a claim; a second seat must countersign
    DISPUTED = "disputed"  # the reply was reported as faulty; the reply is still owed
    ANSWERED = "answered"  # a reply that counts was given
    UNREADABLE = "unreadable"  # two seats say that what was filed cannot be read
    WITHDRAWN = "withdrawn"  # the author took it back, signed
    CLOSED = "closed"  # nothing is owed any more


class Verb(StrEnum):
    """What somebody does. The value is the event's type."""

    GRANT = "grant"
    FETCH = "fetch"
    ACKNOWLEDGE = "acknowledge"
    MESSAGE = "message"
    REPLY = "reply"
    COUNTERSIGN = "countersign"
    EXTEND = "extend"
    WITHDRAW = "withdraw"
    CLOSE = "close"
    UNREADABLE = "unreadable"
    MISMATCH = "mismatch"
    READABLE = "readable"


@dataclass(frozen=True)
class Refused:
    """Why a step does not exist from here, and what to do instead."""

    sentence: str


_OVER: Final = Refused("The case is closed; what was recorded stays, and nothing can be added.")
_ALREADY_ACKNOWLEDGED: Final = Refused("The case is acknowledged already; write a message instead.")
_ACKNOWLEDGE_FIRST: Final = Refused("The case is not acknowledged yet; acknowledge it first, then reply.")
_ANSWERED: Final = Refused("The case has its reply already; write a message instead.")
_WITHDRAWN: Final = Refused("The author has withdrawn the case; write a message, or close it.")
_NOTHING_TO_COUNTERSIGN: Final = Refused(
    "No reply waits for a second signature here; list the case to see where it stands."
)
_CLOCK_RUNS: Final = Refused(
    "A clock still runs: the case can be closed only after a reply that counts or a withdrawal."
)
_DISPUTED: Final = Refused(
    "The reply is disputed: give a new reply, or have a second seat countersign this one, before you close the case."
)
_NO_CLOCK: Final = Refused("No clock runs any more, so there is nothing to extend.")
_TOO_LATE_TO_WITHDRAW: Final = Refused(
    "The case has its reply, so there is nothing left to withdraw; write a message instead."
)
_READABLE_FIRST: Final = Refused(
    "Two seats have said that what was filed cannot be read; say first that it can be read, then go on."
)
_NOT_DOUBTED: Final = Refused("Nobody's word that it cannot be read stands here, so there is nothing to contradict.")

_S, _V = State, Verb
TABLE: Final[Mapping[State, Mapping[Verb, State | Refused]]] = {
    _S.FILED: {
        _V.GRANT: _S.FILED,
        _V.FETCH: _S.FILED,
        _V.ACKNOWLEDGE: _S.ACKNOWLEDGED,
        _V.MESSAGE: _S.FILED,
        _V.REPLY: _ACKNOWLEDGE_FIRST,
        _V.COUNTERSIGN: _NOTHING_TO_COUNTERSIGN,
        _V.EXTEND: _S.FILED,
        _V.WITHDRAW: _S.WITHDRAWN,
        _V.CLOSE: _CLOCK_RUNS,
        _V.UNREADABLE: _S.FILED,
        _V.MISMATCH: _S.FILED,
        _V.READABLE: _NOT_DOUBTED,
    },
    _S.ACKNOWLEDGED: {
        _V.GRANT: _S.ACKNOWLEDGED,
        _V.FETCH: _S.ACKNOWLEDGED,
        _V.ACKNOWLEDGE: _ALREADY_ACKNOWLEDGED,
        _V.MESSAGE: _S.ACKNOWLEDGED,
        _V.REPLY: _S.ANSWERED,
        _V.COUNTERSIGN: _NOTHING_TO_COUNTERSIGN,
        _V.EXTEND: _S.ACKNOWLEDGED,
        _V.WITHDRAW: _S.WITHDRAWN,
        _V.CLOSE: _CLOCK_RUNS,
        _V.UNREADABLE: _S.ACKNOWLEDGED,
        _V.MISMATCH: _S.ACKNOWLEDGED,
        _V.READABLE: _NOT_DOUBTED,
    },
    _S.UNCONFIRMED: {
        _V.GRANT: _S.UNCONFIRMED,
        _V.FETCH: _S.UNCONFIRMED,
        _V.ACKNOWLEDGE: _ALREADY_ACKNOWLEDGED,
        _V.MESSAGE: _S.UNCONFIRMED,
        _V.REPLY: _S.ANSWERED,
        _V.COUNTERSIGN: _S.ANSWERED,
        _V.EXTEND: _S.UNCONFIRMED,
        _V.WITHDRAW: _S.WITHDRAWN,
        _V.CLOSE: _CLOCK_RUNS,
        _V.UNREADABLE: _S.UNCONFIRMED,
        _V.MISMATCH: _S.UNCONFIRMED,
        _V.READABLE: _NOT_DOUBTED,
    },
    _S.DISPUTED: {
        _V.GRANT: _S.DISPUTED,
        _V.FETCH: _S.DISPUTED,
        _V.ACKNOWLEDGE: _ALREADY_ACKNOWLEDGED,
        _V.MESSAGE: _S.DISPUTED,
        _V.REPLY: _S.ANSWERED,
        _V.COUNTERSIGN: _S.ANSWERED,
        _V.EXTEND: _S.DISPUTED,
        _V.WITHDRAW: _S.WITHDRAWN,
        _V.CLOSE: _DISPUTED,
        _V.UNREADABLE: _S.DISPUTED,
        _V.MISMATCH: _S.DISPUTED,
        _V.READABLE: _NOT_DOUBTED,
    },
    _S.ANSWERED: {
        _V.GRANT: _S.ANSWERED,
        _V.FETCH: _S.ANSWERED,
        _V.ACKNOWLEDGE: _ALREADY_ACKNOWLEDGED,
        _V.MESSAGE: _S.ANSWERED,
        _V.REPLY: _ANSWERED,
        _V.COUNTERSIGN: _NOTHING_TO_COUNTERSIGN,
        _V.EXTEND: _NO_CLOCK,
        _V.WITHDRAW: _TOO_LATE_TO_WITHDRAW,
        _V.CLOSE: _S.CLOSED,
        _V.UNREADABLE: _S.ANSWERED,
        _V.MISMATCH: _S.ANSWERED,
        _V.READABLE: _NOT_DOUBTED,
    },
    _S.UNREADABLE: {
        _V.GRANT: _S.UNREADABLE,
        _V.FETCH: _S.UNREADABLE,
        _V.ACKNOWLEDGE: _READABLE_FIRST,
        _V.MESSAGE: _S.UNREADABLE,
        _V.REPLY: _READABLE_FIRST,
        _V.COUNTERSIGN: _NOTHING_TO_COUNTERSIGN,
        _V.EXTEND: _NO_CLOCK,
        _V.WITHDRAW: _S.WITHDRAWN,
        _V.CLOSE: _S.CLOSED,
        _V.UNREADABLE: _S.UNREADABLE,
        _V.MISMATCH: _S.UNREADABLE,
        _V.READABLE: _S.FILED,
    },
    _S.WITHDRAWN: {
        _V.GRANT: _WITHDRAWN,
        _V.FETCH: _S.WITHDRAWN,
        _V.ACKNOWLEDGE: _WITHDRAWN,
        _V.MESSAGE: _S.WITHDRAWN,
        _V.REPLY: _WITHDRAWN,
        _V.COUNTERSIGN: _WITHDRAWN,
        _V.EXTEND: _NO_CLOCK,
        _V.WITHDRAW: Refused("The case is withdrawn already; nothing more is needed."),
        _V.CLOSE: _S.CLOSED,
        _V.UNREADABLE: _S.WITHDRAWN,
        _V.MISMATCH: _S.WITHDRAWN,
        _V.READABLE: _NOT_DOUBTED,
    },
    _S.CLOSED: {
        _V.GRANT: _OVER,
        _V.FETCH: _S.CLOSED,
        _V.ACKNOWLEDGE: _OVER,
        _V.MESSAGE: _OVER,
        _V.REPLY: _OVER,
        _V.COUNTERSIGN: _OVER,
        _V.EXTEND: _OVER,
        _V.WITHDRAW: _OVER,
        _V.CLOSE: Refused("The case is closed already; nothing more is needed."),
        _V.UNREADABLE: _S.CLOSED,
        _V.MISMATCH: _S.CLOSED,
        _V.READABLE: _NOT_DOUBTED,
    },
}


def next_state(state: State, verb: Verb) -> State:
    """The state after `verb` by the table alone; raises NotPossible with its sentence. `turned` says what the act's content changes."""
    answer = TABLE[state][verb]
    if isinstance(answer, Refused):
        raise NotPossible(answer.sentence)
    return answer


@dataclass(frozen=True, kw_only=True)
class Story:
    """What has happened to one case so far: the fold of its events. Times are POSIX seconds as the log claims them."""

    state: State = State.FILED
    seq: int = 0
    time: int = 0  # of the last event
    received_at: int | None = None
    acknowledged_seq: int | None = None
    acknowledged_at: int | None = None
    reply_seq: int | None = None  # the last reply, counting or not
    reply_seat: str = ""
    reply_v: int = 0  # the version of its event; one of version 1 is judged as it was
    reply_at: int | None = None
    reply_declines: bool = False  # it answers and refers nothing, and waits for a second seat
    disputed_seq: int | None = None  # the report that disputed the last reply; a reply is disputed once
    author_disputes: int = 0  # reports by the author of a reply, of any reply, also those that moved no clock
    answered_seq: int | None = None  # the act by which a reply counts: the reply, or its countersignature
    withdrawn_seq: int | None = None
    closed_seq: int | None = None
    extended: Mapping[str, int] | None = None  # clock -> until, POSIX seconds
    extensions: int = 0
    granted: frozenset[str] = frozenset()  # seats added after filing
    fetched: frozenset[tuple[str, int]] = frozenset()  # (seat, item)
    bodies: frozenset[int] = frozenset()  # events that came with a sealed text
    unreadable_by: frozenset[str] = frozenset()  # seats that say that the filing cannot be read
    unreadable_seq: int | None = None  # the second seat's word, by which the filing could not be read
    unreadable_at: int | None = None
    readable_seq: int | None = None  # somebody has read it: from then on nobody's word ends the clocks
    changed: Mapping[str, int] | None = None  # verb -> the last event of it that changed where the case stands
    unknown: int = 0  # events that this version does not know


@dataclass(frozen=True)
class Turn:
    """A step that leads elsewhere than the table says, because of what was said with it. `when` and `goes` take the story before."""

    verb: Verb
    because: str
    when: Callable[[Story, Mapping[str, Any]], bool]
    goes: Callable[[Story], State]


def answers_nothing(reply: Mapping[str, Any]) -> bool:
    """Whether a reply's event answers and refers no claim. In version 1 only one that declines something is meant."""
    if reply["v"] == 1:
        return bool(reply["declined"] and not reply["answered"] and not reply["referred"])
    return not reply["answered"] and not reply["referred"]


def _waits_for_reply(story: Story, event: Mapping[str, Any]) -> bool:
    owed = {State.ACKNOWLEDGED, State.UNCONFIRMED, State.DISPUTED}
    return story.state in owed and answers_nothing(event)


def _first_dispute(story: Story, event: Mapping[str, Any]) -> bool:
    replied = story.state in {State.UNCONFIRMED, State.ANSWERED, State.CLOSED} and story.withdrawn_seq is None
    return (
        replied and min(event["v"], story.reply_v) > 1 and event["item"] == story.reply_seq and not story.disputed_seq
    )


def _second_word(story: Story, event: Mapping[str, Any]) -> bool:
    waits = story.state in {State.FILED, State.ACKNOWLEDGED} and story.readable_seq is None
    by_seat = event["v"] > 1 and event["item"] == FILING and event["seat"] != ""
    return waits and by_seat and bool(story.unreadable_by - {event["seat"]})


def _was_unreadable(story: Story, _event: Mapping[str, Any]) -> bool:
    return story.state in {State.UNREADABLE, State.CLOSED} and story.unreadable_seq is not None


TURNS: Final = (
    Turn(
        Verb.REPLY,
        "a reply that answers and refers nothing waits for a second seat",
        _waits_for_reply,
        lambda _: State.UNCONFIRMED,
    ),
    Turn(Verb.MISMATCH, "the first report of a fault disputes the reply", _first_dispute, lambda _: State.DISPUTED),
    Turn(Verb.UNREADABLE, "the first report of a fault disputes the reply", _first_dispute, lambda _: State.DISPUTED),
    Turn(
        Verb.UNREADABLE,
        "a second seat says that what was filed cannot be read",
        _second_word,
        lambda _: State.UNREADABLE,
    ),
    Turn(
        Verb.READABLE,
        "somebody has read it, and the clocks run again as from filing",
        _was_unreadable,
        lambda story: State.FILED if story.acknowledged_seq is None else State.ACKNOWLEDGED,
    ),
)


def turned(story: Story, event: Mapping[str, Any]) -> State:
    """The state after `event`, its content considered. Raises NotPossible if the procedure has no such step from here."""
    verb = Verb(event["type"])
    turn = next((turn for turn in TURNS if turn.verb is verb and turn.when(story, event)), None)
    return next_state(story.state, verb) if turn is None else turn.goes(story)


def fold(events: Iterable[Mapping[str, Any]]) -> Story:
    """The story told by `events` in order, from seq 0 or 1; raises NotPossible where one cannot follow."""
    story = Story()
    for event in events:
        story = tell(story, event)
    return story


def tell(story: Story, event: Mapping[str, Any]) -> Story:
    """The story with one more event; raises NotPossible if the procedure has no such step.

    Who acted, and whether the charter allows what was said, is `procedure.advance`'s to judge.
    """
    seq, at = int(event["seq"]), int(event["time"])
    if event["type"] == "submit":
        return replace(story, seq=seq)
    if event["type"] == "received":
        return replace(story, seq=seq, time=at, received_at=at)
    verb, state = Verb(event["type"]), turned(story, event)
    changed = dict(story.changed or {})
    if state is not story.state or verb in _ALWAYS_CHANGE:
        changed[verb] = seq
    after = replace(pass_over(story, event), state=state, changed=changed)
    return _TELL.get(verb, _tell_nothing)(after, event)


def pass_over(story: Story, event: Mapping[str, Any]) -> Story:
    """The story with an event that leaves the case where it is: one that this version does not know, or that was not allowed."""
    seq = int(event["seq"])
    bodies = story.bodies | {seq} if event["body"] else story.bodies
    return replace(story, seq=seq, time=int(event["time"]), bodies=bodies)


_ALWAYS_CHANGE: Final = frozenset({Verb.REPLY, Verb.EXTEND})


def _tell_nothing(story: Story, _event: Mapping[str, Any]) -> Story:
    return story


def _tell_acknowledge(story: Story, event: Mapping[str, Any]) -> Story:
    return replace(story, acknowledged_seq=event["seq"], acknowledged_at=event["time"])


def _tell_reply(story: Story, event: Mapping[str, Any]) -> Story:
    return replace(
        story,
        reply_seq=event["seq"],
        reply_seat=event["seat"],
        reply_v=event["v"],
        reply_at=event["time"],
        reply_declines=story.state is State.UNCONFIRMED,
        disputed_seq=None,
        answered_seq=event["seq"] if story.state is State.ANSWERED else None,
    )


def _tell_countersign(story: Story, event: Mapping[str, Any]) -> Story:
    if event["reply"] != story.reply_seq:
        raise NotPossible("The countersignature names another reply than the one that waits; read the case again.")
    # It confirms a reply that declines everything from now on; to one that was only disputed it gives back its own time.
    return replace(story, answered_seq=event["seq"] if story.reply_declines else story.reply_seq)


def _tell_extend(story: Story, event: Mapping[str, Any]) -> Story:
    extended = {**(story.extended or {}), event["clock"]: int(event["until"])}
    return replace(story, extended=extended, extensions=story.extensions + 1)


def _tell_withdraw(story: Story, event: Mapping[str, Any]) -> Story:
    return replace(story, withdrawn_seq=event["seq"], unreadable_seq=None, unreadable_at=None)


def _tell_close(story: Story, event: Mapping[str, Any]) -> Story:
    return replace(story, closed_seq=event["seq"])


def _tell_grant(story: Story, event: Mapping[str, Any]) -> Story:
    return replace(story, granted=story.granted | {event["to"]})


def _tell_fetch(story: Story, event: Mapping[str, Any]) -> Story:
    return replace(story, fetched=story.fetched | {(event["seat"], event["item"])})


def _tell_mismatch(story: Story, event: Mapping[str, Any]) -> Story:
    if event["v"] > 1 and event["item"] == story.reply_seq:
        story = replace(story, author_disputes=story.author_disputes + (event["seat"] == ""))
    if story.state is State.DISPUTED and story.disputed_seq is None:
        return replace(story, disputed_seq=event["seq"], answered_seq=None, closed_seq=None)
    return story


def _tell_unreadable(story: Story, event: Mapping[str, Any]) -> Story:
    if event["v"] == 1:
        return story
    if event["item"] != FILING or event["seat"] == "":
        return _tell_mismatch(story, event)
    story = replace(story, unreadable_by=story.unreadable_by | {event["seat"]})
    if story.state is State.UNREADABLE and story.unreadable_seq is None:
        return replace(story, unreadable_seq=event["seq"], unreadable_at=event["time"])
    return story


def _tell_readable(story: Story, event: Mapping[str, Any]) -> Story:
    return replace(
        story,
        readable_seq=event["seq"],
        unreadable_by=frozenset(),
        unreadable_seq=None,
        unreadable_at=None,
        closed_seq=None,
    )


_TELL: Final = {
    Verb.ACKNOWLEDGE: _tell_acknowledge,
    Verb.REPLY: _tell_reply,
    Verb.COUNTERSIGN: _tell_countersign,
    Verb.EXTEND: _tell_extend,
    Verb.WITHDRAW: _tell_withdraw,
    Verb.CLOSE: _tell_close,
    Verb.GRANT: _tell_grant,
    Verb.FETCH: _tell_fetch,
    Verb.MISMATCH: _tell_mismatch,
    Verb.UNREADABLE: _tell_unreadable,
    Verb.READABLE: _tell_readable,
}
