# SPDX-License-Identifier: AGPL-3.0-or-later
"""Backup: one consistent copy of an installation, taken while it serves, read back and checked before it is called good.

    OUT/backup.json      what the copy holds: every file with its SHA-256, sizes, the last checkpoint; signed by the log
    OUT/demur.sqlite3    the rows as of one moment; openings and sealed files wrapped by the shred file's keys
    OUT/files/sealed/…   large sealed files, wrapped likewise
    OUT/keys/…           the log's keys
    OUT/channel.toml, demur.toml, charter.request, disputes.json, the doorbell's password if it lies in the installation, practice/
    OUT/record/checkpoint  copied before the rows: what it shows, they hold

Keep it as secret as the installation: it holds the log's keys. The shred file stands apart (`demur.site.shred`).
"""

import hashlib
import io
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from demur import canonical
from demur.charter.channel import ChannelFile
from demur.dissent.cover_items import cover_item
from demur.dissent.erased_entries import of_case, of_mailbox, of_upload
from demur.dissent.uploads import file_hash
from demur.entries.installation import Installation
from demur.notices.doorbell import Mail
from demur.record.entry import case_entry
from demur.record.errors import RecordError
from demur.record.merkle import CompactRange, leaf_hash
from demur.record.note import Ed25519Verifier, Note, open_note, sign_note
from demur.record.policy import Policy
from demur.seal.age.stream import NONCE_SIZE, open_payload, seal_payload
from demur.seal.errors import SealError
from demur.site.backup_form import DATABASE, BadBackup, check_names, check_tables
from demur.site.configuration import NoInstallation, read_configuration
from demur.site.disputes import DISPUTES, Disputes
from demur.site.left import signed
from demur.site.rights import keep_private, tighten
from demur.site.shred import SHRED_FILE, Shred

MANIFEST: Final = "backup.json"
_SHOWN: Final = "record/checkpoint"
Progress = Callable[[str], None]

# What is content of a case: wrapped, so that a shredded key leaves noise. The column, and the query for row, case, value.
_WRAPPED: Final = (
    ("dissent_sealedfile", "data", "case_id"),
    ("dissent_event", "text", "case_id"),
    ("dissent_event", "r", "case_id"),
    ("dissent_case", "header", "id"),
)
_COPIED: Final = (
    "channel.toml",
    "demur.toml",
    "charter.request",
    "keys/log.ed25519",
    "keys/log.ml-dsa-44",
    DISPUTES,
)


@dataclass(frozen=True, kw_only=True)
class Copy:
    """What a good backup holds."""

    origin: str
    size: int  # entries under the last checkpoint
    cases: int
    time: int
    names: tuple[str, ...]  # of every file in it, the manifest aside

    @property
    def files(self) -> int:
        """How many files it holds."""
        return len(self.names)


def back_up(directory: Path, out: Path, ground: Installation, *, now: int, progress: Progress = lambda _: None) -> Copy:
    """Copy the installation in `directory` to `out`, which must not exist, and check the copy. Raises NoInstallation, BadBackup.

    The shred file's copy is `out` with `.shred` behind its name; an older one there is replaced.
    """
    if out.exists():
        raise NoInstallation(f"{out} exists already, and no backup is overwritten; name another place.")
    if out.resolve().is_relative_to(directory.resolve()):
        # It would be lost with what it is a copy of, and the next backup would have the log's keys lie in one more place.
        raise NoInstallation(f"{out} lies inside the installation that it would be a backup of; name a place outside.")
    keep_private()
    Disputes.read(directory)  # a copy of a damaged file could not be restored
    out.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    try:
        progress("copying the rows")
        # Before the rows: a tick in between must not leave a copy that shows a larger record than its rows hold.
        _copy_file(directory, work, _SHOWN)
        _copy_rows(directory / DATABASE, work / DATABASE)
        _check_rows(
            work / DATABASE, f"The rows in {directory / DATABASE} are damaged; run `demur restore` with a backup."
        )
        shred = _shred(directory, work / DATABASE, ground)
        progress("wrapping what cases hold")
        _wrap_rows(work / DATABASE, shred, ground.random)
        _wrap_files(directory / "files", work, shred, ground.random)
        _copy_rest(directory, work)
        _write_manifest(work, ground, now=now)
        progress("reading it back")
        copy = check_backup(work, shred)
        tighten(work)
        _sync_all(work)
        work.rename(out)
        shred.write(out.with_name(f"{out.name}.shred"))
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        raise
    return copy


