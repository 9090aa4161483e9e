# SPDX-License-Identifier: AGPL-3.0-or-later
"""Somebody floods the desk's sign-in (the review of 30 November, p8): filing, reading and the owner of an account go on."""

import http.client
import json
import os
import re
import secrets
import statistics
import subprocess
import sys
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from demur.client.directory import InForce, read_directory
from demur.client.filing import prepare
from demur.client.http import Server
from demur.client.known import channel_file
from demur.client.wish import Wish
from demur.dissent.bundle import MEDIA_TYPE
from demur.dissent.documents.dissent import from_text
from demur.dissent.work import solve
from serving import Channel, demur, practice_channel

pytestmark = [pytest.mark.adversary, pytest.mark.alone]

CONNECTIONS = 24
AT_MOST = 3.0  # times what an answer takes while nobody floods
TEXT = b"Subject\n\nA claim.\n"
# The server as it was: every request in the threads that answer everything, and no work asked.
PLANTED = """
import demur.site.gateway as gateway
whole = gateway.Gateway.__init__
def bare(self, *words, **named):
    named["lanes"] = ()
    whole(self, *words, **named)
gateway.Gateway.__init__ = bare
import demur.web.load as load
load.SIGN_INS._free = 10**9
from demur.site.rsgi import application
"""


@pytest.fixture
def channel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Channel]:
    with practice_channel(tmp_path_factory.mktemp("flood"), serve=False) as founded:
        yield founded


