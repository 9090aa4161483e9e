# SPDX-License-Identifier: AGPL-3.0-or-later
"""The machine's clock jumps an hour, or ten years, and back: ticks go on, and no later tree states an earlier time."""

import os
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import pytest

from serving import demur, practice_channel

pytestmark = pytest.mark.adversary
HOUR, YEARS = 3600, 10 * 365 * 86_400

BEATS = """
import sys
from pathlib import Path
from demur.site.boot import open_installation
ground = open_installation(Path(sys.argv[1]))
from django.db import transaction
import os
from demur.entries.models import Checkpoint
from demur.entries.writing import append
from demur.record.entry import case_entry
from demur.site.ticker import beat
from demur.site.witnesses import Witnesses
witnesses = Witnesses(ground)
for now in map(int, sys.argv[2:]):
    with transaction.atomic():
        append(case_entry(os.urandom(32)))
    beat(ground, now=now, witnesses=witnesses)
for row in Checkpoint.objects.order_by("size"):
    print(row.size, ground.policy.accept(row.note).times["log-pq"])
"""


@pytest.mark.parametrize("jump", [HOUR, -HOUR, YEARS, -YEARS])
def test_a_jump_and_its_correction_leave_one_record_whose_times_never_fall(tmp_path: Path, jump: int) -> None:
    with practice_channel(tmp_path, serve=False) as channel:
        now = int(time.time()) + 10
        moments = [now, now + jump, now + 20, now + 30]
        environment = {**os.environ, "DEMUR_DIR": str(channel.directory)}
        done = subprocess.run(
            [sys.executable, "-c", BEATS, str(channel.directory), *map(str, moments)],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        rows = [tuple(map(int, line.split())) for line in done.stdout.splitlines()]
        sizes, times = [size for size, _ in rows], [stated for _, stated in rows]
        assert sizes == [2, 3, 4, 5, 6]  # every beat published what waited: no tick was lost to the clock
        assert times == sorted(times)
        examined = demur("doctor", channel.directory, "--deep", "--json", home=tmp_path / "home").json["findings"]
        odd = [(row["code"], row.get("index")) for row in examined if not row["well"]]
        # The entries of this test belong to no case, and the doctor says so of each. After a jump ahead the log's last signature is
        # still to come, and the doctor says that too; nothing else is wrong.
        ahead = [("clock", None)] if jump > 0 else []
        assert odd == ahead + [("deep", n) for n in range(2, 6)], examined


DAILY = """
import sys
from pathlib import Path
from demur.site.boot import open_installation
ground = open_installation(Path(sys.argv[1]))
import demur.site.ticker as ticker
from demur.charter.builtin import builtin_text
from demur.charter.freeze import freeze_text
from demur.charter.ticks import next_tick
from demur.entries.models import Checkpoint
from demur.site.witnesses import Witnesses
frozen = freeze_text(builtin_text("demur-default"), name="x", year=2026)
ticker._frozen = lambda: frozen
now = 1_795_430_000
for at in (now, now + 10 * 365 * 86_400, now + 60, next_tick(frozen, now + 60) - 1, next_tick(frozen, now + 60)):
    ticker.beat(ground, now=at, witnesses=Witnesses(ground))
    print(Checkpoint.objects.count())
"""


def test_a_daily_tick_is_not_lost_to_a_clock_that_was_set_back(tmp_path: Path) -> None:
    """A day was ticked in a false future; the tick of the true day still comes, and no other before it."""
    with practice_channel(tmp_path, serve=False) as channel:
        environment = {**os.environ, "DEMUR_DIR": str(channel.directory)}
        done = subprocess.run(
            [sys.executable, "-c", DAILY, str(channel.directory)],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        counts = list(map(int, done.stdout.split()))
        assert [after - before for before, after in pairwise(counts)] == [1, 0, 0, 1]
