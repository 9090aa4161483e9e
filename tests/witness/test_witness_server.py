# SPDX-License-Identifier: AGPL-3.0-or-later
"""Witnesses and a channel over real HTTP: a quorum that clients enforce, a witness that is lost, one that is lied to."""

import os
import shutil
import socket
import socketserver
import struct
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from test_witness_state import KEYS, body
from with_witness import Story

from demur.charter.channel import ChannelFile
from demur.record.policy import Policy
from demur.witness.asking import addresses, gather, last_size
from demur.witness.exchange import direct
from demur.witness.server import serve
from demur.witness.state import Witness, found_witness
from serving import demur

pytestmark = pytest.mark.adversary


@contextmanager
def running(witness: Witness, host: str = "127.0.0.1") -> Iterator[str]:
    """A witness at an address of its own, until the block ends."""
    server = serve(witness, host, 0, now=lambda: int(time.time()))
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://{f'[{host}]' if ':' in host else host}:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def post(url: str, data: str) -> tuple[int, str, str]:
    request = urllib.request.Request(f"{url}/add-checkpoint", data=data.encode(), method="POST")
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.status, answer.headers["Content-Type"], answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers["Content-Type"], error.read().decode()


@pytest.fixture
def witness(tmp_path: Path) -> Witness:
    made = found_witness(tmp_path / "witness", "witness.example", random=os.urandom)
    made.add(KEYS.note_signer.verifier)
    return made


def test_the_answers_are_those_of_the_specification(witness: Witness) -> None:
    with running(witness) as url:
        assert post(url, body(0, 5))[0] == 200
        assert post(url, body(0, 9)) == (409, "text/x.tlog.size", "5\n")
        assert post(url, body(5, 9, twist=1))[0] == 422
        assert post(url, body(5, 5, twist=1)) == (409, "text/x.tlog.size", "5\n")
        assert post(url, body(5, 5))[0] == 200
        assert post(url, body(0, 3).replace("old 0", "old 4"))[0] == 400
        assert post(url, body(0, 5).replace("log.example", "elsewhere.example"))[0] == 404
        assert post(url, body(5, 9).replace("— log.example ", "— log.example AAAA"))[0] in {400, 403}
        assert post(url, "what?")[0] == 400
        with urllib.request.urlopen(url, timeout=5) as page:
            assert "5 entries" in page.read().decode()


def test_a_log_gathers_and_learns_where_the_witness_stands(witness: Witness) -> None:
    with running(witness) as url:
        policy = Policy.for_log(KEYS.vkeys, [_named(witness, url)], 1)
        assert post(url, body(0, 5))[0] == 200
        note = body(5, 9).partition("\n\n")[2]
        known: dict[str, int] = {}
        proofs: list[tuple[int, int]] = []

        def prove(old: int, new: int) -> list[bytes]:
            proofs.append((old, new))
            return list(_request_proof(old, new))

        found = gather(note, addresses(policy), prove=prove, known=known, connect=direct)
        assert (found.missing, proofs, known) == ({}, [(5, 9)], {url: 9})
        accepted = policy.accept(found.note)
        assert (accepted.witnesses, accepted.unwitnessed) == (["witness.example"], False)
        assert last_size(url, note, connect=direct) == 9


def test_a_witness_listens_on_ipv6_and_is_asked_there(witness: Witness) -> None:
    with running(witness, "::1") as url:
        policy = Policy.for_log(KEYS.vkeys, [_named(witness, url)], 1)
        found = gather(
            body(0, 5).partition("\n\n")[2], addresses(policy), prove=_request_proof, known={}, connect=direct
        )
        assert found.missing == {}
        assert not policy.accept(found.note).unwitnessed


def _request_proof(old: int, new: int) -> tuple[bytes, ...]:
    from demur.record.witnessing import WitnessRequest

    return WitnessRequest.parse(body(old, new)).proof


def _named(witness: Witness, url: str):  # type: ignore[no-untyped-def]
    from demur.record.policy import Named

    return Named(name="witness.example", vkeys=witness.vkeys, url=url)


def test_a_fork_gets_no_cosignature_and_the_log_says_why(witness: Witness) -> None:
    with running(witness) as url:
        policy = Policy.for_log(KEYS.vkeys, [_named(witness, url)], 1)
        assert post(url, body(0, 5))[0] == 200
        found = gather(
            body(5, 9, twist=2).partition("\n\n")[2],
            addresses(policy),
            prove=_request_proof_forked,
            known={},
            connect=direct,
        )
        assert list(found.missing) == [url]
        assert "do not extend the 5" in found.missing[url]
        assert found.disputed == {url: 5}


def _request_proof_forked(old: int, new: int) -> list[bytes]:
    from demur.record.witnessing import WitnessRequest

    return list(WitnessRequest.parse(body(old, new, twist=2)).proof)


