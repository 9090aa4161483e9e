# SPDX-License-Identifier: AGPL-3.0-or-later
"""Types and sizes of documents, as data. Grammar: `spec/documents.md`; the data: `spec/documents.json`, which the browser loads too.

A document that a stranger wrote is held against its shape before anything of it is used, so that whatever it holds is a told fault
and never an exception of the language. One file for both languages, because two readers that accept different documents can be made
to see different cases.
"""

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

SCHEMA: Final[Mapping[str, Any]] = json.loads(Path(__file__).with_name("documents.json").read_text(encoding="utf-8"))
_FORMS: Final = {name: re.compile(pattern) for name, pattern in SCHEMA["forms"].items()}
_SHAPES: Final[Mapping[str, Any]] = SCHEMA["shapes"]


def _letters(name: str) -> frozenset[str]:
    return frozenset(chr(code) for first, last in SCHEMA[name] for code in range(first, last + 1))


SPACES: Final = _letters("spaces")  # what Python's str.strip takes away
BLANK: Final = SPACES | _letters("unseen")  # nothing of it is seen on paper


def is_visible(text: str) -> bool:
    """Whether there is more in a text than white space and letters that nobody sees."""
    return not BLANK.issuperset(text)


def fault(value: object, shape: object, path: str = "") -> str:
    """Where `value` differs from `shape`, such as ` claims 2 text`: the path of the first member in order of names, "" where it fits.

    `shape` is a node of the grammar, or the name of one. The path holds no text of `value`.
    """
    while isinstance(shape, str):
        shape = _SHAPES[shape]
    if not isinstance(shape, dict):
        raise TypeError("A shape is an object of the grammar, or the name of one.")
    return _KINDS[shape["type"]](value, shape, path)


def document_fault(value: object, kind: str) -> str | None:
    """As `fault`, of a document of this kind, by the version that it names; None for a version that is not known."""
    versions = SCHEMA["documents"][kind]
    v = value.get("v") if isinstance(value, dict) else None
    if not isinstance(v, int) or isinstance(v, bool) or str(v) not in versions:
        return None
    return fault(value, versions[str(v)])


def manifest_fault(manifest: Mapping[str, Any]) -> str:
    """As `fault`, of a manifest, by its type. A type that is not known has the members that every manifest has."""
    rows, kind = SCHEMA["manifests"], manifest.get("type")
    found = fault(manifest, rows[""])
    if found or not isinstance(kind, str):
        return found or " type"
    name = "act" if kind in SCHEMA["acts"] and kind not in rows else kind
    known = rows.get(name if manifest["v"] == 1 else f"{name} {manifest['v']}")
    if known is None:
        return " v" if name in rows else ""
    return fault(manifest, known)


def _text(value: object, shape: Mapping[str, Any], path: str) -> str:
    if not isinstance(value, str) or _too_long(value, shape.get("max")) or value not in shape.get("values", (value,)):
        return path or " "
    form = shape.get("form")
    if form is not None and not _FORMS[form].fullmatch(value):
        return path or " "
    return path or " " if _says_nothing(value, shape) else ""


def _says_nothing(text: str, shape: Mapping[str, Any]) -> bool:
    """Whether a text is empty that must not be."""
    unread = SPACES if "filled" in shape else BLANK if "visible" in shape else None
    return unread is not None and unread.issuperset(text)


def _too_long(text: str, most: int | None) -> bool:
    # A letter has at most four bytes: most texts need no count.
    return most is not None and len(text) * 4 > most and len(text.encode("utf-8", "surrogatepass")) > most


def _integer(value: object, shape: Mapping[str, Any], path: str) -> str:
    whole = isinstance(value, int) and not isinstance(value, bool) and shape["min"] <= value <= shape["max"]
    return "" if whole else path or " "


def _boolean(value: object, _shape: Mapping[str, Any], path: str) -> str:
    return "" if isinstance(value, bool) else path or " "


def _list(value: object, shape: Mapping[str, Any], path: str) -> str:
    if not isinstance(value, list) or not shape.get("min", 0) <= len(value) <= shape["max"]:
        return path or " "
    faults = (fault(item, shape["of"], f"{path} {n}") for n, item in enumerate(value, start=1))
    return next(filter(None, faults), "")


def _object(value: object, shape: Mapping[str, Any], path: str) -> str:
    members = shape["members"]
    if not isinstance(value, dict) or not (
        members.keys() <= value.keys() if shape.get("more") else members.keys() == value.keys()
    ):
        return path or " "
    faults = (fault(value[name], members[name], f"{path} {name}") for name in sorted(members))
    return next(filter(None, faults), "")


def _map(value: object, shape: Mapping[str, Any], path: str) -> str:
    if not isinstance(value, dict) or len(value) > shape.get("max", 1000):
        return path or " "
    named = set(shape.get("keys", value)).issuperset(value)
    return "" if named and not any(fault(item, shape["of"], path) for item in value.values()) else path or " "


_KINDS: Final[Mapping[str, Callable[[object, Mapping[str, Any], str], str]]] = {
    "text": _text,
    "integer": _integer,
    "boolean": _boolean,
    "list": _list,
    "object": _object,
    "map": _map,
}
