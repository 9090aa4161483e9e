# SPDX-License-Identifier: AGPL-3.0-or-later
"""One practice channel for all stories: each story files its own case."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from serving import Channel, practice_channel


@pytest.fixture(scope="session")
def channel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Channel]:
    """A practice channel under 2 FAM 070, served."""
    with practice_channel(tmp_path_factory.mktemp("channel")) as served:
        yield served


@pytest.fixture
def amina(tmp_path: Path) -> Path:
    """Amina's own machine: an empty home."""
    home = tmp_path / "amina"
    home.mkdir()
    return home
