# SPDX-License-Identifier: AGPL-3.0-or-later
"""`demur demo`: a throw-away channel, with one dissent written for it and played to the answer; leaves nothing behind.

It runs the same commands that a person would, and prints each before it runs: the demo is the tutorial's first page.
"""

import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from demur.cli import speak
from demur.errors import DemurError

_START = 20.0  # seconds the server may take to answer
DISSENT = """\
The northern crossing should stay open this winter

The department has decided to close the northern crossing from December to March and to send all supplies by the southern road.

The decision rests on a traffic count taken in the week of the strike, when few lorries ran at all. An ordinary week has four times as many.

The southern road is shut by snow on eleven days of an average winter. On those days nothing at all would reach the four valley clinics.

The sum that the closure saves is less than what two days without supplies cost last year, by the department's own account.

I recommend keeping the crossing open on weekdays until a count in an ordinary week is at hand.
"""
REPLY = """\
outcome = "in_part"
text = "The department thanks the author. The closure is put off by a month."
signed_by = "The Director of Policy Planning"
[[answer]]
claim = 1
kind = "answered"
text = "The count was taken in the wrong week. It will be repeated in January."
[[answer]]
claim = 2
kind = "answered"
text = "The clinics will be stocked for fourteen days before the first snow."
[[answer]]
claim = 3
kind = "referred"
to = "the budget office"
text = "The budget office will compare the two sums and publish the comparison."
[[commitment]]
text = "A new count"
date = "2027-01-31"
"""


class DemoFailed(DemurError):  # noqa: N818 -- named as the fact
    """A step of the demo did not work."""


@click.command()
@click.option("--once", is_flag=True, help="Play the case and end, without waiting for Ctrl-C.")
@click.option("--charter", default="us-state-2fam070", show_default=True, help="The charter to play under.")
def command(*, once: bool, charter: str) -> None:
    """Start a throw-away practice channel, file a dissent, and play it to the answer.

    \b
    Examples:
      demur demo
      demur demo --once
    """
    signal.signal(signal.SIGTERM, _interrupt)
    with tempfile.TemporaryDirectory(prefix="demur-demo-") as name:
        play = _Play(Path(name), charter=charter)
        with play.server():
            play.to_the_answer()
            play.say_what_next()
            if not once:
                _wait()
    speak.say("The demo is over; nothing of it is left on this machine.")


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _wait() -> None:
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        speak.say()


class _Play:
    """One run of the demo in a directory of its own."""

    def __init__(self, directory: Path, *, charter: str) -> None:
        self.directory = directory
        self.charter = charter
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.channel = directory / "channel" / "channel.toml"
        # A home of its own: the demo neither reads nor writes what the person has stored.
        self.environment = {**os.environ, "DEMUR_HOME": str(directory / "home")}

    @contextmanager
    def server(self) -> Iterator[None]:
        """The channel, founded and served until the block ends."""
        self.run("init", "channel", "--practice", "--charter", self.charter, "--address", self.url, show=True)
        arguments = [*_demur(), "serve", "channel", "--listen", f"127.0.0.1:{self.port}"]
        process = subprocess.Popen(arguments, cwd=self.directory, env=self.environment, start_new_session=True)  # noqa: S603 -- our own program
        try:
            _wait_for(f"{self.url}/api/v1/channel", process)
            yield
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def to_the_answer(self) -> None:
        """File, fetch, acknowledge, reply, and read the answer."""
        (self.directory / "dissent.txt").write_text(DISSENT, encoding="utf-8")
        (self.directory / "reply.toml").write_text(REPLY, encoding="utf-8")
        channel = ["--server", self.url, "--channel", "channel/channel.toml"]
        speak.say("\nThe author files, and leaves with a receipt:")
        self.run("file", *channel, "--claims", "3,4,5", "--yes", "-o", "mine", "dissent.txt", show=True)
        self.run(
            "verify", "mine.receipt", "--channel", "channel/channel.toml", "--key", "mine.key", "dissent.txt", show=True
        )
        desk = ["desk", *channel, "--key", "channel/practice/custodian.key"]
        desk[-1] = f"channel/practice/{self._custodian()}.key"
        case = json.loads(self.run(*desk, "list", "--json"))["cases"][0]["case"]
        speak.say("\nThe custodian fetches, acknowledges and answers it, claim by claim:")
        self.run(*desk, "list", show=True)
        self.run(*desk, "fetch", case[:8], show=True)
        self.run(*desk, "acknowledge", case[:8], show=True)
        self.run(*desk, "reply", case[:8], "reply.toml", show=True)
        speak.say("\nThe author comes back and reads the answer:")
        self.run("status", "mine.key", show=True)

    def say_what_next(self) -> None:
        """Where to look, and how to play each part by hand."""
        desk = f"demur desk --server {self.url} --channel channel/channel.toml --key channel/practice/{self._custodian()}.key"
        lines = [
            "",
            "All of this was real but the people. To play on, in another terminal:",
            f"    cd {self.directory}",
            "",
            f"  anybody    {self.url}/            what the channel says of itself",
            f"             {self.url}/checkpoint  the record's signed head",
            "             demur verify mine.receipt --channel channel/channel.toml",
            f"  author     demur file --server {self.url} --channel channel/channel.toml dissent.txt --claims 3,4 -o second",
            "             demur status mine.key",
            "             demur message mine.key 'Thank you. When is the count?'",
            f"  custodian  {desk} list",
            f"             {desk} message CASE 'In the second week of January.'",
            f"             {desk} close CASE",
            "  admin      demur doctor channel",
            "",
            "Everything lies in that directory and goes when you press Ctrl-C here.",
        ]
        for line in lines:
            speak.say(line)

    def run(self, *arguments: str, show: bool = False) -> str:
        """Run `demur` with `arguments`; with `show` print the command and its answer. Raises DemoFailed."""
        if show:
            speak.say(f"\n$ demur {shlex.join(arguments)}")
        done = subprocess.run(  # noqa: S603 -- our own program
            [*_demur(), *arguments],
            cwd=self.directory,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise DemoFailed(f"The step `demur {arguments[0]}` of the demo failed: {done.stderr.strip()[-600:]}")
        if show:
            speak.say("\n".join(f"  {line}" for line in (done.stdout or done.stderr).rstrip().splitlines()))
        return done.stdout

    def _custodian(self) -> str:
        from demur.charter.builtin import builtin_text  # noqa: PLC0415 -- only to name the seat
        from demur.charter.load import load  # noqa: PLC0415 -- as above

        return load(builtin_text(self.charter), name=self.charter).custodian


def _demur() -> list[str]:
    return [sys.executable, "-m", "demur"]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(url: str, process: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + _START
    while time.monotonic() < end:
        if process.poll() is not None:
            raise DemoFailed("The demo's server ended at once; run `demur serve` by hand to see why.")
        try:
            with urllib.request.urlopen(url, timeout=1):  # noqa: S310 -- our own loopback address
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    raise DemoFailed(
        f"The demo's server did not answer within {_START:.0f} seconds; close other programs and try again."
    )
