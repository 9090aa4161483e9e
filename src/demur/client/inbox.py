# SPDX-License-Identifier: AGPL-3.0-or-later
"""A seat's inbox, and the index that its client keeps: which cases this key can read, and how far they had come.

The server makes no list of cases for a seat; it pages opaque items, most of them for nobody. The list is made here,
and lies beside the key in `K.index`: a container signed by the seat and sealed to the seat, so that a thief of the
disk learns a size, and cannot plant a case. The index also remembers the last event that was seen of each case: a
server that shows less later is caught.
"""

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
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

INDEX_FILE: Final = "index.json"
_NO_CASE: Final = "0" * 32  # a container names a case; the index is of none
_INDEX: Final = frozenset({"v", "type", "origin", "seat", "after", "cases"})
_ROW: Final = frozenset(
    {"case", "case_key", "token", "salt", "author", "giver", "signer", "seq", "prev", "seen", "last"}
)


@dataclass(frozen=True, kw_only=True, repr=False)
class Known:
    """A case in the index:

    its grant, and the last event that was seen of it (`last` is its commitment in hex, "" before the first).
    """

    grant: Grant
    seen: int = 0
    last: str = ""

    @property
    def row(self) -> dict[str, Any]:
        """The case as it stands in the index."""
        grant = self.grant
        parts = {name: getattr(grant, name) for name in ("case", "case_key", "token", "salt", "author")}
        place: dict[str, Any] = {"giver": grant.giver, "signer": grant.signer, "seq": grant.seq, "prev": grant.prev}
        if grant.v > 1:
            place["v"] = grant.v
        return {**parts, **place, "seen": self.seen, "last": self.last}

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> "Known":
        """Read a row of an index that the seat signed."""
        parts = {name: value for name, value in row.items() if name not in {"seen", "last"}}
        return cls(grant=Grant(**parts), seen=row["seen"], last=row["last"])


@dataclass(frozen=True, kw_only=True, repr=False)
class Index:
    """What one seat's key can read. `after` is the number of the last inbox item that was looked at."""

    origin: str
    seat: str
    after: int = 0
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

    def with_grant(self, grant: Grant) -> "Index":
        """With one more case. A case that is known already keeps the grant it came with."""
        return self if grant.case in self.cases else replace(self, cases={**self.cases, grant.case: Known(grant=grant)})

    def with_seen(self, case: str, seq: int, last: str) -> "Index":
        """With the latest event that was seen of a case."""
        return replace(self, cases={**self.cases, case: replace(self.cases[case], seen=seq, last=last)})

    def sealed(self, key: SeatKey, *, random: Random) -> bytes:
        """The index as it lies on the disk."""
        document = {
            "v": 1,
            "type": "seat-index",
            "origin": self.origin,
            "seat": self.seat,
            "after": self.after,
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
            if set(document) != _INDEX or any(set(row) - {"v"} != _ROW for row in document["cases"]):
                raise BadKeyFile(
                    "The index beside the key has other parts than it should; remove it, and it is made anew."
                )
            cases = {row["case"]: Known.from_row(row) for row in document["cases"]}
        except (SealError, canonical.CanonicalError, ClientError, KeyError, TypeError):
            raise BadKeyFile(
                "The index beside the key was not made with this key; remove it, and it is made anew."
            ) from None
        return cls(origin=document["origin"], seat=document["seat"], after=document["after"], cases=cases)


@dataclass(frozen=True, kw_only=True)
class Refreshed:
    """The index after a look into the inbox, and what was in it that does not hold, in sentences."""

    index: Index
    faults: tuple[str, ...]


def refresh(line: SeatLine, index: Index, *, confirm: Callable[[Grant], None]) -> Refreshed:
    """Page the inbox from where the index ends; what this seat cannot open is dropped in silence.

    A grant that a seat added is taken only if `confirm` does not raise BadAnswer for it. Raises BadAnswer for an
    inbox out of order, and what `Server.get` raises; the index then stays as it was.
    """
    faults: list[str] = []
    more = True
    while more:
        answer = line.get_json(f"/api/v1/seats/{line.seat}/inbox?after={index.after}")
        rows, more = answer.get("items"), answer.get("more") is True
        if not isinstance(rows, list) or (more and not rows):
            raise BadAnswer("The server's answer is not an inbox; try again later.")
        for row in rows:
            n, item = _item(row, after=index.after)
            index = replace(_taken(item, n, index, line, confirm, faults), after=n)
    return Refreshed(index=index, faults=tuple(faults))


def _item(row: object, *, after: int) -> tuple[int, bytes]:
    try:
        if isinstance(row, dict) and type(row["n"]) is int and row["n"] > after:
            return row["n"], base64.b64decode(row["file"], validate=True)
    except (KeyError, TypeError, ValueError, binascii.Error):
        pass
    raise BadAnswer("The server's inbox is not in order; try again later.")


def _taken(
    item: bytes, n: int, index: Index, line: SeatLine, confirm: Callable[[Grant], None], faults: list[str]
) -> Index:
    try:
        grant = open_grant(item, line.key, seat=line.seat, origin=line.channel.origin)
        if grant is None:
            return index
        if grant.giver:
            confirm(grant)
    except BadAnswer as error:
        # One bad item must not keep a seat from the others: anybody who files can make one.
        faults.append(f"Item {n} of the inbox is not used. {error}")
        return index
    return index.with_grant(grant)


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
