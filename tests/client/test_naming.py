# SPDX-License-Identifier: AGPL-3.0-or-later
"""Names of files: whatever a form brings can be sealed, and what can be sealed as it is stays as it is."""

from hypothesis import given
from hypothesis import strategies as st

from demur.client.naming import pictured, usable_name
from demur.seal.container import check_name

NAMES = st.text(st.characters(codec="utf-8"), max_size=300)


@given(NAMES)
def test_every_name_becomes_one_that_can_be_sealed_and_then_stays(name: str) -> None:
    usable = usable_name(name)
    check_name(usable)
    assert usable_name(usable) == usable


@given(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc"], exclude_characters="/\\%"), min_size=1, max_size=60)
)
def test_a_name_that_can_be_sealed_is_kept_to_the_letter(name: str) -> None:
    assert usable_name(name) == name or name in {".", ".."}


def test_a_control_character_is_shown_as_its_picture() -> None:
    assert pictured("a\x07b\x7f") == "a\u2407b\u2421"
