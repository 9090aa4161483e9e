# SPDX-License-Identifier: AGPL-3.0-or-later
"""Where many ask, the server shows no work for those whose browser cannot: a flood of forms would have it done for nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sheets import file_it, post, sheet

from serving import Channel, practice_channel

TEXT = "The crossing\n\nThe count was wrong.\n"
CROWDED = Path(__file__).parents[1] / "cli"


@pytest.fixture
def crowded(tmp_path: Path) -> Iterator[Channel]:
    """A practice channel on which the third thing that authors send within ten minutes shows work."""
    with practice_channel(tmp_path, charter="demur-default", serve=False) as channel:
        more = {"DEMUR_DIR": str(channel.directory), "PYTHONPATH": str(CROWDED), "FREE_FILINGS": "2"}
        channel.run("-m", "crowded_server", str(channel.port), **more)
        yield channel


def test_an_act_from_the_plain_page_waits_until_fewer_ask(crowded: Channel) -> None:
    status, page, code = file_it(crowded, sheet(crowded, TEXT))
    assert status == 200, page
    case = [("code", code), ("reason", "")]

    def write(text: str, *, shown: int) -> str:
        fields = [*case, ("act", "message"), ("message", text), ("shown", str(shown))]
        return post(crowded, "/en/case/plain/", fields)[1]

    for number in (1, 2):
        assert "Your message is recorded, as item" in write("When?", shown=number)
    refused = write("And now?", shown=3)
    assert "Many file at this moment." in refused
    assert "And now?" in refused
