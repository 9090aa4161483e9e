# SPDX-License-Identifier: AGPL-3.0-or-later
"""What old Office documents and Outlook messages tell: their property sets, and the readable words of the rest.

As `assets/lib/inspection/ole.js`.

The sets are found by their format's number wherever they stand: no sector table is followed, so none can lead in a
circle. Sources: [MS-OLEPS], [MS-CFB].
"""

from typing import Final

from demur.client.inspection.markuptext import Nested
from demur.client.inspection.report import TABLES, Found, moment, readable
from demur.client.inspection.unpacking import add_words

_SETS: Final = (
    (bytes.fromhex("e0859ff2f94f6810ab9108002b27b3d9"), "ole"),
    (bytes.fromhex("02d5cdd59c2e1b10939708002b2cf9ae"), "oleMore"),
)
_SECONDS_TO_1970: Final = 11_644_473_600


def ole(data: bytes, found: Found, nested: Nested) -> None:  # noqa: ARG001 -- every kind is asked alike
    """Note author, editor, company, template, program and times; then the readable words."""
    for mark, table in _SETS:
        at = data.find(mark)
        for _ in range(8):
            if at < 0:
                break
            _set(data, at + 16, at - 28, table, found)
            at = data.find(mark, at + 16)
    for name, what in (
        ("VBA", "script"),
        ("Ole10Native", "embedded"),
        ("__substg1.0", "recipient"),
        ("__attach", "attachment"),
    ):
        if name.encode("utf-16-le") in data:
            found.add(what, "")
    add_words(data, found)


def _set(data: bytes, at: int, start: int, table: str, found: Found) -> None:
    section = start + _number(data, at)
    for n in range(min(_number(data, section + 4), 100)):
        name, place = _number(data, section + 8 + 8 * n), section + _number(data, section + 12 + 8 * n)
        found.add_if(TABLES[table].get(str(name), "property"), _property(data, place))


def _property(data: bytes, place: int) -> str:
    """A value that is text or a time; "" for any other."""
    kind, size = _number(data, place) & 0xFFFF, min(_number(data, place + 4), 2000)
    if kind == 30:
        return readable(data[place + 8 : place + 8 + size]).replace("\0", " ")
    if kind == 31:
        return readable(b"\xff\xfe" + data[place + 8 : place + 8 + 2 * size]).replace("\0", " ")
    seconds = int.from_bytes(data[place + 4 : place + 12], "little") // 10_000_000 - _SECONDS_TO_1970
    return moment(seconds) if kind == 64 and seconds > 0 else ""


def _number(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 4], "little") if at >= 0 else 0
