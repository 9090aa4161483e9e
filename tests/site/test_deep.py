# SPDX-License-Identifier: AGPL-3.0-or-later
"""Baskara administers the server and can edit any row. Whatever he changes is located by its index in the record."""

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from serving import Channel, demur, practice_channel

pytestmark = pytest.mark.adversary


@dataclass(frozen=True)
class World:
    """A channel with two cases, one of them granted on and answered; the server is stopped."""

    channel: Channel
    home: Path
    first: int  # index of Amina's `received` entry


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    place = tmp_path_factory.mktemp("deep")
    with practice_channel(place, charter="demur-default") as channel:
        home = place / "amina"
        home.mkdir()
        (home / "text.txt").write_text("The crossing\n\nThe count was wrong.\n")
        (home / "large.bin").write_bytes(bytes(range(256)) * 6000)
        for name, more in (("mine", ["--attach", "large.bin", "--as-is"]), ("other", [])):
            done = demur("file", *channel.known, "--yes", "--json", "-o", name, *more, "text.txt", home=home)
            assert done.code == 0, done.err
        case = demur("status", "mine.key", "--json", home=home).json["case"]
        desk = ["desk", *channel.known, "--key", channel.key("custodian")]
        for act in (["acknowledge", case], ["grant", case, "--to", "deputy", "--reason", "She knows the road."]):
            done = demur(*desk, *act, home=place / "citra")
            assert done.code == 0, done.err
        channel.stop()
        done = demur("tick", channel.directory, "--json", home=home)
        assert (done.code, done.json["waiting"]) == (0, 0), done.err
        yield World(channel=channel, home=home, first=received_index(channel.directory, case))


def received_index(directory: Path, case: str) -> int:
    wanted = 'select n."index" from entries_entry n join dissent_event e on n.leaf_hash = e.leaf_hash where case_id = ? and seq = 1'
    # Closed here: SQLite takes its side files away with the last connection, and a copy made then would fall over them.
    with closing(sqlite3.connect(directory / "demur.sqlite3")) as connection:
        return int(connection.execute(wanted, (case,)).fetchone()[0])


def examined(directory: Path, home: Path) -> list[dict[str, object]]:
    done = demur("doctor", directory, "--deep", "--json", home=home)
    return [row for row in done.json["findings"] if not row["well"]]


@pytest.fixture
def copy(world: World, tmp_path: Path) -> Path:
    directory = tmp_path / "copy"
    shutil.copytree(world.channel.directory, directory)
    return directory


def change(directory: Path, statement: str, *values: object) -> None:
    with sqlite3.connect(directory / "demur.sqlite3") as connection:
        assert connection.execute(statement, values).rowcount >= 1, statement


def test_an_untouched_installation_has_no_fault(world: World, copy: Path) -> None:
    assert examined(copy, world.home) == []


CASE = '(select case_id from dissent_event e join entries_entry n on n.leaf_hash = e.leaf_hash where n."index" = ?)'


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("author", "ab" * 32),
        ("mailbox", "cd" * 16),
        ("bearer", "ef" * 32),
        ("token", "01" * 32),
        ("salt", "23" * 32),
        ("commitment", "45" * 32),
        ("state", "closed"),
        ("last", "67" * 32),
        ("chain", b"\x01" * 32),
        ("header", "{}"),
        ("story", '{"acts":{},"day":0,"fetched_at":{},"leaves":{},"story":{"state":"closed"}}'),
    ],
)
def test_a_column_of_a_case_is_located(world: World, copy: Path, column: str, value: object) -> None:
    change(copy, f"update dissent_case set {column} = ? where id = {CASE}", value, world.first)
    found = examined(copy, world.home)
    assert world.first in {row.get("index") for row in found}
    assert any("changed by hand" in str(row["sentence"]) for row in found)


