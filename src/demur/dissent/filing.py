# SPDX-License-Identifier: AGPL-3.0-or-later
"""The form of a filing's header. Pure; the client checks with it before sending, the server before believing.

Format: `spec/filing.md`. The signature by the author's key keeps an attacker who saw the id of a case from filing under it.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from demur import canonical
from demur.charter.model import Limits
from demur.dissent.errors import BundleError
from demur.seal.errors import SealError
from demur.seal.signing import SigningKey, verify

DOMAIN: Final = "demur/filing/v1"
GRANT_SIZE: Final = 16 * 1024  # bytes, the most an inbox item may have

_HEX32: Final = frozenset({"case", "mailbox"})
_HEX64: Final = frozenset({"charter", "roster", "author", "bearer", "token", "salt", "commitment"})
_MEMBERS: Final = frozenset({"v", "type", "origin", "files", "signature"}) | _HEX32 | _HEX64
_ORDER: Final = re.compile(r"body (attachment )*mailbox (grant:[a-z0-9_-]+ )+")


def sign_filing(header: Mapping[str, Any], key: SigningKey) -> dict[str, Any]:
    """The header with the author's signature; `files` must stand in it."""
    return {**header, "signature": key.sign(DOMAIN, canonical.dump(dict(header))).hex()}


def check_filing(header: Mapping[str, Any], files: list[tuple[str, bytes]], *, origin: str, limits: Limits) -> None:
    """Raises BundleError unless header and files are a filing for `origin` within `limits`."""
    if set(header) != _MEMBERS or header["v"] != 1 or header["type"] != "filing":
        raise BundleError("This is not a filing of version 1; use the client that this server's page names.")
    if header["origin"] != origin:
        raise BundleError("This filing was sealed for another channel; file it there, or seal it again for this one.")
    for name, length in [*((name, 32) for name in _HEX32), *((name, 64) for name in _HEX64), ("signature", 128)]:
        if not isinstance(header[name], str) or not re.fullmatch(f"[0-9a-f]{{{length}}}", header[name]):
            raise BundleError(f"The member {name!r} of the filing is not {length} lower-case hex digits.")
    unsigned = {name: value for name, value in header.items() if name != "signature"}
    try:
        verify(bytes.fromhex(header["author"]), DOMAIN, canonical.dump(unsigned), bytes.fromhex(header["signature"]))
    except SealError:
        raise BundleError(
            "The filing is not signed by its author's key; it was changed on the way, so send it again."
        ) from None
    check_files(files, limits)


def check_files(files: list[tuple[str, bytes]], limits: Limits) -> None:
    """Raises BundleError unless the sealed files stand in order, fit the limits, and look like age files."""
    roles = [role for role, _ in files]
    if not _ORDER.fullmatch("".join(f"{role} " for role in roles)) or len(set(roles) - {"attachment"}) != len(
        [role for role in roles if role != "attachment"]
    ):
        raise BundleError("The files of the filing are not in their order; see spec/filing.md.")
    if roles.count("attachment") > limits.files:
        raise BundleError(f"The filing has more than {limits.files} attachments; leave some out, or join them.")
    if sum(len(data) for _, data in files) > limits.request_bytes:
        raise BundleError(f"The filing is larger than {limits.request_bytes} bytes when sealed; leave something out.")
    grants = {len(data) for role, data in files if role.startswith("grant:")}
    if len(grants) != 1 or max(grants) > GRANT_SIZE:
        raise BundleError(
            "The inbox items of the filing are not of one size; use the client that this server's page names."
        )
    for role, data in files:
        check_sealed(role, data)


def check_sealed(role: str, data: bytes) -> None:
    """Raises BundleError unless the file starts as an age file: what is not sealed is not kept."""
    if not data.startswith(b"age-encryption.org/v1\n"):
        raise BundleError(f"The file {role!r} is not sealed; this server takes only what it cannot read.")
