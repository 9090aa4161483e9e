# SPDX-License-Identifier: AGPL-3.0-or-later
"""A real channel with a daily tick: promised at once, published in the last minute of the custodian's day among covers, proven after."""

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest

from serving import Founded, real_channel

pytestmark = pytest.mark.story

BEAT = """
import sys
from pathlib import Path
from demur.site.boot import open_installation
ground = open_installation(Path(sys.argv[1]))
from demur.site.ticker import beat
from demur.site.witnesses import Witnesses
from demur.people.queries import rules_in_force
from demur.charter.ticks import next_tick
now = int(sys.argv[2])
if now == 0:
    import time
    print(next_tick(rules_in_force().frozen, int(time.time())))
else:
    beat(ground, now=now, witnesses=Witnesses(ground))
"""


@dataclass
class World(Founded):
    """A real channel, founded as an administrator, an officer and two holders would; served."""

    def beat(self, at: int) -> str:
        """One beat of the ticker at `at`; at 0, the time of the next tick."""
        environment = {**os.environ, "DEMUR_DIR": str(self.channel.directory)}
        command = [sys.executable, "-c", BEAT, str(self.channel.directory), str(at)]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.strip()

    def rows(self, question: str) -> list[tuple[int, ...]]:
        with sqlite3.connect(self.channel.directory / "demur.sqlite3") as rows:
            return rows.execute(question).fetchall()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with real_channel(tmp_path) as channel:
        yield World(channel=channel, home=tmp_path / "home")


def test_promised_at_once_published_at_the_tick_proven_after(world: World) -> None:
    known = ["--server", world.channel.url, "--channel", world.channel.file]
    (world.home / "text.txt").write_text("The crossing\n\nThe count was wrong.\n")
    new_keys = [word for seat in ("custodian", "head") for word in ("--accept-new-key", seat)]
    world.run("file", *known, *new_keys, "--yes", "-o", "mine", "text.txt")
    said = world.run("verify", "mine.receipt", "--channel", world.channel.file).out
    assert "promised" in said
    assert "due by" in said

    tick = int(world.beat(0))
    assert tick % 86_400 == 86_400 - 60  # the calendar is UTC: the last minute of the day
    assert 0 < tick - time.time() <= 86_400
    size = world.rows('select max("index") + 1 from entries_entry')[0][0]
    assert (
        size == 34
    )  # charter, seats, and the tick at the start: what the server keeps, the list of the pages' files, and covers; the case waits
    assert world.run("tick", world.channel.directory, "--json").json["waiting"] == 2
    status = world.run("status", "mine.key")
    assert "promised" in status.out

    world.channel.stop()
    world.beat(tick)
    assert world.rows('select count(*) from entries_entry where "index" is null') == [(0,)]
    assert world.rows('select max("index") + 1 from entries_entry') == [
        (size + 32,)
    ]  # filled to the charter's constant
    assert world.rows("select count(*) from entries_cover") == [
        (60,)
    ]  # 64 less what the server keeps, its pages' files, and the case's two
    world.beat(tick + 30)
    assert world.rows('select max("index") + 1 from entries_entry') == [(size + 32,)]  # once a day, not at every beat
    done = world.run("receipt", "complete", "mine.receipt", "--mirror", world.channel.directory / "record", "--json")
    assert done.json["state"] == "recorded"
    world.run("verify", "mine.receipt", "--channel", world.channel.file)


def test_every_day_looks_alike_whether_somebody_filed_or_nobody(world: World) -> None:
    world.channel.stop()
    first = int(world.beat(0))
    sizes = []
    for day in range(3):
        world.beat(first + day * 86_400)
        sizes.append(world.rows('select max("index") + 1 from entries_entry')[0][0])
    assert [after - before for before, after in pairwise(sizes)] == [32, 32]


def test_covers_in_inboxes_have_the_size_of_a_grant(world: World) -> None:
    known = ["--server", world.channel.url, "--channel", world.channel.file]
    (world.home / "text.txt").write_text("The crossing\n\nThe count was wrong.\n")
    new_keys = [word for seat in ("custodian", "head") for word in ("--accept-new-key", seat)]
    world.run("file", *known, *new_keys, "--yes", "-o", "mine", "text.txt")
    world.channel.stop()
    code = (
        "import sys; from pathlib import Path; from demur.site.boot import open_installation;"
        "ground = open_installation(Path(sys.argv[1]));"
        "from demur.dissent.actions.cover import cover_inboxes; from demur.people.queries import rules_in_force;"
        "cover_inboxes(rules=rules_in_force(), ground=ground)"
    )
    environment = {**os.environ, "DEMUR_DIR": str(world.channel.directory)}
    subprocess.run([sys.executable, "-c", code, world.channel.directory], env=environment, check=True)
    sizes = world.rows("select seat, n, length(data) from dissent_inboxitem")
    assert len({size for _, _, size in sizes}) == 1
    assert {n for _, n, _ in sizes} == {1, 2}
