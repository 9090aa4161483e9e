# SPDX-License-Identifier: AGPL-3.0-or-later
"""The desk's worker as a process of node, asked from Python as a page asks it; and people who file and answer beside it."""

import json
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from core import TEXT, Core, worker_at

from serving import Channel, Done, demur

HERE = Path(__file__).parent
ANSWERS = [
    {"claim": 1, "kind": "answered", "text": "The cap is put off until June."},
    {"claim": 2, "kind": "referred", "text": "The safety office answers this.", "to": "safety office"},
    {"claim": 3, "kind": "declined", "text": "The count stands."},
]


def desk_at(address: str, *, shift: int = 0) -> AbstractContextManager[Core]:
    """A fresh desk's worker at a server; `shift` seconds are added to its clock."""
    return worker_at(HERE / "desk.mjs", address, shift)


def unlocked(worker: Core, channel: Channel, seat: str = "custodian") -> Any:
    """Unlock the practice key of a seat, which lies in clear."""
    return worker.call("unlock", vault=channel.key(seat).read_text(), passphrase="", seat=seat)


def filed(channel: Channel, place: Path, name: str, *words: str, attach: tuple[str, bytes] | None = None) -> str:
    """File a text by `demur file`; the case's id. The author's files are `place/name.*`."""
    place.mkdir(exist_ok=True)
    document = place / f"{name}.txt"
    document.write_text(TEXT)
    given = [
        "file",
        document,
        "--claims",
        "2,3,4",
        *channel.known,
        "--as-is",
        "--yes",
        "--json",
        "-o",
        place / name,
        *words,
    ]
    if attach is not None:
        (place / attach[0]).write_bytes(attach[1])
        given += ["--attach", place / attach[0]]
    done = demur(*given, home=place / "author-home")
    assert done.code == 0, done.err
    return str(json.loads((place / f"{name}.key").read_text())["case"])


def status(channel: Channel, place: Path, name: str) -> Any:
    """What the author's command line says of the case."""
    done = demur("status", place / f"{name}.key", *channel.known, "--json", home=place / "author-home")
    assert done.code == 0, done.err
    return done.json


def by_command(channel: Channel, place: Path, verb: str, *words: str | Path, seat: str = "custodian") -> Done:
    """Act at the desk by the command line."""
    done = demur("desk", "--key", channel.key(seat), *channel.known, verb, *words, home=place / "desk-home")
    assert done.code == 0, done.err
    return done


def item(view: Any, kind: str) -> Any:
    """The one item of this type in a case's thread."""
    (found,) = [row for row in view["thread"] if row["type"] == kind]
    return found
