# SPDX-License-Identifier: AGPL-3.0-or-later
"""Large files: `demur file` of 100 MB beside the same passes over the same bytes, and what uploads cost in memory.

Two floors, both measured in the same rounds. The passes alone (`bench.upload_passes`, `bench.upload_floor`) leave out all that makes it a
filing: the goal is of this one. A filing without the file and then the passes show what is paid for the file being large, for what a
filing costs does not grow with the file.

The server's memory is measured twice: on one that has just started, where the first requests still load what all later ones use, and,
with the goal, on one that has taken three small filings.
"""

import os
import secrets
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Final

from bench.frame import Plan, Row, bounded, compared, seconds, taking_turns
from bench.processes import served
from bench.upload_floor import TARGET
from serving import Channel, demur, held, practice_channel

MB: Final = 1_000_000
PIECE: Final = 1024 * 1024
LEAST: Final = 0.6
MEMORY: Final = 16.0  # MiB that four uploads at once may add to the server, and ten times the file to the client
AT_ONCE: Final = 4
WARM: Final = 3  # small filings before the server's memory is measured
ROOT: Final = Path(__file__).parents[1]
LARGE, SMALL, TEXT = "large.bin", "small.bin", "text.txt"


@dataclass(frozen=True, kw_only=True)
class Author:
    """Somebody who files at a channel by command, each time under another name."""

    channel: Channel
    home: Path
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def words(self, *attached: str) -> list[str]:
        """The command's words, for a new filing."""
        more = [word for name in attached for word in ("--attach", name)]
        known = map(str, self.channel.known)
        return ["file", *known, "--yes", "--as-is", "-o", f"case{next(self._numbers)}", *more, TEXT]

    def file(self, *attached: str) -> float:
        """Seconds that a filing takes. Raises SystemExit if it fails."""
        return seconds(lambda: run(self.words(*attached), self.home))

    def peak(self, *attached: str) -> float:
        """The command's largest resident size, MiB."""
        # A process inherits its parent's peak until it runs another program, so a small one stands between.
        words = [sys.executable, "-m", "bench.peak", sys.executable, "-m", "demur", *self.words(*attached)]
        environment = {**os.environ, "DEMUR_HOME": str(self.home), "HOME": str(self.home), "PYTHONPATH": str(ROOT)}
        done = subprocess.run(words, cwd=self.home, env=environment, capture_output=True, text=True, check=True)  # noqa: S603
        return float(done.stdout)


def run(words: list[str], home: Path) -> str:
    """Run a command; what it said. Raises SystemExit if it fails: a filing that fails takes no time and no memory."""
    done = demur(*words, home=home)
    if done.code:
        raise SystemExit(f"bench: demur {words[0]} failed: {done.err}")
    return done.out


def measure(plan: Plan) -> list[Row]:
    """One file of 100 MB in turn with its floors; memory; with --long one of 2 GB."""
    size = 4 * MB if plan.quick else 100 * MB
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        home = place / "amina"
        home.mkdir()
        (home / TEXT).write_text("The crossing\n\nThe count was wrong.\n")
        (home / LARGE).write_bytes(secrets.token_bytes(size))
        (home / SMALL).write_bytes(secrets.token_bytes(size // 10))
        with practice_channel(place, charter="demur-default") as channel:
            author = Author(channel=channel, home=home)
            author.file(SMALL)  # what is loaded once, on either side
            rows = [*_rates(author, place, plan), *_memory(author)]
            return [*rows, *(_two_gigabytes(author, place) if plan.long else [])]


def _rates(author: Author, place: Path, plan: Plan) -> list[Row]:
    size = (author.home / LARGE).stat().st_size / MB
    arrived = place / "arrived"
    with served("bench.upload_floor", **{TARGET: str(arrived)}) as port:

        def passes() -> float:
            arrived.unlink(missing_ok=True)
            words = ["bench.upload_passes", str(author.home / LARGE), str(place / "sealed"), str(port)]
            return seconds(lambda: subprocess.run([sys.executable, "-m", *words], check=True))  # noqa: S603 -- our own

        turns = taking_turns(plan.rounds, passes=passes, ours=lambda: author.file(LARGE), empty=author.file)
    ours = [size / took for took in turns["ours"]]
    bare = [size / took for took in turns["passes"]]
    both = [size / (took + without) for took, without in zip(turns["passes"], turns["empty"], strict=True)]
    name = f"demur file of {size:.0f} MB, whole command"
    return [
        compared(name, "MB/s", ours, bare, floor_name="the passes alone", least=LEAST),
        compared(name, "MB/s", ours, both, floor_name="a filing without it, and the passes"),
        bounded("a filing without attachments", "s", turns["empty"]),
    ]


def _memory(author: Author) -> list[Row]:
    grown = author.peak(LARGE) - author.peak(SMALL)
    cold, warm = (_added(author, filings) for filings in (0, WARM))
    return [
        bounded("client: added by ten times the file (peak RSS)", "MiB", [grown], most=MEMORY),
        bounded(f"server: added by {AT_ONCE} at once (sum of PSS)", "MiB", [warm], most=MEMORY),
        bounded("the same, as the first requests it gets", "MiB", [cold]),
    ]


def _added(author: Author, filings: int) -> float:
    """What a server that was started anew and took some `filings` held most while four file at once, beyond what it held before."""
    author.channel.stop()
    author.channel.start()
    for _ in range(filings):
        author.file()
    server = author.channel.process
    assert server is not None
    found, over = [before := held(server.pid)], threading.Event()

    def watch() -> None:
        while not over.wait(0.02):
            found.append(held(server.pid))

    watching = threading.Thread(target=watch)
    commands = [author.words(LARGE) for _ in range(AT_ONCE)]
    watching.start()
    try:
        with ThreadPoolExecutor(AT_ONCE) as four:
            list(four.map(lambda words: run(words, author.home), commands))
    finally:
        over.set()
        watching.join()
    return max(found) - before


def _two_gigabytes(author: Author, place: Path) -> list[Row]:
    """A file of 2 GB filed and fetched; every byte is compared."""
    path, out = author.home / "huge.bin", place / "out"
    with path.open("wb") as file:
        for _ in range(2000):
            file.write(secrets.token_bytes(MB))
    server = author.channel.process
    assert server is not None
    before, began = held(server.pid), time.perf_counter()
    peak = author.peak(path.name)
    filed = time.perf_counter() - began
    key = max(author.home.glob("case*.key"), key=lambda found: found.stat().st_mtime_ns)
    status = ["desk", *map(str, author.channel.known), "--key", str(author.channel.key("custodian")), "fetch"]
    case = demur("status", key, "--json", home=author.home).json["case"]
    fetched = seconds(lambda: run([*status, case, "-o", str(out)], place / "citra"))
    for left, right in zip(_pieces(path), _pieces(out / f"attachment-1-{path.name}"), strict=True):
        if left != right:
            raise SystemExit("bench: what was fetched is not what was filed")
    return [
        bounded("2 GB: filed", "s", [filed]),
        bounded("2 GB: client, peak RSS", "MiB", [peak]),
        bounded("2 GB: fetched, every byte compared", "s", [fetched]),
        bounded("2 GB: server, added at rest (sum of PSS)", "MiB", [held(server.pid) - before], most=MEMORY),
    ]


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece
