# SPDX-License-Identifier: AGPL-3.0-or-later
"""Marks that nobody sees, and names that turn: the pages without script see the same as those with it, by the vectors of both."""

import json
from pathlib import Path
from typing import Any, Final

import pytest
from django.utils import translation

from demur.author.plain_marks import placed, warnings
from demur.author.sayings import READING

VECTORS: Final = json.loads((Path(__file__).parents[2] / "spec/vectors/marks.json").read_text())


@pytest.mark.parametrize("row", VECTORS["placed"], ids=lambda row: ascii(row["text"]))
def test_what_somebody_wrote_turns_no_word_of_a_sentence_that_quotes_it(row: dict[str, str]) -> None:
    assert placed(row["text"]) == row["shown"]


@pytest.mark.parametrize("row", VECTORS["counted"], ids=lambda row: ascii(row["text"]))
def test_marks_that_nobody_sees_are_counted_and_joined_pictures_are_none(row: dict[str, Any]) -> None:
    counted = [(READING[f"marks-{kind}"], row[kind]) for kind in ("turning", "unseen")]

    with translation.override("en"):
        assert warnings(row["text"]) == [sentence.format(n=n) for sentence, n in counted if n]
