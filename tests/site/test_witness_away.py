# SPDX-License-Identifier: AGPL-3.0-or-later
"""While a demanded witness is away, proofs wait, and nothing else: people file, read and answer, and no honest log is convicted."""

import json
import sqlite3
import threading
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest

from demur import canonical
from demur.charter.officers import sign_statement
from demur.cli.status_view import status_lines
from demur.client.authorkey import AuthorKey
from demur.client.following import follow
from demur.client.http import Server
from demur.client.receipt import Receipt
from demur.seal.keyfile import OfficerKey, read
from demur.witness.server import serve
from demur.witness.state import Witness
from serving import Done, Founded, demur, free_port, practice_channel

pytestmark = pytest.mark.adversary


@dataclass
class World(Founded):
    """A channel whose policy demands a witness, which can be sent away. Amina has filed before."""

    witness: Path
    port: int
    running: ThreadingHTTPServer | None = None

    def comes(self) -> None:
        self.running = serve(Witness.read(self.witness), "127.0.0.1", self.port, now=lambda: int(time.time()))
        threading.Thread(target=self.running.serve_forever, args=(0.05,), daemon=True).start()

    def leaves(self) -> None:
        assert self.running is not None
        self.running.shutdown()
        self.running.server_close()
        self.running = None

    def file(self, name: str) -> Done:
        return self.run("file", *self.channel.known, "--yes", "-o", name, "text.txt")

    def seats(self) -> dict[str, str]:
        told = self.run("seat", "list", "--server", self.channel.url, "--channel", self.channel.file, "--json").json
        return {row["seat"]: row["holder"] for row in told["seats"] if not row["vacant"]}

    def vacated(self, seat: str, serial: int) -> Path:
        """The seats in force without `seat`, signed by the practice officer."""
        with urllib.request.urlopen(f"{self.channel.url}/api/v1/directory") as answer:
            statement = json.load(answer)["roster"]["entry"]
        statement = {name: value for name, value in statement.items() if name != "officers"} | {"serial": serial}
        statement["seats"] = [row for row in statement["seats"] if row["seat"] != seat]
        key = read(self.channel.key("officer").read_bytes(), passphrase=None)
        assert isinstance(key, OfficerKey)
        signed = self.home / f"seats-{serial}.signed"
        signed.write_bytes(canonical.dump(sign_statement(statement, key.signing)))
        return signed


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with practice_channel(tmp_path) as channel:
        home, port, witness = tmp_path / "home", free_port(), tmp_path / "witness"
        made = World(channel=channel, home=home, witness=witness, port=port)
        made.run("witness", "new", witness, "--name", "union.example", "--address", f"http://127.0.0.1:{port}")
        made.run("witness", "add", witness, channel.file)
        (home / "text.txt").write_text("The crossing\n\nThe count was wrong.\n")
        made.comes()
        directory, key = channel.directory, channel.key("officer")
        channel.stop()
        made.run("policy", "request", directory, "--witness", witness / "witness.card", "-o", "p.request")
        made.run("policy", "sign", "--key", key, "--channel", channel.file, "--yes", "p.request", "-o", "p.signed")
        made.run("policy", "adopt", directory, "p.signed")
        channel.start()
        made.file("amina")
        try:
            yield made
        finally:
            if made.running is not None:
                made.leaves()


def test_what_was_adopted_meanwhile_waits_and_the_channel_goes_on(world: World) -> None:
    signed = world.vacated("political", 2)
    before = world.seats()
    assert "political" in before
    world.leaves()
    world.channel.stop()
    said = world.run("seat", "fill", world.channel.directory, signed)
    assert "it is in force once the witnesses have cosigned" in said.out
    world.channel.start()

    assert world.seats() == before  # in force is what everybody can be shown to stand in the record
    world.file("bima")
    world.run("status", "amina.key")
    desk = ["desk", *world.channel.known, "--key"]
    world.run(*desk, world.channel.key("custodian"), "list")
    revoked = world.run(*desk, world.channel.key("political"), "list", code=1)
    assert "seat" in revoked.err  # what the officers take is gone at once

    world.comes()
    world.channel.stop()
    world.channel.start()
    assert "political" not in world.seats()


def test_doctor_says_since_when_the_policy_is_not_met(world: World) -> None:
    well = examined(world)
    assert well["witnesses"] == (True, "The trust policy holds of the last checkpoint.")
    world.leaves()
    for name in ("bima", "chandra"):
        world.file(name)
        time.sleep(1)
    rows = sqlite3.connect(world.channel.directory / "demur.sqlite3")
    sizes = [size for (size,) in rows.execute("select size from entries_checkpoint where not cosigned order by size")]
    rows.close()
    assert len(sizes) == 2
    assert examined(world)["witnesses"] == (
        False,
        f"No checkpoint of {sizes[0]} to {sizes[1]} entries meets the trust policy, because its witnesses did not cosign; nothing adopted "
        "since is in force, and no act since counts, until they do. See that they answer.",
    )
    assert examined(world)["open"][0], "people file meanwhile"
    world.comes()
    world.channel.stop()
    world.channel.start()
    assert examined(world)["witnesses"] == well["witnesses"]


def examined(world: World) -> dict[str, tuple[bool, str]]:
    """What the doctor says, by code."""
    done = demur("doctor", world.channel.directory, "--json", home=world.home)
    return {row["code"]: (row["well"], row["sentence"]) for row in done.json["findings"] if row["code"] != "rows"}


def test_a_promise_that_is_over_is_late_and_the_author_still_reads(world: World) -> None:
    world.leaves()
    world.file("bima")
    key, receipt = (world.home / f"bima.{ending}" for ending in ("key", "receipt"))
    promised = Receipt.parse(receipt.read_bytes())
    assert not promised.proofs
    server, author = Server(world.channel.url), AuthorKey.parse(key.read_bytes())
    now = promised.opened_promise().not_after
    assert not follow(server, author, promised, promised.channel, now=now).late
    thread = follow(server, author, promised, promised.channel, now=now + 1)
    assert thread.late
    assert any("late" in line for line in status_lines(thread, now=now + 1))
    assert thread.receipt is not None
    assert not thread.receipt.proofs
    # A log that shows no record at all that meets the policy gains nothing by it.
    (world.channel.directory / "record" / "checkpoint.accepted").unlink()
    assert follow(server, author, promised, promised.channel, now=now + 1).late

    world.comes()
    world.channel.stop()
    world.channel.start()
    assert not follow(server, author, promised, promised.channel, now=now + 1).late


def test_a_receipt_is_completed_from_tiles_whose_newest_checkpoint_lacks_a_witness(world: World) -> None:
    whole = Receipt.parse((world.home / "amina.receipt").read_bytes())
    promised = Receipt(channel=whole.channel, promise=whole.promise, heads=whole.heads)
    world.leaves()
    world.file("bima")
    time.sleep(1)
    for n, place in enumerate((["--mirror", world.channel.directory / "record"], ["--mirror", world.channel.url])):
        (world.home / f"promised{n}.receipt").write_text(promised.text)
        done = world.run("receipt", "complete", f"promised{n}.receipt", *place, "--json")
        assert done.json["state"] == "recorded"
        world.run("verify", f"promised{n}.receipt", "--channel", world.channel.file)
