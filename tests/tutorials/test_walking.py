# SPDX-License-Identifier: AGPL-3.0-or-later
"""What holds a tutorial against the pages: that it would notice, and that nothing lies beside it."""

import base64
import re
import struct
import zlib
from pathlib import Path
from typing import Any, cast

import pytest
from walking import LARGEST, TUTORIALS, WIDTH, Walk, commands, fewer_colours, fits, size_of

PAGES = sorted(
    str(path.relative_to(TUTORIALS).with_suffix("")) for path in TUTORIALS.rglob("*.md") if path.name != "README.md"
)


def chunk(name: bytes, body: bytes) -> bytes:
    """One part of a PNG."""
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(width: int, height: int, pixel: bytes) -> bytes:
    """A picture of one colour, its rows filtered as Chromium may: each as what differs from the one above."""
    first = b"\0" + pixel * width
    rest = b"\2" + bytes(3 * width)
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(first + rest * (height - 1))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


class Page:
    """A page that reads `text` and looks like `shot`."""

    def __init__(self, text: str, shot: bytes = b"") -> None:
        self.text, self.shot = text, shot

    def value(self, expression: str) -> Any:
        """The text, or the place of everything."""
        return self.text if "innerText" in expression else [0, 100]

    def ask(self, _method: str, **_parameters: Any) -> dict[str, bytes]:
        """The picture, as the protocol gives it."""
        return {"data": base64.b64encode(self.shot)}


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a tutorial of one bold word and one picture, 100 pixels high."""
    (tmp_path / "pictures").mkdir()
    (tmp_path / "walk.md").write_text("Press **Begin**.\n\n![A page](pictures/page.png)\n")
    (tmp_path / "pictures" / "page.png").write_bytes(png(WIDTH, 100, b"\xff\xff\xff"))
    monkeypatch.setattr("walking.TUTORIALS", tmp_path)
    monkeypatch.setattr("walking.WRITES", False)
    return tmp_path


def walk(page: Page) -> Walk:
    """Somebody who follows it."""
    return Walk(name="walk", page=cast(Any, page))


def test_a_walk_that_meets_what_is_told_ends_well(written: Path) -> None:
    walked = walk(Page("Begin", png(WIDTH, 110, b"\0\0\0")))
    walked.picture("page")

    walked.ends()


@pytest.mark.parametrize(
    ("text", "height", "there", "told"),
    [
        ("Start", 100, True, "Begin"),
        ("Begin", 300, True, "shows another page"),
        ("Begin", 100, False, "is missing"),
    ],
    ids=["word", "height", "missing"],
)
def test_what_is_not_as_told_is_noticed(written: Path, text: str, height: int, there: bool, told: str) -> None:
    walked = walk(Page(text, png(WIDTH, height, b"\0\0\0")))
    if not there:
        (written / "pictures" / "page.png").unlink()

    with pytest.raises(AssertionError, match=told):
        walk_it(walked)


def walk_it(walked: Walk) -> None:
    """The whole way."""
    walked.picture("page")
    walked.ends()


def test_a_picture_that_the_text_does_not_name_is_noticed(written: Path) -> None:
    (written / "pictures" / "other.png").write_bytes(png(WIDTH, 100, b"\0\0\0"))
    walked = walk(Page("Begin", png(WIDTH, 100, b"\0\0\0")))
    walked.picture("other")

    with pytest.raises(AssertionError, match="other"):
        walk_it(walked)


def test_fewer_colours_keep_size_and_picture() -> None:
    small = fewer_colours(png(7, 5, b"\xff\x68\x01"))
    at = small.index(b"IDAT")
    rows = zlib.decompress(small[at + 4 :])

    assert size_of(small) == (7, 5)
    assert rows == (b"\0" + bytes([36 * 5 + 6 * 2 + 0]) * 7) * 5
    assert small[small.index(b"PLTE") + 4 :][3 * rows[1] :][:3] == b"\xff\x66\x00"


def test_an_answer_may_differ_where_the_text_says_so_and_nowhere_else() -> None:
    assert fits("held by …\n  two", "x\nheld by Ada\n  two\n")
    assert not fits("held by …\n  two", "held by Ada\n  three\n")
    assert commands("```sh\na b\n```\n\n```text\nc\n```\n\n```sh\nd\n```\n") == [("a b", "c"), ("d", "")]


@pytest.mark.parametrize("name", PAGES)
def test_every_tutorial_is_walked_and_listed(name: str) -> None:
    assert f"]({name}.md)" in (TUTORIALS / "README.md").read_text()
    walked = (Path(__file__).parent / f"test_{Path(name).name.replace('-', '_')}.py").read_text()
    assert f'"{name}"' in walked


def test_every_picture_is_named_small_and_of_one_width() -> None:
    named = {
        (TUTORIALS / page).parent / "pictures" / name
        for page in PAGES
        for name in re.findall(r"\]\(pictures/([\w-]+\.png)\)", (TUTORIALS / f"{page}.md").read_text())
    }
    there = {path.relative_to(TUTORIALS): path for path in TUTORIALS.rglob("*.png")}

    assert named == set(there.values())
    assert {size_of(path.read_bytes())[0] for path in there.values()} == {WIDTH}
    assert [name for name, path in there.items() if path.stat().st_size > LARGEST] == []
