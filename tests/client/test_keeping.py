# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a server has announced that it keeps is read from its record alone, and the same in both languages."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tiny_record import NOW, TinyServer

from demur.client.errors import BadAnswer
from demur.client.keeping import Keeps, announced, read_entry_of, read_keeps
from demur.dissent import events, keeping
from demur.dissent.states import Verb
from serving import HANGS

SCRIPT = Path(__file__).parents[1] / "charter" / "node" / "signed.mjs"


@pytest.fixture
def server() -> TinyServer:
    return TinyServer()


def test_every_type_that_can_happen_is_announced() -> None:
    assert set(keeping.TYPES) == set(events.FIELDS) >= {str(verb) for verb in Verb}
    assert list(keeping.DUTIES) == sorted(set(keeping.DUTIES))


def test_what_was_announced_holds_from_its_place_on(server: TinyServer) -> None:
    assert read_keeps(server, server.channel) == ()
    first = server.announce(acts=1, types=["reply"], duties=[])
    server.cover(2)
    server.now += 60
    second = server.announce()
    keeps = read_keeps(server, server.channel)
    sizes = [row.published for row in keeps]
    assert sizes == [first + 1, second + 1]
    assert [(row.index, row.acts) for row in keeps] == [(first, 1), (second, keeping.ACTS)]
    assert announced(keeps, sizes[0] - 1) is None
    assert announced(keeps, sizes[0]) == keeps[0] == announced(keeps, sizes[1] - 1)
    assert announced(keeps, sizes[1]) == keeps[1]
    assert keeps[1].types == frozenset(keeping.TYPES)


def test_of_two_entries_in_one_tick_the_later_counts_wherever_it_stands(server: TinyServer) -> None:
    late = server.announce(time=NOW + 5)
    early = server.announce(time=NOW, acts=1)
    found = announced(read_keeps(server, server.channel), early + 9)
    assert found is not None
    assert (found.index, found.acts) == (late, keeping.ACTS)


@pytest.mark.adversary
def test_what_is_not_in_the_record_was_not_announced(server: TinyServer, capsys: pytest.CaptureFixture[str]) -> None:
    server.announce()
    (honest,) = server.on_get_keeps()["keeps"]
    roster = server.proven(server.roster, server.roster_statement)
    lies: dict[str, Any] = {
        "more types": [{**honest, "entry": {**honest["entry"], "types": ["bury"]}}],
        "another entry": [{"entry": roster["entry"], "proof": roster["proof"]}],
        "no proof": [{"entry": honest["entry"]}],
        "twice": [honest, honest],
        "no list": {"0": honest},
        "another channel's": TinyServer("practice-ffeeddccbbaa0099").on_get_keeps()["keeps"]
        or [honest | {"proof": ""}],
    }
    for name, rows in lies.items():
        server.on_get_keeps = lambda *_, rows=rows: {"keeps": rows}  # type: ignore[method-assign, misc]
        with pytest.raises(BadAnswer):
            read_keeps(server, server.channel)
        assert name
    with capsys.disabled():
        print(f"\nannouncements that are not in the record: {len(lies)} of {len(lies)} refused")


ODD: dict[str, dict[str, Any]] = {
    "as it is": {},
    "more members": {"later": [1]},
    "another type of acts": {"acts": "2"},
    "no acts": {"acts": 0},
    "true": {"acts": True},
    "types that are none": {"types": "reply"},
    "a type that is none": {"types": [1]},
    "an empty type": {"types": [""]},
    "a long type": {"types": ["x" * 201]},
    "no duties": {"duties": None},
    "documents that are none": {"documents": []},
    "a version in quotes": {"documents": {"reply": "2", "dissent": 2}},
    "a time that is none": {"time": "now"},
    "letters outside the plane": {"types": ["\U0001f600" * 200]},
}


@pytest.mark.vectors
def test_an_announcement_reads_the_same_in_the_browser() -> None:
    entries = [{**keeping.statement("o"), "time": NOW, **change} for change in ODD.values()]
    lines = "".join(json.dumps({"kind": "keeps", "entry": entry}) + "\n" for entry in entries)
    done = subprocess.run(
        ["node", str(SCRIPT)], input=lines, capture_output=True, text=True, timeout=HANGS, check=False
    )
    assert done.returncode == 0, done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert dict(zip(ODD, found, strict=True)) == {name: told(entry) for name, entry in zip(ODD, entries, strict=True)}


def told(entry: dict[str, Any]) -> dict[str, Any]:
    try:
        row: Keeps = read_entry_of(entry, index=7, published=9)
    except BadAnswer:
        return {"read": False}
    return {
        "index": row.index,
        "published": row.published,
        "time": row.time,
        "acts": row.acts,
        "types": sorted(row.types),
        "duties": sorted(row.duties),
        "documents": dict(row.documents),
    }
