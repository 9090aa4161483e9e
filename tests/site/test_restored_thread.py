# SPDX-License-Identifier: AGPL-3.0-or-later
"""Restored to before an author wrote again: the log says what it lost, and the author goes on; a log that does not say so is convicted."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from demur.client.authorkey import AuthorKey
from demur.client.errors import PromiseBroken, ThreadShorter
from demur.client.gaps import Gap, Gaps
from demur.client.http import Server
from demur.client.lookups import Record
from demur.client.mailbox import read_mailbox
from demur.client.receipt import Receipt
from serving import Channel, Founded, demur, later, practice_channel, real_channel

pytestmark = pytest.mark.adversary


@dataclass
class World(Founded):
    """Amina filed, looked, and the channel was backed up; then she wrote, and looked again. The server is stopped."""

    backup: Path
    yesterday: Path

    @property
    def receipt(self) -> Receipt:
        return Receipt.parse((self.home / "amina.receipt").read_bytes())


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with practice_channel(tmp_path) as channel:
        home = tmp_path / "home"
        home.mkdir()
        (home / "text.txt").write_text("The crossing\n\nThe count was wrong.\n")
        made = World(channel=channel, home=home, backup=tmp_path / "backup", yesterday=tmp_path / "yesterday")
        made.run("file", *channel.known, "--yes", "-o", "amina", "text.txt")
        made.run("status", "amina.key")
        channel.stop()
        shutil.copytree(channel.directory, made.yesterday)
        made.run("backup", channel.directory, made.backup)
        channel.start()
        made.run("message", "amina.key", "When is the new count?")
        made.run("status", "amina.key")
        channel.stop()
        yield made


def restarted(channel: Channel) -> None:
    """Serve again, after more than the minute within which a smaller count accuses nobody."""
    channel.run("-m", "demur", "serve", str(channel.directory), "--listen", f"127.0.0.1:{channel.port}", **later(90))


def test_an_author_whose_thread_grew_since_goes_on_and_keeps_the_proof_of_what_was_lost(world: World) -> None:
    before = (world.home / "amina.receipt").read_bytes()
    world.run("restore", world.backup, world.channel.directory)
    restarted(world.channel)
    told = world.run("file", "--again", "amina.key")
    assert "has lost 1 of its 3 items" in told.out
    done = world.run("status", "amina.key")
    assert "restored from a backup" in done.err
    assert "must be said again" in done.err
    convinced = world.run("verify", "amina.evidence", code=0)
    assert "gap" in convinced.out
    assert (world.home / "amina.before-1.receipt").read_bytes() == before

    world.run("message", "amina.key", "When is the new count?")
    again = world.run("status", "amina.key")
    assert again.err == ""
    assert [path.name for path in world.home.glob("amina*.evidence")] == ["amina.evidence"]
    for name in ("amina.receipt", "amina.before-1.receipt"):
        world.run("verify", name, "--channel", world.channel.file)
    convicted = world.run("verify", "amina.receipt", "amina.before-1.receipt", "--channel", world.channel.file, code=1)
    assert "mailbox" in convicted.err


def test_an_author_who_writes_first_is_heard(world: World) -> None:
    before = (world.home / "amina.receipt").read_bytes()
    world.run("restore", world.backup, world.channel.directory)
    restarted(world.channel)
    done = world.run("message", "amina.key", "When is the new count?")
    assert "event 2" in done.out
    assert (world.home / "amina.before-1.receipt").read_bytes() == before
    world.run("status", "amina.key")


def test_a_log_that_went_back_without_a_word_is_convicted(world: World) -> None:
    shutil.rmtree(world.channel.directory)
    world.yesterday.rename(world.channel.directory)
    restarted(world.channel)
    for name in ("bima", "citra"):
        world.run("file", *world.channel.known, "--yes", "-o", name, "text.txt")
    done = world.run("status", "amina.key", code=1)
    assert "keep the evidence" in done.err
    world.run("verify", "amina.evidence")
    assert not (world.home / "amina.before-1.receipt").exists()


def test_a_gap_excuses_neither_what_the_backup_held_nor_what_was_signed_after_it(world: World) -> None:
    kept = world.receipt
    world.run("restore", world.backup, world.channel.directory)
    restarted(world.channel)
    server, channel = Server(world.channel.url), kept.channel
    key = AuthorKey.parse((world.home / "amina.key").read_bytes())
    mailbox = read_mailbox(server, key.keys, channel)
    gaps = Gaps(record=Record(server=server, channel=channel), since=0)
    (gap,) = gaps.found
    last = max(head.size for head in kept.opened_heads())
    assert gap.first < last <= gap.index
    assert gaps.surviving(kept.heads, kept.acts, mailbox)
    assert [row.sentence for row in gaps.noticed]

    lies = [
        Gap(index=gap.index, first=last, time=gap.time),  # the backup held the message's entry, and so the message
        Gap(index=last - 1, first=gap.first, time=gap.time),  # the message was signed after this restore
        Gap(index=mailbox.head.size, first=gap.first, time=gap.time),  # not yet in the record that the mailbox names
    ]
    for lie in lies:
        gaps.__dict__["found"] = [lie]
        with pytest.raises(ThreadShorter):
            gaps.surviving(kept.heads, kept.acts, mailbox)
    gaps.__dict__["found"] = []
    with pytest.raises(ThreadShorter):
        gaps.surviving(kept.heads, kept.acts, mailbox)
    broken = PromiseBroken("broken", "evidence")
    assert not gaps.excuses_promise(broken, gap.time)
    gaps.__dict__["found"] = [gap]
    assert gaps.excuses_promise(broken, gap.time - 5)
    assert not gaps.excuses_promise(broken, gap.time + 3600)


def test_what_waited_for_its_tick_is_confessed_too_though_no_entry_of_the_record_is_missing(tmp_path: Path) -> None:
    """The charter's tick is daily: what is filed and said meanwhile is promised, and has no place that a restore could miss."""
    with real_channel(tmp_path) as channel:
        amina = Founded(channel=channel, home=tmp_path / "home")
        (amina.home / "text.txt").write_text("The crossing\n\nThe count was wrong.\n")
        seats = ["--accept-new-key", "custodian", "--accept-new-key", "head"]
        amina.run("file", *channel.known, *seats, "--yes", "-o", "mine", "text.txt")
        amina.run("backup", channel.directory, tmp_path / "backup")
        amina.run("message", "mine.key", "When is the new count?")
        amina.run("file", *channel.known, *seats, "--yes", "-o", "second", "text.txt")
        amina.run("status", "mine.key")
        channel.stop()
        told = amina.run("restore", tmp_path / "backup", channel.directory)
        assert "0 of them taken back" in told.out
        assert "demur file --again" in told.out
        restarted(channel)

        done = amina.run("status", "mine.key")  # at once, and not only after the next day's tick
        assert "must be said again" in done.err
        assert "gap" in amina.run("verify", "mine.evidence").out
        amina.run("file", "--again", "second.key")
        amina.run("status", "second.key")
        amina.run("message", "mine.key", "When is the new count?")
        channel.stop()
        amina.run("tick", channel.directory)
        whole = demur("doctor", channel.directory, "--deep", home=amina.home, more=later(90))
        assert whole.code == 0, whole.out

        tomorrow = later(2 * 86400)
        channel.run("-m", "demur", "serve", str(channel.directory), "--listen", f"127.0.0.1:{channel.port}", **tomorrow)
        for key, told_anew in (("mine.key", "broke its promise"), ("second.key", "")):
            done = demur("status", key, home=amina.home, more=tomorrow)
            assert (done.code, told_anew in done.err) == (0, True), done.err
