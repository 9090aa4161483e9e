# SPDX-License-Identifier: AGPL-3.0-or-later
"""The clocks of a case: what is owed, by when, and whether it was kept. Pure: charter, story and times in, rows out.

PROTOCOL section 4: an obligation starts at the promise's time and is met at the time of the first cosigned checkpoint that contains
the act; claimed times never decide. Callers give those times by event; an act that is not yet published counts from nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from demur.charter.freeze import Frozen
from demur.charter.obligations import clocks
from demur.clock.deadlines import State, after, state
from demur.clock.errors import ClockError
from demur.dissent.errors import NotPossible
from demur.dissent.states import Story


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


def clocks_of(frozen: Frozen, story: Story, times: Mapping[int, int], now: int) -> list[ClockRow]:
    """The clocks of a case at `now`, acknowledgement first.

    `times` gives, by seq, when an event counts: for `received` the promise's time, for acts the time of the first cosigned checkpoint that
    holds them. Raises BeyondCalendar.
    """
    met = {"ack": _time(story.acknowledged_seq, times), "reply": _time(story.answered_seq, times)}
    withdrawn = _time(story.withdrawn_seq, times)
    starts = {"received": times.get(1, story.received_at), "ack": met["ack"]}
    rows = []
    for name, due in clocks(frozen, starts).items():
        extended = (story.extended or {}).get(name)
        shown = state(due, met_at=met[name], now=now, extended_to=extended)
        limit = max(due.limit, extended or 0)
        if met[name] is None and withdrawn is not None:
            # A withdrawal ends what is owed; it does not undo a lateness that was there before it.
            shown = State.ENDED if withdrawn <= limit else State.OVERDUE
        rows.append(
            ClockRow(
                name=name,
                target=due.target,
                limit=limit,
                promised=due.limit,
                state=shown,
                met_at=met[name],
                extended_to=extended,
            )
        )
    return rows


def check_extension(frozen: Frozen, story: Story, *, clock: str, until: int) -> None:
    """Raises NotPossible unless the charter lets `clock` be extended to `until` (POSIX seconds)."""
    rule = frozen.charter.extension
    if rule is None or rule.clock != clock:
        raise NotPossible(f"The charter does not let the clock {clock!r} be extended; keep the date.")
    due = clocks(frozen, {"received": story.received_at}).get(clock)
    if due is None:
        raise NotPossible(f"The clock {clock!r} has not started; there is nothing to extend.")
    calendar = frozen.calendars[frozen.charter.clocks[clock].calendar]
    try:
        latest_day = after(frozen.charter.clocks[clock].span, rule.longest, due.limit_day, calendar)
    except ClockError as error:
        raise NotPossible(str(error)) from None
    latest = calendar.last_moment(latest_day)
    current = max(due.limit, (story.extended or {}).get(clock, 0))
    if not current < until <= latest:
        raise NotPossible(
            f"The new date must lie after the date that stands and not after {latest_day}; choose another."
        )


def _time(seq: int | None, times: Mapping[int, int]) -> int | None:
    return times.get(seq) if seq is not None else None
