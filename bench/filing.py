# SPDX-License-Identifier: AGPL-3.0-or-later
"""Filing: how many a second, how long they wait, what each costs; beside a view that hands one blob of the same bytes to the same writer.

Every filing is sealed before the run, for a channel with the daily tick of real charters. Three servers take turns on copies of one
installation, with the same WSGI server and as many threads: `demur serve`; the floor, Django without middleware; and `demur serve` whose
threads race for the database each on its own, the loser of docs/decisions/one-writer.md. `--long` files ten thousand with 32 clients,
every fiftieth twice, and looks for each in the rows.
"""

import asyncio
import os
import secrets
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bench.filing_load import Answered, send_all
from bench.frame import Plan, Row, Spread, bounded, compared, taking_turns
from demur.charter.channel import ChannelFile
from demur.client.directory import read_directory
from demur.client.filing import prepare
from demur.client.http import Server
from demur.client.wish import Wish
from demur.dissent.bundle import MEDIA_TYPE, unpack_bundle
from demur.dissent.documents.dissent import from_text
from serving import free_port, real_channel

TEXT: Final = ("Subject\n\n" + "A paragraph of the dissent that says something. " * 60 + "\n").encode()
CLIENTS: Final = {1: 100, 8: 200, 32: 400}  # filings a round by clients at once
WARM: Final = 40  # filings before anything is measured: imports, caches
LONG: Final = 10_000
TWICE: Final = 50  # every how many-th filing is sent twice
SEATS: Final = ("custodian", "secretary", "oversight")  # filled; the charter's other seats get items all the same
LEAST: Final = 0.5
LONGEST: Final = 4.0  # p99 in p50s


@dataclass(kw_only=True)
class Served:
    """A server under measurement, where it takes filings, and what it has answered by number of clients."""

    directory: Path
    port: int
    pid: int
    path: str
    answers: dict[int, list[Answered]] = field(default_factory=dict)
    costs: dict[int, list[float]] = field(default_factory=dict)

    def rate(self, bundles: Sequence[bytes], clients: int) -> float:
        """Filings a second."""
        spent = _cpu(self.pid)
        began = time.perf_counter()
        answered = asyncio.run(send_all(self.port, self.path, MEDIA_TYPE, bundles, clients))
        took = time.perf_counter() - began
        self.answers.setdefault(clients, []).extend(answered)
        self.costs.setdefault(clients, []).append(1000 * (_cpu(self.pid) - spent) / len(bundles))
        return len(bundles) / took


def measure(plan: Plan) -> list[Row]:
    """Rates, waits, failures and costs at 1, 8 and 32 clients."""
    counts = dict.fromkeys((1, 8), 4) if plan.quick else CLIENTS
    wanted = plan.rounds * sum(counts.values()) + WARM
    with tempfile.TemporaryDirectory() as place:
        founded, bundles = _founded(Path(place), max(wanted, LONG if plan.long else 0))
        rows: list[Row] = []
        if plan.long:
            with _serving("ours", founded) as served:
                rows += _long(served, bundles)
        with ExitStack() as three:
            servers = {name: three.enter_context(_serving(name, founded)) for name in ("ours", "floor", "racing")}
            for served in servers.values():
                served.rate(bundles[:WARM], 4)
                served.answers.clear()
                served.costs.clear()
            at = WARM
            for clients, count in counts.items():
                parts = [bundles[at + n * count : at + (n + 1) * count] for n in range(plan.rounds)]
                at += plan.rounds * count
                rows += _rows(servers, clients, parts)
        return rows


