# SPDX-License-Identifier: AGPL-3.0-or-later
"""The desk's worker as a process of node, asked from Python as a page asks it; and people who file and answer beside it."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from serving import Channel, Done, demur

for folder in ("client", "browser_core"):
    sys.path.insert(0, str(Path(__file__).parents[1] / folder))

from core import Core  # noqa: E402 -- those folders are on the path only now

HERE = Path(__file__).parent
TEXT = """The cap on the night shift

The plan caps the night shift at two engineers from March on.

Two engineers cannot walk the line and watch the panel at once: on 3 May both were on the line when the alarm came.

The saving counts each vacant post twice.
"""
ANSWERS = [
    {"claim": 1, "kind": "answered", "text": "The cap is put off until June."},
    {"claim": 2, "kind": "referred", "text": "The safety office answers this.", "to": "safety office"},
    {"claim": 3, "kind": "declined", "text": "The count stands."},
]


@contextmanager
def desk_at(address: str, *, shift: int = 0) -> Iterator[Core]:
    """A fresh worker at a server; `shift` seconds are added to its clock."""
    command = ["node", str(HERE / "desk.mjs"), address, str(shift)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        yield Core(process)
    finally:
        process.kill()
        process.communicate()


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
