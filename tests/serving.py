# SPDX-License-Identifier: AGPL-3.0-or-later
"""Real installations for tests: founded and served as a person would, on loopback, with the real command line."""

import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import forkserver

HANGS = 600  # seconds after which a command is taken to hang, however busy the machine is
BESIDE = 8  # so many tests can run side by side, each with ports of its own
START = 60.0  # seconds a server may take to answer on a busy machine


@dataclass(frozen=True, kw_only=True)
class Done:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The answer of a command with --json."""
        return json.loads(self.out)


def demur(
    *arguments: str | Path, home: Path, cwd: Path | None = None, text: str = "", more: Mapping[str, str] | None = None
) -> Done:
    """Run `demur` as a person with an empty home would."""
    environment = {**os.environ, "DEMUR_HOME": str(home), "HOME": str(home), **(more or {})}
    environment.pop("DEMUR_DIR", None)
    home.mkdir(parents=True, exist_ok=True)
    words = [str(each) for each in arguments]
    if more or "PYTHONPATH" in environment:  # an interpreter that starts in this environment may be another one
        done = subprocess.run(
            [sys.executable, "-m", "demur", *words],
            cwd=cwd or home,
            env=environment,
            input=text.encode(),
            capture_output=True,
            check=False,
            timeout=HANGS,
        )
    else:
        done = forkserver.run(words, cwd=cwd or home, environment=environment, text=text.encode(), timeout=HANGS)
    return Done(code=done.returncode, out=done.stdout.decode(), err=done.stderr.decode())


def later(by: int) -> dict[str, str]:
    """What of the environment lets a command believe that it is so many seconds later."""
    path = os.pathsep.join(filter(None, [str(Path(__file__).parent / "shifted"), os.environ.get("PYTHONPATH")]))
    return {"PYTHONPATH": path, "DEMUR_TEST_LATER": str(by)}


def free_port() -> int:
    """A port that nobody listens on now, and that stays free while a server is away.

    It is none of those that the kernel hands to connections, and none of those that tests running beside these take.
    """
    mine = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % BESIDE
    while True:
        port = random.randrange(10_000, 32_000, BESIDE) + mine
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def family(pid: int) -> list[int]:
    """A process and those it started."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(inner for child in children for inner in family(int(child)))]


def held(pid: int) -> float:
    """MiB that a process and those it started hold, each shared page counted by its share (sum of PSS)."""
    lines = [line for each in family(pid) for line in Path(f"/proc/{each}/smaps_rollup").read_text().splitlines()]
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


@contextmanager
def listening(handler: Callable[..., BaseHTTPRequestHandler]) -> Iterator[str]:
    """The address of a server on loopback that answers by `handler`, each request in a thread, until the block ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass(kw_only=True)
class Channel:
    """A practice installation: its directory, where it answers, and the process that serves it."""

    directory: Path
    port: int
    process: "subprocess.Popen[bytes] | None" = None
    output: Path = field(default=Path(os.devnull))

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def file(self) -> Path:
        """Its channel file."""
        return self.directory / "channel.toml"

    def key(self, seat: str) -> Path:
        """A seat's practice key."""
        return self.directory / "practice" / f"{seat}.key"

    @property
    def known(self) -> list[str]:
        """The options by which a command knows this channel."""
        return ["--server", self.url, "--channel", str(self.file)]

    def start(self, *options: str) -> None:
        """Serve it, and wait until it answers."""
        words = ["-m", "demur", "serve", str(self.directory), "--listen", f"127.0.0.1:{self.port}", *options]
        self.run(*words)

    def run(self, *words: str, **more: str) -> None:
        """Start python with these words and more of an environment as what serves it, and wait until it answers."""
        with self.output.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, *words],
                env={**os.environ, **more},
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        end = time.monotonic() + START
        while time.monotonic() < end:
            try:
                with urllib.request.urlopen(f"{self.url}/api/v1/channel", timeout=2):
                    return
            except (urllib.error.URLError, OSError):
                assert self.process.poll() is None, self.output.read_text()
                time.sleep(0.05)
        raise AssertionError("the server did not answer in time")

    def stop(self) -> None:
        """End the process that was started here."""
        if self.process is None:
            return
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None


@dataclass
class Founded:
    """A channel, and the home in which somebody runs commands about it."""

    channel: Channel
    home: Path

    def run(self, *words: str | Path, code: int = 0, text: str = "") -> Done:
        """What a command answers that is expected to end with `code`."""
        done = demur(*words, home=self.home, text=text)
        assert done.code == code, done.err + done.out
        return done


@contextmanager
def practice_channel(place: Path, *, charter: str = "us-state-2fam070", serve: bool = True) -> Iterator[Channel]:
    """A practice channel below `place`, served until the block ends, then removed."""
    port = free_port()
    directory = place / f"channel-{port}"
    done = demur(
        "init",
        directory,
        "--practice",
        "--charter",
        charter,
        "--address",
        f"http://127.0.0.1:{port}",
        home=place / "admin-home",
    )
    assert done.code == 0, done.err
    channel = Channel(directory=directory, port=port, output=place / f"server-{port}.log")
    try:
        if serve:
            channel.start()
        yield channel
    finally:
        channel.stop()
        shutil.rmtree(directory, ignore_errors=True)


@contextmanager
def real_channel(
    place: Path, *, charter: str = "demur-default", seats: Sequence[str] = ("custodian", "head", "oversight")
) -> Iterator[Channel]:
    """A real channel below `place`, with the charter's own ticks: founded as an administrator, an officer and the holders of
    `seats` would, served until the block ends. All keys lie in `place`/home, as `officer.key` and one for each seat.
    """
    home, directory, port = place / "home", place / "real", free_port()

    def run(*words: str | Path) -> None:
        done = demur(*words, home=home)
        assert done.code == 0, done.err

    run("key", "new", "--officer", "--no-passphrase", "-o", "officer.key")
    run(
        "init", directory, "--origin", "dissent.example.org", "--charter", charter, "--officer", home / "officer.key.pub",
        "--address", f"http://127.0.0.1:{port}",
    )  # fmt: skip
    channel = directory / "channel.toml"
    known = ["--key", "officer.key", "--channel", channel, "--yes"]
    run("charter", "sign", *known, directory / "charter.request", "-o", "charter.signed")
    run("charter", "adopt", directory, "charter.signed")
    for seat in seats:
        run("key", "new", "--no-passphrase", "-o", f"{seat}.key")
        run(
            "seat", "fill", "--request", "--seat", seat, "--key", f"{seat}.key", "--holder", f"holder of {seat}",
            "--channel", channel, "-o", f"{seat}.request",
        )  # fmt: skip
    requests = [f"{seat}.request" for seat in seats]
    run("seat", "sign", *known, "--charter", "charter.signed", *requests, "-o", "seats.signed")
    run("seat", "fill", directory, "seats.signed")
    served = Channel(directory=directory, port=port, output=place / "log")
    served.start()
    try:
        yield served
    finally:
        served.stop()
