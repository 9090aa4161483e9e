# SPDX-License-Identifier: AGPL-3.0-or-later
"""No request's cost grows with the record or the number of cases: SQLite's steps for each address, at a hundred cases and at many more."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from serving import demur, practice_channel

FEW, MANY = 100, 100_000
# A search in a tree of a thousand times as many rows takes a few steps more; what is read whole takes a thousand times as many.
ALLOWED = 1.5
SPARE = 400  # steps: the counts come in tens, and a tick that falls between two questions writes a row


@dataclass(frozen=True)
class World:
    """A stopped installation with one case, and the keys of a seat and of its author."""

    directory: Path
    seat: Path
    author: Path

    def steps(self, place: Path, n: int, *more: str) -> dict[str, int]:
        """The steps of everything in a copy with `n` cases more."""
        copy = place / f"with-{n}{''.join(more)}"
        shutil.copytree(self.directory, copy)
        words = [
            str(Path(__file__).parent / "counted_steps.py"),
            str(copy),
            str(n),
            str(self.seat),
            str(self.author),
            *more,
        ]
        done = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False)
        shutil.rmtree(copy)
        assert done.returncode == 0, done.stderr[-3000:]
        return dict(json.loads(done.stdout.splitlines()[-1]))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    place = tmp_path_factory.mktemp("steps")
    with practice_channel(place) as channel:
        home = place / "home"
        home.mkdir()
        (home / "text.txt").write_text("The crossing\n\nThe count was wrong.\n")
        done = demur("file", *channel.known, "--yes", "--json", "-o", "mine", "text.txt", home=home)
        assert done.code == 0, done.err
        channel.stop()
        yield World(directory=channel.directory, seat=channel.key("custodian"), author=home / "mine.key")


def grown(few: dict[str, int], many: dict[str, int]) -> dict[str, tuple[int, int]]:
    """What takes more steps with many cases than a deeper tree explains."""
    return {name: (few[name], many[name]) for name in few if many[name] > ALLOWED * few[name] + SPARE}


@pytest.mark.adversary
def test_the_hole_of_november_is_found_by_its_steps(world: World, tmp_path: Path) -> None:
    """The statements in force, found as they were then: every address that asks for them pays for each published entry."""
    planted = grown(world.steps(tmp_path, FEW, "planted"), world.steps(tmp_path, 20 * FEW, "planted"))
    print(f"planted: {len(planted)} addresses grow, GET limits {planted.get('GET /api/v1/limits')}")
    assert "GET /api/v1/limits" in planted
    assert "POST cases (a filing)" in planted


def test_no_address_costs_more_where_there_are_many_cases(world: World, tmp_path: Path) -> None:
    few, many = world.steps(tmp_path, FEW), world.steps(tmp_path, MANY)
    for name in few:
        print(f"{name:60} {few[name]:>9} {many[name]:>9}")
    assert grown(few, many) == {}
