# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is said of marks that nobody sees, in sentences: for the command as they stand, for pages translated."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from demur.charter.explain import gettext_noop
from demur.client.marks import KINDS, count_marks, placed, places_of

MARKS: Final[Mapping[str, str]] = {
    "marks-turning": gettext_noop(
        "Marks that turn the direction of the text, and cannot be seen: {n}. They are kept as they are."
    ),
    "marks-unseen": gettext_noop("Marks of no width, which cannot be seen: {n}. They are kept as they are."),
    "marks-selector": gettext_noop(
        "Marks that choose the form of a letter which has only one, and cannot be seen: {n}. They are kept as they are."
    ),
    "marks-spaces": gettext_noop("Spaces that are not ordinary ones: {n}. They are kept as they are."),
    "marks-mixed": gettext_noop(
        "Words with letters of several scripts, which can pass for another word: {n}. They are kept as they are."
    ),
    "marks-where": gettext_noop("Where they stand: {places}"),
    "marks-why": gettext_noop("Such marks can tell whose copy a text was, or make it read otherwise than it stands."),
}
_SHOWN: Final = 6


def mark_warnings(texts: Iterable[str], translate: Callable[[str], str] = gettext_noop) -> list[str]:
    """The sentences that warn of marks in what somebody wrote, with where they stand and why they matter; none where there are none."""
    counts = dict.fromkeys(KINDS, 0)
    places: list[str] = []
    for text in texts:
        for kind, n in count_marks(text).items():
            counts[kind] += n
        places += [shown for _, shown in places_of(text, most=_SHOWN)]
    if not any(counts.values()):
        return []
    said = [translate(MARKS[f"marks-{kind}"]).format(n=n) for kind, n in counts.items() if n]
    where = " · ".join(placed(shown) for shown in dict.fromkeys(places[:_SHOWN]))
    return [*said, translate(MARKS["marks-where"]).format(places=where), translate(MARKS["marks-why"])]
