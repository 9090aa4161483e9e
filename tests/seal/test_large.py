# SPDX-License-Identifier: AGPL-3.0-or-later
"""Large files sealed as streams: the same bytes inside as the small way, and every kind of damage refused."""

import io
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from demur.seal import container
from demur.seal.age import files as age
from demur.seal.age.hybrid import HybridIdentity
from demur.seal.age.stream import CHUNK
from demur.seal.errors import SealError
from demur.seal.large import LargeFile, open_large, seal_large
from demur.seal.padme import FLOOR
from demur.seal.signing import SigningKey

CASE = HybridIdentity(b"\1" * 32)
AUTHOR = SigningKey(b"\2" * 32)
MANIFEST: dict[str, Any] = {
    "v": 1,
    "type": "attachment",
    "origin": "dissent.example.org",
    "case": "0" * 32,
    "files": [{"name": "tables.bin"}],
}


def sealed(path: Path, data: bytes, **more: Any) -> bytes:
    path.write_bytes(data)
    target = io.BytesIO()
    seal_large(
        LargeFile.measure(path), target, {**MANIFEST, **more}, key=AUTHOR, recipient=CASE.recipient, random=os.urandom
    )
    return target.getvalue()


def opened(data: bytes, *, by: bytes = AUTHOR.public) -> bytes:
    target = io.BytesIO()
    open_large(io.BytesIO(data), target, CASE, by=by)
    return target.getvalue()


EDGES = (0, 1, CHUNK - 1, CHUNK, CHUNK + 1, FLOOR, 3 * CHUNK + 7, 1_000_003)


@pytest.mark.parametrize("size", EDGES)
def test_a_stream_and_a_small_container_are_the_same_bytes_inside(tmp_path: Path, size: int) -> None:
    data = os.urandom(size)
    streamed = sealed(tmp_path / "file", data)
    whole = container.unpack(age.decrypt(streamed, [CASE]), by=AUTHOR.public)
    assert whole.files == {"tables.bin": data}
    small = age.encrypt(container.pack(MANIFEST, [data], AUTHOR), [CASE.recipient])
    assert len(small) == len(streamed)
    assert opened(small) == opened(streamed) == data


@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(size=st.integers(0, 4 * CHUNK), place=st.integers(0, 1 << 30))
def test_a_flipped_byte_anywhere_is_refused(tmp_path: Path, size: int, place: int) -> None:
    data = bytearray(sealed(tmp_path / "file", bytes(size)))
    data[place % len(data)] ^= 1
    with pytest.raises(SealError):
        opened(bytes(data))


@pytest.mark.parametrize("keep", [0, 100, 2000, CHUNK, -1])
def test_a_cut_file_is_refused(tmp_path: Path, keep: int) -> None:
    with pytest.raises(SealError):
        opened(sealed(tmp_path / "file", os.urandom(3 * CHUNK))[:keep])


def packed(data: bytes, manifest: dict[str, Any] = MANIFEST, files: tuple[bytes, ...] = (b"abc",)) -> bytes:
    return age.encrypt(data or container.pack(manifest, list(files), AUTHOR), [CASE.recipient])


def test_padding_that_is_not_plain_is_refused() -> None:
    whole = bytearray(container.pack(MANIFEST, [b"abc"], AUTHOR))
    whole[-5] = 1
    with pytest.raises(SealError, match="padding"):
        opened(packed(bytes(whole)))


@pytest.mark.parametrize("more", [b"\0", b"\0" * 1000])
def test_padding_of_another_length_is_refused(more: bytes) -> None:
    with pytest.raises(SealError, match="padding"):
        opened(packed(container.pack(MANIFEST, [b"abc"], AUTHOR) + more))


def test_another_signer_is_refused_before_a_byte_is_written(tmp_path: Path) -> None:
    target = io.BytesIO()
    with pytest.raises(SealError, match="another key"):
        open_large(io.BytesIO(sealed(tmp_path / "file", b"x" * 100)), target, CASE, by=b"\5" * 32)
    assert target.getvalue() == b""


def test_two_files_in_one_container_are_refused() -> None:
    two = {**MANIFEST, "files": [{"name": "a"}, {"name": "b"}]}
    with pytest.raises(SealError, match="one file"):
        opened(packed(b"", two, (b"a", b"b")))


def test_a_file_that_changes_while_it_is_sealed_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(bytes(3 * CHUNK))
    measured = LargeFile.measure(path)
    path.write_bytes(os.urandom(3 * CHUNK))
    os.utime(path, ns=(0, measured.modified + 1))
    with pytest.raises(SealError, match="changed"):
        seal_large(measured, io.BytesIO(), MANIFEST, key=AUTHOR, recipient=CASE.recipient, random=os.urandom)


def test_a_file_that_shrinks_while_it_is_sealed_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(bytes(3 * CHUNK))
    measured = LargeFile.measure(path)
    path.write_bytes(b"")
    with pytest.raises(SealError, match="shorter"):
        seal_large(measured, io.BytesIO(), MANIFEST, key=AUTHOR, recipient=CASE.recipient, random=os.urandom)