def check_backup(backup: Path, shred: Shred) -> Copy:
    """Read a backup whole and check it: every byte by its hash, the rows by the root that the log signed, the content by its wrapping.

    Raises BadBackup.
    """
    manifest = _read_manifest(backup)
    check_names(manifest["files"], _password_file(backup))
    for name, sha256 in manifest["files"].items():
        path = _plain(backup, name)
        if path is None or file_hash(path) != sha256:
            raise BadBackup(f"The file {name} of the backup is missing or damaged; use another backup.")
    _check_small(backup, manifest["files"])
    _check_rows(backup / DATABASE, "The rows of the backup are damaged; use another backup.")
    with _open_kept(backup / DATABASE) as rows:
        check_tables(rows)
        size = _check_record(rows, backup)
        for case, what, wrapped in _wrapped_values(rows):
            key = shred.key(case, what)
            if key is not None:
                unwrap(key, wrapped)
        cases = int(rows.execute("SELECT count(*) FROM dissent_case").fetchone()[0])
    return Copy(
        origin=manifest["origin"], size=size, cases=cases, time=manifest["time"], names=tuple(manifest["files"])
    )


def _check_small(backup: Path, names: Collection[str]) -> None:
    """Raises BadBackup for a file of those in `names` that a restore would stumble over: it was damaged when it was copied."""
    try:
        if DISPUTES in names:
            Disputes.read(backup)
        if _SHOWN in names:
            channel = ChannelFile.parse((backup / "channel.toml").read_text(encoding="utf-8")).channel
            own = Policy.for_log((channel.ed25519_vkey, channel.mldsa_vkey))
            signed((backup / _SHOWN).read_text(encoding="utf-8"), own)
    except NoInstallation:
        raise BadBackup(
            f"The file {DISPUTES} of the backup {backup} cannot be read, and it says which witness disputes the record; use another backup."
        ) from None
    except (RecordError, UnicodeDecodeError):
        raise BadBackup(
            f"The file {_SHOWN} of the backup {backup} is no checkpoint that this log signed; use another backup."
        ) from None


def _check_rows(database: Path, sentence: str) -> None:
    """Raises BadBackup, saying `sentence`, where the file of a copied database is damaged."""
    try:
        with _open_kept(database) as rows:
            found = rows.execute("PRAGMA integrity_check").fetchone()
    except sqlite3.DatabaseError:
        found = None
    if found != ("ok",):
        raise BadBackup(sentence)


def _plain(backup: Path, name: str) -> Path | None:
    """The file that the manifest calls `name`, None if it is not a plain file below `backup`: a link could lead out of what was hashed."""
    parts = name.split("/")
    steps = [backup.joinpath(*parts[: count + 1]) for count in range(len(parts))]
    if not set(parts).isdisjoint({"", ".", ".."}) or any(step.is_symlink() for step in steps):
        return None
    return steps[-1] if steps[-1].is_file() else None


def wrap(key: bytes, data: bytes, random: Callable[[int], bytes]) -> bytes:
    """`data` under a 16-byte key: the payload of an age file without its header."""
    target = io.BytesIO()
    seal_payload(io.BytesIO(data), target, key, random(NONCE_SIZE))
    return target.getvalue()


def unwrap(key: bytes, data: bytes) -> bytes:
    """The inverse of `wrap`; raises BadBackup."""
    target = io.BytesIO()
    try:
        open_payload(io.BytesIO(data), target, key)
    except SealError:
        raise BadBackup(
            "The shred file does not open this backup; use the one that was written beside it, or a newer."
        ) from None
    return target.getvalue()


def _copy_rows(source: Path, target: Path) -> None:
    with _open(source) as rows, _open(target) as copy:
        rows.backup(copy, pages=1024)
        copy.execute("PRAGMA journal_mode=DELETE")
    target.chmod(0o600)


