# SPDX-License-Identifier: AGPL-3.0-or-later
"""Restore: from a backup to an installation that cannot fork its own record (PROTOCOL section 4).

What the world has seen signed since the backup may be more than the backup holds. So before the restored log signs anything,
it learns how far the record had come: from the rows and tiles that are left, from mirrors, from the checkpoint in the backup.
Each of these counts by a checkpoint that this log signed. Entries found there are taken back, each checked against such a
checkpoint; what they were about is lost with the rows, and a readable entry says so. Where entries are known to exist and cannot
be had, the log refuses to sign (`BelowFloor`), for ever if need be: a record with two stories is worth less than one that stands
still. What a witness says beyond that is signed by nobody: it becomes a dispute (`demur.site.disputes`), never the floor.

Everything is made beside and checked; only then is anything replaced, and what was there is kept.
"""

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from demur.charter.channel import Channel, ChannelFile
from demur.dissent.erased_entries import erased_places, erased_statement
from demur.notices.doorbell import Hook, Mail
from demur.record.entry import readable_entry
from demur.record.errors import RecordError
from demur.record.merkle import CompactRange, leaf_hash
from demur.record.policy import Policy
from demur.record.tiles import CHECKPOINT, PosixTiles, publish, write_checkpoint, write_floor
from demur.site.backup import (
    Copy,
    check_backup,
    cover_erased,
    erased_cases,
    leave_out,
    note_erased_rows,
    unwrap_files,
    unwrap_rows,
)
from demur.site.backup_form import BadBackup
from demur.site.configuration import read_configuration
from demur.site.disputes import DISPUTES, Dispute, Disputes
from demur.site.left import Mirror, Seen, bundled, notes_at, read_left, rowed, signed
from demur.site.locks import alone
from demur.site.outward import way_to_witnesses
from demur.site.putting import check_apart, check_place, put
from demur.site.reproven import asked, settle
from demur.site.retaken import judged, take_back_statements
from demur.site.rights import keep_private, tighten
from demur.site.seen import sizes_by_witnesses
from demur.site.shred import SHRED_FILE, Shred

Progress = Callable[[str], None]
_MOST_ERASED: Final = 4000  # places in one entry: a readable entry has at most 60,000 bytes


@dataclass(frozen=True, kw_only=True)
class Restored:
    """What a restore did: `backup` what the copy held, `size` how far the record goes now, `floor` how far it is known to have gone,
    `erased` how many cases were left out because their key was shredded, `taken` how many entries came from rows, tiles or mirrors,
    `kept` where the installation that stood there is now. `unread` are sentences about what could not be read there, or is still to be
    put there; `disputed` what witnesses say beyond the floor; `words` the channel words of what was restored.
    """

    backup: Copy
    size: int
    floor: int
    taken: int
    erased: int
    kept: Path | None
    unread: tuple[str, ...]
    disputed: tuple[str, ...]
    words: str


def restore(
    backup: Path,
    directory: Path,
    *,
    shred: Path,
    mirrors: Sequence[Mirror] = (),
    notes: Sequence[str] = (),
    ask: bool = True,
    old_policy: bool = False,
    erased: int = 0,
    now: int,
    progress: Progress = lambda _: None,
) -> Restored:
    """Make `directory` from `backup`; one that stands there is moved aside, and its rows and tiles serve as mirrors.

    With `ask` the witnesses are asked what they cosigned last. `notes` are checkpoints that may prove changes of the trust policy; with
    `old_policy` a change that nothing proves is no reason to refuse. `erased` is how many cases of the backup have no key in the shred
    file any more: they are left out, and the record says so. Raises BadBackup, NoInstallation; then nothing was replaced.
    """
    means = _Means(mirrors=mirrors, notes=notes, ask=ask, old_policy=old_policy)
    with alone(directory):
        return _restored(backup, directory, shred, means, erased=erased, now=now, progress=progress)


