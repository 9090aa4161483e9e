# SPDX-License-Identifier: AGPL-3.0-or-later
"""Canonical JSON (RFC 8785), in the profile that Demur signs: strings, integers below 2**53, booleans, lists, objects.

No floats and no null: the two places where implementations of RFC 8785 have differed. `load` accepts only what `dump`
would have written, so a signed text has one spelling and a flipped bit is either another value or an error.
"""

import json
from typing import Any, NoReturn

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
        text = json.dumps(_ordered(value, 0), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        return text.encode("utf-8")
    except UnicodeEncodeError:
        raise CanonicalError("The text holds half a surrogate pair, which is not Unicode; save it as UTF-8.") from None


def load(data: bytes) -> Any:
    """Read canonical JSON; the inverse of `dump`.

    Raises CanonicalError unless `dump(load(data)) == data`.
    """
    try:
        value = json.loads(data.decode("utf-8"), parse_float=_refuse, parse_constant=_refuse)
        written = dump(value)
    except (ValueError, RecursionError):
        raise CanonicalError("This is not JSON; it was damaged or is another kind of file.") from None
    if written != data:
        raise CanonicalError("This JSON is not in canonical form (RFC 8785); it was changed after it was made.")
    return value


def load_object(data: bytes) -> dict[str, Any]:
    """Read a canonical JSON object. Raises CanonicalError for anything else."""
    value = load(data)
    if not isinstance(value, dict):
        raise CanonicalError("A JSON object was expected here; this is another kind of file.")
    return value


def _refuse(token: str) -> NoReturn:
    raise CanonicalError(f"The number {token[:20]} is not allowed here; only whole numbers are.")


def _ordered(value: object, depth: int) -> object:
    if depth > MAX_DEPTH:
        raise CanonicalError("The JSON is nested too deeply; 32 levels are the limit.")
    if isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return _checked(value)
    if isinstance(value, list | tuple):
        return [_ordered(item, depth + 1) for item in value]
    if isinstance(value, dict):
        return {key: _ordered(value[key], depth + 1) for key in _sorted_keys(value)}
    raise CanonicalError(f"A {type(value).__name__} has no canonical JSON form; use text, whole numbers or booleans.")


def _checked(number: int) -> int:
    if abs(number) > MAX_INTEGER:
        raise CanonicalError("A number is beyond 2**53 - 1, which browsers cannot hold.")
    return number


def _sorted_keys(value: dict[Any, Any]) -> list[str]:
    for key in value:
        if not isinstance(key, str):
            raise CanonicalError("A JSON object may only have text as keys.")
    # ASCII sorts the same either way, and nearly every key is.
    return sorted(value) if all(map(str.isascii, value)) else sorted(value, key=_utf16)


def _utf16(key: str) -> bytes:
    # RFC 8785 section 3.2.3 sorts by UTF-16 code units, not by code points: they differ beyond U+FFFF.
    return key.encode("utf-16-be", "surrogatepass")
