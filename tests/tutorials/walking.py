# SPDX-License-Identifier: AGPL-3.0-or-later
"""A tutorial held against what somebody who follows it meets: its bold words, its commands and answers, and its pictures.

- Every **bold** text is a word of a page: it must have been read on the way.
- Every line of a block ```sh is a command, run as it stands; the block ```text after it is its answer, with … for what differs each time.
- Every picture is of a place on the way, in the text's order. With DEMUR_PICTURES=1 a walk writes them anew; otherwise each must be there,
  small in bytes, and as high as that place is now.
"""

import base64
import json
import os
import re
import struct
import zlib
from dataclasses import dataclass, field
from pathlib import Path

from browsing import Browser

TUTORIALS = Path(__file__).parents[2] / "docs" / "tutorials"
WRITES = os.environ.get("DEMUR_PICTURES") == "1"
WIDTH, HIGHEST, MARGIN = 800, 960, 8  # pixels
LARGEST = 60_000  # bytes
LINES = 64  # pixels by which a place may differ: dates and words drawn anew wrap otherwise


@dataclass(kw_only=True)
class Walk:
    """Somebody who follows one tutorial. `read` is every text that a page showed them, `taken` the pictures in order."""

    name: str
    page: Browser
    read: list[str] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The tutorial."""
        return (TUTORIALS / f"{self.name}.md").read_text()

    def look(self) -> None:
        """Read what the page shows now."""
        self.read.append(_plain(self.page.value("document.body.innerText")))

    def picture(self, name: str, first: str = "main", *, last: str = "") -> None:
        """Look, and take or check the picture of what stands from one element to another, or to the end of the first."""
        self.look()
        self.taken.append(name)
        shot = self._shot(first, last or first)
        width, height = size_of(shot)
        path = (TUTORIALS / self.name).parent / "pictures" / f"{name}.png"
        if WRITES:
            path.write_bytes(fewer_colours(shot))
        assert path.is_file(), f"{path.name} is missing; take the pictures anew with DEMUR_PICTURES=1"
        kept = size_of(path.read_bytes())
        assert kept[0] == width == WIDTH, (name, kept[0], width)
        assert abs(kept[1] - height) <= LINES, f"{path.name} shows another page; take it anew with DEMUR_PICTURES=1"
        assert path.stat().st_size <= LARGEST, f"{path.name} is too large: {path.stat().st_size} bytes"

    def ends(self) -> None:
        """The text names what was met, and nothing else."""
        named = re.findall(r"\]\(pictures/([\w-]+)\.png\)", self.text)
        assert named == self.taken, f"the text shows {named}, and on the way were {self.taken}"
        met = "\n".join(self.read)
        bold = [_plain(words) for words in re.findall(r"\*\*(.+?)\*\*", self.text, re.DOTALL)]
        unmet = [words for words in bold if words not in met]
        assert not unmet, f"no page said {unmet}"

    def _shot(self, first: str, last: str) -> bytes:
        top, bottom = self.page.value(
            f"(() => {{ const of = (name) => document.querySelector(name).getBoundingClientRect();"
            f" const most = document.documentElement.scrollHeight;"
            f" return [Math.max(0, Math.floor(of({json.dumps(first)}).top + scrollY) - {MARGIN}),"
            f" Math.min(most, Math.ceil(of({json.dumps(last)}).bottom + scrollY) + {MARGIN})]; }})()"
        )
        clip = {"x": 0, "y": top, "width": WIDTH, "height": min(bottom - top, HIGHEST), "scale": 1}
        shot = self.page.ask("Page.captureScreenshot", clip=clip, captureBeyondViewport=True)
        return base64.b64decode(shot["data"])


def offered(text: str) -> str:
    """The dissent that a tutorial offers to take, as a block quote in a list."""
    return "\n".join(re.findall(r"^ {3}> ?(.*)$", text, re.MULTILINE)) + "\n"


def commands(text: str) -> list[tuple[str, str]]:
    """Each command of a tutorial with its answer, "" where none is told."""
    found = re.findall(r"```sh\n(.+?)\n```(?:\n\n```text\n(.+?)\n```)?", text, re.DOTALL)
    return [(command, answer) for command, answer in found]


def fits(told: str, answer: str) -> bool:
    """Whether an answer is what the tutorial tells, where … stands for anything within a line."""
    return re.search("[^\n]*".join(map(re.escape, told.split("…"))), answer) is not None


def _plain(text: str) -> str:
    """One space for each gap."""
    return " ".join(text.split())


# --- PNG, as far as needed: https://www.w3.org/TR/png-3/

_MAGIC = b"\x89PNG\r\n\x1a\n"
_STEP = 51  # six shades of each colour keep letters readable and pictures small


def size_of(png: bytes) -> tuple[int, int]:
    """Width and height in pixels."""
    assert png.startswith(_MAGIC)
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def fewer_colours(png: bytes) -> bytes:
    """The same picture in a palette of 6 × 6 × 6 colours."""
    width, height = size_of(png)
    depth, kind = png[24], png[25]
    assert (depth, kind) in {(8, 2), (8, 6)}, "Chromium writes RGB or RGBA"
    each = 3 if kind == 2 else 4
    data = zlib.decompress(b"".join(body for name, body in _chunks(png) if name == b"IDAT"))
    before, rows = bytearray(width * each), []
    shade = bytes((value + _STEP // 2) // _STEP for value in range(256))
    for n in range(height):
        start = n * (width * each + 1)
        before = _unfiltered(data[start], bytearray(data[start + 1 : start + 1 + width * each]), before, each)
        red, green, blue = (before[part::each].translate(shade) for part in range(3))
        rows.append(b"\0" + bytes(36 * r + 6 * g + b for r, g, b in zip(red, green, blue, strict=True)))
    palette = bytes(part * _STEP for n in range(216) for part in (n // 36, n // 6 % 6, n % 6))
    head = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    parts = ((b"IHDR", head), (b"PLTE", palette), (b"IDAT", zlib.compress(b"".join(rows), 9)), (b"IEND", b""))
    return _MAGIC + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in parts
    )


def _chunks(png: bytes) -> list[tuple[bytes, bytes]]:
    found, at = [], len(_MAGIC)
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        found.append((png[at + 4 : at + 8], png[at + 8 : at + 8 + length]))
        at += length + 12
    return found


def _unfiltered(kind: int, row: bytearray, before: bytearray, each: int) -> bytearray:
    """One row without its filter."""
    if kind == 0:
        return row
    for n in range(len(row)):
        left, corner = (row[n - each], before[n - each]) if n >= each else (0, 0)
        guess = (0, left, before[n], (left + before[n]) // 2, _paeth(left, before[n], corner))[kind]
        row[n] = (row[n] + guess) & 255
    return row


def _paeth(left: int, above: int, corner: int) -> int:
    guess = left + above - corner
    return min((left, above, corner), key=lambda value: abs(guess - value))
