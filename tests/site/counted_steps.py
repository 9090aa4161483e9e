# SPDX-License-Identifier: AGPL-3.0-or-later
"""Run beside the tests (`test_steps.py`): fills an installation with N rows of each kind and prints how many steps SQLite's machine takes
for each address, and for what happens by itself.

    python counted_steps.py DIRECTORY N KEY-OF-A-SEAT KEY-OF-AN-AUTHOR [planted]

`planted` puts one hole in: the statements in force are found as they were found until 26 November.
"""

import json
import os
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

from demur import canonical
from demur.errors import DemurError
from demur.site.boot import migrate, open_installation

EACH = 10  # steps between two counts
INSERTS = {
    "entry": "INSERT INTO entries_entry (data, leaf_hash) VALUES (?, ?)",
    "event": "INSERT INTO dissent_event (case_id, seq, text, r, leaf_hash, body, promise) VALUES (?, 1, ?, ?, ?, '', ?)",
    "file": "INSERT INTO dissent_sealedfile (case_id, seq, role, sha256, size, data, missing) VALUES (?, 0, 'mailbox', ?, 9, x'00', 0)",
    "item": "INSERT INTO dissent_inboxitem (seat, n, data) VALUES (?, (SELECT max(n) + 1 FROM dissent_inboxitem WHERE seat = ?), ?)",
}
SEAT = "custodian"


def fill(directory: Path, n: int) -> None:
    """N more cases, each with an event that waits for its tick, an inbox item and a file; N nonces, sessions, tries."""
    from demur.dissent.events import commitment
    from demur.record.entry import case_entry
    from demur.record.merkle import leaf_hash

    with sqlite3.connect(directory / "demur.sqlite3") as rows:
        text, promise = rows.execute("SELECT text, promise FROM dissent_event WHERE seq = 1 LIMIT 1").fetchone()
        columns = [name for _, name, *_ in rows.execute("PRAGMA table_info(dissent_case)")]
        template = dict(zip(columns, rows.execute("SELECT * FROM dissent_case LIMIT 1").fetchone(), strict=True))
        insert_case = f"INSERT INTO dissent_case ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"
        event = canonical.load_object(text.encode())
        for k in range(n):
            case, r = os.urandom(16).hex(), os.urandom(32)
            told = {**event, "case": case}
            entry = case_entry(commitment(told, r))
            leaf = leaf_hash(entry)
            row = {**template, "id": case, "mailbox": os.urandom(16).hex(), "seq": 1, "state": "filed"}
            rows.execute(insert_case, [row[name] for name in columns])
            rows.execute(INSERTS["entry"], (entry, leaf))
            rows.execute(INSERTS["event"], (case, canonical.dump(told).decode(), r.hex(), leaf, promise))
            rows.execute(INSERTS["file"], (case, os.urandom(32).hex()))
            rows.execute(INSERTS["item"], (SEAT, SEAT, b"age-encryption.org/v1\n"))
            until = int(time.time()) + 500
            rows.execute("INSERT INTO people_seennonce (nonce, until) VALUES (?, ?)", (os.urandom(16).hex(), until))
            rows.execute("INSERT INTO desk_tries (who, wrong, until) VALUES (?, 1, 0)", (f"stranger {k}",))
        rows.commit()


def fill_kept(directory: Path, n: int, holder: str) -> None:
    """N blobs that the seat keeps, as the product would: its sums with them."""
    from demur.people.actions.keep_blob import keep_blob
    from demur.people.models import KeptBlob

    keep_blob(by=SEAT, holder=holder, name="00" * 32, data=b"first", was="", items=0)
    blobs = [
        KeptBlob(seat=SEAT, holder=holder, name=os.urandom(32).hex(), sha256="00" * 32, size=4, data=b"blob")
        for _ in range(n)
    ]
    KeptBlob.objects.bulk_create(blobs, batch_size=500)
    assert directory


class Counter:
    """Steps of SQLite's machine on every connection of this process, to the nearest ten."""

    def __init__(self) -> None:
        self.steps = 0

    def watch(self, *, connection: Any, **_: Any) -> None:
        connection.connection.set_progress_handler(self._count, EACH)

    def _count(self) -> int:
        self.steps += EACH
        return 0

    @contextmanager
    def told(self, found: dict[str, int], name: str) -> Iterator[None]:
        before = self.steps
        yield
        found[name] = self.steps - before


