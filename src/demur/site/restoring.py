# SPDX-License-Identifier: AGPL-3.0-or-later
"""Restore: from a backup to an installation that cannot fork its own record (PROTOCOL section 4).

What the world has seen signed since the backup may be more than the backup holds. So before the restored log signs anything,
it learns how far the record had come: from the tiles that are left, from mirrors, from its witnesses. Entries found there are
taken back, each checked against a checkpoint that this log signed; what they were about is lost with the rows, and a readable
entry says so. Where entries are known to exist and cannot be had, the log refuses to sign (`BelowFloor`), for ever if need be:
a record with two stories is worth less than one that stands still.

Everything is made beside and checked; only then is anything replaced, and what was there is kept.
"""

import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from demur.record.checkpoint import Checkpoint
from demur.record.entry import readable_entry
from demur.record.errors import RecordError
from demur.record.merkle import CompactRange, leaf_hash
from demur.record.policy import Policy
from demur.record.tiles import CHECKPOINT, ENTRIES, WIDTH, PosixTiles, read_bundle, tile_path, width_of
from demur.site.backup import BadBackup, Copy, check_backup, unwrap_files, unwrap_rows
from demur.site.configuration import NoInstallation
from demur.site.shred import SHRED_FILE, Shred

Progress = Callable[[str], None]
Mirror = Callable[[str], bytes | None]  # the bytes of the record's file at a path, None if it has none


@dataclass(frozen=True, kw_only=True)
class Restored:
    """What a restore did: `backup` what the copy held, `size` how far the record goes now, `floor` how far it is known to have gone,
    `taken` how many entries came from tiles or mirrors, `kept` where the installation that stood there is now.
    """

    backup: Copy
    size: int
    floor: int
    taken: int
    shredded: int
    kept: Path | None


@dataclass(frozen=True)
class _Seen:
    """A checkpoint that this log signed, and who has the tiles for it (None: a witness, who has none)."""

    checkpoint: Checkpoint
    note: str
    mirror: Mirror | None


def restore(
    backup: Path,
    directory: Path,
    *,
    shred: Path,
    mirrors: Sequence[Mirror] = (),
    floor: int = 0,
    now: int,
    progress: Progress = lambda _: None,
) -> Restored:
    """Make `directory` from `backup`; one that stands there is moved aside, and its tiles serve as a mirror.

    `floor` is the largest size that a witness says it has seen. Raises BadBackup, NoInstallation; then nothing was replaced.
    """
    keys = Shred.read(shred)
    progress("checking the backup")
    copy = check_backup(backup, keys)
    directory.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f".{directory.name}-", dir=directory.parent))
    try:
        progress("unwrapping what cases hold")
        shredded = _lay_out(backup, work, keys)
        own = _policy(work)
        seen = _seen([*([PosixTiles(directory / "record").read] if directory.exists() else []), *mirrors], own)
        progress("taking back what was published since")
        size, taken = _take_back(work, seen)
        floor = max([floor, size, *(row.checkpoint.size for row in seen)])
        _finish(work, floor=floor, first=copy.size, size=size, origin=copy.origin, now=now)
        kept = _replace(directory, work, now=now)
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        raise
    return Restored(backup=copy, size=size, floor=floor, taken=taken, shredded=shredded, kept=kept)


def _lay_out(backup: Path, work: Path, keys: Shred) -> int:
    """The backup's files in their places, unwrapped; how many values were shredded."""
    for path in sorted(backup.rglob("*")):
        name = path.relative_to(backup)
        if path.is_file() and name.parts[0] not in {"files", "record", "backup.json"}:
            (work / name).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            shutil.copy2(path, work / name)
    unwrap_files(backup, work / "files", keys)
    keys.write(work / SHRED_FILE)
    return unwrap_rows(work / "demur.sqlite3", keys)


def _policy(work: Path) -> Policy:
    from demur.charter.channel import ChannelFile  # noqa: PLC0415 -- read only here

    channel = ChannelFile.parse((work / "channel.toml").read_text(encoding="utf-8")).channel
    return Policy.for_log((channel.ed25519_vkey, channel.mldsa_vkey))


def _seen(mirrors: Sequence[Mirror], own: Policy) -> list[_Seen]:
    """The checkpoints that mirrors show, those that this log signed."""
    found = []
    for mirror in mirrors:
        data = mirror(CHECKPOINT)
        if data is None:
            continue
        try:
            note = data.decode("utf-8")
            found.append(_Seen(own.accept(note).checkpoint, note, mirror))
        except (RecordError, UnicodeDecodeError):
            raise BadBackup("A mirror shows a checkpoint that this log did not sign; name another mirror.") from None
    return sorted(found, key=lambda row: row.checkpoint.size, reverse=True)