def test_a_witness_that_answers_nonsense_or_nothing_is_done_without(witness: Witness) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        policy = Policy.for_log(KEYS.vkeys, [_named(witness, url)], 1)
        note = body(0, 3).partition("\n\n")[2]
        began = time.monotonic()
        found = gather(note, addresses(policy), prove=_request_proof, known={}, connect=direct, timeout=0.5)
        assert time.monotonic() - began < 3
        assert "no answer" in found.missing[url]
    assert found.note == note


def test_a_quorum_is_enforced_and_a_lost_witness_costs_only_its_word(story: Story) -> None:
    story.start_witness()
    story.channel.start()
    story.file("first")
    verified = demur("verify", "first.receipt", "--channel", story.channel.file, home=story.home)
    assert verified.code == 0, verified.err
    assert "union.example" in verified.out
    assert "unwitnessed" not in verified.out

    story.stop_witness()
    story.file("second")  # taken and promised: nothing an outsider fails to do stands between an author and the record
    later = demur("verify", "second.receipt", "--channel", story.channel.file, home=story.home)
    assert later.code == 0
    assert "promised" in later.out
    with urllib.request.urlopen(f"{story.channel.url}/checkpoint", timeout=5) as answer:
        note = answer.read().decode()
    policy = ChannelFile.parse(story.channel.file.read_text()).channel.policy_object
    assert "union.example" not in note.partition("\n\n")[2]
    with pytest.raises(Exception, match="Too few"):
        policy.accept(note)

    story.channel.stop()
    story.start_witness()
    story.channel.start()  # the first beat asks again
    status = demur("status", "second.key", home=story.home)
    assert status.code == 0, status.err
    whole = demur("verify", "second.receipt", "--channel", story.channel.file, home=story.home)
    assert "union.example" in whole.out


def test_a_machine_set_back_whole_signs_nothing_once_a_witness_answers(story: Story, tmp_path: Path) -> None:
    """The hypervisor restores the disk of yesterday: rows and tiles agree with each other, and only the witness knows better."""
    story.start_witness()
    story.channel.start()
    story.file("first")
    story.channel.stop()
    yesterday = tmp_path / "yesterday"
    shutil.copytree(story.channel.directory, yesterday)
    story.channel.start()
    story.file("second")
    story.channel.stop()
    shutil.rmtree(story.channel.directory)
    yesterday.rename(story.channel.directory)

    for command in (["serve", story.channel.directory, "--listen", "127.0.0.1:1"], ["tick", story.channel.directory]):
        refused = demur(*command, home=story.home)
        assert refused.code == 1
        assert "restore" in refused.err


@pytest.mark.parametrize(
    "raw",
    [
        b"POST /add-checkpoint HTTP/1.1\r\nHost: x\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n",
        b"POST /add-checkpoint HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /add-checkpoint HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\nhalf",
        b"POST /add-checkpoint HTTP/1.1\r\nHost: x\r\nContent-Length: \xb2\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + os.urandom(200),
        b"GET " + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 500 + b"\r\n",
        b"",
    ],
)
@pytest.mark.parametrize("hole", [True, False])
def test_a_witness_writes_down_nobody_s_address_whatever_is_sent(
    witness: Witness, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], raw: bytes, *, hole: bool
) -> None:
    """Requests that are none, connections that are cut or reset, and faults of ours."""
    if hole:
        monkeypatch.setattr("demur.witness.server._is_length", lambda text: int(text) >= 0)
    with running(witness) as url:
        port = int(url.rpartition(":")[2])
        own = []
        for _ in range(3):
            line = socket.create_connection(("127.0.0.1", port), timeout=5)
            own.append(line.getsockname()[1])
            line.sendall(raw)
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # a reset, not an end
            line.close()
        time.sleep(0.3)
        assert urllib.request.urlopen(url, timeout=5).status == 200
    said = "".join(capfd.readouterr())
    assert "127.0.0.1" not in said
    assert "Traceback" not in said
    assert not any(str(each) in said for each in own)


def test_the_standard_library_s_own_word_on_a_fault_would_tell_the_address(
    witness: Witness, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """The attack, seen to succeed once what writes the fault down is the standard library's."""
    monkeypatch.setattr("demur.witness.server._is_length", lambda text: int(text) >= 0)
    seen = {}
    for hole in (True, False):
        with running(witness) as url:
            server_class = "demur.witness.server._Listener"
            with monkeypatch.context() as planted:
                if hole:
                    planted.setattr(f"{server_class}.handle_error", socketserver.BaseServer.handle_error)
                with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), timeout=5) as line:
                    line.sendall(b"POST /add-checkpoint HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n")
                    line.recv(1000)
                time.sleep(0.3)
        seen[hole] = "".join(capfd.readouterr())
    assert "127.0.0.1" in seen[True]
    assert "127.0.0.1" not in seen[False]
    assert "ValueError" in seen[False]
