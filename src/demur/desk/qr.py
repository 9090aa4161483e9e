# SPDX-License-Identifier: AGPL-3.0-or-later
"""A picture that a telephone reads: squares as one path of an SVG, which stands in the page, so that no address serves a secret."""

import re
from dataclasses import dataclass
from typing import Final

import segno

_DARK: Final = re.compile(rb"\x01+")
_QUIET: Final = 4  # squares of white around it (ISO/IEC 18004)


@dataclass(frozen=True)
class Picture:
    """A square of `side` units and the path that fills its dark parts."""

    side: int
    path: str


def picture_of(text: str) -> Picture:
    """The QR code of `text`."""
    rows = [bytes(row) for row in segno.make_qr(text, error="m").matrix]
    runs = (
        (run.start() + _QUIET, y + _QUIET, len(run[0])) for y, row in enumerate(rows) for run in _DARK.finditer(row)
    )
    return Picture(side=len(rows) + 2 * _QUIET, path="".join(f"M{x} {y}h{n}v1h-{n}z" for x, y, n in runs))
