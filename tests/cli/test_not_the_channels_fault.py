# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is not the channel's doing is named as what it is: a proxy in between, this machine's clock."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from lying import on_stage
from tiny_record import TinyServer

from demur.charter.channel import ChannelFile
from demur.cli import mycase
from demur.cli.main import run
from demur.client.errors import ServerRefused
from demur.client.http import refusal


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (413, "sent in parts"),
        (502, "nothing was recorded"),
        (503, "nothing was recorded"),
        (504, "it is recorded once"),
    ],
)
@pytest.mark.parametrize("body", [b"<html><h1>nginx</h1></html>", b"", b'{"code": 7}', b"\xff\xfe"])
def test_a_refusal_that_no_channel_writes_is_of_something_in_between(status: int, said: str, body: bytes) -> None:
    error = refusal(status, body)

    assert isinstance(error, ServerRefused)
    assert (error.status, error.code) == (status, "unknown")
    assert str(error).startswith("Something between you and the channel ")
    assert said in str(error)


def test_a_refusal_of_the_channel_itself_keeps_its_own_sentence() -> None:
    assert (
        str(refusal(413, b'{"code": "too-large", "error": "The text is too long; shorten it."}'))
        == "The text is too long; shorten it."
    )


class Slow:
    """A machine whose clock is so many seconds behind."""

    behind = 0


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TinyServer]:
    server = TinyServer()
    monkeypatch.setattr(mycase.time, "time", lambda: server.now - Slow.behind)
    monkeypatch.setattr(Slow, "behind", 0)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DEMUR_HOME", str(tmp_path / "home"))
    (tmp_path / "dissent.txt").write_text("One.\n\nTwo.\n")
    with on_stage(server) as stage:
        server.address = stage.address
        (tmp_path / "channel.toml").write_text(ChannelFile(channel=server.channel, address=server.address).to_toml())
        yield server


def file_it(tiny: TinyServer) -> Result:
    words = ["file", "--server", tiny.address, "--channel", "channel.toml", "dissent.txt", "--yes", "-o", "mine"]
    return CliRunner().invoke(run, words)


def test_a_clock_that_is_a_day_behind_is_named_and_no_key_is_offered_to_be_accepted(
    tiny: TinyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "demur.client.directory.InForce.keys_are_new", property(lambda self: self.read_at < self.directory.time - 60)
    )
    monkeypatch.setattr(Slow, "behind", 23 * 3600)
    refused = file_it(tiny)

    assert refused.exit_code == 1
    assert "clock is 23 hours behind the time that the channel's log signed just now" in refused.stderr
    assert "--accept-new-key" not in refused.stderr
    assert tiny.cases == {}
    monkeypatch.setattr(Slow, "behind", 0)
    assert file_it(tiny).exit_code == 0


@pytest.mark.parametrize(("behind", "said"), [(3 * 86_400, "3 days after"), (-40 * 3600, "40 hours before")])
def test_a_clock_that_is_days_off_is_told_by_how_much(
    behind: int, said: str, tiny: TinyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Slow, "behind", behind)
    refused = file_it(tiny)

    assert refused.exit_code == 1
    assert f"was signed {said} the time of this machine's clock" in refused.stderr
