# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a charter lacks: compared with the regimes and with what has failed before. Advice; errors are what `load` refuses.

Each finding has a stable code. Sources: `field/rules.md` 8.1-8.3; Directive (EU) 2019/1937 Art. 8-9; Labor Code 1107.1 (SB 53).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from demur.charter.freeze import Frozen
from demur.charter.model import Charter, ClockRule
from demur.charter.ticks import AT_ONCE
from demur.clock.calendar import Calendar
from demur.clock.deadlines import after
from demur.clock.errors import BeyondCalendar

EU_ACK_DAYS: Final = 7  # Art. 9(1)(b)
EU_REPLY_MONTHS: Final = 3  # Art. 9(1)(f)
YEARS_AHEAD: Final = 2


class Severity(StrEnum):
    """How much it matters."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"  # true, and no fault where the law that it names does not bind


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A gap: its severity, a stable code, and one sentence."""

    severity: Severity
    code: str
    sentence: str


def lint(charter: Charter, frozen: Frozen) -> list[Finding]:
    """The gaps of a charter, in a fixed order."""
    return [finding for check in _CHECKS for finding in check(charter, frozen)]


def _warn(code: str, sentence: str) -> Finding:
    return Finding(severity=Severity.WARNING, code=code, sentence=sentence)


def _clocks(charter: Charter, frozen: Frozen) -> Iterator[Finding]:
    for name, what in (("ack", "acknowledgement"), ("reply", "reply")):
        if name not in charter.clocks:
            yield Finding(
                severity=Severity.ERROR,
                code=f"no-{name}-clock",
                sentence=f"The charter has no {what} clock; write [clocks.{name}] with a limit, or nothing need ever be answered.",
            )
    if (rule := charter.clocks.get("ack")) and _later(
        rule, frozen, lambda calendar, day: calendar.add_days(day, EU_ACK_DAYS)
    ):
        yield _warn(
            "ack-later-than-eu", "The acknowledgement can come later than the 7 days of EU 2019/1937 Art. 9(1)(b)."
        )
    if (rule := charter.clocks.get("reply")) and _later(
        rule, frozen, lambda calendar, day: calendar.add_months(day, EU_REPLY_MONTHS)
    ):
        yield _warn(
            "reply-later-than-eu", "The reply can come later than three months, the limit of EU 2019/1937 Art. 9(1)(f)."
        )


def _later(rule: ClockRule, frozen: Frozen, limit: Callable[[Calendar, date], date]) -> bool:
    """Whether the clock, started on some day of the frozen calendar, can be due after `limit` of that day."""
    calendar = frozen.calendars[rule.calendar]
    day = calendar.first
    try:
        while True:
            allowed = limit(calendar, day)  # ends the search at the calendar's end
            if _due_after(rule, day, allowed, calendar):
                return True
            day += timedelta(days=1)
    except BeyondCalendar:
        return False


def _due_after(rule: ClockRule, day: date, allowed: date, calendar: Calendar) -> bool:
    try:
        return after(rule.span, rule.limit, day, calendar) > allowed
    except BeyondCalendar:
        return True


def _ways_out(charter: Charter, _frozen: Frozen) -> Iterator[Finding]:
    if charter.appeal is None:
        yield _warn("no-appeal", "The charter has no appeal; an author who is refused can only write again.")
    if not charter.outer_doors:
        yield _warn(
            "no-external-route", "The charter names no door outside the institution; EU 2019/1937 and SB 53 demand one."
        )
    if not charter.referrals:
        yield _warn("no-referral", "The charter does not say where matters outside its scope belong.")
    if charter.extension is None:
        yield _warn("no-extension", "The charter has no extension; a reply that needs longer can only be late.")


def _seats(charter: Charter, _frozen: Frozen) -> Iterator[Finding]:
    if not any(seat.outside for seat in charter.seats):
        yield _warn(
            "nobody-outside", "Every seat is inside the institution; name one outside, such as an ombuds or inspector."
        )
    if len([seat for seat in charter.reading_seats if seat.when is None]) < 2:
        yield _warn("few-readers", "Only one seat reads every case; if it is recused or vacant, nobody is left.")
    if not charter.oversight:
        yield _warn("no-oversight", "The charter has no oversight seat; nobody can see that the rules were kept.")


def _promises(charter: Charter, _frozen: Frozen) -> Iterator[Finding]:
    if charter.reporting is None:
        yield _warn("no-statistics", "The charter publishes no statistics; whether replies come in time stays unknown.")
    if not charter.reprisal:
        yield _warn("no-reprisal-rule", "The charter says nothing about reprisal.")
    if charter.eligibility.anonymity_floor == 0 and "anonymous_verified" in charter.identity_modes:
        yield _warn(
            "no-anonymity-floor", "Anonymous signing without an anonymity_floor exposes members of small groups."
        )
    for key in charter.unconfirmed:
        yield _warn("unconfirmed", f"The value of {key!r} could not be confirmed by a source; check it before signing.")


def ending(frozen: Frozen, *, now: int) -> list[Finding]:
    """Calendars that end within two years of `now` (POSIX seconds): time to have a new version signed.

    Apart from `lint`, because a charter gets old without being changed; whoever runs the channel asks this again and again.
    """
    found = []
    for name, calendar in frozen.calendars.items():
        try:
            calendar.add_months(calendar.local_day(now), 12 * YEARS_AHEAD)
        except BeyondCalendar:
            sentence = f"The calendar {name!r} ends on {calendar.last}; have a new version of the charter signed."
            found.append(_warn("calendar-ends", sentence))
    return found


def _keys(charter: Charter, _frozen: Frozen) -> Iterator[Finding]:
    if charter.key_waiting < 48 * 3600 and not charter.practice:
        yield _warn(
            "short-key-wait",
            "Keys are used before they have been public for 48 hours; a swapped key could go unnoticed.",
        )


def _publication(charter: Charter, _frozen: Frozen) -> Iterator[Finding]:
    if charter.practice:
        return
    if charter.tick == AT_ONCE:
        yield _warn(
            "published-at-once",
            "Entries are published the moment they are made; beside a badge reader's log their times tell who filed.",
        )
    elif charter.tick == "hour" and charter.covers.entries == 0:
        yield _warn(
            "hourly-without-covers",
            "The record is published each hour without cover entries; its size tells in which hour somebody filed.",
        )


def _unknown(_charter: Charter, frozen: Frozen) -> Iterator[Finding]:
    if frozen.refused:
        yield Finding(severity=Severity.ERROR, code="refused", sentence=frozen.refused)
    for row in frozen.unknown:
        yield _warn(
            "unknown",
            f"This version does not know {row.place!r} of the signed charter; it keeps no promise made there.",
        )


_CHECKS: Final = (_unknown, _clocks, _ways_out, _seats, _promises, _keys, _publication)
