# SPDX-License-Identifier: AGPL-3.0-or-later
"""Talking to a channel's server, with the standard library alone.

- https, or plain http to this very machine only; a redirect is an error, because a filing goes where the channel says
  or nowhere.
- No cookies, no state between requests, a connection for each (the parts of one file share theirs), and headers that are
  the same on every machine: whoever reads the server's log learns nothing about the author's computer beyond what the
  network shows.
- Every request of the protocol may be sent twice (`spec/filing.md`): the case id and the signed act make it the same
  request, so a lost answer is asked for again, and a person who filed once has filed once.
"""

import hashlib
import http.client
import io
import json
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, BinaryIO, Final
from urllib.parse import urlsplit

from demur.client.address import is_onion, normal_address
from demur.client.errors import BadAnswer, Insecure, ServerRefused, Unreachable
from demur.client.proxies import EXAMPLE, Proxy, proxy_for
from demur.client.tunnel import connect

USER_AGENT: Final = "demur"  # neither version nor machine: both would tell authors apart
ATTEMPTS: Final = 3
PAUSE: Final = 0.5  # seconds before the second attempt; twice that before the third
MAX_ANSWER: Final = 64 * 1024 * 1024  # bytes; a mailbox page or one sealed file
MAX_SENTENCE: Final = 400  # letters of a server's own words that are shown

NOTHING: Final[Mapping[str, str]] = MappingProxyType({})
_PIECE: Final = 256 * 1024
OK: Final = 200
UNREADABLE: Final = "The server sends headers that browsers may read otherwise; it is no server of Demur."

# Refusals that no server of Demur writes: they come from a proxy in front of it, which knows nothing of the channel.
_BETWEEN: Final[Mapping[int, str]] = MappingProxyType(
    {
        413: "Something between you and the channel refuses requests of this size (413). A file of more than 1 MB is sent in parts and "
        "goes through: pack the smaller ones into one archive, name another -o, and tell the channel's administrator.",
        502: "Something between you and the channel does not reach it (502); nothing was recorded. Try again in a minute.",
        503: "Something between you and the channel takes no requests now (503); nothing was recorded. Try again in a minute.",
        504: "Something between you and the channel gave up waiting for it (504); whether it was recorded is not known, so run the same "
        "command again: it is recorded once.",
    }
)

_FAR: Final = 120.0  # seconds: what a circuit of Tor may take
Headers = Mapping[str, str] | Callable[[], Mapping[str, str]]
Take = Callable[[http.client.HTTPResponse], bytes]


