# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is left of a record when a backup is restored: in the rows and tiles of the directory that is to be replaced, and at mirrors.

Everything counts by a checkpoint that this log signed; what is damaged is told and done without, since damage is why people restore.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from demur.charter.channel import Channel, ChannelFile
from demur.charter.errors import CharterError
from demur.errors import DemurError
from demur.record.checkpoint import Checkpoint
from demur.record.cosignature import LogKeys
from demur.record.errors import RecordError
from demur.record.policy import Policy
from demur.record.tiles import (
    ACCEPTED,
    CHECKPOINT,
    ENTRIES,
    POLICIES,
    WIDTH,
    PosixTiles,
    read_bundle,
    read_floor,
    tile_path,
    width_of,
)
from demur.site.configuration import ED25519_FILE, MLDSA_FILE, NoInstallation
from demur.site.disputes import Dispute, Disputes
from demur.site.floor import kept_floor
from demur.site.reproven import notes_of_changes, notes_of_rows

Mirror = Callable[[str], bytes | None]  # the bytes of the record's file at a path, None if it has none
Entries = Callable[[int, int], list[bytes]]


@dataclass(frozen=True)
class Seen:
    """A checkpoint that this log signed, and what gives the entries start to end - 1 of its tree, fewer if it lacks some. One that is
    only `stored`, in rows, was perhaps shown to nobody.
    """

    checkpoint: Checkpoint
    note: str
    entries: Entries
    stored: bool = False


@dataclass(frozen=True, kw_only=True)
class Left:
    """What stands in a directory: checkpoints with their entries, the floor that was kept there, disputes with witnesses; `notes` of
    checkpoints that may prove changes of the policy; `unread` are sentences about what could not be read.
    """

    seen: tuple[Seen, ...] = ()
    notes: tuple[str, ...] = ()
    floor: int = 0
    disputes: tuple[Dispute, ...] = ()
    unread: tuple[str, ...] = ()


def read_left(directory: Path, own: Policy, channel: Channel) -> Left:
    """What is left in `directory` of the log whose two keys `own` demands. Raises NoInstallation if another channel's files than those of
    `channel` lie there.
    """
    if not directory.exists():
        return Left()
    _check_channel(directory, channel)
    seen: list[Seen] = []
    notes: list[str] = []
    floor, disputes, unread = 0, [], []
    try:
        found, floor = _in_rows(directory / "demur.sqlite3", own)
        seen += found
        notes += _proving(directory / "demur.sqlite3")
    except sqlite3.Error:
        unread.append(
            f"The rows in {directory} cannot be read; how far the record had come is known from elsewhere alone."
        )
    try:
        floor = max(floor, read_floor(PosixTiles(directory / "record")))
    except (OSError, RecordError) as error:
        unread.append(str(error))
    try:
        tiles = PosixTiles(directory / "record").read
        notes += notes_at(tiles)
        seen += _in_tiles(tiles, own)
    except (OSError, RecordError, UnicodeDecodeError):
        unread.append(
            f"The checkpoint in {directory / 'record'} cannot be read; how far the record had come is known from elsewhere."
        )
    try:
        disputes = Disputes.read(directory).rows
    except NoInstallation as error:
        unread.append(str(error))
    return Left(seen=tuple(seen), notes=tuple(notes), floor=floor, disputes=tuple(disputes), unread=tuple(unread))


def _check_channel(directory: Path, channel: Channel) -> None:
    """Raises NoInstallation if `directory` holds another channel, by its name, its keys or its officers."""
    try:
        theirs = ChannelFile.parse((directory / "channel.toml").read_text(encoding="utf-8")).channel
    except (OSError, UnicodeDecodeError, CharterError):
        _check_keys(directory, channel)  # damaged, which is why people restore
        return
    if theirs.origin != channel.origin:
        raise NoInstallation(
            f"{directory} holds the channel {theirs.origin}, and the backup is of {channel.origin}; name another directory."
        )
    if theirs.digest != channel.digest:
        raise NoInstallation(
            f"{directory} holds the channel with the words '{' '.join(theirs.words())}', and the backup is of one of that name with the "
            f"words '{' '.join(channel.words())}': other keys or officers. Compare them with the poster; if the backup is right, move "
            f"{directory} away first."
        )


