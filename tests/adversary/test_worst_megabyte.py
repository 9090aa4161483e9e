# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every address and every parser behind it has a bound on what it costs: each is fed its worst megabyte (review of 30 November, p10)."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from serving import Channel, practice_channel

pytestmark = [pytest.mark.adversary, pytest.mark.alone]

MOST = 0.5  # seconds of CPU for a megabyte; a flood of them then brings two megabytes a second to hold one thread
LANED = 8.0  # of what has a lane of its own: hashing a passphrase, and looking into a file that was sent without script


@pytest.fixture(scope="module")
def channel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Channel]:
    with practice_channel(tmp_path_factory.mktemp("worst"), serve=False) as founded:
        yield founded


def asked(channel: Channel, *more: str) -> tuple[dict[str, float], dict[str, int]]:
    words = [
        str(Path(__file__).with_name("worst_megabyte.py")),
        str(channel.directory),
        str(channel.key("custodian")),
        *more,
    ]
    done = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(done.stdout.splitlines()[-1])
    return told["seconds"], told["statuses"]


def costly(seconds: dict[str, float], statuses: dict[str, int]) -> dict[str, float]:
    def most(name: str) -> float:
        hashed = name.startswith("POST /en/desk/in/") and statuses[name] in {200, 429}
        return LANED if hashed or name.startswith("POST /en/file/plain/: parts, a file") else MOST

    return {name: taken for name, taken in seconds.items() if taken > most(name)}


def test_no_megabyte_costs_more_than_half_a_second(channel: Channel) -> None:
    planted, _ = asked(channel, "planted")
    seconds, statuses = asked(channel)
    for name, taken in sorted(seconds.items(), key=lambda row: -row[1])[:25]:
        print(f"{taken:8.3f} s  {statuses[name]}  {name}   (planted {planted[name]:.3f} s)")
    print(
        f"{len(seconds)} questions; planted, {len([1 for taken in planted.values() if taken > MOST])} cost more than {MOST} s"
    )
    assert costly(seconds, statuses) == {}
    assert not [name for name, status in statuses.items() if status >= 500 and status != 503]
    assert max(planted.values()) > MOST
