# SPDX-License-Identifier: AGPL-3.0-or-later
"""What browsers are sent: served as it was hashed, never stale, on the record before it is sent."""

import gzip
import hashlib
import shutil
import urllib.request
from pathlib import Path

import pytest
from django.http import HttpRequest, HttpResponse
from test_over_the_wire import ask

from demur.client.http import Server
from demur.client.known import channel_file
from demur.client.site import read_listed
from demur.web import assets as module
from demur.web.assets import Asset, Assets
from demur.web.packing import accepted
from serving import Channel, practice_channel

CSS = "/static/demur/demur.css"


def answer(path: str = CSS, method: str = "GET", **headers: str) -> HttpResponse:
    request = HttpRequest()
    request.method, request.path_info = method, path
    request.META |= {f"HTTP_{name.upper()}": value for name, value in headers.items()}
    found = Assets(lambda _request: HttpResponse("went on", status=299))(request)
    assert isinstance(found, HttpResponse)
    return found


@pytest.mark.parametrize(
    ("header", "packing"),
    [
        ("", ""),
        ("identity", ""),
        ("gzip", "gzip"),
        ("gzip, deflate", "gzip"),
        ("GZIP;q=0.5", "gzip"),
        ("gzip;q=0", ""),
        ("gzip; q=0.000, identity", ""),
        ("br;q=0, gzip", "gzip"),
        ("gzip, deflate, br, zstd", "br"),
        ("brotli, x-gzip", ""),
    ],
)
def test_a_file_is_packed_as_the_browser_accepts(header: str, packing: str) -> None:
    asset = Asset(plain=b"a" * 999, sha256="0" * 64, kind="text/css", gzip=b"g", brotli=b"b")

    assert asset.packed(accepted(header)) == (packing, {"": b"a" * 999, "gzip": b"g", "br": b"b"}[packing])


def test_a_file_that_no_build_packed_is_never_answered_as_another() -> None:
    asset = Asset(plain=b"a", sha256="0" * 64, kind="text/css", gzip=gzip.compress(b"a"), brotli=None)

    assert asset.packed({"br", "gzip"}) == ("", b"a")  # and gzip would only make it larger


def test_whoever_has_the_file_gets_nothing_again() -> None:
    first = answer()
    again = answer(if_none_match=first.headers["ETag"])

    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
    assert again.headers["Cache-Control"] == first.headers["Cache-Control"] == "no-cache"
    assert answer(if_none_match='W/"another"').status_code == 200


@pytest.mark.parametrize(
    "path", ["/static/", "/static/demur", "/static/../demur.css", "/static/demur/demur.css/", "/staticdemur/demur.css"]
)
def test_only_whole_names_are_files(path: str) -> None:
    assert answer(path).status_code == 299


def test_files_are_read_and_not_written() -> None:
    assert answer(method="POST").status_code == 405
    head = answer(method="HEAD")
    assert (head.content, int(head.headers["Content-Length"])) == (b"", len(answer().content))


def test_a_file_that_is_changed_on_the_disk_is_served_as_it_was_hashed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(module.HERE / "static", tmp_path / "static")
    monkeypatch.setattr(module, "HERE", tmp_path)
    module.assets.cache_clear()
    try:
        before = answer().content
        (tmp_path / "static/demur/demur.css").write_text("body { display: none }")
        assert answer().content == before
        assert module.files()["demur/demur.css"] == hashlib.sha256(before).hexdigest()
    finally:
        module.assets.cache_clear()


def test_a_checkout_whose_scripts_are_not_built_says_so_and_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from demur.site.health import _assets

    assert _assets().well
    shutil.copytree(module.HERE / "static", tmp_path / "static", ignore=shutil.ignore_patterns("js"))
    monkeypatch.setattr(module, "HERE", tmp_path)
    module.assets.cache_clear()
    try:
        assert answer().status_code == 200
        finding = _assets()
        assert not finding.well
        assert "run script/setup" in finding.sentence
    finally:
        module.assets.cache_clear()


def test_the_record_lists_exactly_what_is_served(served: Channel) -> None:
    listed = read_listed(Server(served.url), channel_file(served.file).channel)
    root = module.HERE / "static"

    assert set(listed.files) == {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}
    for name, sha256 in listed.files.items():
        assert hashlib.sha256(ask(served, f"/static/{name}").body).hexdigest() == sha256


def test_the_entry_stands_in_the_record_before_the_first_answer(tmp_path: Path) -> None:
    with practice_channel(tmp_path, serve=False) as channel:
        channel.start()
        with urllib.request.urlopen(f"{channel.url}/api/v1/assets", timeout=5) as told:
            assert told.status == 200
        first = read_listed(Server(channel.url), channel_file(channel.file).channel)
        channel.stop()
        channel.start()
        again = read_listed(Server(channel.url), channel_file(channel.file).channel)

    assert (first.serial, first) == (1, again)  # the same files are the same entry, not one more at each start
