# SPDX-License-Identifier: AGPL-3.0-or-later
"""`demur desk` against a channel on the loopback: what is due, what was filed, and every step to the answer."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from desk_server import DeskServer, filed_at
from lying import on_stage
from test_filing import wish_of
from tiny_record import NOW

from demur.charter.channel import ChannelFile
from demur.cli.desk import at
from demur.cli.desk.reply import ANSWERED, said_of
from demur.cli.main import run
from demur.client.submitting import Filed
from demur.client.wish import Attachment
from demur.dissent.documents.dissent import from_text
from demur.dissent.documents.reply import Answer, Reply
from demur.dissent.states import answers_nothing
from demur.seal.keyfile import SeatKey, write

HOSTILE = (
    "Clear \x1b[2J\x1b]0;title\x07 and \u202ereversed\u2066 \x9b31m.\n\nThe count is wrong.\n\nThe road is shut.\n"
)
# What a terminal must never be sent: controls, and marks that reorder what is read.
FORBIDDEN = "\x1b\x07\x9b\u202e\u2066\r"

REPLY = """\
outcome = "in_part"
text = "Thank you."
[[answer]]
claim = 1
kind = "answered"
text = "It will be counted again."
[[answer]]
claim = 2
kind = "referred"
to = "the road office"
text = "They will answer."
"""
DECLINED = (
    REPLY.replace('"answered"', '"declined"').replace('"referred"', '"declined"').replace('"in_part"', '"rejected"')
)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[DeskServer]:
    """A channel that answers on the loopback, with the commands' clock set to its own."""
    tiny = DeskServer()
    monkeypatch.setattr(at.time, "time", lambda: tiny.now)
    with on_stage(tiny) as stage:
        tiny.address = stage.address
        yield tiny


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: DeskServer) -> Path:
    """A desk: the seats' keys, the channel file, and a home of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DEMUR_HOME", str(tmp_path / "home"))
    for seat, key in server.seats.items():
        (tmp_path / f"{seat}.key").write_bytes(write(key, passphrase=None))
    text = ChannelFile(channel=server.channel, address=server.address).to_toml()
    (tmp_path / "channel.toml").write_text(text, encoding="utf-8")
    (tmp_path / "reply.toml").write_text(REPLY, encoding="utf-8")
    (tmp_path / "declined.toml").write_text(DECLINED, encoding="utf-8")
    return tmp_path


@pytest.fixture
def filed(server: DeskServer, folder: Path) -> Filed:
    original = HOSTILE.encode()
    dissent = from_text(original, name="dissent.txt", claims=[2, 3])
    return filed_at(
        server, wish_of(dissent=dissent, original=original, attachments=(Attachment(name="t.csv", data=b"a\n"),))
    )


def desk(server: DeskServer, *arguments: str, seat: str = "custodian", text: str = "") -> Result:
    common = ["desk", "--server", server.address, "--channel", "channel.toml", "--key", f"{seat}.key"]
    return CliRunner().invoke(run, [*common, *arguments], input=text)


def told(done: Result) -> Any:
    """The JSON answer of a command that succeeded."""
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_a_case_goes_from_the_inbox_to_the_answer(server: DeskServer, filed: Filed) -> None:
    case = filed.key.case[:8]
    (row,) = told(desk(server, "list", "--json"))["cases"]
    assert (row["case"], row["state"], row["overdue"]) == (filed.key.case, "filed", False)
    assert told(desk(server, "fetch", case, "--json"))["dissent"]["text"] == HOSTILE
    assert told(desk(server, "acknowledge", case, "--text", "We have it.", "--json"))["type"] == "acknowledge"
    assert told(desk(server, "message", case, "Which week?", "--json"))["type"] == "message"
    extended = told(
        desk(server, "extend", case, "--until", due_day(server, case, later=5), "--reason", "Snow.", "--json")
    )
    assert extended["type"] == "extend"
    assert told(desk(server, "reply", case, "reply.toml", "--json"))["type"] == "reply"
    early = desk(server, "close", case)
    assert (early.exit_code, "to say that this does not answer" in early.stderr) == (1, True)
    server.now += 30 * 86_400
    assert told(desk(server, "close", case, "--json"))["type"] == "close"
    assert told(desk(server, "list", "--json"))["cases"][0]["state"] == "closed"


def due_day(server: DeskServer, case: str, *, later: int) -> str:
    """The day `later` days after the reply is due."""
    (row,) = told(desk(server, "list", "--json"))["cases"]
    due = next(clock["due"] for clock in row["clocks"] if clock["name"] == "reply")
    return (datetime.fromtimestamp(due, tz=UTC) + timedelta(days=later)).strftime("%Y-%m-%d")


def test_the_list_says_what_is_overdue_and_what_is_owed(server: DeskServer, filed: Filed) -> None:
    server.now = NOW + 90 * 86_400
    shown = desk(server, "list").stdout
    assert f"{filed.key.case[:8]}  to be acknowledged, OVERDUE" in shown
    assert shown.count("overdue") == 2
    assert "due by the end of " in shown
    assert "UTC" not in shown


def test_a_dissent_cannot_act_on_the_readers_terminal(server: DeskServer, filed: Filed) -> None:
    shown = desk(server, "fetch", filed.key.case[:8])
    assert shown.exit_code == 0
    assert not set(FORBIDDEN) & set(shown.output)
    for mark in ("<U+001B>", "<U+202E>", "<U+2066>", "<U+009B>", "<U+0007>"):
        assert mark in shown.stdout


def test_what_the_author_did_not_state_is_told_as_that(server: DeskServer, filed: Filed) -> None:
    assert "Stated by the author: agency = not stated\n" in desk(server, "fetch", filed.key.case[:8]).stdout


def test_a_fetch_writes_nothing_but_the_sealed_index_unless_asked(
    server: DeskServer, folder: Path, filed: Filed
) -> None:
    before = set(folder.rglob("*"))
    desk(server, "fetch", filed.key.case[:8])
    new = set(folder.rglob("*")) - before
    assert {path.name for path in new} == {"custodian.key.index"}
    assert b"The count" not in (folder / "custodian.key.index").read_bytes()


def test_with_o_the_files_are_written_byte_for_byte(server: DeskServer, folder: Path, filed: Filed) -> None:
    written = told(desk(server, "fetch", filed.key.case[:8], "-o", "case", "--json"))["written"]
    assert len(written) == 3
    assert (folder / "case" / "original-dissent.txt").read_bytes() == HOSTILE.encode()
    assert (folder / "case" / "attachment-1-t.csv").read_bytes() == b"a\n"
    assert desk(server, "fetch", filed.key.case[:8], "-o", "case").exit_code == 0  # the same bytes stay
    (folder / "case" / "attachment-1-t.csv").write_bytes(b"b\n")
    again = desk(server, "fetch", filed.key.case[:8], "-o", "case")
    assert again.exit_code == 1
    assert "exists already" in again.stderr
    assert (folder / "case" / "attachment-1-t.csv").read_bytes() == b"b\n"


def test_the_template_has_one_answer_for_each_claim(server: DeskServer, folder: Path, filed: Filed) -> None:
    done = desk(server, "reply", filed.key.case[:8], "--template", "-o", "new.toml")
    assert done.exit_code == 0
    text = (folder / "new.toml").read_text()
    assert text.count("[[answer]]") == 2
    assert "# The count is wrong." in text
    assert not set(FORBIDDEN) & set(text)
    told(desk(server, "acknowledge", filed.key.case[:8], "--json"))
    filled = text.replace('outcome = ""', 'outcome = "accepted"').replace('kind = ""', 'kind = "answered"')
    (folder / "new.toml").write_text(filled)
    empty = desk(server, "reply", filed.key.case[:8], "new.toml")
    assert empty.exit_code == 1
    assert "claim 1" in empty.stderr
    (folder / "new.toml").write_text(filled.replace('text = """\n"""', 'text = """Yes, it will be done."""'))
    assert desk(server, "reply", filed.key.case[:8], "new.toml").exit_code == 0


def test_a_reply_that_passes_over_a_claim_is_refused_by_its_number(
    server: DeskServer, folder: Path, filed: Filed
) -> None:
    told(desk(server, "acknowledge", filed.key.case[:8], "--json"))
    (folder / "reply.toml").write_text(REPLY.split("[[answer]]\nclaim = 2")[0])
    done = desk(server, "reply", filed.key.case[:8], "reply.toml")
    assert (done.exit_code, done.stderr.count("\n")) == (1, 1)
    assert "Claim 2 is not answered" in done.stderr


def test_declining_everything_needs_another_seat(server: DeskServer, filed: Filed) -> None:
    case = filed.key.case[:8]
    told(desk(server, "acknowledge", case, "--json"))
    assert "counts only when another seat" in desk(server, "reply", case, "declined.toml").stdout
    own = desk(server, "countersign", case, "--yes")
    assert (own.exit_code, "cannot countersign its own" in own.stderr) == (1, True)
    asked = desk(server, "countersign", case, seat="secretary")
    assert asked.exit_code == 2
    assert "Outcome: rejected" in asked.stderr
    assert told(desk(server, "countersign", case, "--yes", "--json", seat="secretary"))["type"] == "countersign"
    recorded = [item["event"] for item in server.cases[filed.key.case].items]
    fetched = {event["item"] for event in recorded if (event["type"], event["seat"]) == ("fetch", "secretary")}
    assert fetched == {0, 4}  # the filing and the reply, nothing else


def test_nothing_is_fetched_for_a_step_that_cannot_be_taken(server: DeskServer, filed: Filed) -> None:
    for arguments in (["reply", filed.key.case[:8], "reply.toml"], ["countersign", filed.key.case[:8], "--yes"]):
        assert desk(server, *arguments).exit_code == 1
    assert [item["event"]["type"] for item in server.cases[filed.key.case].items] == ["received"]


def test_a_granted_seat_reads_and_is_told_the_case_is_there(server: DeskServer, folder: Path) -> None:
    filed = filed_at(server, wish_of())  # of the department itself: the head of another agency does not read it
    assert told(desk(server, "list", "--json", seat="agency-head"))["cases"] == []
    done = desk(server, "grant", filed.key.case[:8], "--to", "agency-head", "--reason", "She owns it.")
    assert done.exit_code == 0
    assert len(told(desk(server, "list", "--json", seat="agency-head"))["cases"]) == 1
    assert desk(server, "fetch", filed.key.case[:8], seat="agency-head").exit_code == 0


def test_a_text_can_come_from_standard_input(server: DeskServer, filed: Filed) -> None:
    told(desk(server, "message", filed.key.case[:8], "-", "--json", text="Two\nlines\n"))
    shown = told(desk(server, "fetch", filed.key.case[:8], "--json"))
    assert [row["text"] for row in shown["events"] if "text" in row] == ["Two\nlines\n"]


MISUSES = {
    "no such case": (["fetch", "zzzz"], 1, "No case"),
    "an empty message": (["message", "CASE", " "], 1, "is empty"),
    "no date": (["extend", "CASE", "--until", "soon", "--reason", "x"], 2, "year-month-day"),
    "a date before": (["extend", "CASE", "--until", "2026-01-01", "--reason", "x"], 1, "calendar|must lie after"),
    "no clock": (["extend", "CASE", "--clock", "x", "--until", "2027-05-05", "--reason", "x"], 1, "no clock 'x'"),
    "closing early": (["close", "CASE"], 1, "clock still runs"),
    "neither reply nor template": (["reply", "CASE"], 2, "--template"),
    "both": (["reply", "CASE", "reply.toml", "--template"], 2, "--template"),
    "a grant to nobody": (["grant", "CASE", "--to", "nobody", "--reason", "x"], 1, "does not read"),
    "no such verb": (["bury", "CASE"], 2, "No such command"),
}


@pytest.mark.parametrize("misuse", MISUSES)
def test_every_misuse_gets_one_sentence(server: DeskServer, filed: Filed, misuse: str) -> None:
    arguments, code, sentence = MISUSES[misuse]
    done = desk(server, *[filed.key.case[:8] if part == "CASE" else part for part in arguments])
    assert (done.exit_code, done.stderr.count("\n")) == (code, 1), done.output
    assert re.search(sentence, done.stderr)


def test_an_unknown_channel_is_never_used(server: DeskServer, filed: Filed) -> None:
    done = CliRunner().invoke(run, ["desk", "--server", server.address, "--key", "custodian.key", "list"])
    assert done.exit_code == 1
    assert "--channel" in done.stderr
    assert not server.nonces


def test_a_key_that_holds_no_seat_is_told_so(server: DeskServer, folder: Path) -> None:
    assert CliRunner().invoke(run, ["key", "new", "-o", "new.key", "--no-passphrase"]).exit_code == 0
    done = desk(server, "list", seat="new")
    assert done.exit_code == 1
    assert "holds 0 seats" in done.stderr


def test_the_seat_is_found_by_the_key(server: DeskServer, folder: Path, filed: Filed) -> None:
    key = server.seats["secretary"]
    nameless = SeatKey(identity=key.identity, signing=key.signing, seat="", created=key.created)
    (folder / "mine.key").write_bytes(write(nameless, passphrase=None))
    assert told(desk(server, "list", "--json", seat="mine"))["seat"] == "secretary"


def test_a_key_under_a_passphrase_opens_with_its_file_and_not_with_another(
    server: DeskServer, folder: Path, filed: Filed
) -> None:
    (folder / "locked.key").write_bytes(write(server.seats["custodian"], passphrase="seven words"))
    for name, text in (("right", "seven words\n"), ("wrong", "eight words\n")):
        (folder / name).write_text(text)
    shut = desk(server, "--passphrase-file", "wrong", "list", seat="locked")
    assert (shut.exit_code, "passphrase does not open" in shut.stderr) == (1, True)
    assert len(told(desk(server, "--passphrase-file", "right", "list", "--json", seat="locked"))["cases"]) == 1
    assert desk(server, "list", seat="locked").exit_code == 2  # nobody to ask


def test_anybody_can_list_the_seats_of_a_channel(server: DeskServer, folder: Path) -> None:
    done = CliRunner().invoke(run, ["seat", "list", "--server", server.address, "--channel", "channel.toml", "--json"])
    rows = {row["seat"]: row for row in told(done)["seats"]}
    assert rows["custodian"]["holder"] == "practice custodian"
    assert rows["oversight"]["vacant"]


@pytest.mark.adversary
def test_a_server_that_hides_a_case_or_its_end_is_told_of(server: DeskServer, filed: Filed) -> None:
    told(desk(server, "acknowledge", filed.key.case[:8], "--json"))
    kept = server.cases[filed.key.case].items.pop()
    done = desk(server, "list")
    assert done.exit_code == 1
    assert "shows 1 events" in done.stderr
    server.cases[filed.key.case].items.append(kept)
    server.on_post_desk = lambda *_: {"cases": []}  # type: ignore[method-assign]
    hidden = desk(server, "list", "--json")
    assert told(hidden)["lost"] == [filed.key.case]
    assert "shows nothing of" in hidden.stderr


@pytest.mark.parametrize(
    "verb", ["", "list", "fetch", "acknowledge", "message", "grant", "reply", "extend", "countersign", "close"]
)
def test_every_verb_explains_itself_with_an_example(folder: Path, verb: str) -> None:
    done = CliRunner().invoke(
        run, ["desk", "--server", "x", "--key", "custodian.key", *([verb] if verb else []), "--help"]
    )
    assert done.exit_code == 0
    assert "Example" in done.stdout
    assert "demur desk --server" in done.stdout
    assert not verb or "--json" in done.stdout


@pytest.mark.parametrize("kinds", [(), ("declined", "declined"), ("declined", "answered"), ("referred",)])
def test_what_is_said_of_a_reply_is_what_the_procedure_makes_of_it(kinds: tuple[str, ...]) -> None:
    """A dissent of version 1 may have no claims: a reply to it answers nothing, however long its text is."""
    answers = tuple(Answer(claim=n, kind=kind, text="We looked.") for n, kind in enumerate(kinds, start=1))
    made = Reply(outcome="accepted", text="We did all of it.", answers=answers)
    waits = answers_nothing({"v": 2, **made.counts})
    assert (said_of(made) == ANSWERED, "another seat" in said_of(made)) == (not waits, waits)
