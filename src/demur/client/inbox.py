# SPDX-License-Identifier: AGPL-3.0-or-later
"""A seat's inbox, and the index that its client keeps: which cases this key can read, and how far they had come.

The server makes no list of cases for a seat; it pages opaque items, most of them for nobody. The list is made here,
and lies beside the key in `K.index`: a container signed by the seat and sealed to the seat, so that a thief of the
disk learns a size, and cannot plant a case. The index also remembers the last event that was seen of each case: a
server that shows less later is caught.
"""

import base64
import binascii
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

from demur import canonical
from demur.client.errors import BadAnswer, BadKeyFile, ClientError
from demur.client.files import replace_own
from demur.client.filing import Random
from demur.client.grants import Grant, open_grant
from demur.client.seatline import SeatLine
from demur.seal import container
from demur.seal.age import files as age
from demur.seal.errors import SealError
from demur.seal.keyfile import SeatKey

_DISORDER: Final = "The server's inbox is not in order; try again later."
INDEX_FILE: Final = "index.json"
_NO_CASE: Final = "0" * 32  # a container names a case; the index is of none
_INDEX: Final = frozenset({"v", "type", "origin", "seat", "after", "cases"})
_ROW: Final = frozenset(
    {"case", "case_key", "token", "salt", "author", "giver", "signer", "seq", "prev", "seen", "last"}
)
_LATER: Final = frozenset({"v", "size", "at"})  # members of a row that an earlier version did not write


@dataclass(frozen=True, kw_only=True, repr=False)
class Known:
    """A case in the index:

    its grant, and the last event that was seen of it (`last` is its commitment in hex, "" before the first, and `at` its place in the
    record, -1 while it had none). `size` is how many entries the record had then: what a later restore took is told by it.
    """

    grant: Grant
    seen: int = 0
    last: str = ""
    size: int = 0
    at: int = -1

    @property
    def row(self) -> dict[str, Any]:
        """The case as it stands in the index."""
        grant = self.grant
        parts = {name: getattr(grant, name) for name in ("case", "case_key", "token", "salt", "author")}
        place: dict[str, Any] = {"giver": grant.giver, "signer": grant.signer, "seq": grant.seq, "prev": grant.prev}
        if grant.v > 1:
            place["v"] = grant.v
        record = {"size": self.size, "at": self.at} if self.size else {}
        return {**parts, **place, "seen": self.seen, "last": self.last, **record}

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> "Known":
        """Read a row of an index that the seat signed."""
        own = {"seen", "last", "size", "at"}
        parts = {name: value for name, value in row.items() if name not in own}
        return cls(grant=Grant(**parts), **{name: row[name] for name in own & set(row)})


@dataclass(frozen=True, kw_only=True, repr=False)
class Index:
    """What one seat's key can read. `after` is the number of the last inbox item that was looked at, and `item` the SHA-256 (hex) of
    its base64, "" if it is not known: after a restore other items have its number, and the inbox is read anew.
    """

    origin: str
    seat: str
    after: int = 0
    item: str = ""
    cases: Mapping[str, Known] = field(default_factory=dict)

    def find(self, prefix: str) -> Known:
        """The one case whose id starts with `prefix`; raises ClientError for none or several."""
        found = [known for case, known in self.cases.items() if case.startswith(prefix)] if prefix else []
        if not found:
            raise ClientError(f"No case that this key can read starts with {prefix!r}; `demur desk list` shows them.")
        if len(found) > 1:
            raise ClientError(
                f"{len(found)} cases start with {prefix!r}; give more of the id, as `demur desk list` shows it."
            )
        return found[0]

    def with_grant(self, grant: Grant, *, size: int = 0) -> "Index":
        """With one more case, found when the record had `size` entries. A case that is known already keeps the grant it came with."""
        if grant.case in self.cases:
            return self
        return replace(self, cases={**self.cases, grant.case: Known(grant=grant, size=size)})

    def with_seen(self, known: Known) -> "Index":
        """With the latest event that was seen of a case."""
        case = known.grant.case
        return replace(self, cases={**self.cases, case: replace(known, grant=self.cases[case].grant)})

    def sealed(self, key: SeatKey, *, random: Random) -> bytes:
        """The index as it lies on the disk."""
        document = {
            "v": 1,
            "type": "seat-index",
            "origin": self.origin,
            "seat": self.seat,
            "after": self.after,
            **({"item": self.item} if self.item else {}),
            "cases": [self.cases[case].row for case in sorted(self.cases)],
        }
        manifest = {"v": 1, "type": "index", "origin": self.origin, "case": _NO_CASE, "files": [{"name": INDEX_FILE}]}
        packed = container.pack(manifest, [canonical.dump(document)], key.signing)
        return age.encrypt(packed, [key.identity.recipient], random=random)

    @classmethod
    def opened(cls, data: bytes, key: SeatKey) -> "Index":
        """Read it back; raises BadKeyFile unless this very key sealed it."""
        try:
            inside = container.unpack(age.decrypt(data, [key.identity]), by=key.signing.public)
            document = canonical.load_object(inside.files[INDEX_FILE])
            if set(document) - {"item"} != _INDEX or any(set(row) - _LATER != _ROW for row in document["cases"]):
                raise BadKeyFile(
                    "The index beside the key has other parts than it should; remove it, and it is made anew."
                )
            cases = {row["case"]: Known.from_row(row) for row in document["cases"]}
        except (SealError, canonical.CanonicalError, ClientError, KeyError, TypeError):
            raise BadKeyFile(
                "The index beside the key was not made with this key; remove it, and it is made anew."
            ) from None
        parts = {name: document[name] for name in ("origin", "seat", "after", "item") if name in document}
        return cls(**parts, cases=cases)


