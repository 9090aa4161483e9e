# SPDX-License-Identifier: AGPL-3.0-or-later
"""Somebody floods the page without script with made files of a megabyte: letters are still taken there."""

import os
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from sheets import post, sheet

from demur.web.load import ORDINARY, ORDINARY_FREE, Recent
from serving import Channel, practice_channel

pytestmark = [pytest.mark.adversary, pytest.mark.alone]
MB = 1_000_000
MADE = b"%PDF-1.7\n" + b"1 0 obj<</Author(a)>>endobj\n" * (MB // 28)  # the worst of its size that is known here
CONNECTIONS, LETTERS = 40, 5
TEXT = "The crossing\n\nThe count was wrong.\n"
# The server as it was: letters and files in one lane.
PLANTED = """
import demur.site.signing_lane as lanes
lanes.LIGHT = 0
from demur.site.rsgi import application
"""


@contextmanager
def flooded(channel: Channel) -> Iterator[list[int]]:
    """So many who send a made file again and again; the statuses of the answers."""
    over, answers = threading.Event(), list[int]()

    def send() -> None:
        while not over.is_set():
            begun = str(int(time.time()) - 5)
            typed = [("step", "file"), ("text", "a"), ("nonce", os.urandom(32).hex()), ("begun", begun)]
            with suppress(OSError):  # the server may end first
                answers.append(post(channel, "/en/file/plain/", typed, [("a.pdf", MADE)])[0])

    threads = [threading.Thread(target=send) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    try:
        time.sleep(3)
        yield answers
    finally:
        over.set()
        channel.stop()
        for thread in threads:
            thread.join()


def letters(channel: Channel) -> list[float]:
    """How long each letter takes to its second page, in seconds; 60 where it was not taken."""
    taken = []
    for _ in range(LETTERS):
        begun = time.monotonic()
        try:
            sheet(channel, TEXT)
            taken.append(time.monotonic() - begun)
        except (OSError, AssertionError):
            taken.append(60.0)
        if taken[-1] >= 60:
            break
    return taken


def test_letters_are_taken_while_made_files_are_looked_into(tmp_path: Path) -> None:
    found = dict[str, list[float]]()
    for name, before in (("one lane, as it was", PLANTED), ("a lane for files", "")):
        place = tmp_path / name.split()[0]
        place.mkdir()
        with practice_channel(place, charter="demur-default", serve=False) as channel:
            if before:
                (place / "planted.py").write_text(before)
            more = {"PYTHONPATH": f"{place}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"}
            serve_with(channel, before, more)
            with flooded(channel) as answers:
                found[name] = letters(channel)
                done = len(answers)
            took = [round(each, 1) for each in found[name]]
            print(f"{name}: {CONNECTIONS} connections with made files of 1 MB, {done} answered; letters took {took} s")
    before, after = (statistics.median(found[name]) for name in found)
    assert before > 4 * after
    assert len(found["a lane for files"]) == LETTERS


def serve_with(channel: Channel, before: str, more: dict[str, str]) -> None:
    """Serve it as `demur serve` does, with `before` run first where it is given."""
    if not before:
        channel.start()
        return
    words = (
        "from granian import Granian; from granian.constants import Interfaces, HTTPModes;"
        f"Granian('planted:application', address='127.0.0.1', port={channel.port}, interface=Interfaces.RSGI, workers=1,"
        " http=HTTPModes.http1, websockets=False, log_enabled=False).serve()"
    )
    channel.run("-c", words, DEMUR_DIR=str(channel.directory), DJANGO_SETTINGS_MODULE="demur.site.settings", **more)


def test_what_floods_the_disk_by_bytes_does_not_shut_the_page_without_script() -> None:
    """It is weighed by its number alone: it could show no work, and its lane bounds how much there is of it."""
    recent = Recent()
    for n in range(2 * ORDINARY_FREE // ORDINARY):
        recent.add(1_800_000_000 + n // 10, size=ORDINARY)
    assert recent.load(1_800_000_300, size=ORDINARY) > 1
    assert recent.load(1_800_000_300, size=0) < 1
