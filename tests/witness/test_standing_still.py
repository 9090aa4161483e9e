# SPDX-License-Identifier: AGPL-3.0-or-later
"""A log whose witness disputes the record while it runs: it promises nothing that it may be unable to keep, says so wherever somebody might
file, loses nothing, and takes filings again by itself when the dispute is over.
"""

import json
import os
import sqlite3
import time
import urllib.request
from typing import Any

import pytest
from test_disputes import liar, log_of, wait_for
from with_witness import Story

from demur.charter.channel import ChannelFile
from demur.client.directory import read_directory
from demur.client.errors import ServerRefused
from demur.client.filing import PreparedFiling, prepare
from demur.client.http import Server
from demur.client.submitting import submit
from demur.client.wish import Wish
from demur.dissent.documents.dissent import from_text
from demur.record.promise import open_promise
from serving import demur

pytestmark = pytest.mark.adversary
AGAIN = 90.0  # seconds: the witness is asked at each beat, every twenty


@pytest.fixture
def story(story: Story) -> Story:
    """Both are started."""
    story.start_witness()
    story.channel.start()
    return story


def ask(story: Story, path: str) -> str:
    with urllib.request.urlopen(story.channel.url + path, timeout=10) as answer:
        return str(answer.read().decode())


def told(story: Story, path: str) -> Any:
    return json.loads(ask(story, path))


def cases(story: Story) -> int:
    with sqlite3.connect(story.channel.directory / "demur.sqlite3") as rows:
        return int(rows.execute("select count(*) from dissent_case").fetchone()[0])


def wait_until_published(story: Story) -> None:
    """Until everything that was filed stands in a checkpoint that is shown and that the witness cosigned."""
    end = time.monotonic() + AGAIN
    while True:
        with sqlite3.connect(story.channel.directory / "demur.sqlite3") as rows:
            waiting = rows.execute('select count(*) from entries_entry where "index" is null').fetchone()[0]
            last = rows.execute("select size, cosigned from entries_checkpoint order by size desc limit 1").fetchone()
        if not waiting and last == (int(ask(story, "/checkpoint").splitlines()[1]), 1):
            return
        assert time.monotonic() < end, log_of(story.channel)
        time.sleep(0.2)


class Author:
    """Files by the client's own parts, so that the very same filing can be sent twice."""

    def __init__(self, story: Story) -> None:
        self.channel = ChannelFile.parse(story.channel.file.read_text()).channel
        self.server = Server(story.channel.url)

    def sealed(self) -> PreparedFiling:
        now = int(time.time())
        in_force = read_directory(self.server, self.channel, now=now)
        text = b"The crossing\n\nThe count was wrong.\n"
        wish = Wish(dissent=from_text(text, name="text.txt"), original=text)
        limits = self.server.get_json("/api/v1/limits")
        return prepare(wish, in_force, address=self.server.address, limits=limits, now=now, random=os.urandom)

    def send(self, filing: PreparedFiling) -> str:
        return submit(
            self.server, filing, self.channel, now=lambda: int(time.time()), accept_clock=True
        ).receipt.promise


def test_nothing_is_promised_while_a_witness_disputes_and_all_goes_on_once_it_does_not(story: Story) -> None:
    author = Author(story)
    story.file("first")
    wait_until_published(story)
    kept, fresh = author.sealed(), author.sealed()
    story.stop_witness()
    with liar(story.witness_port):
        promise = author.send(kept)  # taken before the witness was heard; published when the dispute is over
        wait_for("disputes the record", story.channel)
        before = cases(story)

        with pytest.raises(ServerRefused) as refused:
            author.send(fresh)
        assert (refused.value.status, refused.value.code) == (503, "in-dispute")
        assert "nothing was kept" in str(refused.value)
        assert author.send(kept) == promise, "what was kept gets its answer again"
        filed = demur("file", *story.channel.known, "--yes", "-o", "fourth", "text.txt", home=story.home)
        assert filed.code == 1
        assert "takes no filing now" in filed.err
        assert "cosigned another record" in filed.err, "the reason that the server gives"
        assert not (story.home / "fourth.filing").exists(), "nothing was sealed for nothing"
        acted = demur("message", "first.key", "More.", home=story.home)
        assert acted.code == 1
        assert "nothing was kept" in acted.err
        assert cases(story) == before

        for path in ("/api/v1/limits", "/api/v1/channel"):
            answer = told(story, path)
            assert answer["open"] is False
            assert "cosigned another record" in answer["reason"]
        assert told(story, "/api/v1/limits")["code"] == "in-dispute"
        assert "Nothing can be filed at this moment." in ask(story, "/en/")
        for place in ("/en/file/", "/en/file/plain/"):
            page = ask(story, place)
            assert "Nothing can be filed at this moment." in page
            assert "<textarea" not in page
        assert "Saat ini tidak ada yang dapat diajukan." in ask(story, "/id/file/")

        read = demur("status", "first.key", home=story.home)
        assert read.code == 0, read.err
        assert "acknowledge" in read.out, "what is owed is shown meanwhile"
        health = demur("doctor", str(story.channel.directory), home=story.home)
        assert health.code == 1
        assert "MEND  The witness at" in health.out
        assert "MEND  Filing is not open while a witness disputes the record." in health.out
        assert "Filing is open" not in health.out
        officers_prepare_another_witness(story)

    story.start_witness()
    end = time.monotonic() + AGAIN
    while not told(story, "/api/v1/limits")["open"]:
        assert time.monotonic() < end, log_of(story.channel)
        time.sleep(0.5)
    assert author.send(fresh) != promise
    wait_until_published(story)
    promised = open_promise(promise, author.channel.log_verifier).entries
    assert all(ask(story, f"/api/v1/record/proof/{leaf.hex()}") for leaf in promised), (
        "what was promised before is kept"
    )


def officers_prepare_another_witness(story: Story) -> None:
    """What only reads or writes for the officers goes on in a dispute; what would be published is refused, and nothing of it is kept."""
    directory, home = story.channel.directory, story.home
    for words in (
        ["seat", "list", directory],
        ["policy", "show", directory],
        ["policy", "request", directory, "-o", "p.request"],
        ["charter", "request", directory, "us-nrc-dpo", "-o", "c.request"],
        ["policy", "sign", "--key", story.channel.key("officer"), "--channel", story.channel.file, "--yes", "p.request", "-o", "p.signed"],
    ):  # fmt: skip
        done = demur(*words, home=home)
        assert done.code == 0, done.err
    adopted = demur("policy", "adopt", directory, "p.signed", home=home)
    assert adopted.code == 1
    assert "Nothing is signed" in adopted.err
    with sqlite3.connect(directory / "demur.sqlite3") as rows:
        assert rows.execute("select count(*) from people_statement where kind = 'policy'").fetchone() == (0,)
