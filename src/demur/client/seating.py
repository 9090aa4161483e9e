# SPDX-License-Identifier: AGPL-3.0-or-later
"""The next roster, as an officer's machine makes it from requests. Pure.

A server could show two seats that one person holds; only officers can know. What can be seen from files is refused
here: one key or one name on two seats, a seat that the charter does not have, a statement that would empty seats
nobody meant to.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from demur.charter.model import Charter
from demur.charter.roster import Holder, Roster, RosterError, check_request


@dataclass(frozen=True, kw_only=True)
class Change:
    """The roster to sign, and the seats that it fills anew."""

    roster: Roster
    filled: frozenset[str]


def next_roster(
    requests: Sequence[Mapping[str, Any]],
    *,
    origin: str,
    charter: Charter,
    leaf: str,
    before: Roster | None,
    vacate: Iterable[str] = (),
) -> Change:
    """The roster after `before` with `requests` taken in and `vacate` left out, under the charter whose entry hashes to `leaf`.

    Raises RosterError for requests that do not hold or contradict each other.
    """
    asked = [check_request(request, origin) for request in requests]
    holders = _moved(dict(before.holders) if before else {}, asked, set(vacate))
    _check_named(holders, charter)
    _check_different(holders)
    if before is not None and (before.charter, before.holders) == (leaf, holders):
        raise RosterError("Nothing would change; give a request of a holder, or --vacate.")
    if not holders:
        raise RosterError("No seat would be filled; give the requests of the holders.")
    roster = Roster(charter=leaf, serial=(before.serial if before else 0) + 1, holders=holders)
    return Change(roster=roster, filled=frozenset(row.seat for row in asked))


def _check_named(holders: Mapping[str, Holder], charter: Charter) -> None:
    named = {seat.id for seat in charter.seats}
    if odd := sorted(set(holders) - named):
        raise RosterError(
            f"The charter has no seat {odd[0]!r}; it has {', '.join(sorted(named))}. Vacate it, or correct the request."
        )


def _moved(kept: Mapping[str, Holder], asked: Sequence[Holder], leaving: set[str]) -> dict[str, Holder]:
    """The holders after those of `leaving` left and those who asked came."""
    if unknown := sorted(leaving - set(kept)):
        raise RosterError(
            f"The seat {unknown[0]!r} is not filled, so it cannot be left vacant; give the last seats with --after."
        )
    seats = [holder.seat for holder in asked]
    for seat in seats:
        if seat in leaving or seats.count(seat) != 1:
            raise RosterError(f"The seat {seat!r} is asked for twice, or both filled and vacated; leave one out.")
    stay = {seat: holder for seat, holder in kept.items() if seat not in leaving}
    return {**stay, **{holder.seat: holder for holder in asked}}


def _check_different(holders: Mapping[str, Holder]) -> None:
    """No key and no named person on two seats."""
    seen: dict[object, str] = {}
    for seat in sorted(holders):
        holder = holders[seat]
        name = " ".join(holder.holder.casefold().split())
        for mark in (holder.age, holder.sign, ("name", name) if name else ("seat", seat)):
            other = seen.setdefault(mark, seat)
            if other != seat:
                raise RosterError(
                    f"The seats {other!r} and {seat!r} would be one person's; each must be held by another."
                )
