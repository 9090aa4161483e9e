# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is due and overdue stands on the page as counts, from the record, and changes with a tick only."""

import os
import re
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from serving import Channel, demur, practice_channel

DAY = 86_400


@pytest.fixture(scope="module")
def channel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Channel]:
    with practice_channel(tmp_path_factory.mktemp("counts")) as served:
        home = served.directory.parent / "home"
        home.mkdir()
        (home / "text.txt").write_text("The crossing\n\nThe count was wrong.\n")
        for name in ("first", "second"):
            done = demur("file", *served.known, "--yes", "--json", "-o", name, "text.txt", home=home)
            assert done.code == 0, done.err
        case = demur("status", "first.key", "--json", home=home).json["case"]
        done = demur("desk", *served.known, "--key", served.key("custodian"), "acknowledge", case, home=home)
        assert done.code == 0, done.err
        yield served


def shown(channel: Channel) -> dict[str, str]:
    """The rows of the page's table."""
    with urllib.request.urlopen(f"{channel.url}/en/", timeout=10) as answer:
        text = answer.read().decode()
    part = text[text.index('id="kept"') : text.index('id="charter"')]
    return dict(re.findall(r'<th scope="row">([^<]+)</th><td>([^<]+)</td>', part))


def test_the_page_counts_what_runs_and_what_was_met(channel: Channel) -> None:
    end = time.monotonic() + 75
    few = "fewer than 5"  # two cases are two people: their number is not told
    wanted = {
        "Overdue now": "0",
        "Met late, or late when its author withdrew": "0",
        "Disputed: a reply that does not count": few,
        "Open cases": few,
        "Met in time": few,
        "Could not be read": few,
    }
    while (found := shown(channel)) != wanted and time.monotonic() < end:
        time.sleep(2)
    assert found == wanted


def test_what_is_late_is_counted_as_late(channel: Channel, tmp_path: Path) -> None:
    """The same rows, looked at a year later, by the function behind the page."""
    code = (
        "import sys, time; from pathlib import Path; from demur.site.boot import open_installation;"
        "open_installation(Path(sys.argv[1])); from demur.dissent.queries import counts;"
        "print(vars(counts(now=int(time.time()) + 365 * 86400)))"
    )
    environment = {**os.environ, "DEMUR_DIR": str(channel.directory)}
    done = subprocess.run(
        [sys.executable, "-c", code, channel.directory], env=environment, capture_output=True, text=True, check=True
    )
    assert "'overdue': 3" in done.stdout
    assert "'running': 0" in done.stdout
    assert "'met': 1" in done.stdout


ANEW = """
import sys
from pathlib import Path
from demur.site.boot import open_installation
open_installation(Path(sys.argv[1]))
from django.db import transaction
from demur.dissent.queries import forget_tally, tallied
kept = tallied()
with transaction.atomic():
    forget_tally()
assert tallied() == kept, (kept, tallied())
print(sorted(kept.items()))
"""


def test_what_is_kept_of_cases_is_what_their_events_say(channel: Channel) -> None:
    """Sums that were kept while cases came and moved on are those of a count from the first entry on."""
    environment = {**os.environ, "DEMUR_DIR": str(channel.directory)}
    done = subprocess.run(
        [sys.executable, "-c", ANEW, channel.directory], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "('cases', 2)" in done.stdout
    assert "('met', 1)" in done.stdout
    assert done.stdout.count("due ") >= 1


def test_a_backup_holds_no_counts_of_cases(channel: Channel, tmp_path: Path) -> None:
    """They would outlive the key of a case that is erased."""
    done = demur("backup", channel.directory, tmp_path / "backup", home=tmp_path / "home")
    assert done.code == 0, done.err
    with sqlite3.connect(tmp_path / "backup" / "demur.sqlite3") as rows:
        for table in ("dissent_casetally", "dissent_tally"):
            assert rows.execute(f"select count(*) from {table}").fetchone() == (0,)