def _check_keys(directory: Path, channel: Channel) -> None:
    """The same by the log's keys, where the channel's file cannot be read."""
    try:
        seeds = [bytes.fromhex((directory / name).read_text("ascii")) for name in (ED25519_FILE, MLDSA_FILE)]
        vkeys = LogKeys.from_seeds(channel.origin, ed25519=seeds[0], mldsa=seeds[1]).vkeys
    except (OSError, ValueError, RecordError):
        return
    if vkeys != (channel.ed25519_vkey, channel.mldsa_vkey):
        raise NoInstallation(
            f"{directory} holds the keys of another log than the backup; name another directory, or move this one away first."
        )


def notes_at(mirror: Mirror) -> list[str]:
    """The notes beside a mirror's tiles, each of which may prove a change of the policy. Nothing of them is checked."""
    found: list[str] = []
    for path in (CHECKPOINT, ACCEPTED, POLICIES):
        with suppress(DemurError, OSError):  # a mirror need not keep them all, and some refuse what they do not have
            data = mirror(path) or b""
            found += notes_of_changes(data) if path == POLICIES else [data.decode("utf-8", errors="replace")]
    return found


def _in_tiles(mirror: Mirror, own: Policy) -> list[Seen]:
    data = mirror(CHECKPOINT)
    if data is None:
        return []
    note = data.decode("utf-8")
    return [Seen(signed(note, own), note, partial(bundled, mirror))]


def signed(note: str, own: Policy) -> Checkpoint:
    """The checkpoint in a note that both of the log's keys signed, whatever others added to it. Raises RecordError."""
    return own.accept(own.proven(note)).checkpoint


def bundled(mirror: Mirror, start: int, end: int) -> list[bytes]:
    """Entries start to end - 1 as the mirror's bundles hold them; fewer if it lacks some."""
    found: list[bytes] = []
    for n in range(start // WIDTH, -(-end // WIDTH)):
        width = width_of(0, n, end)
        data = mirror(tile_path(ENTRIES, n, width)) or mirror(tile_path(ENTRIES, n))
        if data is None:
            break
        try:
            found += read_bundle(data)[max(start - n * WIDTH, 0) : width]
        except RecordError:
            break
    return found


def _in_rows(database: Path, own: Policy) -> tuple[list[Seen], int]:
    """The largest checkpoint in the rows that this log signed, and the floor they keep. Raises sqlite3.Error."""
    if not database.exists():
        return [], 0
    with _reading(database) as rows:
        tables = {str(name) for (name,) in rows.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if "entries_checkpoint" not in tables:
            return [], 0
        floor = kept_floor(rows)
        for (note,) in rows.execute("SELECT note FROM entries_checkpoint ORDER BY size DESC"):
            try:
                return [Seen(signed(str(note), own), str(note), partial(rowed, database), stored=True)], floor
            except RecordError:
                continue  # changed by hand: a smaller one may still hold
    return [], floor


def _proving(database: Path) -> list[str]:
    """The notes in the rows by which changes of the policy were proven."""
    if not database.exists():
        return []
    try:
        with _reading(database) as rows:
            return notes_of_rows(rows)
    except sqlite3.Error:
        return []  # rows of another version, or damaged: what can be read of them was read before


def rowed(database: Path, start: int, end: int) -> list[bytes]:
    """Entries start to end - 1 as the rows hold them; fewer if they lack some."""
    wanted = 'SELECT data FROM entries_entry WHERE "index" >= ? AND "index" < ? ORDER BY "index"'
    try:
        with _reading(database) as rows:
            return [bytes(data) for (data,) in rows.execute(wanted, (start, end))]
    except sqlite3.Error:
        return []


@contextmanager
def _reading(database: Path) -> Iterator[sqlite3.Connection]:
    """The rows with what a server that was killed left in their log; nothing of them is changed."""
    with closing(sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True)) as rows:
        yield rows
