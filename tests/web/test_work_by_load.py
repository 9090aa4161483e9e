# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a flood costs, and whom: bytes are paid for by who brings them (the review of 30 November, p11)."""

import pytest

from demur.dissent.work import bits_for
from demur.web import load
from demur.web.load import BYTES_FREE, FREE, MODEST, ORDINARY, ORDINARY_FREE, WINDOW, Recent

pytestmark = pytest.mark.adversary

NOW = 1_800_000_000
SMALL, LARGE = 10_000, 12_000_000


def bits(recent: Recent, size: int, at: int = NOW) -> int:
    return bits_for(recent.load(at, size=size))


def test_a_large_filing_shows_work_once_the_window_carries_a_share_and_a_small_one_none() -> None:
    recent, asked = Recent(), list[tuple[int, int]]()
    for n in range(100):  # 1.2 GB in ten minutes, which were free
        asked.append((bits(recent, SMALL), bits(recent, LARGE)))
        recent.add(NOW + n // 20, size=LARGE)
    free = sum(large == 0 for _, large in asked)
    print(
        f"of 100 filings of 12 MB: {free} free, the last at {asked[-1][1]} bits; small ones at {max(s for s, _ in asked)}; before: all"
    )
    assert {small for small, _ in asked} == {0}
    assert free <= MODEST // LARGE + 1
    assert [large for _, large in asked] == sorted(large for _, large in asked)
    assert asked[-1][1] == 22


def test_what_is_larger_costs_more() -> None:
    recent = Recent()
    recent.add(NOW, size=BYTES_FREE // 4)
    steps = [bits(recent, size) for size in (SMALL, ORDINARY, 400_000, 1_000_000, 4_000_000, LARGE)]
    assert steps == sorted(steps)
    assert steps[:2] == [0, 0]
    assert steps[-1] > steps[3] > 0


def test_many_small_ones_cost_as_before() -> None:
    recent = Recent()
    for _ in range(FREE + 1):
        recent.add(NOW, size=SMALL)
    assert bits(recent, SMALL) > 0
    assert bits(recent, SMALL, at=NOW + WINDOW) == 0


def test_what_is_over_is_forgotten_bytes_and_all() -> None:
    recent = Recent()
    for second in range(5):
        recent.add(NOW + second, size=BYTES_FREE)
    assert recent.load(NOW + WINDOW + 5, size=LARGE) == 0
    assert (recent._count, recent._bytes) == (0, 0)


def flood(of: int, size: int) -> tuple[int, list[int]]:
    """So many filings of one size in ten minutes: the bytes that cost nothing, and the bits of each."""
    recent, asked = Recent(), list[int]()
    for n in range(of):
        at = NOW + n * WINDOW // of
        asked.append(bits(recent, size, at))
        recent.add(at, size=size)
    return sum(size for row in asked if not row), asked


@pytest.mark.parametrize("size", [25_000, 35_000, 97_000, ORDINARY, ORDINARY + 1, 200_000])
def test_a_disk_is_not_filled_for_nothing_by_filings_of_ordinary_size(
    size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """12,000 filings in ten minutes, which is what the number alone lets through."""
    with monkeypatch.context() as hole:
        hole.setattr(load, "ORDINARY_FREE", 10**18)
        before, _ = flood(12_000, size)
    free, asked = flood(12_000, size)
    print(
        f"12,000 filings of {size} bytes: free by number alone {before / 1e6:.0f} MB, now {free / 1e6:.0f} MB, the last at {asked[-1]} bits"
    )
    assert before >= min(12_000 * size, BYTES_FREE // 2)
    assert free <= ORDINARY_FREE + size
    assert asked == sorted(asked)
    assert asked[-1] >= 12 + 2


def test_an_honest_day_is_asked_for_nothing_and_acts_cost_nothing_while_filings_do() -> None:
    """A newsroom on its worst day: 300 filings in ten minutes, and three acts to each."""
    recent, asked = Recent(), set[int]()
    for n in range(1200):
        size = 97_000 if n % 4 == 0 else 1_500
        asked.add(bits(recent, size, NOW + n // 2))
        recent.add(NOW + n // 2, size=size)
    assert asked == {0}
    for _ in range(5_000):
        recent.add(NOW + 599, size=97_000)
    filing, act = bits(recent, 97_000, NOW + 599), bits(recent, 1_500, NOW + 599)
    print(f"while 5,300 filings of 97 kB lie in the window: a filing shows {filing} bits, an act {act}")
    assert filing > 0
    assert act == 0
