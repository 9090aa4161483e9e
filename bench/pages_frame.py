# SPDX-License-Identifier: AGPL-3.0-or-later
"""A row of waits, of which less is better, in bench/frame.py's sense."""

import statistics
from collections.abc import Sequence

from bench.frame import Row, Spread


def waited(
    name: str, unit: str, ours: Sequence[float], floor: Sequence[float], *, floor_name: str, most: float | None = None
) -> Row:
    """Waits beside the floor's in the same rounds; `most` is the goal, if there is one.

    The ratio is floor to ours, so that larger is better here too.
    """
    spread = Spread.of(ours)
    return Row(
        name=name,
        unit=unit,
        ours=spread,
        floor=Spread.of(floor),
        floor_name=floor_name,
        ratio=statistics.median(theirs / mine for mine, theirs in zip(ours, floor, strict=True)),
        goal="" if most is None else f"<= {most:g} {unit}",
        met=None if most is None else spread.median <= most,
    )