@dataclass(frozen=True, kw_only=True)
class Looked:
    """An answer as it came: headers by their names in lower case, the body still packed if it was."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Server:
    """One server at `address`, such as `https://dissent.example.org`. Raises Insecure for plain http over a network.

    `headers` may be a function: it is called anew for each attempt, for signatures that hold once.
    """

    def __init__(
        self,
        address: str,
        *,
        insecure: bool = False,
        timeout: float = 30.0,
        attempts: int = ATTEMPTS,
        proxy: Proxy | None = None,
    ) -> None:
        self.address = normal_address(address, insecure=insecure)
        self._parts = urlsplit(self.address)
        self.proxy = proxy or proxy_for(self.address)
        self._timeout, self._attempts = max(timeout, _FAR) if self.proxy else timeout, attempts
        if is_onion(self._parts.hostname or "") and self.proxy is None:
            raise Insecure(
                f"{self._parts.hostname} is reached through Tor alone, and asking for its name would tell the network; "
                f"give --proxy {EXAMPLE}."
            )
        self._shared: http.client.HTTPConnection | None = None

    @contextmanager
    def together(self) -> Iterator[None]:
        """The requests of the block share one connection while the server leaves it open: for those that anybody sees to belong
        together, such as the parts of one file. Over TLS or Tor a new connection for each costs several times the way there and back.
        """
        self._shared = self._connection()
        try:
            yield
        finally:
            self._shared.close()
            self._shared = None

    def get(self, path: str, headers: Headers = NOTHING) -> bytes:
        """The body of the answer to GET. Raises Unreachable, ServerRefused, BadAnswer."""
        return self._ask("GET", path, None, headers)

    def get_json(self, path: str, headers: Headers = NOTHING) -> dict[str, Any]:
        """The JSON object that answers GET. Raises what `get` raises."""
        return _object(self.get(path, headers))

    def post(
        self, path: str, body: bytes, *, content_type: str = "application/json", headers: Headers = NOTHING
    ) -> bytes:
        """The body of the answer to POST. Raises Unreachable, ServerRefused, BadAnswer."""
        return self._ask("POST", path, body, lambda: {**_fresh(headers), "Content-Type": content_type})

    def post_json(
        self, path: str, body: bytes, *, content_type: str = "application/json", headers: Headers = NOTHING
    ) -> dict[str, Any]:
        """The JSON object that answers POST. Raises what `post` raises."""
        return _object(self.post(path, body, content_type=content_type, headers=headers))

    def put_json(self, path: str, body: bytes, *, headers: Headers = NOTHING) -> dict[str, Any]:
        """The JSON object that answers PUT. Raises what `get` raises."""
        kind = {"Content-Type": "application/octet-stream"}
        return _object(self._ask("PUT", path, body, lambda: {**_fresh(headers), **kind}))

    def look(self, path: str, headers: Headers = NOTHING) -> Looked:
        """Whatever answers GET, a refusal too, as a browser gets it. Raises Unreachable, BadAnswer if it is too large."""
        found: Looked | None = None

        def take(answer: http.client.HTTPResponse) -> bytes:
            nonlocal found
            if answer.msg.defects:
                raise BadAnswer(UNREADABLE)
            said: dict[str, str] = {}
            for name, value in answer.getheaders():  # a header that came twice is seen to have
                said[name.lower()] = f"{said[name.lower()]}, {value}" if name.lower() in said else value
            found = Looked(status=answer.status, headers=said, body=answer.read(MAX_ANSWER + 1))
            return found.body

        self._ask("GET", path, None, headers, take, everything=True)
        assert found is not None
        return found

    def download(self, path: str, target: BinaryIO, headers: Headers = NOTHING, *, size: int) -> str:
        """Write the body of the answer to GET to `target`, in pieces; returns its SHA-256 (hex). Raises what `get` raises,
        and BadAnswer if it is not of `size` bytes.
        """
        digest, start = hashlib.sha256(), target.tell()

        def take(answer: http.client.HTTPResponse) -> bytes:
            nonlocal digest
            digest = hashlib.sha256()
            target.seek(start)
            target.truncate()
            left = size + 1
            while left > 0 and (piece := answer.read(min(_PIECE, left))):
                digest.update(piece)
                target.write(piece)
                left -= len(piece)
            if left != 1:
                raise http.client.IncompleteRead(b"", left - 1)
            return b""

        self._ask("GET", path, None, headers, take)
        return digest.hexdigest()

    def _ask(
        self,
        method: str,
        path: str,
        body: bytes | None,
        headers: Headers,
        take: Take | None = None,
        *,
        everything: bool = False,
    ) -> bytes:
        for attempt in range(1, self._attempts + 1):
            try:
                named = {**_fresh(headers), "User-Agent": USER_AGENT}
                return self._once(method, path, body, named, take, everything=everything)
            except ssl.SSLCertVerificationError as error:
                raise Unreachable(
                    f"The certificate of {self.address} does not hold ({error.verify_message}); do not file there."
                ) from None
            except (OSError, http.client.HTTPException) as error:
                if attempt == self._attempts:
                    raise Unreachable(
                        f"The server {self.address} gives no answer ({_reason(error)}); check address and connection, "
                        "then run the same command again."
                    ) from None
                time.sleep(PAUSE * attempt)
        raise AssertionError("the last attempt returns or raises")

    def _once(
        self,
        method: str,
        path: str,
        body: bytes | None,
        headers: Mapping[str, str],
        take: Take | None,
        *,
        everything: bool,
    ) -> bytes:
        with self._line() as connection:
            connection.request(method, self._parts.path + path, body=body, headers=dict(headers))
            answer = connection.getresponse()
            taken = take is not None and (everything or answer.status == OK)
            data = take(answer) if take is not None and taken else answer.read(MAX_ANSWER + 1)
            if len(data) > MAX_ANSWER:
                raise BadAnswer(f"The server's answer is larger than {MAX_ANSWER} bytes; it is not a server of Demur.")
        if not taken and not 200 <= answer.status < 300:
            raise refusal(answer.status, data)
        return data

    @contextmanager
    def _line(self) -> Iterator[http.client.HTTPConnection]:
        """The connection of one request: its own, which ends with it, or the shared one."""
        if self._shared is None:
            with closing(self._connection()) as own:
                yield own
            return
        try:
            yield self._shared
        except BaseException:
            self._shared.close()  # nobody knows what would come next on it; it opens again for the next request
            raise

    def _connection(self) -> http.client.HTTPConnection:
        host = self._parts.hostname or ""
        connection: http.client.HTTPConnection
        if self._parts.scheme == "https":
            context = ssl.create_default_context()
            connection = http.client.HTTPSConnection(host, self._parts.port, timeout=self._timeout, context=context)
        else:
            connection = http.client.HTTPConnection(host, self._parts.port, timeout=self._timeout)
        connection.response_class = _Answer
        if self.proxy is not None:
            connection._create_connection = self._through  # type: ignore[attr-defined]
        return connection

    def _through(self, place: tuple[str, int], timeout: float, _source: object = None) -> socket.socket:
        """A connection by the proxy: the library asks for one here, and looks no name up itself."""
        assert self.proxy is not None
        return connect(self.proxy, place[0], place[1], timeout=timeout)


class _Answer(http.client.HTTPResponse):
    """An answer whose lines end where every browser ends them: the library takes a CR alone for an end, and not all browsers do."""

    def __init__(self, sock: socket.socket, *arguments: Any, **named: Any) -> None:
        super().__init__(sock, *arguments, **named)
        self.fp.close()
        self.fp = _Lines(sock.makefile("rb", buffering=0))


class _Lines(io.BufferedReader):
    def readline(self, size: int | None = -1, /) -> bytes:
        line = super().readline(size)
        if b"\r" in line.removesuffix(b"\r\n"):
            raise BadAnswer(UNREADABLE)
        return line


def _fresh(headers: Headers) -> Mapping[str, str]:
    return headers() if callable(headers) else headers


def _object(data: bytes) -> dict[str, Any]:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        raise BadAnswer("The server's answer is not JSON; check that the address is that of a channel.") from None
    if not isinstance(value, dict):
        raise BadAnswer("The server's answer is not an object; check that the address is that of a channel.")
    return value


def refusal(status: int, data: bytes) -> ServerRefused | BadAnswer:
    """What an answer of this status means, other than success."""
    if 300 <= status < 400:
        return BadAnswer("The server points to another address; give that one yourself if its channel words are right.")
    try:
        told = _object(data)
    except BadAnswer:
        told = {}
    code, sentence = told.get("code"), told.get("error")
    if not isinstance(code, str) or not isinstance(sentence, str) or not sentence:
        code, sentence = (
            "unknown",
            _BETWEEN.get(status, f"The server answered {status} without saying why; try again later."),
        )
    said = "".join(letter if letter.isprintable() else "�" for letter in sentence[:MAX_SENTENCE])
    return ServerRefused(status, code[:40], said, work=(told.get("bits"), told.get("challenge")))


def _reason(error: OSError | http.client.HTTPException) -> str:
    if isinstance(error, TimeoutError):
        return "it took too long"
    return getattr(error, "strerror", None) or type(error).__name__
