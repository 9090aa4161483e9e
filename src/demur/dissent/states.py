# SPDX-License-Identifier: AGPL-3.0-or-later
"""The procedure: what can happen to a case, as one table. Pure; the diagram in the docs is drawn from it.

Invariants (PROTOCOL section 7):
- Only a reply that counts, or the author's signed withdrawal, ends the reply clock.
- A reply that declines every claim counts only when a second seat has countersigned it.
- Closing is refused while any clock runs: there is no way from `filed`, `acknowledged` or `unconfirmed` to `closed`.
- No step leads back, and no verb stops, alters or delays what the author sent.

Every pair of state and verb has an answer: the next state, or a sentence that says what to do instead.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

from demur.dissent.errors import NotPossible


class State(StrEnum):
    """Where a case stands."""

    FILED = "filed"  # recorded; the acknowledgement is owed
    ACKNOWLEDGED = "acknowledged"  # the reply is owed
    UNCONFIRMED = (
        "unconfirmed"  # answered by declining every claim; a second seat must countersign, the reply is still owed
    )
    ANSWERED = "answered"  # a reply that counts was given
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
_NO_CLOCK: Final = Refused("No clock runs any more, so there is nothing to extend.")
_TOO_LATE_TO_WITHDRAW: Final = Refused(
    "The case has its reply, so there is nothing left to withdraw; write a message instead."
)

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
    },
}


def next_state(state: State, verb: Verb, *, declines_all: bool = False) -> State:
    """The state after `verb`; raises NotPossible with the table's sentence.

    `declines_all` matters for a reply only: such a reply waits for a second seat.
    """
    answer = TABLE[state][verb]
    if isinstance(answer, Refused):
        raise NotPossible(answer.sentence)
    return State.UNCONFIRMED if verb is Verb.REPLY and declines_all else answer


@dataclass(frozen=True, kw_only=True)
class Story:
    """What has happened to one case so far: the fold of its events."""

    state: State = State.FILED
    seq: int = 0
    received_at: int | None = None
    acknowledged_seq: int | None = None
    reply_seq: int | None = None  # the last reply, counting or not
    reply_seat: str = ""
    answered_seq: int | None = None  # the act by which a reply counts: the reply, or its countersignature
    withdrawn_seq: int | None = None
    closed_seq: int | None = None
    extended: Mapping[str, int] | None = None  # clock -> until, POSIX seconds
    extensions: int = 0
    granted: frozenset[str] = frozenset()  # seats added after filing
    fetched: frozenset[tuple[str, int]] = frozenset()  # (seat, item)


def fold(events: Iterable[Mapping[str, Any]]) -> Story:
    """The story told by `events` in order, from seq 0 or 1; raises NotPossible where one cannot follow."""
    story = Story()
    for event in events:
        story = tell(story, event)
    return story


def tell(story: Story, event: Mapping[str, Any]) -> Story:
    """The story with one more event; raises NotPossible if the procedure has no such step."""
    seq = int(event["seq"])
    if event["type"] == "submit":
        return replace(story, seq=seq)
    if event["type"] == "received":
        return replace(story, seq=seq, received_at=int(event["time"]))
    verb = Verb(event["type"])
    state = next_state(story.state, verb, declines_all=verb is Verb.REPLY and declines_all(event))
    return _TELL.get(verb, _tell_nothing)(replace(story, state=state, seq=seq), event)


def declines_all(reply: Mapping[str, Any]) -> bool:
    """Whether a reply answers nothing and refers nothing but declines something."""
    return bool(reply["declined"] and not reply["answered"] and not reply["referred"])


def _tell_nothing(story: Story, _event: Mapping[str, Any]) -> Story:
    return story


def _tell_acknowledge(story: Story, event: Mapping[str, Any]) -> Story:
    return replace(story, acknowledged_seq=event["seq"])


def _tell_reply(story: Story, event: Mapping[str, Any]) -> Story:
    answered = event["seq"] if story.state is State.ANSWERED else None
    return replace(story, reply_seq=event["seq"], reply_seat=event["seat"], answered_seq=answered)


def _tell_countersign(story: Story, event: Mapping[str, Any]) -> Story:
    if event["reply"] != story.reply_seq:
        raise NotPossible("The countersignature names another reply than the one that waits; read the case again.")
    return replace(story, answered_seq=event["seq"])


def _tell_extend(story: Story, event: Mapping[str, Any]) -> Story:
    extended = {**(story.extended or {}), event["clock"]: int(event["until"])}
    return replace(story, extended=extended, extensions=story.extensions + 1)


def _tell_withdraw(story: Story, event: Mapping[str, Any]) -> Story:
    return replace(story, withdrawn_seq=event["seq"])


def _tell_close(story: Story, event: Mapping[str, Any]) -> Story:
    return replace(story, closed_seq=event["seq"])


def _tell_grant(story: Story, event: Mapping[str, Any]) -> Story:
    return replace(story, granted=story.granted | {event["to"]})


def _tell_fetch(story: Story, event: Mapping[str, Any]) -> Story:
    return replace(story, fetched=story.fetched | {(event["seat"], event["item"])})


_TELL: Final = {
    Verb.ACKNOWLEDGE: _tell_acknowledge,
    Verb.REPLY: _tell_reply,
    Verb.COUNTERSIGN: _tell_countersign,
    Verb.EXTEND: _tell_extend,
    Verb.WITHDRAW: _tell_withdraw,
    Verb.CLOSE: _tell_close,
    Verb.GRANT: _tell_grant,
    Verb.FETCH: _tell_fetch,
}
