# SPDX-License-Identifier: AGPL-3.0-or-later
"""The clocks of a case: what is owed, by when, and whether it was kept. Pure: charter, story and times in, rows out.

PROTOCOL section 4: an obligation starts at the promise's time and is met at the time of the first cosigned checkpoint that contains
the act; claimed times never decide. Callers give those times by event; an act that is not yet published counts from nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from demur.charter.freeze import Frozen
from demur.charter.obligations import clocks
from demur.clock.deadlines import State, after, state
from demur.clock.errors import ClockError
from demur.clock.wording import day_words
from demur.dissent.errors import NotPossible
from demur.dissent.states import State as CaseState
from demur.dissent.states import Story

_LATE: Final = frozenset({State.OVERDUE, State.MET_LATE, State.ENDED_LATE})
_OPEN: Final = frozenset({State.RUNNING, State.EXTENDED})
AUTHORS_WINDOW: Final = (
    10  # working days in which the author may say that a reply does not answer, before the case can be closed
)


@dataclass(frozen=True, kw_only=True)
class ClockRow:
    """One clock. `limit` is what counts now, `promised` what the charter promised at filing; POSIX seconds."""

    name: str
    target: int | None
    limit: int
    promised: int
    state: State
    met_at: int | None
    extended_to: int | None
    disputed: bool = False  # a reply was given and reported as faulty: the clock is not met by it
    ended_at: int | None = None  # when a withdrawal, or two seats that cannot read, ended it
    pending: bool = False  # met or ended by an act that the record does not show yet (`as_done`)

    def late_days(self, now: int) -> int:
        """How many days it is late at `now`, begun ones counted; it counts to when it was met or ended, and is 0 where it is not late."""
        until = next((at for at in (self.met_at, self.ended_at) if at is not None), now)
        return max(-(-(until - self.limit) // 86_400), 0) if self.state in _LATE else 0


def clocks_of(frozen: Frozen, story: Story, times: Mapping[int, int], now: int) -> list[ClockRow]:
    """The clocks of a case at `now`, acknowledgement first.

    `times` gives, by seq, when an event counts: for `received` the promise's time, for acts the time of the first cosigned checkpoint that
    holds them. Raises BeyondCalendar.
    """
    met = {"ack": _time(story.acknowledged_seq, times), "reply": _time(story.answered_seq, times)}
    starts = {"received": times.get(1, story.received_at), "ack": met["ack"]}
    rows = []
    for name, due in clocks(frozen, starts).items():
        extended = (story.extended or {}).get(name)
        limit = max(due.limit, extended or 0)
        shown = state(due, met_at=met[name], now=now, extended_to=extended)
        rows.append(
            ClockRow(
                name=name,
                target=due.target,
                limit=limit,
                promised=due.limit,
                state=shown if met[name] is not None else _ended(story, times, limit) or shown,
                met_at=met[name],
                extended_to=extended,
                disputed=name == "reply" and story.state is CaseState.DISPUTED,
                ended_at=_ending(story, times) if met[name] is None else None,
            )
        )
    return rows


def as_done(
    rows: Iterable[ClockRow], story: Story, times: Mapping[int, int], now: int, *, to_author: bool = False
) -> list[ClockRow]:
    """The clocks as whoever acts sees them in the same moment: met or ended by an act that is in the thread and that the record shows
    only after the next tick. Each such row is `pending`; what counts stays what `clocks_of` says. `times` as there.

    `to_author`: only what the author did themselves. What an office did counts for them once the record shows it: a server that never
    publishes a reply would have met its clock.
    """
    offices = {"ack": story.acknowledged_seq, "reply": story.answered_seq, "unreadable": story.unreadable_seq}
    waiting = {name: not to_author and _waits(seq, times) for name, seq in offices.items()}
    waiting["withdrawn"] = _waits(story.withdrawn_seq, times)
    return [_as_done(row, waiting, now) for row in rows]


def _as_done(row: ClockRow, waiting: Mapping[str, bool], now: int) -> ClockRow:
    late = row.state is State.OVERDUE
    if row.state not in _OPEN and not late:
        return row
    if waiting.get(row.name):
        return replace(row, state=State.MET_LATE if late else State.MET, pending=True)
    if waiting["withdrawn"]:
        return replace(row, state=State.ENDED_LATE if late else State.ENDED, ended_at=now, pending=True)
    return replace(row, state=State.UNREADABLE, ended_at=now, pending=True) if waiting["unreadable"] else row


def _waits(seq: int | None, times: Mapping[int, int]) -> bool:
    return seq is not None and seq not in times


def _ended(story: Story, times: Mapping[int, int], limit: int) -> State | None:
    """What ended a clock that was not met: a withdrawal, or two seats that cannot read. None if nothing did, as far as is published."""
    withdrawn = _time(story.withdrawn_seq, times)
    if withdrawn is not None:
        # A withdrawal ends what is owed; it does not undo a lateness that was there before it.
        return State.ENDED if withdrawn <= limit else State.ENDED_LATE
    # What cannot be read can never be answered: it must not stand as overdue for ever, and is counted apart.
    return State.UNREADABLE if _time(story.unreadable_seq, times) is not None else None


def _ending(story: Story, times: Mapping[int, int]) -> int | None:
    withdrawn = _time(story.withdrawn_seq, times)
    return withdrawn if withdrawn is not None else _time(story.unreadable_seq, times)


def check_extension(
    frozen: Frozen, story: Story, *, clock: str, until: int, version: int = 2, times: Mapping[int, int] | None = None
) -> None:
    """Raises NotPossible unless the charter lets `clock` be extended to `until` (POSIX seconds).

    `times` as in `clocks_of`: a clock that starts at the acknowledgement starts when the record shows it, so whoever knows that time
    allows until a day later; the date that stands is judged by the time that the log claimed, which is never later. An extension of
    `version` 1 is judged as it was, from the filing alone.
    """
    rule = frozen.charter.extension
    if rule is None or rule.clock != clock:
        raise NotPossible(f"The charter does not let the clock {clock!r} be extended; keep the date.")
    first = clocks(frozen, _starts(story, {}, version)).get(clock)
    last = clocks(frozen, _starts(story, times or {}, version)).get(clock)
    if first is None or last is None:
        raise NotPossible(f"The clock {clock!r} has not started; there is nothing to extend.")
    calendar = frozen.calendars[frozen.charter.clocks[clock].calendar]
    try:
        latest_day = after(frozen.charter.clocks[clock].span, rule.longest, last.limit_day, calendar)
    except ClockError as error:
        raise NotPossible(str(error)) from None
    current = max(first.limit, (story.extended or {}).get(clock, 0))
    if not current < until <= calendar.last_moment(latest_day):
        raise NotPossible(
            f"The new date must lie after the date that stands and not after {day_words(latest_day)}; choose another."
        )


def extension_end(frozen: Frozen, story: Story, *, clock: str, day: date) -> int:
    """The moment (POSIX seconds) until which `clock` is lengthened where somebody chooses its new last day. Raises NotPossible for a day
    that the charter does not allow, and for one on which the office does not work where the clock counts working days.

    That is asked of whoever chooses. A server or a reader does not hold it against an extension, which is within the charter all the same.
    """
    rule = frozen.charter.clocks.get(clock)
    if rule is None:
        raise NotPossible(f"The charter has no clock {clock!r}; it has {', '.join(sorted(frozen.charter.clocks))}.")
    calendar = frozen.calendars[rule.calendar]
    until = calendar.last_moment(day)
    check_extension(frozen, story, clock=clock, until=until)
    if rule.span.unit == "working_day" and not calendar.is_working_day(day):
        following = calendar.add_working_days(day, 1)
        raise NotPossible(
            f"{day_words(day)} is not a working day in the charter's calendar. Choose a working day; the next is "
            f"{day_words(following)}."
        )
    return until


def _starts(story: Story, times: Mapping[int, int], version: int) -> dict[str, int | None]:
    starts = {"received": times.get(1, story.received_at)}
    if version > 1 and story.acknowledged_seq is not None:
        starts["ack"] = times.get(story.acknowledged_seq, story.acknowledged_at)
    return starts


def closing_opens(frozen: Frozen, story: Story) -> int | None:
    """From when (POSIX seconds) a case may be closed: ten working days after the reply, or after two seats said that it cannot be read,
    so that the author has time to contradict. None where nothing has to be waited for.
    """
    since = story.unreadable_at if story.state is CaseState.UNREADABLE else story.reply_at
    if since is None or story.state is CaseState.WITHDRAWN:
        return None
    rules = frozen.charter.clocks
    calendar = frozen.calendars.get(rules["reply"].calendar if "reply" in rules else min(frozen.calendars, default=""))
    if calendar is None:  # a signed charter whose calendars cannot be read
        return since + 14 * 86_400
    try:
        return calendar.last_moment(calendar.add_working_days(calendar.local_day(since), AUTHORS_WINDOW))
    except ClockError:  # beyond the frozen calendar: two weeks are ten working days where nothing is closed
        return since + 14 * 86_400


def _time(seq: int | None, times: Mapping[int, int]) -> int | None:
    return times.get(seq) if seq is not None else None
