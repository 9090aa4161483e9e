# SPDX-License-Identifier: AGPL-3.0-or-later
"""A seat's line to its server: every request signed anew by the seat's key (PROTOCOL section 1, `spec/filing.md`).

There is no session to steal. A request that is sent again after a lost answer carries another nonce, because the server
takes each signature once. The token of a case stands inside the grant: a server that was never told it cannot be asked
about the case.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO, Final
from urllib.parse import urlsplit

from demur.charter.channel import Channel
from demur.client.errors import ClientError
from demur.client.filing import Random
from demur.client.http import Server
from demur.seal.keyfile import SeatKey
from demur.seal.requests import sign_request

SEAT: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


@dataclass(frozen=True, kw_only=True)
class SeatLine:
    """Who asks, where, with what key. `clock()` gives POSIX seconds, `random(n)` n fresh bytes. Raises ClientError for
    no seat id."""

    server: Server
    channel: Channel
    seat: str
    key: SeatKey
    random: Random
    clock: Callable[[], int]

    def __post_init__(self) -> None:
        """A seat id goes into a header and an address: it must be able to be neither."""
        if not SEAT.fullmatch(self.seat):
            raise ClientError(f"{self.seat!r} is not the id of a seat; `demur seat list` shows those of the channel.")

    def get(self, path: str, *, token: str = "") -> bytes:
        """The body of the answer. Raises what `Server.get` raises."""
        return self.server.get(path, self._headers("GET", path, b"", token))

    def get_json(self, path: str, *, token: str = "") -> dict[str, Any]:
        """The JSON object that answers. Raises what `Server.get` raises."""
        return self.server.get_json(path, self._headers("GET", path, b"", token))

    def download(self, path: str, target: BinaryIO, *, token: str, size: int) -> str:
        """Write the answer, of `size` bytes, to `target`; its SHA-256 (hex). Raises what `Server.download` raises."""
        return self.server.download(path, target, self._headers("GET", path, b"", token), size=size)

    def post_json(self, path: str, body: bytes, *, content_type: str, token: str = "") -> dict[str, Any]:
        """The JSON object that answers. Raises what `Server.post` raises."""
        headers = self._headers("POST", path, body, token)
        return self.server.post_json(path, body, content_type=content_type, headers=headers)

    def _headers(self, method: str, path: str, body: bytes, token: str) -> Callable[[], Mapping[str, str]]:
        # The server sees the whole path, also where it lives under a prefix of its host.
        full = urlsplit(self.server.address).path + path

        def signed() -> Mapping[str, str]:
            authorization = sign_request(
                self.key.signing,
                seat=self.seat,
                method=method,
                path=full,
                body=body,
                origin=self.channel.origin,
                now=self.clock(),
                nonce=self.random(16).hex(),
            )
            return {"Authorization": authorization, **({"Demur-Token": token} if token else {})}

        return signed
