# SPDX-License-Identifier: AGPL-3.0-or-later
"""Restored to before a change of the trust policy, whose former witness is gone: what everybody has seen in force is in force again, by the
same proof; and where nothing proves it, nothing is replaced.
"""

import json
import shutil
import signal
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from test_restored_checkpoint import rows, wait_until_published
from with_witness import Story

from demur.charter.channel import ChannelFile
from demur.charter.policies import with_changes
from demur.site.reproven import proven_channel
from serving import Done, demur, free_port

pytestmark = pytest.mark.adversary


@dataclass
class World:
    """Backed up under the union's witness; then the officers named the press instead, the union went, Bima filed, and the disk was lost."""

    story: Story
    backup: Path
    mirror: Path

    def restore(self, directory: Path, mirror: Path, *more: str | Path, code: int = 0) -> Done:
        done = demur("restore", self.backup, directory, "--mirror", mirror, *more, home=self.story.home)
        assert done.code == code, done.out + done.err
        return done

    def mirror_without_proofs(self, place: Path) -> Path:
        """As mirrors were made before there was anything but tiles and the newest checkpoint."""
        shutil.copytree(self.mirror, place / "mirror")
        (place / "mirror" / "policies").unlink()
        return place / "mirror"

    def in_force(self, directory: Path) -> int:
        """The number of the policy that the restored rows prove, as every client proves it; nothing is started that could sign."""
        with closing(sqlite3.connect(directory / "demur.sqlite3")) as found:
            channel, unproven = proven_channel(
                found, ChannelFile.parse((directory / "channel.toml").read_text()).channel
            )
        assert not unproven
        return len(channel.changes)


@contextmanager
def press(place: Path, channel: Path, home: Path) -> Iterator[Path]:
    """The press's witness at work; its card."""
    port, directory = free_port(), place / "press"
    address = f"http://127.0.0.1:{port}"
    for words in (
        ("witness", "new", directory, "--name", "press.example", "--address", address),
        ("witness", "add", directory, channel),
    ):
        done = demur(*words, home=home)
        assert done.code == 0, done.err
    command = [sys.executable, "-m", "demur", "witness", "serve", str(directory), "--listen", f"127.0.0.1:{port}"]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        yield directory / "witness.card"
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    place = tmp_path_factory.mktemp("world")
    story = Story(place)
    channel, home = story.channel, story.home

    def run(*words: str | Path) -> Done:
        done = demur(*words, home=home)
        assert done.code == 0, done.err
        return done

    with press(place, channel.file, home) as card:
        try:
            story.start_witness()
            channel.start()
            story.file("amina")
            wait_until_published(story)
            run("trust", "add", channel.url, "--channel", channel.file)
            run("backup", channel.directory, place / "backup")
            channel.stop()
            run("policy", "request", channel.directory, "--witness", card, "-o", "p.request")
            run(
                "policy",
                "sign",
                "--key",
                channel.key("officer"),
                "--channel",
                channel.file,
                "--yes",
                "p.request",
                "-o",
                "p.signed",
            )
            run("policy", "adopt", channel.directory, "p.signed")
            story.stop_witness()
            channel.start()
            story.file("bima")
            wait_until_published(story)
            assert "press.example" in run("verify", "bima.receipt", "--channel", channel.file).out
            channel.stop()
            shutil.copytree(channel.directory / "record", place / "mirror")
            shutil.rmtree(channel.directory)
            yield World(story=story, backup=place / "backup", mirror=place / "mirror")
        finally:
            channel.stop()
            story.stop_witness()


def test_without_a_proof_nothing_is_replaced_and_a_receipt_heals_it(world: World, tmp_path: Path) -> None:
    mirror, directory = world.mirror_without_proofs(tmp_path), tmp_path / "channel"
    said = world.restore(directory, mirror, code=1).err
    assert "trust policy number 1" in said
    assert "--receipt" in said
    assert not directory.exists()
    assert list(tmp_path.iterdir()) == [mirror]
    world.restore(directory, mirror, "--receipt", "bima.receipt")
    assert world.in_force(directory) == 1


