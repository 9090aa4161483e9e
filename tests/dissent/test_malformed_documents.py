# SPDX-License-Identifier: AGPL-3.0-or-later
"""Malformed documents are a told fault, never an error of the language, and Python and the browser take and refuse the same ones.

A changed client can seal anything. What one reader takes and another refuses shows two people two cases; what ends a reader in an error
locks an author out of the own case for ever.
"""

import base64
import hashlib
import json
import subprocess
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from random import Random
from typing import Any, Final

import pytest
from make_document_vectors import GOOD, READERS
from mutating import mutated

from demur import canonical
from demur.dissent import manifests
from demur.dissent.documents import reading
from demur.errors import DemurError
from demur.seal import container
from demur.seal.padme import padded_length
from demur.seal.signing import SigningKey
from serving import HANGS

pytestmark = pytest.mark.adversary
EACH: Final = 10_000
KEY: Final = SigningKey(b"9" * 32)
SCRIPT: Final = Path(__file__).with_name("verdicts.mjs")
KINDS: Final = (*GOOD, "container")


def documents(kind: str, count: int) -> list[bytes]:
    random = Random(f"demur {kind}")
    if kind == "container":
        return [packed(mutated(random.choice(GOOD["manifest"]), random)) for _ in range(count)]
    return [mutated(random.choice(GOOD[kind]), random) for _ in range(count)]


def packed(head: bytes) -> bytes:
    """A container over a manifest that nobody checked: signed, padded, its files as the manifest says where it says it."""
    try:
        manifest = {**canonical.load(head), "by": KEY.public.hex()}
        files = [(b"x" * row["size"], row) for row in manifest["files"]]
        whole = sum(len(data) for data, _ in files)
        head = canonical.dump({**manifest, "files": [{**row, "sha256": _hash(data)} for data, row in files]})
    except (DemurError, KeyError, TypeError, AttributeError, OverflowError, MemoryError, ValueError):
        files, whole = [], 0
    start = b"".join(
        [len(head).to_bytes(8, "big"), head, KEY.sign(container.DOMAIN, head), *(data for data, _ in files)]
    )
    return start.ljust(padded_length(len(start), 64), b"\0") if whole < 10_000 else start


def _hash(data: bytes) -> str:
    return "7" * 64 if len(data) % 7 == 0 else hashlib.sha256(data).hexdigest()


def in_browser(rows: Iterable[tuple[str, bytes]]) -> list[str]:
    lines = "".join(json.dumps({"kind": kind, "data": base64.b64encode(data).decode()}) + "\n" for kind, data in rows)
    done = subprocess.run(
        ["node", str(SCRIPT)], input=lines.encode(), capture_output=True, check=True, timeout=HANGS * 6
    )
    return done.stdout.decode().split("\n")


def in_python(kind: str, data: bytes) -> str:
    read: Callable[[bytes], Any] = (
        READERS[kind] if kind != "container" else lambda part: container.unpack(part, by=None, floor=64)
    )
    try:
        read(data)
    except DemurError:
        return "0"
    except Exception:  # noqa: BLE001 -- counted, and told as the fault it is
        return "X"
    return "1"


def differing(rows: list[tuple[str, bytes]]) -> tuple[dict[str, Counter[str]], list[tuple[str, bytes, str]]]:
    """What Python says of each kind, and the documents of which the two say different things or end in another error."""
    counts: dict[str, Counter[str]] = {kind: Counter() for kind in KINDS}
    odd = []
    for (kind, data), browser in zip(rows, in_browser(rows), strict=True):
        verdict = in_python(kind, data)
        counts[kind][verdict] += 1
        if verdict != browser or verdict == "X":
            odd.append((kind, data, verdict + browser))
    return counts, odd


def test_ten_thousand_documents_of_each_kind_get_the_same_verdict() -> None:
    rows = [(kind, data) for kind in KINDS for data in documents(kind, EACH)]

    counts, odd = differing(rows)

    for kind, count in counts.items():
        print(f"{kind}: {count['1']} taken and {count['0']} refused by both, of {EACH}")
        assert min(count["1"], count["0"]) > EACH // 100, kind  # else it would show little
    assert odd[:3] == []


def test_without_the_schema_the_same_documents_part_the_readers(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [(kind, data) for kind in KINDS for data in documents(kind, 500)]
    monkeypatch.setattr(reading, "document_fault", lambda *_: "")
    monkeypatch.setattr(manifests, "manifest_fault", lambda *_: "")
    monkeypatch.setattr(container, "fault", lambda *_: "")

    without = differing(rows)[1]
    monkeypatch.undo()
    with_it = differing(rows)[1]

    crashed = sum(verdict[0] == "X" for _, _, verdict in without)
    print(
        f"without the schema {len(without)} of {len(rows)} documents part the readers, {crashed} by an error; with it {len(with_it)}"
    )
    assert crashed > 100
    assert len(without) > 500
    assert with_it == []
