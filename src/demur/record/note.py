# SPDX-License-Identifier: AGPL-3.0-or-later
"""Signed notes (c2sp.org/signed-note): text, a blank line, signature lines. Canonical: `Note.parse(x).serialized == x`.

A key's name and its 4-byte id pick the key to try; they are no proof. A known key whose signature fails refuses the
whole note; unknown keys are passed over, as the format demands.
"""

import base64
import binascii
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from demur.record.errors import NoteError

ED25519: Final = 0x01
MAX_SIGNATURES: Final = 32
MAX_SIZE: Final = 1 << 20
_DASH: Final = "— "


def decode_base64(text: str, what: str) -> bytes:
    """Standard base64, and only as it would be written back; raises NoteError."""
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError, ValueError):
        raise NoteError(f"The {what} is not base64; the text is damaged.") from None
    if encode_base64(data) != text:
        raise NoteError(f"The {what} is not in the one form of base64; the text is damaged.")
    return data


def encode_base64(data: bytes) -> str:
    """Standard base64 with padding."""
    return base64.b64encode(data).decode("ascii")


def key_id(name: str, kind: int, public: bytes) -> bytes:
    """SHA-256(name || 0x0A || type || public key)[:4]."""
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:4]


def check_name(name: str) -> None:
    """Raises NoteError unless `name` can be a key's name."""
    if not name or "+" in name or any(letter.isspace() for letter in name) or any(ord(letter) < 32 for letter in name):
        raise NoteError("A key's name is empty or has a space or a plus sign; it is damaged.")


def format_vkey(name: str, kind: int, public: bytes) -> str:
    """`name+hex(key id)+base64(type || public key)`."""
    return f"{name}+{key_id(name, kind, public).hex()}+{encode_base64(bytes([kind]) + public)}"


def parse_vkey(text: str) -> tuple[str, int, bytes]:
    """Name, type and public key of a vkey; raises NoteError unless it is in its one form."""
    parts = text.split("+", 2)
    if len(parts) != 3:
        raise NoteError("A verifier key lacks a part; copy it again.")
    name, _, encoded = parts
    check_name(name)
    data = decode_base64(encoded, "verifier key")
    if len(data) < 2 or format_vkey(name, data[0], data[1:]) != text:
        raise NoteError("A verifier key does not fit its own id; copy it again.")
    return name, data[0], data[1:]


@dataclass(frozen=True)
class Signature:
    """One signature line: the key's name and id, and what follows the id."""

    name: str
    key_id: bytes
    data: bytes

    @property
    def line(self) -> str:
        """The line as it stands in a note, without its newline."""
        return f"{_DASH}{self.name} {encode_base64(self.key_id + self.data)}"


class Verifier(Protocol):
    """A public key that can check a note's signature."""

    @property
    def name(self) -> str:
        """The key's name."""

    @property
    def id(self) -> bytes:
        """The key's 4-byte id."""

    def verify(self, text: str, signature: bytes) -> None:
        """Raises NoteError unless `signature` is this key's over `text`."""


class NoteSigner(Protocol):
    """A private key that can sign a note's text."""

    def sign(self, text: str) -> Signature:
        """The signature line."""


@dataclass(frozen=True)
class Note:
    """A parsed note; nothing of it is to be believed before `open_note`."""

    text: str
    signatures: tuple[Signature, ...]

    @property
    def serialized(self) -> str:
        """The note's one form."""
        return self.text + "\n" + "".join(f"{signature.line}\n" for signature in self.signatures)

    @classmethod
    def parse(cls, data: str) -> "Note":
        """Read a note; raises NoteError unless it is exactly one."""
        if len(data) > MAX_SIZE or any(ord(letter) < 32 and letter != "\n" for letter in data):
            raise NoteError("The note is too long or has control characters; it is damaged.")
        text, separator, tail = data.rpartition("\n\n")
        if not separator or not tail.endswith("\n") or not text:
            raise NoteError("The text is not a signed note; it is damaged or was cut.")
        lines = tail[:-1].split("\n")
        if len(lines) > MAX_SIGNATURES:
            raise NoteError(f"The note has more than {MAX_SIGNATURES} signatures; it is not one of ours.")
        note = cls(text + "\n", tuple(_parse_line(line) for line in lines))
        if note.serialized != data:
            raise NoteError("The note is not in its one form; it was changed after it was signed.")
        return note


def _parse_line(line: str) -> Signature:
    name, space, encoded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not space:
        raise NoteError("A signature line of the note is misshapen; it is damaged.")
    check_name(name)
    data = decode_base64(encoded, "signature")
    if len(data) < 5:
        raise NoteError("A signature of the note is too short; it is damaged.")
    return Signature(name, data[:4], data[4:])


def open_note(note: Note, verifiers: Sequence[Verifier]) -> list[Verifier]:
    """The verifiers whose signatures hold, each once; raises NoteError if one fails, or none is there."""
    found: list[Verifier] = []
    for signature in note.signatures:
        for verifier in verifiers:
            if (verifier.name, verifier.id) == (signature.name, signature.key_id) and verifier not in found:
                verifier.verify(note.text, signature.data)
                found.append(verifier)
    if not found:
        raise NoteError("The note is not signed by any key that you know; it comes from another channel, or is forged.")
    return found


def sign_note(text: str, signers: Sequence[NoteSigner]) -> str:
    """The signed note over `text`, which must end with a newline."""
    return Note(text, tuple(signer.sign(text) for signer in signers)).serialized


@dataclass(frozen=True)
class Ed25519Verifier:
    """A log's own key, type 0x01."""

    name: str
    public: bytes

    @property
    def id(self) -> bytes:
        """The key's 4-byte id."""
        return key_id(self.name, ED25519, self.public)

    @property
    def vkey(self) -> str:
        """The key as a vkey."""
        return format_vkey(self.name, ED25519, self.public)

    @classmethod
    def from_vkey(cls, text: str) -> "Ed25519Verifier":
        """Read a vkey of type 0x01; raises NoteError."""
        name, kind, public = parse_vkey(text)
        if kind != ED25519 or len(public) != 32:
            raise NoteError("The log's key is not an Ed25519 key of type 0x01; copy it again.")
        return cls(name, public)

    def verify(self, text: str, signature: bytes) -> None:
        """Raises NoteError unless `signature` is this key's over `text`."""
        verify_ed25519(self.public, text.encode(), signature, self.name)


def verify_ed25519(public: bytes, message: bytes, signature: bytes, name: str) -> None:
    """Raises NoteError unless `signature` is by `public` over `message`."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        raise NoteError(f"The signature of {name} does not fit the text; it was changed after it was signed.") from None


@dataclass(frozen=True)
class Ed25519NoteSigner:
    """A log's private key, type 0x01."""

    name: str
    seed: bytes

    @property
    def verifier(self) -> Ed25519Verifier:
        """The public half."""
        return Ed25519Verifier(self.name, self._key.public_key().public_bytes_raw())

    @property
    def _key(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)

    def sign(self, text: str) -> Signature:
        """The signature line over `text`."""
        return Signature(self.name, self.verifier.id, self._key.sign(text.encode()))
