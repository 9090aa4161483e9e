# SPDX-License-Identifier: AGPL-3.0-or-later
"""The first view of a desk costs its server the same with ten cases as with ten thousand."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from seats import by_command, desk_at, filed, unlocked

from serving import HANGS, Channel, practice_channel

SCRIPT = Path(__file__).parent / "first_view.py"
MOST_BYTES = 60_000
MOST_MS = 100


def cost(channel: Channel, place: Path, name: str, cases: int, looks: int) -> Any:
    """What first_view.py measures on an installation that is not served meanwhile."""
    key = json.loads((place / f"{name}.key").read_text())
    command = [sys.executable, str(SCRIPT), str(channel.directory), str(cases), str(looks), key["case"], key["token"]]
    done = subprocess.run(command, capture_output=True, check=False, timeout=HANGS, env={**os.environ})
    assert done.returncode == 0, done.stderr.decode()[-3000:]
    return json.loads(done.stdout)


@pytest.fixture
def worked(tmp_path: Path) -> Iterator[Channel]:
    """A channel with one case that was acknowledged."""
    with practice_channel(tmp_path / "worked") as channel:
        filed(channel, tmp_path, "mine")
        case = json.loads((tmp_path / "mine.key").read_text())["case"]
        by_command(channel, tmp_path, "acknowledge", case)
        channel.stop()
        yield channel


def test_ten_thousand_cases_cost_the_first_view_the_same_questions_as_ten(worked: Channel, tmp_path: Path) -> None:
    few = cost(worked, tmp_path, "mine", 10, 5)
    with practice_channel(tmp_path / "many") as channel:
        filed(channel, tmp_path, "many")
        by_command(channel, tmp_path, "acknowledge", json.loads((tmp_path / "many.key").read_text())["case"])
        channel.stop()
        many = cost(channel, tmp_path, "many", 10_000, 100)
    print(few, many)  # with -s: the figures
    assert (few["cases"], many["cases"]) == (10, 10_000)
    assert many["queries"] == few["queries"] <= 12
    assert many["bytes"] <= MOST_BYTES
    assert many["work_ms"]["p99"] <= MOST_MS


def test_the_first_view_of_the_client_asks_three_times_and_stays_small(tmp_path: Path) -> None:
    with practice_channel(tmp_path / "small") as channel:
        for n in range(3):
            filed(channel, tmp_path, f"case{n}")
        with desk_at(channel.url) as first:
            unlocked(first, channel)
            first.call("today")
        filed(channel, tmp_path, "new")
        with desk_at(channel.url) as second:
            second.call("look")
            second.call("$sent")
            unlocked(second, channel)
            listed = second.call("today")
            first_told = second.told[0]
            sent = second.call("$sent")
    assert len(first_told["list"]["cases"]) == len(listed["cases"]) == 4
    before = [
        row for row in sent[: first_told["requests"]] if "/api/v1/seats/" in row["path"] or "/desk/" in row["path"]
    ]
    kinds = [row["path"].split("?")[0].rsplit("/", 2)[1:] for row in before if "/kept/" not in row["path"]]
    assert kinds.count(["custodian", "inbox"]) == 1
    assert (
        len([row for row in before if "/kept/" in row["path"]]) <= 2
    )  # the head, and the piece that the new item belongs to
    assert sum(row["up"] + row["down"] for row in before) <= MOST_BYTES
