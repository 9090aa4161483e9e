# SPDX-License-Identifier: AGPL-3.0-or-later
"""What officers signed is read leniently, what is to be signed strictly; nothing is filed under rules that this version cannot follow."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
from test_filing import prepared_for
from test_following import answered, filed_at, follow
from tiny_record import TinyServer

from demur import canonical
from demur.charter import checking, reading
from demur.charter.builtin import builtin_text
from demur.charter.errors import CharterError
from demur.charter.explain import explain
from demur.charter.freeze import Frozen, freeze_text
from demur.charter.lint import lint
from demur.charter.officers import check_statement, sign_statement
from demur.charter.roster import Roster, RosterError
from demur.charter.ticks import next_tick
from demur.cli.clock_view import NOT_ALL_KNOWN
from demur.cli.status_view import status_document, status_lines
from demur.client.errors import NotOpen
from demur.record.entry import readable_entry
from demur.record.merkle import leaf_hash

GOOD = builtin_text("us-state-2fam070")
VECTORS = json.loads((Path(__file__).parents[2] / "spec/vectors/compatibility.json").read_text(encoding="utf-8"))
NOW = 1_800_000_000
UNKNOWN = 'languages = ["fr", "id"]\n'


def statement(text: str = GOOD, **members: Any) -> dict[str, Any]:
    return {**freeze_text(GOOD, name="x", year=2026).entry("o", 0), "text": text, **members}


def test_unknown_keys_are_kept_hashed_and_named() -> None:
    text = UNKNOWN + GOOD.replace('[[seat]]\nid = "custodian"', '[[seat]]\nid = "custodian"\npronoun = "they"', 1)
    signed = statement(text, translations={"id": "…"})
    frozen = Frozen.from_entry(signed)
    assert frozen.text == text
    assert [row.place for row in frozen.unknown] == ["languages", "seat.0.pronoun", "statement.translations"]
    assert (frozen.refused, frozen.faults) == ("", frozenset())
    assert leaf_hash(readable_entry(signed)) != leaf_hash(readable_entry(statement(text)))
    said = [row.words() for row in explain(frozen.charter, frozen.unknown).unknown]
    assert said == ['languages = ["fr", "id"]', 'seat.0.pronoun = "they"', "statement.translations"]
    assert [row.code for row in lint(frozen.charter, frozen)][:3] == ["unknown"] * 3


def test_what_is_to_be_signed_or_adopted_holds_nothing_unknown() -> None:
    for odd in (statement(UNKNOWN + GOOD), statement(translations={}), statement("format = 2\n" + GOOD)):
        assert Frozen.from_entry(odd)
        with pytest.raises(CharterError):
            Frozen.to_sign(odd)
    with pytest.raises(CharterError, match="does not know format 2 of a charter; update Demur"):
        freeze_text("format = 2\n" + GOOD, name="x", year=2026)
    assert Frozen.to_sign(statement("format = 1\n" + GOOD))


def test_a_check_that_is_added_later_touches_no_signed_charter(monkeypatch: pytest.MonkeyPatch) -> None:
    signed, short = statement(), statement(GOOD.replace("key_wait_hours = 48", "key_wait_hours = 0"))
    assert Frozen.from_entry(short).refused == ""  # `load` refuses it in a real channel

    def tightened(_charter: Any, source: Any) -> None:
        source.fail(("title",), "A title may no longer be English; mend it.")

    monkeypatch.setattr(checking, "_CHECKS", (*checking._CHECKS, tightened))
    with pytest.raises(CharterError, match="may no longer be English"):
        Frozen.to_sign(signed)
    assert Frozen.from_entry(signed).refused == ""


@pytest.mark.parametrize("row", VECTORS["charters"], ids=lambda row: row["name"])
def test_whatever_is_read_is_explained_and_published_without_a_crash(row: dict[str, Any]) -> None:
    made = {**VECTORS["statement"], **row.get("members", {})}
    for old, new in row.get("replace", ()):
        made["text"] = made["text"].replace(old, new, 1)
    made = {name: value for name, value in made.items() if name not in row.get("lacks", ())}
    if not row["found"]["read"]:
        with pytest.raises(CharterError):
            Frozen.from_entry(made)
        return
    frozen = Frozen.from_entry(made)
    meaning = explain(frozen.charter, frozen.unknown)
    assert all(said.words() for part in dataclasses.astuple(meaning) for said in part if hasattr(said, "words"))
    lint(frozen.charter, frozen)
    assert next_tick(frozen, NOW) > NOW
    assert bool(frozen.refused) == row["found"]["refused"]
    assert not frozen.refused or frozen.refused.endswith(".")


def test_a_text_that_could_repaint_a_terminal_is_shown_as_what_it_is() -> None:
    frozen = Frozen.from_entry(statement(GOOD.replace('title = "', 'title = "\\u001b[2J', 1)))
    assert "\x1b" not in frozen.charter.title
    assert [row.place for row in frozen.unknown] == ["title"]
    assert "\x1b" not in reading.shown("\x1b[2J")


# --- filing and reading under a format to come


def under(server: TinyServer, text: str) -> None:
    """Put a charter with this text before the server's own in force, signed by its officer."""
    entry = server.frozen.entry(server.log.origin, 1)
    server.charter = server.publish(sign_statement({**entry, "text": text + entry["text"]}, server.officer.signing))
    server.new_roster()