class Form:
    """The sign-in page as a browser holds it: its cookie, its value."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        _, headers, page = self.ask("GET", "/en/desk/in/")
        self.cookie = next(value for name, value in headers if name.lower() == "set-cookie").split(";")[0]
        self.take(page)

    def take(self, page: bytes) -> None:
        found = re.search(rb'name="form" value="([0-9a-f]+)"', page)
        assert found is not None
        self.value = found[1].decode()
        self.work = dict(re.findall(r'data-(bits|challenge|subject|origin)="([^"]*)"', page.decode()))

    def ask(self, method: str, path: str, body: str = "", **headers: str) -> tuple[int, list[tuple[str, str]], bytes]:
        line = http.client.HTTPConnection("127.0.0.1", self.channel.port, timeout=120)
        try:
            line.request(method, path, body=body or None, headers=headers)
            answer = line.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        finally:
            line.close()

    def send(self, **fields: str) -> tuple[int, list[tuple[str, str]], bytes]:
        typed = {"form": self.value, "name": f"x{secrets.token_hex(4)}", "passphrase": "y" * 20, "code": "123456"}
        kind = "application/x-www-form-urlencoded"
        body = urllib.parse.urlencode({**typed, **fields})
        return self.ask("POST", "/en/desk/in/", body, Cookie=self.cookie, **{"Content-Type": kind})


@contextmanager
def flooded(channel: Channel, answers: dict[str, int]) -> Iterator[None]:
    """So many connections that send wrong sign-ins as fast as they are answered."""
    words = [str(Path(__file__).with_name("flooding.py")), str(channel.port), str(CONNECTIONS)]
    process = subprocess.Popen([sys.executable, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        time.sleep(3)
        yield
    finally:
        out, _ = process.communicate()
        answers |= json.loads(out)


def taken(act: Callable[[], object], times: int) -> float:
    """The median of how long `act` takes, in seconds."""
    each = []
    for _ in range(times):
        began = time.monotonic()
        act()
        each.append(time.monotonic() - began)
        time.sleep(0.1)
    return statistics.median(each)


class Everybody:
    """What others do meanwhile."""

    def __init__(self, channel: Channel) -> None:
        self.server = Server(channel.url)
        self.in_force: InForce = read_directory(self.server, channel_file(channel.file).channel, now=int(time.time()))
        self.limits = self.server.get_json("/api/v1/limits")

    def look(self) -> None:
        Server(self.server.address).get_json("/api/v1/limits")

    def filings(self, n: int) -> list[bytes]:
        wish = Wish(dissent=from_text(TEXT, name="d.txt", claims=[2]), original=TEXT)
        now, address = int(time.time()), self.server.address
        return [
            prepare(wish, self.in_force, address=address, limits=self.limits, now=now, random=os.urandom).bundle
            for _ in range(n)
        ]

    def measured(self, times: int) -> tuple[float, float]:
        ready = iter(self.filings(times))  # sealed before: what is measured is the server
        looking = taken(self.look, times)
        filing = taken(lambda: self.server.post_json("/api/v1/cases", next(ready), content_type=MEDIA_TYPE), times)
        return looking, filing


def test_a_flood_of_sign_ins_holds_up_nobody_else(channel: Channel) -> None:
    channel.start()
    everybody = Everybody(channel)
    everybody.measured(3)
    quiet, answers = everybody.measured(9), dict[str, int]()
    with flooded(channel, answers):
        busy = everybody.measured(9)
    print(f"GET limits: quiet {quiet[0]:.4f} s, flooded {busy[0]:.4f} s, {busy[0] / quiet[0]:.1f} times")
    print(
        f"a filing:   quiet {quiet[1]:.4f} s, flooded {busy[1]:.4f} s, {busy[1] / quiet[1]:.1f} times; the flood got {answers}"
    )
    assert busy[0] <= AT_MOST * quiet[0]
    assert busy[1] <= AT_MOST * quiet[1]
    assert answers["429"] > answers["200"]


def test_the_flood_held_up_everybody_before(channel: Channel) -> None:
    """The hole, planted: the same threads for all, and no work asked."""
    place = channel.directory.parent / "planted_server.py"
    place.write_text(PLANTED)
    run = (
        "import sys; sys.path.insert(0, sys.argv[1]);"
        "from granian import Granian; from granian.constants import Interfaces, HTTPModes;"
        "Granian('planted_server:application', address='127.0.0.1', port=int(sys.argv[2]), interface=Interfaces.RSGI, workers=1,"
        " http=HTTPModes.http1, websockets=False, log_enabled=False).serve()"
    )
    more = {"DEMUR_DIR": str(channel.directory), "DJANGO_SETTINGS_MODULE": "demur.site.settings", "DEMUR_THREADS": "4"}
    channel.run("-c", run, str(place.parent), str(channel.port), **more)
    everybody = Everybody(channel)
    quiet, answers = taken(everybody.look, 5), dict[str, int]()
    with flooded(channel, answers):
        busy = taken(everybody.look, 2)
    print(f"planted: GET limits quiet {quiet:.4f} s, flooded {busy:.4f} s, {busy / quiet:.0f} times")
    assert busy > AT_MOST * quiet


def test_who_shows_work_gets_in_while_others_flood(channel: Channel) -> None:
    channel.start()
    home = channel.directory.parent / "admin"
    new = ("account", "new", channel.directory, "citra", "--seat", "custodian", "--ready", "--json")
    made = demur(*new, home=home).json
    with flooded(channel, {}):
        end = time.monotonic() + 120
        while time.monotonic() < end:
            form = Form(channel)
            code = demur("account", "code", channel.directory, "citra", home=home).out.strip()
            typed = {"name": "citra", "passphrase": made["passphrase"], "code": code}
            plain = form.send(**typed)
            if plain[0] != 429 or b"Go back" in plain[2]:
                time.sleep(0.5)
                continue  # the flood has not yet made work dear, or the queue was full
            form.take(plain[2])
            asked = form.work
            assert asked, "the page says what work is asked"
            stamp = solve(
                asked["subject"], origin=asked["origin"], challenge=asked["challenge"], bits=int(asked["bits"])
            )
            status, headers, _ = form.send(**typed, work=stamp)
            if status == 302:
                break
        again = form.send(**typed, work=stamp)
    print(f"work of {asked['bits']} bits got in with {status}; the same stamp again: {again[0]}")
    assert (status, dict(headers).get("location")) == (302, "/en/desk/")
    assert again[0] == 429


def test_a_recovery_code_needs_no_work(channel: Channel) -> None:
    channel.start()
    home = channel.directory.parent / "admin"
    new = ("account", "new", channel.directory, "citra", "--seat", "custodian", "--ready", "--json")
    made = demur(*new, home=home).json
    with flooded(channel, {}):
        for _ in range(60):
            form = Form(channel)
            typed = {"name": "citra", "passphrase": made["passphrase"], "code": made["codes"][0]}
            if form.work and (status := form.send(**typed)[0]) == 302:
                break
            time.sleep(0.5)
    assert status == 302


def test_a_full_lane_says_when_to_come_back() -> None:
    """Two in the lane, one inside and one who waits: the third is refused at once, in its own language."""
    import asyncio
    from types import SimpleNamespace

    from demur.site.lanes import Answer, Lane
    from demur.site.signing_lane import signing_lane

    lane, go = signing_lane(), threading.Event()
    scope = SimpleNamespace(method="POST", path="/id/desk/in/")
    small = Lane(lane.takes, lane._full, waiting=1)

    def slow() -> Answer:
        go.wait(30)
        return Answer(200)

    async def three() -> list[Answer]:
        first = [asyncio.create_task(small.answer(scope, slow)) for _ in range(2)]
        await asyncio.sleep(0.05)
        began = time.monotonic()
        refused = await small.answer(scope, slow)
        assert time.monotonic() - began < 0.5
        go.set()
        return [*[await each for each in first], refused]

    *served, refused = asyncio.run(three())
    assert [answer.status for answer in served] == [200, 200]
    assert (refused.status, dict(refused.headers)["retry-after"]) == (429, "5")
    assert dict(refused.headers)["content-language"] == "id"
    assert [
        lane.takes(SimpleNamespace(method=m, path=p)) for m, p in (("GET", "/en/desk/in/"), ("POST", "/api/v1/cases"))
    ] == [False] * 2
