# SPDX-License-Identifier: AGPL-3.0-or-later
"""Uploads: equal parts in order, resumable, believed only whole; what stands still makes way, and a full room says so."""

import hashlib
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from demur.dissent.errors import BundleError, Busy, MissingPart, WorkWanted
from demur.dissent.uploads import IDLE, KEPT, PART, Uploads
from demur.dissent.work import LEAST, MOST, Work, bits_for, challenges, check_work, solve

DATA = os.urandom(2 * PART + 500)
NAME = hashlib.sha256(DATA).hexdigest()
NOW = time.time()


def part(n: int, data: bytes = DATA) -> bytes:
    return data[n * PART : (n + 1) * PART]


def sent(uploads: Uploads, data: bytes = DATA, *, parts: int = 3, now: float = NOW) -> str:
    name = hashlib.sha256(data).hexdigest()
    for n in range(parts):
        uploads.take(name, n, part(n, data), size=len(data), now=now)
    return name


@pytest.fixture
def uploads(tmp_path: Path) -> Uploads:
    return Uploads(tmp_path, 10 * PART)


def test_parts_in_order_make_the_file(uploads: Uploads) -> None:
    assert [uploads.take(NAME, n, part(n), size=len(DATA), now=NOW) for n in range(3)] == [PART, 2 * PART, len(DATA)]
    uploads.check_whole(NAME, len(DATA))
    uploads.keep(NAME)
    assert uploads.kept(NAME).read_bytes() == DATA
    assert (uploads.have(NAME), uploads.used()) == (len(DATA), 0)


def test_a_part_that_is_here_changes_nothing(uploads: Uploads) -> None:
    sent(uploads, parts=2)
    assert uploads.take(NAME, 0, os.urandom(PART), size=len(DATA), now=NOW) == 2 * PART
    sent(uploads)
    uploads.check_whole(NAME, len(DATA))


def test_a_part_out_of_order_says_where_to_go_on(uploads: Uploads) -> None:
    with pytest.raises(MissingPart, match="Part 0 is missing"):
        uploads.take(NAME, 2, part(2), size=len(DATA), now=NOW)


@pytest.mark.parametrize("data", [b"", b"short", os.urandom(PART + 1)])
def test_a_part_of_a_wrong_length_is_refused(uploads: Uploads, data: bytes) -> None:
    with pytest.raises(BundleError, match="every part"):
        uploads.take(NAME, 0, data, size=len(DATA), now=NOW)


def test_a_damaged_whole_is_thrown_away(uploads: Uploads) -> None:
    uploads.take(NAME, 0, os.urandom(PART), size=len(DATA), now=NOW)
    for n in (1, 2):
        uploads.take(NAME, n, part(n), size=len(DATA), now=NOW)
    with pytest.raises(BundleError, match="damaged"):
        uploads.check_whole(NAME, len(DATA))
    assert uploads.have(NAME) == 0


def test_an_unfinished_upload_is_not_whole(uploads: Uploads) -> None:
    sent(uploads, parts=2)
    with pytest.raises(MissingPart, match="not arrived whole"):
        uploads.check_whole(NAME, len(DATA))


def test_what_still_moves_keeps_its_room_and_what_stands_still_makes_way(uploads: Uploads) -> None:
    others = [sent(uploads, os.urandom(3 * PART)) for _ in range(3)]
    with pytest.raises(Busy, match="no room"):
        sent(uploads)
    for name in others:
        os.utime(uploads.directory / "uploads" / name, (NOW, NOW))
    late = NOW + IDLE + 1
    sent(uploads, now=late)
    uploads.check_whole(NAME, len(DATA))


def test_what_nobody_filed_and_what_no_row_names_is_swept_away(uploads: Uploads) -> None:
    kept = sent(uploads, os.urandom(100), parts=1)
    uploads.keep(kept)
    sent(uploads, parts=1)
    for path in (uploads.kept(kept), uploads.directory / "uploads" / NAME):
        os.utime(path, (NOW, NOW))
    assert uploads.sweep(now=NOW + KEPT - 1, named=lambda _: False) == 0
    assert uploads.sweep(now=NOW + KEPT + 1, named=lambda name: name == kept) == 1
    assert uploads.kept(kept).exists()
    assert uploads.sweep(now=NOW + KEPT + 1, named=lambda _: False) == 1


