# SPDX-License-Identifier: AGPL-3.0-or-later
"""First views on an empty cache: what Chromium asks for, weighed as the wire carries it; and the author's pages with their worker."""

import http.client
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from acting import Author
from browsing import Browser, browser

from bench.frame import Plan, Row, bounded
from serving import Channel

PAGES: Final = {
    "public page": "/en/",
    "write": "/en/file/",
    "case": "/en/case/",
    "write, no script": "/en/file/plain/",
    "case, no script": "/en/case/plain/",
    "desk sign-in": "/en/desk/in/",
}
AUTHORS: Final = tuple(name for name, address in PAGES.items() if "/file/" in address or "/case/" in address)
WORKING: Final = ("write", "case")
REQUESTS: Final = 4
FIRST_VIEW: Final = 20.0  # kB
WITH_WORKER: Final = 80.0  # kB
SETTLED: Final = "new Promise((done) => setTimeout(() => done(true), 400))"  # what a page asks for once it is shown


def views(plan: Plan, channel: Channel, place: Path) -> list[Row]:
    """Requests, kilobytes of bodies and of headers of each page; kilobytes of all that seals or opens, for those with a worker."""
    rows = []
    for n, name in enumerate(WORKING if plan.quick else PAGES):
        with browser(place / f"view{n}") as page:
            page.visit(channel.url + PAGES[name])
            page.value(SETTLED)
            rows += _first(channel, name, _asked(page))
            if name in WORKING:
                rows.append(_working(channel, name, page))
    return rows


def _first(channel: Channel, name: str, asked: list[str]) -> list[Row]:
    weights = [weighed(channel, address) for address in asked]
    author = name in AUTHORS
    return [
        bounded(f"{name}: requests", "", [float(len(asked))], most=REQUESTS if author else None),
        bounded(f"{name}: bodies", "kB", [sum(body for body, _ in weights)], most=FIRST_VIEW if author else None),
        bounded(f"{name}: headers", "kB", [sum(head for _, head in weights)]),
    ]


def _working(channel: Channel, name: str, page: Browser) -> Row:
    """Begin as an author does, and weigh every file of ours that came; what it asked of the record is not of the page."""
    author = Author(page)
    author.click("#begin")
    author.wait("document.querySelector('[data-step]:not([hidden]), #words')")
    files = [
        each for each in _asked(page) if each.startswith("/static/") or "/sayings/" in each or each in PAGES.values()
    ]
    assert any("worker" in address for address in files), files
    return bounded(f"{name}: with worker", "kB", [sum(weighed(channel, each)[0] for each in files)], most=WITH_WORKER)


def _asked(page: Browser) -> list[str]:
    """The addresses that were asked of the server, each once."""
    urls = [request.url for request in page.sent() if request.url.startswith("http")]
    return list(dict.fromkeys(urlsplit(url)._replace(scheme="", netloc="").geturl() for url in urls))


def weighed(channel: Channel, address: str) -> tuple[float, float]:
    """Kilobytes (1,000 bytes) of the body and of the headers of an answer to somebody who takes brotli and gzip."""
    connection = http.client.HTTPConnection("127.0.0.1", channel.port, timeout=20)
    try:
        connection.request("GET", address, headers={"Accept-Encoding": "br, gzip"})
        answer = connection.getresponse()
        body = answer.read()
    finally:
        connection.close()
    assert answer.status == 200, (address, answer.status)
    head = sum(len(f"{name}: {value}\r\n") for name, value in answer.getheaders())
    return len(body) / 1000, head / 1000
