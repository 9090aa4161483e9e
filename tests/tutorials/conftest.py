# SPDX-License-Identifier: AGPL-3.0-or-later
"""One practice channel and one browser, 800 pixels wide as the pictures are; what each tutorial begins with."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "author_pages"))
sys.path.insert(0, str(Path(__file__).parents[1] / "desk_pages"))

from browsing import Browser, browser
from walking import TUTORIALS, WIDTH, offered

from demur.cli.demo.stories import CROSSING
from serving import Channel, demur, practice_channel


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Channel]:
    """A practice channel, as `demur demo` founds it; one for each tutorial, so that the pictures do not depend on their order."""
    with practice_channel(tmp_path) as channel:
        yield channel


@pytest.fixture
def chromium(tmp_path: Path) -> Iterator[Browser]:
    """A browser with an empty profile, as wide as the pictures."""
    with browser(tmp_path / "profile") as page:
        page.look(width=WIDTH)
        yield page


@pytest.fixture
def demo(served: Channel, tmp_path: Path) -> Path:
    """The demo's directory as far as tutorials use it: the channel, and Amina's dissent, filed and acknowledged."""
    home = tmp_path / "demo"
    home.mkdir()
    (home / "channel").symlink_to(served.directory)
    case = filed(served, home, CROSSING, claims="3,4,5")
    desk = ("desk", *served.known, "--key", served.key("custodian"))
    for verb in ("fetch", "acknowledge"):
        done = demur(*desk, verb, case, home=home)
        assert done.code == 0, done.err
    return home


@pytest.fixture
def consulate(served: Channel, tmp_path: Path) -> Path:
    """The first dissent, as its tutorial has it, filed by command."""
    home = tmp_path / "author"
    home.mkdir()
    filed(served, home, offered((TUTORIALS / "first-dissent.md").read_text()), claims="3,4")
    return home


def filed(served: Channel, home: Path, text: str, *, claims: str) -> str:
    """File a text as dissent.txt and mine.*; the case."""
    (home / "dissent.txt").write_text(text)
    done = demur("file", *served.known, "dissent.txt", "--claims", claims, "-o", "mine", "--yes", home=home)
    assert done.code == 0, done.err
    return str(json.loads((home / "mine.key").read_text())["case"])
