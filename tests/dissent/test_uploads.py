# SPDX-License-Identifier: AGPL-3.0-or-later
"""Uploads: equal parts in order, resumable, believed only whole; what stands still makes way, and a full room says so."""

import hashlib
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from demur.dissent.errors import BundleError, Busy, MissingPart, WorkWanted
from demur.dissent.uploads import IDLE, KEPT, LONG, PART, Uploads
from demur.dissent.work import LEAST, MOST, Work, bits_for, challenges, check_work, solve
from demur.web.load import BYTES_FREE, FREE, ORDINARY, ORDINARY_FREE, WINDOW, Recent, upload_load

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


def test_a_trickle_does_not_hold_the_room_for_ever(uploads: Uploads) -> None:
    for _ in range(5):
        sent(uploads, os.urandom(2 * PART), now=NOW, parts=1)
    for path in (uploads.directory / "uploads").iterdir():
        os.utime(path, (NOW, NOW + LONG))  # it began then, and a part came just now
    mine = os.urandom(9 * PART)
    with pytest.raises(Busy):
        sent(uploads, mine, parts=9, now=NOW + LONG - 10)
    sent(uploads, mine, parts=9, now=NOW + LONG + 1)
    uploads.check_whole(hashlib.sha256(mine).hexdigest(), len(mine))


def test_what_is_refused_leaves_nothing_to_look_at(uploads: Uploads) -> None:
    for n in range(50):
        name = hashlib.sha256(bytes([n])).hexdigest()
        with pytest.raises(MissingPart):
            uploads.take(name, 1, b"x", size=PART + 1, now=NOW)
        with pytest.raises(BundleError, match="travels with the filing"):
            uploads.take(name, 0, b"x", size=1, now=NOW)
    full = Uploads(uploads.directory, PART)
    sent(full, parts=1)
    with pytest.raises(Busy):
        full.take("ab" * 32, 0, os.urandom(PART), size=2 * PART, now=NOW)
    assert [path.name for path in (uploads.directory / "uploads").iterdir()] == [NAME]


def test_what_was_hashed_is_what_is_kept_whatever_is_sent_meanwhile(uploads: Uploads) -> None:
    sent(uploads)
    uploads.check_whole(NAME, len(DATA))
    lie = uploads.take(NAME, 2, os.urandom(PART), size=len(DATA) + 5 * PART, now=NOW)
    assert lie == len(DATA) + 5 * PART  # believed whole by whoever lied, and nothing was taken
    uploads.keep(NAME)
    assert uploads.kept(NAME).read_bytes() == DATA


def test_an_author_who_sends_while_the_file_is_checked_changes_no_evidence(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path, 100 * PART)  # what was changed in time is never whole, and keeps its room
    for _ in range(20):
        data = os.urandom(2 * PART + 77)
        name = sent(uploads, data)

        def lie(name: str = name, size: int = len(data)) -> None:
            for n in (2, 3):
                with suppress(MissingPart, BundleError):
                    uploads.take(name, n, os.urandom(PART), size=size + 9 * PART, now=NOW)

        with ThreadPoolExecutor(2) as threads:
            liar = threads.submit(lie)
            with suppress(MissingPart, BundleError):
                uploads.check_whole(name, len(data))
                uploads.keep(name)
            liar.result()
        if uploads.kept(name).exists():
            assert uploads.kept(name).read_bytes() == data


def test_the_same_filing_twice_at_once_keeps_one_whole_file(uploads: Uploads) -> None:
    for _ in range(20):
        data = os.urandom(2 * PART + 77)
        name = sent(uploads, data)

        def file(name: str = name, size: int = len(data)) -> None:
            uploads.check_whole(name, size)
            uploads.keep(name)

        with ThreadPoolExecutor(2) as threads:
            for answer in [threads.submit(file), threads.submit(file)]:
                answer.result()
        assert uploads.kept(name).read_bytes() == data
        assert uploads.have(name) == len(data)


def test_an_upload_that_was_swept_while_its_filing_was_under_way_is_sent_again(uploads: Uploads) -> None:
    sent(uploads)
    uploads.check_whole(NAME, len(DATA))
    (uploads.directory / "checked" / NAME).unlink()
    with pytest.raises(MissingPart, match="send it again"):
        uploads.keep(NAME)


def test_counting_what_comes_and_goes_never_fails(uploads: Uploads) -> None:
    over = threading.Event()

    def churn() -> None:
        while not over.is_set():
            name = sent(uploads, os.urandom(PART + 1), parts=1)
            (uploads.directory / "uploads" / name).unlink()

    churning = threading.Thread(target=churn)
    churning.start()
    try:
        for _ in range(500):
            uploads.free(now=NOW)
            uploads.sweep(now=NOW, named=lambda _: True)
    finally:
        over.set()
        churning.join()


def test_the_price_of_a_part_rises_to_the_most_as_the_room_fills(uploads: Uploads) -> None:
    room = Uploads(uploads.directory, 64 * PART)
    asked = []
    for n in range(64):
        asked.append(bits_for(upload_load(room)))
        room.take(hashlib.sha256(bytes([n])).hexdigest(), 0, bytes(PART), size=2 * PART, now=NOW)
    assert asked[:32] == [0] * 32  # half of it is free for everybody
    assert asked == sorted(asked)
    assert (asked[33], asked[-1]) == (LEAST, MOST)


def test_what_nobody_filed_and_what_no_row_names_is_swept_away(uploads: Uploads) -> None:
    whole = os.urandom(PART + 100)
    kept = sent(uploads, whole, parts=2)
    uploads.check_whole(kept, len(whole))
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


def test_a_large_filing_is_paid_for_by_the_next_large_one_and_is_forgotten_after_ten_minutes() -> None:
    recent, large = Recent(), 10 * ORDINARY
    recent.add(100, size=500)
    recent.add(100, size=FREE * ORDINARY)
    recent.add(101, size=ORDINARY)
    # Whoever brings little is counted with the number of filings alone; whoever brings much is asked for the bytes as well.
    assert [recent.load(101, size=size) for size in (0, 500, ORDINARY)] == [
        3 / FREE,
        3 / FREE,
        (500 + ORDINARY) / ORDINARY_FREE,
    ]
    carried = 500 + FREE * ORDINARY + ORDINARY + large
    assert recent.load(101, size=large) == max(carried / BYTES_FREE * (large / ORDINARY), carried / ORDINARY_FREE)
    assert bits_for(recent.load(101)) == 0
    assert bits_for(recent.load(101, size=large)) > LEAST
    assert recent.load(100 + WINDOW) == recent.load(100 + WINDOW, size=large) == 1 / FREE
    assert recent.load(101 + WINDOW) == recent.load(101 + WINDOW, size=large) == 0
