# SPDX-License-Identifier: AGPL-3.0-or-later
"""Filings are prepared in a process beside the server: the same is answered as without it, and nothing depends on it."""

import http.client
import json
import os
import secrets
import signal
import socket
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from demur.author.filing import Sent, foresee
from demur.charter.channel import ChannelFile
from demur.client.answers import Window
from demur.client.directory import read_directory
from demur.client.filing import PreparedFiling, prepare
from demur.client.http import Server
from demur.client.submitting import Filed, check_filed
from demur.client.wish import Wish
from demur.dissent.bundle import MEDIA_TYPE, describe_upload, pack_bundle
from demur.dissent.documents.dissent import from_text
from demur.dissent.errors import BundleError
from demur.dissent.uploads import Uploads
from demur.record.promise import open_promise
from demur.site.ahead import LARGEST, LARGEST_HEADER, PATH
from demur.site.installed import read_installation
from demur.site.rights import ROOT
from serving import Channel, family, later, practice_channel

pytestmark = pytest.mark.adversary

TEXT = b"The crossing\n\nThe count was wrong.\n"


@pytest.fixture
def channel(tmp_path: Path) -> Iterator[Channel]:
    with practice_channel(tmp_path) as served:
        yield served


def sealed(channel: Channel, text: bytes = TEXT) -> PreparedFiling:
    server, now = Server(channel.url), int(time.time())
    in_force = read_directory(server, ChannelFile.parse(channel.file.read_text()).channel, now=now)
    wish = Wish(dissent=from_text(text, name="text.txt"), original=text)
    limits = server.get_json("/api/v1/limits")
    return prepare(wish, in_force, address=channel.url, limits=limits, now=now, random=secrets.token_bytes)


def posted(channel: Channel, bundle: bytes) -> tuple[int, dict[str, str], Any]:
    """Status, headers and JSON of the answer to a filing."""
    connection = http.client.HTTPConnection("127.0.0.1", channel.port, timeout=60)
    try:
        connection.request("POST", PATH, bundle, {"Content-Type": MEDIA_TYPE})
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, json.loads(answer.read())
    finally:
        connection.close()


def verified(channel: Channel, prepared: PreparedFiling, answer: Any) -> Filed:
    known, now = ChannelFile.parse(channel.file.read_text()).channel, int(time.time())
    return check_filed(answer, prepared, known, window=Window(since=now - 60, until=now + 60))


def beside(channel: Channel) -> int:
    """The process that prepares filings."""
    assert channel.process is not None
    _, _worker, aside = family(channel.process.pid)
    return aside


def told(channel: Channel) -> str:
    """What the operator is told of it in the log."""
    return "".join(line for line in channel.output.read_text().splitlines() if "beside the server" in line)


def test_what_is_prepared_beside_the_server_is_answered_as_the_application_answers(channel: Channel) -> None:
    prepared = sealed(channel)

    status, headers, first = posted(channel, prepared.bundle)
    again, same, second = posted(channel, prepared.bundle)  # known by now, so the application answers

    assert (status, again) == (201, 200)
    for found in (headers, same):
        del found["date"]
    assert headers == same
    assert (first["promise"], first["opening"]) == (second["promise"], second["opening"])
    verified(channel, prepared, first)


