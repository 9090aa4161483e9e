# SPDX-License-Identifier: AGPL-3.0-or-later
"""The tutorial of the receipt, followed as it stands: its commands are run and their answers compared, then its pages are walked."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from acting import Author
from browsing import Browser
from walking import Walk, commands, fits

from serving import HANGS, Channel

pytestmark = pytest.mark.story
CODES = [0, 0, 1, 1]  # as the tutorial says: it holds, it is the text, and twice refused


def run(command: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    """A line typed in the demo's directory."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = {**os.environ, "DEMUR_HOME": str(folder / "home"), "HOME": str(folder), "PATH": path}
    return subprocess.run(
        ["sh", "-c", command], cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=HANGS
    )


def test_a_receipt_is_checked_as_its_tutorial_says(chromium: Browser, served: Channel, demo: Path) -> None:
    walk, author = Walk(name="checking-a-receipt", page=chromium), Author(chromium)
    told = commands(walk.text)
    assert len(told) == len(CODES)
    for (command, answer), code in zip(told, CODES, strict=True):
        done = run(command, demo)
        assert done.returncode == code, (command, done.stdout, done.stderr)
        assert fits(answer, done.stdout + done.stderr), (answer, done.stdout, done.stderr)
        walk.read.append(done.stdout)

    chromium.visit(f"{served.url}/en/case/")
    author.wait("document.querySelector('#begin')")
    walk.look()
    author.click("#begin")
    author.type("#words", json.loads((demo / "mine.key").read_text())["words"])
    walk.look()
    author.click("#open")
    author.wait("document.querySelector('article')", seconds=60)
    walk.picture("receipt-before", "h2:has(+ [data-slot=checked])", last="#receipt-file")
    author.choose_file("#receipt-file", demo / "mine.receipt")
    author.wait("document.querySelector('#compared, #trouble')", seconds=60)
    walk.picture("receipt-compared", ".field:has(> #receipt-file)", last="#compared")
    assert "nothing that is shown here contradicts it" in author.text()
    walk.ends()
