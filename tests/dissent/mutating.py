# SPDX-License-Identifier: AGPL-3.0-or-later
"""Documents with odd parts: what a changed client could seal. Deterministic, from a seed."""

import copy
from collections.abc import Iterator
from random import Random
from typing import Any, Final

from demur import canonical

ODD: Final[tuple[Any, ...]] = (
    *(
        True,
        False,
        0,
        1,
        2,
        3,
        -1,
        5,
        2**53 - 1,
        -(2**53 - 1),
        "",
        " ",
        "x",
        "1",
        "\u200b",
        "\ufeff",
        "\x1c",
        "é",
        "🙂",
        "\ud7ff",
    ),
    *(
        [],
        {},
        [[]],
        [{}],
        {"v": 1},
        {"": ""},
        "0" * 32,
        "0" * 64,
        "A" * 64,
        "2027-02-29",
        "2028-02-29",
        "x" * 300,
        "x" * 5000,
    ),
    *(
        "submit",
        "reply",
        "grant",
        "keep",
        "blank",
        "lines",
        "accepted",
        "answered",
        "a.txt",
        "dissent",
        "__proto__",
        "constructor",
    ),
)
NAMES: Final = ("v", "type", "n", "text", "more", "__proto__", "constructor", "start", "claims", "files", "toString")


def mutated(good: dict[str, Any], random: Random) -> bytes:
    """`good` with one to three odd parts, canonical; or, one time in eight, its bytes with one of them changed."""
    document: Any = copy.deepcopy(good)
    if random.random() < 0.125:
        return _bitten(canonical.dump(document), random)
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        document = _changed(document, random)
    return canonical.dump(document)


def _bitten(data: bytes, random: Random) -> bytes:
    at = random.randrange(len(data))
    put = (
        bytes([random.randrange(256)])
        if random.random() < 0.5
        else random.choice((b"", b" ", b"\x00", b"1", b'"', b"[" * 40, b"null", b"-0", b"1.0"))
    )
    return data[:at] + put + data[at + random.choice((0, 1, 2)) :]


def _changed(document: Any, random: Random) -> Any:
    places = list(_places(document))
    if not places:
        return random.choice(ODD)
    parent, key = random.choice(places)
    how = random.randrange(6)
    if how == 0 and isinstance(parent, dict):
        del parent[key]
    elif how == 1 and isinstance(parent, dict):
        parent[random.choice(NAMES)] = copy.deepcopy(random.choice(ODD))
    elif how == 1:
        parent.insert(key, copy.deepcopy(parent[key]))
    elif how == 2 and isinstance(parent[key], int) and not isinstance(parent[key], bool):
        parent[key] = max(-(2**53 - 1), min(2**53 - 1, parent[key] + random.choice((-1, 1))))
    elif how == 2 and isinstance(parent[key], str):
        parent[key] = parent[key] + random.choice(("", "x", " ", "\u200b", "\n"))
    elif how == 3:
        other, name = random.choice(places)
        parent[key] = copy.deepcopy(other[name])
    else:
        parent[key] = copy.deepcopy(random.choice(ODD))
    return document


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in list(inside):
        yield value, key
        yield from _places(part)