def _shred(directory: Path, database: Path, ground: Installation) -> Shred:
    with _open(database) as rows:
        cases = [str(row[0]) for row in rows.execute("SELECT id FROM dissent_case")]
    before = Shred.read(directory / SHRED_FILE)
    if any(before.is_erased(case) for case in cases):
        raise NoInstallation(
            "A case of this installation is noted as erased and was not erased to the end; run `demur erase` for it again, then back up."
        )
    shred = before.holding(cases, ground.random)
    shred.write(directory / SHRED_FILE)
    return shred


def _wrap_rows(database: Path, shred: Shred, random: Callable[[int], bytes]) -> None:
    with _open(database) as rows:
        for table, column, case_column in _WRAPPED:
            wanted = f"SELECT rowid, {case_column}, {column} FROM {table} WHERE {column} IS NOT NULL"  # noqa: S608 -- constants
            for rowid, case, value in rows.execute(wanted).fetchall():
                key = shred.key(case, f"{table}/{column}/{rowid}")
                data = value.encode() if isinstance(value, str) else bytes(value)
                assert key is not None, "the shred file was just given a key for every case"
                change = f"UPDATE {table} SET {column} = ? WHERE rowid = ?"  # noqa: S608 -- constants
                rows.execute(change, (wrap(key, data, random), rowid))
        # What seats keep for themselves holds case keys, and is wrapped by no case's key: a seat's list is made anew, its drafts are lost.
        rows.execute("DELETE FROM people_keptblob")
        # What is kept beside a case's events would outlive its key here; it is made again from them.
        rows.execute("UPDATE dissent_case SET story = NULL, story_v = NULL")
        for table in ("people_keptsum", "dissent_casetally", "dissent_tally"):
            rows.execute(f"DELETE FROM {table}")  # noqa: S608 -- constants
        rows.commit()
        rows.execute("VACUUM")  # pages that held the unwrapped values are gone


def _wrapped_values(rows: sqlite3.Connection) -> Iterator[tuple[str, str, bytes]]:
    for table, column, case_column in _WRAPPED:
        wanted = f"SELECT rowid, {case_column}, {column} FROM {table} WHERE {column} IS NOT NULL"  # noqa: S608 -- constants
        for rowid, case, value in rows.execute(wanted):
            yield str(case), f"{table}/{column}/{rowid}", bytes(value)


def erased_cases(database: Path, shred: Shred) -> list[str]:
    """The cases in a copied database that the shred file has no key for."""
    with _open(database) as rows:
        return [
            case for (case,) in rows.execute("SELECT id FROM dissent_case ORDER BY id") if shred.key(case, "") is None
        ]


def leave_out(database: Path, cases: Sequence[str]) -> list[int]:
    """Take cases out of a copied database, and note them as erased; the places of their entries in the record, the authors' own among
    them.
    """
    places: list[int] = []
    with _open(database) as rows:
        for case in cases:
            leaves = [
                leaf for (leaf,) in rows.execute("SELECT leaf_hash FROM dissent_event WHERE case_id = ?", (case,))
            ]
            wanted = "SELECT commitment, mailbox, bearer, token FROM dissent_case WHERE id = ?"
            own, mailbox, bearer, token = rows.execute(wanted, (case,)).fetchone()
            leaves.append(leaf_hash(case_entry(bytes.fromhex(own))))
            for leaf in leaves:
                found = rows.execute('SELECT "index" FROM entries_entry WHERE leaf_hash = ?', (leaf,)).fetchone()
                places += [int(found[0])] if found is not None and found[0] is not None else []
            large = rows.execute(
                "SELECT sha256 FROM dissent_sealedfile WHERE case_id = ? AND data IS NULL", (case,)
            ).fetchall()
            names = [of_mailbox(mailbox, bearer), of_case(case, token), *(of_upload(sha256) for (sha256,) in large)]
            note_erased_rows(rows, [*leaves, *names])
            for table, column in (
                ("dissent_event", "case_id"),
                ("dissent_sealedfile", "case_id"),
                ("dissent_case", "id"),
            ):
                rows.execute(f"DELETE FROM {table} WHERE {column} = ?", (case,))  # noqa: S608 -- constants
        rows.commit()
    return sorted(places)


