# SPDX-License-Identifier: AGPL-3.0-or-later
"""Containers: what is inside every sealed file. Format: `spec/container.md`.

    u64 length || manifest || 64-byte signature || files in manifest order || zeros

age hides but does not say who wrote; the manifest's signature does. The zeros hide how long. Nothing is left to choose for whoever
packs, so nothing can be smuggled out in the padding.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from demur import canonical
from demur.schema import SCHEMA, fault
from demur.seal.errors import Forged, FormatError
from demur.seal.padme import FLOOR, padded_length
from demur.seal.signing import SIGNATURE_SIZE, SigningKey, verify

DOMAIN: Final = "demur/manifest/v1"
MAX_MANIFEST: Final = 1 << 20
MAX_NAME: Final = 255  # bytes of UTF-8, the most that common file systems hold


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A container whose signature, hashes and padding all hold."""

    manifest: dict[str, Any]
    manifest_bytes: bytes
    signature: bytes
    files: dict[str, bytes]


def pack(manifest: Mapping[str, Any], files: Sequence[bytes], key: SigningKey, *, floor: int = FLOOR) -> bytes:
    """A container. `manifest["files"]` names the files in order; sizes and hashes are filled in, and `by` from `key`.

    Raises FormatError for a name that cannot be used or a manifest without its members.
    """
    names = [row["name"] for row in manifest["files"]]
    if len(names) != len(files):
        raise FormatError("The manifest names another number of files than were given.")
    rows = [
        {"name": name, "sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
        for name, data in zip(names, files, strict=True)
    ]
    whole = b"".join([signed_head({**manifest, "files": rows}, key), *files])
    return whole.ljust(padded_length(len(whole), floor), b"\0")


def signed_head(manifest: Mapping[str, Any], key: SigningKey) -> bytes:
    """Length, manifest and signature: what stands before the files. Raises FormatError."""
    filled = {**manifest, "by": key.public.hex()}
    _check_manifest(filled)
    head = canonical.dump(filled)
    return b"".join([len(head).to_bytes(8, "big"), head, key.sign(DOMAIN, head)])


def read_manifest(head: bytes) -> dict[str, Any]:
    """The manifest in its canonical bytes, in form; raises FormatError."""
    try:
        manifest = canonical.load_object(head)
    except canonical.CanonicalError as error:
        raise FormatError(f"The manifest inside the sealed file cannot be read: {error}") from None
    _check_manifest(manifest)
    return manifest


def unpack(data: bytes, *, by: bytes | None, floor: int = FLOOR) -> Opened:
    """What a container holds; `by` is who must have signed it, or None to take the manifest's word.

    Raises FormatError for a misshapen container, Forged for a signature or file that does not fit.
    """
    size = int.from_bytes(data[:8], "big")
    at = 8 + size
    if len(data) < 8 or not 0 < size <= MAX_MANIFEST or at + SIGNATURE_SIZE > len(data):
        raise FormatError("What was sealed is not a container, or it was cut; ask for it again.")
    head, signature = data[8:at], data[at : at + SIGNATURE_SIZE]
    manifest = read_manifest(head)
    signer = bytes.fromhex(manifest["by"])
    if by is not None and signer != by:
        raise Forged("What was sealed was signed by another key than the one it should be; do not rely on it.")
    verify(signer, DOMAIN, head, signature)
    files, end = _files(manifest["files"], data, at + SIGNATURE_SIZE)
    if len(data) != padded_length(end, floor) or any(data[end:]):
        raise FormatError("The padding of the sealed file is not plain; do not rely on it.")
    return Opened(manifest=manifest, manifest_bytes=head, signature=signature, files=files)


def _files(rows: Sequence[Mapping[str, Any]], data: bytes, at: int) -> tuple[dict[str, bytes], int]:
    files = {}
    for row in rows:
        part = data[at : at + row["size"]]
        if len(part) != row["size"]:
            raise FormatError("What was sealed is shorter than its manifest says; ask for it again.")
        if hashlib.sha256(part).hexdigest() != row["sha256"]:
            raise Forged("A file inside does not fit its manifest; do not rely on it.")
        files[row["name"]] = part
        at += row["size"]
    return files, at


def _check_manifest(manifest: Mapping[str, Any]) -> None:
    """The members that every manifest has (`spec/documents.json`); those of its type are for who knows what the file is."""
    found = fault(dict(manifest), SCHEMA["manifests"][""])
    if found:
        for name in _names(manifest):  # what is wrong with a name is said of the name: whoever packs can give another
            check_name(name)
        raise FormatError(
            f"The manifest has a wrong member ({found.strip() or 'one is missing'}), or is of a later version; ask for the file again, or "
            "use a newer Demur."
        )
    for row in manifest["files"]:
        check_name(row["name"])
    names = [row["name"] for row in manifest["files"]]
    if len(set(names)) != len(names):
        raise FormatError("Two files have one name; rename one of them.")


def _names(manifest: Mapping[str, Any]) -> list[str]:
    """The names of files in a manifest that is out of form, as far as they are texts."""
    rows = manifest.get("files")
    names = [row.get("name") for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    return [name for name in names if isinstance(name, str)]


def check_name(name: str) -> None:
    """Raises FormatError for a file name that could lead out of a directory or deceive a terminal."""
    if not name or name in {".", ".."} or len(name.encode("utf-8", "surrogatepass")) > MAX_NAME:
        raise FormatError("A file has no usable name; give it one of at most 255 bytes.")
    if any(letter in "/\\" or ord(letter) < 32 or ord(letter) == 127 for letter in name):
        raise FormatError("A file's name has a slash, a backslash or a control character; rename it.")
