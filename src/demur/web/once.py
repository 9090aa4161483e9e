# SPDX-License-Identifier: AGPL-3.0-or-later
"""Answers to forms, each at an address of its own for ten minutes, so that a form stays nowhere in the browser's own files.

A browser keeps how it came to a page, to make it again after a crash. For the answer to a form that is the whole form: Chromium writes text
and return code in clear into the session files of its profile, whatever the headers say. Sent on to an address, it keeps the address.

What waits there is sealed under a key that stands in the address alone: this process holds ciphertext, in memory, never on a disk. Whoever
has the address within the time has the page; a page that was looked at once can be looked at again, since phones throw away pages that are
not in front and fetch them anew.
"""

import hashlib
import os
import re
import threading
import zlib
from collections import OrderedDict
from collections.abc import Callable
from functools import wraps
from typing import Final

from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from django.http import HttpResponse, HttpResponseBase

from demur.web.requests import DemurRequest

KEPT: Final = 600  # seconds that an answer can be looked at
ASKED: Final = 5  # seconds within which a browser asks for what it was sent on to
ROOM: Final = (
    32 * 2**20
)  # bytes of answers that are kept; beyond them the largest that was there a while makes way, else the oldest
LAST: Final = 8 * 2**20  # as much for those that cannot be had a second time: a flood of forms does not reach them
_TOKEN: Final = re.compile(r"[0-9a-f]{64}")
_NONCE: Final = bytes(12)  # each key seals one answer
_ONLY_ONCE: Final = "demur_only_once"
_SEE_OTHER: Final = 303  # the next address is fetched with GET, whatever was sent here
View = Callable[..., HttpResponseBase]


class Answers:
    """What can be looked at now, each sealed under its own address."""

    def __init__(self, *, room: int = ROOM) -> None:
        """Keeps nothing yet, and never more than `room` bytes."""
        self._kept: OrderedDict[bytes, tuple[int, bytes]] = OrderedDict()
        self._room, self._used = room, 0
        self._lock = threading.Lock()

    def keep(self, status: int, page: bytes, *, at: int) -> str:
        """Keep an answer from `at` (POSIX seconds) on; returns what opens it."""
        token = os.urandom(32)
        sealed = _cipher(token).encrypt(_NONCE, status.to_bytes(2, "big") + zlib.compress(page, 1), None)
        with self._lock:
            self._kept[_place(token)] = (at, sealed)
            self._used += len(sealed)
            self._make_way(at)
        return token.hex()

    def look(self, token: str, *, at: int) -> tuple[int, bytes] | None:
        """Status and page; None where there is none, or no more."""
        if not _TOKEN.fullmatch(token):
            return None
        key = bytes.fromhex(token)
        with self._lock:
            self._make_way(at)
            _, sealed = self._kept.get(_place(key), (0, b""))
        if not sealed:
            return None
        opened = _cipher(key).decrypt(_NONCE, sealed, None)
        return int.from_bytes(opened[:2], "big"), zlib.decompress(opened[2:])

    def _make_way(self, at: int) -> None:
        over = [place for place, (began, _) in self._kept.items() if at >= began + KEPT]
        for place in over:
            self._drop(place)
        while self._used > self._room:
            # A browser asks for what is new at once: nothing makes way before that, however much comes.
            settled = [place for place, (began, _) in self._kept.items() if at - began >= ASKED]
            self._drop(max(settled, key=self._size) if settled else next(iter(self._kept)))

    def _size(self, place: bytes) -> int:
        return len(self._kept[place][1])

    def _drop(self, place: bytes) -> None:
        _, sealed = self._kept.pop(place)
        self._used -= len(sealed)


_ANSWERS: Final = Answers()
_LAST: Final = Answers(room=LAST)


def only_once(response: HttpResponse) -> HttpResponse:
    """Marks an answer that nothing brings back, such as a return code: it is kept apart from all others."""
    setattr(response, _ONLY_ONCE, True)
    return response


def passed_on(view: View) -> View:
    """Marks a view whose answers to forms are looked at elsewhere; it is called with `gone` for one that is no more.

    A file to be saved, or nothing, is answered at once: no browser keeps how it came to that.
    """

    @wraps(view)
    def marked(request: DemurRequest, language: str) -> HttpResponseBase:
        token = request.GET.get("page")
        if request.method == "POST":
            response = view(request, language)
            if (
                not isinstance(response, HttpResponse)
                or not response.content
                or "Content-Disposition" in response.headers
            ):
                return response
            place = _LAST if getattr(response, _ONLY_ONCE, False) else _ANSWERS
            kept = place.keep(response.status_code, response.content, at=request.at)
            return HttpResponse(status=_SEE_OTHER, headers={"Location": f"{request.path}?page={kept}"})
        found = _looked(token, at=request.at) if token is not None else None
        if found is None:
            return view(request, language, gone=token is not None)
        status, page = found
        return HttpResponse(page, status=status, headers={"Content-Language": language})

    return marked


def _looked(token: str, *, at: int) -> tuple[int, bytes] | None:
    return _LAST.look(token, at=at) or _ANSWERS.look(token, at=at)


def _cipher(token: bytes) -> ChaCha20Poly1305:
    return ChaCha20Poly1305(hashlib.sha256(b"demur/once/key\0" + token).digest())


def _place(token: bytes) -> bytes:
    return hashlib.sha256(b"demur/once/place\0" + token).digest()