def cover_erased(database: Path, shred: Shred, random: Callable[[int], bytes]) -> None:
    """Put covers in the places of inbox items that belonged to erased cases, in a copied database."""
    with _open(database) as rows:
        for rowid, data in rows.execute("SELECT rowid, data FROM dissent_inboxitem").fetchall():
            if shred.is_erased_item(hashlib.sha256(data).hexdigest()):
                cover = cover_item(random)
                same = cover if len(cover) == len(data) else random(len(data))
                rows.execute("UPDATE dissent_inboxitem SET data = ? WHERE rowid = ?", (same, rowid))


def note_erased_rows(rows: sqlite3.Connection, what: Sequence[bytes]) -> None:
    """Note hashes of what was erased (`demur.dissent.erased`); rows of an older version have no place for them, and get them from the
    record when they are brought up to date.
    """
    if rows.execute("SELECT 1 FROM sqlite_master WHERE name = 'dissent_erased'").fetchone() is not None:
        rows.executemany("INSERT OR IGNORE INTO dissent_erased (what) VALUES (?)", [(each,) for each in what])


def unwrap_rows(database: Path, shred: Shred) -> None:
    """Unwrap the content of a copied database in place, once the cases that have no key are left out. Raises BadBackup."""
    with _open(database) as rows:
        for table, column, case_column in _WRAPPED:
            wanted = f"SELECT rowid, {case_column}, {column} FROM {table} WHERE {column} IS NOT NULL"  # noqa: S608 -- constants
            for rowid, case, value in rows.execute(wanted).fetchall():
                key = shred.key(str(case), f"{table}/{column}/{rowid}")
                assert key is not None, "cases without a key were left out"
                plain: bytes | str = unwrap(key, bytes(value))
                if column != "data":
                    plain = bytes(plain).decode() if isinstance(plain, bytes) else plain
                change = f"UPDATE {table} SET {column} = ? WHERE rowid = ?"  # noqa: S608 -- constants
                rows.execute(change, (plain, rowid))
        rows.commit()


def _wrap_files(source: Path, work: Path, shred: Shred, random: Callable[[int], bytes]) -> None:
    for sha256, cases in _large(work / DATABASE).items():
        name = f"sealed/{sha256[:2]}/{sha256}"
        key = shred.key(cases[0], name)
        assert key is not None, "the shred file was just given a key for every case"
        target = work / "files" / name
        if not (source / name).exists():
            continue  # lost before: `doctor --deep` says so, and one lost file must not keep all others from being copied
        target.parent.mkdir(parents=True, exist_ok=True)
        with (source / name).open("rb") as plain, target.open("wb") as wrapped:
            seal_payload(plain, wrapped, key, random(NONCE_SIZE))


def unwrap_files(backup: Path, target: Path, shred: Shred) -> None:
    """Unwrap the large files of a backup below `target`, those whose key was shredded left out. Raises BadBackup."""
    for sha256, cases in _large(f"{(backup / DATABASE).resolve().as_uri()}?mode=ro&immutable=1").items():
        name = f"sealed/{sha256[:2]}/{sha256}"
        keys = [key for case in cases if (key := shred.key(case, name)) is not None]
        source, place = _plain(backup, f"files/{name}"), target / name
        if not keys or source is None:
            continue  # shredded, or lost before the backup was made
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not any(_unwrapped(source, place, key) for key in keys):
            raise BadBackup(f"The large file {name} of the backup is damaged; use another backup.")


def _large(database: Path | str) -> dict[str, list[str]]:
    """The large files that rows name, each with its cases: an author can name in one filing what another has sent."""
    found: dict[str, list[str]] = {}
    with _open(database) as rows:
        wanted = "SELECT case_id, sha256 FROM dissent_sealedfile WHERE data IS NULL ORDER BY id"
        for case, sha256 in rows.execute(wanted):
            found.setdefault(str(sha256), []).append(str(case))
    return found


def _unwrapped(source: Path, place: Path, key: bytes) -> bool:
    with source.open("rb") as wrapped, place.open("wb") as plain:
        try:
            open_payload(wrapped, plain, key)
        except SealError:
            return False
    return True


