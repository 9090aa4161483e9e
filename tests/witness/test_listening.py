# SPDX-License-Identifier: AGPL-3.0-or-later
"""Before a log signs it listens to every witness that any policy of it ever named: the only one that knows may be a former one, among
many that say nothing.
"""

import json
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from liars import DRIPS, answering, dripping
from test_witness_server import running
from test_witness_state import KEYS, body

from demur.charter.channel import Channel, ChannelFile
from demur.record.merkle import leaf_hash
from demur.record.note import Note
from demur.record.policy import Named, Policy
from demur.site.floor import check_floor
from demur.site.seen import said_by_witnesses
from demur.witness.asking import TIMEOUT
from demur.witness.state import Witness, found_witness

pytestmark = pytest.mark.adversary
HELD, SEEN = 5, 9
LEAVES = [(leaf_hash(f"{n}".encode()), n) for n in range(HELD)]
SLOW = 3  # witnesses that never finish an answer, each named by a policy of its own


def witness_of(place: Path, name: str) -> Witness:
    made = found_witness(place / name, name, random=os.urandom)
    made.add(KEYS.note_signer.verifier)
    return made


def policy_of(*witnesses: tuple[Witness, str]) -> Policy:
    """A policy that demands the first of its witnesses."""
    rows = [Named(name=made.name, vkeys=made.vkeys, url=url) for made, url in witnesses]
    return Policy.for_log(KEYS.vkeys, rows, 1)


def installation(place: Path, policies: list[Policy]) -> Path:
    """What a machine that was set back holds: a checkpoint of `HELD` entries, and every policy that was adopted."""
    place.mkdir()
    channel = Channel(
        origin=KEYS.origin,
        ed25519_vkey=KEYS.vkeys[0],
        mldsa_vkey=KEYS.vkeys[1],
        officers=("aa" * 32,),
        k=1,
        policy=policies[0].text,
    )
    (place / "channel.toml").write_text(ChannelFile(channel=channel, address="https://dissent.example.org").to_toml())
    (place / "demur.toml").write_text('secret = "none"\ngrace = 300\n')
    note = Note.parse(body(0, HELD).partition("\n\n")[2]).serialized
    with closing(sqlite3.connect(place / "demur.sqlite3")) as rows:
        rows.execute("CREATE TABLE entries_checkpoint (size INTEGER, note TEXT)")
        rows.execute("CREATE TABLE people_statement (kind TEXT, text TEXT)")
        rows.execute("INSERT INTO entries_checkpoint VALUES (?, ?)", (HELD, note))
        texts = [("policy", json.dumps({"policy": policy.text})) for policy in policies[1:]]
        rows.executemany("INSERT INTO people_statement VALUES (?, ?)", texts)
        rows.commit()
    return place


@pytest.fixture
def slow() -> Iterator[list[str]]:
    """The addresses of witnesses that drip."""
    with ExitStack() as all_of_them:
        yield [all_of_them.enter_context(answering(dripping(DRIPS["headers"]))) for _ in range(SLOW)]


@pytest.mark.parametrize("place", range(SLOW + 1), ids=lambda n: f"named by policy {n}")
def test_the_one_that_knows_is_heard_among_many_that_drip_in_one_timeout(
    tmp_path: Path, slow: list[str], place: int
) -> None:
    knows, quiet = (
        witness_of(tmp_path, "knows.example"),
        [witness_of(tmp_path, f"slow{n}.example") for n in range(SLOW)],
    )
    knows.cosign(body(0, SEEN), now=lambda: 5000)
    with running(knows) as url:
        policies = [policy_of((made, at)) for made, at in zip(quiet, slow, strict=True)]
        policies.insert(place, policy_of((knows, url)))
        began = time.monotonic()
        said = said_by_witnesses(installation(tmp_path / "installation", policies))
        took = time.monotonic() - began
    assert said.disputed == {url: SEEN}
    assert set(said.unheard) == set(slow)
    assert took < 1.5 * TIMEOUT


def test_all_of_one_policy_are_heard_also_beyond_its_quorum(tmp_path: Path) -> None:
    """The one that the quorum needs agrees at once; the one beside it knows better."""
    agrees, knows = witness_of(tmp_path, "agrees.example"), witness_of(tmp_path, "knows.example")
    knows.cosign(body(0, SEEN), now=lambda: 5000)
    with running(agrees) as first, running(knows) as second:
        policy = policy_of((agrees, first), (knows, second))
        said = said_by_witnesses(installation(tmp_path / "installation", [policy]))
    assert (said.agree, said.disputed) == ({first}, {second: SEEN})


@pytest.mark.parametrize("tiles", ["missing", "cut"])
def test_one_that_cosigned_less_is_shown_the_way_from_the_rows_where_tiles_are_missing(
    tmp_path: Path, tiles: str
) -> None:
    """As after a restore, or with a record's folder that somebody moved away: a live witness is not called unheard."""
    behind = witness_of(tmp_path, "behind.example")
    behind.cosign(body(0, HELD - 2), now=lambda: 5000)
    with running(behind) as url:
        place = installation(tmp_path / "installation", [policy_of((behind, url))])
        with closing(sqlite3.connect(place / "demur.sqlite3")) as rows:
            rows.execute('CREATE TABLE entries_entry (leaf_hash BLOB, "index" INTEGER)')
            rows.executemany("INSERT INTO entries_entry VALUES (?, ?)", LEAVES)
            rows.commit()
        if tiles == "cut":
            (place / "record" / "tile" / "0").mkdir(parents=True)
            (place / "record" / "tile" / "0" / "000.p").mkdir()
            (place / "record" / "tile" / "0" / "000.p" / str(HELD)).write_bytes(b"cut")
        said = said_by_witnesses(place)
    assert (said.agree, said.unheard, said.unsigned) == ({url}, {}, {})


def test_one_that_answers_and_signs_nothing_is_not_called_unheard(tmp_path: Path) -> None:
    """It knows no log of this name: that is an answer, and no cosignature."""
    stranger = found_witness(tmp_path / "stranger", "stranger.example", random=os.urandom)
    with running(stranger) as url:
        place = installation(tmp_path / "installation", [policy_of((stranger, url))])
        said = said_by_witnesses(place)
        with closing(sqlite3.connect(place / "demur.sqlite3")) as rows:
            rows.execute('CREATE TABLE entries_entry (leaf_hash BLOB, "index" INTEGER)')
            rows.executemany("INSERT INTO entries_entry VALUES (?, ?)", LEAVES)
            rows.execute("CREATE TABLE entries_head (floor INTEGER)")
            rows.commit()
        [told] = check_floor(place, now=6000)
    assert (said.unheard, said.unsigned) == ({}, {url: "it answers 404"})
    assert "answered, and did not cosign" in told
    assert "not heard" not in told


def test_a_witness_that_changed_its_keys_is_heard_under_each_of_them(tmp_path: Path) -> None:
    """Two policies name one address with different keys: asked once, and believed by the keys that it has now."""
    before, after = witness_of(tmp_path, "before.example"), witness_of(tmp_path, "after.example")
    with running(after) as url:
        policies = [policy_of((before, url)), policy_of((after, url))]
        said = said_by_witnesses(installation(tmp_path / "installation", policies))
    assert (said.agree, said.unheard) == ({url}, {})
