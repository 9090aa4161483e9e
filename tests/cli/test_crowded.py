# SPDX-License-Identifier: AGPL-3.0-or-later
"""Many file at once: each shows a little work, nobody is turned away, and nobody is told from another."""

import secrets
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from demur.charter.channel import ChannelFile
from demur.client.directory import read_directory
from demur.client.errors import ServerRefused
from demur.client.filing import PreparedFiling, prepare
from demur.client.http import Server
from demur.client.submitting import submit
from demur.client.wish import Wish
from demur.dissent.bundle import MEDIA_TYPE
from demur.dissent.documents.dissent import from_text
from demur.dissent.work import HEADER, LEAST
from serving import Channel, demur, practice_channel

TEXT = b"The crossing\n\nThe count was wrong.\n"
FREE = 2  # filings
HERE = Path(__file__).parent


@pytest.fixture
def channel(tmp_path: Path) -> Iterator[Channel]:
    with practice_channel(tmp_path, serve=False) as founded:
        crowded = {"DEMUR_DIR": str(founded.directory), "PYTHONPATH": str(HERE), "FREE_FILINGS": str(FREE)}
        founded.run("-m", "crowded_server", str(founded.port), **crowded)
        yield founded


def sealed(channel: Channel) -> PreparedFiling:
    server, now = Server(channel.url), int(time.time())
    in_force = read_directory(server, ChannelFile.parse(channel.file.read_text()).channel, now=now)
    wish = Wish(dissent=from_text(TEXT, name="text.txt"), original=TEXT)
    limits = server.get_json("/api/v1/limits")
    return prepare(wish, in_force, address=channel.url, limits=limits, now=now, random=secrets.token_bytes)


def posted(channel: Channel, prepared: PreparedFiling, **headers: str) -> dict[str, object]:
    return Server(channel.url).post_json("/api/v1/cases", prepared.bundle, content_type=MEDIA_TYPE, headers=headers)


def test_beyond_what_is_free_a_filing_shows_work_and_is_filed(channel: Channel, tmp_path: Path) -> None:
    for _ in range(FREE + 1):
        posted(channel, sealed(channel))
    told = Server(channel.url).get_json("/api/v1/limits")["work"]
    assert LEAST <= told["filing_bits"] <= LEAST + 2

    late = sealed(channel)
    for stamp in ({}, {HEADER: f"{told['challenge']}:0"}, {HEADER: "\xe4"}):
        with pytest.raises(ServerRefused) as caught:
            posted(channel, late, **stamp)
        assert (caught.value.status, caught.value.code) == (429, "work")

    known = ChannelFile.parse(channel.file.read_text()).channel
    bits: list[int] = []
    filed = submit(Server(channel.url), late, known, now=lambda: int(time.time()), tell=bits.append)
    assert filed.key.case == late.draft["case"]
    assert bits == [told["filing_bits"]]

    home = tmp_path / "amina"
    home.mkdir()
    (home / "text.txt").write_bytes(TEXT)
    done = demur("file", *channel.known, "--yes", "-o", "mine", "text.txt", home=home)
    assert done.code == 0, done.err
    assert "bits of work" in done.err
