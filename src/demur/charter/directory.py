# SPDX-License-Identifier: AGPL-3.0-or-later
"""The directory: the log's signed word on which charter and roster are in force.

Without it, a server that shows one author a swapped key leaves no trace. With it, the lie is a signed note that
`demur verify` condemns. Format: `spec/channel.md`, "Directory".
"""

import re
from dataclasses import dataclass, replace
from typing import Final

from demur.charter.errors import CharterError
from demur.record.errors import RecordError
from demur.record.note import Ed25519NoteSigner, Ed25519Verifier, open_sole, sign_note
from demur.record.texts import MAX_NUMBER

_FORM = re.compile(
    r"demur/directory/v1\norigin (?P<origin>[^\s]+)\ncharter (?P<charter>[0-9a-f]{64})\nroster (?P<roster>[0-9a-f]{64}|none)\n"
    r"policy (?P<policy>[0-9a-f]{64}|first)\n"
    r"time (?P<time>0|[1-9][0-9]{0,15})\nsize (?P<size>0|[1-9][0-9]{0,15})\n"
)


AGAIN: Final = 20  # seconds: a third of what evidence leaves room for


class DirectoryError(CharterError):
    """A directory that the log did not sign, or that is not one."""


@dataclass(frozen=True, kw_only=True)
class Directory:
    """Leaf hashes (hex) of the charter and roster in force at `time` (POSIX seconds), and the published size.

    `roster` is empty while no seat was ever filled, `policy` while the first policy is in force.
    """

    origin: str
    charter: str
    roster: str
    time: int
    size: int
    policy: str = ""

    @property
    def text(self) -> str:
        """The note's text."""
        lines = [
            "demur/directory/v1",
            f"origin {self.origin}",
            f"charter {self.charter}",
            f"roster {self.roster or 'none'}",
            f"policy {self.policy or 'first'}",
            f"time {self.time}",
            f"size {self.size}",
        ]
        return "\n".join(lines) + "\n"

    def sign(self, signer: Ed25519NoteSigner) -> str:
        """The signed note."""
        return sign_note(self.text, [signer])


class LatelySigned:
    """Signs a directory, or gives again the note of AGAIN seconds ago that says the same: what it says was so then.

    So the answer stays the same for whoever asks in these seconds, and is packed once.
    """

    def __init__(self) -> None:
        """Nothing is signed yet."""
        self._last: tuple[Directory, Ed25519NoteSigner, str] | None = None

    def sign(self, directory: Directory, signer: Ed25519NoteSigner) -> str:
        """The signed note."""
        if self._last is not None:
            last, by, note = self._last
            age = directory.time - last.time
            if by == signer and 0 <= age < AGAIN and replace(directory, time=last.time) == last:
                return note
        note = directory.sign(signer)
        self._last = (directory, signer, note)
        return note


def open_directory(text: str, verifier: Ed25519Verifier) -> Directory:
    """Read a directory signed by the log; raises DirectoryError."""
    try:
        said = open_sole(text, verifier)
    except RecordError as error:
        raise DirectoryError(f"The server's directory is not signed by the channel's log: {error}") from None
    match = _FORM.fullmatch(said)
    if match is None or match["origin"] != verifier.name or max(int(match["time"]), int(match["size"])) > MAX_NUMBER:
        raise DirectoryError("The log signed something that is not a directory of this channel; do not file here.")
    roster = "" if match["roster"] == "none" else match["roster"]
    return Directory(
        origin=match["origin"],
        charter=match["charter"],
        roster=roster,
        policy="" if match["policy"] == "first" else match["policy"],
        time=int(match["time"]),
        size=int(match["size"]),
    )
