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
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path

import click

from demur.cli import speak
from demur.cli.demo.stories import CROSSING, CROSSING_REPLY, CUSTODIAN, EARLIER, MAIN, NOW, Act, Story
from demur.errors import DemurError

_DAY = 86_400
_LATER = 50  # days from now to which a clock is extended, or to the working day after
_START = 60.0  # seconds the server may take to answer


class DemoFailed(DemurError):  # noqa: N818 -- named as the fact
    """A step of the demo did not work."""


@click.command()
@click.option("--once", is_flag=True, help="Play the main case and end, without waiting for Ctrl-C.")
@click.option("--charter", default="us-state-2fam070", show_default=True, help="The charter to play under.")
def command(*, once: bool, charter: str) -> None:
    """Start a throw-away practice channel with invented people, and play a case to the answer before your eyes.

    Nine cases stand in it, one at each stage of the procedure, one of them overdue and one disputed. It then says how to sign in as each
    person, and stays until Ctrl-C; nothing of it is left.

    \b
    Examples:
      demur demo
      demur demo --once
    """
    signal.signal(signal.SIGTERM, _interrupt)
    with tempfile.TemporaryDirectory(prefix="demur-demo-") as name:
        play = _Play(Path(name), charter=charter)
        if once:
            play.found()
            with play.server():
                play.to_the_answer()
        else:
            play.everything()
    speak.say("The demo is over; nothing of it is left on this machine.")


def _past() -> Iterator[tuple[int, list[tuple[Story, Act | None]]]]:
    """What happened before today, by how many days ago, in order; None is the filing."""
    steps = [(story.days, story, None) for story in EARLIER]
    acts = [(story.days if act.days is None else act.days, story, act) for story in EARLIER for act in story.acts]
    everything: list[tuple[int, Story, Act | None]] = [*steps, *acts]
    everything.sort(key=lambda step: -step[0])
    for days, group in groupby(everything, key=lambda step: step[0]):
        yield days, [(story, act) for _, story, act in group]


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _wait() -> None:
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        speak.say()


