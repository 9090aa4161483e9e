# SPDX-License-Identifier: AGPL-3.0-or-later
"""A channel changes its charter by the how-to's own commands: the next case is filed under the next version, the one before keeps its."""

import re
import shlex
from pathlib import Path

import pytest

from serving import Founded, practice_channel, real_channel

pytestmark = pytest.mark.story
PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "change-the-charter.md"


def commands() -> list[list[str]]:
    blocks = re.findall(r"```sh\n(.*?)```", PAGE.read_text(), re.DOTALL)
    return [shlex.split(line)[1:] for block in blocks for line in block.splitlines() if line.startswith("demur ")]


def test_the_how_to_changes_the_charter_of_a_real_channel(tmp_path: Path) -> None:
    with real_channel(tmp_path) as channel:
        world = Founded(channel=channel, home=tmp_path / "home")
        (world.home / "text.txt").write_text("The crossing\n\nThe count was wrong.\n")
        (world.home / "channel.toml").write_text(channel.file.read_text())
        new_keys = [word for seat in ("custodian", "head") for word in ("--accept-new-key", seat)]
        world.run("file", *channel.known, *new_keys, "--yes", "-o", "first", "text.txt")

        shown = world.run("charter", "show", "charter.signed", "--toml").out
        (world.home / "my-charter.toml").write_text(shown.replace('tick = "day"', 'tick = "hour"'))
        world.run("charter", "lint", "my-charter.toml")
        request, sign, seats, adopt, fill = commands()
        for words in (request, [*sign, "--yes"], [*seats, "--yes"], adopt):
            world.run(*[str(channel.directory) if word == "channel" else word for word in words])
        closed = world.run("file", *channel.known, *new_keys, "--yes", "-o", "second", "text.txt", code=1)
        assert "not yet signed the seats" in closed.err
        done = world.run(*[str(channel.directory) if word == "channel" else word for word in fill])
        assert "is in force" in done.out

        world.run("file", *channel.known, *new_keys, "--yes", "-o", "second", "text.txt")
        world.run("status", "first.key")
        again = world.run("charter", "request", channel.directory, "my-charter.toml", "-o", "third.request", "--json")
        assert again.json["version"] == 3


def test_a_practice_channel_gets_a_practice_charter(tmp_path: Path) -> None:
    with practice_channel(tmp_path, serve=False) as channel:
        world = Founded(channel=channel, home=tmp_path / "home")
        world.run("charter", "request", channel.directory, "us-nrc-dpo", "-o", "second.request")
        key = ["--key", channel.key("officer"), "--channel", channel.file, "--yes"]
        world.run("charter", "sign", *key, "second.request", "-o", "second.signed")
        done = world.run("charter", "adopt", channel.directory, "second.signed", "--json").json
        assert (done["charter"], done["version"], done["in_force"]) == ("us-nrc-dpo", 2, True)
        twice = world.run("charter", "request", channel.directory, "us-nrc-dpo", "-o", "second.request", code=1)
        assert "exists" in twice.err
