# SPDX-License-Identifier: AGPL-3.0-or-later
"""Reading a charter that officers have signed. Lenient, where `load` is strict: what was signed is never refused for what this version does
not know of it (`spec/compatibility.md`). Pure; the browser mirrors it in `assets/lib/charter/{reading,model}.js`.

A key that is not known is passed over and named. A value of the wrong kind counts as missing and is named. What is missing and is needed
to act is a *fault*: the charter can be read, and nothing can be filed under it. A check that is added to `checking` is no check here.
"""

import dataclasses
import json
import re
import tomllib
import types
import typing
from collections.abc import Mapping, Set
from typing import Any, Final, cast, get_args, get_origin, get_type_hints

from demur.charter.checking import MODES, SURE_STARTS, TICKS
from demur.charter.errors import LoadError
from demur.charter.model import KEPT_CLOCKS, NAMES_IN_FILE, STARTS, Charter, ClockRule, Seat
from demur.charter.shaping import CONTROL, MAX_NUMBER
from demur.clock.deadlines import Unit

# Keys of the file that say who reads, who acts, what is taken and when it counts: of these a value that cannot be read is a fault.
NEEDED: Final = frozenset(
    {
        "id", "practice", "custodian", "oversight", "reply_seats", "key_wait_hours", "server_sealing", "seat", "fact",
        "limits", "extension",
    }
)  # fmt: skip
_SHOWN: Final = 120  # letters of a value that is not known
_NOTHING: Final = object()
_NEUTRAL: Final[Mapping[type, Any]] = {str: "", int: 0, bool: False}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Unknown:
    """A part of a signed charter that this version does not know: its dotted place in the file, rows counted from 0, and its value."""

    place: str
    value: str = ""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Reading:
    """A charter as far as this version understands it. `faults` name the parts that are needed to act and cannot be read."""

    charter: Charter
    unknown: tuple[Unknown, ...]
    faults: frozenset[str]


def read_signed(text: str, *, name: str, calendars: Set[str]) -> Reading:
    """Read the text of a signed charter; `calendars` are those that its statement holds. Raises LoadError where it is no TOML at all."""
    table = _table(text, name)
    notes = _Notes()
    charter = _build(Charter, table, "", notes)
    if notes.holds("format"):
        charter = dataclasses.replace(charter, format=0)  # not the one that a missing key stands for
    charter = _without_what_misleads(charter, calendars, notes)
    faults = notes.faults | _faults(charter, calendars)
    return Reading(charter=charter, unknown=notes.rows, faults=frozenset(faults))


class _Notes:
    """What was passed over, by place; the faults that follow from it."""

    def __init__(self) -> None:
        self._rows: dict[str, str] = {}
        self.faults: set[str] = set()

    def add(self, place: str, value: object = _NOTHING) -> None:
        self._rows.setdefault(place, "" if value is _NOTHING else shown(value))

    def wrong(self, place: str, value: object = _NOTHING) -> None:
        """A known key with a value that cannot be read, or without one that it must have."""
        self.add(place, value)
        first, *more = place.split(".")
        if first in NEEDED:
            self.faults.add(first)
        if first == "clocks" and (not more or more[0] in KEPT_CLOCKS):
            self.faults.add("clocks")

    def holds(self, place: str) -> bool:
        """Whether this place was noted."""
        return place in self._rows

    @property
    def rows(self) -> tuple[Unknown, ...]:
        return tuple(Unknown(place=place, value=self._rows[place]) for place in sorted(self._rows))


