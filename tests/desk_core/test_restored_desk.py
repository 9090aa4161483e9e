# SPDX-License-Identifier: AGPL-3.0-or-later
"""Restored to before somebody filed, and before an office acted: the desk lists what is there, names what was lost, and goes on."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from core import Refused
from seats import desk_at, unlocked

from serving import Channel, Done, Founded, later, practice_channel

pytestmark = pytest.mark.adversary


@dataclass
class World(Founded):
    """Amina filed, and the custodian acknowledged; then came the backup. Since then he fetched it and wrote, and Bima filed, whose case
    the custodian knows too. The server is stopped.
    """

    backup: Path
    yesterday: Path
    cases: dict[str, str] = field(default_factory=dict)

    def file(self, name: str) -> None:
        self.run("file", *self.channel.known, "--yes", "-o", name, "text.txt")
        self.cases[name] = json.loads((self.home / f"{name}.key").read_text())["case"]

    def desk(self, verb: str, *words: str, code: int = 0, seat: str = "custodian") -> Done:
        return self.run("desk", "--key", self.home / f"{seat}.key", *self.channel.known, verb, *words, code=code)

    def listed(self, *, code: int = 0) -> Any:
        return self.desk("list", "--json", code=code).json


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with practice_channel(tmp_path) as channel:
        home = tmp_path / "home"
        home.mkdir()
        (home / "text.txt").write_text("The crossing\n\nThe count was wrong.\n")
        made = World(channel=channel, home=home, backup=tmp_path / "backup", yesterday=tmp_path / "yesterday")
        shutil.copy(channel.key("custodian"), home)  # an office's own machine, which no restore reaches
        made.file("amina")
        made.desk("acknowledge", made.cases["amina"])
        channel.stop()
        shutil.copytree(channel.directory, made.yesterday)
        made.run("backup", channel.directory, made.backup)
        channel.start()
        made.desk("fetch", made.cases["amina"])
        made.desk("message", made.cases["amina"], "We look at it.")
        made.file("bima")
        made.desk("fetch", made.cases["bima"])
        channel.stop()
        yield made


def restarted(channel: Channel) -> None:
    channel.run("-m", "demur", "serve", str(channel.directory), "--listen", f"127.0.0.1:{channel.port}", **later(90))


def test_the_desk_lists_what_is_there_names_what_was_lost_and_goes_on(world: World) -> None:
    world.run("restore", world.backup, world.channel.directory)
    restarted(world.channel)
    world.file("citra")  # its item has the number in the inbox that Bima's had
    amina, bima, citra = (world.cases[name] for name in ("amina", "bima", "citra"))

    told = world.listed()
    assert {row["case"] for row in told["cases"]} == {amina, citra}
    assert {row["case"]: row["fault"] for row in told["faults"]} == {amina: "lost", bima: "gone"}
    assert told["lost"] == [bima]
    shown = world.desk("list")
    assert f"of its record says for all to see: {bima[:8]}." in shown.err
    assert "must be said and done again" in shown.err
    for word in ("do not rely", "ask oversight", "evidence"):
        assert word not in shown.err

    done = world.desk("fetch", amina)  # the part that was lost is said, once, and the case goes on
    assert "lost part of it" in done.err
    assert world.desk("message", amina, "We look at it.").err == ""
    assert "restored from a backup" in world.desk("fetch", bima, code=1).err
    world.desk("fetch", citra)
    assert {row["fault"] for row in world.listed()["faults"]} == {"gone"}

    world.run("file", "--again", "bima.key")
    told = world.listed()
    assert {row["case"] for row in told["cases"]} == {amina, bima, citra}
    assert [row["fault"] for row in told["faults"]] == ["lost"]
    world.desk("fetch", bima)
    assert world.listed()["faults"] == []


def test_a_server_that_went_back_without_a_word_is_told_and_takes_no_case_away(world: World) -> None:
    shutil.rmtree(world.channel.directory)
    world.yesterday.rename(world.channel.directory)
    restarted(world.channel)
    for name in ("citra", "dian"):  # so that the record is not shorter than what this machine has seen of it
        world.file(name)
    seen = world.home / "seen"
    shutil.rmtree(seen, ignore_errors=True)
    told = world.desk("list", "--json", code=1).json
    faults = {row["case"]: row["fault"] for row in told["faults"]}
    assert faults == {world.cases["amina"]: "shorter", world.cases["bima"]: "unknown"}
    assert {row["case"] for row in told["cases"]} >= {world.cases["amina"], world.cases["citra"]}
    assert "another story" in world.desk("fetch", world.cases["amina"], code=1).err


def test_the_desk_in_the_browser_goes_on_too_open_since_before_or_opened_since(world: World) -> None:
    """A worker that was unlocked before the restore knows what was lost; one that is unlocked after it knows only what the server kept."""
    world.channel.start()
    with desk_at(world.channel.url) as before, desk_at(world.channel.url, shift=90) as after:
        unlocked(before, world.channel)
        before.call("today")
        amina, bima = world.cases["amina"], world.cases["bima"]
        before.call("fetch", case=amina)
        before.call("fetch", case=bima)
        world.channel.stop()
        world.run("restore", world.backup, world.channel.directory)
        restarted(world.channel)
        world.file("citra")
        citra = world.cases["citra"]

        told = before.call("today")
        assert {row["case"] for row in told["cases"]} == {amina, citra}
        assert {row["facts"]["case"]: row["code"] for row in told["faults"]} == {amina: "case-lost", bima: "case-gone"}
        with pytest.raises(Refused) as refused:  # nothing is signed over what the person has not seen
            before.call("message", case=amina, text="We look at it.")
        assert refused.value.code == "case-lost"
        view = before.call("open", case=amina)
        assert view["lost"]["seen"] > len(view["thread"])
        assert view["texts"] is False, "what was opened before may be another text now"
        before.call("fetch", case=amina)
        view = before.call("message", case=amina, text="We look at it, again.")
        assert [row["text"] for row in view["thread"] if row["type"] == "message"] == ["We look at it, again."]
        with pytest.raises(Refused) as refused:
            before.call("open", case=bima)
        assert refused.value.code == "case-gone"
        assert {row["code"] for row in before.call("today")["faults"]} == {"case-gone"}

        unlocked(after, world.channel)
        told = after.call("today")
        assert {row["case"] for row in told["cases"]} == {amina, citra}
        after.call("fetch", case=citra)
        world.run("file", "--again", "bima.key")
        for desk in (before, after):
            told = desk.call("today")
            assert {row["case"] for row in told["cases"]} == {amina, bima, citra}
            assert desk.call("open", case=bima)["thread"]
