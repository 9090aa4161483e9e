# SPDX-License-Identifier: AGPL-3.0-or-later
"""The log recorded the filing and its answer was lost: no gateway, no refusal and no second thought costs the author the keys."""

import http.server
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from serving import Channel, Done, demur, listening, practice_channel

pytestmark = pytest.mark.adversary

Answer = tuple[int, str, bytes]
BY_GATEWAY = b"<html>Forbidden by gateway</html>"


@pytest.fixture(scope="module")
def channel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Channel]:
    with practice_channel(tmp_path_factory.mktemp("lost")) as served:
        yield served


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "amina"
    folder.mkdir()
    (folder / "text.txt").write_text("The crossing\n\nThe count was wrong.\n\nThe table shows it.\n")
    (folder / "one.csv").write_text("a,b\n1,2\n")
    (folder / "two.csv").write_text("a,b\n3,4\n")
    return folder


@contextmanager
def gateway(channel: Channel, answer: Callable[[int, Answer | None], Answer | None], *, passes: int) -> Iterator[str]:
    """A gateway before the channel: the first `passes` filings go through. `answer(n, what the channel said)` is what the author gets for
    filing n, None for no answer at all.
    """
    filings = 0

    class Handler(http.server.BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def do_GET(self) -> None:
            self._send(self._through(None))

        def do_POST(self) -> None:
            nonlocal filings
            filings += 1
            data = self.rfile.read(int(self.headers["Content-Length"]))
            told = answer(filings, self._through(data) if filings <= passes else None)
            if told is None:
                self.close_connection = True
                return
            self._send(told)

        def _through(self, data: bytes | None) -> Answer:
            asked = urllib.request.Request(channel.url + self.path, data=data, method=self.command)
            if data is not None:
                asked.add_header("Content-Type", self.headers["Content-Type"])
            try:
                with urllib.request.urlopen(asked) as found:
                    return found.status, found.headers["Content-Type"], found.read()
            except urllib.error.HTTPError as error:
                return error.code, error.headers["Content-Type"], error.read()

        def _send(self, told: Answer) -> None:
            status, kind, body = told
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with listening(Handler) as url:
        yield url


def file_at(url: str, channel: Channel, home: Path, *more: str) -> Done:
    known = ["--server", url, "--channel", channel.file]
    return demur("file", *known, "--yes", "--json", "-o", "mine", *more, "text.txt", home=home)


def left(home: Path) -> list[str]:
    return sorted(path.name for path in home.iterdir() if path.name.startswith("mine"))


@pytest.mark.parametrize(("recorded", "status"), [(0, 403), (1, 403), (1, 404), (1, 409), (1, 413)])
def test_what_a_gateway_says_takes_nothing_from_the_author(
    channel: Channel, home: Path, recorded: int, status: int
) -> None:
    def told(n: int, _: Answer | None) -> Answer | None:
        return None if n <= recorded else (status, "text/html", BY_GATEWAY)

    with gateway(channel, told, passes=recorded) as url:
        done = file_at(url, channel, home)
    assert (done.code, left(home)) == (1, ["mine.filing"]), done.err
    assert "mine.filing" in done.err
    again = file_at(channel.url, channel, home)
    assert again.code == 0, again.err
    assert left(home) == ["mine.key", "mine.receipt", "mine.sealed"]


def test_a_refusal_of_the_form_keeps_the_filing_too(channel: Channel, home: Path) -> None:
    def refused(_n: int, _told: Answer | None) -> Answer:
        return 400, "application/json", b'{"error":"An attachment was damaged on the way.","code":"refused"}'

    with gateway(channel, refused, passes=1) as url:
        done = file_at(url, channel, home)
    assert (done.code, left(home)) == (1, ["mine.filing"]), done.err
    again = file_at(channel.url, channel, home)
    assert again.code == 0, again.err


def test_a_filing_that_the_log_looked_for_and_cannot_take_is_set_aside_whole(channel: Channel, home: Path) -> None:
    def moved(_n: int, _told: Answer | None) -> Answer:
        return 409, "application/json", b'{"error":"The seats changed since you read them.","code":"moved-on"}'

    (home / "large.csv").write_bytes(b"1,2,3,4\n" * 200_000)
    with gateway(channel, moved, passes=1) as url:
        assert file_at(url, channel, home).code == 1
        assert left(home) == ["mine.refused"]
        kept = (home / "mine.refused").read_bytes()
        assert file_at(url, channel, home).code == 1
        assert left(home) == ["mine.2.refused", "mine.refused"]
        assert (home / "mine.refused").read_bytes() == kept
    # It lied, or was wrong: the filing set aside is still the one that was recorded, and is finished under its own name.
    (home / "mine.refused").rename(home / "mine.filing")
    again = file_at(channel.url, channel, home)
    assert again.code == 0, again.err
    assert left(home) == ["mine.2.refused", "mine.key", "mine.receipt", "mine.sealed"]


@pytest.mark.parametrize(
    ("first", "then", "differs"),
    [
        (["--attach", "one.csv"], ["--attach", "two.csv"], "attachments"),
        (["--attach", "one.csv"], [], "attachments"),
        ([], ["--recuse", "political"], "recused"),
        (["--recuse", "political"], [], "recused"),
        ([], ["--accept-new-key", "custodian"], "new keys"),
        (["--claims", "2"], ["--claims", "2,3"], "claims"),
        (["--subject", "The crossing at dawn"], [], "subject"),
        (["--fact", "agency=USAID"], [], "facts"),
        ([], ["--fact", "agency=USAID"], "facts"),
        (["--fact", "agency=USAID"], ["--fact", "agency=State"], "facts"),
    ],
)
def test_a_retry_with_other_wishes_is_refused_not_ignored(
    channel: Channel, home: Path, first: list[str], then: list[str], differs: str
) -> None:
    with gateway(channel, lambda *_: None, passes=0) as url:
        assert file_at(url, channel, home, *first).code == 1
    before = (home / "mine.filing").read_bytes()
    done = file_at(channel.url, channel, home, *then)
    assert (done.code, left(home)) == (1, ["mine.filing"]), done.out
    assert differs in done.err
    assert (home / "mine.filing").read_bytes() == before
    again = file_at(channel.url, channel, home, *first)
    assert again.code == 0, again.err


def test_a_retry_shows_again_who_will_read(channel: Channel, home: Path) -> None:
    options = ["--recuse", "political", "--attach", "one.csv"]
    with gateway(channel, lambda *_: None, passes=0) as url:
        assert file_at(url, channel, home, *options).code == 1
    done = file_at(channel.url, channel, home, *options)
    assert done.code == 0, done.err
    shown = done.err[done.err.index("Who will be able to read this") :]
    assert "custodian" in shown
    assert "Recused by you: political" in shown
    assert "one.csv" in shown
