# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whether the parts of a charter fit each other: ids, units, conditions, and the few values that are refused outright.

A name that leads nowhere is never harmless here: a misspelt answer in a condition would drop a reader, and a clock whose start never
happens would owe nothing to anybody. So each is refused at load, with the line that is to blame.
"""

import dataclasses
import difflib
import re
from collections.abc import Iterable
from datetime import date
from typing import Final

from demur.charter.model import FORMATS, KEPT_CLOCKS, NAMES_IN_FILE, STARTS, Charter, ClockRule
from demur.charter.shaping import Path, Source
from demur.clock.calendar import Calendar
from demur.clock.deadlines import Unit
from demur.clock.errors import ClockError

TICKS: Final = ("0", "hour", "day")
SNAPSHOTS: Final = ("", "at_signing", "at_filing")
MODES: Final = ("named", "custodian_only", "anonymous_verified")
FLOOR_OF_LIMITS: Final = 65_536
MOST_COVERS: Final = 1000
# Starts that happen without anybody's goodwill: a reply that waits for the acknowledgement alone is never due if nobody acknowledges.
SURE_STARTS: Final = {"ack": {"received"}, "reply": {"received", "ack.limit"}}
_ID: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


def check(charter: Charter, source: Source) -> None:
    """Raises LoadError at the first part that does not fit."""
    for part in _CHECKS:
        part(charter, source)


def _one_of(value: str, known: Iterable[str], path: Path, source: Source, what: str) -> None:
    names = list(known)
    if value not in names:
        near = difflib.get_close_matches(value, names, n=1)
        listed = ", ".join(repr(part) for part in names)
        source.fail(
            path, f"There is no {what} {value!r}; {f'did you mean {near[0]!r}?' if near else f'use one of {listed}.'}"
        )


def _format(charter: Charter, source: Source) -> None:
    if charter.format not in FORMATS:
        known = ", ".join(map(str, sorted(FORMATS)))
        source.fail(
            ("format",),
            f"This version does not know format {charter.format} of a charter; update Demur, or write format = {known}.",
        )


def _ids(charter: Charter, source: Source) -> None:
    named: list[tuple[Path, str]] = [(("id",), charter.id)]
    named += [(("seat", n, "id"), seat.id) for n, seat in enumerate(charter.seats)]
    named += [(("fact", n, "id"), fact.id) for n, fact in enumerate(charter.facts)]
    named += [(("calendars", name), name) for name in charter.calendars]
    named += [(("clocks", name), name) for name in charter.clocks]
    seen: set[tuple[object, str]] = set()
    for path, value in named:
        if not _ID.fullmatch(value):
            source.fail(path, f"The id {value!r} cannot be used; write lower-case letters, digits, dashes, at most 64.")
        if (path[0], value) in seen:
            source.fail(path, f"The id {value!r} stands twice; rename one.")
        seen.add((path[0], value))


def _seats(charter: Charter, source: Source) -> None:
    reading = [seat.id for seat in charter.reading_seats]
    _one_of(charter.custodian, reading, ("custodian",), source, "seat that reads")
    for name in charter.reply_seats:
        _one_of(name, reading, ("reply_seats",), source, "seat that reads")
    if charter.oversight:
        silent = [seat.id for seat in charter.seats if not seat.reads]
        _one_of(charter.oversight, silent, ("oversight",), source, "seat with reads = false")
    if len(reading) < 2:
        source.fail(("seat",), "A channel needs at least two seats that read; write another [[seat]].")
    for n in range(len(charter.seats)):
        _condition(charter, n, source)


def _condition(charter: Charter, n: int, source: Source) -> None:
    seat, path = charter.seats[n], ("seat", n, "when")
    if seat.when is None:
        return
    facts = {fact.id: fact for fact in charter.facts}
    _one_of(seat.when.fact, facts, (*path, "fact"), source, "fact")
    if bool(seat.when.is_one_of) == bool(seat.when.is_none_of):
        source.fail(path, "A condition needs is_one_of or is_none_of, and not both; mend it.")
    choices = facts[seat.when.fact].choices
    for answer in (*seat.when.is_one_of, *seat.when.is_none_of):
        if choices:
            _one_of(answer, choices, path, source, "answer among the choices")
    if seat.id == charter.custodian:
        source.fail(path, "The custodian reads every case; remove the condition, or name another custodian.")


def _facts(charter: Charter, source: Source) -> None:
    for n, fact in enumerate(charter.facts):
        if fact.choices and fact.default:
            _one_of(fact.default, fact.choices, ("fact", n, "default"), source, "choice")


def _calendars(charter: Charter, source: Source) -> None:
    if not charter.calendars:
        source.fail(("calendars",), "A charter needs a calendar; write [calendars.office] with a timezone.")
    for name, rule in charter.calendars.items():
        path = ("calendars", name)
        for day in rule.closures:
            try:
                same = date.fromisoformat(day).isoformat() == day
            except ValueError:
                same = False
            if not same:
                source.fail((*path, "closures"), f"The closure {day!r} is not a date; write year-month-day.")
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
    for name in sorted(KEPT_CLOCKS & set(charter.clocks)):
        _kept_clock(charter, name, source)


def _clock_form(rule: ClockRule, path: Path, source: Source) -> None:
    forms = [bool(rule.limit), bool(rule.every), bool(rule.before)]
    if sum(forms) != 1:
        source.fail(path, "A clock has either limit, or every, or before; write exactly one.")
    if rule.before:
        _one_of(rule.before, ["decision"], (*path, "before"), source, "thing to be before")
        return
    _unit(rule.unit, (*path, "unit"), source)
    try:
        rule.span  # noqa: B018 -- asked for its error
    except ClockError as error:
        source.fail(path, str(error))


def _unit(unit: str, path: Path, source: Source) -> None:
    if unit not in list(Unit):
        listed = ", ".join(f'"{known}"' for known in Unit)
        source.fail(path, f"There is no unit {unit!r}; write one of {listed}.")


def _kept_clock(charter: Charter, name: str, source: Source) -> None:
    rule, path = charter.clocks[name], ("clocks", name)
    if not rule.limit:
        source.fail(path, f"The clock {name!r} must have a limit; write limit and unit.")
    sure = SURE_STARTS[name] - (set() if "ack" in charter.clocks else {"ack.limit"})
    if not sure & set(rule.starts):
        listed = " or ".join(f'"{start}"' for start in sorted(sure))
        source.fail((*path, "starts"), f"The clock {name!r} might never start; let its starts hold {listed}.")


def _extension(charter: Charter, source: Source) -> None:
    extension = charter.extension
    if extension is None:
        return
    limited = [name for name, rule in charter.clocks.items() if rule.limit]
    _one_of(extension.clock, limited, ("extension", "clock"), source, "clock with a limit")
    _one_of(extension.by, [s.id for s in charter.reading_seats], ("extension", "by"), source, "seat that reads")
    for name in extension.notify:
        _one_of(
            name, ["author", *(seat.id for seat in charter.seats)], ("extension", "notify"), source, "party to notify"
        )
    if extension.longest < 1:
        source.fail(
            ("extension", "longest"), "An extension needs a longest length of at least 1, in the clock's units."
        )


def _appeal(charter: Charter, source: Source) -> None:
    appeal = charter.appeal
    if appeal is None:
        return
    _one_of(appeal.to, [seat.id for seat in charter.seats], ("appeal", "to"), source, "seat")
    for n, unit, key in (
        (appeal.file_within, appeal.file_unit, "file_unit"),
        (appeal.decide, appeal.decide_unit, "decide_unit"),
    ):
        if n or unit:
            _unit(unit, ("appeal", key), source)


def _values(charter: Charter, source: Source) -> None:
    _one_of(charter.tick, TICKS, ("tick",), source, "tick")
    _one_of(charter.eligibility.snapshot, SNAPSHOTS, ("eligibility", "snapshot"), source, "snapshot")
    for mode in charter.identity_modes:
        _one_of(mode, MODES, ("identity_modes",), source, "identity mode")
    if charter.markings is not None:
        _one_of(charter.markings.ceiling, charter.markings.levels, ("markings", "ceiling"), source, "level")
    keys = [NAMES_IN_FILE.get(field.name, field.name) for field in dataclasses.fields(charter)]
    for key in charter.unconfirmed:
        _one_of(key.split(".")[0], keys, ("unconfirmed",), source, "key")


def _practice(charter: Charter, source: Source) -> None:
    if charter.key_wait_hours == 0 and not charter.practice:
        source.fail(
            ("key_wait_hours",), "A waiting time of zero for keys is allowed only where practice = true; write 48."
        )
    if not charter.oversight and not charter.practice:
        source.fail(("oversight",), "A real channel needs an oversight seat; name a [[seat]] with reads = false.")


def _covers(charter: Charter, source: Source) -> None:
    if not (0 <= charter.covers.entries <= MOST_COVERS and 0 <= charter.covers.items <= MOST_COVERS):
        source.fail(("covers",), f"Covers are counts from 0 to {MOST_COVERS} for each tick; lower them.")


def _limits(charter: Charter, source: Source) -> None:
    limits = charter.limits
    if limits.request_bytes < FLOOR_OF_LIMITS * 4:
        source.fail(
            ("limits", "request_bytes"),
            f"A filing needs at least {FLOOR_OF_LIMITS * 4} bytes when sealed; raise request_bytes.",
        )
    if limits.text_bytes < 1 or 2 * limits.text_bytes + FLOOR_OF_LIMITS > limits.request_bytes:
        source.fail(
            ("limits", "text_bytes"), "A text of text_bytes does not fit into request_bytes once sealed; mend them."
        )


_CHECKS: Final = (
    _format,
    _ids,
    _seats,
    _facts,
    _calendars,
    _clocks,
    _extension,
    _appeal,
    _values,
    _practice,
    _covers,
    _limits,
)
