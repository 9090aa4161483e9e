# SPDX-License-Identifier: AGPL-3.0-or-later
"""A checkpoint that is taken back from tiles counts for what its note says: cosigned where the policy of its time is met, and else not."""

import os
import shutil
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from with_witness import Story

from demur.record.note import MAX_SIGNATURES, Note, Signature
from serving import demur

pytestmark = pytest.mark.adversary


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    """Amina's filing is in the backup; then the log goes on."""
    made = Story(tmp_path)
    made.start_witness()
    made.channel.start()
    made.file("amina")
    wait_until_published(made)
    done = demur("backup", made.channel.directory, tmp_path / "backup", home=made.home)
    assert done.code == 0, done.err
    try:
        yield made
    finally:
        made.channel.stop()
        made.stop_witness()


def rows(story: Story, question: str) -> list[tuple[Any, ...]]:
    with sqlite3.connect(story.channel.directory / "demur.sqlite3") as found:
        return found.execute(question).fetchall()


def shown(story: Story) -> Note:
    return Note.parse((story.channel.directory / "record" / "checkpoint").read_text())


def show(story: Story, note: Note) -> None:
    """Put another note in the checkpoint's place, as a careless or lying mirror does."""
    (story.channel.directory / "record" / "checkpoint").write_text(note.serialized)


def wait_until_published(story: Story, *, cosigned: bool = True) -> None:
    end = time.monotonic() + 60
    while True:
        waiting = rows(story, 'select count(*) from entries_entry where "index" is null')
        last = rows(story, "select size, cosigned from entries_checkpoint order by size desc limit 1")
        if waiting == [(0,)] and last == [(int(shown(story).text.splitlines()[1]), int(cosigned))]:
            return
        assert time.monotonic() < end, story.channel.output.read_text()
        time.sleep(0.2)


def restored(story: Story, tmp_path: Path) -> tuple[int, ...]:
    """The disk is gone but for a mirror; the last checkpoint as the restored rows keep it."""
    story.channel.stop()
    mirror = tmp_path / "mirror"
    shutil.copytree(story.channel.directory / "record", mirror)
    shutil.rmtree(story.channel.directory)
    done = demur("restore", tmp_path / "backup", story.channel.directory, "--mirror", mirror, "--json", home=story.home)
    assert done.code == 0, done.err
    assert done.json["taken"] > 0
    [last] = rows(story, "select size, cosigned, time from entries_checkpoint order by size desc limit 1")
    return last


def goes_on(story: Story, name: str) -> None:
    """The restored log is found to be whole, publishes under its witness, and completes the receipt from before."""
    story.channel.start()
    story.file("later")
    wait_until_published(story)
    done = demur("doctor", story.channel.directory, "--deep", home=story.home)
    assert "changed by hand" not in done.out, done.out
    sealed = story.home / f"{name}.key"
    assert demur("file", "--again", sealed, home=story.home).code == 0
    demur("status", sealed, home=story.home)
    done = demur("verify", f"{name}.receipt", "--channel", story.channel.file, home=story.home)
    assert (done.code, "union.example" in done.out) == (0, True), done.out + done.err


def test_one_that_the_witness_signed_counts(story: Story, tmp_path: Path) -> None:
    story.file("bima")
    wait_until_published(story)
    [(size, signed_at)] = rows(story, "select size, time from entries_checkpoint order by size desc limit 1")
    assert restored(story, tmp_path) == (size, 1, signed_at)
    goes_on(story, "bima")


def test_one_that_the_witness_did_not_sign_does_not_count_before_it_does(story: Story, tmp_path: Path) -> None:
    story.stop_witness()
    story.file("bima")
    wait_until_published(story, cosigned=False)
    [(size, stated)] = rows(story, "select size, time from entries_checkpoint order by size desc limit 1")
    assert restored(story, tmp_path) == (size, 0, stated)
    story.start_witness()
    goes_on(story, "bima")


def test_one_on_which_a_mirror_forged_the_witness_s_line_does_not_count_and_the_true_line_finds_its_place(
    story: Story, tmp_path: Path
) -> None:
    story.file("bima")
    wait_until_published(story)
    note = shown(story)
    lines = [
        Signature(row.name, row.key_id, os.urandom(len(row.data))) if row.name == "union.example" else row
        for row in note.signatures
    ]
    show(story, Note(note.text, tuple(lines)))
    assert restored(story, tmp_path)[1] == 0
    goes_on(story, "bima")


def test_one_that_a_mirror_filled_with_strangers_lines_leaves_the_witness_its_place(
    story: Story, tmp_path: Path
) -> None:
    story.stop_witness()
    story.file("bima")
    wait_until_published(story, cosigned=False)
    note = shown(story)
    room = range(MAX_SIGNATURES - len(note.signatures))
    show(story, note.adding(*(Signature(f"stranger{n}.example", os.urandom(4), os.urandom(5)) for n in room)))
    assert restored(story, tmp_path)[1] == 0
    [(kept,)] = rows(story, "select note from entries_checkpoint order by size desc limit 1")
    assert kept == note.serialized
    story.start_witness()
    goes_on(story, "bima")


def test_one_on_which_a_mirror_doubled_lines_counts_as_before(story: Story, tmp_path: Path) -> None:
    story.file("bima")
    wait_until_published(story)
    [(size, signed_at)] = rows(story, "select size, time from entries_checkpoint order by size desc limit 1")
    note = shown(story)
    show(story, note.adding(*note.signatures))
    assert restored(story, tmp_path) == (size, 1, signed_at)
    goes_on(story, "bima")
