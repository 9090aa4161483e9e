# SPDX-License-Identifier: AGPL-3.0-or-later
"""The return code: the return secret in digits, for cases that a server sealed. Format: `spec/return-words.md`, "Return code".

Words are typed into programs of one's own, digits into a page of the server. The two look so different that nobody types the one where the
other belongs: whoever types words into a page gives away a case that no server could read before.
"""

import re
import unicodedata
from typing import Final

from demur.client.errors import BadKeyFile
from demur.seal.words import entropy_to_words, words_to_entropy

DIGITS: Final = 39  # the fewest that hold 128 bits
GROUP: Final = 3
GROUPS: Final = DIGITS // GROUP + 1  # the last is the check
# The largest prime below 1000. It divides neither one digit's error nor an exchange of neighbours, and 1000 leaves 3, whose powers differ:
# so every single wrong digit, every exchange of two neighbours and of two groups is found, but for pairs of groups that differ by 997.
CHECK: Final = 997
_APART: Final = re.compile(r"[\s.\-]+")
_NUMBERED: Final = re.compile(r"\s*(?:\d{1,2}[.):]\s*\d{3}[\s.,;]*)+")


class WrongDigit(BadKeyFile):
    """The digits are as many as they must be, and do not belong together."""


class WrongCount(BadKeyFile):
    """There are too few digits, or too many: `found` of them."""

    def __init__(self, found: int) -> None:
        super().__init__(
            f"This is not a return code: it has {DIGITS + GROUP} digits, in fourteen groups of three (older ones {DIGITS} digits, in "
            f"thirteen), and there are {found}; look at the paper."
        )
        self.found = found


def code_of(words: str) -> str:
    """Twelve return words as 39 digits and 3 that check them, in groups of three. Raises SealError for words that are none."""
    return code_for(words_to_entropy(words))


def code_for(entropy: bytes) -> str:
    """The code of the 16 bytes that return words stand for."""
    number = int.from_bytes(entropy, "big")
    digits = f"{number:0{DIGITS}d}{number % CHECK:0{GROUP}d}"
    return " ".join(digits[at : at + GROUP] for at in range(0, len(digits), GROUP))


def words_of(code: str) -> str:
    """The words that a code stands for; how its groups are parted or numbered does not matter, and codes from before there was a check open
    too. Raises WrongCount, WrongDigit.
    """
    digits = digits_in(code)
    if len(digits) not in {DIGITS, DIGITS + GROUP} or not digits.isdigit():
        raise WrongCount(sum(sign.isdigit() for sign in digits))
    number, check = int(digits[:DIGITS]), digits[DIGITS:]
    if number >= 1 << 128 or (check and int(check) != number % CHECK):
        raise WrongDigit(
            "A digit of this return code is wrong, or two are exchanged: the last group checks the 39 digits before it; compare group by "
            "group with the paper."
        )
    return " ".join(entropy_to_words(number.to_bytes(16, "big")))


def digits_in(text: str) -> str:
    """What was typed without what parts it, full-width digits as plain ones, and the numbers before groups left out."""
    plain = unicodedata.normalize("NFKC", text)
    plain = "".join(sign for sign in plain if unicodedata.category(sign) != "Cf")
    if _NUMBERED.fullmatch(plain):
        return "".join(re.findall(r"\d{1,2}[.):]\s*(\d{3})", plain))
    digits = _APART.sub("", plain)
    return digits if digits.isascii() else ""
