# SPDX-License-Identifier: AGPL-3.0-or-later
"""`spec/vectors/procedure.json`, which the browser runs too (`assets/tests/procedure.test.js`), says what this version decides."""

import json

import pytest
from make_procedure_vectors import PATH, make

from demur.charter.freeze import Frozen
from demur.clock.deadlines import State as ClockState
from demur.dissent.states import State, Verb

pytestmark = pytest.mark.vectors


def test_the_procedures_vectors_are_what_this_version_decides() -> None:
    kept = json.loads(PATH.read_text(encoding="utf-8"))
    # From the frozen statements, not from the built-in charters: a later holidays library moves no date.
    frozen = [Frozen.from_entry(row["statement"]) for row in kept["charters"]]
    assert json.loads(json.dumps(make(frozen))) == kept


def test_the_histories_reach_every_state_and_each_kind_of_clock() -> None:
    histories = [
        row for charter in json.loads(PATH.read_text(encoding="utf-8"))["charters"] for row in charter["histories"]
    ]
    assert {row["state"] for row in histories} == {str(state) for state in State}
    shown = {clock["state"] for row in histories for clock in row["clocks"]}
    assert shown == {str(state) for state in ClockState}
    assert {clock["disputed"] for row in histories for clock in row["clocks"]} == {True, False}
    faults = {step["fault"] for row in histories for step in row["events"]}
    assert faults == {"", "who", "conflict", "step", "extension", "close", "fetch", "time", "text"}
    assert {can for row in histories for *_, can in row["extensions"]} == {True, False}
    assert {type(end) if end else None for row in histories for _, end in row["ends"]} == {int, str, None}
    assert any(row["told"]["unknown"] for row in histories)


def test_each_act_is_faulty_where_what_it_conflicts_with_came_unread_and_only_there() -> None:
    file = json.loads(PATH.read_text(encoding="utf-8"))
    rows = [row for charter in file["charters"] for row in charter["overtaken"]]
    found = {verb: {row["other"] for row in rows if row["unread_and_read"][verb][0] == "conflict"} for verb in Verb}
    assert {verb: sorted(others) for verb, others in found.items()} == file["conflicts"]
    assert not any("conflict" in read for row in rows for _, read in row["unread_and_read"].values())


def test_an_act_counts_under_a_roster_up_to_the_tick_that_published_the_next() -> None:
    rows = json.loads(PATH.read_text(encoding="utf-8"))["in_force"]
    counts = {(tuple(row["following"] or ()), *row["sizes"]): [] for row in rows}
    for row in rows:
        counts[(tuple(row["following"] or ()), *row["sizes"])] += [row["index"]] if row["counts"] else []
    places = [11, 19, 20, 21, 22, 23, 24, 59, 60, 89, 90]
    assert list(counts.values()) == [places, places[:4], places[:10], places[:6], places[:3]]
