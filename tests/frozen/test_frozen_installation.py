# SPDX-License-Identifier: AGPL-3.0-or-later
"""The installation of 26 November under today's code: brought up to date, served, passed by the doctor, and every case read as before."""

import io
import json
import os
import sqlite3
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from core import author_at
from frozen_files import CASES, COMMIT, author_files, expected, held, installation

from serving import Channel, Done, demur, free_port

pytestmark = pytest.mark.story
# What a clock says depends on when it is asked; when it was met does not.
ASKED_LATER = ("running", "overdue", "extended", "late")
MOVING = ("at", "now", "heads", "log_size", "checkpoint_time", "unseen", "overdue")


@dataclass(frozen=True)
class Upgraded:
    """The installation, served, and the author's files."""

    channel: Channel
    files: Path
    place: Path

    def run(self, *words: str | Path, home: str = "reader") -> Done:
        done = demur(*words, "--json", home=self.place / home)
        assert done.code == 0, done.err
        return done


@pytest.fixture(scope="module")
def upgraded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Upgraded]:
    place = tmp_path_factory.mktemp("upgraded")
    channel = Channel(directory=installation(place).directory, port=free_port(), output=place / "server.log")
    channel.start()
    try:
        yield Upgraded(channel, author_files(place / "author"), place)
    finally:
        channel.stop()


@pytest.fixture(scope="module")
def old_source(tmp_path_factory: pytest.TempPathFactory) -> Path | None:
    """The landing's own source, taken from the history; None where a shallow clone does not have it."""
    place = tmp_path_factory.mktemp("source")
    git = ["git", "-C", str(Path(__file__).parents[2]), "archive", COMMIT, "src"]
    done = subprocess.run(git, capture_output=True, check=False)
    if done.returncode != 0:
        return None
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as packed:
        packed.extractall(place, filter="data")
    shown = subprocess.run(
        [sys.executable, "-c", "import demur; print(demur.__file__)"],
        env={**os.environ, "PYTHONPATH": str(place / "src")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout.startswith(str(place)), "another version than the landing's own was taken"
    return place / "src"


def still(document: Any) -> Any:
    """A document without what the time of asking decides."""
    if isinstance(document, dict):
        found = {name: still(value) for name, value in document.items() if name not in MOVING}
        if found.get("state") in ASKED_LATER:
            del found["state"]
        return found
    return [still(row) for row in document] if isinstance(document, list) else document


@pytest.mark.parametrize("name", CASES)
def test_each_case_reads_as_the_landing_read_it(name: str, upgraded: Upgraded) -> None:
    found = upgraded.run("status", upgraded.files / f"{name}.key", *upgraded.channel.known).json
    said = expected()["threads"][name]
    assert (found["state"], held(still(found), still(said))) == (said["state"], [])
    upgraded.run("verify", upgraded.files / f"{name}.receipt", "--channel", upgraded.channel.file)


def test_the_words_alone_bring_a_case_back(upgraded: Upgraded) -> None:
    words, abroad = expected()["cases"]["closed"]["words"], upgraded.place / "abroad"
    done = demur("status", "--words", *upgraded.channel.known, "-o", "again", "--json", home=abroad, text=words + "\n")
    assert done.code == 0, done.err
    assert done.json["state"] == "closed"
    given = [upgraded.files / name for name in ("ferry.txt", "crossings.csv")]
    upgraded.run(
        "verify", abroad / "again.receipt", "--key", abroad / "again.key", "--channel", upgraded.channel.file, given[0]
    )


@pytest.mark.parametrize("name", CASES)
def test_each_case_reads_the_same_in_the_browser(name: str, upgraded: Upgraded) -> None:
    with author_at(upgraded.channel.url) as worker:
        view = worker.call("enter", key=(upgraded.files / f"{name}.key").read_bytes())
    said = expected()["threads"][name]
    assert (view["state"], view["noticed"]) == (said["state"], [])
    assert [row["type"] for row in view["thread"]] == [row["event"]["type"] for row in said["events"]]


@pytest.mark.parametrize("seat", ["custodian", "head", "independent"])
def test_each_seat_lists_the_cases_that_it_listed(seat: str, upgraded: Upgraded) -> None:
    at = ("desk", *upgraded.channel.known, "--key", upgraded.channel.key(seat))
    found = {row["case"]: row for row in upgraded.run(*at, "list", home=seat).json["cases"]}
    said = {row["case"]: row for row in expected()["desk"][seat]["cases"]}
    assert held(still(found), still(said)) == []
    assert set(found) == set(said)


@pytest.mark.parametrize("name", ["closed", "acknowledged"])
def test_the_custodian_fetches_what_was_fetched(name: str, upgraded: Upgraded) -> None:
    at = ("desk", *upgraded.channel.known, "--key", upgraded.channel.key("custodian"))
    said = expected()["desk"][f"custodian fetches {name}"]
    found = upgraded.run(*at, "fetch", said["case"], home="custodian").json
    assert held(still(found), still(said)) == []


def test_no_row_of_the_landing_is_lost(upgraded: Upgraded) -> None:
    rows = sqlite3.connect(upgraded.channel.directory / "demur.sqlite3")
    for table, count in expected()["rows"].items():
        if table.startswith(("dissent_", "entries_", "people_statement")):
            assert rows.execute(f'select count(*) from "{table}"').fetchone()[0] >= count, table


def test_the_doctor_finds_all_well(upgraded: Upgraded) -> None:
    for words in ((), ("--deep",)):
        done = demur("doctor", upgraded.channel.directory, *words, "--json", home=upgraded.place / "admin")
        assert done.code == 0, done.out + done.err
        assert [row["code"] for row in json.loads(done.out)["findings"] if not row["well"]] == []


@pytest.mark.parametrize("name", CASES)
def test_the_landings_own_client_reads_on_at_todays_server(
    name: str, upgraded: Upgraded, old_source: Path | None, capsys: pytest.CaptureFixture[str]
) -> None:
    if old_source is None:
        with capsys.disabled():
            print(f"\nthe source of {COMMIT} is not in this clone's history: its recorded answers stand in for it")
        assert expected()["threads"][name]["events"]  # held against today's readers by test_frozen_files
        return
    files, home = author_files(upgraded.place / "old" / name), upgraded.place / "old-reader"
    words = ("status", files / f"{name}.key", *upgraded.channel.known, "--json")
    done = demur(*words, home=home, more={"PYTHONPATH": str(old_source)})
    assert done.code == 0, done.err
    said = expected()["threads"][name]
    assert (done.json["state"], held(still(done.json), still(said))) == (said["state"], [])
    read = demur(
        "verify",
        files / f"{name}.receipt",
        "--channel",
        upgraded.channel.file,
        home=home,
        more={"PYTHONPATH": str(old_source)},
    )
    assert read.code == 0, read.err


def test_a_stopped_installation_is_brought_up_to_date_by_its_first_start_alone(tmp_path: Path) -> None:
    directory = installation(tmp_path).directory
    channel = Channel(directory=directory, port=free_port(), output=tmp_path / "server.log")
    channel.start()
    channel.stop()
    done = demur("doctor", directory, "--deep", home=tmp_path / "admin")
    assert done.code == 0, done.out + done.err
    assert "Traceback" not in (tmp_path / "server.log").read_text()
