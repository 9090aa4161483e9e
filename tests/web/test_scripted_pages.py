# SPDX-License-Identifier: AGPL-3.0-or-later
"""Pages that run our scripts, in a real browser: light, nothing to complain of, and an attacker's script still cannot run, ask or post."""

import gzip
import http.client
import json
from collections.abc import Iterator
from pathlib import Path

import brotli
import pytest
from browsing import Browser, browser
from test_in_chromium import PLANT
from test_over_the_wire import ask

from demur.web.headers import WORKER
from serving import Channel

pytestmark = pytest.mark.browser
PAGES = ["file", "case", "desk/in"]
FIRST_VIEW = 20_000  # bytes, compressed, of an author's page before anything is sealed (DESIGN, section 8)
WITH_WORKER = 80_000  # bytes, with all that seals
REQUESTS = 4
# Bytes, compressed, of what is signed and asked for before sealing, counted apart: the channel and the directory. Keys and signatures are
# most of it and have no redundancy: 17,000 bytes of them, with eight offices.
SIGNED = 20_000
# What an attacker who can write into the page would try next; each gives a word if it got anywhere.
ATTEMPT = "(async () => { try { return await (async () => { %s })(); } catch { return ''; } })()"
LOADED = "await new Promise((done, no) => { x.onload = done; x.onerror = no; setTimeout(no, 2000); document.body.append(x); }); return"
TRIES = {
    "eval": "return eval('\"ran\"')",
    "function": "return new Function('return \"ran\"')()",
    "markup": "document.body.innerHTML = '<p>ran'; return 'ran'",
    "worker": "new Worker('/static/demur/js/write.js'); return 'ran'",
    "blob worker": "new Worker(URL.createObjectURL(new Blob(['1']))); return 'ran'",
    "policy": "trustedTypes.createPolicy('mine', {createScriptURL: (x) => x}); return 'ran'",
    "script": f"const x = document.createElement('script'); x.src = 'data:text/javascript,1'; {LOADED} 'ran'",
    "elsewhere": "await fetch('http://localhost:1/', {mode: 'no-cors'}); return 'ran'",
    "picture": f"const x = new Image(); x.src = 'http://localhost:1/x.png'; {LOADED} 'ran'",
    "frame": f"const x = document.createElement('iframe'); x.src = '/en/'; {LOADED} x.contentDocument?.body.innerText",
}


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser with an empty profile."""
    with browser(tmp_path_factory.mktemp("profile")) as page:
        yield page


@pytest.mark.parametrize("language", ["en", "id"])
@pytest.mark.parametrize("page", PAGES)
def test_the_browser_has_nothing_to_complain_about(
    chromium: Browser, served: Channel, page: str, language: str
) -> None:
    chromium.visit(f"{served.url}/{language}/{page}/")

    assert chromium.complaints() == []


@pytest.mark.parametrize("page", PAGES)
def test_no_script_runs_that_somebody_put_into_the_page(chromium: Browser, served: Channel, page: str) -> None:
    chromium.visit(f"{served.url}/en/{page}/")

    assert chromium.value(PLANT) == ""


@pytest.mark.parametrize("name", TRIES)
@pytest.mark.parametrize("page", ["file", "case"])
def test_nothing_else_can_be_run_or_asked(chromium: Browser, served: Channel, page: str, name: str) -> None:
    chromium.visit(f"{served.url}/en/{page}/")

    assert attempted(chromium, name) == ""
    left = [request.url for request in chromium.sent() if "localhost:1" in request.url]
    assert [url for url in left if not blocked(chromium, url)] == []


@pytest.mark.parametrize("name", ["eval", "function", "markup", "policy", "script"])
def test_the_same_would_run_without_a_policy(chromium: Browser, tmp_path: Path, name: str) -> None:
    (tmp_path / "bare.html").write_text("<!doctype html><title>bare</title><p>no policy here")
    chromium.visit((tmp_path / "bare.html").as_uri())

    assert attempted(chromium, name) == "ran"


def attempted(chromium: Browser, name: str) -> str:
    """What an attempt came to, as the page's own script would make it: what the debugger evaluates may else do more."""
    done = chromium.ask(
        "Runtime.evaluate",
        expression=ATTEMPT % TRIES[name],
        awaitPromise=True,
        returnByValue=True,
        allowUnsafeEvalBlockedByCSP=False,
    )
    return str(done["result"].get("value") or "")


def blocked(chromium: Browser, url: str) -> bool:
    """Whether the policy kept the request from leaving."""
    ids = {told["requestId"] for told in chromium.told("Network.requestWillBeSent") if told["request"]["url"] == url}
    failed = {told["requestId"]: told.get("blockedReason") for told in chromium.told("Network.loadingFailed")}
    return all(failed.get(number) == "csp" for number in ids)


