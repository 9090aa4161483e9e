# SPDX-License-Identifier: AGPL-3.0-or-later
"""What `verify-site` takes for an honest answer's headers: ours as they are, what a plain proxy adds, and nothing else."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from passing_on import Lie, look

from demur.client.errors import BadAnswer
from demur.client.http import Server
from demur.client.siteheaders import KINDS, OF_PAGE, cookie_of_sign_in, faults_of_headers, of_file, tag_of_file
from demur.desk.sessions import HOURS
from demur.web.assets import _KINDS, assets
from demur.web.headers import HEADERS, OF_PAGES
from serving import Channel

CSS = "/static/demur/demur.css"
PLAIN_PROXY = {
    "accept-ranges": "bytes",
    "age": "0",
    "alt-svc": 'h3=":443"; ma=2592000',
    "keep-alive": "timeout=5, max=100",
    "strict-transport-security": "max-age=63072000; includeSubDomains; preload",
    "upgrade": "h2,h2c",
    "vary": "Accept-Encoding, Cookie",
    "via": "1.1 varnish (Varnish/7.1), 1.1 Caddy",
    "x-envoy-upstream-service-time": "12",
    "x-varnish": "32770 3",
}
HARMFUL = {
    "set-cookie": "visitor=1234; Max-Age=99999999; Path=/",
    "speculation-rules": '"https://evil.example/r.json"',
    "nel": '{"report_to":"default","max_age":999999}',
    "report-to": '{"group":"default","max_age":99,"endpoints":[{"url":"https://evil.example"}]}',
    "reporting-endpoints": 'default="https://evil.example/r"',
    "content-security-policy-report-only": "default-src 'none'; report-uri https://evil.example/",
    "refresh": "0; url=https://evil.example/",
    "link": "<https://evil.example/x.css>; rel=preload; as=style",
    "referrer-policy": "unsafe-url",
    "cache-control": "max-age=9999999, immutable",
    "permissions-policy": "camera=*",
    "accept-ch": "Sec-CH-UA-Full-Version-List",
    "alt-svc": 'h2="evil.example:443"',
    "etag": '"visitor-77"',
    "last-modified": "Thu, 01 Jan 1970 00:00:07 GMT",
    "origin-trial": "x",
    "cross-origin-opener-policy": "unsafe-none",
    "x-content-type-options": "",
    "content-disposition": "attachment; filename=demur.exe",
    "clear-site-data": '"executionContexts"',
    "service-worker-allowed": "/",
    "sourcemap": "https://evil.example/x.map",
    "x-dns-prefetch-control": "on",
    "a-header-of-next-year": "1",
}


def adding(place: str, more: dict[str, str]) -> Lie:
    """Everything at `place`, or all with "", comes with more headers."""

    def lie(
        path: str, _packing: str, status: int, headers: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        return status, {**headers, **more} if place in {path, ""} else headers, body

    return lie


def test_a_channel_behind_a_plain_proxy_holds(served: Channel, tmp_path: Path) -> None:
    told = look(served, adding("", PLAIN_PROXY), tmp_path, "--json")

    assert (told.code, told.json["differences"]) == (0, [])


def test_each_harmful_header_is_told_on_pages_texts_and_files(served: Channel, tmp_path: Path) -> None:
    for place in ("/id/file/", "/id/desk/in/", "/id/desk/first/", "/checkpoint", CSS):
        told = look(served, adding(place, HARMFUL), tmp_path, "--json")
        rows = told.json["differences"]

        assert told.code == 1
        assert {row["place"] for row in rows} == {place}
        for name in HARMFUL:
            assert [row for row in rows if f"comes with {name.title()} " in row["sentence"]] != [], (place, name)


@pytest.mark.parametrize("name", HARMFUL)
def test_one_of_them_is_enough(name: str) -> None:
    assert len([*faults_of_headers({**OF_PAGE, name: HARMFUL[name]}, OF_PAGE)]) == 1


def test_what_must_come_and_does_not_is_told(served: Channel, tmp_path: Path) -> None:
    for name in OF_PAGE:
        assert [*faults_of_headers({each: value for each, value in OF_PAGE.items() if each != name}, OF_PAGE)] == [
            f"comes without the header {name.title()}"
        ]

    def lie(
        path: str, _packing: str, status: int, headers: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        return status, {"content-type": headers["content-type"]} if path == CSS else headers, body

    told = look(served, lie, tmp_path, "--json")
    assert told.code == 1
    assert {row["place"] for row in told.json["differences"]} == {CSS}


def test_the_headers_are_those_that_our_server_writes() -> None:
    ours = {name.lower(): value for name, value in HEADERS.items() if name != "Server"}

    assert {name: value for name, value in OF_PAGE.items() if name not in {"content-type", "cache-control"}} == ours
    for name, asset in assets().items():
        own = {each: value for each, value in ours.items() if each not in {page.lower() for page in OF_PAGES}}
        assert of_file(name) == {**own, "content-type": asset.kind, "cache-control": "no-cache"}
        tagged = {**of_file(name), "etag": asset.tag}
        assert [*faults_of_headers(tagged, of_file(name), tag_of_file(asset.sha256))] == []
        assert [*faults_of_headers(tagged, of_file(name), tag_of_file("0" * 64))] != []
    assert KINDS == _KINDS


def test_the_desks_sign_in_gives_its_own_cookie_and_no_other() -> None:
    own = f"desk-en={'a' * 64}; expires=Fri, 27 Nov 2026 06:36:00 GMT; HttpOnly; Max-Age={HOURS * 3600}; Path=/en/desk/; SameSite=Strict"
    may = cookie_of_sign_in("en")

    for good in (own, f"__Secure-{own}; Secure"):
        assert [*faults_of_headers({**OF_PAGE, "set-cookie": good}, OF_PAGE, may)] == []
        assert len([*faults_of_headers({**OF_PAGE, "set-cookie": good}, OF_PAGE)]) == 1
    for bad in (
        f"{own}, x=1",
        f"x=1, {own}",
        own.replace("Path=/en/desk/", "Path=/"),
        own.replace("desk-en", "desk-id"),
        own.replace("43200", "99999999"),
        own.replace("; HttpOnly", ""),
        own.replace("SameSite=Strict", "SameSite=None"),
        f"{own}; Domain=evil.example",
    ):
        assert len([*faults_of_headers({**OF_PAGE, "set-cookie": bad}, OF_PAGE, may)]) == 1


@contextmanager
def answering(answer: bytes) -> Iterator[str]:
    """The address of a server that answers one request with these very bytes."""
    with socket.create_server(("127.0.0.1", 0)) as waiting:

        def once() -> None:
            with waiting.accept()[0] as asked:
                asked.recv(65536)
                asked.sendall(answer)

        thread = threading.Thread(target=once)
        thread.start()
        yield f"http://127.0.0.1:{waiting.getsockname()[1]}"
        thread.join()


@pytest.mark.parametrize(
    "lines",
    [
        b"Age: 1\r\nno header\r\nSet-Cookie: visitor=1\r\n",
        b"Age: 1\r\nSet-Cookie : visitor=1\r\n",
        b"Age: 1\rReferrer-Policy: no-referrer\r\n",
        b" Age: 1\r\n",
        b": 1\r\n",
    ],
    ids=["junk", "space", "return", "fold", "nameless"],
)
def test_headers_that_browsers_may_read_otherwise_are_refused(lines: bytes) -> None:
    with answering(b"HTTP/1.1 200 OK\r\n" + lines + b"Content-Length: 0\r\n\r\n") as url:  # noqa: SIM117
        with pytest.raises(BadAnswer, match="read otherwise"):
            Server(url).look("/")


def test_plain_lines_are_read_whole_or_in_pieces() -> None:
    for answer in (
        b"HTTP/1.1 200 OK\r\nAge: 1\r\nContent-Length: 3\r\n\r\na\rb",
        b"HTTP/1.1 200 OK\nAge: 1\nTransfer-Encoding: chunked\n\n3\r\na\rb\r\n0\r\n\r\n",
    ):
        with answering(answer) as url:
            looked = Server(url).look("/")
        assert (looked.headers["age"], looked.body) == ("1", b"a\rb")
