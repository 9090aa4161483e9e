# SPDX-License-Identifier: AGPL-3.0-or-later
"""A practice channel served for the whole folder, and seats at it."""

from collections.abc import Iterator

import pytest
from seats import desk_at

from serving import Channel, practice_channel


@pytest.fixture(scope="session")
def channel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Channel]:
    with practice_channel(tmp_path_factory.mktemp("desk-core")) as channel:
        yield channel


@pytest.fixture
def desk(channel: Channel) -> Iterator["Core"]:  # noqa: F821
    with desk_at(channel.url) as desk:
        yield desk
