# SPDX-License-Identifier: AGPL-3.0-or-later
"""The return code: digits for 16 bytes that tell when one is wrong; and nothing else is a code."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demur.client.errors import BadKeyFile
from demur.client.returncode import WrongCount, WrongDigit, code_of, words_of
from demur.seal.words import entropy_to_words

SECRETS = st.binary(min_size=16, max_size=16)


@given(SECRETS)
def test_the_code_leads_back_to_the_words(entropy: bytes) -> None:
    words = " ".join(entropy_to_words(entropy))
    code = code_of(words)
    groups = code.split(" ")
    assert [len(group) for group in groups] == [3] * 14
    numbered = "\n".join(f"{n}. {group}" for n, group in enumerate(groups, start=1))
    for typed in (code, code.replace(" ", ""), code.replace(" ", "-"), numbered, f"\ufeff{code}\u200b"):
        assert words_of(typed) == words


@given(SECRETS)
def test_a_code_from_before_there_was_a_check_opens_too(entropy: bytes) -> None:
    words = " ".join(entropy_to_words(entropy))
    assert words_of(code_of(words)[:-4]) == words


@given(SECRETS, st.integers(0, 41), st.integers(1, 9))
def test_every_wrong_digit_is_told(entropy: bytes, at: int, more: int) -> None:
    digits = code_of(" ".join(entropy_to_words(entropy))).replace(" ", "")
    wrong = f"{digits[:at]}{(int(digits[at]) + more) % 10}{digits[at + 1 :]}"
    with pytest.raises(WrongDigit, match="A digit of this return code is wrong"):
        words_of(wrong)


@given(SECRETS, st.integers(0, 40))
def test_every_exchange_of_neighbours_is_told(entropy: bytes, at: int) -> None:
    digits = code_of(" ".join(entropy_to_words(entropy))).replace(" ", "")
    wrong = digits[:at] + digits[at + 1] + digits[at] + digits[at + 2 :]
    if wrong != digits:
        with pytest.raises(WrongDigit):
            words_of(wrong)


@pytest.mark.parametrize("code", ["", "1" * 38, "1" * 40, "1" * 43, "٣" * 39, "a" * 39, "1" * 38 + "x"])
def test_what_is_no_code_is_refused_with_how_many_digits_there_are(code: str) -> None:
    with pytest.raises(WrongCount, match="42 digits"):
        words_of(code)


@pytest.mark.parametrize("code", [str(1 << 128), "9" * 39])
def test_a_number_beyond_the_secrets_is_a_wrong_digit(code: str) -> None:
    with pytest.raises(BadKeyFile):
        words_of(code)
