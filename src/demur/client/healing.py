# SPDX-License-Identifier: AGPL-3.0-or-later
"""Files that another program changed without meaning to, read as they were written.

A mail gateway, an editor or a version control system makes LF into CRLF, puts a byte order mark before a text, takes away
its last line end or adds one, quotes it, or lays JSON out anew. All of that can be undone without loss, and what comes out
is checked as strictly as ever: a signature holds over the bytes that were signed, or it does not. So it is undone and told,
and nobody is called a forger for it.
"""

import json
import quopri
import re
from collections.abc import Callable, Iterator
from typing import Final, TypeVar

from demur import canonical
from demur.errors import DemurError

CHANGED: Final = (
    "another program changed its line ends, or what stands before its beginning or after its end; that is undone here, "
    "and it is read as it was written"
)
_Value = TypeVar("_Value")
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")
_AROUND: Final = " \t\n\v\f\r\u00a0\u200b\ufeff\u2028\u2029"
_QUOTED: Final = re.compile(r"(?m)^> ?")


def as_written(data: bytes, read: Callable[[bytes], _Value]) -> tuple[_Value, bool]:
    """What `read` makes of `data`, and whether a harmless change had to be undone first. Raises what `read` raises for `data` itself."""
    try:
        return read(data), False
    except DemurError:
        for healed in _healed(data):
            try:
                return read(healed), True
            except DemurError:
                continue
        raise


def same_text(data: bytes) -> Iterator[bytes]:
    """A text as other programs could have changed it: for comparing with the hash of one that was filed byte for byte."""
    plain = data.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n")
    bare = plain.rstrip(b"\n")
    for ended in dict.fromkeys((plain, bare, bare + b"\n", bare + b"\n\n")):
        for lines in (ended, ended.replace(b"\n", b"\r\n")):
            for mark in (b"", b"\xef\xbb\xbf"):
                if mark + lines != data:
                    yield mark + lines


def _healed(data: bytes) -> Iterator[bytes]:
    """`data` with harmless changes undone, the likeliest first."""
    for text in dict.fromkeys(_texts(data)):
        body = text.replace("\r\n", "\n").replace("\r", "\n").strip(_AROUND)
        for candidate in dict.fromkeys((body, _QUOTED.sub("", body).strip(_AROUND))):
            if candidate.startswith("{"):
                yield from _json(candidate)
            yield f"{candidate}\n".encode("utf-8", "replace")


def _texts(data: bytes) -> Iterator[str]:
    encoding = "utf-16" if data.startswith(_UTF16) else "utf-8-sig"
    try:
        yield data.decode(encoding)
        if b"=3D" in data or b"=\n" in data or b"=\r\n" in data:
            yield quopri.decodestring(data).decode(encoding)
    except (UnicodeDecodeError, ValueError):
        return


def _json(text: str) -> Iterator[bytes]:
    yield text.encode("utf-8", "replace")
    try:
        yield canonical.dump(json.loads(text))
    except (ValueError, RecursionError, DemurError):
        return
