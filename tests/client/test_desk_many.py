# SPDX-License-Identifier: AGPL-3.0-or-later
"""Fetching a long case costs requests in the number of its texts, and two readings of the case: never a reading for each text."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from desk_server import DeskServer, Seat, filed_at

from demur.client import fetching
from demur.client.errors import ServerRefused
from demur.client.fetching import fetch_all
from demur.client.seatacts import Series
from demur.client.submitting import Filed


@dataclass
class Counting:
    """What a seat's client asked: whole readings of the case, acts, sealed files, and all else."""

    readings: int = 0
    events: int = 0
    acts: int = 0
    files: int = 0
    others: int = 0
    asked: list[str] = field(default_factory=list)

    @property
    def requests(self) -> int:
        return self.readings + self.acts + self.files + self.others


class CountingServer(DeskServer):
    """Counts what is asked of it."""

    def __init__(self) -> None:
        super().__init__()
        self.counted = Counting()

    def _once(self, method: str, path: str, *rest: Any, **how: Any) -> bytes:
        said, counted = f"{method} {path.partition('?')[0]}", self.counted
        counted.asked.append(said)
        if "/files/" in said:
            counted.files += 1
        elif said.endswith("/acts"):
            counted.acts += 1
        elif said.startswith("GET /api/v1/cases/"):
            counted.readings += 1
            counted.events += len(next(iter(self.cases.values())).items)
        else:
            counted.others += 1
        return super()._once(method, path, *rest, **how)


def long_case(messages: int) -> tuple[CountingServer, Filed, Seat]:
    """A case with `messages` texts of another seat, and a seat that has read none of them."""
    server = CountingServer()
    filed = filed_at(server)
    others_write(server, filed, messages)
    return server, filed, Seat(server, "custodian")


def others_write(server: DeskServer, filed: Filed, messages: int) -> None:
    for n in range(messages):
        server.act(server.cases[filed.key.case], "message", "secretary", body=b"age-encryption.org/v1\n%d" % n)


def cost(messages: int) -> Counting:
    """What a first whole fetch costs. None of these texts opens, and none may stand there, so each is fetched and
    reported twice: three acts for each."""
    server, filed, seat = long_case(messages)
    known = seat.known(filed)
    server.counted = Counting()
    fetched = fetch_all(seat.desk, known)
    assert len(fetched.spoken) == messages
    return server.counted


def test_the_steps_of_a_fetch_grow_as_the_texts_do(monkeypatch: pytest.MonkeyPatch) -> None:
    few, many = cost(8), cost(32)
    with monkeypatch.context() as hole:  # as it was: the case is read again for each act
        honest = Series.act

        def anew(self: Series, *told: Any, **fields: Any) -> None:
            honest(self, *told, **fields)
            self._view = None

        hole.setattr(Series, "act", anew)
        planted = cost(8), cost(32)
    print(f"events read for 8 and 32 texts: planted {planted[0].events} and {planted[1].events}, ", end="")
    print(f"the product {few.events} and {many.events}; requests {few.requests} and {many.requests}")
    assert planted[1].events > 8 * planted[0].events
    assert (few.readings, many.readings) == (2, 2)
    assert (few.acts, many.acts) == (1 + 3 * 8, 1 + 3 * 32)
    assert (few.files, many.files) == (1 + 8, 1 + 32)
    assert many.others <= few.others + 2, many.asked


def test_what_was_fetched_once_is_read_again_without_an_act() -> None:
    server, filed, seat = long_case(5)
    known = fetch_all(seat.desk, seat.known(filed)).known
    server.counted = Counting()
    fetch_all(seat.desk, known)
    assert (server.counted.readings, server.counted.acts, server.counted.files) == (1, 0, 6)


@pytest.mark.adversary
def test_reports_beyond_the_bound_of_a_day_keep_nobody_from_reading() -> None:
    """Whoever writes what cannot be opened, day after day, must not keep an office from the rest of the case."""
    server, filed, seat = long_case(6)
    honest, reports = server.on_post_cases, 0

    def bounded(asked: list[str], body: bytes, headers: Any, query: Any) -> Any:
        nonlocal reports
        if asked and b'"type":"unreadable"' in body:
            reports += 1
            if reports > 3:
                raise ServerRefused(429, "too-many", "As many as one may today.")
        return honest(asked, body, headers, query)

    server.on_post_cases = bounded  # type: ignore[method-assign]
    fetched = fetch_all(seat.desk, seat.known(filed))
    assert len(fetched.spoken) == 6
    assert len([item for item in fetched.view.items if item.event["type"] == "unreadable"]) == 3
    reports = 0  # another day
    again = fetch_all(seat.desk, fetched.known)
    assert len([item for item in again.view.items if item.event["type"] == "unreadable"]) == 6


def test_a_fetch_that_another_window_recorded_meanwhile_is_no_fault() -> None:
    server, filed, seat = long_case(1)
    known = seat.known(filed)
    series = Series(desk=seat.desk, known=known)
    assert series.view.items
    server.nonces.clear()
    fetch_all(Seat(server, "custodian").desk, known)
    server.nonces.clear()
    honest = server.on_post_cases

    def strict(asked: list[str], body: bytes, headers: Any, query: Any) -> Any:
        if asked and b'"type":"fetch"' in body:
            raise ServerRefused(409, "not-possible", "It is recorded already.")
        return honest(asked, body, headers, query)

    server.on_post_cases = strict  # type: ignore[method-assign]
    fetching._record_fetch(series, 0)
    with pytest.raises(ServerRefused):
        fetching._record_fetch(series, 99)
