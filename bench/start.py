# SPDX-License-Identifier: AGPL-3.0-or-later
"""Starting: `demur serve` until its first page, and what it holds while nothing happens; beside a bare Django page on the same server."""

import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from bench.frame import Plan, Row, Spread, taking_turns
from bench.processes import end, start, until_answered
from serving import free_port, held, practice_channel

FIRST_PAGE: Final = 1.5  # seconds
MEMORY: Final = 150.0  # MiB
AT_REST: Final = 1.0  # seconds after the first page


def measure(plan: Plan) -> list[Row]:
    """Seconds to the first page, and MiB a second later."""
    waits: dict[str, list[float]] = {"ours": [], "floor": []}
    with tempfile.TemporaryDirectory() as place, practice_channel(Path(place), serve=False) as channel:

        def turn(name: str, *words: str) -> float:
            port = free_port()
            words = tuple(word.replace("PORT", str(port)) for word in words)
            wait, memory = _started(port, *words)
            waits[name].append(wait)
            return memory

        memory = taking_turns(
            plan.rounds,
            floor=lambda: turn("floor", "bench.start_floor", "PORT"),
            ours=lambda: turn("ours", "demur", "serve", str(channel.directory), "--listen", "127.0.0.1:PORT"),
        )
    return [
        _row("cold start to the first page", "s", waits, FIRST_PAGE),
        _row("idle memory, sum of PSS", "MiB", memory, MEMORY),
    ]


def _started(port: int, *words: str) -> tuple[float, float]:
    """Seconds to the first page, and MiB at rest."""
    began = time.perf_counter()
    process = start(*words)
    try:
        until_answered(f"http://127.0.0.1:{port}/")
        took = time.perf_counter() - began
        time.sleep(AT_REST)
        return took, held(process.pid)
    finally:
        end(process)


def _row(name: str, unit: str, found: Mapping[str, list[float]], most: float) -> Row:
    ours, floor = Spread.of(found["ours"]), Spread.of(found["floor"])
    return Row(
        name=name,
        unit=unit,
        ours=ours,
        floor=floor,
        floor_name="a bare Django page",
        ratio=floor.median / ours.median,
        goal=f"<= {most:g} {unit}",
        met=ours.median <= most,
    )
