# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a witness keeps, and the order in which it keeps it: the new checkpoint is on the disk before any signature exists.

    DIR/witness.toml        its name and public keys
    DIR/keys/ed25519, DIR/keys/ml-dsa-44   32-byte seeds in hex, readable by the owner alone
    DIR/logs/<SHA-256 of the origin>.json  one log: its key, and the last checkpoint and time that were cosigned
    DIR/.lock               held while serving: two processes would know two states

A log's file is made when the log is added, with size 0. A file that is missing or damaged later is never taken for "nothing seen":
that is how a witness would be led to sign a second record.

The time that is stated never falls, whatever the clock says: a clock that was ahead once holds it there until the true time has come.
To take it back would let a later tree look older than an earlier one; the remedy is another witness (`docs/how-to/run-a-witness.md`).
"""

import fcntl
import hashlib
import json
import os
import secrets
import threading
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from demur.record.checkpoint import Checkpoint
from demur.record.cosignature import COSIGNATURE_ED25519, COSIGNATURE_MLDSA44, Cosigner
from demur.record.errors import RecordError, UnknownLog
from demur.record.note import Ed25519Verifier
from demur.record.witnessing import WitnessRequest, consider
from demur.witness.errors import BadWitness

SETTINGS: Final = "witness.toml"
_LEEWAY: Final = 300  # seconds by which a clock may be wrong before that is told
_SEEDS: Final = {COSIGNATURE_ED25519: "keys/ed25519", COSIGNATURE_MLDSA44: "keys/ml-dsa-44"}


@dataclass(frozen=True, kw_only=True)
class KnownLog:
    """A log that this witness watches. `last` is what it cosigned last, None before the first; `time` what it stated then."""

    vkey: str
    last: Checkpoint | None = None
    time: int = 0

    @property
    def verifier(self) -> Ed25519Verifier:
        """The log's key."""
        return Ed25519Verifier.from_vkey(self.vkey)

    def is_ahead(self, now: int) -> bool:
        """Whether a later time than `now` (POSIX seconds) was stated: until then every cosignature states that time again."""
        return self.time > now + _LEEWAY


def found_witness(directory: Path, name: str, *, random: Callable[[int], bytes]) -> "Witness":
    """Make a witness in `directory`, which must not exist. Raises BadWitness, RecordError for a name that cannot be one."""
    if directory.exists():
        raise BadWitness(f"{directory} exists already; name a new directory.")
    seeds = {kind: random(32) for kind in _SEEDS}
    cosigners = [Cosigner(name, kind, seed) for kind, seed in seeds.items()]
    settings = [
        f"name = {json.dumps(name)}",
        *(f'key = "{row.verifier.vkey}"'.replace("key", f"key_{row.kind}", 1) for row in cosigners),
    ]
    (directory / "keys").mkdir(mode=0o700, parents=True)
    (directory / "logs").mkdir(mode=0o700)
    for kind, seed in seeds.items():
        _write_new(directory / _SEEDS[kind], seed.hex().encode())
    _write_new(directory / SETTINGS, ("\n".join(settings) + "\n").encode())
    return Witness.read(directory)


