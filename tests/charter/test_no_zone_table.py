# SPDX-License-Identifier: AGPL-3.0-or-later
"""A machine without a table of time zones: what was frozen counts there, and what cannot be had is told by its cause."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from demur.charter.builtin import builtin_text
from demur.charter.freeze import Frozen, freeze_text
from demur.charter.obligations import clocks
from serving import HANGS, demur, practice_channel

RECEIVED = 1_796_000_000
# Python there has neither the system's table nor the package's.
BARE = """
import json, sys
sys.modules["tzdata"] = None
from demur.charter.freeze import Frozen, freeze_text
from demur.charter.builtin import builtin_text
from demur.charter.obligations import clocks
from demur.errors import DemurError
statement = json.load(sys.stdin)
found = {name: due.limit for name, due in clocks(Frozen.from_entry(statement), {"received": %d}).items()}
del statement["zones"]
said = []
for work in (lambda: Frozen.from_entry(statement), lambda: freeze_text(builtin_text("us-state-2fam070"), name="x", year=2026)):
    try:
        work()
    except DemurError as error:
        said.append(str(error))
print(json.dumps({"due": found, "said": said}))
"""


def statement() -> dict[str, Any]:
    return freeze_text(builtin_text("us-state-2fam070"), name="x", year=2026).entry("o", 0)


def test_due_dates_follow_from_the_statement_alone_and_a_missing_table_is_named() -> None:
    done = subprocess.run(
        [sys.executable, "-c", BARE % RECEIVED],
        input=json.dumps(statement()),
        env={**os.environ, "PYTHONTZPATH": ""},
        capture_output=True,
        text=True,
        check=False,
        timeout=HANGS,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    here = clocks(Frozen.from_entry(statement()), {"received": RECEIVED})
    assert found["due"] == {name: due.limit for name, due in here.items()}
    assert len(found["said"]) == 2
    assert all(
        "has no table of time zones" in said and "install the Python package tzdata" in said for said in found["said"]
    )


@pytest.mark.story
def test_it_serves_and_files_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONTZPATH", "")
    with practice_channel(tmp_path) as channel:
        (tmp_path / "home").mkdir()
        (tmp_path / "home" / "ferry.txt").write_text("The ferry\n\nIt should go on.\n")
        filed = demur(
            "file",
            *channel.known,
            "--claims",
            "2",
            "--as-is",
            "--yes",
            "-o",
            "mine",
            "ferry.txt",
            home=tmp_path / "home",
        )
        assert filed.code == 0, filed.err
        status = demur("status", "mine.key", "--json", home=tmp_path / "home")
        assert [row["state"] for row in status.json["clocks"]] == ["running", "running"]
