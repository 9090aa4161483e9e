# SPDX-License-Identifier: AGPL-3.0-or-later
"""Bundles: whole or refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demur.dissent.bundle import MAX_PARTS, carried, describe, describe_upload, pack_bundle, unpack_bundle
from demur.dissent.errors import BundleError

FILES = [("body", b"first"), ("attachment", b"second")]


@given(st.lists(st.tuples(st.text(min_size=1, max_size=9, alphabet="abc:-"), st.binary(min_size=1)), max_size=5))
def test_what_is_packed_is_unpacked(files: list[tuple[str, bytes]]) -> None:
    header, parts = unpack_bundle(pack_bundle({"v": 1}, files))

    assert parts == files
    assert header["v"] == 1


@given(st.integers(0, 10_000))
def test_every_flipped_bit_is_refused(place: int) -> None:
    data = bytearray(pack_bundle({"v": 1}, FILES))
    place %= len(data) * 8
    data[place // 8] ^= 1 << place % 8

    try:
        header, _ = unpack_bundle(bytes(data))
    except BundleError:
        return
    # A bit in a role or in another member makes another, well-formed bundle: signatures above cover those.
    assert header != unpack_bundle(pack_bundle({"v": 1}, FILES))[0]


@given(st.integers(0, 200))
def test_a_bundle_cut_anywhere_is_refused(end: int) -> None:
    data = pack_bundle({"v": 1}, FILES)

    with pytest.raises(BundleError):
        unpack_bundle(data[: min(end, len(data) - 1)])


BAD = {
    "not a bundle": b"",
    "header cannot be read": (2).to_bytes(8, "big") + b"{ ",
    "lists no files": (2).to_bytes(8, "big") + b"{}",
    "more than its header lists": pack_bundle({}, FILES) + b"x",
    "lacks a part": (14).to_bytes(8, "big") + b'{"files":[{}]}',
}


@pytest.mark.parametrize(("sentence", "data"), BAD.items())
def test_bytes_that_are_no_bundle_are_refused_with_a_sentence(sentence: str, data: bytes) -> None:
    with pytest.raises(BundleError, match=sentence):
        unpack_bundle(data)


def test_a_header_as_large_as_memory_is_refused_before_it_is_read() -> None:
    with pytest.raises(BundleError, match="not a bundle"):
        unpack_bundle((2**62).to_bytes(8, "big") + b"{}")


def test_a_header_of_very_many_parts_is_refused_before_it_is_read() -> None:
    header = b'{"a":[' + b"[]," * MAX_PARTS + b'[]],"files":[]}'
    with pytest.raises(BundleError, match="more than 10000 parts"):
        unpack_bundle(len(header).to_bytes(8, "big") + header)


def test_what_a_bundle_carried_is_found_again_by_its_header() -> None:
    rows = [describe("body", b"one"), describe_upload("0" * 64, 7), describe("mailbox", b"three")]
    bundle = pack_bundle({"files": rows}, [("body", b"one"), ("mailbox", b"three")])
    header, files = unpack_bundle(bundle)
    assert carried(bundle, header["files"]) == files == [("body", b"one"), ("mailbox", b"three")]
