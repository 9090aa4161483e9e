# SPDX-License-Identifier: AGPL-3.0-or-later
"""The demo plays a case to the answer and leaves nothing behind."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from serving import demur

pytestmark = pytest.mark.story
SILENT = 180.0  # seconds without a word after which it is taken to hang: how long it plays depends on the machine


def test_the_demo_plays_to_the_answer_and_leaves_nothing(tmp_path: Path) -> None:
    place = tmp_path / "tmp"
    place.mkdir()

    done = demur("demo", "--once", home=tmp_path / "home", more={"TMPDIR": str(place)})

    assert done.code == 0, done.err
    assert "The count was taken in the wrong week." in done.out
    assert "nothing of it is left" in done.out
    assert list(place.iterdir()) == []
    assert list((tmp_path / "home").iterdir()) == []


@contextmanager
def whole_demo(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """The demo, played until it waits: what it said, and its directory. Ended as a person ends it."""
    place, said = tmp_path / "tmp", tmp_path / "said"
    place.mkdir()
    with said.open("wb") as output:
        demo = subprocess.Popen(
            [sys.executable, "-m", "demur", "demo"],
            env={**os.environ, "TMPDIR": str(place), "HOME": str(tmp_path / "home")},
            stdout=output,
            stderr=output,
        )
    try:
        before, since = "", time.monotonic()
        while "when you press Ctrl-C here" not in (now := said.read_text()):
            assert demo.poll() is None, now[-2000:]
            if now != before:
                before, since = now, time.monotonic()
            assert time.monotonic() - since < SILENT, now[-2000:]
            time.sleep(0.2)
        [directory] = place.iterdir()
        yield said.read_text(), directory
    finally:
        demo.send_signal(signal.SIGINT)
        demo.wait(120)
    assert list(place.iterdir()) == []


def test_the_whole_demo_holds_a_case_at_each_stage_and_one_is_overdue(tmp_path: Path) -> None:
    with whole_demo(tmp_path) as (said, directory):
        url = next(word for word in said.split() if word.startswith("http://127.0.0.1:")).rstrip("/")
        desk = ["desk", "--server", url, "--channel", directory / "channel/channel.toml"]
        key = directory / "channel/practice/custodian.key"
        listed = demur(*desk, "--key", key, "list", "--json", home=tmp_path / "citra").json["cases"]
        assert sorted(row["state"] for row in listed) == sorted(
            [
                "filed",
                "filed",
                "acknowledged",
                "acknowledged",
                "unconfirmed",
                "disputed",
                "withdrawn",
                "answered",
                "closed",
            ]
        )
        assert sum(row["overdue"] for row in listed) == 1
        with urllib.request.urlopen(f"{url}/en/", timeout=10) as page:
            assert "Overdue now" in page.read().decode()
        assert demur("account", "list", directory / "channel", "--json", home=tmp_path / "admin").json["accounts"] == [
            {"name": "citra", "seat": "custodian", "ready": True}
        ]
        examined = demur("doctor", directory / "channel", "--deep", "--json", home=tmp_path / "admin")
        assert [row for row in examined.json["findings"] if not row["well"] and row["code"] != "waiting"] == []
        status = demur("status", directory / "mine.key", "--json", home=directory / "home")
        assert json.loads(status.out)["state"] == "answered"
