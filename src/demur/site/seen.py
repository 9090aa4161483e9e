# SPDX-License-Identifier: AGPL-3.0-or-later
"""How far a record had come, by what its witnesses say: asked before a log that may be of yesterday signs anything.

Read from the files of an installation or a backup, without starting either. What a witness says is a reason to stop, and never proof.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from demur.charter.channel import ChannelFile
from demur.charter.errors import CharterError
from demur.record.checkpoint import Checkpoint
from demur.record.errors import RecordError, TileError
from demur.record.merkle import EMPTY_ROOT, consistency_proof
from demur.record.note import Ed25519NoteSigner, Note, NoteSigner, sign_note
from demur.record.policy import Policy
from demur.record.tiles import PosixTiles, TileHashes
from demur.site.configuration import ED25519_FILE, NoInstallation
from demur.site.outward import Way, way_to_witnesses
from demur.site.reproven import RowHashes
from demur.witness.asking import Places, addresses, gather, last_size
from demur.witness.errors import NoAnswer


@dataclass(frozen=True, kw_only=True)
class Said:
    """What the witnesses said to a log that holds `held` entries, each by its address: `agree` cosigned what it holds, `disputed` name
    the size of another record that they cosigned, `unsigned` answered and did neither, `unheard` did not answer; and why.
    """

    held: int = 0
    agree: frozenset[str] = frozenset()
    disputed: Mapping[str, int] = field(default_factory=dict)
    unsigned: Mapping[str, str] = field(default_factory=dict)
    unheard: Mapping[str, str] = field(default_factory=dict)


def said_by_witnesses(directory: Path) -> Said:
    """Ask every witness that a policy of the channel in `directory` ever named to cosign the last checkpoint again, and hear all that
    answer in time; it takes one `TIMEOUT` at most, however many there are.

    Before the first they are asked about the empty record: one that cosigned more knows what these rows have forgotten. Raises
    NoInstallation for a directory that cannot be read.
    """
    note, places = _last_note(directory)
    if not places:
        return Said()
    note = note or _empty_note(directory)
    held = Checkpoint.parse(Note.parse(note).text).size
    # All of them at once: any one may be the only one that knows, and none may make the others wait.
    way = way_to_witnesses(directory)
    found = gather(note, places, prove=_Ways(directory).prove, known={}, connect=way.connect, timeout=way.timeout)
    others = {url: why for url, why in found.missing.items() if url not in found.disputed}
    return Said(
        held=held,
        agree=frozenset(places) - frozenset(found.missing),
        disputed=found.disputed,
        unsigned={url: why for url, why in others.items() if url in found.heard},
        unheard={url: why for url, why in others.items() if url not in found.heard},
    )


class _Ways:
    """From a smaller tree to this log's: by the tiles, and by the rows, read once, where tiles are missing."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._lock = Lock()
        self._hashes: RowHashes | None = None

    def prove(self, old: int, new: int) -> list[bytes]:
        try:
            return list(consistency_proof(old, new, TileHashes(PosixTiles(self._directory / "record"), new).read))
        except (RecordError, OSError):
            return self._rows().prove(old, new)

    def _rows(self) -> RowHashes:
        with self._lock:  # witnesses are asked at once, each in a thread
            if self._hashes is None:
                try:
                    with closing(_reading(self._directory)) as rows:
                        self._hashes = RowHashes(rows)
                except sqlite3.Error:
                    raise TileError("The rows cannot be read; run `demur doctor`.") from None
            return self._hashes


def sizes_by_witnesses(directory: Path) -> dict[str, int | None]:
    """The size that each witness of the channel in `directory`, just restored, says it cosigned last, by its address; None where it gave
    no answer.

    Raises NoInstallation for a directory that cannot be read.
    """
    last, known = _last_note(directory)
    places = sorted(known)
    if not places:
        return {}
    note, way = last or _empty_note(directory), way_to_witnesses(directory)
    with ThreadPoolExecutor(max_workers=min(len(places), 16)) as pool:
        return dict(zip(places, pool.map(lambda url: _size(url, note, way), places), strict=True))


def places_ever(first: Policy, changes: Iterable[str]) -> Places:
    """Every witness that a policy ever named: the channel's `first`, and those of `changes`, the texts of statements, in force or not."""
    return addresses(first, *_changed(changes))


def _last_note(directory: Path) -> tuple[str | None, Places]:
    """The last checkpoint that was signed, None before the first; and every witness that may have seen more."""
    try:
        channel = ChannelFile.parse((directory / "channel.toml").read_text(encoding="utf-8")).channel
        with closing(_reading(directory)) as rows:
            changes = [str(text) for (text,) in rows.execute("SELECT text FROM people_statement WHERE kind = 'policy'")]
            last = rows.execute("SELECT note FROM entries_checkpoint ORDER BY size DESC LIMIT 1").fetchone()
            return (last[0] if last else None), places_ever(channel.first_policy, changes)
    except (OSError, UnicodeDecodeError, CharterError, sqlite3.Error):
        raise NoInstallation(f"{directory} is not a whole installation or backup; use another.") from None


def empty_note(origin: str, signer: NoteSigner) -> str:
    """The record of `origin` before its first entry, signed by the log's Ed25519 key to ask witnesses by. Every record extends it, and it
    states no time: nothing that the log ever signs can contradict it.
    """
    return sign_note(Checkpoint(origin=origin, size=0, root=EMPTY_ROOT).text, [signer])


def _empty_note(directory: Path) -> str:
    try:
        origin = ChannelFile.parse((directory / "channel.toml").read_text(encoding="utf-8")).channel.origin
        seed = bytes.fromhex((directory / ED25519_FILE).read_text("ascii"))
        return empty_note(origin, Ed25519NoteSigner(origin, seed))
    except (OSError, ValueError, CharterError, RecordError):
        raise NoInstallation(f"{directory} is not a whole installation or backup; use another.") from None


def _reading(directory: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{(directory / 'demur.sqlite3').resolve().as_uri()}?mode=ro", uri=True)


def _changed(changes: Iterable[str]) -> Iterator[Policy]:
    for text in changes:
        try:
            yield Policy.parse(str(json.loads(text)["policy"]))
        except (ValueError, KeyError, RecordError):
            continue


def _size(url: str, note: str, way: Way) -> int | None:
    try:
        return last_size(url, note, connect=way.connect, timeout=way.timeout)
    except (NoAnswer, RecordError):
        return None
