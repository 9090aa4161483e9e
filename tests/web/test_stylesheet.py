# SPDX-License-Identifier: AGPL-3.0-or-later
"""The stylesheet keeps its rules: small, mirrored by itself, readable in light and dark, nothing fetched.

It is sent as it is written, with every first view, and so its reasons stand here. Every page looks calm, exact, nothing
decorative; nothing moves, so there is nothing to reduce for those who asked for less motion. Every part stands on /en/looks/.
`.words.digits` are read in lines, as they are typed: the gap between lines is wider than the one between groups. A list before a
heading ends without a line, because the heading brings its own. A short text in another direction stays at the page's edge; a
long one (`.own`) has its own. Of a clock, the state is a word first; its frame only repeats it. Marks that stack above a line, and runs of
them that no line can break, stay in the box of whoever wrote them (`overflow: clip`), with a margin for the tall letters of honest scripts.
"""

import gzip
import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "src/demur/web/static/demur"
CSS = re.sub(r"/\*.*?\*/", "", (FOLDER / "demur.css").read_text(), flags=re.DOTALL)
PAIR = re.compile(r"--([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)")
COLOURS = {name: (light, dark) for name, light, dark in PAIR.findall(CSS)}

# On which paper which ink is read, and the least contrast (WCAG 2.2: 4.5 for text, 7 for enhanced, 3 for what is not text).
READ_ON = [
    ("ink", "paper", 7),
    ("ink", "raised", 7),
    ("ink", "warn-paper", 7),
    ("quiet", "paper", 7),
    ("quiet", "warn-paper", 4.5),
    ("link", "paper", 7),
    ("link", "warn-paper", 4.5),
    ("on-act", "act", 7),
    ("link", "raised", 4.5),
    ("quiet", "raised", 4.5),
    ("bad", "paper", 7),
    ("bad", "raised", 4.5),
    ("edge", "paper", 3),
    ("act", "paper", 3),
    ("warn-line", "paper", 3),
    ("focus", "paper", 3),
    ("focus", "warn-paper", 3),
]


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_measured_as_the_guidelines_do() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize(("ink", "paper", "least"), READ_ON)
@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_text_can_be_read(ink: str, paper: str, least: float, scheme: int) -> None:
    assert contrast(COLOURS[ink][scheme], COLOURS[paper][scheme]) >= least


def test_every_colour_stands_in_the_tokens() -> None:
    rules = CSS[CSS.index("}") :]

    assert re.findall(r"#[0-9a-fA-F]{3,8}\b|\brgb|\bhsl", rules) == []


def test_only_logical_properties_are_used() -> None:
    # A physical side would be wrong in Arabic; the media query's max-width is of the window, not of a side.
    physical = r"(?<![\w-])(?:(?:margin|padding|border)-(?:left|right|top|bottom)|left|right|top|bottom|width|height|float)\s*:"
    aligned = r"text-align:\s*(?:left|right)"

    assert re.findall(physical, re.sub(r"@media[^{]*", "", CSS)) == []
    assert re.findall(aligned, CSS) == []


def test_nothing_is_fetched_and_nothing_moves() -> None:
    assert re.findall(r"url\(|@import|@font-face|animation|transition|scroll-behavior", CSS) == []


@pytest.mark.parametrize(
    "medium", ["print", "(forced-colors: active)", "(prefers-contrast: more)", "(max-width: 30rem)"]
)
def test_the_stylesheet_knows_its_media(medium: str) -> None:
    assert f"@media {medium}" in CSS


def test_the_stylesheet_and_the_icon_are_small() -> None:
    assert len(gzip.compress((FOLDER / "demur.css").read_bytes())) <= 10_000
    assert (FOLDER / "icon.svg").stat().st_size <= 500
