# SPDX-License-Identifier: AGPL-3.0-or-later
"""The header of an age file: version line, stanzas, MAC. Canonical: what is read is what would be written.

Strictness comes from the C2SP test vectors: any leniency would let two files with one meaning differ, and so mark copies.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO, Final, NoReturn

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from demur.seal.age.base64 import decode_unpadded, encode_unpadded
from demur.seal.errors import FormatError

VERSION_LINE: Final = b"age-encryption.org/v1\n"
_COLUMNS: Final = 64
_MAX_LINE: Final = 8192  # bytes; the longest real line is a hybrid recipient's 1,500
_MAX_STANZAS: Final = 256


@dataclass(frozen=True)
class Stanza:
    """One recipient's wrapping of the file key: type, arguments, body."""

    kind: str
    arguments: tuple[str, ...]
    body: bytes

    def encoded(self) -> bytes:
        """The stanza as it stands in a header."""
        text = encode_unpadded(self.body)
        lines = [text[at : at + _COLUMNS] for at in range(0, len(text), _COLUMNS)]
        if not lines or len(lines[-1]) == _COLUMNS:
            lines.append("")
        return ("-> " + " ".join((self.kind, *self.arguments)) + "\n" + "".join(f"{line}\n" for line in lines)).encode()


@dataclass(frozen=True)
class Header:
    """A parsed header; `mac` is not yet checked."""

    stanzas: tuple[Stanza, ...]
    mac: bytes

    def check_mac(self, file_key: bytes) -> None:
        """Raises FormatError unless the MAC is by this file key: nobody may add or drop a recipient unseen."""
        if not hmac.compare_digest(self.mac, mac_of(file_key, self.stanzas)):
            raise FormatError("The header of the sealed file was changed after sealing; ask for the file again.")


def _authenticated(stanzas: Sequence[Stanza]) -> bytes:
    return VERSION_LINE + b"".join(stanza.encoded() for stanza in stanzas) + b"---"


def mac_of(file_key: bytes, stanzas: Sequence[Stanza]) -> bytes:
    """HMAC-SHA256 over the header up to `---`."""
    key = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"header").derive(file_key)
    return hmac.new(key, _authenticated(stanzas), "sha256").digest()


def write_header(file_key: bytes, stanzas: Sequence[Stanza]) -> bytes:
    """The whole header for these stanzas."""
    mac = encode_unpadded(mac_of(file_key, stanzas)).encode()
    return _authenticated(stanzas) + b" " + mac + b"\n"


def read_header(source: BinaryIO) -> Header:
    """Read a header from the start of `source`, leaving it at the payload. Raises FormatError."""
    if source.read(len(VERSION_LINE)) != VERSION_LINE:
        raise FormatError("This is not an age v1 file; it is another kind of file, or was cut.")
    stanzas: list[Stanza] = []
    while True:
        line = _line(source)
        if line.startswith("--- "):
            mac = decode_unpadded(line[4:])
            if len(mac) != 32 or not stanzas:
                _misshapen()
            return Header(tuple(stanzas), mac)
        if not line.startswith("-> ") or len(stanzas) >= _MAX_STANZAS:
            _misshapen()
        kind, *arguments = line[3:].split(" ")
        if not all(_is_argument(part) for part in (kind, *arguments)):
            _misshapen()
        stanzas.append(Stanza(kind, tuple(arguments), _body(source)))


def _body(source: BinaryIO) -> bytes:
    text = ""
    while True:
        line = _line(source)
        if len(line) > _COLUMNS:
            _misshapen()
        text += line
        if len(line) < _COLUMNS:
            return decode_unpadded(text)


def _line(source: BinaryIO) -> str:
    data = source.readline(_MAX_LINE)
    if not data.endswith(b"\n"):
        _misshapen()
    try:
        return data[:-1].decode("ascii")
    except UnicodeDecodeError:
        _misshapen()


def _is_argument(text: str) -> bool:
    return bool(text) and all(33 <= ord(letter) <= 126 for letter in text)


def _misshapen() -> NoReturn:
    raise FormatError("The header of the sealed file is misshapen; it was damaged, so ask for it again.")
