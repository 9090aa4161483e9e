# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who will be able to read a case: from the charter, what the author states, and whom the author recuses. Pure.

Evaluated before anything is sealed, and shown to the author: a seat that is recused never gets a key that opens.
"""

from collections.abc import Set

from demur.charter.errors import CharterError, NobodyAnswers
from demur.charter.model import Charter, Fact, Seat


def complete_facts(charter: Charter, stated: dict[str, str]) -> dict[str, str]:
    """An answer for each question of the charter: what the author states, "" where they state nothing. A charter's `default` is no answer.

    With "" no condition holds: whoever reads on some answers only does not read. Raises CharterError for an unknown question or answer.
    """
    known = {fact.id: fact for fact in charter.facts}
    for name in stated:
        if name not in known:
            raise CharterError(f"The charter asks no question {name!r}; it asks {', '.join(known) or 'none'}.")
    return {fact.id: _answer(fact, stated.get(fact.id, "")) for fact in charter.facts}


def _answer(fact: Fact, answer: str) -> str:
    choices = ", ".join(fact.choices)
    if answer and fact.choices and answer not in fact.choices:
        raise CharterError(f"{answer!r} is no answer to {fact.id!r}; answer one of {choices}, or state nothing.")
    return answer


def readers(charter: Charter, facts: dict[str, str], recused: Set[str]) -> list[Seat]:
    """The seats that read a case, in the charter's order; vacant ones stay, to be shown as vacant.

    Raises CharterError for a recusal of a seat that does not read, or of everybody; NobodyAnswers for that of the only seat that may
    acknowledge (a later version names who answers instead).
    """
    reading = [seat for seat in charter.reading_seats if seat.when is None or seat.when.holds(facts)]
    for name in sorted(recused):
        if name not in {seat.id for seat in charter.reading_seats}:
            raise CharterError(f"There is no reading seat {name!r} to recuse; see the list of readers.")
    left = [seat for seat in reading if seat.id not in recused]
    if not left:
        raise CharterError("Nobody would be left to read the case; recuse fewer seats.")
    if charter.custodian in recused:
        raise NobodyAnswers(_no_answer(charter), seat=charter.custodian)
    return left


def _no_answer(charter: Charter) -> str:
    office = charter.seat(charter.custodian).title
    doors = ", ".join(door.name for door in charter.outer_doors)
    return (
        f"Only {office} may acknowledge and answer under this charter, so a case that leaves it out could never be answered; "
        f"let it read, or use another door{f': {doors}' if doors else ''}."
    )