class Witness:
    """A witness at work on its directory. Made by `read`."""

    def __init__(self, directory: Path, cosigners: tuple[Cosigner, ...]) -> None:
        """Use `read`."""
        self.directory = directory
        self.cosigners = cosigners
        self._lock = threading.Lock()

    @classmethod
    def read(cls, directory: Path) -> "Witness":
        """The witness in `directory`. Raises BadWitness."""
        try:
            settings = tomllib.loads((directory / SETTINGS).read_text(encoding="utf-8-sig"))
            seeds = {kind: bytes.fromhex((directory / path).read_text("ascii")) for kind, path in _SEEDS.items()}
            cosigners = tuple(Cosigner(settings["name"], kind, seed) for kind, seed in seeds.items())
            same = all(settings[f"key_{row.kind}"] == row.verifier.vkey for row in cosigners)
        except FileNotFoundError:
            raise BadWitness(f"There is no witness in {directory}; make one with `demur witness new`.") from None
        except (OSError, ValueError, KeyError, RecordError) as error:
            raise BadWitness(f"The witness in {directory} cannot be read ({error}); restore it from a copy.") from None
        if not same:
            raise BadWitness(f"The keys in {directory} are not those of its witness.toml; restore them from a copy.")
        return cls(directory, cosigners)

    @property
    def name(self) -> str:
        """The witness's name."""
        return self.cosigners[0].name

    @property
    def vkeys(self) -> tuple[str, ...]:
        """Its public keys: Ed25519 (0x04), ML-DSA-44 (0x06)."""
        return tuple(row.verifier.vkey for row in self.cosigners)

    def add(self, log: Ed25519Verifier) -> None:
        """Watch a log from now on. Raises BadWitness if it is watched already: its memory must not be made anew."""
        path = self._path(log.name)
        if path.exists():
            raise BadWitness(f"The log {log.name} is watched already, and what is known of it is never made anew.")
        _write_new(path, _log_bytes(KnownLog(vkey=log.vkey)))

    def logs(self) -> list[KnownLog]:
        """Every log that is watched. Raises BadWitness."""
        return [_read_log(path) for path in sorted((self.directory / "logs").glob("*.json"))]

    def log(self, origin: str) -> KnownLog:
        """What is known of a log. Raises UnknownLog, BadWitness."""
        path = self._path(origin)
        if not path.exists():
            raise UnknownLog("This witness does not watch that log; ask its keeper to add it.")
        return _read_log(path)

    def cosign(self, text: str, *, now: Callable[[], int]) -> str:
        """The cosignature lines for a request's body. One at a time: the state must not change between look and write.

        Raises WitnessError and its kin for a request that must be refused, BadWitness where the state cannot be read or kept.
        """
        request = WitnessRequest.parse(text)
        with self._lock:
            known = self.log(request.origin)
            checkpoint = consider(request, log=known.verifier, stored=known.last)
            # A clock that was set back must not let a later tree look older than an earlier one.
            time = max(now(), known.time)
            self._keep(KnownLog(vkey=known.vkey, last=checkpoint, time=time))
            return "".join(f"{row.sign_at(request.note.text, time).line}\n" for row in self.cosigners)

    def _keep(self, known: KnownLog) -> None:
        path = self._path(known.verifier.name)
        aside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        try:
            _write_new(aside, _log_bytes(known))
            aside.rename(path)
            _sync(path.parent)
        except OSError as error:
            aside.unlink(missing_ok=True)
            raise BadWitness(f"What was seen cannot be kept ({error.strerror}), so nothing is signed.") from None

    def _path(self, origin: str) -> Path:
        return self.directory / "logs" / f"{hashlib.sha256(origin.encode()).hexdigest()}.json"

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the directory against other processes. Raises BadWitness if another serves it."""
        with (self.directory / ".lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise BadWitness(f"Another process serves the witness in {self.directory}; end it first.") from None
            yield


def _log_bytes(known: KnownLog) -> bytes:
    last = known.last
    row: dict[str, Any] = {"vkey": known.vkey, "time": known.time, "checkpoint": last.text if last else ""}
    row["check"] = _check(row)
    return json.dumps(row, indent=1, sort_keys=True).encode() + b"\n"


def _check(row: dict[str, Any]) -> str:
    """A hash over the file's own content: a byte that a disk turned is noticed before it is signed on."""
    return hashlib.sha256(json.dumps([row[name] for name in ("vkey", "time", "checkpoint")]).encode()).hexdigest()


def _read_log(path: Path) -> KnownLog:
    try:
        row = json.loads(path.read_bytes())
        good = set(row) == {"vkey", "time", "checkpoint", "check"} and row["check"] == _check(row)
        last = Checkpoint.parse(row["checkpoint"]) if row["checkpoint"] else None
        known = KnownLog(vkey=row["vkey"], last=last, time=int(row["time"]))
    except (OSError, ValueError, TypeError, KeyError, RecordError):
        good = False
    if not good:
        raise BadWitness(
            f"What was seen of a log ({path.name[:12]}…) cannot be read, so nothing is signed for it; restore the file."
        )
    return known


def _write_new(path: Path, data: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    _sync(path.parent)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
