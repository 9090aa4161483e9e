# SPDX-License-Identifier: AGPL-3.0-or-later
"""Writing what was fetched to the disk, where a seat asks for it: byte for byte, under names that can do no harm, over nothing.

A file from a stranger keeps its bytes and loses the parts of its name that lead out of a folder, hide it, or deceive
the eye. It is never shown, unpacked or started here.
"""

import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from demur.client.fetching import Fetched
from demur.client.files import refuse_existing, write_new
from demur.client.filing import DISSENT_FILE
from demur.client.following import Spoken

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
        files[f"attachment-{n}-{safe_name(part.name)}"] = part.data
    for seq, said in fetched.spoken.items():
        files |= _said(seq, said)
    return files


def write_case(folder: Path, fetched: Fetched) -> list[Path]:
    """Write them into `folder`, which is made if need be, each readable by its owner alone.

    Raises FileInTheWay before anything is written.
    """
    files = case_files(fetched)
    paths = {folder / name: data for name, data in files.items()}
    refuse_existing(*paths)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for path, data in paths.items():
        write_new(path, data)
    return list(paths)


def _said(seq: int, said: Spoken) -> Mapping[str, bytes]:
    if said.reply is not None:
        return {f"{seq}-reply.json": said.reply.json}
    return {f"{seq}-{said.kind}.txt": said.text.encode()} if said.text else {}