@dataclass(frozen=True, kw_only=True)
class Refreshed:
    """The index after a look into the inbox, and what was in it that does not hold, in sentences."""

    index: Index
    faults: tuple[str, ...]


def refresh(line: SeatLine, index: Index, *, confirm: Callable[[Grant], None], size: int = 0) -> Refreshed:
    """Page the inbox from where the index ends; what this seat cannot open is dropped in silence. `size` is how many entries the record
    has now. Where the last item that was looked at is another now, as after a restore, the inbox is read from its beginning.

    A grant that a seat added is taken only if `confirm` does not raise BadAnswer for it. Raises BadAnswer for an
    inbox out of order, and what `Server.get` raises; the index then stays as it was.
    """
    faults: list[str] = []
    taking = partial(_taken, line=line, confirm=confirm, size=size, faults=faults)
    index, items, more = _begun(line, index)
    while True:
        for n, row in items:
            if n <= index.after:
                raise BadAnswer(_DISORDER)
            index = replace(taking(row, n, index), after=n, item=_hash(row))
        if not more:
            return Refreshed(index=index, faults=tuple(faults))
        items, more = _page(line, index.after)


def _begun(line: SeatLine, index: Index) -> tuple[Index, "_Items", bool]:
    """The first page. The last item that was looked at is asked for again: where it is another, the inbox was renumbered by a restore, or
    the item changed when a case was erased, and the page is the very first.
    """
    items, more = _page(line, max(index.after - 1, 0))
    if not index.after:
        return index, items, more
    if items and items[0][0] == index.after and index.item in ("", _hash(items[0][1])):
        return replace(index, item=_hash(items[0][1])), items[1:], more
    return replace(index, after=0, item=""), *_page(line, 0)


_Items = list[tuple[int, Mapping[str, Any]]]


def _page(line: SeatLine, after: int) -> tuple[_Items, bool]:
    """The items above number `after`, and whether more follow. Raises BadAnswer."""
    answer = line.get_json(f"/api/v1/seats/{line.seat}/inbox?after={after}")
    rows, more = answer.get("items"), answer.get("more") is True
    if not isinstance(rows, list) or (more and not rows):
        raise BadAnswer("The server's answer is not an inbox; try again later.")
    return [(_number(row), row) for row in rows], more


def _number(row: object) -> int:
    if isinstance(row, dict) and type(row.get("n")) is int and isinstance(row.get("file"), str):
        return int(row["n"])
    raise BadAnswer(_DISORDER)


def _hash(row: Mapping[str, Any]) -> str:
    return hashlib.sha256(row["file"].encode()).hexdigest()


def _taken(
    row: Mapping[str, Any],
    n: int,
    index: Index,
    *,
    line: SeatLine,
    confirm: Callable[[Grant], None],
    size: int,
    faults: list[str],
) -> Index:
    try:
        item = base64.b64decode(row["file"], validate=True)
        grant = open_grant(item, line.key, seat=line.seat, origin=line.channel.origin)
        if grant is None:
            return index
        if grant.giver and grant.case not in index.cases:
            confirm(grant)
    except (BadAnswer, binascii.Error) as error:
        # One bad item must not keep a seat from the others: anybody who files can make one.
        why = str(error) if isinstance(error, BadAnswer) else "The server garbled it; ask oversight to look."
        faults.append(f"Item {n} of the inbox is not used. {why}")
        return index
    return index.with_grant(grant, size=size)


def index_path(key_file: Path) -> Path:
    """`K.index`, beside the key K."""
    return key_file.with_name(key_file.name + ".index")


def load_index(path: Path, line: SeatLine) -> Index:
    """The index at `path`, or an empty one.

    Raises BadKeyFile for another key's, ClientError for another channel's or seat's.
    """
    try:
        index = Index.opened(path.read_bytes(), line.key)
    except FileNotFoundError:
        return Index(origin=line.channel.origin, seat=line.seat)
    if (index.origin, index.seat) != (line.channel.origin, line.seat):
        raise ClientError(f"The index {path} is of another channel or seat; move it away, and it is made anew.")
    return index


def save_index(path: Path, index: Index, line: SeatLine) -> None:
    """Put the index in the place of the older one, readable by its owner alone."""
    replace_own(path, index.sealed(line.key, random=line.random))
