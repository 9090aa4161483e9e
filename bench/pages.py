# SPDX-License-Identifier: AGPL-3.0-or-later
"""The pages: what they weigh, how long an author waits on a slow link, and what a desk costs its browser and its server.

All on practice channels whose charter has eight seats that read. The browser is real Chromium with an empty profile.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from browsing import CHROMIUM
from seats import by_command, filed

from bench.frame import Plan, Row, bounded
from bench.pages_inside import desk, sealing
from bench.pages_slow import filing
from bench.pages_views import views
from serving import Channel, practice_channel

ROOT: Final = Path(__file__).parents[1]
REGIME: Final = ROOT / "src/demur/charter/regimes/us-state-2fam070.toml"
BEFORE: Final = '[[seat]]\nid = "oversight"'
EIGHTH: Final = '[[seat]]\nid = "counselor"\ntitle = "Counselor of the Department (C)"\n\n'
FIRST_VIEW: Final = ROOT / "tests/desk_core/first_view.py"
MOST_BYTES: Final = 60.0  # kB
MOST_WAIT: Final = 100.0  # ms
LOOKS: Final = 200  # so that the 99th percentile is not the one worst


def measure(plan: Plan) -> list[Row]:
    """First views, the slow link, the browser's own work, the server's part of the desk."""
    if CHROMIUM is None:
        raise SystemExit("bench: there is no Chromium here; install it (Debian: apt-get install chromium)")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        place = Path(folder)
        with _channel(place) as channel:
            rows = views(plan, channel, place)
            rows += filing(plan, channel, place)
            rows += sealing(plan, channel, place)
        with _channel(place) as channel:
            rows += desk(plan, channel, place, 6 if plan.quick else 1000)
        return rows + _server(place, (10, 40) if plan.quick else (10, 10_000), 3 if plan.quick else LOOKS)


@contextmanager
def _channel(place: Path) -> Iterator[Channel]:
    """A practice channel under 2 FAM 070 with one more seat that reads."""
    charter = place / "eight.toml"
    charter.write_text(REGIME.read_text().replace(BEFORE, EIGHTH + BEFORE))
    with practice_channel(place, charter=str(charter)) as channel:
        yield channel


def _server(place: Path, counts: tuple[int, ...], looks: int) -> list[Row]:
    """The server's part of the desk's first view, without a network between, at each number of cases: the queries must be the same."""
    with _channel(place) as channel:
        case = filed(channel, place / "server", "mine")
        by_command(channel, place / "server", "acknowledge", case)
        channel.stop()
        key = json.loads((place / "server" / "mine.key").read_text())
        told = [_first_view(channel.directory, place / f"copy{count}", count, looks, key) for count in counts]
    rows = []
    for found in told:
        name = f"server's part, {found['cases']:,} cases"
        few = float(told[0]["queries"])
        rows += [
            bounded(f"{name}: queries", "", [float(found["queries"])], most=few if found is not told[0] else None),
            bounded(f"{name}: answers", "kB", [found["bytes"] / 1000], most=MOST_BYTES),
            bounded(f"{name}: p50", "ms", [found["wall_ms"]["p50"]]),
            bounded(f"{name}: p99", "ms", [found["wall_ms"]["p99"]], most=MOST_WAIT),
            bounded(f"{name}: p99 of processor time", "ms", [found["work_ms"]["p99"]]),
        ]
    return rows


def _first_view(founded: Path, copy: Path, cases: int, looks: int, key: dict[str, str]) -> Any:
    """What tests/desk_core/first_view.py measures on a copy of the installation."""
    shutil.copytree(founded, copy)
    done = subprocess.run(  # noqa: S603 -- our own program
        [sys.executable, str(FIRST_VIEW), str(copy), str(cases), str(looks), key["case"], key["token"]],
        capture_output=True,
        check=False,
        env={**os.environ, "DEMUR_DIR": str(copy)},
    )
    if done.returncode:
        raise SystemExit(f"bench: {done.stderr.decode()[-2000:]}")
    return json.loads(done.stdout)
