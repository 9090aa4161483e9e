# SPDX-License-Identifier: AGPL-3.0-or-later
"""Many file and write at once: each shows a little work, nobody is turned away, and nobody is told from another."""

import secrets
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from demur.charter.channel import ChannelFile
from demur.client.acting import Author
from demur.client.authorkey import AuthorKey
from demur.client.directory import read_directory
from demur.client.errors import ServerRefused
from demur.client.filing import PreparedFiling, prepare
from demur.client.http import NOTHING, Headers, Server
from demur.client.submitting import submit
from demur.client.wish import Wish
from demur.dissent.bundle import MEDIA_TYPE, unpack_bundle
from demur.dissent.documents.dissent import from_text
from demur.dissent.work import HEADER, LEAST, act_subject, solve
from serving import Channel, Founded, demur, practice_channel

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


def asked(channel: Channel) -> int:
    """How many bits a filing, or an act, shows now."""
    return int(Server(channel.url).get_json("/api/v1/limits")["work"]["filing_bits"])


class Listening(Server):
    """A server, with the acts that went to it: what each carried, and whether it showed work."""

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.acts: list[tuple[str, bytes, dict[str, str]]] = []

    def post(
        self, path: str, body: bytes, *, content_type: str = "application/json", headers: Headers = NOTHING
    ) -> bytes:
        assert not callable(headers)
        self.acts.append((path, body, dict(headers)))
        return super().post(path, body, content_type=content_type, headers=headers)


@pytest.fixture
def amina(channel: Channel, tmp_path: Path) -> Founded:
    """Amina, who has filed."""
    home = tmp_path / "amina"
    home.mkdir()
    (home / "text.txt").write_bytes(TEXT)
    founded = Founded(channel=channel, home=home)
    founded.run("file", *channel.known, "--yes", "-o", "mine", "text.txt")
    return founded


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
    assert len(bits) == 1
    assert (
        LEAST <= bits[0] <= told["filing_bits"]
    )  # the refusal names what is enough: what was asked a minute ago, where that was less

    home = tmp_path / "amina"
    home.mkdir()
    (home / "text.txt").write_bytes(TEXT)
    done = demur("file", *channel.known, "--yes", "-o", "mine", "text.txt", home=home)
    assert done.code == 0, done.err
    assert "bits of work" in done.err


def test_of_many_who_file_at_the_same_moment_no_more_are_free(channel: Channel) -> None:
    filings, refused = [sealed(channel) for _ in range(24)], list[int]()

    def file(prepared: PreparedFiling) -> None:
        try:
            posted(channel, prepared)
        except ServerRefused as error:
            refused.append(error.status)

    people = [threading.Thread(target=file, args=(prepared,)) for prepared in filings]
    for person in people:
        person.start()
    for person in people:
        person.join()
    assert set(refused) == {429}
    assert len(refused) >= len(filings) - FREE - 1 - 4  # the threads of the application may each take one more


def test_what_an_author_sends_counts_as_a_filing_does(channel: Channel, amina: Founded) -> None:
    assert asked(channel) == 0
    amina.run("message", "mine.key", text="word\n" * 40_000)
    assert asked(channel) == 0  # one that is large costs what is small nothing: bytes are paid for by who brings them
    for _ in range(FREE):
        amina.run("message", "mine.key", "When?")
    assert asked(channel) >= LEAST


def test_beyond_what_is_free_an_act_shows_work_for_its_own_place_in_the_case(channel: Channel, amina: Founded) -> None:
    for _ in range(FREE):
        amina.run("message", "mine.key", "When?")
    bits: list[int] = []
    server = Listening(channel.url)
    author = Author(
        server=server,
        channel=ChannelFile.parse(channel.file.read_text()).channel,
        key=AuthorKey.parse((amina.home / "mine.key").read_bytes()),
        random=secrets.token_bytes,
        clock=lambda: int(time.time()),
        tell=bits.append,
    )
    wanted = asked(channel)
    recorded = author.message("And now?", None).event
    (path, refused, bare), (_, taken, stamped) = [row for row in server.acts if row[0].endswith("/acts")]
    assert (taken, set(stamped) - set(bare), len(bits)) == (refused, {HEADER}, 1)
    assert LEAST <= bits[0] <= wanted

    told = Server(channel.url).get_json("/api/v1/limits")["work"]
    subject = act_subject(author.key.case, unpack_bundle(taken)[0]["act"])
    more = solve(subject, origin=author.channel.origin, challenge=told["challenge"], bits=wanted + 4)
    stamped = bare | {HEADER: more}

    def sent(act: bytes, headers: dict[str, str]) -> dict[str, Any]:
        return Server(channel.url).post_json(path, act, content_type=MEDIA_TYPE, headers=headers)

    assert sent(taken, stamped)["opening"]["event"] == recorded
    author.message("And then?", None)
    for act, headers in ((taken, bare), ([row for row in server.acts if row[0].endswith("/acts")][-1][1], stamped)):
        with pytest.raises(ServerRefused) as caught:
            sent(act, headers)
        assert (caught.value.status, caught.value.code) == (429, "work")

    assert "bits of work" in amina.run("message", "mine.key", "And the day after?").err
    assert "bits of work" in amina.run("withdraw", "mine.key", "--yes").err
