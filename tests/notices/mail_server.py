# SPDX-License-Identifier: AGPL-3.0-or-later
"""A mail server of forty lines on loopback, which does to each connection what a test tells it to do."""

import base64
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import Any, cast

from demur.notices.doorbell import Mail

TAKE, LATER, REFUSE, HANG_UP, DRIP, RUDE = "take", "later", "refuse", "hang up", "drip", "rude"


@dataclass(kw_only=True)
class MailServer:
    """What it shall do with the next connections (`TAKE` when the list is empty), and what it got."""

    port: int
    plan: list[str] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    mails: list[bytes] = field(default_factory=list)
    login: str = ""
    tls: str = "none"
    context: ssl.SSLContext | None = None
    ended: threading.Event = field(default_factory=threading.Event)

    def mail(self, **other: Any) -> Mail:
        """Settings that lead here."""
        settings: dict[str, Any] = {
            "host": "127.0.0.1",
            "port": self.port,
            "sender": "bell@channel.example",
            "to": "custodian@house.example",
            "user": None,
            "password_file": None,
            "tls": self.tls,
            "language": "en",
        }
        return Mail(**{**settings, **other})


class _Server(ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    told: MailServer

    def handle_error(self, *_: Any) -> None:
        """A client that goes away is no news."""


class _Conversation(StreamRequestHandler):
    def say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")

    def wrap(self) -> None:
        context = self.told.context
        assert context is not None
        self.request = context.wrap_socket(self.request, server_side=True)
        super().setup()

    def finish(self) -> None:
        super().finish()
        self.request.close()  # the server closes the bare socket only

    def handle(self) -> None:
        self.told = cast(_Server, self.server).told
        if self.told.tls == "tls":
            self.wrap()
        self.manner = self.told.plan.pop(0) if self.told.plan else TAKE
        if self.manner == HANG_UP:
            return
        if self.manner == DRIP:
            while not self.told.ended.wait(0.1):
                self.wfile.write(b"2")
            return
        self.say("220 mail.house.example")
        while line := self.rfile.readline().decode().strip():
            self.told.heard.append(line)
            if not self.answer(line, line.split()[0].upper()):
                return

    def answer(self, line: str, verb: str) -> bool:
        codes = {LATER: "451 greylisted, Amina", REFUSE: "550 no such person, Amina"}
        match verb:
            case "EHLO":
                offered = ["STARTTLS"] if self.told.tls == "starttls" else []
                lines = ["house", *offered, *(["AUTH PLAIN"] if self.told.login else []), "8BITMIME"]
                self.say("\r\n".join(f"250-{word}" for word in lines) + "\r\n250 HELP")
            case "STARTTLS":
                self.say("220 go on")
                self.wrap()
            case "AUTH":
                right = line.split()[-1] == base64.b64encode(self.told.login.encode()).decode()
                self.say("235 welcome" if right else "535 no")
            case "RCPT":
                self.say(codes.get(self.manner, "250 yes"))
            case "DATA":
                self.say("354 go on")
                data = b""
                while (part := self.rfile.readline()) != b".\r\n":
                    data += part
                self.told.mails.append(data)
                self.say("250 taken")
            case "QUIT":
                self.say("421 in a mood" if self.manner == RUDE else "221 bye")
                return False
            case _:
                self.say("250 yes")
        return True


@contextmanager
def mail_server(*, tls: str = "none", context: ssl.SSLContext | None = None, port: int = 0) -> Iterator[MailServer]:
    """A mail server until the block ends."""
    with _Server(("127.0.0.1", port), _Conversation) as server:
        server.told = MailServer(port=server.server_address[1], tls=tls, context=context)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield server.told
        finally:
            server.told.ended.set()
            server.shutdown()
            thread.join()
