# SPDX-License-Identifier: AGPL-3.0-or-later
"""Marks that nobody sees, and names that turn: command, pages without script and pages with it see the same, by the vectors of all."""

import json
import time
from pathlib import Path
from typing import Any, Final

import pytest
from django.utils import translation

from demur.author.plain_marks import placed, warnings
from demur.author.sayings import READING
from demur.client.marks import KINDS, count_marks, marks_in, places_of, without_marks

VECTORS: Final = json.loads((Path(__file__).parents[2] / "spec/vectors/marks.json").read_text())
NOTHING: Final = dict.fromkeys(KINDS, 0)


@pytest.mark.parametrize("row", VECTORS["placed"], ids=lambda row: ascii(row["text"]))
def test_what_somebody_wrote_turns_no_word_of_a_sentence_that_quotes_it(row: dict[str, str]) -> None:
    assert placed(row["text"]) == row["shown"]


@pytest.mark.parametrize("text", VECTORS["ordinary"], ids=ascii)
def test_what_a_script_or_typography_needs_is_no_mark_and_stays(text: str) -> None:
    assert count_marks(text) == NOTHING
    assert without_marks(text) == text
    assert warnings(text) == []


@pytest.mark.parametrize("row", VECTORS["marked"], ids=lambda row: ascii(row["text"])[:60])
def test_marks_are_counted_shown_where_they_stand_and_taken_out(row: dict[str, Any]) -> None:
    assert count_marks(row["text"]) == row["counts"]
    assert [list(place) for place in places_of(row["text"])] == row["places"]
    assert without_marks(row["text"]) == row["without"]
    with translation.override("en"):
        said = warnings(row["text"])
    counted = [READING[f"marks-{kind}"].format(n=n) for kind in KINDS if (n := row["counts"][kind])]
    assert said[: len(counted)] == counted
    if counted:
        assert said[len(counted)].startswith("Where they stand: ")
        assert "whose copy" in said[-1]


def test_what_is_left_when_marks_are_taken_out_has_none_but_mixed_words() -> None:
    for row in VECTORS["marked"]:
        assert {mark.kind for mark in marks_in(without_marks(without_marks(row["text"])))} <= {"mixed"}, ascii(
            row["text"]
        )


def test_the_cost_grows_with_the_text_only() -> None:
    begun = time.monotonic()
    for text in ("я" * 300_000, "\u200b" * 100_000, "aя " * 100_000, "\U000e0067" * 100_000):
        places_of(text)
    assert time.monotonic() - begun < 20
