# SPDX-License-Identifier: AGPL-3.0-or-later
"""A crowd of clients in one thread: each sends the next request on its own kept connection as soon as it has its answer."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Answered:
    """An answer's status, and how long it took, seconds."""

    status: int
    seconds: float


async def send_all(port: int, path: str, media_type: str, bodies: Sequence[bytes], clients: int) -> list[Answered]:
    """POST every body, `clients` at a time."""
    waiting, answered = list(reversed(bodies)), list[Answered]()
    head = f"POST {path} HTTP/1.1\r\nHost: bench\r\nContent-Type: {media_type}\r\nContent-Length: "
    await asyncio.gather(*(_client(port, head, waiting, answered) for _ in range(clients)))
    return answered


async def _client(port: int, head: str, waiting: list[bytes], answered: list[Answered]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while waiting:
        body = waiting.pop()
        began = time.perf_counter()
        writer.write(f"{head}{len(body)}\r\n\r\n".encode() + body)
        await writer.drain()
        status = await _status(reader)
        answered.append(Answered(status=status, seconds=time.perf_counter() - began))
    writer.close()


async def _status(reader: asyncio.StreamReader) -> int:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    length = int(head.partition("content-length:")[2].partition("\r\n")[0])
    await reader.readexactly(length)
    return int(head.split(" ", 2)[1])
