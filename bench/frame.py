# SPDX-License-Identifier: AGPL-3.0-or-later
"""What every question shares: rounds in which floor and ours take turns, medians with their spread, one table.

A machine's speed changes by the minute, so a figure alone says little. Each is measured beside a floor, the least that any program would
have to do for the same, in the same rounds; what counts is the ratio.
"""

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Spread:
    """A median with the smallest and the largest of its rounds."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        """From one value a round."""
        return cls(median=statistics.median(values), low=min(values), high=max(values))


@dataclass(frozen=True, kw_only=True)
class Row:
    """One figure. `ratio` is ours to floor, so that larger is better; `goal` says what was asked, `met` whether it is reached."""

    name: str
    unit: str
    ours: Spread
    floor: Spread | None = None
    floor_name: str = ""
    ratio: float | None = None
    goal: str = ""
    met: bool | None = None

    @property
    def document(self) -> dict[str, Any]:
        """The row for `--json`."""
        row: dict[str, Any] = {"name": self.name, "unit": self.unit, "ours": vars(self.ours)}
        if self.floor is not None:
            row |= {"floor": vars(self.floor), "floor_name": self.floor_name, "ratio": self.ratio}
        return row | {"goal": self.goal, "met": self.met} if self.goal else row

    @property
    def line(self) -> str:
        """The row for a person."""
        text = f"{self.name:<44} {_number(self.ours):>26} {self.unit:<6}"
        if self.floor is not None and self.ratio is not None:
            text += f" floor {_number(self.floor)} ({self.floor_name}), ratio {self.ratio:.2f}"
        if self.goal:
            text += f"  goal {self.goal}: {'reached' if self.met else 'SHORT'}"
        return text


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How to measure: how many rounds, whether only to see that it runs, whether to take the long way."""

    rounds: int = 5
    quick: bool = False
    long: bool = False


def taking_turns(rounds: int, **works: Callable[[], float]) -> Mapping[str, list[float]]:
    """Run each work once a round, in turn; what each returned, round by round."""
    found: dict[str, list[float]] = {name: [] for name in works}
    for n in range(rounds):
        names = list(works) if n % 2 == 0 else list(reversed(works))  # nobody always goes first
        for name in names:
            found[name].append(works[name]())
    return found


def seconds(work: Callable[[], object]) -> float:
    """How long `work` takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def compared(
    name: str, unit: str, ours: Sequence[float], floor: Sequence[float], *, floor_name: str, least: float = 0
) -> Row:
    """A row of rates (larger is better): the ratio is the median of the rounds' own ratios, which share their minute."""
    ratio = statistics.median(mine / theirs for mine, theirs in zip(ours, floor, strict=True))
    return Row(
        name=name,
        unit=unit,
        ours=Spread.of(ours),
        floor=Spread.of(floor),
        floor_name=floor_name,
        ratio=ratio,
        goal=f">= {least:.0%} of the floor" if least else "",
        met=ratio >= least if least else None,
    )


def bounded(name: str, unit: str, values: Sequence[float], *, most: float | None = None) -> Row:
    """A row whose median is to stay at or below `most`."""
    spread = Spread.of(values)
    if most is None:
        return Row(name=name, unit=unit, ours=spread)
    return Row(name=name, unit=unit, ours=spread, goal=f"<= {most:g} {unit}", met=spread.median <= most)


def _number(spread: Spread) -> str:
    def shown(value: float) -> str:
        return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"

    return f"{shown(spread.median)} ({shown(spread.low)}..{shown(spread.high)})"