def shown(value: object) -> str:
    """A value of a file in one line, for people."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    text = re.sub(r"[\x00-\x1f\x7f-\x9f]", "\ufffd", text)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _table(text: str, name: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        raise LoadError("The signed charter is no TOML; ask the officers for it again.", file=name, line=0) from None


# --- shapes


def _build(cls: Any, table: Mapping[str, Any], place: str, notes: _Notes) -> Any:
    hints = get_type_hints(cls)
    fields = {NAMES_IN_FILE.get(field.name, field.name): field for field in dataclasses.fields(cls)}
    for key in table:
        if key not in fields:
            notes.add(f"{place}{key}", table[key])
    values = {}
    for key, spec in fields.items():
        found = _value(hints[spec.name], table[key], f"{place}{key}", notes) if key in table else _NOTHING
        if found is _NOTHING and key not in table and _is_required(spec):
            notes.wrong(f"{place}{key}")
        values[spec.name] = _otherwise(spec, hints[spec.name]) if found is _NOTHING else found
    return cls(**values)


def _is_required(spec: "dataclasses.Field[Any]") -> bool:
    return spec.default is dataclasses.MISSING and spec.default_factory is dataclasses.MISSING


def _otherwise(spec: "dataclasses.Field[Any]", kind: Any) -> Any:
    """What stands for a part that is missing or cannot be read."""
    if spec.default is not dataclasses.MISSING:
        return spec.default
    return spec.default_factory() if spec.default_factory is not dataclasses.MISSING else _neutral(kind)


def _neutral(kind: Any) -> Any:
    if dataclasses.is_dataclass(kind):
        hints = get_type_hints(kind)
        return cast("Any", kind)(**{f.name: _otherwise(f, hints[f.name]) for f in dataclasses.fields(kind)})
    origin = get_origin(kind)
    return origin() if origin in (tuple, dict) else _NEUTRAL[kind]


def _value(kind: Any, value: Any, place: str, notes: _Notes) -> Any:
    """The value as `kind`; _NOTHING, noted, where it is none."""
    if get_origin(kind) in (types.UnionType, typing.Union):
        kind = next(part for part in get_args(kind) if part is not type(None))
    if get_origin(kind) in (tuple, dict) or dataclasses.is_dataclass(kind):
        return _inner(kind, value, place, notes)
    if type(value) is kind and (kind is not int or 0 <= value <= MAX_NUMBER):
        return _plain(value, place, notes)
    notes.wrong(place, value)
    return _NOTHING


def _inner(kind: Any, value: Any, place: str, notes: _Notes) -> Any:
    """A table, a list or named tables."""
    if dataclasses.is_dataclass(kind) and isinstance(value, dict):
        return _build(kind, value, f"{place}.", notes)
    if get_origin(kind) is tuple and isinstance(value, list):
        return _rows(get_args(kind)[0], value, place, notes)
    if get_origin(kind) is dict and isinstance(value, dict):
        rows = {key: _value(get_args(kind)[1], row, f"{place}.{key}", notes) for key, row in value.items()}
        return {key: row for key, row in rows.items() if row is not _NOTHING}
    notes.wrong(place, value)
    return _NOTHING


def _rows(kind: Any, value: list[Any], place: str, notes: _Notes) -> Any:
    if kind is str:
        if all(isinstance(row, str) for row in value):
            return tuple(_plain(row, place, notes) for row in value)
        notes.wrong(place, value)
        return _NOTHING
    rows = [_value(kind, row, f"{place}.{n}", notes) for n, row in enumerate(value)]
    return tuple(row for row in rows if row is not _NOTHING)


def _plain(value: Any, place: str, notes: _Notes) -> Any:
    if isinstance(value, str) and CONTROL.search(value):
        notes.add(place, value)  # it could repaint a terminal, so it is shown as what it is
        return CONTROL.sub("\ufffd", value)
    return value


# --- what the parts mean together


def _without_what_misleads(charter: Charter, calendars: Set[str], notes: _Notes) -> Charter:
    """The charter without values that this version cannot follow, each noted: what is left is what it keeps."""
    clocks = {name: _clock(name, rule, calendars, notes) for name, rule in charter.clocks.items()}
    kept = {name: rule for name, rule in clocks.items() if rule is not None}
    tick, extension = charter.tick, charter.extension
    if tick not in TICKS:
        notes.add("tick", tick)
        tick = "day"
    for mode in charter.identity_modes:
        if mode not in MODES:
            notes.add("identity_modes", list(charter.identity_modes))
    if extension is not None and (extension.clock not in kept or not kept[extension.clock].limit):
        notes.wrong("extension.clock", extension.clock)
        extension = None
    return dataclasses.replace(charter, clocks=kept, tick=tick, extension=extension)


def _clock(name: str, rule: ClockRule, calendars: Set[str], notes: _Notes) -> ClockRule | None:
    """The clock without starts that are not known; None where it cannot be counted out."""
    place = f"clocks.{name}"
    known = tuple(start for start in rule.starts if start in STARTS)
    if known != rule.starts:
        notes.add(f"{place}.starts", list(rule.starts))
    counted = rule.limit or rule.every
    broken = bool(counted) and (rule.unit not in list(Unit) or rule.target > counted)
    if broken or rule.calendar not in calendars or (name in KEPT_CLOCKS and not rule.limit):
        notes.wrong(place)
        return None
    return dataclasses.replace(rule, starts=known)


def _faults(charter: Charter, calendars: Set[str]) -> set[str]:
    ids = [seat.id for seat in charter.seats]
    facts = {fact.id for fact in charter.facts}
    found = {
        "seat": len(set(ids)) != len(ids) or not all(_clear(seat, facts) for seat in charter.seats),
        "custodian": not any(seat.id == charter.custodian and seat.when is None for seat in charter.reading_seats),
        "calendars": not calendars,
        "clocks": not all(_starts_surely(charter, name) for name in KEPT_CLOCKS & set(charter.clocks)),
    }
    return {name for name, is_fault in found.items() if is_fault}


def _starts_surely(charter: Charter, name: str) -> bool:
    """Whether a clock starts without anybody's goodwill."""
    sure = SURE_STARTS[name] - (set() if "ack" in charter.clocks else {"ack.limit"})
    return bool(sure & set(charter.clocks[name].starts))


def _clear(seat: Seat, facts: Set[str]) -> bool:
    """Whether it is clear for whom the seat reads."""
    when = seat.when
    return when is None or (when.fact in facts and bool(when.is_one_of) != bool(when.is_none_of))
