# SPDX-License-Identifier: AGPL-3.0-or-later
"""Two authors, one server: nothing of them is anywhere on it, and their rows differ by chance alone."""

import base64
import json
import re
import sqlite3
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from searching import Secret, columns, found, haystacks, three_words, windows

from cast import AMINA, BIMA  # type: ignore[attr-defined] -- tests/cast.py
from demur.cli.desk.group import VERBS
from demur.seal.age.hybrid import HybridIdentity
from demur.seal.keyfile import SeatKey, read
from demur.seal.returning import ReturnKeys
from demur.seal.words import words_to_entropy
from serving import Channel, demur, practice_channel

pytestmark = pytest.mark.adversary
ROOT = Path(__file__).parents[2]

TEXTS = {
    AMINA.name: "Penyeberangan utara harus dibuka.\n\nThe northern count was taken in the wrong week, and nobody says so.\n",
    BIMA.name: "Jembatan selatan harus ditutup!!\n\nThe southern bridge was checked in the wrong year, and nobody knows.\n",
}
PATH = "/api/v1/mailbox/" + "07" * 16
ADDRESS, AGENT = "203.0.113.77", "canary-agent/7.7"


@dataclass(frozen=True, kw_only=True)
class Filed:
    """An author's case as it lies on their own machine."""

    name: str
    home: Path
    key: dict[str, Any]

    def secrets(self, origin: str) -> list[Secret]:
        """Everything of this author that the server may not hold."""
        words = self.key["words"].split()
        keys = ReturnKeys.from_entropy(words_to_entropy(words), origin)
        raw = {
            "entropy": keys.entropy,
            "return identity": keys.identity.seed,
            "signing key": keys.signing.seed,
            "bearer": keys.bearer,
            "token": bytes.fromhex(self.key["token"]),
            "case key": HybridIdentity.parse(self.key["case_key"]).seed,
            "commitment's key": bytes.fromhex(self.key["submit"]["r"]),
        }
        texts = {
            "name": self.name,
            "return identity's text": keys.identity.text,
            "case key's text": self.key["case_key"],
        }
        return [
            *(Secret(what=f"{self.name}'s {what}", data=data) for what, data in raw.items()),
            *(Secret(what=f"{self.name}'s {what}", data=text.encode()) for what, text in texts.items()),
            *windows(TEXTS[self.name].encode(), f"{self.name}'s text"),
            *three_words(words, f"{self.name}'s words"),
        ]


@dataclass(frozen=True, kw_only=True)
class World:
    """A channel after both cases were answered, with everything it could have leaked."""

    channel: Channel
    authors: list[Filed]
    secrets: list[Secret]
    outside: list[tuple[str, bytes]]

    def everywhere(self) -> Iterator[tuple[str, bytes]]:
        yield from haystacks(self.channel.directory, apart=["practice"])
        yield from self.outside


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    place = tmp_path_factory.mktemp("leaks")
    assert len({len(text.encode()) for text in TEXTS.values()}) == 1
    with practice_channel(place) as channel:
        authors = [_file(channel, place, name) for name in TEXTS]
        for author in authors:
            _answer(channel, place / "citra", author.key["case"])
            assert demur("status", "mine.key", home=author.home).code == 0
        _ask_as_canary(channel)
        assert channel.process is not None
        process = Path(f"/proc/{channel.process.pid}")
        outside = [
            ("environment", (process / "environ").read_bytes()),
            ("arguments", (process / "cmdline").read_bytes()),
            ("output", channel.output.read_bytes()),
        ]
        origin = json.loads((authors[0].home / "mine.key").read_text())["origin"]
        seats = [read(file.read_bytes(), passphrase=str) for file in (channel.directory / "practice").glob("*.key")]
        secrets = [secret for author in authors for secret in author.secrets(origin)]
        for key in seats:
            secrets.append(Secret(what="an office's signing key", data=key.signing.seed))
            if isinstance(key, SeatKey):
                secrets.append(Secret(what="a seat's identity", data=key.identity.seed))
                secrets.append(Secret(what="a seat's identity's text", data=key.identity.text.encode()))
        yield World(channel=channel, authors=authors, secrets=secrets, outside=outside)


