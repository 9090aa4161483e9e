# SPDX-License-Identifier: AGPL-3.0-or-later
"""Requests that seats sign. Format: `spec/seat-request.md`; PROTOCOL section 1.

No session and no password: whoever takes over the server gets signed requests for things already asked, and can make none.
"""

import hashlib
import re
from dataclasses import dataclass
from typing import Final

from demur import canonical
from demur.seal.errors import RequestError, SealError
from demur.seal.signing import SigningKey, verify

DOMAIN: Final = "demur/request/v1"
_FORM: Final = re.compile(
    r"Demur-Seat seat=([a-z0-9][a-z0-9_-]{0,63}),time=([1-9][0-9]{0,15}),nonce=([0-9a-f]{32}),signature=([0-9a-f]{128})"
)


def _signed(*, seat: str, method: str, path: str, body: bytes, origin: str, time: int, nonce: str) -> bytes:
    return canonical.dump(
        {
            "body": hashlib.sha256(body).hexdigest(),
            "method": method,
            "nonce": nonce,
            "origin": origin,
            "path": path,
            "seat": seat,
            "time": time,
        }
    )


def sign_request(
    key: SigningKey, *, seat: str, method: str, path: str, body: bytes, origin: str, now: int, nonce: str
) -> str:
    """The value of the Authorization header. `path` includes the query; `nonce` is 32 fresh hex digits."""
    message = _signed(seat=seat, method=method, path=path, body=body, origin=origin, time=now, nonce=nonce)
    return f"Demur-Seat seat={seat},time={now},nonce={nonce},signature={key.sign(DOMAIN, message).hex()}"


@dataclass(frozen=True, kw_only=True)
class SeatRequest:
    """A parsed header; nothing of it is to be believed before `verify`."""

    seat: str
    time: int
    nonce: str
    signature: bytes

    def verify(
        self, public: bytes, *, method: str, path: str, body: bytes, origin: str, now: int, window: int = 300
    ) -> None:
        """Raises RequestError unless `public` signed exactly this request within `window` seconds of `now`."""
        if abs(now - self.time) > window:
            raise RequestError(
                "The signed request is too old or from the future; set this machine's clock and try again."
            )
        message = _signed(
            seat=self.seat, method=method, path=path, body=body, origin=origin, time=self.time, nonce=self.nonce
        )
        try:
            verify(public, DOMAIN, message, self.signature)
        except SealError:
            raise RequestError(
                "The request is not signed by the key of this seat; use the key that is on the roster."
            ) from None


def parse_authorization(header: str) -> SeatRequest:
    """Read the header; raises RequestError."""
    match = _FORM.fullmatch(header)
    if match is None:
        raise RequestError("The request is not signed by a seat; sign it with the seat's key.")
    return SeatRequest(seat=match[1], time=int(match[2]), nonce=match[3], signature=bytes.fromhex(match[4]))
