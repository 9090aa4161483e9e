# SPDX-License-Identifier: AGPL-3.0-or-later
"""Showing work when a server asks for it: only then, only as much, and the person is told why it takes a moment."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from demur.client.errors import BadAnswer, ServerRefused
from demur.client.http import Server
from demur.dissent.work import HEADER, MOST, solve

_Answer = TypeVar("_Answer")
_TRIES: Final = 5  # the load may rise while we work
_WANTED: Final = 429
_CHALLENGE: Final = re.compile(r"[0-9a-f]{32}")  # it goes into a header: nothing else may come along


def working(
    server: Server,
    subject: str,
    send: Callable[[Mapping[str, str]], _Answer],
    *,
    origin: str,
    kind: str,
    tell: Callable[[int], None] = lambda _: None,
) -> _Answer:
    """What `send(headers)` answers, with a stamp for `subject` once the server asks for one. `kind` is "filing" (an act shows as
    much) or "part"; `tell` is told the bits before they are worked on. Raises what `send` raises.
    """
    headers: Mapping[str, str] = {}
    for _ in range(_TRIES):
        try:
            return send(headers)
        except ServerRefused as error:
            if error.status != _WANTED or error.code != "work":
                raise
            headers = {HEADER: _stamp(server, subject, error, origin=origin, kind=kind, tell=tell)}
    return send(headers)


def _stamp(
    server: Server, subject: str, refused: ServerRefused, *, origin: str, kind: str, tell: Callable[[int], None]
) -> str:
    bits, challenge = refused.work
    if bits is None:  # an older server says it at another address, and the same for every size
        asked: Any = server.get_json("/api/v1/limits").get("work")
        bits, challenge = (
            (asked.get(f"{kind}_bits"), asked.get("challenge")) if isinstance(asked, dict) else (None, None)
        )
    known = isinstance(challenge, str) and _CHALLENGE.fullmatch(challenge)
    if type(bits) is not int or not 0 <= bits <= MOST or not known:
        raise BadAnswer(f"The server asks for work beyond {MOST} bits or for none that can be done; try again later.")
    tell(bits)
    return solve(subject, origin=origin, challenge=str(challenge), bits=bits)