@dataclass(frozen=True, kw_only=True)
class _Means:
    """What may be asked for what the backup lacks, and whether to go on without."""

    mirrors: Sequence[Mirror]
    notes: Sequence[str]
    ask: bool
    old_policy: bool


def _restored(
    backup: Path,
    directory: Path,
    shred: Path,
    means: _Means,
    *,
    erased: int,
    now: int,
    progress: Progress,
) -> Restored:
    check_apart(backup, directory)
    check_place(directory)
    keep_private()
    keys = Shred.read(shred)
    progress("checking the backup")
    copy = check_backup(backup, keys)
    directory.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f".{directory.name}-", dir=directory.parent))
    try:
        progress("unwrapping what cases hold")
        gone, left_out = _lay_out(backup, work, keys, copy.names, erased=erased)
        own = _policy(work)
        left = read_left(directory, own, _channel(work))
        in_backup = [PosixTiles(backup / "record").read] if "record/checkpoint" in copy.names else []
        seen = sorted([*left.seen, *_shown(means.mirrors, own), *_shown(in_backup, own)], key=_by_size, reverse=True)
        sizes = sizes_by_witnesses(work) if means.ask else {}
        progress("taking back what was published since")
        size, taken = _take_back(work, seen)
        left_out += _leave_out_named(work)
        _check_one_record(work, seen)
        unproven = _prove_changes(work, [*left.notes, *_notes_at(means.mirrors), *means.notes], means)
        floor = max([left.floor, size, *(row.checkpoint.size for row in seen)])
        _finish(work, floor=floor, first=copy.size, size=size, gone=gone, origin=copy.origin, now=now)
        progress("laying out the record's tiles")
        _publish(work, shown=max([row.checkpoint.size for row in seen if not row.stored], default=0))
        disputed = _carry_disputes(work, left.disputes, sizes, size=size, now=now)
        tighten(work)
        kept = put(work, directory, now=now)
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        raise
    return Restored(
        backup=copy,
        size=size,
        floor=floor,
        taken=taken,
        erased=left_out,
        kept=kept,
        unread=(*left.unread, *_unheard(sizes), *_unproven(unproven), *_lacking(directory), *_commands(directory)),
        disputed=disputed,
        words=" ".join(_channel(directory).words()),
    )


def _by_size(row: Seen) -> int:
    return row.checkpoint.size


def _lay_out(backup: Path, work: Path, keys: Shred, names: Sequence[str], *, erased: int) -> tuple[list[int], int]:
    """The backup's files in their places, unwrapped; where the entries of cases stand that were erased, and how many cases. Only what the
    manifest names is copied. Raises BadBackup unless exactly `erased` cases have no key and are not noted as erased: an old shred file
    must not erase what was filed since.
    """
    for name in names:
        if name.split("/")[0] not in {"files", "record"}:
            (work / name).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            shutil.copyfile(backup / name, work / name)  # what rights the copy had is the disk's chance, and not ours
    cases = erased_cases(work / "demur.sqlite3", keys)
    unsaid = [case for case in cases if not keys.is_erased(case)]
    if len(unsaid) != erased:
        raise BadBackup(
            f"The shred file has no key for {len(unsaid)} cases of this backup; use the newest shred file, or, if they were erased, give "
            f"--erased {len(unsaid)}, and they are left out for good."
        )
    places = leave_out(work / "demur.sqlite3", cases)
    unwrap_files(backup, work / "files", keys)
    keys.write(work / SHRED_FILE)
    unwrap_rows(work / "demur.sqlite3", keys)
    cover_erased(work / "demur.sqlite3", keys, os.urandom)
    return places, len(cases)


def _channel(work: Path) -> Channel:
    return ChannelFile.parse((work / "channel.toml").read_text(encoding="utf-8")).channel


def _policy(work: Path) -> Policy:
    channel = _channel(work)
    return Policy.for_log((channel.ed25519_vkey, channel.mldsa_vkey))


