# SPDX-License-Identifier: AGPL-3.0-or-later
"""`script/bench` runs and says what it found. Nothing here is timed: whether a goal is reached is for a quiet machine to say."""

import ast
import json
import subprocess
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from serving import HANGS

ROOT = Path(__file__).parents[2]


def bench(*words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([str(ROOT / "script" / "bench"), *words], capture_output=True, text=True, timeout=HANGS)


def answers(*words: str) -> dict[str, list[dict[str, Any]]]:
    """The rows of each question. 1 tells a goal that was missed, but also a program that broke, and that prints nothing."""
    done = bench(*words, "--quick", "--json")
    assert done.returncode in (0, 1), done.stderr
    assert done.stdout, done.stderr
    document = json.loads(done.stdout)
    assert document["machine"]["rounds"] == 1
    return dict(document["answers"])


@pytest.fixture
def frame(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT))
    import bench.frame

    return bench.frame


def test_the_quick_way_prints_one_json_document() -> None:
    found = answers("seal", "record")

    assert set(found) == {"seal", "record"}
    for row in [row for rows in found.values() for row in rows]:
        assert row["ours"]["low"] <= row["ours"]["median"] <= row["ours"]["high"], row
        assert ("floor" in row) == ("ratio" in row), row


def test_for_a_person_each_goal_is_said_to_be_reached_or_short() -> None:
    done = bench("record", "--quick")

    goals = [line for line in done.stdout.splitlines() if "goal" in line]
    assert goals
    assert all(line.endswith(("reached", "SHORT")) for line in goals)


def test_a_question_that_there_is_not_is_refused_with_those_there_are() -> None:
    done = bench("speed")

    assert done.returncode == 2
    assert "start, filing, seal, upload, record, pages" in done.stderr


def test_no_rounds_are_refused() -> None:
    done = bench("record", "--rounds", "0")

    assert done.returncode == 2
    assert "no rounds" in done.stderr


def test_every_question_is_a_module_that_measures() -> None:
    tree = ast.parse((ROOT / "bench" / "__main__.py").read_text())
    (questions,) = [
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "QUESTIONS"
    ]
    for question in questions:
        body = ast.parse((ROOT / "bench" / f"{question}.py").read_text()).body
        assert "measure" in {node.name for node in body if isinstance(node, ast.FunctionDef)}, question


def test_floor_and_ours_take_turns_and_nobody_always_goes_first(frame: ModuleType) -> None:
    order: list[str] = []

    def work(name: str) -> float:
        order.append(name)
        return float(len(order))

    found = frame.taking_turns(3, floor=lambda: work("floor"), ours=lambda: work("ours"))

    assert order == ["floor", "ours", "ours", "floor", "floor", "ours"]
    assert found == {"floor": [1.0, 4.0, 5.0], "ours": [2.0, 3.0, 6.0]}


def test_a_ratio_is_the_median_of_the_rounds_own_ratios(frame: ModuleType) -> None:
    # The second round ran on a machine half as fast: medians of each side would not pair what shared a minute.
    row = frame.compared("x", "/s", [60.0, 35.0, 50.0], [100.0, 50.0, 100.0], floor_name="bare", least=0.6)

    assert row.ratio == 0.6
    assert row.met is True
    assert (row.ours.low, row.ours.median, row.ours.high) == (35.0, 50.0, 60.0)


def test_a_goal_that_is_missed_is_said(frame: ModuleType) -> None:
    slow = frame.compared("x", "/s", [59.0], [100.0], floor_name="bare", least=0.6)
    large = frame.bounded("y", "ms", [1.0, 3.0, 2.5], most=2.0)

    assert (slow.met, large.met) == (False, False)
    assert slow.line.endswith("SHORT")
    assert large.document["met"] is False
    assert frame.bounded("z", "ms", [1.0]).met is None


@pytest.mark.browser
def test_the_pages_are_weighed_and_waited_for_in_a_browser() -> None:
    rows = {row["name"]: row for row in answers("pages")["pages"]}

    assert rows["write: requests"]["ours"]["median"] >= 1
    assert rows["write: with worker"]["ours"]["median"] > rows["write: bodies"]["ours"]["median"] > 0
    assert rows["desk of 6 cases: shown at first"]["ours"]["median"] == 6
    assert rows["desk of 6 cases: filings that failed"]["met"] is True
    assert rows["server's part, 40 cases: queries"]["met"] is True