def test_two_who_send_one_upload_make_one_file(uploads: Uploads) -> None:
    for n in (0, 0, 1, 1, 2, 2):
        uploads.take(NAME, n, part(n), size=len(DATA), now=NOW)
    uploads.check_whole(NAME, len(DATA))


def test_four_who_send_one_upload_at_the_same_time_make_one_file(uploads: Uploads) -> None:
    with ThreadPoolExecutor(4) as threads:
        for n in range(3):
            asked = [threads.submit(uploads.take, NAME, n, part(n), size=len(DATA), now=NOW) for _ in range(4)]
            assert {answer.result() for answer in asked} == {min((n + 1) * PART, len(DATA))}
    uploads.check_whole(NAME, len(DATA))


@pytest.mark.parametrize("left", [1, PART - 1, PART + 1, 2 * PART + 499])
def test_half_a_part_that_a_dying_machine_left_is_sent_again(uploads: Uploads, left: int) -> None:
    growing = uploads.directory / "uploads" / NAME
    growing.parent.mkdir()
    growing.write_bytes(DATA[:left])
    for n in range(left // PART, 3):
        uploads.take(NAME, n, part(n), size=len(DATA), now=NOW)
    uploads.check_whole(NAME, len(DATA))


def test_rows_and_record_keep_the_last_of_the_disk(uploads: Uploads, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("demur.dissent.uploads.RESERVE", 1 << 62)
    with pytest.raises(Busy, match="no room"):
        sent(uploads)
    assert uploads.used() == 0


ORIGIN, CASE = "dissent.example.org", "ab" * 16
TODAY = Work(bits=10, challenges=challenges(b"secret", 7200))


def test_a_stamp_of_enough_work_is_taken() -> None:
    stamp = solve(CASE, origin=ORIGIN, challenge=TODAY.challenges[0], bits=10)
    check_work(stamp, CASE, origin=ORIGIN, work=TODAY)
    check_work(stamp, CASE, origin=ORIGIN, work=Work(bits=10, challenges=challenges(b"secret", 7200 + 3600)))
    check_work("", CASE, origin=ORIGIN, work=Work(bits=0, challenges=()))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda stamp: "",
        lambda stamp: stamp.upper(),
        lambda stamp: stamp + "0" * 20,
        lambda stamp: "00" * 16 + stamp[32:],
        lambda stamp: stamp.replace(":", ";"),
    ],
)
def test_a_stamp_that_is_none_is_refused(spoil: Callable[[str], str]) -> None:
    stamp = solve(CASE, origin=ORIGIN, challenge=TODAY.challenges[0], bits=10)
    with pytest.raises(WorkWanted):
        check_work(spoil(stamp), CASE, origin=ORIGIN, work=TODAY)


@pytest.mark.parametrize(
    ("subject", "origin", "at"), [("cd" * 16, ORIGIN, 7200), (CASE, "other", 7200), (CASE, ORIGIN, 7200 + 2 * 3600)]
)
def test_a_stamp_serves_one_request_of_one_channel_for_two_hours(subject: str, origin: str, at: int) -> None:
    work = Work(bits=16, challenges=challenges(b"secret", at))
    stamp = solve(CASE, origin=ORIGIN, challenge=TODAY.challenges[0], bits=16)
    with pytest.raises(WorkWanted):
        check_work(stamp, subject, origin=origin, work=work)


def test_the_price_rises_with_the_load_and_is_bounded() -> None:
    assert [bits_for(load) for load in (0, 0.5, 1)] == [0, 0, 0]
    assert bits_for(1.01) == LEAST
    assert bits_for(2) == LEAST + 2
    assert bits_for(1e9) == MOST
