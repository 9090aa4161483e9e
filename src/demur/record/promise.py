# SPDX-License-Identifier: AGPL-3.0-or-later
"""Promises: the log's signed word, at once, that entries will be published by a time. Format: `spec/promise.md`.

A promise and the complete tiles of a later tree without the entry are proof of breach; so a server that swallows a
dissent has signed its own conviction.
"""

import re
from dataclasses import dataclass
from typing import Final

from demur.record.errors import PromiseError, RecordError
from demur.record.note import Ed25519NoteSigner, Note, Verifier, decode_base64, encode_base64, open_note, sign_note

_FORM: Final = re.compile(
    r"demur/promise/v1\norigin (?P<origin>\S+)\nchannel (?P<channel>[0-9a-f]{64})\npolicy (?P<policy>[0-9a-f]{64})\n"
    r"(?P<entries>(?:entry [A-Za-z0-9+/=]{44}\n){1,2})time (?P<time>0|[1-9][0-9]{0,15})\nnot-after (?P<after>0|[1-9][0-9]{0,15})\n"
)


@dataclass(frozen=True, kw_only=True)
class Promise:
    """`entries` are leaf hashes; `channel` and `policy` digests of 32 bytes; times POSIX seconds."""

    origin: str
    channel: bytes
    policy: bytes
    entries: tuple[bytes, ...]
    time: int
    not_after: int

    @property
    def text(self) -> str:
        """The note's text."""
        lines = "".join(f"entry {encode_base64(leaf)}\n" for leaf in self.entries)
        return (
            f"demur/promise/v1\norigin {self.origin}\nchannel {self.channel.hex()}\npolicy {self.policy.hex()}\n"
            f"{lines}time {self.time}\nnot-after {self.not_after}\n"
        )

    def sign(self, signer: Ed25519NoteSigner) -> str:
        """The signed note."""
        return sign_note(self.text, [signer])


def open_promise(text: str, verifier: Verifier) -> Promise:
    """The promise in a note that the log signed; raises PromiseError."""
    try:
        note = Note.parse(text)
        open_note(note, [verifier])
        match = _FORM.fullmatch(note.text)
        if match is None or match["origin"] != verifier.name:
            raise PromiseError("The log signed something that is not a promise of this channel.")
        entries = tuple(decode_base64(line[6:], "leaf hash") for line in match["entries"].split("\n")[:-1])
    except PromiseError:
        raise
    except RecordError as error:
        raise PromiseError(f"The promise does not hold: {error}") from None
    if int(match["after"]) < int(match["time"]) or any(len(leaf) != 32 for leaf in entries):
        raise PromiseError("The promise contradicts itself; it is not one of this channel.")
    return Promise(
        origin=match["origin"],
        channel=bytes.fromhex(match["channel"]),
        policy=bytes.fromhex(match["policy"]),
        entries=entries,
        time=int(match["time"]),
        not_after=int(match["after"]),
    )
