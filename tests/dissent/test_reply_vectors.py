# SPDX-License-Identifier: AGPL-3.0-or-later
"""`spec/vectors/reply.json`, which the browser runs too (`assets/tests/reply.test.js`), says what this version decides."""

import json

import pytest
from make_reply_vectors import PATH, make

pytestmark = pytest.mark.vectors


def test_the_vectors_of_replies_are_what_this_version_decides() -> None:
    assert json.loads(PATH.read_text(encoding="utf-8")) == make()


def test_they_hold_and_fail_within_the_limit_and_beyond() -> None:
    told = {(row["claims"] > row["most"], row["holds"]) for row in make()["replies"]}
    assert told == {(True, True), (True, False), (False, True), (False, False)}