def _shown(mirrors: Sequence[Mirror], own: Policy) -> list[Seen]:
    """The checkpoints that mirrors show. Raises BadBackup for one that this log did not sign."""
    found = []
    for mirror in mirrors:
        data = mirror(CHECKPOINT)
        if data is None:
            continue
        try:
            note = data.decode("utf-8")
            found.append(Seen(signed(note, own), note, partial(bundled, mirror)))
        except (RecordError, UnicodeDecodeError):
            raise BadBackup("A mirror shows a checkpoint that this log did not sign; name another mirror.") from None
    return found


def _take_back(work: Path, seen: Sequence[Seen]) -> tuple[int, int]:
    """Take entries from the first source that has them all; the record's size then, and how many were taken."""
    with closing(sqlite3.connect(work / "demur.sqlite3")) as rows:
        # A log that was backed up before its first tick has no head yet, and the floor that is learned below must have its place.
        rows.execute(
            "INSERT OR IGNORE INTO entries_head (id, edge, floor, ticked) VALUES (1, ?, 0, 0)",
            (CompactRange().to_bytes(),),
        )
        rows.commit()
        size = int(rows.execute('SELECT coalesce(max("index") + 1, 0) FROM entries_entry').fetchone()[0])
        for row in seen:
            if row.checkpoint.size > size:
                entries = row.entries(size, row.checkpoint.size)
                edge = _edge(rows, size)
                for data in entries:
                    edge.append(leaf_hash(data))
                if len(entries) != row.checkpoint.size - size or edge.root() != row.checkpoint.root:
                    continue
                channel = _channel(work)
                _store(rows, entries, size, edge, row, channel)
                take_back_statements(rows, entries, channel)
                rows.commit()
                return row.checkpoint.size, len(entries)
        return size, 0


def _notes_at(mirrors: Sequence[Mirror]) -> list[str]:
    return [note for mirror in mirrors for note in notes_at(mirror)]


def _prove_changes(work: Path, notes: Sequence[str], means: _Means) -> int:
    """Put the changes of the trust policy in force again that can be proven; the number of the first that cannot, else 0.

    Raises BadBackup for one that cannot, unless the means allow it: everybody who has seen it in force would refuse the server.
    """
    with closing(sqlite3.connect(work / "demur.sqlite3")) as rows:
        channel, unproven = settle(rows, _channel(work), notes)
        while unproven and means.ask:
            notes = [*notes, *asked(rows, Policy.parse(channel.policy_object.text), way_to_witnesses(work))]
            proven = len(channel.changes)
            channel, unproven = settle(rows, _channel(work), notes)
            if len(channel.changes) == proven:
                break
        rows.commit()
    if unproven and not means.old_policy:
        raise BadBackup(
            f"The record holds trust policy number {unproven}, and nothing at hand proves it under number {unproven - 1}: nothing was "
            "replaced, since whoever has seen it in force would refuse the server. Name a receipt written since with --receipt, or "
            f"a mirror that keeps the file `policies`; if it was never in force, or none is to be had, go on under number {unproven - 1} "
            "with --old-policy."
        )
    return unproven


def _unproven(number: int) -> list[str]:
    if not number:
        return []
    return [
        f"Trust policy number {number} stands in the record and is not proven: number {number - 1} is in force until its witnesses cosign, "
        f"and whoever has seen number {number} in force refuses the server until then; once a receipt proves it, back up and restore again "
        "with --receipt."
    ]


def _publish(work: Path, *, shown: int) -> None:
    """Show again, tiles and all, the newest checkpoint of which the world has seen as much: proofs can be made from the first moment. A
    newer one waits for the witnesses, as ever.
    """
    database, store = work / "demur.sqlite3", PosixTiles(work / "record")
    with closing(sqlite3.connect(database)) as rows:
        last = rows.execute(
            "SELECT size, note FROM entries_checkpoint WHERE size <= ? ORDER BY size DESC LIMIT 1", (shown,)
        ).fetchone()
    if last is not None:
        publish(store, old_size=0, new_size=int(last[0]), entries=partial(rowed, database))
        write_checkpoint(store, str(last[1]))


