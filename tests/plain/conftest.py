# SPDX-License-Identifier: AGPL-3.0-or-later
"""One practice channel, and a browser that runs no script."""

from collections.abc import Iterator
from pathlib import Path

import django
import pytest
from browsing import Browser, browser

from serving import Channel, practice_channel

# Sentences in the reader's language; nothing here opens the database.
django.setup()


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Channel]:
    """A practice channel under the default charter."""
    with practice_channel(tmp_path_factory.mktemp("served"), charter="demur-default") as channel:
        yield channel


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Browser]:
    """A browser with an empty profile in which no script runs."""
    with browser(tmp_path / "profile") as found:
        found.look(width=1000)
        found.without_scripts()
        yield found