def _rows(servers: Mapping[str, Served], clients: int, parts: Sequence[Sequence[bytes]]) -> list[Row]:
    def turn(served: Served) -> Callable[[], float]:
        waiting = iter(parts)
        return lambda: served.rate(next(waiting), clients)

    rates = taking_turns(len(parts), **{name: turn(served) for name, served in servers.items()})
    ours, racing = servers["ours"].answers[clients], servers["racing"].answers[clients]
    name, floor = f"{clients} clients: ", "one blob, same writer"
    least = LEAST if clients > 1 else 0
    return [
        compared(f"{name}filings", "/s", rates["ours"], rates["floor"], floor_name=floor, least=least),
        Row(name=f"{name}p50", unit="ms", ours=Spread.of([_wait(ours, 0.5)])),
        bounded(
            f"{name}p99 over p50", "x", [_wait(ours, 0.99) / _wait(ours, 0.5)], most=LONGEST if clients > 1 else None
        ),
        Row(name=f"{name}longest", unit="ms", ours=Spread.of([_wait(ours, 1)])),
        bounded(f"{name}failed", "", [_failed(ours)], most=0),
        Row(name=f"{name}server CPU a filing", unit="ms", ours=Spread.of(servers["ours"].costs[clients])),
        Row(name=f"{name}server CPU a blob (floor)", unit="ms", ours=Spread.of(servers["floor"].costs[clients])),
        compared(f"{name}racing threads", "/s", rates["racing"], rates["floor"], floor_name=floor),
        Row(
            name=f"{name}racing threads, p99 over p50",
            unit="x",
            ours=Spread.of([_wait(racing, 0.99) / _wait(racing, 0.5)]),
        ),
        Row(name=f"{name}racing threads, longest", unit="ms", ours=Spread.of([_wait(racing, 1)])),
        Row(name=f"{name}racing threads, failed", unit="", ours=Spread.of([_failed(racing)])),
    ]


def _wait(answers: Sequence[Answered], share: float) -> float:
    waits = sorted(1000 * answered.seconds for answered in answers)
    return waits[min(int(share * len(waits)), len(waits) - 1)]


def _failed(answers: Sequence[Answered]) -> float:
    return float(sum(answered.status not in (200, 201) for answered in answers))


def _long(served: Served, bundles: Sequence[bytes]) -> list[Row]:
    """File them all with 32 clients, every fiftieth twice; then every one must stand in the rows, once."""
    sent = [bundle for n, bundle in enumerate(bundles) for bundle in [bundle] * (2 if n % TWICE == 0 else 1)]
    rate = served.rate(sent, 32)
    cases = [unpack_bundle(bundle)[0]["case"] for bundle in bundles]
    with sqlite3.connect(served.directory / "demur.sqlite3") as rows:
        found = [row[0] for row in rows.execute("SELECT case_id FROM dissent_event WHERE seq = 1")]
        entries = rows.execute("SELECT COUNT(*) FROM entries_entry WHERE length(data) = 46").fetchone()[0]
    answers = served.answers[32]
    return [
        Row(name=f"{len(bundles):,} filings, 32 clients", unit="/s", ours=Spread.of([rate])),
        bounded("failed", "", [_failed(answers)], most=0),
        bounded("lost", "", [float(len(set(cases) - set(found)))], most=0),
        bounded("doubled", "", [float(len(found) - len(set(found)) + entries - 2 * len(set(found)))], most=0),
    ]


def _founded(place: Path, count: int) -> tuple[Path, list[bytes]]:
    """A real installation with a daily tick, at rest, and filings sealed for it."""
    with real_channel(place, charter="us-state-2fam070", seats=SEATS) as channel:
        server, known = Server(channel.url), ChannelFile.parse(channel.file.read_text()).channel
        in_force = read_directory(server, known, now=int(time.time()))
        limits = server.get_json("/api/v1/limits")
        wish = Wish(dissent=from_text(TEXT, name="dissent.txt"), original=TEXT, new_keys=frozenset(SEATS[:2]))
        bundles = [
            prepare(
                wish, in_force, address=channel.url, limits=limits, now=int(time.time()), random=secrets.token_bytes
            ).bundle
            for _ in range(count)
        ]
        channel.stop()
        return Path(shutil.copytree(channel.directory, place / "founded")), bundles


@contextmanager
def _serving(kind: str, founded: Path) -> Iterator[Served]:
    """One of the three servers, on a copy of the installation."""
    copy = Path(shutil.copytree(founded, Path(tempfile.mkdtemp(dir=founded.parent)) / "copy"))
    port = free_port()
    command = ["demur", "serve", str(copy), "--listen", f"127.0.0.1:{port}"]
    if kind != "ours":
        command = [f"bench.filing_{kind}", str(port)]
    process = subprocess.Popen(  # noqa: S603 -- our own programs
        [sys.executable, "-m", *command],
        env={**os.environ, "DEMUR_DIR": str(copy)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _await(port)
        yield Served(directory=copy, port=port, pid=process.pid, path="/floor" if kind == "floor" else "/api/v1/cases")
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(20)


def _await(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit("bench: a server did not start")


def _cpu(pid: int) -> float:
    """Seconds of CPU that a process and its children have used."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    own = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return own + sum(_cpu(int(child)) for child in children)
