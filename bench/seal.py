# SPDX-License-Identifier: AGPL-3.0-or-later
"""Sealing: our age beside the bare cipher, and one dissent to eight offices."""

import io
import os
import tracemalloc

from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from bench.frame import Plan, Row, bounded, compared, seconds, taking_turns
from demur.seal.age import files as age
from demur.seal.age.hybrid import HybridIdentity
from demur.seal.age.stream import CHUNK

SIZE = 64 * 1024 * 1024
DISSENT = 5 * 1024
SEATS = 8


class _Nowhere:
    """Takes everything, keeps nothing."""

    def write(self, data: bytes) -> int:
        return len(data)


def measure(plan: Plan) -> list[Row]:
    """Streams in MB/s, then a small text in milliseconds, then memory."""
    data = os.urandom(1024 * 1024 if plan.quick else SIZE)
    identity = HybridIdentity.generate(os.urandom)
    sealed = age.encrypt(data, [identity.recipient])
    megabytes = len(data) / 1e6
    turns = taking_turns(
        plan.rounds,
        floor=lambda: megabytes / seconds(lambda: _cipher(data)),
        seal=lambda: (
            megabytes / seconds(lambda: age.encrypt_stream(io.BytesIO(data), _Nowhere(), [identity.recipient]))
        ),  # type: ignore[arg-type]
        open=lambda: megabytes / seconds(lambda: age.decrypt_stream(io.BytesIO(sealed), _Nowhere(), [identity])),  # type: ignore[arg-type]
    )
    name = "ChaCha20-Poly1305, 64 KiB"
    offices = [HybridIdentity.generate(os.urandom).recipient for _ in range(SEATS)]
    text = os.urandom(DISSENT)
    small = [1000 * seconds(lambda: [age.encrypt(text, [office]) for office in offices]) for _ in range(plan.rounds)]
    return [
        compared("seal a stream", "MB/s", turns["seal"], turns["floor"], floor_name=name, least=0.45),
        compared("open a stream", "MB/s", turns["open"], turns["floor"], floor_name=name, least=0.45),
        bounded(f"seal {DISSENT // 1024} kB to {SEATS} offices, a file each", "ms", small, most=150),
        bounded("memory added by sealing a stream", "MiB", [_peak(identity, data)], most=4),
    ]


def _cipher(data: bytes) -> None:
    cipher = ChaCha20Poly1305(bytes(32))
    for at in range(0, len(data), CHUNK):
        cipher.encrypt(at.to_bytes(12, "big"), data[at : at + CHUNK], None)


def _peak(identity: HybridIdentity, data: bytes) -> float:
    source = io.BytesIO(data)
    tracemalloc.start()
    age.encrypt_stream(source, _Nowhere(), [identity.recipient])  # type: ignore[arg-type]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 2**20