@pytest.mark.adversary
def test_nothing_is_filed_under_a_format_that_is_not_known(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    server = TinyServer()
    filed = filed_at(server)
    answered(server, filed)
    under(server, "format = 2\n")
    with monkeypatch.context() as hole:
        hole.setattr(Frozen, "refused", "")
        planted = prepared_for(server)
    assert planted.bundle
    with pytest.raises(NotOpen, match=r"format that this version does not know \(2\); update Demur"):
        prepared_for(server, seed="another")
    # Reading goes on: the case that was filed before, and the charter itself.
    thread = follow(server, filed.key, filed.receipt, server.channel, now=server.now)
    assert thread.story.state == "answered"
    with capsys.disabled():
        print("\nfiled under an unknown format: 1 of 1 with the check taken away, 0 of 1 with it")


def test_what_was_filed_under_a_charter_of_an_unknown_format_is_still_read(monkeypatch: pytest.MonkeyPatch) -> None:
    server = TinyServer()
    under(server, "format = 2\n")
    with monkeypatch.context() as hole:  # as a client that knows the format would file
        hole.setattr(Frozen, "refused", "")
        filed = filed_at(server)
    thread = follow(server, filed.key, filed.receipt, server.channel, now=server.now)
    assert (thread.frozen.charter.format, [row.name for row in thread.clocks]) == (2, ["ack", "reply"])
    assert f"  {NOT_ALL_KNOWN}" in status_lines(thread, now=server.now)
    assert status_document(thread, now=server.now)["charter_known"] is False


def test_a_charter_that_names_no_custodian_is_a_told_fault() -> None:
    server = TinyServer()
    under(server, "")
    entry = server.frozen.entry(server.log.origin, 1)
    broken = entry["text"].replace('custodian = "custodian"', "custodian = 3", 1)
    server.charter = server.publish(sign_statement({**entry, "text": broken}, server.officer.signing))
    server.new_roster()
    with pytest.raises(
        NotOpen, match=r"cannot be read \(custodian\), so nothing can be filed under it; update Demur, or"
    ):
        prepared_for(server)


def test_a_charter_with_an_unknown_key_is_filed_under(monkeypatch: pytest.MonkeyPatch) -> None:
    server = TinyServer()
    under(server, UNKNOWN)
    assert follow(server, filed_at(server).key, None, server.channel, now=server.now).frozen.unknown


# --- seats


def test_members_of_a_seats_statement_that_are_not_known_are_kept_and_passed_over() -> None:
    server = TinyServer()
    bare = {name: value for name, value in server.roster_statement.items() if name != "officers"}
    rows = [{**row, "phone": "…"} for row in bare["seats"]]
    signed = sign_statement({**bare, "deputies": [], "seats": rows}, server.officer.signing)
    check_statement(signed, server.channel)
    assert Roster.from_statement(signed) == Roster.from_statement(server.roster_statement)
    assert canonical.dump(signed) != canonical.dump(server.roster_statement)
    with pytest.raises(RosterError, match="deputies"):
        Roster.to_sign(signed)
    with pytest.raises(RosterError, match="form 2, which this version does not know; update Demur"):
        Roster.from_statement({**bare, "v": 2})
