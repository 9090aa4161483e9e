# SPDX-License-Identifier: AGPL-3.0-or-later
"""Through Tor, or any SOCKS5 proxy: every command, no name looked up here, a circuit of its own for each use, never past it."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner, Result
from desk_server import DeskServer
from http_proxy import http_proxy
from lying import on_stage
from socks_proxy import SocksProxy, socks_proxy

from demur.charter.channel import ChannelFile
from demur.cli import mycase
from demur.cli.desk import at
from demur.cli.main import run
from demur.client.errors import Insecure
from demur.client.http import Server
from demur.client.proxies import Proxy, route_by
from demur.client.tunnel import connect
from demur.seal.keyfile import write

ONION = "http://abcdefghijklmnopqrstuvwxyz234567abcdefghijklmnopqrstuvwxyz.onion"


@pytest.fixture(autouse=True)
def no_route() -> Iterator[None]:
    yield
    route_by(lambda _address: None)


@pytest.fixture
def looked_up(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names that this machine asked for."""
    names: list[str] = []
    find = socket.getaddrinfo

    def noted(host: Any, *more: Any, **named: Any) -> Any:
        if str(host) not in {"127.0.0.1", "localhost"}:
            names.append(str(host))
            raise socket.gaierror(socket.EAI_NONAME, "there is no name server in a test")
        return find(host, *more, **named)

    monkeypatch.setattr(socket, "getaddrinfo", noted)
    return names


@pytest.fixture
def hidden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[DeskServer, SocksProxy]]:
    """A channel at an onion address, and the one way to it."""
    server = DeskServer()
    monkeypatch.setattr(mycase.time, "time", lambda: server.now)
    monkeypatch.setattr(at.time, "time", lambda: server.now)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DEMUR_HOME", str(tmp_path / "home"))
    (tmp_path / "dissent.txt").write_text("One.\n\nTwo.\n")
    (tmp_path / "custodian.key").write_bytes(write(server.seats["custodian"], passphrase=None))
    with on_stage(server) as stage:
        place = urlsplit(stage.address)
        server.address = ONION
        (tmp_path / "channel.toml").write_text(ChannelFile(channel=server.channel, address=ONION).to_toml())
        with socks_proxy(to=(place.hostname, place.port)) as proxy:
            yield server, proxy


def demur(*words: str) -> Result:
    return CliRunner().invoke(run, list(words))


def test_every_command_asks_through_the_proxy_and_looks_no_name_up(
    hidden: tuple[DeskServer, SocksProxy], looked_up: list[str], tmp_path: Path
) -> None:
    server, proxy = hidden
    known = ["--server", ONION, "--channel", "channel.toml", "--proxy", proxy.url]
    for words in (
        ["file", *known, "dissent.txt", "--yes", "-o", "mine"],
        ["status", "mine.key", "--proxy", proxy.url],
        ["message", "mine.key", "When?", "--proxy", proxy.url],
        ["disclose", "mine.key", "--show", "existence", "--fetch", "-o", "x.exhibit", "--proxy", proxy.url],
        ["desk", *known, "--key", "custodian.key", "list"],
        ["seat", "list", *known],
        ["trust", "add", ONION, "--channel", " ".join(server.channel.words()), "--proxy", proxy.url],
        ["status", "mine.key"],  # as it was stored
        ["receipt", "complete", "mine.receipt", "--server", ONION],
        ["withdraw", "mine.key", "--yes"],
    ):
        before = len(proxy.asked)
        done = demur(*words)
        assert done.exit_code == 0, (words, done.output)
        assert len(proxy.asked) > before, words
    host = urlsplit(ONION).hostname
    assert {(kind, name) for kind, name, _ in proxy.asked} == {("name", host)}
    assert looked_up == []


@pytest.mark.adversary
def test_without_a_proxy_an_onion_is_not_even_asked_for(
    hidden: tuple[DeskServer, SocksProxy], looked_up: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, proxy = hidden
    known = ["--server", ONION, "--channel", "channel.toml"]
    monkeypatch.setattr("demur.client.http.is_onion", lambda _host: False)  # the hole
    assert demur("file", *known, "dissent.txt", "--yes", "-o", "mine").exit_code == 1
    leaked, looked_up[:] = len(looked_up), []
    monkeypatch.undo()
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *_, **__: looked_up.append(str(host)))
    with pytest.raises(Insecure, match=r"give --proxy socks5h://127\.0\.0\.1:9050"):
        Server(ONION)
    print(f"names told to the network: {leaked} with the hole, {len(looked_up)} without")
    assert leaked > 0
    assert looked_up == []
    assert proxy.asked == []


