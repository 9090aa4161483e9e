# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the author's commands do when the server lies: one sentence, a file that convicts it, and nothing sent."""

from pathlib import Path

import pytest
from test_author_journey import demur, file_it, folder, tiny  # noqa: F401 -- fixtures
from tiny_record import TinyServer

from demur.client.authorkey import AuthorKey
from demur.seal.keyfile import write

pytestmark = pytest.mark.adversary


def knows(server: TinyServer) -> None:
    assert demur("trust", "add", server.address, "--channel", "channel.toml").exit_code == 0


def forked(server: TinyServer) -> None:
    """From now on `server` answers from another record under the same keys."""
    other = server.other_universe(since=2)
    other.cover(6)
    server.log = other.log


def convinces(path: Path, kind: str) -> None:
    judged = demur("verify", str(path), "--channel", "channel.toml", "--json")
    assert judged.exit_code == 0, judged.output
    assert f'"{kind}"' in judged.stdout


def test_a_fork_is_refused_before_anything_is_sealed(tiny: TinyServer, folder: Path) -> None:  # noqa: F811
    knows(tiny)
    assert file_it(tiny).exit_code == 0
    demur("status", "mine.key")
    forked(tiny)
    cases = len(tiny.cases)
    refused = demur("file", "--server", tiny.address, "dissent.txt", "--yes", "-o", "second")
    assert (refused.exit_code, refused.stderr.count("\n")) == (1, 1)
    assert not (folder / "second.filing").exists()
    assert len(tiny.cases) == cases
    convinces(folder / "second.evidence", "forked-record")


def test_a_fork_is_noticed_by_status_from_the_receipt_alone(tiny: TinyServer, folder: Path) -> None:  # noqa: F811
    file_it(tiny)
    demur("status", "mine.key")
    own = tiny.log.data[2:]
    forked(tiny)
    tiny.log.data += own  # the other record holds the author's entries too, elsewhere
    case = next(iter(tiny.cases.values()))
    case.items[0]["index"] = len(tiny.log.data) - 1
    tiny.log.checkpoint(tiny.now)
    refused = demur("status", "mine.key")
    assert (refused.exit_code, refused.stderr.count("\n")) == (1, 1)
    assert "does not start with" in refused.stderr
    convinces(folder / "mine.evidence", "forked-record")
    assert not (folder / "home" / "seen").exists()


def test_a_withheld_item_is_told_with_its_evidence_and_the_thread_is_still_read(
    tiny: TinyServer,  # noqa: F811
    folder: Path,  # noqa: F811
) -> None:
    file_it(tiny)
    case = tiny.cases[AuthorKey.parse((folder / "mine.key").read_bytes()).case]
    tiny.act(case, "acknowledge", tiny.frozen.charter.custodian)
    tiny.cut = 1
    tiny.now += 7200
    assert demur("status", "mine.key").exit_code == 0
    tiny.cut = 0
    tiny.now += 60
    for _ in range(2):
        told = demur("status", "mine.key")
        assert told.exit_code == 0, told.output
        assert "withheld from you" in told.stderr
        assert "acknowledged" in told.stdout
    convinces(folder / "mine.evidence", "withheld-item")
    assert not (folder / "mine.2.evidence").exists()


def test_a_fork_is_refused_at_the_desk_and_where_seats_are_listed(tiny: TinyServer, folder: Path) -> None:  # noqa: F811
    knows(tiny)
    tiny.cover(2)
    assert demur("seat", "list", "--server", tiny.address).exit_code == 0
    forked(tiny)
    key = tiny.seats[tiny.frozen.charter.custodian]
    (folder / "custodian.key").write_bytes(write(key, passphrase=None))
    for command, path in (
        (("desk", "--server", tiny.address, "--key", "custodian.key", "list"), "custodian.evidence"),
        (("seat", "list", "--server", tiny.address), f"{tiny.log.origin}.evidence"),
    ):
        refused = demur(*command)
        assert (refused.exit_code, refused.stderr.count("\n")) == (1, 1)
        assert path in refused.stderr
        convinces(folder / path, "forked-record")
