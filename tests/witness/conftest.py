# SPDX-License-Identifier: AGPL-3.0-or-later
"""What several stories of this folder begin with."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from with_witness import Story


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    """A channel that demands one outside witness; neither is started."""
    made = Story(tmp_path)
    try:
        yield made
    finally:
        made.channel.stop()
        made.stop_witness()
