# SPDX-License-Identifier: AGPL-3.0-or-later
"""A server that lies to a desk: between it and the real one stands a machine that changes answers, and writes down what passes."""

import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from json import dumps, loads
from typing import Any

from serving import listening


@dataclass(frozen=True)
class Passed:
    """One request as the server saw it, and the status and size of its answer."""

    method: str
    path: str
    body: bytes
    status: int
    size: int


@dataclass
class Between:
    """Where it answers. `lie(path, answer)` gives the JSON that is told instead; `bytes_lie(path, data)` the bytes instead of others."""

    to: str
    address: str = ""
    lie: Callable[[str, Any], Any] = lambda _, answer: answer
    bytes_lie: Callable[[str, str, bytes], tuple[int, bytes]] | None = None
    passed: list[Passed] = field(default_factory=list)

    def ask(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        """What the real server answers."""
        request = urllib.request.Request(self.to + path, body or None, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        """What is told."""
        status, data = self.ask(method, path, headers, body)
        if status == 200 and data.startswith(b"{"):
            data = dumps(self.lie(path, loads(data))).encode()
        elif self.bytes_lie is not None:
            status, data = self.bytes_lie(method, path, data)
        self.passed.append(Passed(method, path, body, status, len(data)))
        return status, data


@contextmanager
def between(address: str) -> Iterator[Between]:
    """Stand between a desk and the server at `address` until the block ends."""
    liar = Between(to=address)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def tell(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(size) if size else b""
            sent = {
                name: self.headers[name]
                for name in ("Authorization", "Demur-Token", "Content-Type")
                if self.headers[name]
            }
            status, data = liar.answer(self.command, self.path, sent, body)
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PUT = do_DELETE = tell  # noqa: N815 -- the base class wants these names

        def log_message(self, *_: object) -> None:
            """Nothing is said."""

    with listening(Handler) as liar.address:
        yield liar
