# SPDX-License-Identifier: AGPL-3.0-or-later
"""One practice channel, served, for all tests of what goes over the wire."""

from collections.abc import Iterator

import django
import pytest

from serving import Channel, practice_channel

# The middleware imports Django's request classes; nothing here opens the database.
django.setup()


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Channel]:
    """A practice channel under 2 FAM 070."""
    with practice_channel(tmp_path_factory.mktemp("served")) as channel:
        yield channel
