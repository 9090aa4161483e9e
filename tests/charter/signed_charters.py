# SPDX-License-Identifier: AGPL-3.0-or-later
"""Signed charters as two languages read them: the verdict on one, charters that differ from a good one, and a writer of TOML."""

import json
import random
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from demur.charter.errors import CharterError
from demur.charter.freeze import Frozen
from serving import HANGS

SCRIPT = Path(__file__).parent / "node" / "signed.mjs"


def verdict(statement: Mapping[str, Any]) -> dict[str, Any]:
    """What this version makes of a charter statement that was signed."""
    try:
        frozen = Frozen.from_entry(statement)
    except CharterError:
        return {"read": False}
    charter, extension = frozen.charter, frozen.charter.extension
    return {
        "read": True,
        "format": charter.format,
        "refused": bool(frozen.refused),
        "unknown": [row.place for row in frozen.unknown],
        "faults": sorted(frozen.faults),
        "id": charter.id,
        "practice": charter.practice,
        "custodian": charter.custodian,
        "oversight": charter.oversight,
        "reply_seats": list(charter.reply_seats),
        "key_waiting": charter.key_waiting,
        "seats": [[seat.id, seat.title, seat.reads, seat.outside, seat.when is not None] for seat in charter.seats],
        "facts": [[fact.id, fact.question, list(fact.choices), fact.default] for fact in charter.facts],
        "calendars": sorted(frozen.calendars),
        "clocks": {
            name: [rule.owner, rule.calendar, list(rule.starts), rule.limit, rule.target, rule.unit]
            for name, rule in charter.clocks.items()
        },
        "extension": [extension.clock, extension.by, extension.max, extension.longest] if extension else None,
        "limits": [charter.limits.text_bytes, charter.limits.claims, charter.limits.files, charter.limits.total],
    }


def browsers(asked: Iterable[Mapping[str, Any]]) -> list[Any]:
    """What the browser's modules make of each row: {kind, …} as `node/signed.mjs` takes them."""
    lines = "".join(json.dumps(row) + "\n" for row in asked)
    done = subprocess.run(
        ["node", str(SCRIPT)], input=lines, capture_output=True, text=True, timeout=HANGS, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


def toml(table: Mapping[str, Any]) -> str:
    """A table as TOML: every key and inner table inline, which holds whatever JSON can say but null."""
    return "".join(f"{_key(key)} = {_written(value)}\n" for key, value in table.items())


def _key(key: str) -> str:
    return json.dumps(key, ensure_ascii=True)


def _written(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(key)} = {_written(row)}" for key, row in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_written, value)) + "]"
    return json.dumps(value, ensure_ascii=True)


# --- changes of a table

ODD: Sequence[Any] = (
    0, 1, 2, -1, 2**53, True, False, 1.5, 2.0, "", "x", "custodian", "received", "hour", "working_day", "fortnight", "a\u001b[2J",
    [], ["received"], ["x"], [1], [{}], {}, {"x": 1}, {"office": {}}, {"fact": "agency"},
)  # fmt: skip
KEYS = (
    "format",
    "languages",
    "until",
    "reads",
    "when",
    "starts",
    "unit",
    "limit",
    "office",
    "ack",
    "__proto__",
    "constructor",
    "tick",
    "x.y",
)


SIGNED = [value for value in ODD if not isinstance(value, float)]  # canonical JSON has no fractions


def mutated(table: Any, draw: random.Random, changes: int, odd: Sequence[Any] = ODD) -> Any:
    """A copy of a table with so many keys or rows taken away, put in, or given another value, somewhere in it."""
    table = json.loads(json.dumps(table))
    for _ in range(changes):
        inner = draw.choice(list(_containers(table)))
        names = list(inner) if isinstance(inner, dict) else list(range(len(inner)))
        how = draw.randrange(3)
        if how == 0 and names:
            del inner[draw.choice(names)]
        elif how == 1 and isinstance(inner, dict):
            inner[draw.choice(KEYS)] = draw.choice(odd)
        elif names:
            inner[draw.choice(names)] = draw.choice(odd)
    return table


def _containers(value: Any) -> Iterable[Any]:
    if isinstance(value, dict | list):
        yield value
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _containers(inner)
