# SPDX-License-Identifier: AGPL-3.0-or-later
"""A charter in sentences: what it says, what it leaves open, and nothing it does not keep."""

import dataclasses

import pytest

from demur.charter.builtin import builtin_names, builtin_text
from demur.charter.explain import _NOT_KEPT, Explanation, Said, explain
from demur.charter.load import load
from demur.charter.model import KEPT, Charter

GOOD = builtin_text("us-state-2fam070")


def said(text: str, part: str) -> list[str]:
    return [row.words() for row in getattr(explain(load(text, name="x")), part)]


@pytest.mark.parametrize("name", builtin_names())
def test_every_regime_can_be_said_in_full(name: str) -> None:
    made = explain(load(builtin_text(name), name=name))
    parts = [getattr(made, field.name) for field in dataclasses.fields(Explanation) if field.name != "unconfirmed"]

    assert all(row.words() for rows in parts for row in rows)
    assert all(made.who and made.what and made.readers and made.clocks and made.late for _ in [1])


def test_the_clocks_of_2_fam_in_words() -> None:
    assert said(GOOD, "clocks") == [
        "Acknowledgement: due within 2 working days, by Director of Policy Planning (S/P).",
        "Reply: aimed at within 30 working days, due within 60 working days, by Director of Policy Planning (S/P).",
    ]


def test_one_is_said_in_the_singular() -> None:
    assert "due within 1 working day," in said(GOOD.replace("limit = 2\n", "limit = 1\n"), "clocks")[0]


def test_readers_are_said_with_their_condition_and_oversight_is_none() -> None:
    readers = said(GOOD, "readers")

    assert readers[-1] == "Head of the author's agency, if you state another agency than: State"
    assert "Inspector General" not in " ".join(readers)


def test_an_extension_is_said_with_its_bounds() -> None:
    assert said(GOOD, "late")[-2] == (
        "Reply can be extended by Director of Policy Planning (S/P), at most once and by 30 working days, with a reason "
        "that you read."
    )
    assert "at most 2 times" in said(GOOD.replace("max = 1\n", "max = 2\n"), "late")[-2]


def test_what_is_not_kept_is_said() -> None:
    not_kept = said(GOOD, "not_kept")

    assert "signing by several people" in not_kept
    assert "an appeal" not in not_kept
    assert "an appeal" in said(builtin_text("demur-default"), "not_kept")


def test_every_key_is_either_kept_or_said_to_be_not_kept() -> None:
    assert set(Charter.__dataclass_fields__) == KEPT | set(_NOT_KEPT)


def test_braces_in_a_charters_own_words_are_only_words() -> None:
    title = "Deputy {owner} %s {0}"

    assert title in said(GOOD.replace("Deputy Secretary (D)", title), "readers")


def test_a_template_is_translated_and_the_charters_own_words_are_not() -> None:
    indonesian = {"{clock}: due, by {owner}.": "{owner}: {clock} jatuh tempo.", "Reply": "Balasan"}
    row = Said("{clock}: due, by {owner}.", {"clock": Said("Reply"), "owner": "Reply"})

    assert row.words(indonesian.__getitem__) == "Reply: Balasan jatuh tempo."
