# SPDX-License-Identifier: AGPL-3.0-or-later
"""Signed notes (c2sp.org/signed-note): text, a blank line, signature lines. Canonical: `Note.parse(x).serialized == x`.

A key's name and its 4-byte id pick the key to try; they are no proof, since anybody can make a key with that id. A
known key whose signature fails refuses the whole note; unknown keys are passed over, as the format demands.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, Protocol, TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from demur.record.ed25519 import check_ed25519_public, check_seed, verify_ed25519
from demur.record.errors import NoteError
from demur.record.texts import decode_base64, encode_base64

ED25519: Final = 0x01
MAX_SIGNATURES: Final = 64
MAX_SIZE: Final = 1 << 20  # bytes; 64 ML-DSA-44 signatures take 210 kB
_DASH: Final = "— "
_CONTROL: Final = re.compile(r"[\x00-\x09\x0b-\x1f]")


def key_id(name: str, kind: int, public: bytes) -> bytes:
    """SHA-256(name || 0x0A || type || public key)[:4]."""
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:4]


def check_name(name: str) -> None:
    """Raises NoteError unless `name` can be a key's name: not empty, no space, plus sign or control character."""
    # Of all that is printable only the space itself is white.
    if not name or "+" in name or " " in name or not name.isprintable():
        raise NoteError("A key's name is empty or has a space, a plus sign or a control character; copy it again.")


def format_vkey(name: str, kind: int, public: bytes) -> str:
    """`name+hex(key id)+base64(type || public key)`."""
    return f"{name}+{key_id(name, kind, public).hex()}+{encode_base64(bytes([kind]) + public)}"


def parse_vkey(text: str) -> tuple[str, int, bytes]:
    """Name, type and public key of a vkey; raises NoteError unless it is in its one form."""
    parts = text.split("+", 2)
    if len(parts) != 3:
        raise NoteError("A verifier key lacks a part; copy it again.")
    check_name(parts[0])
    data = decode_base64(parts[2], "verifier key", family=NoteError)
    if len(data) < 2 or format_vkey(parts[0], data[0], data[1:]) != text:
        raise NoteError("A verifier key does not fit its own id; copy it again.")
    return parts[0], data[0], data[1:]


@dataclass(frozen=True)
class Signature:
    """One signature line: the key's name and id, and the bytes that follow the id."""

    name: str
    key_id: bytes
    data: bytes

    @property
    def line(self) -> str:
        """The line as it stands in a note, without its newline."""
        return f"{_DASH}{self.name} {encode_base64(self.key_id + self.data)}"

    @classmethod
    def parse(cls, line: str) -> "Signature":
        """Read a line without its newline; raises NoteError."""
        name, space, encoded = line.removeprefix(_DASH).partition(" ")
        if not line.startswith(_DASH) or not space:
            raise NoteError("A signature line of the note is misshapen; use an undamaged copy.")
        check_name(name)
        data = decode_base64(encoded, "signature", family=NoteError)
        if len(data) < 5:
            raise NoteError("A signature of the note is too short; use an undamaged copy.")
        return cls(name, data[:4], data[4:])


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
        """The note's one form; signatures keep their order."""
        return self.text + "\n" + "".join(f"{signature.line}\n" for signature in self.signatures)

    def adding(self, *signatures: Signature) -> "Note":
        """The note with more signature lines at its end, as when witnesses cosign."""
        return Note(self.text, (*self.signatures, *signatures))

    @classmethod
    def parse(cls, data: str) -> "Note":
        """Read a note; raises NoteError unless it is exactly one."""
        _check_characters(data)
        text, separator, tail = data.rpartition("\n\n")
        if not separator or not text or not tail.endswith("\n"):
            raise NoteError("The text is not a signed note; use a copy that was not cut or changed.")
        lines = tail[:-1].split("\n")
        if len(lines) > MAX_SIGNATURES:
            raise NoteError(
                f"The note has more than {MAX_SIGNATURES} signatures; ask for one without strangers' lines."
            )
        note = cls(f"{text}\n", tuple(Signature.parse(line) for line in lines))
        if note.serialized != data:
            raise NoteError("The note is not in its one form; use the copy as it was signed.")
        return note


def _check_characters(data: str) -> None:
    try:
        size = len(data.encode())
    except UnicodeEncodeError:
        raise NoteError("The note holds half a surrogate pair, which is not Unicode; use an undamaged copy.") from None
    if size > MAX_SIZE or _CONTROL.search(data):
        raise NoteError("The note is too long or has control characters; use an undamaged copy.")