def _file(channel: Channel, place: Path, name: str) -> Filed:
    home = place / f"home of {name}"
    home.mkdir()
    (home / "dissent.txt").write_text(TEXTS[name])
    more = {"USER": name, "LOGNAME": name, "NAME": name}
    done = demur("file", *channel.known, "--claims", "2", "--yes", "-o", "mine", "dissent.txt", home=home, more=more)
    assert done.code == 0, done.err
    assert demur("message", "mine.key", "Is there news?", home=home, more=more).code == 0
    return Filed(name=name, home=home, key=json.loads((home / "mine.key").read_text()))


def _answer(channel: Channel, home: Path, case: str) -> None:
    home.mkdir(exist_ok=True)
    (home / "reply.toml").write_text(
        'outcome = "accepted"\ntext = "Yes."\n[[answer]]\nclaim = 1\nkind = "answered"\ntext = "Yes, it is done."\n'
    )
    desk = ["desk", *channel.known, "--key", channel.key("custodian")]
    for step in (["fetch", case], ["acknowledge", case], ["reply", case, home / "reply.toml"]):
        done = demur(*desk, *step, home=home)
        assert done.code == 0, done.err


def _ask_as_canary(channel: Channel) -> None:
    headers = {
        "X-Forwarded-For": ADDRESS,
        "User-Agent": AGENT,
        "Cookie": "who=canary-cookie",
        "Referer": "http://canary-referer/",
    }
    for path in ("/", "/en/", "/api/v1/channel", "/nowhere", PATH):
        try:
            urllib.request.urlopen(urllib.request.Request(channel.url + path, headers=headers), timeout=5).read()
        except urllib.error.HTTPError as error:
            error.read()


def test_nothing_of_the_authors_is_anywhere_on_the_server(world: World) -> None:
    assert found(world.secrets, world.everywhere()) == set()


def test_nothing_of_who_asked_is_kept(world: World) -> None:
    canaries = [
        Secret(what=text, data=text.encode()) for text in (ADDRESS, AGENT, "canary-cookie", "canary-referer", PATH)
    ]

    assert found(canaries, world.everywhere()) == set()


PLANTED = ["a text in a log", "words in a column", "a key in another file"]


@pytest.mark.parametrize("leak", PLANTED)
def test_a_planted_leak_is_found(leak: str, world: World, tmp_path: Path) -> None:
    amina = world.authors[0]
    planted: list[tuple[str, bytes]] = []
    if leak == "a text in a log":
        planted.append(("server.log", b"INFO filing received: " + TEXTS[AMINA.name].encode()[40:80] + b"\n"))
    elif leak == "words in a column":
        database = tmp_path / "demur.sqlite3"
        with sqlite3.connect(database) as connection:
            connection.execute("create table dissent_case (id text, note text)")
            connection.execute(
                "insert into dissent_case values (?, ?)", ("x", "said " + " ".join(amina.key["words"].split()[4:8]))
            )
        planted += list(columns(database))
    else:
        planted.append(
            (
                "cache.bin",
                b"??" + base64.b64encode(b"!" + HybridIdentity.parse(amina.key["case_key"]).seed + b"...") + b"??",
            )
        )

    assert found(world.secrets, [*world.everywhere(), *planted])


# Every column of every table of ours: how two authors' rows may differ. A column that stands nowhere here fails the test.
SAME, RANDOM, CIPHERTEXT = "same", "random", "ciphertext"
KINDS: dict[str, dict[str, str]] = {
    "dissent_case": {
        "id": RANDOM, "charter": SAME, "author": RANDOM, "mailbox": RANDOM, "bearer": RANDOM, "token": RANDOM, "salt": RANDOM,
        "filing": RANDOM, "header": "header", "commitment": RANDOM, "seq": SAME, "last": RANDOM, "chain": RANDOM, "state": SAME,
        "story": "story", "story_v": SAME,
    },
    "dissent_event": {
        "id": RANDOM, "seq": SAME, "text": "event", "r": RANDOM, "leaf_hash": RANDOM, "body": RANDOM, "promise": "note", "case_id": RANDOM,
        "act": RANDOM,
    },
    "dissent_sealedfile": {
        "id": RANDOM, "seq": SAME, "role": SAME, "sha256": RANDOM, "size": SAME, "data": CIPHERTEXT, "missing": SAME,
        "case_id": RANDOM,
    },
}  # fmt: skip
# `key` signs this case alone where the actor is its author; of `seen` only the commitment may differ, see _compare.
EVENT_DIFFERS = {"case", "prev", "commitment", "bodies", "filing", "body", "signature", "time", "key", "seen"}
STORY_DIFFERS = {"leaves", "day", "fetched_at", "story"}  # hashes, and the times that the events of the case say
HEADER_DIFFERS = {"case", "author", "mailbox", "bearer", "token", "salt", "commitment", "files", "signature"}


