# SPDX-License-Identifier: AGPL-3.0-or-later
"""The headers that an answer to a browser may have, and why each may: all others are faults. Pure.

A list of what is harmful would be one of what was harmful when it was written: by headers browsers keep numbers, load, report and prefetch,
and they learn new ones. What is ours has one value; what a plain proxy in front adds has a form by which nothing is kept, sent or loaded.
"""

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

KIND: Final = "text/html; charset=utf-8"
TEXT: Final = "text/plain; charset=utf-8"
KINDS: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": TEXT,
}  # of a file, by how its name ends

# What comes with every answer, in these words; `web/headers.py` writes them, and a test holds the two together.
_EVERY: Final = {
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-embedder-policy": "require-corp",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
OF_PAGE: Final = {
    **_EVERY,
    "permissions-policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "content-type": KIND,
    "cache-control": "no-store",
}
OF_TEXT: Final = {**OF_PAGE, "content-type": TEXT}

_ANY: Final = r"[ -~]*"
_MAY: Final = {
    # Ours, with a value of the answer's own.
    "content-security-policy": _ANY,  # read by itself, in pagescan.py
    "content-encoding": "gzip|identity",  # what was asked for, and is unpacked
    "content-language": r"[a-z]{2,3}(-[A-Za-z0-9]+)*",
    "content-length": r"\d+",
    "vary": _ANY,  # which requests are answered alike; a browser sends nothing back by it
    # Of the program beneath and of proxies, about this one answer and its connection; forgotten with it.
    "accept-ranges": "bytes|none",
    "age": r"\d+",
    "connection": _ANY,
    "date": _ANY,
    "keep-alive": _ANY,
    "server": _ANY,
    "transfer-encoding": "chunked",
    "upgrade": r"h2c?(, ?h2c?)*",  # Apache offers HTTP/2 so
    "via": _ANY,
    "x-envoy-upstream-service-time": r"\d+",  # Envoy's own, which browsers do not know
    "x-varnish": r"[\d ]+",  # Varnish's
    # Kept by browsers, in the only forms that lead nowhere else and are too few to number people by.
    "alt-svc": r'clear|h[23](-\d\d)?=":443"(; ma=\d+)?(; persist=1)?(, ?h[23](-\d\d)?=":443"(; ma=\d+)?(; persist=1)?)*',
    "strict-transport-security": r"(?i:max-age=\d+(; ?(includeSubDomains|preload))*;?)",
}
_MORE: Final[Mapping[str, str]] = MappingProxyType({})


def of_file(name: str) -> Mapping[str, str]:
    """What comes with a listed file, in these words."""
    kind = KINDS.get(name[name.rfind(".") :], "")
    return {**_EVERY, "content-type": kind, "cache-control": "no-cache"}


def tag_of_file(sha256: str) -> Mapping[str, str]:
    """The ETag that a file may have, as `more`: browsers send it back, so it must say nothing but which file it is."""
    return {"etag": re.escape(f'W/"{sha256[:32]}"')}


def cookie_of_sign_in(language: str) -> Mapping[str, str]:
    """The one cookie that a browser may be given, as `more`: it is sent to the desk alone and ends with the day."""
    named = rf"(__Secure-)?desk-{language}=[0-9a-f]{{64}}"
    lasting = rf"expires=[A-Za-z0-9 ,:-]+; HttpOnly; Max-Age=43200; Path=/{language}/desk/; SameSite=Strict(; Secure)?"
    return {"set-cookie": f"{named}; {lasting}"}


def faults_of_headers(
    headers: Mapping[str, str], must: Mapping[str, str], more: Mapping[str, str] = _MORE
) -> Iterator[str]:
    """What is wrong with the headers of an answer, by their names in lower case: one sentence each.

    `must` has those that come with exactly these values, `more` patterns of those that may come beside what may come with every answer.
    """
    may = {**_MAY, **more}
    for name in sorted(set(must) - set(headers)):
        yield f"comes without the header {name.title()}"
    for name, value in sorted(headers.items()):
        if name in must:
            if value != must[name]:
                yield f"comes with {name.title()} {value[:60]!r}, not {must[name]!r}"
        elif name not in may or not re.fullmatch(may[name], value):
            yield f"comes with {name[:40].title()} {value[:60]!r}, which neither Demur nor a plain proxy sends"
