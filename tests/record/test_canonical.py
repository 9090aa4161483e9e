# SPDX-License-Identifier: AGPL-3.0-or-later
"""Canonical JSON is read by a short way where nothing odd can hide, and the short way never takes what the long way refuses."""

import json
from typing import Any
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demur import canonical

ODD = st.sampled_from(
    ["null", "1.5", "1e3", "-0", "01", "9007199254740991", "9007199254740992", "NaN", "-5", '"null"', '"\\u0041"']
)
PLAIN = st.integers(-(10**18), 10**18).map(str) | st.text(max_size=4).map(
    lambda text: json.dumps(text, ensure_ascii=False)
)
TEXTS = st.recursive(
    ODD | PLAIN | st.booleans().map(lambda truth: str(truth).lower()),
    lambda inner: (
        st.lists(inner, max_size=4).map(lambda items: f"[{','.join(items)}]")
        | st.lists(
            st.tuples(st.sampled_from(['"a"', '"b"', '"é"', '"\U00010000"', '"\uffff"']), inner), max_size=4
        ).map(lambda rows: "{" + ",".join(f"{key}:{value}" for key, value in rows) + "}")
    ),
    max_leaves=12,
)


def read(data: bytes) -> Any:
    try:
        return canonical.load(data)
    except canonical.CanonicalError:
        return canonical.CanonicalError


@given(TEXTS)
def test_the_short_way_takes_and_refuses_what_the_long_way_does(text: str) -> None:
    short = read(text.encode())
    with mock.patch.object(canonical, "_is_plain", return_value=False):
        assert read(text.encode()) == short
    if short is not canonical.CanonicalError:
        assert canonical.dump(short) == text.encode()


@pytest.mark.parametrize(
    "text",
    [
        '{"a":null}',
        '{"a":1.0}',
        '{"a":9007199254740992}',
        "[" * 34 + "]" * 34,
        '{"a":1,"a":1}',
        '{"b":1,"a":1}',
        '{"a": 1}',
    ],
)
def test_what_has_no_canonical_form_is_refused_by_either_way(text: str) -> None:
    assert read(text.encode()) is canonical.CanonicalError
