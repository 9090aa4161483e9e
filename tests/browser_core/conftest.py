# SPDX-License-Identifier: AGPL-3.0-or-later
"""A practice channel served for the whole folder, and authors at it."""

from collections.abc import Iterator

import pytest
from core import Core, author_at

from serving import Channel, practice_channel


@pytest.fixture(scope="session")
def channel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Channel]:
    with practice_channel(tmp_path_factory.mktemp("browser-core")) as channel:
        yield channel


@pytest.fixture
def author(channel: Channel) -> Iterator[Core]:
    with author_at(channel.url) as author:
        yield author


@pytest.fixture
def visitor(channel: Channel) -> Iterator[Core]:
    """Another browser, which knows nothing."""
    with author_at(channel.url) as visitor:
        yield visitor
