# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is the same for everybody is packed: each content once, as small as can be, and never at the cost of others."""

import gzip
import inspect
import re
from collections.abc import Callable
from pathlib import Path

import brotli
import pytest
from django.http import HttpResponse
from django.test import RequestFactory

import demur
from demur.charter.directory import AGAIN, Directory, LatelySigned, open_directory
from demur.record.note import Ed25519NoteSigner
from demur.web import packing
from demur.web.packing import AT_ONCE, KEPT, RATE, SMALL, Packer, accepted, packed

TEXT = b"".join(b"office %d answers by a date; " % number for number in range(400))


class Steady:
    """A clock that a test moves."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The qualities that are asked of brotli from now on."""
    asked: list[int] = []
    real = brotli.compress

    def compress(data: bytes, *, quality: int) -> bytes:
        asked.append(quality)
        return real(data, quality=quality)

    monkeypatch.setattr(packing.brotli, "compress", compress)
    return asked


def test_a_content_is_packed_once_and_as_small_as_can_be(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, packer = counted(monkeypatch), Packer()

    assert {packer.brotli(TEXT) for _ in range(5)} == {brotli.compress(TEXT, quality=packing.BEST)}
    assert asked == [packing.BEST] * 2  # and one of them is this test's own


def test_no_more_is_kept_than_the_last_few(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, packer = counted(monkeypatch), Packer()
    for number in range(KEPT + 1):
        packer.brotli(TEXT + b"%d" % number)
    packer.brotli(TEXT + b"%d" % KEPT)
    assert len(asked) == KEPT + 1

    packer.brotli(TEXT + b"0")

    assert len(asked) == KEPT + 2


def test_a_rush_of_new_contents_is_packed_quickly_and_then_well_again(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, clock = counted(monkeypatch), Steady()
    packer = Packer(clock)
    rush = AT_ONCE // len(TEXT) + 50
    for number in range(rush):
        assert brotli.decompress(packer.brotli(TEXT + b"%04d" % number)) == TEXT + b"%04d" % number
    well = asked.count(packing.BEST)
    print(f"\n{rush} contents of {len(TEXT)} bytes at once: {well} as small as can be, the others quickly")
    assert AT_ONCE / len(TEXT) - 2 < well <= AT_ONCE / len(TEXT)
    assert asked[-1] == packing.QUICK

    clock.now += 2 * len(TEXT) / RATE
    packer.brotli(TEXT + b"later")
    packer.brotli(TEXT + b"later")

    assert asked[-1] == packing.BEST
    assert asked.count(packing.BEST) == well + 1


@pytest.mark.parametrize(
    ("header", "how", "unpack"),
    [("", None, bytes), ("gzip, br;q=0", "gzip", gzip.decompress), ("gzip, deflate, br", "br", brotli.decompress)],
)
def test_an_answer_is_packed_for_whoever_takes_it_so(
    header: str, how: str | None, unpack: Callable[[bytes], bytes]
) -> None:
    answer = packed(lambda _request: HttpResponse(TEXT))(RequestFactory().get("/", headers={"Accept-Encoding": header}))

    assert answer.headers.get("Content-Encoding") == how
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert unpack(answer.content) == TEXT
    assert how is None or answer.headers["Content-Length"] == str(len(answer.content))


@pytest.mark.parametrize("answer", [HttpResponse(b"a" * (SMALL - 1)), HttpResponse(TEXT, status=400)])
def test_what_is_small_or_an_error_is_sent_as_it_is(answer: HttpResponse) -> None:
    before = answer.content

    assert packed(lambda _request: answer)(RequestFactory().get("/", headers={"Accept-Encoding": "br"})) is answer
    assert (answer.content, answer.has_header("Content-Encoding")) == (before, False)


@pytest.mark.parametrize("weight", ["0", "0.", "0.0", "0.00", "0.000"])
def test_a_packing_without_weight_is_not_taken(weight: str) -> None:
    assert accepted(f"br; q={weight}, GZIP;q=0.001") == {"gzip"}


def test_only_answers_that_are_the_same_for_everybody_are_packed() -> None:
    root = Path(inspect.getfile(demur)).parent
    named = re.compile(r"@(?:decorate_view\()?packed\)?\n(?:@.*\n)*def (\w+)")
    found = {name for path in root.rglob("*.py") for name in named.findall(path.read_text(encoding="utf-8"))}
    elsewhere = [path.name for path in root.rglob("*.py") if "GZipMiddleware" in path.read_text(encoding="utf-8")]

    # A name is added here by whoever has seen that the answer holds no secret and nothing that was sent (BREACH).
    assert found == {
        *("front", "front_in", "looks", "file_page", "case_page", "steps_sayings", "file_sayings"),
        *("read_channel", "read_directory"),
    }
    assert elsewhere == []


def test_a_directory_is_signed_again_when_anything_in_it_changes_or_some_seconds_went_by() -> None:
    signer = Ed25519NoteSigner("dissent.example.org", bytes(32))
    lately, first = (
        LatelySigned(),
        Directory(origin="dissent.example.org", charter="a" * 64, roster="", time=1000, size=3),
    )

    def at(time: int, *, size: int = 3, by: Ed25519NoteSigner = signer) -> int:
        changed = Directory(origin=first.origin, charter=first.charter, roster="", time=time, size=size)
        return open_directory(lately.sign(changed, by), by.verifier).time

    assert [at(1000), at(1000 + AGAIN - 1), at(1000 + AGAIN)] == [1000, 1000, 1000 + AGAIN]
    assert at(1001 + AGAIN, size=4) == 1001 + AGAIN
    assert at(1002 + AGAIN, size=3) == 1002 + AGAIN  # a moment of its own, though it said so before
    assert at(1001 + AGAIN) == 1001 + AGAIN  # a clock that was set back
    assert at(1002 + AGAIN, by=Ed25519NoteSigner("dissent.example.org", bytes([1] * 32))) == 1002 + AGAIN
