# SPDX-License-Identifier: AGPL-3.0-or-later
"""The floor of uploading, the server's side: appends what comes to one file, hashes and flushes it at the end.

`python -m bench.upload_floor PORT`, with the file's name in BENCH_TARGET. Server and threads as those of `demur serve`, no framework.
"""

import hashlib
import os
from collections.abc import Callable, Iterable
from typing import Any

from bench.filing_server import behind_gateway, serve

TARGET = "BENCH_TARGET"  # the environment's name for the file
PART = 1024 * 1024

if __name__ == "__main__":
    serve("bench.upload_floor:application")


def _appending(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """PUT appends a part; POST ends the file, and answers with its SHA-256 (hex)."""
    data = environ["wsgi.input"].read()
    said = b"kept"
    if environ["REQUEST_METHOD"] == "PUT":
        with open(os.environ[TARGET], "ab") as file:  # noqa: PTH123 -- the least that it takes
            file.write(data)
    elif environ["REQUEST_METHOD"] == "POST":
        said = _ended().encode()
    start_response("200 OK", [("Content-Length", str(len(said)))])
    return [said]


def _ended() -> str:
    digest = hashlib.sha256()
    with open(os.environ[TARGET], "rb") as file:  # noqa: PTH123 -- as above
        while piece := file.read(PART):
            digest.update(piece)
        os.fsync(file.fileno())
    return digest.hexdigest()


application = behind_gateway(_appending)
