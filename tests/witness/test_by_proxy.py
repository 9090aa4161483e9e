# SPDX-License-Identifier: AGPL-3.0-or-later
"""A log that reaches its witnesses through a proxy reaches them in no other way: not when it is started, not when the proxy is gone."""

import socket
import time
from pathlib import Path
from typing import Any

import pytest
from http_proxy import http_proxy
from socks_proxy import socks_proxy
from test_listening import policy_of, witness_of
from test_witness_server import running
from test_witness_state import body
from with_witness import Story

from demur.client.proxies import Proxy
from demur.client.socks import ProxyRefused
from demur.client.tunnel import connect
from demur.record.policy import Policy
from demur.site.configuration import NoInstallation
from demur.site.outward import Way, way_to_witnesses
from demur.witness.asking import Gathered, addresses, gather
from serving import demur

pytestmark = pytest.mark.adversary

NOTE = body(0, 5).partition("\n\n")[2]
FAR_AWAY = "https://witness.far.example"


def installed(place: Path, proxy: str) -> Path:
    """A directory with no more than the setting."""
    (place / "demur.toml").write_text(f'secret = "none"\ngrace = 300\nwitness_proxy = "{proxy}"\n')
    return place


def asked(policy: Policy, way: Way, *, timeout: float = 5) -> Gathered:
    return gather(NOTE, addresses(policy), prove=lambda *_: [], known={}, connect=way.connect, timeout=timeout)


@pytest.fixture
def looked_up(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names that this machine asked for."""
    names: list[str] = []
    find = socket.getaddrinfo

    def noted(host: Any, *more: Any, **named: Any) -> Any:
        if host == "127.0.0.1":
            return find(host, *more, **named)
        names.append(str(host))
        raise socket.gaierror(socket.EAI_NONAME, "there is no name server in a test")

    monkeypatch.setattr(socket, "getaddrinfo", noted)
    return names


def test_a_witness_cosigns_through_either_kind_of_proxy(tmp_path: Path) -> None:
    knows = witness_of(tmp_path, "knows.example")
    with running(knows) as url, http_proxy() as tunnel:
        place = url.removeprefix("http://")
        host, _, port = place.rpartition(":")
        with socks_proxy(to=(host, int(port))) as tor:
            for proxy in (tunnel.url, tor.url):
                found = asked(policy_of((knows, url)), way_to_witnesses(installed(tmp_path, proxy)))
                assert found.missing == {}
                assert "knows.example" in found.note
            assert set(tor.asked) == {("number", host, int(port))}
        assert set(tunnel.asked) == {place}


def test_without_the_setting_the_name_is_told_and_with_it_only_to_the_proxy(
    tmp_path: Path, looked_up: list[str]
) -> None:
    policy = policy_of((witness_of(tmp_path, "far.example"), FAR_AWAY))
    assert FAR_AWAY in asked(policy, Way()).missing  # the hole: no proxy
    told, looked_up[:] = list(looked_up), []
    with http_proxy(to=("127.0.0.1", 1)) as proxy:
        missing = asked(policy, way_to_witnesses(installed(tmp_path, proxy.url))).missing
        assert proxy.asked == ["witness.far.example:443"]
    gone = asked(policy, way_to_witnesses(installed(tmp_path, "http://127.0.0.1:1"))).missing
    print(f"\nnames told to the network: {told} without the proxy, {looked_up} with it")

    assert told == ["witness.far.example"]
    assert looked_up == []
    assert "no answer" in missing[FAR_AWAY] or "the proxy" in missing[FAR_AWAY]
    assert gone == {FAR_AWAY: "the proxy 127.0.0.1:1: connection refused"}


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"HTTP/1.1 403 Forbidden\r\n\r\n", "its rules do not allow this"),
        (b"HTTP/1.0 407 Proxy Authentication Required\r\nX: y\r\n\r\n", "it wants a sign-in of its own"),
        (b"HTTP/1.1 502 Bad Gateway\r\n\r\n", "the host is not reached"),
        (b"HTTP/1.1 599 \x1b[2J\r\n\r\n", "it answers 599"),
        (b"SSH-2.0-x\r\n\r\n", "it speaks no HTTP"),
        (b"HTTP/1.1 2\xb22 OK\r\n\r\n", "it speaks no HTTP"),
        (b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 5000, "it speaks no HTTP"),
        (b"HTTP/1.1 200 OK\r\n", "it ended the connection"),
    ],
)
def test_a_proxy_that_gives_no_connection_is_told_in_its_own_sentence(answer: bytes, said: str) -> None:
    with http_proxy() as proxy:
        proxy.answer = answer
        with pytest.raises(ProxyRefused, match=said):
            connect(Proxy.parse(proxy.url), "witness.example", 443, timeout=5)


def test_a_proxy_that_drips_is_left_in_time() -> None:
    with http_proxy() as proxy:
        proxy.answer, proxy.pause = b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 100, 0.2
        began = time.monotonic()
        with pytest.raises(TimeoutError):
            connect(Proxy.parse(proxy.url), "::1", 443, timeout=1)
        took = time.monotonic() - began
    assert (took < 5, proxy.asked) == (True, ["[::1]:443"])


@pytest.mark.parametrize(
    "value", ['"direct"', '""', '"socks5://127.0.0.1:9050"', "false", '"https://proxy.example:1"', "[]"]
)
def test_a_setting_that_cannot_be_read_is_never_passed_over(tmp_path: Path, value: str) -> None:
    (tmp_path / "demur.toml").write_text(f'secret = "none"\ngrace = 300\nwitness_proxy = {value}\n')
    with pytest.raises(NoInstallation, match=r"witness_proxy .* cannot be used"):
        way_to_witnesses(tmp_path)


def test_a_channel_asks_its_witness_by_the_proxy_alone(story: Story) -> None:
    settings = story.channel.directory / "demur.toml"
    plain = settings.read_text()
    story.start_witness()
    with http_proxy() as proxy:
        settings.write_text(f'{plain}witness_proxy = "{proxy.url}"\n')
        story.channel.start()
        story.file("first")
        at_start = len(proxy.asked)
        health = demur("doctor", story.channel.directory, "--json", home=story.home)
        assert f"agrees with http://127.0.0.1:{story.witness_port}" in health.out
        assert len(proxy.asked) > at_start > 0
        assert set(proxy.asked) == {f"127.0.0.1:{story.witness_port}"}
    seen = demur("verify", "first.receipt", "--channel", story.channel.file, home=story.home)
    assert "union.example" in seen.out

    story.file("second")  # the proxy is gone, and the witness is not asked in another way
    later = demur("verify", "second.receipt", "--channel", story.channel.file, home=story.home)
    assert "promised" in later.out
    assert f"the proxy 127.0.0.1:{proxy.port}: connection refused" in story.channel.output.read_text()
    assert "No witness answers" in demur("doctor", story.channel.directory, "--json", home=story.home).out
    story.channel.stop()

    settings.write_text(f'{plain}witness_proxy = "direct"\n')
    for command in (["serve"], ["tick"], ["doctor"]):
        refused = demur(*command, story.channel.directory, home=story.home)
        assert refused.code != 0
        assert "witness_proxy" in refused.err + refused.out
        assert "Traceback" not in refused.err