def test_the_same_filing_eight_times_at_once_is_filed_once(channel: Channel) -> None:
    prepared, found = sealed(channel), list[tuple[int, Any]]()

    def send() -> None:
        status, _, answer = posted(channel, prepared.bundle)
        found.append((status, answer["promise"]))

    people = [threading.Thread(target=send) for _ in range(8)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    assert sorted(status for status, _ in found) == [200] * 7 + [201]
    assert len({promise for _, promise in found}) == 1
    with sqlite3.connect(channel.directory / "demur.sqlite3") as rows:
        assert rows.execute("SELECT COUNT(*) FROM dissent_event").fetchone() == (1,)


def test_once_it_was_killed_the_server_files_alone(channel: Channel) -> None:
    os.kill(beside(channel), signal.SIGKILL)
    end = time.monotonic() + 10
    while not told(channel):  # it is noticed by the next filing at the latest
        prepared = sealed(channel)
        status, _, answer = posted(channel, prepared.bundle)
        assert status == 201
        verified(channel, prepared, answer)
        assert time.monotonic() < end
    assert told(channel).count("has ended") == 1

    assert posted(channel, sealed(channel).bundle)[0] == 201
    assert channel.process is not None
    assert len(family(channel.process.pid)) == 2


def test_where_it_hangs_the_server_files_alone(channel: Channel) -> None:
    posted(channel, sealed(channel).bundle)
    hanging = beside(channel)
    os.kill(hanging, signal.SIGSTOP)
    prepared = sealed(channel)

    status, _, answer = posted(channel, prepared.bundle)

    assert status == 201
    verified(channel, prepared, answer)
    assert "does not answer" in told(channel)
    assert not Path(f"/proc/{hanging}").exists()


def test_it_holds_nothing_of_the_server_and_no_signal_ends_it(channel: Channel) -> None:
    aside = beside(channel)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        os.kill(aside, number)

    assert posted(channel, sealed(channel).bundle)[0] == 201
    assert told(channel) == ""
    held = [str(path.readlink()) for path in Path(f"/proc/{aside}/fd").iterdir() if int(path.name) > 2]
    assert sum(name.startswith("socket:") for name in held) == 1
    rows = str(channel.directory.resolve() / "demur.sqlite3")
    assert all(name.startswith(("socket:", rows)) for name in held), held


def test_what_is_larger_than_is_usual_is_filed_without_it(channel: Channel) -> None:
    prepared = sealed(channel, TEXT + b"A paragraph of the dissent that says something.\n" * 8_000)
    assert len(prepared.bundle) > LARGEST
    os.kill(beside(channel), signal.SIGSTOP)

    status, _, answer = posted(channel, prepared.bundle)
    header = b'{"files":[],"x":"' + b"0" * LARGEST_HEADER + b'"}'
    refused, _, _ = posted(channel, len(header).to_bytes(8, "big") + header)

    assert (status, refused) == (201, 400)
    assert told(channel) == ""  # it was not asked, or it would be missed
    verified(channel, prepared, answer)


@pytest.mark.parametrize("fault", ["none", "dies"])
def test_a_server_that_gets_no_such_process_starts_and_files_alone(fault: str, tmp_path: Path) -> None:
    with practice_channel(tmp_path, serve=False) as channel:
        words = ["-m", "demur", "serve", str(channel.directory), "--listen", f"127.0.0.1:{channel.port}"]
        channel.run(*words, **later(0), DEMUR_TEST_FORK=fault)
        prepared = sealed(channel)
        status, _, answer = posted(channel, prepared.bundle)
        assert status == 201
        verified(channel, prepared, answer)
        assert channel.process is not None
        assert len(family(channel.process.pid)) == 2
        assert told(channel) != ""


def test_a_server_that_is_stopped_says_nothing_of_it(channel: Channel) -> None:
    channel.stop()
    said = [
        line for line in channel.output.read_text().splitlines() if ROOT not in line
    ]  # told at the start to who is root
    assert len(said) == 1, said


def test_stopped_it_ends_all_the_same_with_a_server_that_was_killed(channel: Channel) -> None:
    assert channel.process is not None
    _, worker, aside = family(channel.process.pid)
    os.kill(aside, signal.SIGSTOP)
    os.kill(worker, signal.SIGKILL)
    end = time.monotonic() + 10
    while alive(aside):
        assert time.monotonic() < end
        time.sleep(0.05)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_headers_that_cost_much_to_read_do_not_end_it(channel: Channel) -> None:
    deep = b'{"a":[' + b"[[[[[[[[]]]]]]]]," * 15_000 + b'[]],"files":[]}'
    bundle = len(deep).to_bytes(8, "big") + deep
    people = [threading.Thread(target=posted, args=(channel, bundle)) for _ in range(64)]
    for person in people:
        person.start()
    status, _, _ = posted(channel, sealed(channel).bundle)
    for person in people:
        person.join()
    assert status == 201
    assert told(channel) == ""


def test_a_promise_that_had_to_be_made_anew_is_answered_as_any_new_one(tmp_path: Path) -> None:
    ahead = 7200
    with practice_channel(tmp_path, serve=False) as channel:
        words = ["-m", "demur", "serve", str(channel.directory), "--listen", f"127.0.0.1:{channel.port}"]
        channel.run(*words, **later(ahead))
        channel.stop()
        channel.start()  # the clock is set right: the last checkpoint lies ahead of it
        prepared = sealed(channel)

        status, _, answer = posted(channel, prepared.bundle)

        assert status == 201
        verified(channel, prepared, answer)
        log = ChannelFile.parse(channel.file.read_text()).channel.log_verifier
        assert open_promise(answer["promise"], log).not_after >= int(time.time()) + ahead - 120
        assert posted(channel, prepared.bundle)[2]["promise"] == answer["promise"]


def test_a_host_that_is_none_is_refused_with_it_as_without_it(channel: Channel) -> None:
    with socket.create_connection(("127.0.0.1", channel.port), timeout=20) as wire:
        bundle = sealed(channel).bundle
        wire.sendall(f"POST {PATH} HTTP/1.1\r\nHost: a b\r\nContent-Length: {len(bundle)}\r\n\r\n".encode() + bundle)
        assert wire.recv(100).startswith(b"HTTP/1.1 400 ")


def test_what_came_in_parts_is_looked_at_by_the_application_alone(channel: Channel, tmp_path: Path) -> None:
    bundle = pack_bundle({"files": [describe_upload("0" * 64, 3 * 2**30)]}, [])
    none = tmp_path / "none"
    sent = Sent(data=bundle, at=0, load=0, stamp="")

    with pytest.raises(BundleError, match="in the ordinary way"):
        foresee(sent, ground=read_installation(channel.directory), uploads=Uploads(none, 0), secret=b"")
    assert not none.exists()