def _copy_rest(directory: Path, work: Path) -> None:
    for name in [*_COPIED, *_password_file(directory)]:
        _copy_file(directory, work, name)
    if (directory / "practice").is_dir():
        shutil.copytree(directory / "practice", work / "practice")


def _copy_file(directory: Path, work: Path, name: str) -> None:
    """Copy one file of the installation, if it is there."""
    if (directory / name).exists():
        (work / name).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.copy2(directory / name, work / name)


def _password_file(directory: Path) -> list[str]:
    """The name of the doorbell's password file, if it lies in the installation: one that lies elsewhere is not ours to copy."""
    doorbell = read_configuration(directory).doorbell
    path = doorbell.password_file if isinstance(doorbell, Mail) else None
    if path is None or not path.resolve().is_relative_to(directory.resolve()):
        return []
    name = str(path.resolve().relative_to(directory.resolve()))
    return [] if name == SHRED_FILE else [name]


def _write_manifest(work: Path, ground: Installation, *, now: int) -> None:
    files = {str(path.relative_to(work)): file_hash(path) for path in sorted(work.rglob("*")) if path.is_file()}
    body = {"v": 1, "type": "backup", "origin": ground.channel.origin, "time": now, "files": files}
    text = canonical.dump(body).decode() + "\n"
    (work / MANIFEST).write_text(sign_note(text, [ground.keys.note_signer]), encoding="utf-8")


def _read_manifest(backup: Path) -> dict[str, Any]:
    try:
        channel = ChannelFile.parse((backup / "channel.toml").read_text(encoding="utf-8")).channel
        note = Note.parse((backup / MANIFEST).read_text(encoding="utf-8"))
        open_note(note, [Ed25519Verifier.from_vkey(channel.ed25519_vkey)])
        body = canonical.load_object(note.text.removesuffix("\n").encode())
    except (OSError, UnicodeDecodeError, RecordError, canonical.CanonicalError):
        raise BadBackup(f"{backup} is not a whole backup, or was changed after it was made; use another.") from None
    if (body.get("type"), body.get("origin")) != ("backup", channel.origin):
        raise BadBackup(f"{backup} is not a backup of the channel it names; use another.")
    return body


def _check_record(rows: sqlite3.Connection, backup: Path) -> int:
    last = rows.execute("SELECT size, root, note FROM entries_checkpoint ORDER BY size DESC LIMIT 1").fetchone()
    edge = CompactRange()
    if last is None:
        return 0
    leaves = rows.execute('SELECT leaf_hash FROM entries_entry WHERE "index" < ? ORDER BY "index"', (last[0],))
    for (leaf,) in leaves:
        edge.append(bytes(leaf))
    if (edge.size, edge.root()) != (last[0], bytes(last[1])):
        raise BadBackup("The entries of the backup do not give the root that the log signed; use another backup.")
    channel = ChannelFile.parse((backup / "channel.toml").read_text(encoding="utf-8")).channel
    Policy.for_log((channel.ed25519_vkey, channel.mldsa_vkey)).accept(last[2])
    return int(last[0])


def _open_kept(path: Path) -> "_open":
    """The rows of a backup, as they were hashed: a journal that somebody laid beside them is not looked at."""
    return _open(f"{path.resolve().as_uri()}?mode=ro&immutable=1")


class _open:  # noqa: N801 -- used as a function
    """A database file, closed at the end: sqlite3's own context manager only commits."""

    def __init__(self, path: Path | str) -> None:
        self._rows = sqlite3.connect(path, timeout=60, uri=isinstance(path, str))
        self._rows.execute("PRAGMA secure_delete=ON")
        self._rows.execute("PRAGMA trusted_schema=OFF")  # a table of somebody else's calls no function

    def __enter__(self) -> sqlite3.Connection:
        return self._rows

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self._rows.commit()
        self._rows.close()


def _sync_all(folder: Path) -> None:
    for path in [folder, *folder.rglob("*")]:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def digest(data: bytes) -> str:
    """SHA-256, hex."""
    return hashlib.sha256(data).hexdigest()
