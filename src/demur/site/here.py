# SPDX-License-Identifier: AGPL-3.0-or-later
"""This very server as a client sees it, without a network: for the pages that seal and open for people whose browser runs no script.

Everything that such a page does goes through the addresses that everybody uses, so it can do nothing that a client could not, and what the
client checks of a server is checked here as well. Nothing is written down on the way.
"""

import io
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any

from django.core.handlers.wsgi import WSGIHandler

from demur.client.errors import BadAnswer, ServerRefused
from demur.client.http import OK, Server, Take, refusal
from demur.site.installed import installation
from demur.web.requests import HERE


class Here(Server):
    """The server that runs in this process."""

    def __init__(self, address: str) -> None:
        """`address` is what the channel is known by; nothing is asked of it."""
        super().__init__(address, insecure=True)
        self._application = WSGIHandler()

    @contextmanager
    def together(self) -> Iterator[None]:
        """There is no connection to share, and this one server is every thread's."""
        yield

    def _once(
        self,
        method: str,
        path: str,
        body: bytes | None,
        headers: Mapping[str, str],
        take: Take | None,
        *,
        everything: bool = False,  # noqa: ARG002 -- whoever looks at answers as a browser gets them looks from outside
    ) -> bytes:
        told: list[str] = []

        def start(status: str, *_: object) -> Callable[[bytes], object]:
            told.append(status)
            return len  # nothing writes in the old way

        answer: Any = self._application(_environment(method, path, body, headers), start)
        try:
            data = b"".join(answer)
        finally:
            answer.close()
        status = int(told[0].split(" ", 1)[0])
        if take is not None and status == OK:
            return take(io.BytesIO(data))  # type: ignore[arg-type]  # what it needs of an answer is `read`
        if not 200 <= status < 300:
            raise _told(refusal(status, data))
        return data


def _told(refused: ServerRefused | BadAnswer) -> ServerRefused | BadAnswer:
    # Work that the server did for whoever sends a form would cost the flood nothing, and everybody else the server.
    wanted = isinstance(refused, ServerRefused) and refused.code == "work"
    return ServerRefused(503, "busy", str(refused)) if wanted else refused


@cache
def here() -> Here:
    """The one of this process."""
    return Here(installation().address)


def _environment(method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> dict[str, Any]:
    place, _, query = path.partition("?")
    data = body or b""
    named = {
        f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items() if name != "Content-Type"
    }
    return {
        "REQUEST_METHOD": method,
        "PATH_INFO": place,
        "QUERY_STRING": query,
        "SCRIPT_NAME": "",
        HERE: True,
        "SERVER_NAME": "here",
        "SERVER_PORT": "0",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_TYPE": headers.get("Content-Type", ""),
        "CONTENT_LENGTH": str(len(data)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(data),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        **named,
    }