@pytest.mark.parametrize("page", ["file", "case"])
def test_nothing_can_be_posted(chromium: Browser, served: Channel, page: str) -> None:
    chromium.visit(f"{served.url}/en/{page}/")
    chromium.value(
        "(() => { const f = document.createElement('form'); f.method = 'post'; f.action = '/en/'; document.body.append(f); f.submit(); })()"
    )
    chromium.until("new Promise((done) => setTimeout(() => done(true), 300))")

    assert [request.method for request in chromium.sent() if request.method != "GET"] == []
    assert "form-action" in str(chromium.complaints())


@pytest.mark.parametrize("worker", ["author-worker", "case/author-worker", "desk-worker"])
def test_a_worker_is_served_with_a_policy_of_its_own(served: Channel, worker: str) -> None:
    assert ask(served, f"/static/demur/js/{worker}.js").headers["content-security-policy"] == WORKER


@pytest.mark.parametrize("page", ["file", "case"])
def test_the_first_view_is_light(served: Channel, tmp_path: Path, page: str) -> None:
    with browser(tmp_path / "empty") as chromium:
        chromium.visit(f"{served.url}/en/{page}/")
        chromium.until("new Promise((done) => setTimeout(() => done(true), 500))")
        told = chromium.told("Network.loadingFinished")
        asked = [request.url for request in chromium.sent() if not request.url.startswith(("data:", "blob:"))]

    assert len(asked) <= REQUESTS, asked
    assert 0 < sum(row["encodedDataLength"] for row in told) <= FIRST_VIEW, told


@pytest.mark.parametrize(
    ("page", "scripts"),
    [("file", ("write", "writing", "author-worker")), ("case", ("case", "mycase", "case/author-worker"))],
)
def test_all_that_seals_is_light_too(served: Channel, page: str, scripts: tuple[str, ...]) -> None:
    addresses = [
        "/static/demur/demur.css",
        "/static/demur/icon.svg",
        *(f"/static/demur/js/{name}.js" for name in scripts),
    ]
    packed = {address: ask(served, address, Accept_Encoding="br, gzip") for address in addresses}
    weights = {address: len(answer.body) for address, answer in packed.items()}
    for address in {"file": ("file/", "file/sayings/steps/"), "case": ("case/",)}[page]:
        weights[address] = len(ask(served, f"/en/{address}", Accept_Encoding="br, gzip").body)

    assert {packed[address].headers.get("content-encoding") for address in addresses if address.endswith(".js")} == {
        "br"
    }
    assert sum(weights.values()) <= WITH_WORKER, weights


@pytest.mark.parametrize("worker", ["author-worker", "case/author-worker"])
def test_a_browser_without_ed25519_gets_a_worker_of_its_own(served: Channel, worker: str) -> None:
    own, portable = (
        len(ask(served, f"/static/demur/js/{place}{worker}.js", Accept_Encoding="br").body)
        for place in ("", "portable/")
    )

    assert own + 3_000 < portable < own + 8_000


@pytest.mark.parametrize("path", ["/en", "/id", "/en/file", "/en/case", "/EN/", "/en/file/plain"])
def test_an_address_typed_from_paper_leads_to_its_page(served: Channel, path: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=20)
    try:
        connection.request("GET", f"{path}?next=http://localhost:1/")
        answer = connection.getresponse()
        assert (answer.status, answer.headers["Location"]) == (301, f"{path.lower().rstrip('/')}/")
        answer.read()
        for method, address in (("POST", path), ("GET", "/en/nothing"), ("GET", "//localhost:1/en")):
            connection.request(method, address, body=b"")
            answer = connection.getresponse()
            assert answer.status == 404, (method, address)
            answer.read()
    finally:
        connection.close()


def test_what_is_signed_for_sealing_is_light_for_whoever_takes_it_packed(served: Channel) -> None:
    addresses = ("/api/v1/channel", "/api/v1/directory")
    unpack = {"": bytes, "gzip": gzip.decompress, "br": brotli.decompress}
    weight = {}
    for packing in unpack:
        answers = [ask(served, address, **({"Accept_Encoding": packing} if packing else {})) for address in addresses]
        assert {answer.headers.get("content-encoding", "") for answer in answers} == {packing}
        assert {answer.headers["vary"] for answer in answers} == {"Accept-Encoding"}
        channel, directory = (json.loads(unpack[packing](answer.body)) for answer in answers)
        assert channel["channel"]["type"] == "channel"
        assert directory["roster"]["entry"]["seats"]
        weight[packing] = sum(len(answer.body) for answer in answers)
    print(f"\nsigned answers that sealing needs, in bytes: {weight}")

    assert weight["br"] <= SIGNED


def test_the_icon_is_found_where_a_browser_looks_for_it(served: Channel) -> None:
    answer = ask(served, "/favicon.ico")

    assert (answer.status, answer.headers["content-type"]) == (200, "image/svg+xml")
