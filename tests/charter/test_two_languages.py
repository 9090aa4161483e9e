# SPDX-License-Identifier: AGPL-3.0-or-later
"""What officers signed reads the same in Python and in the browser, however far it is from what this version writes; and never crashes."""

import json
import random
import tomllib
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

import pytest
from signed_charters import SIGNED, browsers, mutated, toml, verdict

from demur.charter.builtin import builtin_text
from demur.charter.freeze import freeze_text
from demur.clock.calendar import from_json
from demur.clock.errors import NotAClock
from demur.clock.zone import changes_of, read_changes

pytestmark = pytest.mark.vectors
VECTORS = json.loads((Path(__file__).parents[2] / "spec/vectors/compatibility.json").read_text(encoding="utf-8"))
EACH = 700  # changed charters of each regime, and as many changed statements
EPOCH = date(1970, 1, 1)
REGIMES = ("us-state-2fam070", "demur-default", "eu-2019-1937")


def base(name: str) -> dict[str, Any]:
    return freeze_text(builtin_text(name), name=name, year=2026).entry("dissent.example.org", 0)


@pytest.mark.parametrize("name", REGIMES)
def test_thousands_of_changed_charters_get_one_verdict(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    draw, good = random.Random(name), base(name)
    table = tomllib.loads(good["text"])
    asked = [{**good, "text": toml(mutated(table, draw, draw.randint(1, 4)))} for _ in range(EACH)]
    asked += [mutated(good, draw, draw.randint(1, 3), odd=SIGNED) for _ in range(EACH)]
    found = browsers({"kind": "charter", "statement": row} for row in asked)
    differing = [(ours, theirs) for ours, theirs in zip(map(verdict, asked), found, strict=True) if ours != theirs]
    with capsys.disabled():
        read = sum(row["read"] for row in found)
        print(
            f"\n{name}: {len(asked)} changed charters, {read} read, {sum(row.get('refused', True) for row in found)} refused for filing"
        )
    assert differing == []


def test_each_vector_is_read_as_it_says() -> None:
    rows = VECTORS["charters"]
    found = browsers({"kind": "charter", "statement": made(row)} for row in rows)
    for row, theirs in zip(rows, found, strict=True):
        assert {name: theirs[name] for name in row["found"]} == row["found"], row["name"]
        ours = verdict(made(row))
        assert {name: ours[name] for name in row["found"]} == row["found"], row["name"]


def made(row: dict[str, Any]) -> dict[str, Any]:
    """The statement of a vector: the base with changes of its text and its members."""
    statement = json.loads(json.dumps(VECTORS["statement"]))
    for old, new in row.get("replace", ()):
        assert old in statement["text"], (row["name"], old)
        statement["text"] = statement["text"].replace(old, new, 1)
    statement.update(row.get("members", {}))
    for name in row.get("lacks", ()):
        del statement[name]
    return dict(statement)


ZONE = {
    "timezone": "UTC",
    "weekend": ["sat", "sun"],
    "closed": [],
    "first": "2020-01-01",
    "last": "2030-12-31",
    "source": "",
}


@pytest.mark.parametrize("row", VECTORS["zones"], ids=lambda row: row["zone"])
def test_a_frozen_zone_counts_the_same_everywhere(row: dict[str, Any]) -> None:
    changes = read_changes(row["changes"])
    calendar = from_json("office", {**ZONE, "timezone": row["zone"]}, changes)
    days = [date.fromisoformat(day) for day, _ in row["last_moments"]]
    times = [at for at, _ in row["local_days"]]
    assert [calendar.last_moment(day) for day in days] == [moment for _, moment in row["last_moments"]]
    assert [(calendar.local_day(at) - EPOCH).days for at in times] == [day for _, day in row["local_days"]]
    asked = {
        "kind": "zone",
        "calendar": {**ZONE, "timezone": row["zone"]},
        "changes": row["changes"],
        "days": [(day - EPOCH).days for day in days],
        "times": times,
    }
    (theirs,) = browsers([asked])
    assert theirs["moments"] == [moment for _, moment in row["last_moments"]]
    assert theirs["days"] == [day for _, day in row["local_days"]]


@pytest.mark.parametrize("name", ["Nowhere/Land", "America/New_York"])
def test_a_frozen_zone_needs_no_table_of_any_machine(name: str) -> None:
    """A name that no machine knows counts by its frozen rules, in both languages."""
    changes, times = [[0, 3600], [1_800_000_000, -7200]], [1_799_999_999, 1_800_000_000]
    calendar = from_json("office", {**ZONE, "timezone": name}, read_changes(changes))
    asked = {
        "kind": "zone",
        "calendar": {**ZONE, "timezone": name},
        "changes": changes,
        "days": [20_000],
        "times": times,
    }
    (theirs,) = browsers([asked])
    assert theirs["days"] == [(calendar.local_day(at) - EPOCH).days for at in times]
    assert theirs["moments"] == [calendar.last_moment(EPOCH + timedelta(days=20_000))]


@pytest.mark.parametrize("name", sorted(available_timezones() - {"localtime", "Factory"})[::9])
def test_frozen_rules_are_those_of_the_machines_table(name: str) -> None:
    first, last = date(2020, 1, 1), date(2030, 12, 31)
    frozen = from_json("office", {**ZONE, "timezone": name}, changes_of(name, first, last))
    plain = from_json("office", {**ZONE, "timezone": name})
    draw = random.Random(name)
    days = [first + timedelta(days=draw.randrange((last - first).days)) for _ in range(300)]
    days += [
        day
        for at, _ in frozen.changes[1:]
        for day in (plain.local_day(at - 90_000), plain.local_day(at))
        if first <= day <= last
    ]
    assert [frozen.last_moment(day) for day in days] == [plain.last_moment(day) for day in days]
    times = [at + step for at, _ in frozen.changes for step in (-86_400, -3600, -1, 0, 1, 3600, 86_400)]
    times = [at for at in times if at > frozen.changes[0][0]]
    assert [frozen.local_day(at) for at in times] == [plain.local_day(at) for at in times]


@pytest.mark.parametrize(
    "value", [None, [], {}, [[1]], [[0, 0], [0, 1]], [[0, 86_400]], [[0, True]], [["0", 0]], [[2**41, 0]]]
)
def test_rules_that_are_none_are_refused(value: object) -> None:
    with pytest.raises(NotAClock):
        read_changes(value)
    statement = {**VECTORS["statement"], "zones": {"America/New_York": value}}
    assert verdict(statement)["unknown"] == ["statement.zones.America/New_York"]
    assert browsers([{"kind": "charter", "statement": statement}]) == [verdict(statement)]
