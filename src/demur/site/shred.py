# SPDX-License-Identifier: AGPL-3.0-or-later
"""The shred file: one key for each case, with which its content in backups is wrapped (PROTOCOL section 4).

Backups are many and lie in many places; this file is small and lies in few. Deleting a case's key from it erases the case in every backup
at once, also in those that nobody remembers. It is therefore never inside a backup: its copy beside is replaced each time.

    case id, a space, 64 hex digits, a newline; sorted by case id
    "erased", a space, 64 hex digits, a newline; for each case that `demur erase` erased: a hash of its id, and of each of its inbox items,
    so that no older backup brings them back
"""

import hashlib
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
_LINE: Final = re.compile(r"([0-9a-f]{32}|erased) ([0-9a-f]{64})")
_ERASED: Final = "erased"


class Shred:
    """The keys of one installation's cases, and which were erased."""

    def __init__(self, keys: dict[str, bytes], erased: Iterable[str] = ()) -> None:
        """`keys` by case id, 32 bytes each; `erased` are hashes (hex) of erased cases' ids."""
        self._keys = keys
        self._erased = frozenset(erased)

    @classmethod
    def read(cls, path: Path) -> "Shred":
        """The file at `path`, none where it is not there. Raises NoInstallation for a damaged one."""
        try:
            lines = path.read_text("ascii").rstrip().splitlines()  # an editor may have left an empty line at the end
        except FileNotFoundError:
            return cls({})
        except (OSError, UnicodeDecodeError):
            lines = [""]
        found = [_LINE.fullmatch(line) for line in lines]
        if not all(found):
            raise NoInstallation(f"The shred file {path} is damaged; use its newest copy.")
        rows = [(row[1], row[2]) for row in found if row]
        keys = {name: bytes.fromhex(key) for name, key in rows if name != _ERASED}
        return cls(keys, [hash_ for name, hash_ in rows if name == _ERASED])

    def holding(self, cases: Iterable[str], random: Callable[[int], bytes]) -> "Shred":
        """With a key for each of `cases`, new ones drawn for those that have none."""
        drawn = {case: random(32) for case in cases if case not in self._keys and not self.is_erased(case)}
        return Shred({**self._keys, **drawn}, self._erased)

    def without(self, case: str, items: Iterable[str] = ()) -> "Shred":
        """With the key of `case` gone, and the case noted as erased; `items` are the SHA-256 (hex) of its inbox items."""
        noted = {_hash("case", case), *(_hash("item", item) for item in items)}
        return Shred({name: key for name, key in self._keys.items() if name != case}, self._erased | noted)

    def is_erased(self, case: str) -> bool:
        """Whether the case was erased on purpose."""
        return _hash("case", case) in self._erased

    def is_erased_item(self, sha256: str) -> bool:
        """Whether the inbox item with this SHA-256 (hex) belonged to a case that was erased on purpose."""
        return _hash("item", sha256) in self._erased

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
        text += "".join(f"{_ERASED} {hash_}\n" for hash_ in sorted(self._erased))
        aside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        aside.rename(path)


def _hash(kind: str, name: str) -> str:
    return hashlib.sha256(f"demur/erased/v1\0shred\0{kind}\0{name}".encode()).hexdigest()