@pytest.mark.parametrize(
    "statement",
    [
        "update dissent_event set text = replace(text, '\"seq\":1', '\"seq\":2') where seq = 1 and case_id = {case}",
        "update dissent_event set r = '" + "00" * 32 + "' where seq = 1 and case_id = {case}",
        "update dissent_event set promise = (select promise from dissent_event where seq = 1 and case_id != {case} limit 1)"
        " where seq = 1 and case_id = {case}",
    ],
)
def test_an_event_is_located(world: World, copy: Path, statement: str) -> None:
    text = statement.replace("{case}", CASE)
    change(copy, text, *[world.first] * text.count("?"))
    assert world.first in {row.get("index") for row in examined(copy, world.home)}


def test_the_hash_of_an_act_is_located(world: World, copy: Path) -> None:
    place = f"case_id = {CASE} and seq = 2"
    change(copy, f"update dissent_event set act = zeroblob(32) where {place}", world.first)
    places = places_of(copy, f"{CASE} and seq = 2", world.first)
    assert {row.get("index") for row in examined(copy, world.home)} == places


def test_what_an_earlier_version_left_is_no_fault_and_is_folded_at_start(world: World, copy: Path) -> None:
    change(copy, "update dissent_case set story = null, story_v = null")
    assert examined(copy, world.home) == []
    code = (
        "import sys; from pathlib import Path; from demur.site.boot import open_installation;"
        "ground = open_installation(Path(sys.argv[1])); from demur.site.starting import fold_old; print(fold_old(ground))"
    )
    done = subprocess.run([sys.executable, "-c", code, copy], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "2"
    with closing(sqlite3.connect(copy / "demur.sqlite3")) as rows:
        assert rows.execute("select count(*) from dissent_case where story_v is null").fetchone() == (0,)
    assert examined(copy, world.home) == []


def test_a_first_grant_is_located_when_changed_or_removed(world: World, copy: Path) -> None:
    change(copy, "update dissent_inboxitem set data = zeroblob(100) where seat = 'head' and n = 1")
    found = examined(copy, world.home)
    assert [row["index"] for row in found] == [world.first]
    assert "'head'" in str(found[0]["sentence"])


def test_a_later_grant_is_located(world: World, copy: Path) -> None:
    change(copy, "delete from dissent_inboxitem where seat = 'deputy' and n = 3")
    found = examined(copy, world.home)
    assert len(found) == 1
    assert "'deputy'" in str(found[0]["sentence"])
    assert found[0]["index"] != world.first


@pytest.mark.parametrize("role", ["body", "mailbox"])
def test_a_sealed_file_is_located(world: World, copy: Path, role: str) -> None:
    change(
        copy,
        f"update dissent_sealedfile set data = zeroblob(9) where seq = 0 and role = ? and case_id = {CASE}",
        role,
        world.first,
    )
    assert [row["index"] for row in examined(copy, world.home)] == [world.first]


def test_a_large_file_on_the_disk_is_located(world: World, copy: Path) -> None:
    [kept] = [path for path in (copy / "files" / "sealed").rglob("*") if path.is_file()]
    kept.write_bytes(b"\0" + kept.read_bytes()[1:])
    assert [row["index"] for row in examined(copy, world.home)] == [world.first]


@pytest.mark.parametrize("together", [False, True])
def test_an_entry_is_located_also_when_its_hash_was_changed_with_it(world: World, copy: Path, together: bool) -> None:
    change(copy, 'update entries_entry set data = ? where "index" = 1', b"demur/leaf/v1\0" + bytes(32))
    if together:
        change(copy, 'update entries_entry set leaf_hash = ? where "index" = 1', bytes(32))
    assert 1 in {row.get("index") for row in examined(copy, world.home)}


def test_a_removed_case_is_located(world: World, copy: Path) -> None:
    change(copy, f"delete from dissent_case where id = {CASE}", world.first)
    assert world.first in {row.get("index") for row in examined(copy, world.home)}


def test_a_changed_statement_is_located(world: World, copy: Path) -> None:
    change(copy, "update people_statement set text = replace(text, 'Head', 'Hand') where kind = 'charter'")
    assert any("charter statement" in str(row["sentence"]) and "index" in row for row in examined(copy, world.home))


# what is missing, and what was added

OTHER = "(select id from dissent_case where id != {case})".replace("{case}", CASE)


def indexes(copy: Path, world: World) -> set[object]:
    return {row.get("index") for row in examined(copy, world.home)}


def places_of(copy: Path, case: str, *values: object) -> set[object]:
    wanted = f'select n."index" from entries_entry n join dissent_event e on n.leaf_hash = e.leaf_hash where case_id = {case}'
    with sqlite3.connect(copy / "demur.sqlite3") as connection:
        return {row[0] for row in connection.execute(wanted, values)}


def test_a_whole_case_that_was_removed_leaves_entries_that_nothing_claims(world: World, copy: Path) -> None:
    places = places_of(copy, OTHER, world.first)
    case = sqlite3.connect(copy / "demur.sqlite3").execute(
        f"select id from dissent_case where id = {OTHER}", [world.first]
    )
    [(gone,)] = case.fetchall()
    for table in ("dissent_event", "dissent_sealedfile"):
        change(copy, f"delete from {table} where case_id = ?", gone)
    change(copy, "delete from dissent_case where id = ?", gone)
    found = examined(copy, world.home)
    assert places < {row.get("index") for row in found}  # and the author's own entry
    assert all("removed by hand" in str(row["sentence"]) for row in found)
    assert len(found) == len(places) + 1


def test_a_case_without_its_events_is_located(world: World, copy: Path) -> None:
    places = places_of(copy, OTHER, world.first)
    change(copy, f"delete from dissent_event where case_id = {OTHER}", world.first)
    found = examined(copy, world.home)
    assert places < {row.get("index") for row in found}
    assert any("no events any more" in str(row["sentence"]) for row in found)


def test_a_tail_that_was_removed_with_all_its_rows_is_located_by_the_published_record(world: World, copy: Path) -> None:
    size = sqlite3.connect(copy / "demur.sqlite3").execute("select max(size) from entries_checkpoint").fetchone()[0]
    change(
        copy,
        'delete from dissent_event where leaf_hash in (select leaf_hash from entries_entry where "index" = ?)',
        size - 1,
    )
    change(copy, "delete from entries_checkpoint where size = ?", size)
    change(copy, 'delete from entries_entry where "index" = ?', size - 1)
    assert size - 1 in indexes(copy, world)


@pytest.mark.parametrize(
    "statement",
    [
        "update dissent_sealedfile set role = 'reply' where role = 'mailbox' and case_id = {case}",
        "update dissent_sealedfile set seq = 7 where role = 'body' and seq = 0 and case_id = {case}",
        "update dissent_sealedfile set size = 7 where role = 'body' and seq = 0 and case_id = {case}",
        "insert into dissent_sealedfile (case_id, seq, role, sha256, size, data)"
        " select case_id, 0, 'attachment', '"
        + "ab" * 32
        + "', 3, x'616263' from dissent_sealedfile where case_id = {case} limit 1",
        "update dissent_case set salt = '" + "zz" * 32 + "' where id = {case}",
        "update dissent_event set r = 'zz' where seq = 1 and case_id = {case}",
    ],
)
def test_what_a_file_says_of_itself_is_located(world: World, copy: Path, statement: str) -> None:
    change(copy, statement.replace("{case}", CASE), world.first)
    assert world.first in indexes(copy, world)


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("update dissent_inboxitem set n = n + 100 where seat = 'head'", "inbox"),
        (
            "update entries_checkpoint set time = time - 864000 where size = (select max(size) from entries_checkpoint)",
            "time",
        ),
        (
            "update entries_checkpoint set cosigned = 0 where size = (select max(size) from entries_checkpoint)",
            "whether it counts",
        ),
        ("update entries_head set edge = zeroblob(40)", "right edge"),
        ("update people_statement set number = number + 1 where kind = 'seats'", "seats statement"),
        ("delete from people_statement where kind = 'seats'", "statement of entry"),
    ],
)
def test_what_the_record_says_of_itself_is_told(world: World, copy: Path, statement: str, told: str) -> None:
    change(copy, statement)
    assert any(told in str(row["sentence"]) for row in examined(copy, world.home))
