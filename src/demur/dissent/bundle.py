# SPDX-License-Identifier: AGPL-3.0-or-later
"""Bundles: several sealed files in one request. Format: `spec/filing.md`.

One request, so that a filing arrives whole or not at all. `unpack` believes no length that the bytes do not bear out.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any

from demur import canonical
from demur.dissent.errors import BundleError

UPLOAD = "upload"  # the role of a file that was sent before in parts: the bundle names it and does not carry it
MEDIA_TYPE = "application/vnd.demur.bundle"
_HEX64 = re.compile(r"[0-9a-f]{64}")
MAX_HEADER = 256 * 1024  # bytes; a header lists hashes, and 256 KiB hold some two thousand of them
MAX_PARTS = 10_000  # commas and opening brackets: two thousand rows have eight thousand, and more costs much before anything is signed


def describe(role: str, data: bytes) -> dict[str, Any]:
    """How a file stands in a bundle's header."""
    return {"role": role, "sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}


def describe_upload(sha256: str, size: int) -> dict[str, Any]:
    """How a file that was uploaded in parts stands in a bundle's header."""
    return {"role": UPLOAD, "sha256": sha256, "size": size}


def pack_bundle(header: Mapping[str, Any], files: Sequence[tuple[str, bytes]]) -> bytes:
    """A bundle of `files` as (role, bytes). `files` of the header is filled here unless it stands there already.

    A header that is signed must name its files before; it is then packed as it is.
    """
    listed = header.get("files", [describe(role, data) for role, data in files])
    head = canonical.dump({**header, "files": listed})
    return b"".join([len(head).to_bytes(8, "big"), head, *(data for _, data in files)])


def unpack_bundle(data: bytes) -> tuple[dict[str, Any], list[tuple[str, bytes]]]:
    """The header and the files it carries as (role, bytes); raises BundleError unless every size and hash fits.

    Uploaded files are named by the header only; their size and hash are not checked here.
    """
    size = int.from_bytes(data[:8], "big")
    if len(data) < 8 or not 0 < size <= MAX_HEADER or 8 + size > len(data):
        raise BundleError("The request is not a bundle, or it was cut on the way; send it again.")
    if sum(data.count(sign, 8, 8 + size) for sign in (b"[", b"{", b",")) > MAX_PARTS:
        raise BundleError(f"The bundle's header has more than {MAX_PARTS} parts; name fewer files.")
    try:
        header = canonical.load_object(data[8 : 8 + size])
    except canonical.CanonicalError as error:
        raise BundleError(f"The bundle's header cannot be read: {error}") from None
    files, at = [], 8 + size
    for role, sha256, length in check_rows(header.get("files")):
        if role != UPLOAD:
            files.append((role, _carried(data[at : at + length], role, sha256, length)))
            at += length
    if at != len(data):
        raise BundleError("The bundle holds more than its header lists; it was damaged on the way.")
    return header, files


def carried(data: bytes, rows: Sequence[Mapping[str, Any]]) -> list[tuple[str, bytes]]:
    """The files of a bundle that `unpack_bundle` took, by the rows of its header; nothing is checked again."""
    files, at = [], 8 + int.from_bytes(data[:8], "big")
    for row in rows:
        if row["role"] != UPLOAD:
            files.append((row["role"], data[at : at + row["size"]]))
            at += row["size"]
    return files


def check_rows(rows: object) -> list[tuple[str, str, int]]:
    """Role, SHA-256 (hex) and size of each row of a header's `files`; raises BundleError."""
    if not isinstance(rows, list):
        raise BundleError("The bundle's header lists no files; send it again with the list, even an empty one.")
    return [_check_row(row) for row in rows]


def _carried(part: bytes, role: str, sha256: str, length: int) -> bytes:
    if len(part) != length:
        raise BundleError("The bundle was cut on the way: a file is shorter than its header says; send it again.")
    if hashlib.sha256(part).hexdigest() != sha256:
        raise BundleError(f"The file {role!r} was damaged on the way; send the bundle again.")
    return part


def _check_row(row: object) -> tuple[str, str, int]:
    """Role, SHA-256 (hex) and size of a row of the header's list."""
    if not isinstance(row, dict) or set(row) != {"role", "sha256", "size"}:
        raise BundleError("A row of the bundle's list of files lacks a part; see spec/filing.md.")
    role, sha256, size = row["role"], row["sha256"], row["size"]
    if not isinstance(role, str) or not isinstance(sha256, str) or not _HEX64.fullmatch(sha256):
        raise BundleError("A row of the bundle's list of files has a part of the wrong kind; see spec/filing.md.")
    if not isinstance(size, int) or isinstance(size, bool) or size < 1:
        raise BundleError("A file of the bundle is empty or has no size; see spec/filing.md.")
    return role, sha256, size
