# SPDX-License-Identifier: AGPL-3.0-or-later
"""Listens between a browser and a served channel: every byte that goes to the server is kept, also what workers send."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from serving import Channel


@dataclass(kw_only=True)
class Wire:
    """What was overheard. `url` is where the browser goes instead of the server."""

    url: str
    sent: bytearray = field(default_factory=bytearray)


@contextmanager
def tapped(channel: Channel) -> Iterator[Wire]:
    """A way to the channel on which everything is overheard, until the block ends."""
    listener = socket.create_server(("127.0.0.1", 0))
    wire = Wire(url=f"http://127.0.0.1:{listener.getsockname()[1]}")
    ends: list[socket.socket] = []

    def relay(source: socket.socket, target: socket.socket, heard: bytearray | None) -> None:
        with suppress(OSError):
            while data := source.recv(1 << 16):
                if heard is not None:
                    heard.extend(data)
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)

    def accept() -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                server = socket.create_connection(("127.0.0.1", channel.port))
                ends.extend((client, server))
                threading.Thread(target=relay, args=(client, server, wire.sent), daemon=True).start()
                threading.Thread(target=relay, args=(server, client, None), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield wire
    finally:
        for end in (listener, *ends):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
