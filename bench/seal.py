# SPDX-License-Identifier: AGPL-3.0-or-later
"""Sealing: age beside the bare cipher, one dissent to eight offices beside the bare key agreements, and the memory that streams take.

Streams go to the null device and come from memory, so that no disk is measured.
"""

import io
import os
import tempfile
import tracemalloc
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO, Final

from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from bench.frame import Plan, Row, Spread, bounded, compared, seconds, taking_turns
from demur.seal.age import files as age
from demur.seal.age.hybrid import HybridIdentity, HybridRecipient
from demur.seal.age.stream import CHUNK, TAG

MIB: Final = 1024 * 1024
LEAST: Final = 0.45
DISSENT: Final = 5 * 1024
SEATS: Final = 8
MEMORY: Final = 1.0  # MiB that sixteen times the stream may add


def measure(plan: Plan) -> list[Row]:
    """Streams, then a dissent, then memory."""
    identity = HybridIdentity.generate(os.urandom)
    rows = _streams(identity, (1 if plan.quick else 64) * MIB, plan.rounds)
    rows += _dissent((8 if plan.quick else 200), plan.rounds)
    return rows + _memory(identity, *((1, 2) if plan.quick else (16, 256)))


def _streams(identity: HybridIdentity, size: int, rounds: int) -> list[Row]:
    """Megabytes a second, sealed and opened, each beside the same direction of the cipher alone."""
    data = os.urandom(size)
    sealed = age.encrypt(data, [identity.recipient])
    cipher, chunk, nonce = ChaCha20Poly1305(bytes(32)), data[:CHUNK], bytes(12)
    closed = cipher.encrypt(nonce, chunk, None)
    assert len(closed) == CHUNK + TAG

    def repeated(work: Callable[[bytes, bytes, None], bytes], part: bytes) -> Callable[[], float]:
        def passes() -> None:
            for _ in range(size // CHUNK):
                work(nonce, part, None)

        return lambda: size / 1e6 / seconds(passes)

    with Path(os.devnull).open("wb") as nowhere:
        turns = taking_turns(
            rounds,
            encrypt=repeated(cipher.encrypt, chunk),
            seal=lambda: size / 1e6 / seconds(lambda: _seal(io.BytesIO(data), nowhere, identity)),
            decrypt=repeated(cipher.decrypt, closed),
            open=lambda: size / 1e6 / seconds(lambda: age.decrypt_stream(io.BytesIO(sealed), nowhere, [identity])),
        )
    name = "ChaCha20-Poly1305, 64 KiB"
    return [
        compared("seal a stream", "MB/s", turns["seal"], turns["encrypt"], floor_name=name, least=LEAST),
        compared("open a stream", "MB/s", turns["open"], turns["decrypt"], floor_name=name, least=LEAST),
    ]


def _seal(source: BinaryIO, target: BinaryIO, identity: HybridIdentity) -> None:
    age.encrypt_stream(source, target, [identity.recipient])


def _dissent(times: int, rounds: int) -> list[Row]:
    """Dissents a second, each sealed to eight offices, a file each."""
    offices = [HybridIdentity.generate(os.urandom).recipient for _ in range(SEATS)]
    text = os.urandom(DISSENT)
    agree = _agreement(text)

    def rate(work: Callable[[], object]) -> Callable[[], float]:
        return lambda: times / seconds(lambda: [work() for _ in range(times)])

    turns = taking_turns(
        rounds,
        ours=rate(lambda: _to_each(text, offices)),
        floor=rate(lambda: [agree() for _ in range(SEATS)]),
    )
    name = f"seal {DISSENT // 1024} kB to {SEATS} offices, a file each"
    floor_name = "key agreements and cipher"
    return [
        compared(name, "/s", turns["ours"], turns["floor"], floor_name=floor_name),
        Row(name="the same, one", unit="ms", ours=Spread.of([1000 / each for each in turns["ours"]])),
    ]


def _to_each(text: bytes, offices: Sequence[HybridRecipient]) -> None:
    for office in offices:
        age.encrypt(text, [office])


def _agreement(text: bytes) -> Callable[[], bytes]:
    """The least that a post-quantum file for one reader takes: X25519 with a fresh key, ML-KEM-768, the cipher once."""
    reader, kem = X25519PrivateKey.generate().public_key(), MLKEM768PrivateKey.generate().public_key()
    nonce = bytes(12)

    def agreed() -> bytes:
        kem.encapsulate()
        return ChaCha20Poly1305(X25519PrivateKey.generate().exchange(reader)).encrypt(nonce, text, None)

    return agreed


def _memory(identity: HybridIdentity, small: int, large: int) -> list[Row]:
    """What a stream adds to memory at its peak, in MiB, and how much more a longer one does. Sizes in MiB."""
    found = {size: _peaks(identity, size) for size in (small, large)}
    rows = []
    for n, verb in enumerate(("sealing", "opening")):
        peaks = [found[size][n] for size in (small, large)]
        rows.append(bounded(f"memory of {verb} {large} MiB", "MiB", [peaks[1]]))
        rows.append(bounded(f"more than of {verb} {small} MiB", "MiB", [peaks[1] - peaks[0]], most=MEMORY))
    return rows


def _peaks(identity: HybridIdentity, size: int) -> tuple[float, float]:
    """Peaks of sealing and of opening a file of `size` MiB, files on either side."""
    with tempfile.TemporaryFile() as plain, tempfile.TemporaryFile() as sealed:
        plain.truncate(size * MIB)
        sealing = _peak(lambda: _seal(plain, sealed, identity))
        sealed.seek(0)
        with Path(os.devnull).open("wb") as nowhere:
            return sealing, _peak(lambda: age.decrypt_stream(sealed, nowhere, [identity]))


def _peak(work: Callable[[], None]) -> float:
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1] / MIB
    finally:
        tracemalloc.stop()
