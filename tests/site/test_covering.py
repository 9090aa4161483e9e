# SPDX-License-Identifier: AGPL-3.0-or-later
"""When covers reach the inboxes: as often as the charter says, at moments that tell nothing, whatever the clock does."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from serving import Channel, practice_channel, real_channel

pytestmark = pytest.mark.adversary

DAY, STEP = 86_400, 600
NOW = 1_795_430_000
WANTED = 8  # cover items that the charter demur-default sends to every inbox in a day

LOOK = """
import json, sys
from pathlib import Path
from demur.site.boot import open_installation
ground = open_installation(Path(sys.argv[1]))
from demur.dissent.models import InboxItem
from demur.site.ticker import Ticker
first, *moments = map(int, sys.stdin.read().split())
ticker = Ticker(ground, clock=lambda: first)
seen = []
for now in moments:
    ticker._look(now)
    seen.append(dict.fromkeys(InboxItem.objects.values_list("seat", flat=True), 0))
    for seat in seen[-1]:
        seen[-1][seat] = InboxItem.objects.filter(seat=seat).count()
print(json.dumps(seen))
"""


@pytest.fixture(scope="module")
def channel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Channel]:
    with real_channel(tmp_path_factory.mktemp("real")) as found:
        found.stop()
        yield found


def items(channel: Channel, *moments: int) -> list[int]:
    """How many items lie in every inbox after a look of the ticker at each moment, the first of which is when it was made."""
    done = subprocess.run(
        [sys.executable, "-c", LOOK, str(channel.directory)],
        env={**os.environ, "DEMUR_DIR": str(channel.directory)},
        input=" ".join(map(str, moments)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = []
    for row in json.loads(done.stdout):
        assert len(set(row.values())) <= 1, "an inbox got covers that another did not"
        found.append(max(row.values(), default=0))
    return found


def test_covers_come_as_often_as_the_charter_says_and_at_no_moment_that_can_be_foreseen(channel: Channel) -> None:
    days = 6
    looks = range(NOW, NOW + days * DAY + 1, STEP)
    before = items(channel, NOW, NOW)[0]
    counts = items(channel, NOW, *looks)
    came = [at for at, (earlier, later) in zip(looks[1:], pairwise(counts), strict=True) if later > earlier]
    # 48 are expected, by chance; five times their standard deviation off is one run in a million.
    assert 14 <= counts[-1] - before <= 82
    assert len({later - earlier for earlier, later in pairwise(came)}) > 3, "they come by a rhythm"
    assert len({(at - NOW) // DAY for at in came}) >= days - 2, "they come in a heap"


def test_a_day_that_was_slept_through_is_not_made_up_for_many_times(channel: Channel) -> None:
    before, after = items(channel, NOW, NOW, NOW + 400 * DAY)
    assert after - before <= WANTED + 5 * 3
    # No more time has passed for a clock that was set back.
    assert items(channel, NOW, NOW - 30 * DAY, NOW - 30 * DAY) == [after, after]


def test_a_channel_that_publishes_at_once_sends_none(tmp_path: Path) -> None:
    with practice_channel(tmp_path, serve=False) as practice:
        assert items(practice, NOW, NOW + DAY, NOW + 2 * DAY) == [0, 0]