def rows_of(channel: Channel, table: str, case: str) -> list[dict[str, Any]]:
    with sqlite3.connect(f"file:{channel.directory / 'demur.sqlite3'}?mode=ro", uri=True) as connection:
        connection.row_factory = sqlite3.Row
        key, order = ("id", "id") if table == "dissent_case" else ("case_id", "seq, id")
        return [
            dict(row) for row in connection.execute(f"select * from {table} where {key} = ? order by {order}", (case,))
        ]


@pytest.mark.parametrize("table", KINDS)
def test_the_rows_of_two_authors_differ_by_chance_alone(table: str, world: World) -> None:
    amina, bima = (rows_of(world.channel, table, author.key["case"]) for author in world.authors)

    assert len(amina) == len(bima) > 0
    for hers, his in zip(amina, bima, strict=True):
        assert set(hers) == set(KINDS[table])
        for column, kind in KINDS[table].items():
            _compare(column, kind, hers[column], his[column])


def _compare(column: str, kind: str, hers: Any, his: Any) -> None:
    if kind == SAME:
        assert hers == his, column
    elif kind == CIPHERTEXT:
        assert (hers != his, len(hers), hers[:22]) == (True, len(his), b"age-encryption.org/v1\n"), column
    elif kind in {"event", "header", "story"}:
        first, second = json.loads(hers), json.loads(his)
        allowed = {"event": EVENT_DIFFERS, "header": HEADER_DIFFERS, "story": STORY_DIFFERS}[kind]
        assert {name for name in first if first[name] != second[name]} <= allowed
        assert first.get("seen", {}).get("seq") == second.get("seen", {}).get("seq")
        assert [len(str(first[name])) for name in sorted(first)] == [len(str(second[name])) for name in sorted(second)]
    else:
        assert type(hers) is type(his), column
        assert hers is None or isinstance(hers, int) or len(hers) == len(his), column


def test_inbox_items_name_no_case_and_have_one_size(world: World) -> None:
    with sqlite3.connect(f"file:{world.channel.directory / 'demur.sqlite3'}?mode=ro", uri=True) as connection:
        rows = connection.execute("select seat, n, length(data) from dissent_inboxitem").fetchall()
        names = {row[1] for row in connection.execute("pragma table_info(dissent_inboxitem)")}

    assert names == {"id", "seat", "n", "data"}
    assert len({size for _, _, size in rows}) == 1
    # The head of the author's agency does not read these cases, and got as many items as everybody else.
    counts = {seat: sum(row[0] == seat for row in rows) for seat, _, _ in rows}
    assert set(counts.values()) == {len(world.authors)}
    assert "agency-head" in counts


def test_no_table_holds_when_something_arrived(world: World) -> None:
    with sqlite3.connect(f"file:{world.channel.directory / 'demur.sqlite3'}?mode=ro", uri=True) as connection:
        ours = [
            name
            for (name,) in connection.execute("select name from sqlite_master where type = 'table'")
            if name.split("_")[0] in {"dissent", "entries", "people"}
        ]
        types = {
            f"{table}.{row[1]}": row[2] for table in ours for row in connection.execute(f"pragma table_info({table})")
        }

    assert not [name for name, kind in types.items() if "date" in kind or "time" in kind]


