# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who will be able to read: a truth table over what the author states and whom they exclude."""

import pytest

from demur.charter.builtin import builtin_text
from demur.charter.errors import CharterError, NobodyAnswers
from demur.charter.load import load
from demur.charter.seating import complete_facts, readers

CHARTER = load(builtin_text("us-state-2fam070"), name="x")
ALWAYS = ["custodian", "secretary", "deputy", "political", "executive", "open-forum"]

TABLE = [
    # stated, recused, who reads
    ({}, set(), ALWAYS),
    ({"agency": "State"}, set(), ALWAYS),
    # The head of the author's agency reads, unless the agency is State itself, whose head is the Secretary.
    ({"agency": "USAID"}, set(), [*ALWAYS, "agency-head"]),
    ({"agency": "other"}, set(), [*ALWAYS, "agency-head"]),
    # Whom the author excludes does not read, also if the charter names them always.
    ({"agency": "USAID"}, {"agency-head"}, ALWAYS),
    ({}, {"political", "deputy"}, ["custodian", "secretary", "executive", "open-forum"]),
    # A seat that would not read anyway can be excluded all the same.
    ({}, {"agency-head"}, ALWAYS),
]


@pytest.mark.parametrize(("stated", "recused", "expected"), TABLE)
def test_who_reads(stated: dict[str, str], recused: set[str], expected: list[str]) -> None:
    assert [seat.id for seat in readers(CHARTER, complete_facts(CHARTER, stated), recused)] == expected


def test_oversight_never_reads() -> None:
    assert "oversight" not in {seat.id for seat in CHARTER.reading_seats}
    with pytest.raises(CharterError, match="no reading seat 'oversight'"):
        readers(CHARTER, {}, {"oversight"})


def test_excluding_everybody_is_refused() -> None:
    with pytest.raises(CharterError, match="Nobody would be left"):
        readers(CHARTER, complete_facts(CHARTER, {}), set(ALWAYS))


@pytest.mark.parametrize(
    ("stated", "sentence"), [({"agncy": "x"}, "asks no question"), ({"agency": "FBI"}, "no answer to 'agency'")]
)
def test_a_wrong_answer_is_refused(stated: dict[str, str], sentence: str) -> None:
    with pytest.raises(CharterError, match=sentence):
        complete_facts(CHARTER, stated)


@pytest.mark.parametrize(
    "name", ["demur-default", "us-state-2fam070", "us-nrc-dpo", "us-nasa-dissent", "eu-2019-1937", "us-ca-sb53"]
)
def test_leaving_out_the_only_seat_that_may_answer_is_refused_with_the_other_doors(name: str) -> None:
    charter = load(builtin_text(name), name=name)
    facts = {fact.id: fact.default or (fact.choices or ("",))[0] for fact in charter.facts}

    with pytest.raises(NobodyAnswers, match="could never be answered") as caught:
        readers(charter, facts, {charter.custodian})

    assert caught.value.seat == charter.custodian
    assert all(door.name in str(caught.value) for door in charter.outer_doors)
