# SPDX-License-Identifier: AGPL-3.0-or-later
"""A server between a channel and whoever looks at its pages: it passes everything on, and lies."""

import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path

from serving import Channel, Done, demur, listening

# (address, packing asked for, status, headers, body) -> the same, changed
Lie = Callable[[str, str, int, dict[str, str], bytes], tuple[int, dict[str, str], bytes]]


def honest(
    _path: str, _packing: str, status: int, headers: dict[str, str], body: bytes
) -> tuple[int, dict[str, str], bytes]:
    return status, headers, body


class AsItCame(urllib.request.HTTPRedirectHandler):
    """Passes a redirect on, as it does every other answer."""

    def redirect_request(self, *_: object) -> None:
        """None: it is not followed."""


@contextmanager
def lying(channel: Channel, lie: Lie) -> Iterator[str]:
    """A server that passes everything on from `channel`, and lies."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            packing = self.headers.get("Accept-Encoding", "")
            request = urllib.request.Request(channel.url + self.path, headers={"Accept-Encoding": packing})
            try:
                with urllib.request.build_opener(AsItCame).open(request, timeout=10) as found:
                    status, headers, body = found.status, dict(found.headers), found.read()
            except urllib.error.HTTPError as error:
                with error:
                    status, headers, body = error.code, dict(error.headers), error.read()
            named = {name.lower(): value for name, value in headers.items()}
            status, named, body = lie(self.path, packing, status, named, body)
            self.send_response(status)
            for name, value in named.items():
                if name not in {"content-length", "server", "date", "connection", "transfer-encoding"}:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            """Silent."""

    with listening(Handler) as url:
        yield url


def look(channel: Channel, lie: Lie, home: Path, *more: str) -> Done:
    with lying(channel, lie) as url:
        return demur("verify-site", url, "--channel", channel.file, *more, home=home)
