# SPDX-License-Identifier: AGPL-3.0-or-later
"""The files that pages are made of: read and hashed once, when the server starts, and served from memory.

So what is served is what was hashed, and what was hashed is what the record says (`spec/assets.md`): a file that somebody changes on the
disk of a running server changes nothing, and one that is changed before a start is in the record before anybody gets it.

Addresses carry no hash, and a browser asks each time whether its copy is still the one: one that was once given a false script does not
keep it for a year, and a page never meets the script of another release.
"""

import gzip
import hashlib
import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed

from demur.web.packing import accepted

HERE: Final = Path(__file__).parent
PREFIX: Final = "/static/"
_KINDS: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}


@dataclass(frozen=True, kw_only=True)
class Asset:
    """One file: its bytes, their SHA-256 (hex) and what they are; packed by gzip, and by brotli where a build did that."""

    plain: bytes
    sha256: str
    kind: str
    gzip: bytes
    brotli: bytes | None

    @property
    def tag(self) -> str:
        """Its ETag: weak, because it names the file and not the packing."""
        return f'W/"{self.sha256[:32]}"'

    def packed(self, names: Collection[str]) -> tuple[str, bytes]:
        """The packing for whoever takes those named, "" for none, and the bytes."""
        if self.brotli is not None and "br" in names:
            return "br", self.brotli
        if "gzip" in names and len(self.gzip) < len(self.plain):
            return "gzip", self.gzip
        return "", self.plain


@cache
def assets() -> Mapping[str, Asset]:
    """Every file below `static/`, by its name there, such as `demur/js/write.js`."""
    root = HERE / "static"
    paths = sorted(path for path in root.rglob("*") if path.is_file() and path.suffix in _KINDS)
    return {path.relative_to(root).as_posix(): _read(path) for path in paths}


def files() -> dict[str, str]:
    """The SHA-256 (hex) of each file, by its name: what the record is told."""
    return {name: asset.sha256 for name, asset in assets().items()}


def are_built() -> bool:
    """Whether the scripts of the pages are there: they are built, not committed."""
    return "demur/js/write.js" in assets()


def in_checkout() -> bool:
    """Whether this runs from its source, where the scripts are built, rather than from an installed package."""
    return (HERE.parents[2] / "assets/build.mjs").exists()


def released() -> dict[str, str]:
    """As `files`, of the release: what a build of its source gives."""
    listed: dict[str, dict[str, Any]] = json.loads((HERE / "assets.json").read_text(encoding="utf-8"))
    return {name: row["sha256"] for name, row in listed.items()}


def _read(path: Path) -> Asset:
    plain = path.read_bytes()
    sha256 = hashlib.sha256(plain).hexdigest()
    packed = HERE / "packed" / f"{sha256}.br"  # named by what is in it, so it cannot be of an older file
    return Asset(
        plain=plain,
        sha256=sha256,
        kind=_KINDS[path.suffix],
        gzip=gzip.compress(plain, mtime=0),
        brotli=packed.read_bytes() if packed.exists() else None,
    )


class Assets:
    """Answers for the files; everything else goes on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        """`get_response` is the rest of the chain."""
        self.get_response = get_response
        self._files = assets()

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """A file, or what the rest of the chain says."""
        path = request.path_info
        asset = self._files.get(path.removeprefix(PREFIX)) if path.startswith(PREFIX) else None
        if asset is None:
            return self.get_response(request)
        if request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(["GET", "HEAD"])
        headers = {"ETag": asset.tag, "Cache-Control": "no-cache", "Vary": "Accept-Encoding"}
        if asset.tag in [tag.strip() for tag in request.headers.get("If-None-Match", "").split(",")]:
            return HttpResponse(status=304, headers=headers)
        packing, data = asset.packed(accepted(request.headers.get("Accept-Encoding", "")))
        if packing:
            headers["Content-Encoding"] = packing
        headers["Content-Length"] = str(len(data))
        body = b"" if request.method == "HEAD" else data
        return HttpResponse(body, content_type=asset.kind, headers=headers)
