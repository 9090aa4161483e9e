# SPDX-License-Identifier: AGPL-3.0-or-later
"""Canonical JSON (RFC 8785), in the profile that Demur signs: strings, integers below 2**53, booleans, lists, objects.

No floats and no null: the two places where implementations of RFC 8785 have differed. `load` accepts only what `dump`
would have written, so a signed text has one spelling and a flipped bit is either another value or an error.
"""

import json
import re
from collections.abc import Iterable
from typing import Any, Final, NoReturn

from demur.errors import DemurError

MAX_INTEGER = 2**53 - 1
MAX_DEPTH = 32


class CanonicalError(DemurError):
    """A value that has no canonical form, or bytes that are not one."""


def dump(value: object) -> bytes:
    """Write `value` as canonical JSON in UTF-8.

    Raises CanonicalError for floats, null, integers beyond 2**53 - 1, non-string keys and lone surrogates.
    """
    try:
        beyond = _check(value, 0)
        # Sorting by code points and by UTF-16 differ only where a key lies beyond U+FFFF; nearly none does.
        text = _KEEPING.encode(_ordered(value)) if beyond else _SORTING.encode(value)
        return text.encode("utf-8")
    except UnicodeEncodeError:
        raise CanonicalError("The text holds half a surrogate pair, which is not Unicode; save it as UTF-8.") from None


def load(data: bytes) -> Any:
    """Read canonical JSON; the inverse of `dump`.

    Raises CanonicalError unless `dump(load(data)) == data`.
    """
    try:
        text = data.decode("utf-8")
        value = _DECODER.decode(text)
        written = _SORTING.encode(value).encode() if _is_plain(text) else dump(value)
    except (ValueError, RecursionError):
        raise CanonicalError("This is not JSON; it was damaged or is another kind of file.") from None
    if written != data:
        raise CanonicalError("This JSON is not in canonical form (RFC 8785); it was changed after it was made.")
    return value


def _is_plain(text: str) -> bool:
    """Whether JSON that was decoded can hold nothing that `dump` would look for: then it need not look, which is most of its cost."""
    flat = text.count("{") + text.count("[") <= MAX_DEPTH
    return flat and text.isascii() and "null" not in text and not _LONG_NUMBER.search(text)


def load_object(data: bytes) -> dict[str, Any]:
    """Read a canonical JSON object. Raises CanonicalError for anything else."""
    value = load(data)
    if not isinstance(value, dict):
        raise CanonicalError("A JSON object was expected here; this is another kind of file.")
    return value


def _refuse(token: str) -> NoReturn:
    raise CanonicalError(f"The number {token[:20]} is not allowed here; only whole numbers are.")


# Made once: every signed text passes here, some of them several times.
_SORTING: Final = json.JSONEncoder(
    ensure_ascii=False, check_circular=False, allow_nan=False, sort_keys=True, separators=(",", ":")
)
_KEEPING: Final = json.JSONEncoder(ensure_ascii=False, check_circular=False, allow_nan=False, separators=(",", ":"))
_LONG_NUMBER: Final = re.compile(r"[0-9]{16}")  # 2**53 has sixteen digits
_DECODER: Final = json.JSONDecoder(parse_float=_refuse, parse_constant=_refuse)


def _check(value: object, depth: int) -> bool:
    """Whether a key in `value` lies beyond U+FFFF; raises CanonicalError for what has no canonical form."""
    if depth > MAX_DEPTH:
        raise CanonicalError("The JSON is nested too deeply; 32 levels are the limit.")
    if isinstance(value, str | bool):
        return False
    if isinstance(value, int):
        return _check_number(value)
    beyond, values = _inside(value)
    for item in values:
        # Nearly every item is text or a number, and needs no look of its own except for its depth.
        kind = type(item)
        if kind is int and depth < MAX_DEPTH:
            _check_number(item)
        elif (kind is not str or depth == MAX_DEPTH) and _check(item, depth + 1):
            beyond = True
    return beyond


def _inside(value: object) -> tuple[bool, Iterable[Any]]:
    """Whether a key of an object lies beyond U+FFFF, and what an object or a list holds."""
    if isinstance(value, dict):
        return _check_keys(value), value.values()
    if isinstance(value, list | tuple):
        return False, value
    raise CanonicalError(f"A {type(value).__name__} has no canonical JSON form; use text, whole numbers or booleans.")


def _check_number(number: int) -> bool:
    if not -MAX_INTEGER <= number <= MAX_INTEGER:
        raise CanonicalError("A number is beyond 2**53 - 1, which browsers cannot hold.")
    return False


def _check_keys(keys: Iterable[str]) -> bool:
    try:
        every = "".join(keys)
    except TypeError:
        raise CanonicalError("A JSON object may only have text as keys.") from None
    return not every.isascii() and max(every) > "\uffff"


def _ordered(value: object) -> object:
    """The same with its keys in order: RFC 8785 section 3.2.3 sorts by UTF-16 code units, not by code points."""
    if isinstance(value, list | tuple):
        return [_ordered(item) for item in value]
    if isinstance(value, dict):
        return {key: _ordered(value[key]) for key in sorted(value, key=_utf16)}
    return value


def _utf16(key: str) -> bytes:
    return key.encode("utf-16-be", "surrogatepass")
