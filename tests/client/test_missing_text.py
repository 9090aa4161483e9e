# SPDX-License-Identifier: AGPL-3.0-or-later
"""A sealed text that the server lacks is told of its event; the rest of the thread is read, and acted on, by author and seats."""

import json
import subprocess

import pytest
from desk_server import DeskServer, Seat, filed_at
from test_burying import act, read, reply
from test_following import author, sealed_by

from demur.cli.fault_view import text_fault
from demur.client import fetching
from demur.client.errors import ServerRefused
from demur.client.fetching import Fetched, fetch_all
from demur.client.mailbox import Texts
from demur.client.submitting import Filed
from demur.clock.deadlines import State as ClockState
from demur.dissent.documents.short import short
from demur.dissent.states import State, Verb

pytestmark = pytest.mark.adversary
MESSAGE, REPLY = 3, 4
NODE = """
import { openText } from "./assets/lib/texts.js";
import { fileOrGone } from "./assets/lib/following.js";
import { Refusal } from "./assets/lib/errors.js";
const server = { get: async () => { throw new Refusal("server", { status: 404 }); } };
const sealed = await fileOrGone(server, { mailbox: "m", bearer: new Uint8Array(32) }, "0".repeat(64));
const said = await openText(sealed, { event: { v: 2, type: "reply", body: "0" } }, {});
console.log(JSON.stringify(said));
"""


@pytest.fixture
def server() -> DeskServer:
    return DeskServer()


@pytest.fixture
def filed(server: DeskServer) -> Filed:
    filed = filed_at(server)
    act(server, filed, "acknowledge")
    act(server, filed, "message", body=sealed_by(server, filed, "custodian", "message", short("message", "A")))
    reply(server, filed)
    return filed


def lose(server: DeskServer, filed: Filed, n: int) -> None:
    case = server.cases[filed.key.case]
    del case.files[case.items[n - 1]["body"]]


def test_a_lost_message_ends_no_thread(server: DeskServer, filed: Filed, monkeypatch: pytest.MonkeyPatch) -> None:
    seat = Seat(server, "custodian")
    lose(server, filed, MESSAGE)

    def fetch(server: DeskServer, filed: Filed) -> Fetched:
        return fetch_all(seat.desk, seat.known(filed))

    with monkeypatch.context() as hole:
        hole.setattr(Texts, "of", lambda texts, item: texts.mailbox.file(item.body))
        hole.setattr(fetching, "_text", lambda desk, view, item: fetching._file(desk, view, item.body))
        for ended in (read, fetch):
            with pytest.raises(ServerRefused):
                ended(server, filed)
    for spoken in (read(server, filed).spoken, fetch(server, filed).spoken):
        assert {n: row.fault for n, row in spoken.items()} == {MESSAGE: "missing", REPLY: ""}
    assert text_fault("missing") == "Its sealed text is missing at the server"


def test_a_withheld_reply_is_disputed_and_never_met(server: DeskServer, filed: Filed) -> None:
    lose(server, filed, REPLY)
    seen = read(server, filed)
    assert [(row.verb, row.seq) for row in seen.reports] == [(Verb.UNREADABLE, REPLY)]
    [clock] = [row for row in seen.clocks if row.name == "reply"]
    assert (seen.standing, clock.met_at, clock.state is ClockState.MET) == (State.DISPUTED, None, False)
    author(server, filed).report(seen.reports[0], filed.receipt)
    assert read(server, filed).story.state is State.DISPUTED


def test_the_browser_tells_the_same() -> None:
    done = subprocess.run(
        ["node", "--input-type=module", "-e", NODE], capture_output=True, text=True, check=True, timeout=60
    )
    assert json.loads(done.stdout)["fault"] == "missing"
