# SPDX-License-Identifier: AGPL-3.0-or-later
"""Answers that are the same for everybody, packed by brotli or gzip (RFC 9110, section 8.4.1).

Only these: the length of a packed answer tells which of two texts repeats the other, so none is packed that holds a secret, or repeats
what a stranger sent (BREACH). That is why the middleware of Django, which packs whatever comes, is not used.
"""

import gzip
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from functools import wraps
from typing import Any, Final

import brotli  # type: ignore[import-untyped]  # no stubs of its own
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

SMALL: Final = 200  # bytes that are sent as they are
KEPT: Final = 16  # packed answers, the ones asked for last
BEST: Final = 11  # of brotli: about a millisecond for each kilobyte
QUICK: Final = 5  # of brotli: faster than gzip, and smaller
GZIP: Final = 6
RATE: Final = 50_000  # bytes that are packed as well as can be in a second, on the whole: 5 % of a core
AT_ONCE: Final = 1_000_000  # bytes that may be so packed when none were for long

_NO_WEIGHT: Final = (";q=0", ";q=0.", ";q=0.0", ";q=0.00", ";q=0.000")


def accepted(header: str) -> frozenset[str]:
    """The packings that an Accept-Encoding names, less those that it gives no weight."""
    parts = [part.replace(" ", "").lower() for part in header.split(",")]
    return frozenset(part.partition(";")[0] for part in parts if not part.endswith(_NO_WEIGHT))


class Packer:
    """Packs each content once, as small as can be, and keeps the last few. What changes faster than RATE allows is packed quickly."""

    def __init__(self, steady: Callable[[], float] = time.monotonic) -> None:
        """`steady` tells seconds that never go back."""
        self._steady = steady
        self._lock = threading.Lock()
        self._kept: OrderedDict[bytes, bytes] = OrderedDict()
        self._paid = float("-inf")  # until when RATE is used up

    def brotli(self, plain: bytes) -> bytes:
        """`plain` packed by brotli (RFC 7932)."""
        with self._lock:
            known = self._kept.get(plain)
            if known is not None:
                self._kept.move_to_end(plain)
                return known
            best = self._may(len(plain))
        packed: bytes = brotli.compress(plain, quality=BEST if best else QUICK)
        if best:
            with self._lock:
                self._kept[plain] = packed
                while len(self._kept) > KEPT:
                    self._kept.popitem(last=False)
        return packed

    def _may(self, size: int) -> bool:
        """Whether there is time to pack so many bytes as well as can be; they are counted."""
        now = self._steady()
        paid = max(self._paid, now) + size / RATE
        if paid > now + AT_ONCE / RATE:
            return False
        self._paid = paid
        return True


_packer: Final = Packer()


def packed(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A view whose answer is the same for everybody: packed for whoever takes it so."""

    @wraps(view)
    def answer(request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponse:
        response = view(request, *arguments, **named)
        if response.status_code != 200 or len(response.content) < SMALL:
            return response
        patch_vary_headers(response, ["Accept-Encoding"])
        names = accepted(request.headers.get("Accept-Encoding", ""))
        if "br" in names:
            response.content, packing = _packer.brotli(response.content), "br"
        elif "gzip" in names:
            response.content, packing = gzip.compress(response.content, GZIP, mtime=0), "gzip"
        else:
            return response
        response.headers["Content-Encoding"] = packing
        response.headers["Content-Length"] = str(len(response.content))
        return response

    return answer
