# SPDX-License-Identifier: AGPL-3.0-or-later
"""Words for bytes: BIP-39 (English list), for return words; and plain groups of 11 bits, for channel words."""

import difflib
import hashlib
import unicodedata
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Final

from demur.seal.errors import WordsError

COUNT: Final = 12
_BITS: Final = 11
_ENTROPY: Final = 16


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


def words_to_entropy(words: str | Sequence[str]) -> bytes:
    """The 16 bytes of twelve words; raises WordsError that says which word is wrong, and never what was typed."""
    typed = words.split() if isinstance(words, str) else list(words)
    typed = [unicodedata.normalize("NFKD", word).lower() for word in typed]
    if len(typed) != COUNT:
        raise WordsError(f"There are {len(typed)} words and there must be 12; check that none is missing or doubled.")
    places = {word: place for place, word in enumerate(word_list())}
    for n, word in enumerate(typed, start=1):
        if word not in places:
            near = difflib.get_close_matches(word, word_list(), n=1)
            hint = f"; the nearest is {near[0]!r}" if near else ""
            raise WordsError(f"Word {n} is not on the list of return words{hint}; check its spelling.")
    number = 0
    for word in typed:
        number = number << _BITS | places[word]
    entropy = (number >> 4).to_bytes(_ENTROPY, "big")
    if entropy_to_words(entropy) != typed:
        raise WordsError("These are not return words: one is wrong or two are exchanged; check each with your note.")
    return entropy
