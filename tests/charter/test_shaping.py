# SPDX-License-Identifier: AGPL-3.0-or-later
"""Finding the line of a key: tomllib gives values only, so the lines are our own scan."""

import tomllib
from collections.abc import Iterator
from typing import Any

import pytest

from demur.charter.builtin import builtin_names, builtin_text
from demur.charter.errors import LoadError
from demur.charter.shaping import Path, Source

TEXT = '''\
id = "a"          # 1
limit = 1         # 2
title = """       # 3
limit = 2
[limits]
"""               # 6
[limits]          # 7
limit = 3         # 8
"a.b" = 4         # 9
'c]' = 5          # 10

[[seat]]          # 12
id = "x"          # 13

[seat.when]       # 15
limit = 6         # 16

  [[ seat ]]      # 18
  id = "y"        # 19
  when = { limit = 7, fact = "z" }  # 20

[[seat.part]]     # 22
limit = 8
[[seat.part]]     # 24
limit = 9
[calendars."u.s"] # 26
list = [          # 27
  "limit = 3",
  "[limits]"
]
limit . deep = 10 # 31
'''

LINES: dict[Path, int] = {
    ("id",): 1,
    ("limit",): 2,
    ("title",): 3,
    ("limits",): 7,
    ("limits", "limit"): 8,
    ("limits", "a.b"): 9,
    ("limits", "c]"): 10,
    ("seat",): 12,
    ("seat", 0): 12,
    ("seat", 0, "id"): 13,
    ("seat", 0, "when"): 15,
    ("seat", 0, "when", "limit"): 16,
    ("seat", 1): 18,
    ("seat", 1, "id"): 19,
    # An inline table stands on one line.
    ("seat", 1, "when", "limit"): 20,
    ("seat", 1, "part", 0, "limit"): 23,
    ("seat", 1, "part", 1): 24,
    ("seat", 1, "part", 1, "limit"): 25,
    ("calendars",): 26,
    ("calendars", "u.s"): 26,
    ("calendars", "u.s", "list"): 27,
    # So does a list, as far as an error is concerned.
    ("calendars", "u.s", "list", 1): 27,
    ("calendars", "u.s", "limit", "deep"): 31,
    # What is missing is shown where it should stand.
    ("limits", "claims"): 7,
    ("claims",): 1,
}


def line(text: str, path: Path) -> int:
    with pytest.raises(LoadError) as caught:
        Source(text, "my.toml").fail(path, "Wrong.")
    return caught.value.line


@pytest.mark.parametrize(("path", "expected"), LINES.items(), ids=lambda part: str(part))
def test_the_line_of_a_key_is_found(path: Path, expected: int) -> None:
    assert tomllib.loads(TEXT)
    assert line(TEXT, path) == expected


def keys(table: dict[str, Any], path: Path = ()) -> Iterator[Path]:
    for key, value in table.items():
        yield (*path, key)
        rows = enumerate(value) if isinstance(value, list) else [(None, value)]
        for n, row in rows:
            if isinstance(row, dict):
                yield from keys(row, (*path, key) if n is None else (*path, key, n))


@pytest.mark.parametrize("name", builtin_names())
def test_the_line_of_every_key_of_every_regime_holds_that_key(name: str) -> None:
    text = builtin_text(name)

    for path in keys(tomllib.loads(text)):
        assert str(path[-1]) in text.splitlines()[line(text, path) - 1], path
