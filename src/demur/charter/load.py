# SPDX-License-Identifier: AGPL-3.0-or-later
"""Loading a charter file. Strict: what is not understood is refused with file, line and remedy, never passed over.

A misspelt key that is silently ignored would be a promise silently broken.
"""

import re
import tomllib
from collections.abc import Iterable
from datetime import date
from typing import Final

from demur.charter.errors import LoadError
from demur.charter.model import STARTS, Charter, ClockRule
from demur.charter.shaping import Path, Source, build
from demur.clock.calendar import Calendar
from demur.clock.deadlines import Unit
from demur.clock.errors import ClockError

# Keys that read better in the file than as a field's name: rows are written [[seat]], not [[seats]].
NAMES: Final = {
    "seats": "seat",
    "facts": "fact",
    "referrals": "referral",
    "outer_doors": "outer_door",
}
_ID: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
TICKS: Final = ("0", "hour", "day")
SNAPSHOTS: Final = ("", "at_signing", "at_filing")
FLOOR_OF_LIMITS: Final = 65_536


def load(text: str, *, name: str) -> Charter:
    """Read a charter; `name` is what errors call the file. Raises LoadError."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"at line (\d+)", str(error))
        line = int(place[1]) if place else 0
        raise LoadError(f"This is not valid TOML ({error}); mend that line.", file=name, line=line) from None
    source = Source(text, name)
    charter = build(Charter, table, (), source, NAMES)
    for check in (_ids, _seats, _facts, _calendars, _clocks, _extension, _practice, _limits):
        check(charter, source)
    return charter


def _one_of(value: str, known: Iterable[str], path: Path, source: Source, what: str) -> None:
    if value not in known:
        listed = ", ".join(repr(part) for part in known)
        source.fail(path, f"There is no {what} {value!r}; use one of {listed}.")


def _ids(charter: Charter, source: Source) -> None:
    named = [(("id",), charter.id), *((("seat", n, "id"), seat.id) for n, seat in enumerate(charter.seats))]
    named += [(("fact", n, "id"), fact.id) for n, fact in enumerate(charter.facts)]
    seen: set[tuple[object, str]] = set()
    for path, value in named:
        if not _ID.fullmatch(value):
            source.fail(path, f"The id {value!r} cannot be used; write lower-case letters, digits, dashes, at most 64.")
        if (path[0], value) in seen:
            source.fail(path, f"The id {value!r} stands twice; rename one.")
        seen.add((path[0], value))


def _seats(charter: Charter, source: Source) -> None:
    reading = [seat.id for seat in charter.reading_seats]
    facts = [fact.id for fact in charter.facts]
    _one_of(charter.custodian, reading, ("custodian",), source, "seat that reads")
    for name in charter.reply_seats:
        _one_of(name, reading, ("reply_seats",), source, "seat that reads")
    if charter.oversight:
        silent = [seat.id for seat in charter.seats if not seat.reads]
        _one_of(charter.oversight, silent, ("oversight",), source, "seat with reads = false")
    if len(reading) < 2:
        source.fail(("seat",), "A channel needs at least two seats that read; write another [[seat]].")
    for n, seat in enumerate(charter.seats):
        if seat.when is not None:
            _one_of(seat.when.fact, facts, ("seat", n, "when", "fact"), source, "fact")
            _condition(charter, n, source)


def _condition(charter: Charter, n: int, source: Source) -> None:
    seat = charter.seats[n]
    if seat.when is not None and bool(seat.when.is_one_of) == bool(seat.when.is_none_of):
        source.fail(("seat", n, "when"), "A condition needs is_one_of or is_none_of, and not both; mend it.")
    if seat.id == charter.custodian:
        source.fail(
            ("seat", n, "when"), "The custodian reads every case; remove the condition, or name another custodian."
        )


def _facts(charter: Charter, source: Source) -> None:
    for n, fact in enumerate(charter.facts):
        if fact.choices and fact.default:
            _one_of(fact.default, fact.choices, ("fact", n, "default"), source, "choice")


def _calendars(charter: Charter, source: Source) -> None:
    for name, rule in charter.calendars.items():
        path = ("calendars", name)
        for n, day in enumerate(rule.closures):
            try:
                date.fromisoformat(day)
            except ValueError:
                source.fail((*path, "closures", n), f"The closure {day!r} is not a date; write year-month-day.")
        try:
            today = date(2000, 1, 1)
            Calendar(id=name, timezone=rule.timezone, weekend=rule.weekend, closed=frozenset(), first=today, last=today)
        except ClockError as error:
            source.fail(path, str(error))


def _clocks(charter: Charter, source: Source) -> None:
    for name, rule in charter.clocks.items():
        path = ("clocks", name)
        _one_of(rule.calendar, charter.calendars, (*path, "calendar"), source, "calendar")
        _one_of(rule.owner, [seat.id for seat in charter.seats], (*path, "owner"), source, "seat")
        for start in rule.starts:
            _one_of(start, sorted(STARTS), (*path, "starts"), source, "start of a clock")
        _clock_form(rule, path, source)
    for needed in ("ack", "reply"):
        rule_needed = charter.clocks.get(needed)
        if rule_needed is not None and (rule_needed.every or rule_needed.before):
            source.fail(("clocks", needed), f"The clock {needed!r} must have a limit; write limit and unit.")


def _clock_form(rule: ClockRule, path: Path, source: Source) -> None:
    forms = [bool(rule.limit), bool(rule.every), bool(rule.before)]
    if sum(forms) != 1:
        source.fail(path, "A clock has either limit, or every, or before; write exactly one.")
    if rule.before:
        _one_of(rule.before, ["decision"], (*path, "before"), source, "thing to be before")
        return
    if rule.unit not in list(Unit):
        listed = ", ".join(f'"{unit}"' for unit in Unit)
        source.fail((*path, "unit"), f"There is no unit {rule.unit!r}; write one of {listed}.")
    try:
        rule.span  # noqa: B018 -- asked for its error
    except ClockError as error:
        source.fail(path, str(error))


def _extension(charter: Charter, source: Source) -> None:
    if charter.extension is None:
        return
    _one_of(charter.extension.clock, charter.clocks, ("extension", "clock"), source, "clock")
    _one_of(charter.extension.by, [s.id for s in charter.reading_seats], ("extension", "by"), source, "seat that reads")
    if charter.extension.longest < 1:
        source.fail(
            ("extension", "longest"), "An extension needs a longest length of at least 1, in the clock's units."
        )


def _practice(charter: Charter, source: Source) -> None:
    _one_of(charter.tick, TICKS, ("tick",), source, "tick")
    _one_of(charter.eligibility.snapshot, SNAPSHOTS, ("eligibility", "snapshot"), source, "snapshot")
    if charter.key_wait_hours == 0 and not charter.practice:
        source.fail(
            ("key_wait_hours",), "A waiting time of zero for keys is allowed only where practice = true; write 48."
        )
    if not charter.oversight and not charter.practice:
        source.fail(("oversight",), "A real channel needs an oversight seat; name a [[seat]] with reads = false.")


def _limits(charter: Charter, source: Source) -> None:
    limits = charter.limits
    if limits.request_bytes < FLOOR_OF_LIMITS * 4:
        source.fail(
            ("limits", "request_bytes"),
            f"A filing needs at least {FLOOR_OF_LIMITS * 4} bytes when sealed; raise request_bytes.",
        )
    if limits.text_bytes < 1 or limits.text_bytes + limits.file_bytes > limits.request_bytes:
        source.fail(
            ("limits", "text_bytes"), "text_bytes and file_bytes together must fit into request_bytes; mend them."
        )
