# SPDX-License-Identifier: AGPL-3.0-or-later
"""The client's transport, over real sockets on the loopback."""

import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from demur.client.address import normal_address
from demur.client.errors import BadAnswer, Insecure, ServerRefused, Unreachable
from demur.client.http import Server

Reply = bytes


@pytest.fixture
def scripted() -> Iterator[Callable[[list[Reply]], tuple[Server, list[bytes]]]]:
    """A server that gives the listed answers, one a connection; an empty one hangs up."""
    listening = socket.create_server(("127.0.0.1", 0))
    threads = []

    def start(replies: list[Reply]) -> tuple[Server, list[bytes]]:
        asked: list[bytes] = []

        def serve() -> None:
            for reply in replies:
                connection, _ = listening.accept()
                with connection:
                    asked.append(connection.recv(65536))
                    connection.sendall(reply)

        thread = threading.Thread(target=serve)
        thread.start()
        threads.append(thread)
        return Server(f"http://127.0.0.1:{listening.getsockname()[1]}/", timeout=5), asked

    yield start
    for thread in threads:
        thread.join(10)
    listening.close()


def answer(status: str, body: bytes, *more: str) -> bytes:
    head = "\r\n".join([f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *more])
    return head.encode() + b"\r\n\r\n" + body


def test_a_lost_answer_is_asked_for_again(scripted: Callable[[list[Reply]], tuple[Server, list[bytes]]]) -> None:
    server, asked = scripted([b"", answer("200 OK", b'{"a": 1}')])
    assert server.post_json("/x", b"body") == {"a": 1}
    assert len(asked) == 2


def test_headers_can_be_made_anew_for_each_attempt(
    scripted: Callable[[list[Reply]], tuple[Server, list[bytes]]],
) -> None:
    server, asked = scripted([b"", answer("200 OK", b"{}")])
    nonces = iter("ab")
    server.get("/x", lambda: {"Authorization": next(nonces)})
    assert [b"Authorization: a" in asked[0], b"Authorization: b" in asked[1]] == [True, True]


def test_after_three_lost_answers_it_is_unreachable(
    scripted: Callable[[list[Reply]], tuple[Server, list[bytes]]],
) -> None:
    server, asked = scripted([b"", b"", b""])
    with pytest.raises(Unreachable, match="same command again"):
        server.get("/x")
    assert len(asked) == 3


def test_a_redirect_is_not_followed(scripted: Callable[[list[Reply]], tuple[Server, list[bytes]]]) -> None:
    server, asked = scripted([answer("302 Found", b"", "Location: https://elsewhere.example/")])
    with pytest.raises(BadAnswer, match="another address"):
        server.get("/x")
    assert len(asked) == 1


def test_a_refusal_carries_the_servers_sentence_without_its_control_characters(
    scripted: Callable[[list[Reply]], tuple[Server, list[bytes]]],
) -> None:
    server, _ = scripted([answer("409 Conflict", b'{"error": "Read \\u001b[2Jagain.", "code": "moved-on"}')])
    with pytest.raises(ServerRefused) as caught:
        server.get("/x")
    assert (caught.value.status, caught.value.code) == (409, "moved-on")
    assert "\x1b" not in str(caught.value)


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"\xff", b"[" * 100_000])
def test_an_answer_that_is_no_json_object_is_refused(
    scripted: Callable[[list[Reply]], tuple[Server, list[bytes]]], body: bytes
) -> None:
    server, _ = scripted([answer("200 OK", body)])
    with pytest.raises(BadAnswer):
        server.get_json("/x")


@pytest.mark.parametrize(
    "address",
    [
        "http://dissent.example.org",
        "ftp://x",
        "https://",
        "https://a@b",
        "x",
        "https://h/?q",
        "http://[::2]",
        "http://h:x",
    ],
)
def test_an_address_that_would_show_the_filing_is_refused(address: str) -> None:
    with pytest.raises(Insecure):
        Server(address)


@pytest.mark.parametrize(
    ("address", "normal"),
    [
        ("https://Dissent.Example.org/", "https://dissent.example.org"),
        ("http://localhost:80/x/", "http://localhost:80/x"),
        ("http://[::1]:8", "http://[::1]:8"),
    ],
)
def test_an_address_has_one_form(address: str, normal: str) -> None:
    assert normal_address(address) == normal


def test_plain_http_is_possible_when_said() -> None:
    assert normal_address("http://10.0.0.1", insecure=True) == "http://10.0.0.1"
