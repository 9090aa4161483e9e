# SPDX-License-Identifier: AGPL-3.0-or-later
"""The browser's own checker in real Chromium: the vectors that node and Python run, by its Ed25519 and by the one that stands in."""

import functools
import json
import subprocess
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler
from pathlib import Path

import pytest
from browsing import Browser, browser

from serving import listening

ROOT = Path(__file__).parents[2]
pytestmark = [pytest.mark.browser, pytest.mark.vectors]
FILES = ["note", "policy", "proof", "promise", "head", "channel", "directory", "receipt"]


class Quiet(SimpleHTTPRequestHandler):
    """Serves the one page, and says nothing about it."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the library's name
        """Nothing."""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A page with the checker on it. Ed25519 is there on secure origins only, and this machine's own address is one."""
    site = tmp_path_factory.mktemp("site")
    build = ["node_modules/.bin/esbuild", str(ROOT / "tests/client/node/in_browser.js"), "--bundle", "--format=iife"]
    done = subprocess.run([*build, f"--outfile={site}/check.js"], cwd=ROOT / "assets", capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (site / "index.html").write_text("<!doctype html><title>Checker</title><script src=check.js></script>")
    with (
        listening(functools.partial(Quiet, directory=str(site))) as url,
        browser(tmp_path_factory.mktemp("profile")) as opened,
    ):
        opened.visit(f"{url}/index.html")
        yield opened


def answer(page: Browser, expression: str) -> object:
    told = page.ask("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
    assert "exceptionDetails" not in told, told
    return told["result"]["value"]


@pytest.mark.parametrize("way", ["webcrypto", "portable"])
@pytest.mark.parametrize("name", FILES)
def test_chromium_holds_and_refuses_what_the_vectors_say(page: Browser, name: str, way: str) -> None:
    vectors = (ROOT / "spec" / "vectors" / f"{name}.json").read_text(encoding="utf-8")
    told = json.loads(str(answer(page, f"check({name!r}, {vectors}, {way!r})")))
    assert told["faults"] == []
    assert [told["held"], told["refused"]] == told["expected"]
    assert min(told["expected"]) > 0


def test_chromiums_ed25519_and_the_one_that_stands_in_make_the_same_signatures(page: Browser) -> None:
    for seed in ("a" * 32, "0123456789abcdef" * 2, "\\0" * 32):
        assert answer(page, f"agree('{seed}')") is True
