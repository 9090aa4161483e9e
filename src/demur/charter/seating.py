# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who will be able to read a case: from the charter, what the author states, and whom the author recuses. Pure.

Evaluated before anything is sealed, and shown to the author: a seat that is recused never gets a key that opens.
"""

from collections.abc import Set

from demur.charter.errors import CharterError
from demur.charter.model import Charter, Seat


def complete_facts(charter: Charter, stated: dict[str, str]) -> dict[str, str]:
    """What the author states, with defaults filled in; raises CharterError for an unknown question or answer."""
    known = {fact.id: fact for fact in charter.facts}
    for name, answer in stated.items():
        if name not in known:
            listed = ", ".join(known) or "none"
            raise CharterError(f"The charter asks no question {name!r}; it asks {listed}.")
        if known[name].choices and answer not in known[name].choices:
            raise CharterError(f"{answer!r} is no answer to {name!r}; answer one of {', '.join(known[name].choices)}.")
    facts = {fact.id: stated.get(fact.id, fact.default) for fact in charter.facts}
    for fact in charter.facts:
        if not facts[fact.id] and fact.choices:
            raise CharterError(
                f"The charter asks: {fact.question} Answer with {fact.id}= and one of {', '.join(fact.choices)}."
            )
    return facts


def readers(charter: Charter, facts: dict[str, str], recused: Set[str]) -> list[Seat]:
    """The seats that read a case, in the charter's order; vacant ones stay, to be shown as vacant.

    Raises CharterError for a recusal of a seat that does not read, or of everybody.
    """
    reading = [seat for seat in charter.reading_seats if seat.when is None or seat.when.holds(facts)]
    for name in sorted(recused):
        if name not in {seat.id for seat in charter.reading_seats}:
            raise CharterError(f"There is no reading seat {name!r} to recuse; see the list of readers.")
    left = [seat for seat in reading if seat.id not in recused]
    if not left:
        raise CharterError("Nobody would be left to read the case; recuse fewer seats.")
    return left