# Every command there is: how an administrator can run it, with the installation DIR, the server URL and a folder OUT; or why they cannot.
ADMINISTRATOR: dict[str, list[list[str]] | str] = {
    "doctor": [["DIR"], ["DIR", "--json"], ["DIR", "--deep"], ["DIR", "--deep", "--json"]],
    "seat list": [["DIR"], ["DIR", "--json"], ["--server", "URL", "--channel", "DIR/channel.toml"]],
    "charter list": [[], ["--json"]],
    "charter show": [["us-state-2fam070"], ["--json", "us-state-2fam070"]],
    "charter lint": [["us-state-2fam070"]],
    "charter compare": [["us-state-2fam070", "us-state-2fam070"]],
    "charter request": [["DIR", "us-state-2fam070", "-o", "OUT/c.request"]],
    "charter adopt": [["DIR", "DIR/charter.request"]],
    "policy show": [["DIR"], ["DIR", "--json"]],
    "policy request": [["DIR", "-o", "OUT/p.request"]],
    "policy adopt": [["DIR", "DIR/charter.request"]],
    "account new": [["DIR", "hasan", "--seat", "custodian"]],
    "account list": [["DIR"], ["DIR", "--json"]],
    "account reset": [["DIR", "hasan"]],
    "account code": [["DIR", "hasan"]],
    "account remove": [["DIR", "hasan"]],
    "doorbell test": [["DIR"]],
    "doorbell list": [["DIR"]],
    "doorbell retry": [["DIR"]],
    "erase": [["DIR", "0" * 32, "--yes"], ["DIR", "0" * 32, "--yes", "--json"]],
    "backup": [["DIR", "OUT/backup"], ["DIR", "OUT/backup-2", "--json"]],
    "restore": [["OUT/backup", "OUT/restored", "--no-witnesses"]],
    "tick": [["DIR"], ["DIR", "--json"]],
    "serve": [["DIR", "--listen", "no-such-host.invalid:1"]],
    "trust add": [["URL", "--channel", "DIR/channel.toml"]],
    "trust list": [[], ["--json"]],
    "verify-site": [["URL", "--channel", "DIR/channel.toml"]],
    "init": [["OUT/new", "--practice"]],
    "key new": [["-o", "OUT/new.key", "--no-passphrase"]],
    "witness new": [["OUT/witness", "--name", "press", "--url", "http://127.0.0.1:1"]],
    "witness add": [["OUT/witness", "DIR/channel.toml"]],
    "witness list": [["OUT/witness"]],
    "witness serve": "runs for ever, and knows a record and nothing else",
    "demo": "makes a channel of its own",
    "file": "an author's",
    "status": "asks for the author's key file or words",
    "message": "asks for the author's key file",
    "withdraw": "asks for the author's key file",
    "disclose": "asks for the author's key file",
    "receipt complete": "asks for the author's receipt",
    "verify": "asks for the author's receipt",
    "seat fill": "asks for a holder's key, or for what officers signed",
    "seat sign": "asks for an officer's key",
    "charter sign": "asks for an officer's key",
    "policy sign": "asks for an officer's key",
    **{f"desk {verb}": "asks for a seat's key" for verb in VERBS},
}


def documented() -> set[str]:
    """Every command of the reference that is no group."""
    text = (ROOT / "docs" / "reference" / "commands.md").read_text()
    names = re.findall(r"(?m)^## demur (.+)$", text)
    return {name for name in names if not any(other.startswith(f"{name} ") for other in names)}


def test_every_documented_command_is_looked_at() -> None:
    assert documented() - set(ADMINISTRATOR) == set()


def test_an_administrator_who_runs_every_documented_command_learns_counts(world: World, tmp_path: Path) -> None:
    said, ran = b"", 0
    places = {"DIR": str(world.channel.directory), "URL": world.channel.url, "OUT": str(tmp_path)}
    for name, ways in ADMINISTRATOR.items():
        if isinstance(ways, str) or name not in documented():
            continue
        for words in ways:
            typed = [re.sub(r"^(DIR|URL|OUT)(?=$|/)", lambda found: places[found[1]], word) for word in words]
            done = demur(*name.split(), *typed, home=tmp_path / "hasan")
            assert "Traceback" not in done.err, (name, typed, done.err)
            said += (done.out + done.err).encode()
            ran += 1

    print(f"{ran} runs of {len(documented())} documented commands")
    cases = [Secret(what="a case's id", data=author.key["case"].encode()) for author in world.authors]
    mailboxes = [Secret(what="a case's id", data=author.key["case"][:12].encode()) for author in world.authors]
    assert found([*world.secrets, *cases, *mailboxes], [("what commands say", said)]) == set()
    assert b"it holds 2 cases" in said