def test_a_receipt_from_before_the_change_or_another_file_heals_nothing(world: World, tmp_path: Path) -> None:
    mirror = world.mirror_without_proofs(tmp_path)
    world.restore(tmp_path / "channel", mirror, "--receipt", "amina.receipt", code=1)
    assert "neither a receipt" in world.restore(tmp_path / "channel", mirror, "--receipt", "text.txt", code=1).err


def test_whoever_goes_on_under_the_old_policy_is_told_what_that_means(world: World, tmp_path: Path) -> None:
    directory = tmp_path / "channel"
    said = world.restore(directory, world.mirror_without_proofs(tmp_path), "--old-policy").err
    assert "number 0 is in force until its witnesses cosign" in " ".join(said.split())
    with closing(sqlite3.connect(directory / "demur.sqlite3")) as found:
        assert found.execute("select cosigned from entries_checkpoint order by size desc limit 1").fetchone() == (0,)


@pytest.mark.parametrize(
    "lie", ["not json", '{"policies":1}', '{"policies":[{}]}', '{"policies":[{"proof":"?"}]}', "the press alone"]
)
def test_what_a_mirror_says_of_policies_is_believed_only_if_it_is_proven(
    world: World, tmp_path: Path, lie: str
) -> None:
    mirror = world.mirror_without_proofs(tmp_path)
    if (
        lie == "the press alone"
    ):  # the newest checkpoint, whose root is true, accepted by the new policy and not by the one before
        [row] = json.loads((world.mirror / "policies").read_text())["policies"]
        head = row["proof"].partition("\n\n")[0]
        lie = json.dumps({"policies": [{**row, "proof": f"{head}\n\n{(mirror / 'checkpoint').read_text()}"}]})
    (mirror / "policies").write_text(lie)
    assert "trust policy number 1" in world.restore(tmp_path / "channel", mirror, code=1).err


def test_a_former_witness_that_still_answers_proves_the_change(world: World, tmp_path: Path) -> None:
    mirror, directory = world.mirror_without_proofs(tmp_path), tmp_path / "channel"
    world.story.start_witness()
    try:
        assert "--receipt" in world.restore(directory, mirror, "--no-witnesses", code=1).err
        world.restore(directory, mirror)
    finally:
        world.story.stop_witness()
    assert world.in_force(directory) == 1


def test_a_mirror_brings_the_change_back_with_its_proof_and_everybody_goes_on(world: World) -> None:
    story = world.story
    world.restore(story.channel.directory, world.mirror)
    done = demur("policy", "show", story.channel.directory, "--json", home=story.home)
    assert (done.code, done.json["number"]) == (0, 1)
    story.channel.start()
    with urllib.request.urlopen(f"{story.channel.url}/api/v1/policies") as answer:
        told = json.load(answer)["policies"]
    channel = ChannelFile.parse(story.channel.file.read_text()).channel
    assert len(with_changes(channel, [(row["statement"], row["proof"]) for row in told]).changes) == 1
    assert demur("file", "--again", "bima.key", home=story.home).code == 0
    done = demur("status", "bima.key", home=story.home)
    assert "trust policy" not in done.err, done.err
    assert not list(story.home.glob("*.evidence"))
    story.file("chitra")
    wait_until_published(story)
    done = demur("verify", "chitra.receipt", "--channel", story.channel.file, home=story.home)
    assert (done.code, "witnessed by press.example" in done.out) == (0, True), done.out + done.err
    assert rows(story, "select count(*) from entries_checkpoint where not cosigned") == [(0,)]
    done = demur("doctor", story.channel.directory, "--deep", home=story.home)
    assert "changed by hand" not in done.out, done.out
    with urllib.request.urlopen(f"{story.channel.url}/policies") as answer:
        assert json.load(answer) == {"policies": told}
    story.channel.stop()
    shutil.rmtree(story.channel.directory)
