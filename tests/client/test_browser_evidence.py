# SPDX-License-Identifier: AGPL-3.0-or-later
"""A browser that notices a lie saves a file, and `demur verify`, which shares no code with it, is convinced on any machine."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from test_filing import filed_at
from test_following import answered
from test_lying_server import DAY, GRACE, followed, honest, learned, withholding
from tiny_record import TinyServer

from demur.cli.main import run
from demur.client import evidence
from demur.client.comparing import compare_receipts
from demur.client.directory import read_directory
from demur.client.errors import BadEvidence, Dishonest
from demur.client.receipt import Receipt, read_channel_line
from demur.client.sections import read_sections
from demur.client.submitting import Filed
from serving import HANGS

pytestmark = pytest.mark.adversary
SCRIPT = Path(__file__).parent / "node" / "noticing.mjs"


@dataclass(frozen=True)
class Lie:
    """What a server showed, as signed texts by name, and which kind of evidence it makes."""

    channel: str
    kind: str
    parts: dict[str, str]

    @classmethod
    def told(cls, text: str) -> "Lie":
        """The signed things inside a piece of evidence."""
        (_, channel), (_, kind), *parts = read_sections(text.encode(), evidence.FIRST_LINE, family=BadEvidence)
        return cls(channel, kind.strip(), dict(parts))


def noticed(lies: list[Lie], way: str) -> list[str]:
    """What the browser's modules make of each, with one of the two ways of Ed25519."""
    asked = "".join(json.dumps(vars(lie)) + "\n" for lie in lies)
    done = subprocess.run(["node", str(SCRIPT), way], input=asked, capture_output=True, text=True, timeout=HANGS)
    assert done.returncode == 0, done.stderr[-2000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


def caught(work: Any) -> str:
    with pytest.raises(Dishonest) as error:
        work()
    return error.value.evidence


# the lies, as tests/client/test_lying_server.py tells them


def swapped() -> str:
    server = TinyServer()
    server.swap_seats()
    return caught(lambda: read_directory(server, server.channel, now=server.now))


def stepped_back() -> str:
    server, named = TinyServer(), []
    first = server.roster, server.roster_statement
    server.new_roster()
    for _ in range(2):
        found = read_directory(server, server.channel, now=server.now)
        named.append((found.directory_note, found.roster_line))
        server.roster, server.roster_statement = first
        server.now += 61
    return evidence.older_statement(channel=server.channel, seen=named[0], shown=named[1])


def shortened() -> str:
    server = TinyServer()
    filed = filed_at(server)
    answered(server, filed)
    receipt = learned(server, filed)
    server.now += 61
    server.cut = 1
    return caught(lambda: followed(server, filed, receipt))


def replaced() -> str:
    server = TinyServer()
    filed = filed_at(server)
    case, custodian = answered(server, filed), server.frozen.charter.custodian
    receipt = learned(server, filed)
    server.now += 61
    del case.items[-1]
    for _ in range(2):
        server.act(case, "message", custodian, body=b"age-encryption.org/v1\nx")
    return caught(lambda: followed(server, filed, receipt))


def withheld() -> str:
    server = TinyServer()
    filed = filed_at(server)
    return followed(server, filed, withholding(server, filed)).noticed[0].evidence


def broken() -> str:
    server = TinyServer()
    server.swallow.add(b"")
    filed = filed_at(server)
    server.now += GRACE + 61
    server.cover()
    return caught(lambda: followed(server, filed))


def two_records(longer: int) -> str:
    """Two receipts whose trees have the same size, or the server's leaves for a larger one."""
    server = TinyServer(witnesses=("union", "peer"))
    server.cover(3)
    other = server.other_universe(since=3)
    other.cover(len(server.log.data) - 3 + longer)
    notes = {"older": server.log.checkpoint(server.now), "newer": other.log.checkpoint(server.now)}
    return evidence.forked_record(channel=server.channel, **notes, leaves=other.log.leaves if longer else ())


def back_dated() -> str:
    server = TinyServer()
    smaller = server.log.checkpoint(server.now)
    server.log.shift = -3600
    server.cover()
    return evidence.back_dated(channel=server.channel, smaller=smaller, larger=server.log.checkpoint(server.now))


def back_dated_after_a_head() -> str:
    server = TinyServer()
    filed = filed_at(server)
    server.now += 4 * DAY
    receipt = learned(server, filed)
    server.now += 61
    server.log.shift = -3 * DAY
    server.act(server.cases[filed.key.case], "acknowledge", server.frozen.charter.custodian)
    return followed(server, filed, receipt).noticed[0].evidence


LIES = {
    "unsigned-roster": swapped,
    "older-statement": stepped_back,
    "shorter-thread": shortened,
    "changed-item": replaced,
    "withheld-item": withheld,
    "broken-promise": broken,
    "forked-record, one size": lambda: two_records(0),
    "forked-record, two sizes": lambda: two_records(2),
    "back-dated": back_dated,
    "back-dated, after a head": back_dated_after_a_head,
}


@pytest.fixture(scope="module")
def lies() -> dict[str, str]:
    return {name: tell() for name, tell in LIES.items()}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A person who has stored no channel, and has the words from its notice: what convinces here convinces anybody."""
    monkeypatch.setenv("DEMUR_HOME", str(tmp_path / "home"))


@pytest.mark.parametrize("way", ["webcrypto", "portable"])
def test_each_lie_is_noticed_in_the_browser_and_its_file_convinces_demur_verify(
    lies: dict[str, str], tmp_path: Path, way: str
) -> None:
    texts = noticed([Lie.told(text) for text in lies.values()], way)
    for (name, expected), text in zip(lies.items(), texts, strict=True):
        assert text == expected, name
        path = tmp_path / "saved.evidence"
        path.write_bytes(text.encode())
        words = " ".join(read_channel_line(Lie.told(text).channel).words())  # from the notice
        told = CliRunner().invoke(run, ["verify", "--json", "--channel", words, str(path)])
        assert told.exit_code == 0, (name, told.output)
        (found,) = json.loads(told.stdout)["files"]
        assert found["evidence"] == name.partition(",")[0]


def test_what_an_honest_log_signed_is_noticed_by_no_browser() -> None:
    server = TinyServer()
    filed: Filed = filed_at(server)
    made = honest(server, filed)
    texts = noticed([Lie.told(text) for text in made.values()], "webcrypto")
    assert dict(zip(made, texts, strict=True)) == dict.fromkeys(made, "")


def test_two_receipts_of_a_lying_log_are_laid_side_by_side_in_the_browser() -> None:
    server = TinyServer()
    other = server.other_universe()
    mine: Receipt = learned(server, filed_at(server))
    hers: Receipt = learned(other, filed_at(other, seed="another author"))
    expected = caught(lambda: compare_receipts([mine, hers]))
    assert noticed([Lie.told(expected)], "webcrypto") == [expected]
