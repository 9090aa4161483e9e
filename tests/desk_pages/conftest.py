# SPDX-License-Identifier: AGPL-3.0-or-later
"""One practice channel, its custodian's account, and browsers; and a worker that plays, for states that no honest server brings about."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import django
import pytest
from browsing import Browser, browser
from sitting import Person, sign_in

from serving import Channel, demur, practice_channel

HERE = Path(__file__).parent

# The tests of accounts import the models.
django.setup()


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Channel]:
    """A practice channel under 2 FAM 070."""
    with practice_channel(tmp_path_factory.mktemp("served")) as channel:
        yield channel


@pytest.fixture(scope="session")
def citra(served: Channel, tmp_path_factory: pytest.TempPathFactory) -> Person:
    """The custodian, whose account is set up and whose vault holds the practice key."""
    return ready(served, tmp_path_factory.mktemp("admin"), "citra", "custodian")


@pytest.fixture(scope="session")
def dewi(served: Channel, tmp_path_factory: pytest.TempPathFactory) -> Person:
    """The secretary, in the same way."""
    return ready(served, tmp_path_factory.mktemp("admin"), "dewi", "secretary")


def ready(channel: Channel, home: Path, name: str, seat: str) -> Person:
    """An account as its owner would have left it."""
    done = demur("account", "new", channel.directory, name, "--seat", seat, "--ready", "--json", home=home)
    assert done.code == 0, done.err
    return Person(
        channel=channel, home=home, **{name: done.json[name] for name in ("name", "passphrase", "codes", "vault")}
    )


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser with an empty profile."""
    with browser(tmp_path_factory.mktemp("profile")) as page:
        page.look(width=1000)
        yield page


@pytest.fixture
def played(chromium: Browser, citra: Person) -> Iterator[Callable[..., Browser]]:
    """Opens the desk, unlocked, before a worker that plays a scene; words are those of the play."""

    def make(place: str = "", *, language: str = "en", unlock: bool = True, **play: Any) -> Browser:
        worker = f"const PLAY = {json.dumps(play)};\n" + (HERE / "played_worker.js").read_text()
        chromium.release()
        chromium.answer("*/desk-worker.js", worker.encode())
        sign_in(chromium, citra, language=language)
        chromium.visit("about:blank")  # so that an address that differs in its fragment only is loaded too
        chromium.visit(f"{citra.channel.url}/{language}/desk/{place}")
        if unlock:
            chromium.fill("#words", "arctic dream become tiny goat typical practice")
            chromium.click("[data-act=unlock]")
            chromium.until("!document.querySelector('#head').hidden")
        return chromium

    yield make
    chromium.go("about:blank")
    chromium.release()
    chromium.look(width=1000)
