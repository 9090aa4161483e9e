# SPDX-License-Identifier: AGPL-3.0-or-later
"""Promises: the log's signed word, at once, that entries will be published by a time. Format: `spec/promise.md`.

A promise and the complete tiles of a later tree without the entry are proof of breach; so a server that swallows a
dissent has signed its own conviction.
"""

import re
from dataclasses import dataclass
from typing import Final

from demur.record.errors import NoteError, PromiseError
from demur.record.note import Ed25519NoteSigner, Verifier, open_sole, sign_note
from demur.record.texts import check_hashes, check_number, check_origin, decimal, decode_hash, encode_base64

_FORM: Final = re.compile(
    r"demur/promise/v1\norigin (?P<origin>\S+)\nchannel (?P<channel>[0-9a-f]{64})\npolicy (?P<policy>[0-9a-f]{64})\n"
    r"(?P<entries>(?:entry [A-Za-z0-9+/=]{44}\n){1,2})time (?P<time>[0-9]+)\nnot-after (?P<not_after>[0-9]+)\n"
)


@dataclass(frozen=True, kw_only=True)
class Promise:
    """`entries` are one or two leaf hashes; `channel` and `policy` SHA-256 digests; times are POSIX seconds.

    Raises PromiseError if it contradicts itself.
    """

    origin: str
    channel: bytes
    policy: bytes
    entries: tuple[bytes, ...]
    time: int
    not_after: int

    def __post_init__(self) -> None:
        """Refuse what could not be written or kept."""
        check_origin(self.origin, family=PromiseError)
        check_hashes(self.channel, self.policy, *self.entries, what="hash in the promise", family=PromiseError)
        check_number(self.time, "time of the promise", family=PromiseError)
        check_number(self.not_after, "due time of the promise", family=PromiseError)
        if not 1 <= len(self.entries) <= 2 or len(set(self.entries)) != len(self.entries):
            raise PromiseError("A promise names one entry or two different ones; make one promise for each act.")
        if self.not_after < self.time:
            raise PromiseError("The promise was due before it was made; set the server's clock.")

    @property
    def text(self) -> str:
        """The note's text."""
        lines = "".join(f"entry {encode_base64(leaf)}\n" for leaf in self.entries)
        return (
            f"demur/promise/v1\norigin {self.origin}\nchannel {self.channel.hex()}\npolicy {self.policy.hex()}\n"
            f"{lines}time {self.time}\nnot-after {self.not_after}\n"
        )

    @classmethod
    def parse(cls, text: str) -> "Promise":
        """Read a note's text, unverified; raises PromiseError unless it is exactly a promise."""
        match = _FORM.fullmatch(text)
        if match is None:
            raise PromiseError("This is not a promise of a record; use the copy that was given at filing.")
        lines = match["entries"].splitlines()
        return cls(
            origin=match["origin"],
            channel=bytes.fromhex(match["channel"]),
            policy=bytes.fromhex(match["policy"]),
            entries=tuple(decode_hash(line[6:], "leaf hash", family=PromiseError) for line in lines),
            time=decimal(match["time"], "time of the promise", family=PromiseError),
            not_after=decimal(match["not_after"], "due time of the promise", family=PromiseError),
        )

    def sign(self, signer: Ed25519NoteSigner) -> str:
        """The signed note. Raises PromiseError if `signer` is another log's."""
        if signer.name != self.origin:
            raise PromiseError("The promise names another log than the key that should sign it; use the log's own key.")
        return sign_note(self.text, [signer])


def open_promise(text: str, verifier: Verifier) -> Promise:
    """The promise in a note that the log signed, and nobody else; raises PromiseError."""
    try:
        promise = Promise.parse(open_sole(text, verifier))
    except NoteError as error:
        raise PromiseError(f"The promise does not hold: {error}") from None
    if promise.origin != verifier.name:
        raise PromiseError("The promise names another log than the one that signed it; do not rely on it.")
    return promise
