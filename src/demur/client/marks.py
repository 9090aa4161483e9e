# SPDX-License-Identifier: AGPL-3.0-or-later
"""Marks in a text that nobody sees, and words that mix scripts. Pure.

As `assets/pages/web/marks.js`, held to it by `spec/vectors/marks.json`.

They can tell whose copy a text was (each reader gets other marks), or make a sentence read otherwise than it
stands (Unicode Technical Report 36). They are shown where they stand and never replaced unasked: what a script
needs (joiners of Persian and Hindi, selectors of emoji) is no mark. Sources: UTS 39 ("highly restrictive"), UAX 31
(joiners), UTS 51 (emoji); `scripts.json` names the Unicode version of its table.
"""

import json
import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final

KINDS: Final = ("turning", "unseen", "selector", "spaces", "mixed")
AROUND: Final = 16  # characters shown on each side of a mark
PLACES: Final = 20  # of which it is shown where they stand
TURNING: Final = "\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069"
_TABLE: Final[dict[str, Any]] = json.loads((files("demur.client") / "scripts.json").read_text("utf-8"))
_STARTS: Final = [row[0] for row in _TABLE["ranges"]]
_PICTOGRAPHS: Final = "".join(f"{chr(first)}-{chr(last)}" for first, last in _TABLE["pictographs"])
_TURNING: Final = re.compile(f"[{TURNING}]")
_RIGHT_TO_LEFT: Final = re.compile("[\u0590-\u08ff\ufb1d-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]")
_SUSPECT: Final = re.compile(
    "[\u00a0\u00ad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200f\u202a-\u202f\u205f-\u206f\u3000\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff9-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_SPACE: Final = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_ANY_SPACE: Final = re.compile("[ \t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_SELECTOR: Final = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_EMOJI: Final = re.compile(f"[{_PICTOGRAPHS}0-9#*\U0001f1e6-\U0001f1ff\U0001f3fb-\U0001f3ff]")
_PICTURE: Final = re.compile(f"[{_PICTOGRAPHS}\U0001f3fb-\U0001f3ff]")
_IDEOGRAPH: Final = re.compile("[\u2e80-\u2fdf\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af]")
_MATHEMATICS: Final = re.compile("[\u2190-\u23ff\u2900-\u2bff\u1000-\u109f]")
# Scripts whose letters join, or whose syllables are steered by joiners.
_JOINING: Final = re.compile(
    "[\u0600-\u08ff\u0900-\u0dff\u0f00-\u109f\u1780-\u18af\u1b00-\u1b7f\ua840-\ua87f\ua900-\ua9ff\uaa60-\uaa7f\ufb50-\ufdff\ufe70-\ufefc"
    "\U00010ac0-\U00010aff\U00010d00-\U00010d3f\U00011000-\U00011fff\U0001e900-\U0001e95f]"
)
_UNSPACED: Final = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u1950-\u19ff\u1a20-\u1aaf\ua9e0-\ua9ff]")
_EASTERN: Final = re.compile("[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\ufe30-\uffef\U00020000-\U000323af]")
_BESIDE: Final = re.compile(
    "[%\u00b0\u20a0-\u20cf$\u00a3\u00a5:;!?\u00bb\u00ab\u203a\u2039\u2013\u2014\u2026\u00a7\u2116.,()\u201c\u201d]"
)
_FOREIGN: Final = re.compile("[^\0-\u024f]")
_CONTROL: Final = re.compile("[\0-\x1f\x7f]+")
_TOGETHER: Final = (
    frozenset({0, 3, 4, 5}),
    frozenset({0, 3, 7}),
    frozenset({0, 3, 6}),
)  # UTS 39: with Japanese, Bopomofo, Korean


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A mark: one of KINDS, and where it stands (in code points)."""

    kind: str
    at: int
    length: int


def marks_in(text: str) -> list[Mark]:
    """Every mark of a text, in order."""
    found = []
    for match in _SUSPECT.finditer(text):
        kind = _verdict(text, match.start())
        if kind:
            found.append(Mark(kind=kind, at=match.start(), length=1))
    if not text.isascii():
        found += _mixed(text)
    return sorted(found, key=lambda mark: mark.at)


def count_marks(text: str) -> dict[str, int]:
    """How many of each kind a text holds."""
    counts = dict.fromkeys(KINDS, 0)
    for mark in marks_in(text):
        counts[mark.kind] += 1
    return counts


def places_of(text: str, *, most: int = PLACES) -> list[tuple[str, str]]:
    """Where the first marks stand: the kind of each, and what is around it with the marks made visible."""
    marks = marks_in(text)
    hidden = {mark.at for mark in marks if mark.kind != "mixed"}
    for mark in marks:
        if mark.kind == "mixed":
            own = _script(text[mark.at])
            hidden |= {n for n in range(mark.at, mark.at + mark.length) if _script(text[n]) not in {own, -1}}
    shown = []
    for mark in marks[:most]:
        start, end = max(0, mark.at - AROUND), min(len(text), mark.at + mark.length + AROUND)
        around = "".join(named(text[n]) if n in hidden else text[n] for n in range(start, end))
        shown.append((mark.kind, ("…" if start else "") + _CONTROL.sub(" ", around) + ("…" if end < len(text) else "")))
    return shown


def without_marks(text: str) -> str:
    """The text without its marks: what is not seen goes, and an odd space becomes an ordinary one. Words that mix scripts stay: only their
    author knows which letter was meant.
    """
    instead = {mark.at: " " if mark.kind == "spaces" else "" for mark in marks_in(text) if mark.kind != "mixed"}
    return "".join(instead.get(at, letter) for at, letter in enumerate(text))


def named(letter: str) -> str:
    """A character by its number, for people to look at."""
    return f"⟨U+{ord(letter):04X}⟩"


def placed(text: str) -> str:
    """What somebody wrote, for a place in a sentence of ours: it turns none of our words, by marks or by its letters' direction."""
    shown = _TURNING.sub(lambda mark: named(mark[0]), text)
    return f"\u2068{shown}\u2069" if _RIGHT_TO_LEFT.search(shown) else shown


def _at(text: str, at: int) -> str:
    return text[at] if 0 <= at < len(text) else ""


def _verdict(text: str, at: int) -> str:
    letter, before, after = text[at], _at(text, at - 1), _at(text, at + 1)
    if _TURNING.match(letter):
        return "turning"
    if _SPACE.match(letter):
        return "" if _ordinary_space(text, at) else "spaces"
    if _SELECTOR.match(letter):
        return "" if _takes_selector(before, letter) else "selector"
    return "" if _needed(text, at, letter, before, after) else "unseen"


def _needed(text: str, at: int, letter: str, before: str, after: str) -> bool:
    """Whether the script around wants this mark of no width."""
    if letter == "\u200c":
        return bool(_JOINING.match(before) and _JOINING.match(after))
    if letter == "\u200d":
        return bool(_JOINING.match(before)) or _joins_pictures(text, at)
    if letter == "\u200b":
        return bool(_UNSPACED.match(before) and _UNSPACED.match(after))
    if letter == "\ufeff":
        return at == 0  # a byte order mark
    if "\u180b" <= letter <= "\u180f":
        return "\u1820" <= before <= "\u18af"
    return _in_flag(text, at)


def _takes_selector(before: str, letter: str) -> bool:
    if letter in {"\ufe0e", "\ufe0f"}:
        return bool(_EMOJI.match(before))
    return bool(_IDEOGRAPH.match(before)) or (letter == "\ufe00" and bool(_MATHEMATICS.match(before)))


def _joins_pictures(text: str, at: int) -> bool:
    before = _at(text, at - 2 if _at(text, at - 1) == "\ufe0f" else at - 1)
    return bool(_PICTURE.match(before) and _PICTURE.match(_at(text, at + 1)))


def _in_flag(text: str, at: int) -> bool:
    """Tag characters spell the flags of regions, such as Scotland's, after a black flag; nothing else needs them."""

    def is_tag(letter: str) -> bool:
        return "\U000e0020" <= letter <= "\U000e007f"

    if not is_tag(text[at]):
        return False
    start = end = at
    while start > 0 and at - start < 8 and is_tag(text[start]):
        start -= 1
    while end < len(text) and end - start < 9 and is_tag(text[end]) and text[end] != "\U000e007f":
        end += 1
    return text[start] == "\U0001f3f4" and _at(text, end) == "\U000e007f"


def _ordinary_space(text: str, at: int) -> bool:
    """A space that typography wants: beside a number or a point, in Chinese or Japanese, or alone on its line."""
    near = (_at(text, at - 1) or "\n") + (_at(text, at + 1) or "\n")
    if not near.strip("\r\n"):
        return True
    if text[at] == "\u3000":
        return bool(_EASTERN.search(near))
    if _ANY_SPACE.search(near):
        return False
    return bool(_BESIDE.search(near)) or "Nd" in map(unicodedata.category, near)


def _mixed(text: str) -> list[Mark]:
    found = []
    for start, end in _words(text):
        word = text[start:end]
        if not _FOREIGN.search(word):
            continue  # Latin alone
        scripts = {_script(letter) for letter in word} - {-1}
        if len(scripts) > 1 and not any(scripts <= group for group in _TOGETHER):
            found.append(Mark(kind="mixed", at=start, length=end - start))
    return found


def _words(text: str) -> list[tuple[int, int]]:
    """Runs of letters and their marks."""
    found, start = [], -1
    for at, letter in enumerate(text):
        if _is_letter(letter):
            start = at if start < 0 else start
        elif start >= 0:
            found.append((start, at))
            start = -1
    return [*found, (start, len(text))] if start >= 0 else found


@lru_cache(maxsize=4096)
def _is_letter(letter: str) -> bool:
    return unicodedata.category(letter)[0] in "LM"


@lru_cache(maxsize=4096)
def _script(letter: str) -> int:
    row = bisect_right(_STARTS, ord(letter)) - 1
    found: int = _TABLE["ranges"][row][2] if row >= 0 and ord(letter) <= _TABLE["ranges"][row][1] else -1
    return found
