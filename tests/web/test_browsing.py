# SPDX-License-Identifier: AGPL-3.0-or-later
"""The tools with which pages are tried: each is seen to do what it says, so that a test that finds nothing has looked."""

import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from axe import axe
from browsing import Browser, browser

from serving import listening

pytestmark = pytest.mark.browser
PAGE = """<!doctype html><html lang="en"><title>Tried</title><h1>Tried</h1><main><label for="f">Text</label><input id="f">
<label for="file">File</label><input id="file" type="file"><button id="b">Send</button><a id="d" href="/file.txt" download>Save</a>
<p id="out"></p><a href="/other">Other</a></main><script src="/page.js"></script>"""
SCRIPT = """const w = new Worker("/worker.js"); w.onmessage = (e) => { out.textContent = e.data; };
b.onclick = () => w.postMessage(f.value); file.onchange = async () => { out.textContent = await file.files[0].text(); };"""
WORKER = """onmessage = async (e) => { const a = await fetch("/take", {method: "POST", body: new TextEncoder().encode(e.data)});
postMessage("took " + await a.text()); };"""
FILES = {
    "/": PAGE,
    "/page.js": SCRIPT,
    "/worker.js": WORKER,
    "/file.txt": "a file",
    "/take": "it",
    "/other": "<title>Other</title>other",
}


class Handler(BaseHTTPRequestHandler):
    """Answers what stands in FILES."""

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        text = FILES.get(self.path)
        self.send_response(200 if text else 404)
        kind = {"js": "text/javascript", "txt": "text/plain"}.get(self.path.rpartition(".")[2], "text/html")
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write((text or "").encode())

    do_POST = do_GET  # noqa: N815 -- named by http.server

    def log_message(self, *arguments: object) -> None:
        """Silent."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """A little site that does what ours must not."""
    with listening(Handler) as url:
        yield f"{url}/"


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Browser]:
    """A browser of its own, because each test bends the world."""
    with browser(tmp_path / "profile") as found:
        yield found


def test_what_a_worker_sends_is_seen_with_its_body(page: Browser, site: str) -> None:
    page.visit(site)
    page.fill("#f", "canary")
    page.click("#b")
    page.see("took it")

    assert [request.url for request in page.sent() if "canary" in request] == [f"{site}take"]


def test_hands_reach_what_a_keyboard_reaches(page: Browser, site: str) -> None:
    page.visit(site)
    page.tab_to("#f")
    page.type("typed", slowly=True)
    page.press("Backspace", times=2)
    page.tab_to("#b")
    page.press("Enter")
    page.see("took it")

    assert page.value("f.value") == "typ"
    with pytest.raises(AssertionError, match="cannot be reached"):
        page.tab_to("#out", most=12)


def test_files_go_in_and_come_out(page: Browser, site: str, tmp_path: Path) -> None:
    (tmp_path / "in.txt").write_text("from a file")
    page.saved_to(tmp_path / "saved")
    page.visit(site)
    page.choose("#file", tmp_path / "in.txt")
    page.see("from a file")
    page.click("#d")

    assert page.saved("file*").read_text() == "a file"


@pytest.mark.parametrize("script", ["page.js", "worker.js"])
def test_scripts_can_be_blocked_late_or_false(page: Browser, site: str, script: str) -> None:
    def asked() -> str:
        page.value("f.value = 'x'; window.b.click()")
        time.sleep(0.5)
        return str(page.value("document.querySelector('#out').textContent"))

    page.block(f"*/{script}")
    page.visit(site)
    assert asked() == ""
    page.release()

    page.hold(f"*/{script}")
    page.go(site)
    time.sleep(0.5)
    if script == "worker.js":
        assert asked() == ""
    page.release()
    page.until("typeof w !== 'undefined'")
    page.click("#b")
    page.see("took it")

    page.answer(f"*/{script}", b"onmessage = () => postMessage('false'); self.out && (out.textContent = 'false')")
    page.visit(site)
    page.until(
        "document.querySelector('#out').textContent = document.querySelector('#out').textContent || (b.click(), '')"
    )
    assert page.value("out.textContent") == "false"


@pytest.mark.alone
def test_a_slow_network_is_slow_for_the_worker_too(page: Browser, site: str) -> None:
    page.visit(site)
    page.click("#b")
    page.see("took it")
    page.value("out.textContent = ''")
    page.slow(latency=700)
    page.fill("#f", "x")
    begun = time.monotonic()
    page.click("#b")
    page.see("took it")
    assert time.monotonic() - begun >= 0.65

    page.slow()
    begun = time.monotonic()
    page.value("out.textContent = ''")
    page.click("#b")
    page.see("took it")
    assert time.monotonic() - begun < 0.65


def test_without_scripts_none_runs(page: Browser, site: str) -> None:
    page.without_scripts()
    page.visit(site)

    assert page.value("document.querySelector('#b').onclick") is None


def test_what_a_page_leaves_behind_is_found(page: Browser, site: str) -> None:
    page.visit(site)
    assert page.kept() == {}
    page.value(
        "localStorage.a = 'b'; sessionStorage.c = 'd'; document.cookie = 'e=f'; history.replaceState('g', '', '?h'); 1"
    )
    page.value(
        "new Promise((done) => { indexedDB.open('i').onsuccess = done; }).then(() => caches.open('j')).then(() => 1)"
    )

    assert set(page.kept()) == {"local", "session", "cookies", "state", "databases", "caches"}
    assert page.history()[-1] == f"{site}?h"


def test_what_a_page_leaves_is_written_to_the_profile_when_it_is_closed(tmp_path: Path, site: str) -> None:
    with browser(tmp_path / "p") as found:
        found.visit(site)
        found.value("localStorage.a = 'canary5d1f'; 1")

    assert any(b"canary5d1f" in path.read_bytes() for path in (tmp_path / "p").rglob("*") if path.is_file())


def test_a_page_that_asks_whether_to_leave_is_heard(page: Browser, site: str) -> None:
    page.visit(site)
    page.value("addEventListener('beforeunload', (event) => event.preventDefault()); 1")
    page.fill("#f", "x")
    page.accepts = False
    page.go(f"{site}other")
    assert page.value("document.title") == "Tried"
    page.accepts = True
    page.visit(f"{site}other")

    assert page.value("document.title") == "Other"
    assert len(page.dialogs) == 2


def test_complaints_are_heard_from_page_and_worker(page: Browser, site: str) -> None:
    page.answer("*/worker.js", b"console.error('from the worker'); throw new Error('thrown')")
    page.visit(site)
    page.value("console.error('from the page')")
    end = time.monotonic() + 10
    while time.monotonic() < end and str(page.complaints()).count("thrown") == 0:
        page.value("1")

    assert {"from the worker", "from the page", "thrown"} == {
        word for word in ("from the worker", "from the page", "thrown") if word in str(page.complaints())
    }


def test_a_reader_may_zoom_in(page: Browser, site: str) -> None:
    page.look(width=1280, zoom=2)
    page.visit(site)

    assert page.value("innerWidth") == 640


def test_axe_finds_a_field_without_a_label_and_nothing_on_a_good_page(page: Browser, site: str) -> None:
    page.visit(site)
    assert axe(page, without=("landmark-one-main", "region")) == []
    page.value("document.querySelector('label').remove(); document.documentElement.lang = ''; 1")

    assert {line.partition(":")[0] for line in axe(page, without=("region",))} == {"label", "html-has-lang"}
