# SPDX-License-Identifier: AGPL-3.0-or-later
"""What witnesses hold against this log: that they cosigned a record which it does not hold. Kept until it is settled or overruled.

Either this machine was set back to a former day, and whatever it signs now is a second record; or the witness lies. The size that a
witness names is signed by nobody, so the log cannot know which, and must not decide: it stands still until the witness cosigns again
(the record was restored), or until the administrator overrules it. That is written into the record for all to see, and the witness
is not believed again: a liar stops a log once, not for good. What it named never becomes the log's floor.

Until then it promises nothing either: an entry that is promised must be published, and no more is published. What was promised
before is kept by publishing it once the dispute is over.

    DIR/disputes.json    canonical JSON: {"v": 1, "type": "disputes", "disputes": [{witness, size, held, since, overruled}, …]}
"""

import os
import secrets
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

from demur import canonical
from demur.charter.channel import ChannelFile
from demur.record.entry import readable_entry
from demur.record.merkle import leaf_hash
from demur.site.configuration import NoInstallation

DISPUTES: Final = "disputes.json"
_MEMBERS: Final = {"witness": str, "size": int, "held": int, "since": int, "overruled": int}


class InDispute(NoInstallation):
    """A witness says that it cosigned another record, and nobody has decided yet."""


@dataclass(frozen=True, kw_only=True)
class Dispute:
    """`witness` (its address) says it cosigned `size` entries, `held` is what the log held when it said so first, at `since`;
    `overruled` is when the administrator decided to go on, 0 while nobody did. Times in POSIX seconds.
    """

    witness: str
    size: int
    held: int
    since: int
    overruled: int = 0

    @property
    def sentence(self) -> str:
        """What it says."""
        if self.size > self.held:
            return f"The witness at {self.witness} says that it cosigned {self.size} entries, and this log holds {self.held}."
        return (
            f"The witness at {self.witness} says that it cosigned {self.size} entries which are not those of this log."
        )


class Disputes:
    """The disputes of one installation, in the order of their witnesses."""

    def __init__(self, path: Path, rows: Iterable[Dispute]) -> None:
        """`path` is the file that `write` writes."""
        self._path = path
        self._rows = {row.witness: row for row in rows}

    @classmethod
    def read(cls, directory: Path) -> "Disputes":
        """Those of the installation in `directory`. Raises NoInstallation for a damaged file: it is never taken for none."""
        path = directory / DISPUTES
        try:
            body = canonical.load_object(path.read_bytes())
            rows = body["disputes"]
            if (body.get("v"), body.get("type")) != (1, "disputes") or not isinstance(rows, list):
                raise KeyError("v")
            return cls(path, [_dispute(row) for row in rows])
        except FileNotFoundError:
            return cls(path, [])
        except (OSError, canonical.CanonicalError, KeyError):
            raise NoInstallation(
                f"{path} cannot be read, and it says which witness disputes the record; restore it from a backup."
            ) from None

    @property
    def rows(self) -> list[Dispute]:
        """All of them."""
        return [self._rows[witness] for witness in sorted(self._rows)]

    @property
    def open(self) -> list[Dispute]:
        """Those that nobody has decided."""
        return [row for row in self.rows if not row.overruled]

    def is_overruled(self, witness: str) -> bool:
        """Whether the administrator decided that this witness is not believed."""
        return witness in self._rows and bool(self._rows[witness].overruled)

    def raised(self, witness: str, *, size: int, held: int, now: int) -> bool:
        """Note what a witness says; whether that is news. One that was overruled is not believed again."""
        if witness in self._rows:
            return False
        self._rows[witness] = Dispute(witness=witness, size=size, held=held, since=now)
        return True

    def settled(self, witness: str) -> bool:
        """Forget an open dispute: the witness cosigns, or the log holds what it named. Whether there was one."""
        return not self.is_overruled(witness) and self._rows.pop(witness, None) is not None

    def overrule(self, witness: str, *, now: int) -> Dispute:
        """Go on despite a witness; the dispute as it was. Raises NoInstallation if it disputes nothing."""
        row = self._rows.get(witness)
        if row is None or row.overruled:
            said = ", ".join(each.witness for each in self.open) or "none"
            raise NoInstallation(f"No dispute with {witness} is open; open are: {said}.")
        self._rows[witness] = replace(row, overruled=now)
        return row

    def check(self) -> None:
        """Raises InDispute while one is open."""
        for row in self.open:
            raise InDispute(
                f"{row.sentence} Nothing is signed until it is clear who is right: if this machine was set back, or a copy of it was "
                "served, back it up and run `demur restore` with a mirror of the record; if the witness is wrong, go on with "
                f"`demur serve --overrule {row.witness}`, which the record will say."
            )

    def write(self, path: Path | None = None) -> None:
        """Write the file (that of another installation at `path`), whole or not at all, and flush it."""
        target = path or self._path
        body = {"v": 1, "type": "disputes", "disputes": [asdict(row) for row in self.rows]}
        aside = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
        handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(canonical.dump(body))
            file.flush()
            os.fsync(file.fileno())
        aside.rename(target)
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


class Watch:
    """Whether a dispute is open: asked with each filing, so the file is read again only when it was written anew."""

    def __init__(self, directory: Path) -> None:
        """The installation is that in `directory`."""
        self._directory = directory
        self._seen: tuple[tuple[int, int, int] | None, bool] = (None, False)

    def __call__(self) -> bool:
        """Whether one is open; a file that cannot be read is never taken for none."""
        try:
            found = (self._directory / DISPUTES).stat()
            mark = (found.st_ino, found.st_mtime_ns, found.st_size)
            if mark != self._seen[0]:  # as it was before the reading: what is written meanwhile is seen by the next
                self._seen = (mark, bool(Disputes.read(self._directory).open))
        except FileNotFoundError:
            self._seen = (None, False)
        except (OSError, NoInstallation):
            return True
        return self._seen[1]


def _dispute(row: object) -> Dispute:
    if not isinstance(row, dict) or {name: type(value) for name, value in row.items()} != _MEMBERS:
        raise KeyError("disputes")
    return Dispute(**row)


def overrule(directory: Path, witness: str, *, now: int) -> None:
    """Go on despite what `witness` says, and have the record say so at the next tick. Raises NoInstallation.

    The entry is written before the decision takes effect: there is no going on that the record does not show.
    """
    disputes = Disputes.read(directory)
    row = disputes.overrule(witness, now=now)
    origin = ChannelFile.parse((directory / "channel.toml").read_text(encoding="utf-8")).channel.origin
    entry = readable_entry(overruled_statement(origin, row, time=now))
    with closing(sqlite3.connect(directory / "demur.sqlite3", timeout=20)) as rows:
        rows.execute("PRAGMA synchronous=FULL")
        rows.execute("INSERT INTO entries_entry (data, leaf_hash) VALUES (?, ?)", (entry, leaf_hash(entry)))
        rows.commit()
    disputes.write()


def overruled_statement(origin: str, row: Dispute, *, time: int) -> dict[str, object]:
    """The readable entry that says a log went on despite a witness. Format: `spec/entry.md`."""
    return {
        "v": 1,
        "type": "overruled",
        "origin": origin,
        "witness": row.witness,
        "said": row.size,
        "held": row.held,
        "time": time,
    }