class _Play:
    """One run of the demo in a directory of its own. `back` is how many seconds ago its programs believe it is."""

    def __init__(self, directory: Path, *, charter: str) -> None:
        self.directory = directory
        self.charter = charter
        self.back = 0
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.channel = directory / "channel" / "channel.toml"
        self.known = ["--server", self.url, "--channel", "channel/channel.toml"]
        # A home of its own: the demo neither reads nor writes what the person has stored.
        self.environment = {**os.environ, "DEMUR_HOME": str(directory / "home")}

    def found(self) -> None:
        """Found the channel."""
        self.run("init", "channel", "--practice", "--charter", self.charter, "--address", self.url, show=True)

    def everything(self) -> None:
        """Found it some months ago, let cases gather, then play the main one now, and stay."""
        self.back = EARLIER[0].days * _DAY + 60
        self.found()
        speak.say("\nThis channel is given a past: its first programs run with a clock that is set back.")
        for days, steps in _past():
            self.back = days * _DAY
            with self.server():
                for story, act in steps:
                    self.step(story, act)
        self.back = 0
        with self.server():
            for story in NOW:
                for act in (None, *story.acts):
                    self.step(story, act)
            self.to_the_answer()
            self.say_what_next()
            _wait()

    @contextmanager
    def server(self) -> Iterator[None]:
        """The channel, served until the block ends."""
        arguments = [*self._demur(), "serve", "channel", "--listen", f"127.0.0.1:{self.port}"]
        process = subprocess.Popen(  # noqa: S603 -- our own program
            arguments, cwd=self.directory, env=self.environment, start_new_session=True, stderr=subprocess.DEVNULL
        )
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

    def step(self, story: Story, act: Act | None) -> None:
        """An act on a story's case; without one, file it."""
        if act is not None:
            self.act(story, act)
            return
        speak.say(f"  {story.author}: {story.text.splitlines()[0]} ({story.shows})")
        (self.directory / f"{story.name}.txt").write_text(story.text, encoding="utf-8")
        self.run("file", *self.known, "--claims", story.claims, "--yes", "-o", story.name, f"{story.name}.txt")

    def act(self, story: Story, act: Act) -> None:
        """One act on a story's case."""
        if act.file:
            (self.directory / "reply.toml").write_text(act.file, encoding="utf-8")
        if act.who == "author":
            self.run(act.verb, f"{story.name}.key", *act.words)
            return
        case = json.loads((self.directory / f"{story.name}.key").read_text(encoding="utf-8"))["case"]
        words = [word.replace("{later}", self._later()) if "{later}" in word else word for word in act.words]
        words = [*self.desk(act.who), act.verb, case, *words]
        self.run(*words, careless=act.careless)

    def desk(self, seat: str) -> list[str]:
        """The words before every command of a seat."""
        name = self._custodian() if seat == CUSTODIAN else seat
        return ["desk", *self.known, "--key", f"channel/practice/{name}.key"]

    def to_the_answer(self) -> None:
        """File, fetch, acknowledge, reply, and read the answer."""
        (self.directory / "dissent.txt").write_text(CROSSING, encoding="utf-8")
        (self.directory / "reply.toml").write_text(CROSSING_REPLY, encoding="utf-8")
        speak.say(f"\nNow one case in full. {MAIN.author} files, and leaves with a receipt:")
        self.run("file", *self.known, "--claims", MAIN.claims, "--yes", "-o", MAIN.name, "dissent.txt", show=True)
        self.run(
            "verify", "mine.receipt", "--channel", "channel/channel.toml", "--key", "mine.key", "dissent.txt", show=True
        )
        desk = self.desk(CUSTODIAN)
        case = json.loads((self.directory / "mine.key").read_text(encoding="utf-8"))["case"]
        speak.say("\nThe custodian fetches, acknowledges and answers it, claim by claim:")
        self.run(*desk, "list", show=True)
        self.run(*desk, "fetch", case[:8], show=True)
        self.run(*desk, "acknowledge", case[:8], show=True)
        self.run(*desk, "reply", case[:8], "reply.toml", show=True)
        speak.say("\nThe author comes back and reads the answer:")
        self.run("status", "mine.key", show=True)

    def say_what_next(self) -> None:
        """Where to look, in order, and how to play each part by hand."""
        people = [("citra", self._custodian())]
        accounts = {
            name: json.loads(self.run("account", "new", "channel", name, "--seat", seat, "--ready", "--json"))
            for name, seat in people
        }
        words = json.loads((self.directory / "mine.key").read_text(encoding="utf-8"))["words"]
        citra = accounts["citra"]
        lines = [
            "",
            "All of this was real but the people and the dates. Walk through it in a browser:",
            "",
            f"  1. {self.url}/  what the channel says of itself, and how it keeps its word: one case is overdue",
            f"  2. {self.url}/en/file/  file a dissent of your own; write the twelve words down",
            f"  3. {self.url}/en/case/  come back as {MAIN.author} and read the answer; her words:",
            f"       {words}",
            f"  4. {self.url}/en/desk/  sign in as the custodian:",
            "       name        citra",
            f"       passphrase  {citra['passphrase']}",
            "       code        demur account code channel citra   (in another terminal, as below)",
            f"       vault       {citra['vault']}",
            "",
            "Or by command, in another terminal:",
            f"    cd {self.directory}",
            f"    PATH={Path(sys.executable).parent}:$PATH",
            "",
            "  anybody    demur verify mine.receipt --channel channel/channel.toml",
            f"  author     demur file --server {self.url} --channel channel/channel.toml dissent.txt --claims 3,4 -o second",
            "             demur status mine.key",
            "             demur message mine.key 'Thank you. When is the count?'",
            f"  custodian  demur {shlex.join(self.desk(CUSTODIAN))} list",
            "  admin      demur doctor channel --deep",
            "",
            "Everything lies in that directory and goes when you press Ctrl-C here.",
        ]
        for line in lines:
            speak.say(line)

    def run(self, *arguments: str, show: bool = False, careless: bool = False) -> str:
        """Run `demur` with `arguments`; with `show` print the command and its answer; with `careless` as a changed program would. Raises
        DemoFailed.
        """
        if show:
            speak.say(f"\n$ demur {shlex.join(arguments)}")
        done = subprocess.run(  # noqa: S603 -- our own program
            [*self._demur(careless=careless), *arguments],
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

    def _demur(self, *, careless: bool = False) -> list[str]:
        module = ["demur.cli.demo.earlier", str(self.back)] if self.back else ["demur"]
        if careless:
            module = ["demur.cli.demo.careless", str(self.back)]
        return [sys.executable, "-m", *module]

    def _custodian(self) -> str:
        from demur.charter.builtin import builtin_text  # noqa: PLC0415 -- only to name the seat
        from demur.charter.load import load  # noqa: PLC0415 -- as above

        return load(builtin_text(self.charter), name=self.charter).custodian

    def _later(self) -> str:
        """A working day to which a clock is extended, year-month-day."""
        from demur.charter.builtin import builtin_text  # noqa: PLC0415 -- only for the one case that is extended
        from demur.charter.freeze import freeze_text  # noqa: PLC0415 -- as above

        day = (datetime.now(tz=UTC) + timedelta(days=_LATER - 1)).date()
        frozen = freeze_text(builtin_text(self.charter), name=self.charter, year=day.year)
        rule = frozen.charter.clocks.get("reply")
        return (
            frozen.calendars[rule.calendar].add_working_days(day, 1) if rule else day + timedelta(days=1)
        ).isoformat()


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
