# SPDX-License-Identifier: AGPL-3.0-or-later
"""Words for bytes: BIP-39 (English list), for return words; and plain groups of 11 bits, for channel words.

How words are read from what somebody typed, pasted or scanned is the same for both, and as `assets/lib/typed.js` does it.
"""

import hashlib
import unicodedata
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Final

from demur.seal.errors import WordsError

COUNT: Final = 12
SLIPS: Final = 3  # more of them make another word, and a guess that helps nobody
_BITS: Final = 11
_ENTROPY: Final = 16
_UNSEEN: Final = "\u00ad"  # stands for every mark of no width while words are parted


@cache
def word_list() -> tuple[str, ...]:
    """The 2,048 English words of BIP-39, in order."""
    text = resources.files("mnemonic").joinpath("wordlist", "english.txt").read_text(encoding="utf-8")
    return tuple(text.split())


def bits_as_words(digest: bytes, bits: int) -> list[str]:
    """The first `bits` (a multiple of 11) of `digest` as words, most significant bit first, no checksum."""
    number = int.from_bytes(digest, "big") >> (len(digest) * 8 - bits)
    return [word_list()[number >> shift & 2047] for shift in range(bits - _BITS, -1, -_BITS)]


def entropy_to_words(entropy: bytes) -> list[str]:
    """Twelve words for 16 bytes: 128 bits and a checksum of 4, which catches fifteen typing errors in sixteen."""
    if len(entropy) != _ENTROPY:
        raise WordsError("Return words stand for exactly 16 bytes.")
    return bits_as_words(entropy + hashlib.sha256(entropy).digest()[:1] + bytes(1), COUNT * _BITS)


def typed_words(text: str) -> list[str]:
    """The words in what a person typed, as they are compared: NFKD, small letters, no accents.

    Whatever is no letter parts words: numbers before them, commas, full stops, hyphens, quotes, line ends. A mark of no width parts them
    too, unless it stands inside a word of the list, where a program put it to allow a line's end.
    """
    plain = "".join(_sign(sign) for sign in unicodedata.normalize("NFKD", text).lower())
    found: list[str] = []
    for piece in plain.split():
        whole = piece.replace(_UNSEEN, "")
        found += [whole] if whole in _places() else piece.replace(_UNSEEN, " ").split()
    return found


def unlisted(words: Sequence[str]) -> tuple[int, str]:
    """The number (from 1) of the first word that is not on the list, and the listed word nearest to it, "" where none is near.

    (0, "") where all are on the list.
    """
    for n, word in enumerate(words, start=1):
        if word not in _places():
            return n, nearest(word)
    return 0, ""


def nearest(word: str) -> str:
    """The first word of the list that takes the fewest slips (a letter more, less, other, or two exchanged) to become `word`.

    "" beyond `SLIPS` of them, or beyond half of the word.
    """
    most = min(SLIPS, len(word) // 2)
    best, found = most + 1, ""
    for listed in word_list():
        if abs(len(listed) - len(word)) < best and (slips := _slips(word, listed)) < best:
            best, found = slips, listed
    return found


def words_to_entropy(words: str | Sequence[str]) -> bytes:
    """The 16 bytes of twelve words; raises WordsError that says which word is wrong, and never what was typed."""
    typed = typed_words(words if isinstance(words, str) else " ".join(words))
    if len(typed) != COUNT:
        there = "is 1 word" if len(typed) == 1 else f"are {len(typed)} words"
        raise WordsError(f"There {there} and there must be 12; check that none is missing or doubled.")
    n, near = unlisted(typed)
    if n:
        hint = f"; the nearest is {near!r}" if near else ""
        raise WordsError(f"Word {n} is not on the list of return words{hint}; check its spelling.")
    number = 0
    for word in typed:
        number = number << _BITS | _places()[word]
    entropy = (number >> 4).to_bytes(_ENTROPY, "big")
    if entropy_to_words(entropy) != typed:
        raise WordsError("These are not return words: one is wrong or two are exchanged; check each with your note.")
    return entropy


@cache
def _places() -> dict[str, int]:
    return {word: place for place, word in enumerate(word_list())}


def _sign(sign: str) -> str:
    """A letter as it is, nothing for an accent, `_UNSEEN` for a mark of no width, a space for anything else."""
    kind = unicodedata.category(sign)
    if kind[0] == "L" and kind != "Lm":  # a modifier letter is an apostrophe
        return sign
    return "" if kind[0] == "M" else _UNSEEN if kind == "Cf" else " "


def _slips(one: str, other: str) -> int:
    """Restricted Damerau-Levenshtein distance: how many slips lie between two words."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for i, letter in enumerate(one, start=1):
        row = [i]
        for j, beside in enumerate(other, start=1):
            least = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (letter != beside))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == beside:
                least = min(least, before[j - 2] + 1)
            row.append(least)
        before, last = last, row
    return last[-1]
