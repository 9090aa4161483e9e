# SPDX-License-Identifier: AGPL-3.0-or-later
"""The form of a filing's header. Pure; the client checks with it before sending, the server before believing.

Format: `spec/filing.md`. The signature by the author's key keeps an attacker who saw the id of a case from filing under it.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from demur import canonical
from demur.charter.model import Limits
from demur.dissent.bundle import UPLOAD
from demur.dissent.errors import BundleError
from demur.seal.errors import SealError
from demur.seal.signing import SigningKey, verify

DOMAIN: Final = "demur/filing/v1"
GRANT_SIZE: Final = 16 * 1024  # bytes, the most an inbox item may have

_HEX32: Final = frozenset({"case", "mailbox"})
_HEX64: Final = frozenset({"charter", "roster", "author", "bearer", "token", "salt", "commitment"})
_LENGTHS: Final = {**dict.fromkeys(sorted(_HEX32), 32), **dict.fromkeys(sorted(_HEX64), 64), "signature": 128}
_DIGITS: Final = re.compile("[0-9a-f]+")
_MEMBERS: Final = frozenset({"v", "type", "origin", "files", "signature"}) | _HEX32 | _HEX64
_ORDER: Final = re.compile(r"body (attachment |upload )*mailbox (grant:[a-z0-9_-]+ )+")
SEALED_ROOM: Final = 65_536  # bytes that sealing adds at most, beside an eighth for padding


def sign_filing(header: Mapping[str, Any], key: SigningKey) -> dict[str, Any]:
    """The header with the author's signature; `files` must stand in it."""
    return {**header, "signature": key.sign(DOMAIN, canonical.dump(dict(header))).hex()}


def check_filing(header: Mapping[str, Any], files: list[tuple[str, bytes]], *, origin: str, limits: Limits) -> None:
    """Raises BundleError unless header and files are a filing for `origin` within `limits`."""
    check_header(header, origin=origin)
    _check_uploads(header, limits)
    _check_apart(header["files"])
    check_files([row["role"] for row in header["files"]], files, limits)


def check_header(header: Mapping[str, Any], *, origin: str) -> None:
    """Raises BundleError unless the header is one of a filing for `origin`, signed by its author's key."""
    if set(header) != _MEMBERS or header["v"] is True or (header["v"], header["type"]) != (1, "filing"):
        raise BundleError("This is not a filing of version 1; use the client that this server's page names.")
    if header["origin"] != origin:
        raise BundleError("This filing was sealed for another channel; file it there, or seal it again for this one.")
    for name, length in _LENGTHS.items():
        value = header[name]
        if not isinstance(value, str) or len(value) != length or not _DIGITS.fullmatch(value):
            raise BundleError(f"The member {name!r} of the filing is not {length} lower-case hex digits.")
    _check_signature(header)


def _check_signature(header: Mapping[str, Any]) -> None:
    unsigned = {name: value for name, value in header.items() if name != "signature"}
    try:
        verify(bytes.fromhex(header["author"]), DOMAIN, canonical.dump(unsigned), bytes.fromhex(header["signature"]))
    except SealError:
        raise BundleError(
            "The filing is not signed by its author's key; it was changed on the way, so send it again."
        ) from None


def uploads_of(header: Mapping[str, Any]) -> list[tuple[str, int]]:
    """SHA-256 (hex) and size of the sealed files that were uploaded in parts, in the filing's order."""
    return [(row["sha256"], row["size"]) for row in header["files"] if row["role"] == UPLOAD]


def sealed_size(size: int) -> int:
    """The most bytes that a file of `size` can have once it is padded and sealed."""
    return size + size // 8 + SEALED_ROOM


def _check_uploads(header: Mapping[str, Any], limits: Limits) -> None:
    uploads = uploads_of(header)
    if any(size > sealed_size(limits.file_bytes) for _, size in uploads):
        raise BundleError(f"An attachment is larger than {limits.file_bytes} bytes; split it or leave it out.")
    if sum(size for _, size in uploads) > sealed_size(limits.total):
        raise BundleError(f"The attachments are larger than {limits.total} bytes together; leave some out.")
    if len({sha256 for sha256, _ in uploads}) != len(uploads):
        raise BundleError("One upload is named twice; seal each attachment anew.")


def _check_apart(rows: list[Mapping[str, Any]]) -> None:
    # Sealing draws fresh keys, so two sealed files are never the same; a case keeps a file once, by its hash.
    if len({row["sha256"] for row in rows}) != len(rows):
        raise BundleError("One sealed file stands in the filing twice; seal each part anew, and file again.")


def check_files(roles: list[str], files: list[tuple[str, bytes]], limits: Limits) -> None:
    """Raises BundleError unless the sealed files stand in order, fit the limits, and look like age files."""
    _check_order(roles)
    if roles.count("attachment") + roles.count(UPLOAD) > limits.files:
        raise BundleError(f"The filing has more than {limits.files} attachments; leave some out, or join them.")
    if sum(len(data) for _, data in files) > limits.request_bytes:
        raise BundleError(f"The filing is larger than {limits.request_bytes} bytes when sealed; leave something out.")
    _check_grants([data for role, data in files if role.startswith("grant:")])
    for role, data in files:
        check_sealed(role, data)


def _check_order(roles: list[str]) -> None:
    single = [role for role in roles if role not in {"attachment", UPLOAD}]
    if not _ORDER.fullmatch("".join(f"{role} " for role in roles)) or len(set(single)) != len(single):
        raise BundleError("The files of the filing are not in their order; see spec/filing.md.")


def _check_grants(grants: list[bytes]) -> None:
    # One size for all: with a second one, the server could tell a recused seat's item from a grant.
    if len({len(data) for data in grants}) != 1 or len(grants[0]) > GRANT_SIZE:
        raise BundleError(
            "The inbox items of the filing are not of one size; use the client that this server's page names."
        )


def check_sealed(role: str, data: bytes) -> None:
    """Raises BundleError unless the file starts as an age file: what is not sealed is not kept."""
    if not data.startswith(b"age-encryption.org/v1\n"):
        raise BundleError(f"The file {role!r} is not sealed; this server takes only what it cannot read.")
