# SPDX-License-Identifier: AGPL-3.0-or-later
"""A statement that the log named as in force: a directory with the charter or the seats in it, both as their texts. Pure, offline."""

from dataclasses import dataclass
from typing import Any, Final

from demur import canonical
from demur.charter.channel import Channel
from demur.charter.directory import Directory, open_directory
from demur.charter.officers import StatementError, check_statement
from demur.record.entry import readable_entry
from demur.record.head import MARGIN
from demur.record.merkle import leaf_hash

# type of a statement -> the directory's member that names it, and its own member that counts from 1
_COUNTED: Final = {"charter": ("charter", "version"), "seats": ("roster", "serial"), "policy": ("policy", "serial")}


@dataclass(frozen=True, kw_only=True)
class Named:
    """`kind` is "charter", "seats" or "policy"; `number` its version or serial, which the officers signed."""

    directory: Directory
    kind: str
    number: int

    @classmethod
    def read(cls, channel: Channel, note: str, line: str) -> "Named":
        """Read a directory's note and one statement on a line. Raises CharterError, RecordError or CanonicalError unless the log
        named this statement in it, and the officers signed it.
        """
        directory = open_directory(note, channel.log_verifier)
        statement: dict[str, Any] = canonical.load_object(line.removesuffix("\n").encode())
        kind = statement.get("type")
        member, counter = _COUNTED.get(str(kind), ("", ""))
        number = statement.get(counter)
        if not member or not line.endswith("\n") or type(number) is not int or number < 1:
            raise StatementError("The statement is neither a charter nor about seats or policy; use an undamaged copy.")
        if getattr(directory, member) != leaf_hash(readable_entry(statement)).hex():
            raise StatementError("The statement is not the one that the log named; use an undamaged copy.")
        check_statement(statement, channel)
        return cls(directory=directory, kind=str(kind), number=number)


def rolled_back(seen: Named, shown: Named) -> bool:
    """Whether the log named in `shown` what it had replaced before, in `seen`.

    The sizes say which came later without any clock: what was seen stands in that record. MARGIN leaves room for one slow request.
    """
    later = shown.directory.size >= seen.directory.size and shown.directory.time > seen.directory.time + MARGIN
    return later and shown.kind == seen.kind and shown.number < seen.number