def measured(directory: Path, seat_key: Path, author_key: Path, counter: Counter) -> dict[str, int]:
    """The steps of each address, and of each thing that the server does by itself. Asked twice, told once: what is read once in a process
    is not a request's cost."""
    asked = Asked(directory, seat_key, author_key)
    found: dict[str, int] = {}
    for name, ask in asked.everything():
        for _ in range(2):
            with counter.told(found, name):
                ask()
    return found


class Asked:
    """Somebody who asks each address as its own client would."""

    def __init__(self, directory: Path, seat_key: Path, author_key: Path) -> None:
        from demur.client.authorkey import AuthorKey
        from demur.client.directory import read_directory
        from demur.client.seatline import SeatLine
        from demur.seal.keyfile import read
        from demur.site.here import here
        from demur.site.installed import installation

        self.ground, self.server = installation(), here()
        self.author = AuthorKey.parse(author_key.read_bytes())
        self.in_force = read_directory(self.server, self.ground.channel, now=int(time.time()))
        key = read(seat_key.read_bytes(), passphrase=str)
        self.line = SeatLine(
            server=self.server, channel=self.ground.channel, seat=SEAT, key=key, random=os.urandom, clock=lambda: int(time.time())
        )  # fmt: skip
        self.case = str(self.author.case)
        self.grant = self._granted()
        self.token = str(self.grant.token)
        self.directory = directory

    def _granted(self) -> Any:
        from demur.client.grants import open_grant

        page = self.line.get_json(f"/api/v1/seats/{SEAT}/inbox?after=0&most=5")
        import base64

        for row in page["items"]:
            grant = open_grant(
                base64.b64decode(row["file"]), self.line.key, seat=SEAT, origin=self.ground.channel.origin
            )
            if grant is not None and grant.case == self.case:
                return grant
        raise AssertionError("the seat was not granted this case")

    def everything(self) -> Iterator[tuple[str, Callable[[], object]]]:
        get = self.server.get
        size = self._size()
        leaf = self._leaf()
        bearer = {"Authorization": f"Bearer {self.author.keys.bearer.hex()}"}
        mailbox = f"/api/v1/mailbox/{self.author.keys.mailbox}"
        for path in (
            "/", "/en/", "/charter.toml", "/en/file/", "/en/case/", "/en/file/plain/", "/en/case/plain/", "/en/desk/in/", "/checkpoint",
            "/api/v1/channel", "/api/v1/directory", "/api/v1/limits", "/api/v1/policies", "/api/v1/assets", f"/api/v1/record/proof/{leaf}",
            f"/api/v1/record/consistency?old={size // 2}&new={size}", f"/api/v1/uploads/{'0' * 64}",
        ):  # fmt: skip
            yield (
                f"GET {path.replace(leaf, 'LEAF').replace(str(size // 2), 'M').replace(str(size), 'N')}",
                partial(get, path),
            )
        leaves = canonical.dump({"leaves": [leaf]})
        proofs = partial(self.server.post_json, "/api/v1/record/proofs", leaves, content_type="application/json")
        yield "POST record/proofs", proofs
        yield "GET mailbox", partial(get, mailbox, lambda: bearer)
        yield "GET mailbox file", partial(get, f"{mailbox}/files/{self._own_file()}", lambda: bearer)
        seat = f"/api/v1/seats/{SEAT}"
        for path in (f"{seat}/inbox?after=0", f"{seat}/inbox?after=90", f"{seat}/kept", f"{seat}/kept/{'00' * 32}"):
            yield f"GET {path}", partial(self.line.get, path)
        yield "GET case", partial(self.line.get, f"/api/v1/cases/{self.case}", token=self.token)
        yield "PUT kept", self._keep
        body = canonical.dump({"cases": [{"case": self.case, "token": self.token}]})
        yield (
            "POST desk/cases",
            partial(self.line.post_json, "/api/v1/desk/cases", body, content_type="application/json"),
        )
        yield "POST cases (a filing)", self._file
        yield "POST acts (a seat's)", self._fetch
        yield "POST acts (the author's)", self._write
        yield "sign-in", self._sign_in
        yield "tick", self._tick
        yield "doorbell", self._ring
        yield "counts", self._counts

    def _size(self) -> int:
        from demur.record.tiles import read_checkpoint_size

        return read_checkpoint_size(self.ground.store)

    def _leaf(self) -> str:
        from demur.dissent.models import Event

        return bytes(Event.objects.filter(case=self.case, seq=1).get().leaf_hash).hex()

    def _own_file(self) -> str:
        from demur.dissent.models import SealedFile

        return str(SealedFile.objects.get(case=self.case, role="mailbox").sha256)

    def _keep(self) -> None:
        from demur.people.actions.keep_blob import keep_blob

        keep_blob(
            by=SEAT,
            holder=self.line.key.signing.public.hex(),
            name=os.urandom(32).hex(),
            data=b"blob",
            was="",
            items=10**6,
        )

    def _file(self) -> None:
        from demur.client.filing import prepare
        from demur.client.wish import Wish
        from demur.dissent.bundle import MEDIA_TYPE
        from demur.dissent.documents.dissent import from_text

        text = b"Subject\n\nA claim.\n"
        limits = self.server.get_json("/api/v1/limits")
        wish = Wish(dissent=from_text(text, name="d.txt", claims=[2]), original=text)
        filing = prepare(
            wish, self.in_force, address="http://127.0.0.1", limits=limits, now=int(time.time()), random=os.urandom
        )
        self.server.post_json("/api/v1/cases", filing.bundle, content_type=MEDIA_TYPE)

    def _fetch(self) -> None:
        from demur.client.inbox import Known
        from demur.client.lookups import Record
        from demur.client.seatacts import Desk
        from demur.dissent.states import Verb

        record = Record(server=self.server, channel=self.ground.channel)
        with suppress(DemurError):  # a second fetch of the same is refused: after as many steps
            Desk(line=self.line, record=record).plain(Known(grant=self.grant), Verb.FETCH, item=0)

    def _write(self) -> None:
        from demur.client.acting import Author

        author = Author(
            server=self.server, channel=self.ground.channel, key=self.author, random=os.urandom, clock=lambda: int(time.time())
        )  # fmt: skip
        author.message("A word.", None)

    def _sign_in(self) -> None:
        from demur.desk import accounts
        from demur.desk.errors import DeskError

        try:
            accounts.sign_in("nobody", "a passphrase", "123456", secret=b"secret", at=int(time.time()))
        except DeskError:
            return

    def _tick(self) -> None:
        from demur.entries.ticking import Tick
        from demur.site.ticker import publish_now
        from demur.site.witnesses import Witnesses

        publish_now(self.ground, Tick(now=int(time.time())), witnesses=Witnesses(self.ground))

    def _ring(self) -> None:
        from demur.site.ringing import _to_read

        _to_read(self._size() - 1)

    def _counts(self) -> None:
        from demur.dissent.queries import counts

        counts(now=int(time.time()))


def plant() -> None:
    """The query of 26 November, which lets SQLite walk every published entry."""
    from demur.people import queries

    queries._PROVEN = queries._PROVEN.replace("CROSS JOIN", "JOIN")


def main() -> None:
    directory, n = Path(sys.argv[1]), int(sys.argv[2])
    open_installation(directory)
    migrate()
    fill(directory, n)
    counter = Counter()
    from django.db import connections
    from django.db.backends.signals import connection_created

    from demur.dissent.queries import counts
    from demur.seal.keyfile import read

    connections.close_all()
    connection_created.connect(counter.watch)
    if "planted" in sys.argv:
        plant()
    asked = Asked(directory, Path(sys.argv[3]), Path(sys.argv[4]))
    asked._tick()  # what was filled in is published, and counted
    counts(now=int(time.time()))
    key = read(Path(sys.argv[3]).read_bytes(), passphrase=str)
    fill_kept(directory, min(n, 4000), key.signing.public.hex())  # type: ignore[union-attr]
    print(json.dumps(measured(directory, Path(sys.argv[3]), Path(sys.argv[4]), counter)))


if __name__ == "__main__":
    main()
