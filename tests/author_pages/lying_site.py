# SPDX-License-Identifier: AGPL-3.0-or-later
"""The pages of a real channel under one address with a server that lies: pages and scripts as they are, every answer of the record a lie's.

The server in memory lives in another year, and no browser can be told the time: what its worker believes to be now is put before the
worker's own program.
"""

import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from json import dumps

from tiny_record import TinyServer

from demur.client.errors import ServerRefused
from serving import Channel, listening

OWN = ("/api/", "/checkpoint", "/tile/")  # what the lying server answers
ONLY_OURS = {"content-length", "content-encoding", "transfer-encoding", "connection", "date", "server"}


class Site:
    """Where it answers. A test changes `server` (another record under the same address) and what it says."""

    def __init__(self, server: TinyServer, pages: Channel) -> None:
        self.server = server
        self.pages = pages
        self.address = ""
        self.takes_acts = True

    def answer(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> tuple[int, bytes]:
        """As the lying server answers."""
        if method == "POST" and path.endswith("/acts") and not self.takes_acts:
            return 503, dumps({"error": "Not now.", "code": "busy"}).encode()
        try:
            return 200, self.server._once(method, path, body, headers)
        except ServerRefused as error:
            return error.status, dumps({"error": error.sentence, "code": error.code}).encode()

    def page(self, path: str) -> tuple[int, bytes, dict[str, str]]:
        """As the real channel answers; its worker's clock is the lying server's."""
        try:
            with urllib.request.urlopen(self.pages.url + path, timeout=60) as answer:
                status, data, headers = answer.status, answer.read(), answer.headers
        except urllib.error.HTTPError as error:
            status, data, headers = error.code, error.read(), error.headers
        if path.endswith("author-worker.js"):
            shift = (self.server.now - int(time.time())) * 1000
            data = f"const now_ = Date.now; Date.now = () => now_.call(Date) + {shift};\n".encode() + data
        return status, data, {name: value for name, value in headers.items() if name.lower() not in ONLY_OURS}


@contextmanager
def lying_site(server: TinyServer, pages: Channel) -> Iterator[Site]:
    """Serve it on loopback until the block ends."""
    site = Site(server, pages)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(size) if size else None
            if self.path.startswith(OWN):
                status, data = site.answer(self.command, self.path, body, dict(self.headers.items()))
                headers = {"Content-Type": "application/octet-stream", "Cache-Control": "no-store"}
            else:
                status, data, headers = site.page(self.path)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = answer  # noqa: N815 -- the base class wants these names

        def log_message(self, *_: object) -> None:
            """Nothing is said."""

    with listening(Handler) as site.address:
        yield site
