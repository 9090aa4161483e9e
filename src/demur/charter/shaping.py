# SPDX-License-Identifier: AGPL-3.0-or-later
"""From TOML tables to dataclasses, strictly: unknown key, missing key, wrong kind each a sentence with file, line and remedy."""

import dataclasses
import difflib
import re
import types
import typing
from collections.abc import Mapping
from typing import Any, NoReturn, TypeVar, cast, get_args, get_origin, get_type_hints

from demur.charter.errors import LoadError

T = TypeVar("T")
Path = tuple[str | int, ...]

_KINDS: Mapping[type, str] = {str: "text in quotes", int: "a whole number", bool: "true or false"}
_PART = r"(?:[A-Za-z0-9_-]+|\"[^\"]*\"|'[^']*')"
_DOTTED = rf"{_PART}(?:\s*\.\s*{_PART})*"
_HEADER = re.compile(rf"\s*(\[\[?)\s*({_DOTTED})\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(rf"\s*({_DOTTED})\s*=")
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")  # all but the line feed
MAX_NUMBER = 2**53 - 1  # what the API can tell in JSON


class Source:
    """A charter file's text, for finding the line of a key: tomllib gives values only."""

    def __init__(self, text: str, name: str) -> None:
        """`name` is what errors call the file."""
        self.name = name
        self.lines = _lines_of_keys(text)

    def fail(self, path: Path, sentence: str) -> NoReturn:
        """Raise LoadError at the line of `path`, or of the nearest table that holds it."""
        at = path
        while at and at not in self.lines:
            at = at[:-1]
        raise LoadError(sentence, file=self.name, line=self.lines.get(at, 0))


def _lines_of_keys(text: str) -> dict[Path, int]:
    lines: dict[Path, int] = {(): 1}
    counts: dict[Path, int] = {}
    table: Path = ()
    quote = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if quote:
            quote = "" if line.count(quote) % 2 else quote
            continue
        if header := _HEADER.match(line):
            table = _table(header[1], _parts(header[2]), counts)
            for end in range(1, len(table) + 1):  # [[seat]] gives the line of "seat" too, and [clocks.ack] of "clocks"
                lines.setdefault(table[:end], number)
        elif key := _KEY.match(line):
            lines.setdefault((*table, *_parts(key[1])), number)
        quote = next((mark for mark in ('"""', "'''") if line.count(mark) % 2), "")
    return lines


def _parts(text: str) -> Path:
    return tuple(part[1:-1] if part[0] in "\"'" else part for part in re.findall(_PART, text))


def _table(brackets: str, name: Path, counts: dict[Path, int]) -> Path:
    path: Path = ()
    for n, part in enumerate(name, start=1):
        path = (*path, part)
        if brackets == "[[" and n == len(name):
            counts[path] = counts.get(path, -1) + 1
        if path in counts:  # [a.b] after [[a]] belongs to the last row of a
            path = (*path, counts[path])
    return path


def build(cls: type[T], table: Any, path: Path, source: Source, names: Mapping[str, str]) -> T:
    """An instance of the dataclass `cls`; `names` maps a field to its key in the file where they differ. Raises LoadError."""
    if not isinstance(table, dict):
        source.fail(path, f"This must be a table; write it under a line [{path[-1] if path else ''}].")
    hints = get_type_hints(cls)
    fields = {names.get(f.name, f.name): f for f in dataclasses.fields(cast(Any, cls))}
    for key in table:
        if key not in fields:
            source.fail((*path, key), f"There is no key {key!r} here; {_meant(key, list(fields))}.")
    values = {}
    for key, spec in fields.items():
        if key in table:
            values[spec.name] = _value(hints[spec.name], table[key], (*path, key), source, names)
        elif spec.default is dataclasses.MISSING and spec.default_factory is dataclasses.MISSING:
            source.fail(path, f"The key {key!r} is missing{_within(path)}; write it.")
    return cls(**values)


def _within(path: Path) -> str:
    return f" from {'.'.join(str(part) for part in path)}" if path else ""


def _meant(key: str, known: list[str]) -> str:
    near = difflib.get_close_matches(key, known, n=1)
    return f"did you mean {near[0]!r}?" if near else f"it may have {', '.join(sorted(known))}"


def _value(kind: Any, value: Any, path: Path, source: Source, names: Mapping[str, str]) -> Any:
    if get_origin(kind) in (types.UnionType, typing.Union):
        kind = next(part for part in get_args(kind) if part is not type(None))
    if dataclasses.is_dataclass(kind):
        return build(cast("type[Any]", kind), value, path, source, names)
    if get_origin(kind) is tuple:
        return _rows(get_args(kind)[0], value, path, source, names)
    if get_origin(kind) is dict:
        return _tables(get_args(kind)[1], value, path, source, names)
    return _plain(kind, value, path, source)


def _plain(kind: type[Any], value: Any, path: Path, source: Source) -> Any:
    key = next(part for part in reversed(path) if isinstance(part, str))
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        source.fail(path, f"The key {key!r} must be {_KINDS[kind]}{_each(path)}; mend it.")
    if isinstance(value, int) and not 0 <= value <= MAX_NUMBER:
        source.fail(path, f"The key {key!r} must not be negative, nor above {MAX_NUMBER}; mend it.")
    if isinstance(value, str) and CONTROL.search(value):
        # An escape sequence in a title could repaint the terminal of whoever reads the charter there.
        source.fail(path, f"The key {key!r} holds a control character; write plain text.")
    return value


def _each(path: Path) -> str:
    return " in each place of its list" if isinstance(path[-1], int) else ""


def _rows(kind: Any, value: Any, path: Path, source: Source, names: Mapping[str, str]) -> tuple[Any, ...]:
    if not isinstance(value, list):
        how = f"rows under lines [[{path[-1]}]]" if dataclasses.is_dataclass(kind) else 'a list such as ["a", "b"]'
        source.fail(path, f"The key {path[-1]!r} must be {how}; mend it.")
    return tuple(_value(kind, row, (*path, n), source, names) for n, row in enumerate(value))


def _tables(kind: Any, value: Any, path: Path, source: Source, names: Mapping[str, str]) -> dict[str, Any]:
    if not isinstance(value, dict):
        source.fail(path, f"The key {path[-1]!r} must be tables such as [{path[-1]}.name]; mend it.")
    return {key: _value(kind, row, (*path, key), source, names) for key, row in value.items()}
