# SPDX-License-Identifier: AGPL-3.0-or-later
"""The browser's reader of a thread, in node, asking the tiny server of a test over a socket."""

import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tiny_record import TinyServer

from demur.client.errors import ServerRefused
from demur.client.submitting import Filed
from serving import HANGS

SCRIPT = Path(__file__).parent / "node" / "thread.mjs"


def read_in_node(server: TinyServer, filed: Filed, *, recused: tuple[str, ...] = ()) -> dict[str, Any]:
    """What `assets/lib/thread.js` makes of the case, told as `thread.mjs` says."""
    asked = {
        "channel": server.channel.document(),
        "items": server.cases[filed.key.case].items,
        "author": filed.key.keys.signing.public.hex(),
        "now": server.now,
        "recused": list(recused),
    }
    with _served(server) as address:
        done = subprocess.run(
            ["node", str(SCRIPT), address],
            input=json.dumps(asked),
            capture_output=True,
            text=True,
            timeout=HANGS,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


@contextmanager
def _served(server: TinyServer) -> Iterator[str]:
    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(None)

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers["Content-Length"])))

        def _answer(self, body: bytes | None) -> None:
            try:
                status, data = 200, server._once(self.command, self.path, body, dict(self.headers))
            except ServerRefused as error:
                status, data = error.status, json.dumps({"error": error.code, "sentence": error.sentence}).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as httpd:
        thread = threading.Thread(target=httpd.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{httpd.server_address[1]}"
        finally:
            httpd.shutdown()
            thread.join()
