# SPDX-License-Identifier: AGPL-3.0-or-later
"""One practice channel and one browser for the author's pages; and a worker that plays, for states that no honest server brings about."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from acting import Author
from browsing import Browser, browser
from stub_worker import Played

from serving import Channel, practice_channel


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Channel]:
    """A practice channel under 2 FAM 070."""
    with practice_channel(tmp_path_factory.mktemp("served")) as channel:
        yield channel


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser with an empty profile."""
    with browser(tmp_path_factory.mktemp("profile")) as page:
        yield page


@pytest.fixture
def tab(chromium: Browser) -> Iterator[Browser]:
    """A window of its own, of ordinary width: closed without asking, whatever is typed in it."""
    before = chromium.session
    target = chromium.ask("Target.createTarget", url="about:blank")["targetId"]
    chromium.session = chromium.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
    for domain in ("Page", "Network", "Log", "Runtime"):
        chromium.ask(f"{domain}.enable")
    chromium.ask("Target.setAutoAttach", autoAttach=True, waitForDebuggerOnStart=True, flatten=True)
    chromium.look(width=1000)
    chromium.accepts = True
    yield chromium
    chromium.release()
    chromium.ask("Target.closeTarget", targetId=target)
    chromium.session = before


@pytest.fixture
def author(tab: Browser) -> Author:
    """A person before a window."""
    return Author(tab)


@pytest.fixture
def played(tab: Browser) -> Callable[..., Played]:
    """Makes an author before a page whose worker plays a scene."""

    def make(**play: Any) -> Played:
        return Played(tab, **play)

    return make
