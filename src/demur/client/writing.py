# SPDX-License-Identifier: AGPL-3.0-or-later
"""Writing what was fetched to the disk, where a seat asks for it: byte for byte, under names that can do no harm, over nothing.

A file from a stranger keeps its bytes and loses the parts of its name that lead out of a folder, hide it, or deceive
the eye. It is never shown, unpacked or started here.
"""

import hashlib
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO, Final

from demur.client.errors import ServerRefused
from demur.client.fetching import Fetched, is_lost
from demur.client.files import open_new, refuse_existing, write_new
from demur.client.filing import DISSENT_FILE
from demur.client.texts import Spoken
from demur.client.unsealing import Unopened
from demur.client.wish import Attachment

_LONGEST: Final = 180  # bytes of UTF-8; room for a number in front, and for what file systems add
_UNSEEN: Final = frozenset({"Cc", "Cf", "Zl", "Zp", "Cs", "Co", "Cn"})
_FORBIDDEN: Final = frozenset('<>:"/\\|?*')  # some file systems give these a meaning


def safe_name(name: str) -> str:
    """A file name of a stranger as one for this disk. Never empty, never hidden, never an option, at most 180 bytes."""
    letters = ("_" if unicodedata.category(letter) in _UNSEEN or letter in _FORBIDDEN else letter for letter in name)
    text = "".join(letters).strip(" .")
    stem, dot, ending = text.rpartition(".")
    if not dot or len(ending.encode()) > 20:
        stem, dot, ending = text, "", ""
    room = _LONGEST - len((dot + ending).encode())
    return (stem.encode()[:room].decode("utf-8", "ignore") + dot + ending).lstrip("-") or "_"


def case_files(fetched: Fetched) -> Mapping[str, bytes]:
    """What is written of a case: name -> bytes. The dissent, its original, the attachments, and what was said since."""
    filing = fetched.filing
    files = {DISSENT_FILE: filing.dissent.json, f"original-{safe_name(filing.dissent.original)}": filing.original}
    for n, part in enumerate(filing.attachments, start=1):
        if isinstance(part, Attachment):
            files[_attachment_name(n, part.name)] = part.data
    for seq, said in fetched.spoken.items():
        files |= _said(seq, said)
    return files


def _attachment_name(n: int, name: str) -> str:
    return f"attachment-{n}-{safe_name(name)}"


@dataclass(frozen=True, kw_only=True)
class Written:
    """`paths` hold the case now; `lost` are the attachments, from 1, that the server does not have, with what it says of each."""

    paths: tuple[Path, ...]
    lost: Mapping[int, str]


def write_case(
    folder: Path, fetched: Fetched, *, large: Callable[[Unopened, BinaryIO, BinaryIO], None] | None = None
) -> Written:
    """Write them into `folder`, which is made if need be, each readable by its owner alone. `large(part, target, scratch)`
    fetches a large attachment. What was written there before, byte for byte, stays: a case is completed by writing it again.

    Raises FileInTheWay, for a file with other bytes, before anything is written.
    """
    paths = {folder / name: data for name, data in case_files(fetched).items()}
    unopened = {
        folder / _attachment_name(part.n, part.name): part
        for part in fetched.filing.attachments
        if isinstance(part, Unopened)
    }
    there = {path for path, data in paths.items() if _holds(path, hashlib.sha256(data).hexdigest(), len(data))}
    there |= {path for path, part in unopened.items() if _holds(path, part.sha256, part.size)}
    refuse_existing(*({*paths, *unopened} - there))
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for path in paths.keys() - there:
        write_new(path, paths[path])
    lost = dict(fetched.lost)
    if large is not None:
        for path in unopened.keys() - there:
            why = _write_large(path, unopened[path], large)
            if why is None:
                there.add(path)
            else:
                lost[unopened[path].n] = why
    return Written(paths=(*paths, *(path for path in unopened if path in there)), lost=lost)


def _holds(path: Path, sha256: str, size: int) -> bool:
    """Whether a plain file of these bytes lies at `path`."""
    if path.is_symlink() or not path.is_file() or path.stat().st_size != size:
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == sha256


def _write_large(path: Path, part: Unopened, large: Callable[[Unopened, BinaryIO, BinaryIO], None]) -> str | None:
    """A large attachment, under its name only once it is proven whole; what the server says where it has lost it."""
    growing = path.with_name(f".{path.name[:200]}.part")
    try:
        with TemporaryFile(dir=path.parent) as scratch, open_new(growing) as target:
            large(part, target, scratch)
    except ServerRefused as error:
        if not is_lost(error):
            raise
        return error.sentence
    growing.rename(path)
    return None


def _said(seq: int, said: Spoken) -> Mapping[str, bytes]:
    if said.reply is not None:
        return {f"{seq}-reply.json": said.reply.json}
    return {f"{seq}-{said.kind}.txt": said.text.encode()} if said.text else {}