V = TypeVar("V", bound=Verifier)


def verified(note: Note, verifiers: Sequence[V]) -> list[tuple[V, Signature]]:
    """Each known key with its signature, in the note's order. Raises NoteError if one fails, or none is there.

    Every line of a known key is checked, not only its first: what follows a checked line would else be believed too.
    """
    known = {(verifier.name, verifier.id): verifier for verifier in verifiers}
    found = []
    for signature in note.signatures:
        verifier = known.get((signature.name, signature.key_id))
        if verifier is not None:
            verifier.verify(note.text, signature.data)
            found.append((verifier, signature))
    if not found:
        raise NoteError("The note is not signed by any known key; it comes from another channel or is forged.")
    return found


def holding(note: Note, verifiers: Sequence[Verifier]) -> Note:
    """`note` with only the lines that hold, the first of each of `verifiers`. Raises NoteError if none is left.

    For a note that comes from somebody who may have added to it: a stranger's line, a forged or a doubled one stands in the way of no
    other. What is left is no more than what the note proves.
    """
    waiting = {(verifier.name, verifier.id): verifier for verifier in verifiers}
    kept = []
    for signature in note.signatures:
        verifier = waiting.get((signature.name, signature.key_id))
        try:
            if verifier is not None:
                verifier.verify(note.text, signature.data)
                del waiting[verifier.name, verifier.id]
                kept.append(signature)
        except NoteError:
            continue  # the true line may still follow
    if not kept:
        raise NoteError("The note is not signed by any known key; it comes from another channel or is forged.")
    return Note(note.text, tuple(kept))


def open_note(note: Note, verifiers: Sequence[V]) -> list[V]:
    """The verifiers whose signatures hold, each once; raises NoteError if one fails, or none is there."""
    found: list[V] = []
    for verifier, _ in verified(note, verifiers):
        if verifier not in found:
            found.append(verifier)
    return found


def open_sole(data: str, verifier: Verifier) -> str:
    """The text of a note with exactly one signature, by `verifier`; raises NoteError.

    A line by anybody else would be bytes that nothing vouches for, in a file that goes to a court.
    """
    note = Note.parse(data)
    open_note(note, [verifier])
    if len(note.signatures) != 1:
        raise NoteError(f"The note carries signatures beside the one by {verifier.name}; use the copy you were given.")
    return note.text


def sign_note(text: str, signers: Sequence[NoteSigner]) -> str:
    """The signed note over `text`; raises NoteError unless the text can be signed (it ends with a newline)."""
    if not text.endswith("\n") or text == "\n" or not 0 < len(signers) <= MAX_SIGNATURES:
        raise NoteError("The text cannot be signed as a note; it must end with a newline.")
    signatures = tuple(signer.sign(text) for signer in signers)
    for signature in signatures:
        check_name(signature.name)
    data = Note(text, signatures).serialized
    _check_characters(data)
    return data


@dataclass(frozen=True)
class Ed25519Verifier:
    """A log's own public key, type 0x01. Raises NoteError if it cannot be one."""

    name: str
    public: bytes

    def __post_init__(self) -> None:
        """Refuse names and keys that cannot be trusted."""
        check_name(self.name)
        check_ed25519_public(self.public)

    @cached_property
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
        if kind != ED25519:
            raise NoteError("The log's key is not an Ed25519 key of type 0x01; copy it again.")
        return cls(name, public)

    def verify(self, text: str, signature: bytes) -> None:
        """Raises NoteError unless `signature` is this key's over `text`."""
        verify_ed25519(self.public, text.encode(), signature, self.name)


@dataclass(frozen=True)
class Ed25519NoteSigner:
    """A log's private key (32-byte seed), type 0x01. Raises NoteError if it cannot be one."""

    name: str
    seed: bytes = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse seeds of another length."""
        check_seed(self.seed)

    @cached_property
    def verifier(self) -> Ed25519Verifier:
        """The public half."""
        return Ed25519Verifier(self.name, self._key.public_key().public_bytes_raw())

    @cached_property
    def _key(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)

    def sign(self, text: str) -> Signature:
        """The signature line over `text`."""
        return Signature(self.name, self.verifier.id, self._key.sign(text.encode()))
