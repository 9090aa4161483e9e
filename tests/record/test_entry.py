# SPDX-License-Identifier: AGPL-3.0-or-later
"""Entries: case entries show nothing but that they are; readable ones are canonical."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from record_samples import ORIGIN

from demur import canonical
from demur.record.entry import (
    MAX_READABLE,
    Hidden,
    Readable,
    case_entry,
    commit,
    cover_event,
    open_entry,
    read_entry,
    readable_entry,
)
from demur.record.errors import EntryError

R = bytes(range(32))
EVENT = {"v": 1, "type": "submit", "origin": ORIGIN, "case": "00" * 16}
STATEMENT = {"v": 1, "type": "charter", "origin": ORIGIN, "text": "§ 1"}
VALUES = st.dictionaries(
    st.text(max_size=5), st.integers(0, 2**53 - 1) | st.text(max_size=9) | st.booleans(), max_size=4
)


@given(VALUES, st.binary(min_size=32, max_size=32))
def test_every_case_entry_has_one_length_and_opens_only_to_its_event(event: dict[str, object], r: bytes) -> None:
    data = case_entry(commit(event, r))
    assert len(data) == 46
    open_entry(data, event, r)
    with pytest.raises(EntryError):
        open_entry(data, {**event, "more": 1}, r)
    with pytest.raises(EntryError):
        open_entry(data, event, bytes([r[0] ^ 1]) + r[1:])


def test_a_case_entry_reads_as_a_commitment() -> None:
    assert read_entry(case_entry(commit(EVENT, R))) == Hidden(commit(EVENT, R))


def test_a_cover_entry_cannot_be_told_from_an_event() -> None:
    cover = case_entry(commit(cover_event(ORIGIN, 7), R))
    assert (len(cover), cover[:14]) == (46, case_entry(commit(EVENT, R))[:14])
    assert cover_event(ORIGIN, 7) == {"v": 1, "type": "cover", "origin": ORIGIN, "n": 7}


@pytest.mark.parametrize("r", [b"", bytes(31), bytes(33)])
def test_a_short_key_is_refused(r: bytes) -> None:
    with pytest.raises(EntryError):
        commit(EVENT, r)
    with pytest.raises(EntryError):
        case_entry(r)


def test_a_readable_entry_reads_as_what_was_written() -> None:
    assert read_entry(readable_entry(STATEMENT)) == Readable(STATEMENT)
    assert readable_entry(STATEMENT) == b"demur/open/v1\0" + canonical.dump(STATEMENT)


@pytest.mark.parametrize(
    "value",
    [
        {},
        {**STATEMENT, "v": 2},
        {**STATEMENT, "v": True},
        {**STATEMENT, "type": ""},
        {**STATEMENT, "type": 1},
        {**STATEMENT, "origin": 1},
        {**STATEMENT, "origin": "HTTPS://x"},
        {**STATEMENT, "text": None},
        {**STATEMENT, "text": 0.5},
        {key: value for key, value in STATEMENT.items() if key != "origin"},
    ],
)
def test_a_readable_entry_must_say_what_it_is(value: dict[str, object]) -> None:
    with pytest.raises(EntryError):
        readable_entry(value)


def test_a_readable_entry_holds_60000_bytes_and_not_one_more() -> None:
    room = MAX_READABLE - len(readable_entry({**STATEMENT, "text": ""}))
    assert len(readable_entry({**STATEMENT, "text": "x" * room})) == 60_000
    with pytest.raises(EntryError, match="60001 bytes"):
        readable_entry({**STATEMENT, "text": "x" * (room + 1)})


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"demur/leaf/v1\0" + bytes(31),
        b"demur/leaf/v1\0" + bytes(33),
        b"demur/leaf/v2\0" + bytes(32),
        b"demur/open/v1\0",
        b"demur/open/v1\0[]",
        b"demur/open/v1\0" + canonical.dump(STATEMENT) + b" ",
        b"demur/open/v1\0" + canonical.dump({**STATEMENT, "v": 2}),
        b"demur/open/v1\0" + b'{"v":1, "type":"x","origin":"a.b"}',
        b"demur/open/v1\0\xff",
        b"demur/open/v1\0" + b"9" * 59_000,
    ],
)
def test_bytes_of_no_known_kind_are_refused(data: bytes) -> None:
    with pytest.raises(EntryError):
        read_entry(data)


@given(st.binary(max_size=80))
def test_any_bytes_are_an_entry_or_refused(data: bytes) -> None:
    with pytest.raises(EntryError):
        read_entry(data)
