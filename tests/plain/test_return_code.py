# SPDX-License-Identifier: AGPL-3.0-or-later
"""The return code: 39 digits for 16 bytes, and for nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demur.client.errors import BadKeyFile
from demur.client.returncode import code_of, words_of
from demur.seal.words import entropy_to_words


@given(st.binary(min_size=16, max_size=16))
def test_the_code_leads_back_to_the_words(entropy: bytes) -> None:
    words = " ".join(entropy_to_words(entropy))
    code = code_of(words)
    assert [len(group) for group in code.split(" ")] == [3] * 13
    assert words_of(code) == words_of(code.replace(" ", "")) == words_of(code.replace(" ", "-")) == words


@pytest.mark.parametrize("code", ["", "1" * 38, "1" * 40, str(1 << 128), "9" * 39, "٣" * 39, "a" * 39, "1" * 38 + "x"])
def test_what_is_no_code_is_refused(code: str) -> None:
    with pytest.raises(BadKeyFile, match="39 digits"):
        words_of(code)
