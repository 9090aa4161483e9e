# SPDX-License-Identifier: AGPL-3.0-or-later
"""Containers: every bit is held, nothing can be smuggled, names cannot lead astray."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demur.seal import container
from demur.seal.errors import Forged, FormatError, KeyFormatError, SealError
from demur.seal.padme import FLOOR, padded_length
from demur.seal.signing import SigningKey, check_public, verify

KEY, OTHER = SigningKey(b"1" * 32), SigningKey(b"2" * 32)
FILES = {"dissent.json": b'{"v":1}', "surat.txt": b"Penyeberangan.\n"}


def packed(floor: int = 512, **more: object) -> bytes:
    manifest = {
        "v": 1,
        "type": "submit",
        "origin": "o",
        "case": "0" * 32,
        "files": [{"name": n} for n in FILES],
        **more,
    }
    return container.pack(manifest, list(FILES.values()), KEY, floor=floor)


def test_what_is_packed_is_unpacked() -> None:
    assert container.unpack(packed(), by=KEY.public, floor=512).files == FILES


@pytest.mark.adversary
@given(st.integers(0, 512 * 8 - 1))
def test_every_flipped_bit_is_refused(place: int) -> None:
    data = bytearray(packed())
    data[place // 8] ^= 1 << place % 8

    with pytest.raises(SealError):
        container.unpack(bytes(data), by=KEY.public, floor=512)


@given(st.integers(0, 511))
def test_a_container_cut_anywhere_is_refused(end: int) -> None:
    with pytest.raises(SealError):
        container.unpack(packed()[:end], by=KEY.public, floor=512)


def test_a_container_by_another_hand_is_refused() -> None:
    with pytest.raises(Forged, match="signed by another key"):
        container.unpack(packed(), by=OTHER.public, floor=512)


def test_one_more_zero_is_refused() -> None:
    with pytest.raises(FormatError, match="padding"):
        container.unpack(packed() + b"\0", by=KEY.public, floor=512)


NAMES = ["", ".", "..", "a/b", "a\\b", "a\0b", "a\nb", "a\x7fb", "é" * 128]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_leads_astray_is_refused(name: str) -> None:
    manifest = {"v": 1, "type": "t", "origin": "o", "case": "0" * 32, "files": [{"name": name}]}

    with pytest.raises(FormatError):
        container.pack(manifest, [b""], KEY)


def test_a_container_without_files_is_refused() -> None:
    # A seat could seal one: whoever looked for its first file found none, and could read the case no more.
    manifest = {"v": 1, "type": "message", "origin": "o", "case": "0" * 32, "files": []}

    with pytest.raises(FormatError, match="files"):
        container.pack(manifest, [], KEY)


def test_two_files_of_one_name_are_refused() -> None:
    manifest = {"v": 1, "type": "t", "origin": "o", "case": "0" * 32, "files": [{"name": "a"}, {"name": "a"}]}

    with pytest.raises(FormatError, match="one name"):
        container.pack(manifest, [b"1", b"2"], KEY)


@given(st.integers(0, 2**40))
def test_padding_costs_little_and_tells_little(n: int) -> None:
    padded = padded_length(n)

    assert max(n, FLOOR) <= padded <= max(n, FLOOR) * 1.07
    assert padded_length(padded) == padded


def test_texts_of_usual_length_look_alike() -> None:
    assert {padded_length(n) for n in range(0, 30_000, 777)} == {FLOOR}


def test_a_signature_under_one_domain_is_none_under_another() -> None:
    signature = KEY.sign("demur/act/v1", b"x")
    verify(KEY.public, "demur/act/v1", b"x", signature)

    with pytest.raises(Forged):
        verify(KEY.public, "demur/manifest/v1", b"x", signature)


P = 2**255 - 19


def small_order_points() -> list[int]:
    """The y coordinates of the points of order 1, 2, 4 and 8 on edwards25519, worked out from the curve's equation."""
    d = -121665 * pow(121666, -1, P) % P
    root_of_minus_one = pow(2, (P - 1) // 4, P)
    # A point of order 8 doubles to one with y = 0, which means x^2 = -y^2 ... so d*y^4 + 2*y^2 - 1 = 0 (from -x^2+y^2 = 1+d*x^2*y^2).
    found = [0, 1, P - 1]
    for root in (pow(1 + d, (P + 3) // 8, P), pow(1 + d, (P + 3) // 8, P) * root_of_minus_one % P):
        for sign in (root, P - root):
            square = (sign - 1) * pow(d, -1, P) % P
            y = pow(square, (P + 3) // 8, P)
            for candidate in (y, y * root_of_minus_one % P):
                if (
                    candidate * candidate % P == square
                    and (d * pow(candidate, 4, P) + 2 * candidate * candidate - 1) % P == 0
                ):
                    found += [candidate, P - candidate]
    return sorted(set(found))


@pytest.mark.adversary
def test_keys_of_small_order_are_refused_in_every_spelling() -> None:
    points = small_order_points()
    assert len(points) == 5
    for y in points:
        for spelling in {y, y + P if y + P < 2**255 else y}:
            for sign in (0, 1 << 255):
                with pytest.raises(KeyFormatError):
                    check_public((spelling | sign).to_bytes(32, "little"))
