# SPDX-License-Identifier: AGPL-3.0-or-later
"""A charter is read once, however many cases name it: reading it anew for each took a list of ten thousand cases 87 seconds."""

import time
from typing import Any

import pytest

from demur.charter.builtin import builtin_text
from demur.charter.freeze import Frozen, freeze_text
from demur.client.errors import BadAnswer
from demur.client.lookups import Record

LEAF, CASES = "ab" * 32, 10_000


def record_with(statement: dict[str, Any]) -> Record:
    record = Record(server=None, channel=None)  # type: ignore[arg-type]  # nobody is asked for what is held
    record._statements[LEAF] = statement
    return record


def test_ten_thousand_cases_read_their_charter_once(monkeypatch: pytest.MonkeyPatch) -> None:
    frozen = freeze_text(builtin_text("us-state-2fam070"), name="c", year=2026)
    record, read, began = record_with(frozen.entry("example.org", 0)), [], time.monotonic()
    once = Frozen.from_entry

    def counted(statement: dict[str, Any]) -> Frozen:
        read.append(1)
        return once(statement)

    monkeypatch.setattr(Frozen, "from_entry", counted)
    found = {id(record.charter(LEAF)) for _ in range(CASES)}
    first = time.monotonic() - began
    began = time.monotonic()
    once(frozen.entry("example.org", 0))
    print(
        f"{CASES} cases: {first:.3f} s with {len(read)} reading; read for each it would be {CASES * (time.monotonic() - began):.0f} s"
    )
    assert (len(found), len(read)) == (1, 1)


def test_a_charter_that_cannot_be_read_is_refused_each_time() -> None:
    record = record_with({"v": 1, "type": "charter"})
    for _ in range(2):
        with pytest.raises(BadAnswer):
            record.charter(LEAF)
        with pytest.raises(BadAnswer):
            record.roster(LEAF)