def _check_one_record(work: Path, seen: Sequence[Seen]) -> None:
    """Raises BadBackup where two checkpoints that this log signed, or one of them and what was restored, are not of one record."""
    roots: dict[int, set[bytes]] = {}
    for row in seen:
        roots.setdefault(row.checkpoint.size, set()).add(row.checkpoint.root)
    edge = CompactRange()
    with closing(sqlite3.connect(work / "demur.sqlite3")) as rows:
        for (leaf,) in rows.execute('SELECT leaf_hash FROM entries_entry WHERE "index" IS NOT NULL ORDER BY "index"'):
            edge.append(bytes(leaf))
            if edge.size in roots:
                roots[edge.size].add(edge.root())
    for size in sorted(size for size in roots if len(roots[size]) > 1):
        raise BadBackup(
            f"This log has signed two records of {size} entries: the backup, what stands in the directory and the mirrors do not agree. "
            "Keep them all, they are evidence; to go on with what a mirror or a witness holds, restore into a new directory."
        )


def _edge(rows: sqlite3.Connection, size: int) -> CompactRange:
    edge = CompactRange()
    leaves = rows.execute('SELECT leaf_hash FROM entries_entry WHERE "index" < ? ORDER BY "index"', (size,))
    for (leaf,) in leaves:
        edge.append(bytes(leaf))
    return edge


def _store(
    rows: sqlite3.Connection, entries: Sequence[bytes], start: int, edge: CompactRange, seen: Seen, channel: Channel
) -> None:
    for index, data in enumerate(entries, start=start):
        leaf = leaf_hash(data)
        # An entry that waited when the backup was taken has a row already: it gets the place that the world has seen.
        changed = rows.execute('UPDATE entries_entry SET "index" = ? WHERE leaf_hash = ?', (index, leaf)).rowcount
        if not changed:
            rows.execute('INSERT INTO entries_entry (data, leaf_hash, "index") VALUES (?, ?, ?)', (data, leaf, index))
    checkpoint = seen.checkpoint
    note, time, cosigned = judged(rows, seen.note, channel)
    rows.execute(
        "INSERT INTO entries_checkpoint (size, root, note, time, cosigned) VALUES (?, ?, ?, ?, ?)",
        (checkpoint.size, checkpoint.root, note, time, cosigned),
    )
    rows.execute("UPDATE entries_head SET edge = ?", (edge.to_bytes(),))


def _finish(work: Path, *, floor: int, first: int, size: int, gone: Sequence[int], origin: str, now: int) -> None:
    """Remember the floor, and mark the gap, and the entries that were erased.

    The gap is marked also where no entry is missing: what waited for its tick had no place yet, and was promised all the same.
    """
    rows = sqlite3.connect(work / "demur.sqlite3")
    try:
        rows.execute("UPDATE entries_head SET floor = ?", (floor,))
        gap = readable_entry(gap_statement(origin, first=first, size=floor, time=now))
        # A backup that was made after this very restore, by a clock that was set back, tells the same gap already.
        rows.execute("INSERT OR IGNORE INTO entries_entry (data, leaf_hash) VALUES (?, ?)", (gap, leaf_hash(gap)))
        for start in range(0, len(gone), _MOST_ERASED):
            erased = readable_entry(erased_statement(origin, entries=gone[start : start + _MOST_ERASED], time=now))
            rows.execute("INSERT INTO entries_entry (data, leaf_hash) VALUES (?, ?)", (erased, leaf_hash(erased)))
        rows.commit()
    finally:
        rows.close()
    write_floor(PosixTiles(work / "record"), floor)
    assert size <= floor


