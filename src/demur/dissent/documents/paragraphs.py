# SPDX-License-Identifier: AGPL-3.0-or-later
"""Where a plain text is parted into paragraphs, and where a passage stands in it. Rules: `spec/dissent.md`, "Paragraphs".

A reply answers claim by claim, so a text that is one paragraph only can be answered past its points. Texts pasted from word processors
have no empty lines: their lines are the paragraphs, unless they look wrapped, and then only the author can tell.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, islice
from typing import Final

from demur.schema import BLANK, SPACES

BY_BLANK, BY_LINES = "blank", "lines"
PARTS: Final = (BY_BLANK, BY_LINES)
MARK: Final = "\ufeff"  # a byte order mark, which some programs put before a text
LINE_END: Final = re.compile("\r\n|[\n\v\f\r\x85\u2028\u2029]")
_SPACES: Final = re.compile(f"[{re.escape(''.join(sorted(SPACES)))}]+")
_ENDS_SENTENCE: Final = frozenset(".!?:;…。！？：；।॥؟؛۔።፧")
_CLOSING: Final = "\"'”’»)]}」』）"
_SHORTEST, _LONGEST = 55, 100  # letters in a line that a program has wrapped
_LOOKED_AT: Final = 1000  # lines by which a text is judged to be wrapped


@dataclass(frozen=True, kw_only=True)
class Passage:
    """A part of a text: `start` and `end` count bytes of the whole in UTF-8."""

    text: str
    start: int
    end: int


def passages(text: str, parts: str, *, most: int | None = None) -> list[Passage]:
    """The paragraphs of `text` as written, parted by empty lines ("blank") or at every line end ("lines"), or the first `most`. An
    empty line holds nothing but white space and letters that nobody sees.
    """
    spans = list(islice(_spans(text, parts), most))
    return list(_measured(text, spans))


def parting(text: str) -> str:
    """How a text is parted where its author did not say: "blank", "lines", or "" where only the author can tell.

    Empty lines part where there are any between lines of text, else line ends do. Lines that look wrapped leave it open.
    """
    if len(list(islice(_spans(text, BY_BLANK), 2))) != 1:
        return BY_BLANK
    lines = [text[start:end] for start, end in islice(_spans(text, BY_LINES), _LOOKED_AT)]
    if len(lines) == 1:
        return BY_BLANK
    return "" if _look_wrapped(lines) else BY_LINES


def find(text: str, passage: str) -> list[Passage]:
    """Where `passage` stands in `text`; white space of any kind and length is the same here, so that what was pasted is found.

    At most two are given: whether it stands once is all that matters.
    """
    return find_each(text, [passage])[0]


def find_each(text: str, wanted: Sequence[str]) -> list[list[Passage]]:
    """As `find`, of several passages; the text is read through once for all of them."""
    flat = _Flat(text)
    return [list(_measured(text, flat.places(passage))) for passage in wanted]


def without_mark(text: str) -> Passage:
    """The whole text, after the byte order mark that it may begin with."""
    start = 3 if text.startswith(MARK) else 0
    return Passage(text=text.removeprefix(MARK), start=start, end=len(text.encode()))


def _spans(text: str, parts: str) -> Iterator[tuple[int, int]]:
    """Where each paragraph starts and ends, in letters."""
    begun, ended = -1, -1
    for start, end in _lines(text):
        if BLANK.issuperset(text[start:end]):
            if begun >= 0:
                yield begun, ended
            begun = -1
            continue
        if begun >= 0 and parts == BY_LINES:
            yield begun, ended
            begun = -1
        begun, ended = start if begun < 0 else begun, end
    if begun >= 0:
        yield begun, ended


def _lines(text: str) -> Iterator[tuple[int, int]]:
    at = 1 if text.startswith(MARK) else 0
    for end in LINE_END.finditer(text):
        yield at, end.start()
        at = end.end()
    yield at, len(text)


def _measured(text: str, spans: list[tuple[int, int]]) -> Iterator[Passage]:
    letters = size = 0
    for start, end in spans:
        if start < letters:  # passages that were found may overlap
            letters = size = 0
        size += len(text[letters:start].encode())
        part = text[start:end]
        begins, letters = size, end
        size += len(part.encode())
        yield Passage(text=part, start=begins, end=size)


class _Flat:
    """A text with one space for each run of white space, and where each of its letters stood."""

    def __init__(self, text: str) -> None:
        runs = [run.span() for run in _SPACES.finditer(text)]
        self.text = _SPACES.sub(" ", text)
        self._gone = list(
            accumulate((end - start - 1 for start, end in runs), initial=0)
        )  # letters that are left out before each
        self._at = [
            start - gone for (start, _), gone in zip(runs, self._gone, strict=False)
        ]  # where the runs' spaces stand here

    def places(self, passage: str) -> list[tuple[int, int]]:
        """Where a passage stands in the whole text, in letters; two places at most."""
        wanted, found = _SPACES.sub(" ", passage).strip(" "), list[tuple[int, int]]()
        at = self.text.find(wanted) if wanted else -1
        while at >= 0 and len(found) < 2:
            found.append((self._whole(at), self._whole(at + len(wanted) - 1) + 1))
            at = self.text.find(wanted, at + 1)
        return found

    def _whole(self, at: int) -> int:
        return at + self._gone[bisect_left(self._at, at)]


def _look_wrapped(lines: list[str]) -> bool:
    """Whether most lines but the last have a wrapped line's length and end within a sentence."""
    before = [line.strip() for line in lines[:-1]]
    long = sum(_SHORTEST <= len(line) <= _LONGEST for line in before)
    within = sum(not _ends_sentence(line) for line in before)
    return 2 * long > len(before) and 2 * within > len(before)


def _ends_sentence(line: str) -> bool:
    line = line.rstrip(_CLOSING)
    return bool(line) and line[-1] in _ENDS_SENTENCE