def test_each_use_signs_in_under_a_name_of_its_own(hidden: tuple[DeskServer, SocksProxy]) -> None:
    _, proxy = hidden
    for _ in range(2):
        assert (
            demur("seat", "list", "--server", ONION, "--channel", "channel.toml", "--proxy", proxy.url).exit_code == 0
        )

    assert len(set(proxy.names)) >= 2
    assert all(len(name) == 32 for name in proxy.names)


def test_a_stored_proxy_is_never_passed_by(
    hidden: tuple[DeskServer, SocksProxy], tmp_path: Path, looked_up: list[str]
) -> None:
    server, proxy = hidden
    words = " ".join(server.channel.words())
    assert demur("trust", "add", ONION, "--channel", words, "--proxy", proxy.url).exit_code == 0
    assert f"through {proxy.url}" in demur("trust", "list").stdout
    (kept,) = (tmp_path / "home" / "channels").glob("*.proxy")
    kept.write_text("socks5h://127.0.0.1:1\n")  # Tor is not running
    gone = demur("seat", "list", "--server", ONION)
    assert gone.exit_code == 1
    assert "the proxy 127.0.0.1:1: connection refused" in gone.stderr
    kept.write_text("direct\n")
    assert "is not a proxy" in demur("seat", "list", "--server", ONION).stderr
    kept.write_text(f"{proxy.url}\n")
    assert demur("seat", "list", "--server", ONION).exit_code == 0
    assert looked_up == []
    assert (
        demur("trust", "add", ONION, "--channel", words, "--no-proxy").exit_code == 1
    )  # an onion cannot be asked without


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("socks5://127.0.0.1:9050", "look names up itself"),
        ("https://127.0.0.1:3128", "is not a proxy"),
        ("http://127.0.0.1", "is not a proxy"),
        ("http://:3128", "is not a proxy"),
        ("http://127.0.0.1:0", "is not a proxy"),
        ("http://me:pass@127.0.0.1:3128", "is not a proxy"),
        ("http://127.0.0.1:3128/way", "is not a proxy"),
        ("direct", "is not a proxy"),
        ("socks5h://127.0.0.1", "is not a proxy"),
        ("socks5h://tor.example:9050", "by its number"),
        ("socks5h://me:pass@127.0.0.1:9050", "is not a proxy"),
        ("socks5h://127.0.0.1:99999", "is not a proxy"),
        ("", "is not a proxy"),
    ],
)
def test_what_is_no_proxy_is_refused_in_a_sentence(text: str, said: str) -> None:
    with pytest.raises(Insecure, match=said):
        Proxy.parse(text)
    done = demur("trust", "add", ONION, "--channel", "a b c d e f", "--proxy", text)
    assert (done.exit_code, done.stderr.count("\n")) == (1, 1)


def test_a_proxy_without_a_sign_in_and_one_that_refuses(
    hidden: tuple[DeskServer, SocksProxy], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, proxy = hidden
    monkeypatch.setattr("demur.client.http.PAUSE", 0)
    proxy.signs_in = False
    words = ["seat", "list", "--server", ONION, "--channel", "channel.toml", "--proxy", proxy.url]
    assert demur(*words).exit_code == 0
    for why, said in {
        4: "the host is not reached or not known",
        5: "the host refused",
        0xF0: "it answers 0xf0",
    }.items():
        proxy.refuses = why
        refused = demur(*words)
        assert refused.exit_code == 1
        assert said in refused.stderr


def test_numbers_and_names_with_letters_beyond_ascii_are_handed_on(hidden: tuple[DeskServer, SocksProxy]) -> None:
    _, proxy = hidden
    for host, told in {
        "192.0.2.7": ("number", "192.0.2.7"),
        "2001:db8::1": ("number", "2001:db8::1"),
        "bücher.example": ("name", "xn--bcher-kva.example"),
    }.items():
        connect(Proxy.parse(proxy.url), host, 443, timeout=5).close()
        assert proxy.asked[-1] == (*told, 443)


def test_an_http_proxy_is_asked_by_connect_and_looks_the_name_up(
    hidden: tuple[DeskServer, SocksProxy], looked_up: list[str]
) -> None:
    _, socks = hidden
    with http_proxy(to=socks.to) as proxy:
        known = ["--server", ONION, "--channel", "channel.toml", "--proxy", proxy.url]
        filed = demur("file", *known, "dissent.txt", "--yes", "-o", "mine")
        assert filed.exit_code == 0, filed.output
    gone = demur("status", "mine.key", "--proxy", proxy.url)

    assert set(proxy.asked) == {f"{urlsplit(ONION).hostname}:80"}
    assert (gone.exit_code, looked_up, socks.asked) == (1, [], [])
    assert f"the proxy 127.0.0.1:{proxy.port}: connection refused" in gone.stderr
