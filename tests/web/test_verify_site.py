# SPDX-License-Identifier: AGPL-3.0-or-later
"""A channel's pages held against its record: a server that sends one false byte, or one page too much, is told from an honest one."""

import gzip
import json
import urllib.request
from pathlib import Path

import pytest
from passing_on import Lie, honest, look

from demur.client.pagescan import faults_of_page, faults_of_policy, languages_of, links_of
from demur.web.headers import POLICY, WORKER, policy
from serving import Channel, practice_channel

WORKER_FILE = "/static/demur/js/author-worker.js"


def test_an_honest_server_holds(served: Channel, tmp_path: Path) -> None:
    told = look(served, honest, tmp_path, "--json")
    said = look(served, honest, tmp_path)

    assert (told.code, told.json["differences"], told.json["holds"]) == (0, [], True)
    assert WORKER_FILE.removeprefix("/static/") in told.json["files"]
    assert told.json["unwitnessed"] is True
    assert said.code == 0
    assert "Every file is served as listed" in said.out
    assert "Not looked at: the pages behind the sign-in" in said.out
    assert told.json["not_looked_at"] == ["desk/"]


def test_one_changed_byte_is_told_with_its_file(served: Channel, tmp_path: Path) -> None:
    def lie(
        path: str, packing: str, status: int, headers: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        changed = bytes([body[0] ^ 1]) + body[1:] if path == WORKER_FILE and "content-encoding" not in headers else body
        return status, headers, changed

    told = look(served, lie, tmp_path, "--json")

    assert told.code == 1
    assert [(row["place"], row["code"]) for row in told.json["differences"]] == [(WORKER_FILE, "changed")]
    assert f"DIFFERS  {WORKER_FILE}" in look(served, lie, tmp_path).out


def test_a_lie_that_only_packed_answers_tell_is_found(served: Channel, tmp_path: Path) -> None:
    def lie(
        path: str, packing: str, status: int, headers: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        if path != WORKER_FILE or packing == "identity":
            return status, headers, body
        return status, {**headers, "content-encoding": "gzip"}, gzip.compress(b"fetch('/' + words)")

    told = look(served, lie, tmp_path, "--json")

    assert told.code == 1
    assert [(row["place"], row["code"]) for row in told.json["differences"]] == [(WORKER_FILE, "changed")]


def on_page(text: str) -> Lie:
    """Puts `text` into the page on which an author writes."""

    def lie(
        path: str, _packing: str, status: int, headers: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        if path != "/id/file/":
            return status, headers, body
        plain = gzip.decompress(body) if headers.pop("content-encoding", "") == "gzip" else body
        return status, headers, plain.replace(b"<main", text.encode() + b"<main", 1)

    return lie


def policy_of_page(text: str) -> Lie:
    def lie(
        path: str, _packing: str, status: int, headers: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        return status, {**headers, "content-security-policy": text} if path == "/id/file/" else headers, body

    return lie


def worker_without_policy(
    path: str, _packing: str, status: int, headers: dict[str, str], body: bytes
) -> tuple[int, dict[str, str], bytes]:
    if path == WORKER_FILE:
        headers.pop("content-security-policy")
    return status, headers, body


def first_elsewhere(
    path: str, _packing: str, status: int, headers: dict[str, str], body: bytes
) -> tuple[int, dict[str, str], bytes]:
    if path != "/id/desk/first/":
        return status, headers, body
    assert (status, headers["location"]) == (302, "/id/desk/in/")
    return status, {**headers, "location": "https://elsewhere.example/id/desk/in/"}, body


def refreshed(
    path: str, _packing: str, status: int, headers: dict[str, str], body: bytes
) -> tuple[int, dict[str, str], bytes]:
    more = {"refresh": "0; url=https://elsewhere.example/"} if path == "/id/file/" else {}
    return status, {**headers, **more}, body


def file_missing(
    path: str, _packing: str, status: int, headers: dict[str, str], body: bytes
) -> tuple[int, dict[str, str], bytes]:
    return (404, headers, b"") if path == "/static/demur/demur.css" else (status, headers, body)


@pytest.mark.parametrize(
    ("lie", "place"),
    [
        (on_page("<script>alert(1)</script>"), "/id/file/"),
        (on_page('<script src="/static/demur/js/more.js"></script>'), "/id/file/"),
        (policy_of_page(POLICY.replace("default-src 'none'", "default-src *")), "/id/file/"),
        (worker_without_policy, WORKER_FILE),
        (file_missing, "/static/demur/demur.css"),
        (on_page("<!-- a comment -->"), "/id/file/"),
        (first_elsewhere, "/id/desk/first/"),
        (refreshed, "/id/file/"),
    ],
    ids=["script", "file", "policy", "worker", "missing", "comment", "redirect", "refresh"],
)
def test_whatever_would_run_and_is_not_listed_is_told(served: Channel, tmp_path: Path, lie: Lie, place: str) -> None:
    told = look(served, lie, tmp_path, "--json")

    assert told.code == 1
    assert {row["place"] for row in told.json["differences"]} == {place}


def test_a_list_that_is_not_in_the_record_is_refused(served: Channel, tmp_path: Path) -> None:
    def lie(
        path: str, _packing: str, status: int, headers: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        if path != "/api/v1/assets":
            return status, headers, body
        told = json.loads(body)
        told["entry"]["files"]["demur/demur.css"] = "0" * 64
        return status, headers, json.dumps(told).encode()

    done = look(served, lie, tmp_path)

    assert done.code == 1
    assert "is not in its record" in done.err


def test_the_list_of_another_channel_is_refused(served: Channel, tmp_path: Path) -> None:
    other = practice_channel(tmp_path, charter="demur-default")
    with other as there, urllib.request.urlopen(f"{there.url}/api/v1/assets", timeout=5) as told:
        theirs = told.read()

    def lie(
        path: str, _packing: str, status: int, headers: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        return (status, headers, theirs) if path == "/api/v1/assets" else (status, headers, body)

    done = look(served, lie, tmp_path)

    assert done.code == 1
    assert "is not in its record" in done.err


@pytest.mark.parametrize(
    "markup",
    [
        "<script>1</script>",
        '<script type="module">1</script>',
        '<script src="https://elsewhere.example/static/demur/js/write.js"></script>',
        '<script src="/static/demur/js/write.js?other"></script>',
        '<link rel="stylesheet" href="//elsewhere.example/x.css">',
        '<link rel="preload" href="/static/x.js">',
        "<style>p { display: none }</style>",
        '<p style="display: none">',
        '<img src="x" onerror="alert(1)">',
        "<svg onload=alert(1)>",
        '<iframe srcdoc="x"></iframe>',
        '<base href="https://elsewhere.example/">',
        '<meta http-equiv="refresh" content="0; url=https://elsewhere.example/">',
        '<form action="https://elsewhere.example/"></form>',
        '<form action="//elsewhere.example/"></form>',
        '<button formaction="javascript:alert(1)">',
        '<a href="java\tscript:alert(1)">',
        '<object data="x"></object>',
        "<template><script>1</script></template>",
        '<a href="/" ping="https://elsewhere.example/">',
    ],
)
def test_what_no_page_of_ours_holds_is_a_fault(markup: str) -> None:
    page = f'<!doctype html><html lang="en"><body>{markup}</body></html>'

    assert faults_of_page(page, {"/static/demur/js/write.js"}) != []


def test_what_our_pages_hold_is_none() -> None:
    page = (
        '<!doctype html><html lang="en"><link rel="stylesheet" href="/static/a.css"><script defer src="/static/w.js"></script>'
        '<script id="say" type="application/json">{}</script><a href="/id/" hreflang="id">x</a>'
        '<form method="post" action="/en/case/plain/"></form>'
    )

    assert faults_of_page(page, {"/static/a.css", "/static/w.js"}) == []
    assert languages_of(links_of(page)) == {"en", "id"}


@pytest.mark.parametrize(
    "text", [POLICY, WORKER, policy(scripts=True), policy(forms=True), policy(scripts=True, forms=True)]
)
def test_each_of_our_policies_is_strong_enough_and_each_part_is_needed(text: str) -> None:
    assert list(faults_of_policy({"content-security-policy": text})) == []
    for part in (
        "default-src 'none'; ",
        "base-uri 'none'; ",
        "frame-ancestors 'none'; ",
        "require-trusted-types-for 'script'; ",
    ):
        assert list(faults_of_policy({"content-security-policy": text.replace(part, "")})) != []


@pytest.mark.parametrize(
    "part",
    [
        "script-src 'self' 'unsafe-inline'",
        "connect-src *",
        "script-src https:",
        "trusted-types demur-worker default",
        "img-src data:",
        "style-src blob:",
        "script-src-elem 'self'",
        "sandbox allow-scripts",
    ],
)
def test_a_policy_that_allows_more_is_a_fault(part: str) -> None:
    assert list(faults_of_policy({"content-security-policy": f"{POLICY}; {part}"})) != []
    assert list(faults_of_policy({})) != []


@pytest.mark.parametrize(
    "text",
    [
        f"default-src *; {POLICY}",
        f"DEFAULT-SRC *; {POLICY}",
        f"{POLICY}; img-src 'self'",
        f"{POLICY}, default-src *",
        POLICY.replace("default-src ", "default-src\xa0"),
        POLICY.replace("default-src ", "default-src\x1f"),
        POLICY.replace("form-action 'none'", "form-action"),
    ],
)
def test_a_policy_that_browsers_may_read_otherwise_is_a_fault(text: str) -> None:
    assert list(faults_of_policy({"content-security-policy": text})) != []


def test_a_policy_that_lets_forms_post_is_a_fault_where_none_may() -> None:
    own = {"content-security-policy": policy(scripts=True, forms=True)}

    assert list(faults_of_policy(own)) == []
    assert list(faults_of_policy(own, posts=False)) == ["has a policy that lets forms post"]
