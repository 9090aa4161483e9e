# SPDX-License-Identifier: AGPL-3.0-or-later
"""The return code: the return secret in digits, for cases that a server sealed. Format: `spec/return-words.md`, "Return code".

Words are typed into programs of one's own, digits into a page of the server. The two look so different that nobody types the one where the
other belongs: whoever types words into a page gives away a case that no server could read before.
"""

import re
from typing import Final

from demur.client.errors import BadKeyFile
from demur.seal.words import entropy_to_words, words_to_entropy

DIGITS: Final = 39  # the fewest that hold 128 bits
GROUP: Final = 3
_APART: Final = re.compile(r"[\s.\-]+")


def code_of(words: str) -> str:
    """Twelve return words as 39 digits in groups of three. Raises SealError for words that are none."""
    digits = f"{int.from_bytes(words_to_entropy(words), 'big'):0{DIGITS}d}"
    return " ".join(digits[at : at + GROUP] for at in range(0, DIGITS, GROUP))


def words_of(code: str) -> str:
    """The words that a code stands for; spaces, dots and hyphens between digits do not matter. Raises BadKeyFile."""
    digits = _APART.sub("", code)
    if len(digits) != DIGITS or not (digits.isascii() and digits.isdigit()) or int(digits) >= 1 << 128:
        raise BadKeyFile("This is not a return code: it has 39 digits, in thirteen groups of three; look at the paper.")
    return " ".join(entropy_to_words(int(digits).to_bytes(16, "big")))
