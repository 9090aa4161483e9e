# SPDX-License-Identifier: AGPL-3.0-or-later
"""`spec/vectors/procedure.json`, which the browser runs too (`assets/tests/procedure.test.js`), says what this version decides."""

import json

import pytest
from make_procedure_vectors import PATH, make

from demur.charter.freeze import Frozen
from demur.clock.deadlines import State as ClockState
from demur.dissent.states import State

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
    assert faults == {"", "who", "step", "extension", "close", "fetch", "time", "text"}
    assert {can for row in histories for *_, can in row["extensions"]} == {True, False}
    assert any(row["told"]["unknown"] for row in histories)
