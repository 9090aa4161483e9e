# SPDX-License-Identifier: AGPL-3.0-or-later
"""The witness's address: `POST /add-checkpoint`, and a page for people. The standard library, few threads, no access log."""

import socket
import sys
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

from demur.record.errors import NotConsistent, NotLatest, NotTheLog, UnknownLog, WitnessError
from demur.record.witnessing import MAX_REQUEST
from demur.witness.errors import BadWitness
from demur.witness.state import Witness

SIZE_TYPE: Final = "text/x.tlog.size"
_TEXT: Final = "text/plain; charset=utf-8"
_DIGITS: Final = 12  # of a Content-Length
_SECONDS: Final = 10  # a client that says nothing for so long is let go
_STATUS: Final[tuple[tuple[type[WitnessError], int], ...]] = (
    (UnknownLog, 404),
    (NotTheLog, 403),
    (NotLatest, 409),
    (NotConsistent, 422),
    (WitnessError, 400),
)


def serve(witness: Witness, host: str, port: int, *, now: Callable[[], int]) -> ThreadingHTTPServer:
    """A server for `witness`, bound and not yet running; `serve_forever` runs it. `now` gives POSIX seconds."""

    class Handler(_Handler):
        pass

    class Listener(_Listener):
        address_family = socket.AF_INET6 if ":" in host else socket.AF_INET

    Handler.witness, Handler.now, Handler.told = witness, staticmethod(now), []
    return Listener((host, port), Handler)


class _Listener(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:  # noqa: ARG002 -- the standard library's
        """What failed and where, never for whom: the standard library would write down the address of who asked."""
        error = sys.exc_info()[1]
        if error is None or isinstance(error, OSError):
            return  # the other side went away
        places = ", ".join(f"{place.name}:{place.lineno}" for place in traceback.extract_tb(error.__traceback__)[-3:])
        sys.stderr.write(f"demur: witness: {type(error).__name__} at {places}\n")


class _Handler(BaseHTTPRequestHandler):
    witness: Witness
    now: Callable[[], int]
    told: list[str]
    protocol_version = "HTTP/1.1"
    server_version = "demur-witness"
    sys_version = ""
    timeout = _SECONDS

    def do_POST(self) -> None:
        """Consider a checkpoint."""
        length = self.headers.get("Content-Length", "")
        if self.path != "/add-checkpoint":
            self._refuse(404, "There is nothing at this address; POST to /add-checkpoint.\n")
        elif not _is_length(length):
            self._refuse(413, f"A request states its length and has at most {MAX_REQUEST} bytes.\n")
        else:
            self._consider(self.rfile.read(int(length)))

    def _consider(self, body: bytes) -> None:
        try:
            self._answer(200, self.witness.cosign(body.decode("utf-8"), now=self.now))
        except UnicodeDecodeError:
            self._answer(400, "The request is not UTF-8.\n")
        except NotLatest as error:
            self._answer(409, f"{error.size}\n", kind=SIZE_TYPE)
        except WitnessError as error:
            self._answer(next(status for kind, status in _STATUS if isinstance(error, kind)), f"{error}\n")
        except BadWitness as error:
            self._tell(error)
            self._answer(500, f"{error}\n")

    def do_GET(self) -> None:
        """What this witness is, and what it has seen."""
        if self.path != "/":
            self._answer(404, "There is nothing at this address.\n")
            return
        try:
            self._answer(200, page(self.witness), kind="text/html; charset=utf-8")
        except BadWitness as error:
            self._tell(error)
            self._answer(500, f"{error}\n")

    def _refuse(self, status: int, text: str) -> None:
        self.close_connection = True  # the body was not read
        self._answer(status, text)

    def _answer(self, status: int, text: str, *, kind: str = _TEXT) -> None:
        data = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        self.wfile.write(data)

    def _tell(self, error: BadWitness) -> None:
        """Say on standard error what this witness cannot do, such as write to a full disk: once until it says something else."""
        if self.told[-1:] != [str(error)]:
            self.told[:] = [str(error)]
            sys.stderr.write(f"demur witness: {error}\n")

    def log_message(self, *_: object) -> None:
        """Who asks is not written down."""


def _is_length(text: str) -> bool:
    """Whether a stranger's Content-Length is one that is taken; by its digits first, for a number of thousands of digits is no number."""
    return text.isascii() and text.isdigit() and len(text) <= _DIGITS and int(text) <= MAX_REQUEST


def page(witness: Witness) -> str:
    """The page for people: name, keys, and for each log the last tree and when. Raises BadWitness."""
    rows = "".join(
        f"<li><b>{escape(log.verifier.name)}</b>: "
        + (f"{log.last.size} entries, cosigned {_day(log.time)}" if log.last else "nothing cosigned yet")
        + "</li>"
        for log in witness.logs()
    )
    keys = "".join(f"<li><code>{escape(vkey[:60])}…</code></li>" for vkey in witness.vkeys)
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>Witness {escape(witness.name)}</title><style>body{{font:1.1rem/1.5 system-ui;max-width:40rem;margin:2rem auto;"
        "padding:0 1rem}code{overflow-wrap:anywhere}</style>"
        f"<h1>Witness {escape(witness.name)}</h1><p>It countersigns what the records below show, once each, in order. It sees how "
        f"large a record is and when it grew, and nothing else.</p><h2>Records</h2><ul>{rows}</ul><h2>Keys</h2><ul>{keys}</ul></html>\n"
    )


def _day(at: int) -> str:
    try:
        return datetime.fromtimestamp(at, tz=UTC).strftime("%Y-%m-%d %H:%M UTC")
    except (ValueError, OverflowError, OSError):
        return f"at a time beyond any calendar ({at})"
