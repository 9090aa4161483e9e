# SPDX-License-Identifier: AGPL-3.0-or-later
"""The frozen files of a landing, unpacked: what its own code made and said. `README.md` says what there is."""

import functools
import hashlib
import json
import lzma
import shutil
import sqlite3
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
LANDING = HERE / "2026-11-26"
COMMIT = "c3f2b4d"
CASES = ("acknowledged", "browser", "closed", "countersigned", "empty-reply", "unconfirmed", "unreadable", "withdrawn")


def unpacked(name: str) -> bytes:
    """A frozen file by its name without `.xz`."""
    packed = LANDING / f"{name}.xz"
    return lzma.decompress(packed.read_bytes()) if packed.exists() else (LANDING / name).read_bytes()


@functools.cache
def expected() -> Any:
    """What the landing's own code said of all of it."""
    return json.loads(unpacked("expected.json"))


def names(folder: str) -> list[str]:
    """The files of a folder, by their names without `.xz`."""
    return sorted(f"{folder}/{path.name.removesuffix('.xz')}" for path in (LANDING / folder).iterdir())


def author_files(to: Path) -> Path:
    """Key and receipt of every case, and the two files that were filed, below `to`."""
    to.mkdir(parents=True, exist_ok=True)
    for name in names("cases"):
        (to / Path(name).name).write_bytes(unpacked(name))
    return to


@dataclass(frozen=True)
class Installed:
    """The landing's installation as it stood when it was stopped, and the author's sealed copy of the case `closed`."""

    directory: Path
    sealed: Path


def installation(to: Path) -> Installed:
    """Lay the landing's installation out below `to`, as its server left it."""
    with tarfile.open(LANDING / "installation.tar.xz") as packed:
        packed.extractall(to, filter="data")
    directory = to / "installation"
    blobs = {path.stem: path.read_bytes() for path in (directory / "sealed").iterdir()}
    assert all(hashlib.sha256(data).hexdigest() == name for name, data in blobs.items())
    rows = sqlite3.connect(directory / "demur.sqlite3")
    rows.create_function("readfile", 1, blobs.__getitem__)
    rows.executescript((directory / "demur.sql").read_text(encoding="utf-8"))
    rows.close()
    (directory / "demur.sql").unlink()
    shutil.rmtree(directory / "sealed")
    return Installed(directory, to / "closed.sealed")


def held(found: Any, said: Any, path: str = "") -> list[str]:
    """Where `found` differs from what the landing said; a member that was added since is no difference."""
    if isinstance(said, dict) and isinstance(found, dict):
        return [row for name in said for row in held(found.get(name), said[name], f"{path}/{name}")]
    if isinstance(said, list) and isinstance(found, list) and len(said) == len(found):
        return [row for n, pair in enumerate(zip(found, said, strict=True)) for row in held(*pair, f"{path}/{n}")]
    # A text that does not open was called another manifest by authors and unreadable by seats; now all call it unreadable.
    if path.endswith("/fault") and (found, said) == ("unreadable", "manifest"):
        return []
    return [] if found == said else [f"{path}: {found!r} where the landing said {said!r}"]
