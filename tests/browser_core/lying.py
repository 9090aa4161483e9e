# SPDX-License-Identifier: AGPL-3.0-or-later
"""The server in memory of the client's tests, which can be told to lie, behind a socket for node to ask."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from json import dumps

from tiny_record import TinyServer

from demur.client.errors import ServerRefused
from serving import listening


class Stage:
    """Which server answers now: a lie can be another server under the same address."""

    def __init__(self, server: TinyServer) -> None:
        self.server = server
        self.address = ""


@contextmanager
def on_stage(server: TinyServer) -> Iterator[Stage]:
    """Serve it on loopback until the block ends."""
    stage = Stage(server)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(size) if size else None
            try:
                status, data = 200, stage.server._once(self.command, self.path, body, dict(self.headers.items()))
            except ServerRefused as error:
                told = {"error": error.sentence, "code": error.code}
                status, data = error.status, dumps(told).encode()
            except ConnectionResetError:
                self.close_connection = True
                return
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PUT = answer  # noqa: N815 -- the base class wants these names

        def log_message(self, *_: object) -> None:
            """Nothing is said."""

    with listening(Handler) as stage.address:
        yield stage
