# SPDX-License-Identifier: AGPL-3.0-or-later
"""Searching an installation for what it must not hold, in every encoding we could think of."""

import base64
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

WINDOW = 24  # bytes of a text that may stand nowhere


@dataclass(frozen=True, kw_only=True)
class Secret:
    """Something that may stand nowhere: what it is, and its bytes."""

    what: str
    data: bytes


def encodings(data: bytes) -> Iterator[tuple[str, bytes]]:
    """The bytes as they could be hidden: raw, hex, base64 at each of its three alignments, UTF-16."""
    yield "raw", data
    yield "hex", data.hex().encode()
    yield "HEX", data.hex().upper().encode()
    for shift in range(3):
        # What stands before shifts the alphabet's grid: cut the letters that depend on neighbours.
        whole = base64.b64encode(b"\0" * shift + data)
        inner = whole[(0, 2, 3)[shift] : len(whole) // 4 * 4 - 4]
        yield f"base64+{shift}", inner
        yield f"base64url+{shift}", inner.replace(b"+", b"-").replace(b"/", b"_")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return
    yield "UTF-16-LE", text.encode("utf-16-le")
    yield "UTF-16-BE", text.encode("utf-16-be")


def windows(text: bytes, what: str) -> list[Secret]:
    """Every window of a text: overlapping by half and shifted, so that each run of 2 * WINDOW bytes holds a whole one."""
    return [Secret(what=what, data=text[at : at + WINDOW]) for at in range(max(1, len(text) - WINDOW + 1))]


def three_words(words: list[str], what: str) -> list[Secret]:
    """Every three return words in sequence, as people and programs write them."""
    runs = [words[at : at + 3] for at in range(len(words) - 2)]
    return [
        Secret(what=what, data=mark.join(run).encode())
        for run in runs
        for mark in (" ", ",", ", ", "\n", '","', '", "')
    ]


def haystacks(directory: Path, *, apart: Iterable[str] = ()) -> Iterator[tuple[str, bytes]]:
    """Every file below `directory` but those in folders `apart`, and every column of every table of its database."""
    for file in sorted(directory.rglob("*")):
        if file.is_file() and not set(file.relative_to(directory).parts) & set(apart):
            yield str(file.relative_to(directory)), file.read_bytes()
    yield from columns(directory / "demur.sqlite3")


def columns(database: Path) -> Iterator[tuple[str, bytes]]:
    """Each value of each column: what a page boundary could split in the file."""
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        tables = [name for (name,) in connection.execute("select name from sqlite_master where type = 'table'")]
        for table in tables:
            rows = connection.execute(f'select * from "{table}"')
            names = [column[0] for column in rows.description]
            for row in rows:
                for name, value in zip(names, row, strict=True):
                    data = value if isinstance(value, bytes) else str(value).encode()
                    yield f"{table}.{name}", data


def found(secrets: Iterable[Secret], where: Iterable[tuple[str, bytes]]) -> set[tuple[str, str, str]]:
    """What stands where, and in which encoding."""
    needles = [
        (secret.what, how, data) for secret in secrets for how, data in encodings(secret.data) if len(data) >= 12
    ]
    return {(what, place, how) for place, hay in where for what, how, data in needles if data in hay}
