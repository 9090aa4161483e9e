# SPDX-License-Identifier: AGPL-3.0-or-later
# ruff: noqa: E402 -- the directory of the installation is named before Django is started
"""What the first view of a desk costs its server, at any number of cases: run as a process, on an installation that holds one case.

    python first_view.py DIRECTORY CASES LOOKS CASE TOKEN      DEMUR_DIR is set to it first

The case is copied until there are CASES, with entries of the record and inbox items; then the desk's three questions are asked LOOKS times:
the head of its list, a page of the inbox, how far the most urgent cases have come. Prints one JSON document.
"""

import gc
import hashlib
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ["DEMUR_DIR"] = sys.argv[1]
os.environ["DJANGO_SETTINGS_MODULE"] = "demur.site.settings"

import django

django.setup()

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from demur.dissent.models import Case, Event, InboxItem
from demur.entries.models import Checkpoint, Entry
from demur.people.models import KeptBlob
from demur.seal.keyfile import SeatKey, read
from demur.seal.requests import sign_request
from demur.site.installed import installation

SEAT = "custodian"
FIRST = 24  # cases of the head, assets/lib/desk/index.js
ITEMS = 3  # inbox items asked for with it, assets/pages/desk/listing.js
NAME = "e" * 64
BLOB = b"age-encryption.org/v1\n" + bytes(18_300)


def copies(case: Case, count: int) -> list[tuple[str, str]]:
    """Copy `case` until there are `count`; the id and token of each copy."""
    events = list(case.events.order_by("seq"))
    entries = {
        bytes(row.leaf_hash): bytes(row.data)
        for row in Entry.objects.filter(leaf_hash__in=[e.leaf_hash for e in events])
    }
    given = [(os.urandom(16).hex(), os.urandom(32).hex()) for _ in range(count - 1)]
    new_cases, new_events, new_entries = [], [], []
    last = Entry.objects.order_by("-index").values_list("index", flat=True).first() or 0
    for name, token in given:
        fields = {field.attname: getattr(case, field.attname) for field in Case._meta.concrete_fields}
        fields |= {
            "id": name,
            "mailbox": os.urandom(16).hex(),
            "token": hashlib.sha256(bytes.fromhex(token)).hexdigest(),
        }
        new_cases.append(Case(**fields))
        for row in events:
            leaf = os.urandom(32)
            last += 1
            new_entries.append(Entry(data=entries[bytes(row.leaf_hash)], leaf_hash=leaf, index=last))
            parts = {"seq": row.seq, "text": row.text, "r": row.r, "body": row.body, "promise": row.promise}
            new_events.append(Event(case_id=name, leaf_hash=leaf, **parts))
    Case.objects.bulk_create(new_cases, batch_size=500)
    Event.objects.bulk_create(new_events, batch_size=500)
    Entry.objects.bulk_create(new_entries, batch_size=500)
    checkpoint = Checkpoint.objects.order_by("-size").first()
    assert checkpoint is not None
    Checkpoint.objects.create(size=last + 1, root=checkpoint.root, note=checkpoint.note, time=checkpoint.time + 1)
    item = InboxItem.objects.filter(seat=SEAT).order_by("n").last()
    assert item is not None
    rows = [InboxItem(seat=SEAT, n=item.n + n, data=item.data) for n in range(1, count)]
    InboxItem.objects.bulk_create(rows, batch_size=500)
    return given


class Seat:
    """The custodian, who asks without a network between."""

    def __init__(self, key: SeatKey) -> None:
        self.key = key
        self.client = Client()
        self.queries = 0
        self.bytes = 0

    def ask(self, method: str, path: str, body: bytes = b"") -> bytes:
        """Ask, count, and give the answer."""
        signed = sign_request(
            self.key.signing,
            seat=SEAT,
            method=method,
            path=path,
            body=body,
            origin=installation().channel.origin,
            now=int(time.time()),
            nonce=os.urandom(16).hex(),
        )
        with CaptureQueriesContext(connection) as asked:
            answer = self.client.generic(
                method, path, body, content_type="application/json", headers={"Authorization": signed}
            )
        assert answer.status_code == 200, answer.content
        self.queries += len(asked)
        self.bytes += len(answer.content)
        return bytes(answer.content)


def look(seat: Seat, after: int, cases: list[tuple[str, str]], clock: Callable[[], float]) -> list[float]:
    """The three questions; milliseconds of each by `clock`."""
    asked = {"cases": [{"case": name, "token": token} for name, token in cases[:FIRST]]}
    took = []
    for method, path, body in (
        ("GET", f"/api/v1/seats/{SEAT}/kept/{NAME}", b""),
        ("GET", f"/api/v1/seats/{SEAT}/inbox?after={after}&most={ITEMS}", b""),
        ("POST", "/api/v1/desk/cases", json.dumps(asked).encode()),
    ):
        began = clock()
        told = seat.ask(method, path, body)
        took.append(1000 * (clock() - began))
        if method == "POST":
            assert len(json.loads(told)["cases"]) == min(FIRST, len(cases)), "every asked case has a row"
    return took


def spread(took: list[list[float]]) -> dict[str, float]:
    """Median and 99th percentile of all three questions together, milliseconds."""
    whole = sorted(map(sum, took))
    return {
        "p50": round(whole[len(whole) // 2], 1),
        "p99": round(whole[min(int(len(whole) * 0.99), len(whole) - 1)], 1),
    }


def main() -> None:
    """Copy, ask, tell."""
    directory, count, looks, case, token = (
        Path(sys.argv[1]),
        int(sys.argv[2]),
        int(sys.argv[3]),
        sys.argv[4],
        sys.argv[5],
    )
    key = read((directory / "practice" / f"{SEAT}.key").read_bytes(), passphrase=str)
    assert isinstance(key, SeatKey)
    cases = [(case, token), *copies(Case.objects.get(id=case), count)]
    seat = Seat(key)
    KeptBlob.objects.create(
        seat=SEAT, holder=key.signing.public.hex(), name=NAME, sha256="0" * 64, size=len(BLOB), data=BLOB
    )
    after = InboxItem.objects.filter(seat=SEAT).count() - ITEMS
    look(seat, after, cases, time.perf_counter)  # what is kept in memory is not the database's cost
    seat.queries = seat.bytes = 0
    gc.collect()
    gc.freeze()  # the copies made here are no part of a server
    wall = [look(seat, after, cases, time.perf_counter) for _ in range(looks)]
    work = [look(seat, after, cases, time.process_time) for _ in range(looks)]
    told: dict[str, Any] = {
        "cases": Case.objects.count(),
        "inbox": InboxItem.objects.filter(seat=SEAT).count(),
        "queries": seat.queries / (2 * looks),
        "bytes": seat.bytes / (2 * looks),
        # The processor's time beside the clock's: a machine that others use too makes the second say little.
        "work_ms": spread(work),
        "wall_ms": spread(wall),
    }
    print(json.dumps(told))


main()
