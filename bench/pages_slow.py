# SPDX-License-Identifier: AGPL-3.0-or-later
"""An author far away: 300 ms and 400 kbit a second. All that they wait for from the address to the return words, typing not counted."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from acting import Author
from browsing import Browser, browser

from bench.frame import Plan, Row, Spread
from bench.pages_frame import waited
from bench.pages_views import weighed
from serving import Channel

LATENCY: Final = 300  # ms
SPEED: Final = 50_000  # bytes a second
ROUNDS: Final = 3  # each takes ten seconds and more
LONGEST: Final = 60.0  # seconds
FILING: Final = 12.0  # seconds
TEXT: Final = "The northern crossing should stay open\n\n" + "The count was taken in the week of the strike. " * 106
FLOOR: Final = "one answer of as many bytes"


def filing(plan: Plan, channel: Channel, place: Path) -> list[Row]:
    """Seconds until the page can be used, and of waiting in all for one filing of 5 kB; an empty profile each round."""
    usable, whole, views, floors, weights = [], [], [], [], []
    for n in range(1 if plan.quick else min(plan.rounds, ROUNDS)):
        with browser(place / f"slow{n}") as page, _answering() as floor:
            if not plan.quick:
                page.slow(latency=LATENCY, down=SPEED, up=SPEED)
            began = time.perf_counter()
            page.go(f"{channel.url}/en/file/")
            page.until("document.querySelector('#begin') && document.readyState === 'complete'", seconds=LONGEST)
            usable.append(time.perf_counter() - began)
            seen = _bytes(page, channel)
            _file(Author(page))
            whole.append(time.perf_counter() - began)
            weights.append(_bytes(page, channel) / 1000)
            page.accepts = True  # leaves the page with its words unsaved
            views.append(_one_answer(page, floor, seen))
            floors.append(_one_answer(page, floor, round(weights[-1] * 1000)))
    link = "no limit" if plan.quick else "300 ms, 400 kbit"
    return [
        waited(f"write page usable ({link})", "s", usable, views, floor_name=FLOOR),
        waited(f"file 5 kB, all waiting ({link})", "s", whole, floors, floor_name=FLOOR, most=FILING),
        Row(name="what that carried, both ways", unit="kB", ours=Spread.of(weights)),
    ]


def _file(author: Author) -> None:
    """From the first click until it is filed and the receipt can be saved, with hands that take no time."""
    author.click("#begin")
    author.wait("document.querySelector('[data-step]:not([hidden])')", seconds=LONGEST)
    author.write_own(TEXT, claims=(2,))
    author.next("facts")
    author.choose("agency", "State")
    for step in ("readers", "check"):
        author.next(step)
    author.click("#next")
    author.wait("document.querySelector('[data-act=written]')", seconds=LONGEST)
    author.words_back(author.words())


def _bytes(page: Browser, channel: Channel) -> int:
    """What went over the wire since the page was opened: answers with their headers, and bodies of requests."""
    down = sum(told["encodedDataLength"] for told in page.told("Network.loadingFinished"))
    sent = page.sent()
    # Of a worker's own file Chromium tells the headers alone.
    workers = {urlsplit(request.url).path for request in sent if request.url.endswith("-worker.js")}
    return round(down + sum(1000 * weighed(channel, path)[0] for path in workers)) + sum(
        len(each.body) for each in sent
    )


def _one_answer(page: Browser, server: str, size: int) -> float:
    began = time.perf_counter()
    page.visit(f"{server}/{size}")
    return time.perf_counter() - began


@contextmanager
def _answering() -> Iterator[str]:
    """A server that answers with as many bytes as its address says."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            size = int(self.path[1:]) if self.path[1:].isdigit() else 0
            self.send_response(200)
            self.send_header("Content-Type", "text/plain")
            self.send_header("Content-Length", str(size))
            self.end_headers()
            self.wfile.write(b"a" * size)

        def log_message(self, *_: object) -> None:
            """Nothing is said."""

    served = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=served.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{served.server_port}"
    finally:
        served.shutdown()
        thread.join()
        served.server_close()