def _take_back(work: Path, seen: Sequence[_Seen]) -> tuple[int, int]:
    """Take entries from the first mirror that has them all; the record's size then, and how many were taken."""
    rows = sqlite3.connect(work / "demur.sqlite3")
    try:
        size = int(rows.execute('SELECT coalesce(max("index") + 1, 0) FROM entries_entry').fetchone()[0])
        for row in seen:
            if row.mirror is not None and row.checkpoint.size > size:
                entries = _entries(row.mirror, size, row.checkpoint.size)
                edge = _edge(rows, size)
                for data in entries:
                    edge.append(leaf_hash(data))
                if len(entries) != row.checkpoint.size - size or edge.root() != row.checkpoint.root:
                    continue
                _store(rows, entries, size, edge, row)
                rows.commit()
                return row.checkpoint.size, len(entries)
        return size, 0
    finally:
        rows.close()


def _edge(rows: sqlite3.Connection, size: int) -> CompactRange:
    edge = CompactRange()
    leaves = rows.execute('SELECT leaf_hash FROM entries_entry WHERE "index" < ? ORDER BY "index"', (size,))
    for (leaf,) in leaves:
        edge.append(bytes(leaf))
    return edge


def _entries(mirror: Mirror, start: int, end: int) -> list[bytes]:
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


def _store(rows: sqlite3.Connection, entries: Sequence[bytes], start: int, edge: CompactRange, seen: _Seen) -> None:
    for index, data in enumerate(entries, start=start):
        leaf = leaf_hash(data)
        # An entry that waited when the backup was taken has a row already: it gets the place that the world has seen.
        changed = rows.execute('UPDATE entries_entry SET "index" = ? WHERE leaf_hash = ?', (index, leaf)).rowcount
        if not changed:
            rows.execute('INSERT INTO entries_entry (data, leaf_hash, "index") VALUES (?, ?, ?)', (data, leaf, index))
    time = int(rows.execute("SELECT coalesce(max(time), 0) FROM entries_checkpoint").fetchone()[0])
    checkpoint = seen.checkpoint
    rows.execute(
        "INSERT INTO entries_checkpoint (size, root, note, time, cosigned) VALUES (?, ?, ?, ?, 1)",
        (checkpoint.size, checkpoint.root, seen.note, max(time, _time(seen.note))),
    )
    rows.execute("UPDATE entries_head SET edge = ?", (edge.to_bytes(),))


def _time(note: str) -> int:
    """The earliest time that a cosignature of the note states: what clocks may rely on without asking the policy."""
    from demur.record.note import Note  # noqa: PLC0415 -- read only here

    times = [int.from_bytes(row.data[:8], "big") for row in Note.parse(note).signatures if len(row.data) > 64]
    return min(times, default=0)


def _finish(work: Path, *, floor: int, first: int, size: int, origin: str, now: int) -> None:
    """Remember the floor, and mark the gap where entries were taken back without what they are about."""
    rows = sqlite3.connect(work / "demur.sqlite3")
    try:
        rows.execute("UPDATE entries_head SET floor = ?", (floor,))
        if floor > first:
            gap = readable_entry(gap_statement(origin, first=first, size=floor, time=now))
            rows.execute("INSERT INTO entries_entry (data, leaf_hash) VALUES (?, ?)", (gap, leaf_hash(gap)))
        rows.commit()
    finally:
        rows.close()
    assert size <= floor


def gap_statement(origin: str, *, first: int, size: int, time: int) -> dict[str, object]:
    """The readable entry that marks a gap: what entries `first` to `size` - 1 were about may be lost. Format: `spec/entry.md`."""
    return {"v": 1, "type": "gap", "origin": origin, "first": first, "size": size, "time": time, "reason": "restored"}


def _replace(directory: Path, work: Path, *, now: int) -> Path | None:
    if not directory.exists():
        work.rename(directory)
        return None
    stamp = datetime.fromtimestamp(now, tz=UTC).strftime("%Y%m%dT%H%M%SZ")
    kept = directory.with_name(f"{directory.name}.before-{stamp}")
    if kept.exists():
        raise NoInstallation(f"{kept} exists already; move it away first.")
    directory.rename(kept)
    work.rename(directory)
    return kept
