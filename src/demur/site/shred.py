# SPDX-License-Identifier: AGPL-3.0-or-later
"""The shred file: one key for each case, with which its content in backups is wrapped (PROTOCOL section 4).

Backups are many and lie in many places; this file is small and lies in few. Deleting a case's key from it erases the case in every backup
at once, also in those that nobody remembers. It is therefore never inside a backup: its copy beside is replaced each time.

    case id, a space, 64 hex digits, a newline; sorted by case id
"""

import os
import re
import secrets
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from demur.site.configuration import NoInstallation

SHRED_FILE: Final = "keys/shred"
_LINE: Final = re.compile(r"([0-9a-f]{32}) ([0-9a-f]{64})")


class Shred:
    """The keys of one installation's cases."""

    def __init__(self, keys: dict[str, bytes]) -> None:
        """`keys` by case id, 32 bytes each."""
        self._keys = keys

    @classmethod
    def read(cls, path: Path) -> "Shred":
        """The file at `path`, none where it is not there. Raises NoInstallation for a damaged one."""
        try:
            lines = path.read_text("ascii").splitlines()
        except FileNotFoundError:
            return cls({})
        except (OSError, UnicodeDecodeError):
            lines = [""]
        found = [_LINE.fullmatch(line) for line in lines]
        if not all(found):
            raise NoInstallation(f"The shred file {path} is damaged; use its newest copy.")
        return cls({row[1]: bytes.fromhex(row[2]) for row in found if row})

    def holding(self, cases: Iterable[str], random: Callable[[int], bytes]) -> "Shred":
        """With a key for each of `cases`, new ones drawn for those that have none."""
        return Shred({**self._keys, **{case: random(32) for case in cases if case not in self._keys}})

    def without(self, case: str) -> "Shred":
        """With the key of `case` gone."""
        return Shred({name: key for name, key in self._keys.items() if name != case})

    def key(self, case: str, what: str) -> bytes | None:
        """The 16-byte file key for one thing of a case (`what` names it), None if the case's key was shredded."""
        secret = self._keys.get(case)
        if secret is None:
            return None
        info = f"demur/backup/v1/{what}".encode()
        return HKDF(algorithm=hashes.SHA256(), length=16, salt=None, info=info).derive(secret)

    def write(self, path: Path) -> None:
        """Write the file, whole or not at all, readable by its owner alone."""
        text = "".join(f"{case} {self._keys[case].hex()}\n" for case in sorted(self._keys))
        aside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        aside.rename(path)