def gap_statement(origin: str, *, first: int, size: int, time: int) -> dict[str, object]:
    """The readable entry that marks a gap: what entries `first` to `size` - 1 were about may be lost, and what had no place yet. Format:
    `spec/entry.md`.
    """
    return {"v": 1, "type": "gap", "origin": origin, "first": first, "size": size, "time": time, "reason": "restored"}


def _leave_out_named(work: Path) -> int:
    """Leave out what the record names as erased and the backup still holds, because it was made before, and opened by an older shred file;
    how many cases. What the record names stays noted.
    """
    database = work / "demur.sqlite3"
    with closing(sqlite3.connect(database)) as rows:
        leaves = _named_erased(rows)
        note_erased_rows(rows, leaves)
        rows.commit()
        cases = sorted(set(_looked_up(rows, "SELECT case_id FROM dissent_event WHERE leaf_hash = ?", leaves)))
        large = _looked_up(rows, "SELECT sha256 FROM dissent_sealedfile WHERE case_id = ? AND data IS NULL", cases)
    leave_out(database, cases)
    keys = Shred.read(work / SHRED_FILE)
    for case in cases:
        keys = keys.without(case)
    keys.write(work / SHRED_FILE)
    for sha256 in large:
        (work / "files" / "sealed" / sha256[:2] / sha256).unlink(missing_ok=True)
    return len(cases)


def _named_erased(rows: sqlite3.Connection) -> list[bytes]:
    """The leaf hashes of the entries that readable entries name as erased."""
    places = {
        place for (data,) in rows.execute("SELECT data FROM entries_entry") for place in erased_places(bytes(data))
    }
    return _looked_up(rows, 'SELECT leaf_hash FROM entries_entry WHERE "index" = ?', sorted(places))


def _looked_up(rows: sqlite3.Connection, statement: str, values: Sequence[Any]) -> list[Any]:
    """What a statement of one parameter and one column gives for each of `values`."""
    return [found for value in values for (found,) in rows.execute(statement, (value,))]


def _carry_disputes(
    work: Path, left: Sequence[Dispute], sizes: Mapping[str, int | None], *, size: int, now: int
) -> tuple[str, ...]:
    """Keep what witnesses hold against the log beyond the `size` that it holds now; the sentences of what is open."""
    known = {row.witness: row for row in [*Disputes.read(work).rows, *left]}
    disputes = Disputes(work / DISPUTES, known.values())
    for row in disputes.open:
        if row.size <= size:  # the witness is asked again before anything is signed, and then with proof
            disputes.settled(row.witness)
    for witness, said in sizes.items():
        if said is not None and said > size:
            disputes.raised(witness, size=said, held=size, now=now)
    if disputes.rows or (work / DISPUTES).exists():
        disputes.write()
    return tuple(row.sentence for row in disputes.open)


def _unheard(sizes: Mapping[str, int | None]) -> list[str]:
    silent = sorted(witness for witness, said in sizes.items() if said is None)
    return [
        f"The witness at {witness} gives no answer; the record may have come further than is known here."
        for witness in silent
    ]


def _lacking(directory: Path) -> list[str]:
    """What the installation names and no backup holds."""
    doorbell = read_configuration(directory).doorbell
    path = doorbell.password_file if isinstance(doorbell, Mail) else None
    if path is None or path.exists():
        return []
    return [f"The doorbell's password file {path} is not in the backup; put it there, or no mail will leave."]


def _commands(directory: Path) -> list[str]:
    """What the restored configuration runs: whoever can write to a backup can put a command there."""
    doorbell = read_configuration(directory).doorbell
    if not isinstance(doorbell, Hook):
        return []
    return [
        f"The doorbell in {directory / 'demur.toml'} runs the command {' '.join(doorbell.command)!r}; look whether it is yours before you "
        "start the server."
    ]
