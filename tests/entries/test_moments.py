# SPDX-License-Identifier: AGPL-3.0-or-later
"""A time and what it speaks of are of one moment; and nothing is signed while the clocks of server and database differ."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demur.entries.errors import ClocksApart
from demur.entries.moments import ALLOWED, AgreeingClocks, at_one_moment, check_apart
from serving import demur, later, practice_channel


@given(st.lists(st.booleans(), max_size=30))
def test_the_count_is_that_of_the_moment_whatever_grows_between(grows: list[bool]) -> None:
    """Before each look something may be added; the history says what held when."""
    grown, moment, history = iter(grows), 0, {0: 0}

    def look(*, clock: bool) -> int:
        nonlocal moment
        count = history[moment] + (1 if next(grown, False) else 0)
        moment += 1
        history[moment] = count
        return moment if clock else count

    count, at = at_one_moment(lambda: look(clock=False), lambda: look(clock=True))
    assert history[at] == count


@pytest.mark.parametrize(
    ("server", "database", "signs"), [(0, 20, True), (20, 0, True), (0, 21, False), (21, 0, False)]
)
def test_twenty_seconds_between_the_two_clocks_are_allowed(server: float, database: float, *, signs: bool) -> None:
    assert ALLOWED == 20
    if signs:
        check_apart(server, database)
    else:
        with pytest.raises(ClocksApart, match="differ by 21 seconds, so nothing is signed"):
            check_apart(server, database)


def clocks(apart: list[float], *, question: float = 0) -> tuple[AgreeingClocks, list[float]]:
    """Clocks of which that of the database is `apart` (its one member) ahead, and what a steady clock shows."""
    steady, ticking = [0.0], iter(range(10_000))

    def server() -> float:
        return 1000.0 + next(ticking) * question

    return AgreeingClocks(server=server, database=lambda: lambda: server() + apart[0], steady=lambda: steady[0]), steady


def test_the_clocks_are_looked_at_again_every_few_seconds() -> None:
    apart = [0.0]
    agreeing, steady = clocks(apart)
    agreeing()
    apart[0] = -3600.0
    agreeing()
    steady[0] += 5
    for _ in range(2):
        with pytest.raises(ClocksApart, match="3600 seconds"):
            agreeing()
    apart[0] = 0.0
    steady[0] += 5
    agreeing()


def test_a_database_that_takes_long_to_say_the_time_is_not_apart() -> None:
    agreeing, _ = clocks([0.0], question=500)
    agreeing()


def test_a_database_without_a_clock_of_its_own_is_never_apart() -> None:
    AgreeingClocks(database=lambda: None)()


@pytest.fixture
def served(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[tuple[Path, str, Path]]:
    """A channel whose database is so many seconds ahead: its directory, its address, what it wrote."""
    with practice_channel(tmp_path, serve=False) as channel:
        words = ["-m", "demur", "serve", str(channel.directory), "--listen", f"127.0.0.1:{channel.port}"]
        channel.run(*words, **later(0), DEMUR_TEST_DATABASE_LATER=str(request.param))
        yield channel.directory, channel.url, channel.output


@pytest.mark.adversary
@pytest.mark.parametrize("served", [0, 19, 3600], indirect=True)
def test_a_server_whose_database_shows_another_hour_signs_nothing_and_says_so(
    served: tuple[Path, str, Path], tmp_path: Path, request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]
) -> None:
    directory, url, written = served
    apart = request.node.callspec.params["served"]
    from demur.client.errors import ServerRefused
    from demur.client.http import Server

    server, home = Server(url), tmp_path / "home"
    limits = server.get_json("/api/v1/limits")
    try:
        server.get_json("/api/v1/directory")
        refused = (200, "")
    except ServerRefused as error:
        refused = (error.status, error.code)
    assert refused in {(200, ""), (503, "clocks-apart")}
    signs = refused[0] == 200
    doctor = demur("doctor", directory, home=home, more={**later(0), "DEMUR_TEST_DATABASE_LATER": str(apart)})
    (tmp_path / "text.txt").write_text("Subject\n\nA claim.\n")
    words = [
        "file",
        "--server",
        url,
        "--channel",
        directory / "channel.toml",
        "--yes",
        "-o",
        "r",
        tmp_path / "text.txt",
    ]
    filed = demur(*words, home=home)
    with capsys.disabled():
        print(f"\ndatabase {apart} s ahead: signs {signs}, open {limits['open']}, filed {filed.code == 0}")

    assert signs == limits["open"] == (filed.code == 0) == (doctor.code == 0) == (apart <= ALLOWED)
    if apart > ALLOWED:
        assert limits["code"] == "clocks-apart"
        for said in (limits["reason"], doctor.out, filed.err, written.read_text()):
            assert "clock and its database's differ by 3600 seconds" in said
