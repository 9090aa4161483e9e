# SPDX-License-Identifier: AGPL-3.0-or-later
"""`demur seat`: the holder asks, officers compare and vouch; no seat is filled, kept or emptied by accident."""

import json
from pathlib import Path

import pytest
from officers import Table, demur, table, told

from demur import canonical
from demur.charter.officers import StatementError, check_statement
from demur.charter.roster import Roster
from demur.record.entry import readable_entry
from demur.record.merkle import leaf_hash


@pytest.fixture
def one(tmp_path: Path) -> Table:
    laid = table(tmp_path / "one", needed=1)
    told(laid.sign_charter())
    return laid


@pytest.fixture
def two(tmp_path: Path) -> Table:
    laid = table(tmp_path / "two", needed=2)
    told(laid.sign_charter("a"))
    told(laid.sign_charter("b"))
    return laid


def roster(laid: Table, name: str = "seats.signed") -> Roster:
    statement = laid.statement(name)
    check_statement(statement, laid.channel)
    return Roster.from_statement(statement)


def test_seats_are_filled_from_what_holders_sent(one: Table) -> None:
    requests = [one.ask("custodian", "Citra Halim"), one.ask("secretary", "Dewi Anggraini")]
    answer = told(one.sign_seats("a", *requests))
    assert (answer["serial"], answer["missing"]) == (1, 0)
    found = roster(one)
    assert {seat: holder.holder for seat, holder in found.holders.items()} == {
        "custodian": "Citra Halim",
        "secretary": "Dewi Anggraini",
    }
    assert found.charter == leaf_hash(readable_entry(one.statement("charter.signed"))).hex()
    assert one.statement("seats.signed")["distinct_holders"] is True


def test_holder_and_officer_see_the_same_fingerprint(one: Table) -> None:
    made = told(demur("key", "new", "-o", one / "custodian.key", "--no-passphrase", "--json"))
    request = one.ask("custodian")
    done = one.sign_seats("a", request)
    assert made["fingerprint"] in done.stderr
    row = next(row for row in told(done)["seats"] if row["seat"] == "custodian")
    assert row["fingerprint"] == made["fingerprint"]


def test_a_swapped_key_has_another_fingerprint(one: Table) -> None:
    """Somebody between holder and officer puts their own key into the request, and signs it with that key."""
    honest = told(demur("key", "new", "-o", one / "custodian.key", "--no-passphrase", "--json"))["fingerprint"]
    swapped = one.ask("custodian", key="thief")
    assert honest not in one.sign_seats("a", swapped).stderr


def test_an_officer_without_a_terminal_must_say_yes(one: Table) -> None:
    request = one.ask("custodian")
    options = ["--key", one / "a.key", "--channel", one / "channel.toml", "-o", one / "seats.signed"]
    done = demur("seat", "sign", "--charter", one / "charter.signed", *options, request)
    assert done.exit_code == 2
    assert not (one / "seats.signed").exists()


def test_each_of_two_officers_runs_the_same_command(two: Table) -> None:
    requests = [two.ask("custodian"), two.ask("secretary")]
    assert told(two.sign_seats("a", *requests))["missing"] == 1
    with pytest.raises(StatementError):
        check_statement(two.statement("seats.signed"), two.channel)
    assert told(two.sign_seats("b", *requests))["missing"] == 0
    roster(two)


def test_the_second_officer_does_not_sign_what_the_first_saw_differently(two: Table) -> None:
    first = two.ask("custodian")
    told(two.sign_seats("a", first))
    done = two.sign_seats("b", first, two.ask("secretary"))
    assert done.exit_code == 1
    assert "is not this statement" in done.stderr


def test_later_statements_keep_the_seats_that_nobody_touches(one: Table) -> None:
    told(one.sign_seats("a", one.ask("custodian"), one.ask("secretary"), one.ask("deputy")))
    before = roster(one)
    change = ["--after", one / "seats.signed", "--vacate", "deputy", one.ask("secretary", "New", key="new")]
    told(one.sign_seats("a", *change, output="second.signed"))
    after = roster(one, "second.signed")
    assert after.serial == 2
    assert after.holders["custodian"] == before.holders["custodian"]
    assert after.holders["secretary"].holder == "New"
    assert "deputy" not in after.holders


# What an officer might be given by mistake or malice, and the sentence.
def two_of_one_person(laid: Table) -> list[str | Path]:
    return [laid.ask("custodian", "Citra Halim"), laid.ask("secretary", " citra  HALIM ")]


def one_key_twice(laid: Table) -> list[str | Path]:
    return [laid.ask("custodian", key="k"), laid.ask("secretary", key="k")]


def unknown_seat(laid: Table) -> list[str | Path]:
    return [laid.ask("king")]


def asked_twice(laid: Table) -> list[str | Path]:
    return [laid.ask("custodian", "A", key="k1"), laid.ask("custodian", "B", key="k2")]


def nothing(laid: Table) -> list[str | Path]:
    return []


def vacating_nothing(laid: Table) -> list[str | Path]:
    return ["--vacate", "deputy", laid.ask("custodian")]


def a_charter_as_request(laid: Table) -> list[str | Path]:
    return [laid / "charter.request"]


def a_changed_request(laid: Table) -> list[str | Path]:
    path = laid.ask("custodian")
    request = canonical.load_object(path.read_bytes())
    path.write_bytes(canonical.dump({**request, "holder": "Somebody else"}))
    return [path]


def unsigned_predecessor(laid: Table) -> list[str | Path]:
    told(laid.sign_seats("a", laid.ask("custodian"), output="first.signed"))
    statement = laid.statement("first.signed")
    (laid / "first.signed").write_bytes(canonical.dump({**statement, "officers": []}))
    return ["--after", laid / "first.signed", laid.ask("secretary")]


WRONG = {
    two_of_one_person: "would be one person's",
    one_key_twice: "would be one person's",
    unknown_seat: "has no seat 'king'",
    asked_twice: "asked for twice",
    nothing: "No seat would be filled",
    vacating_nothing: "cannot be left vacant",
    a_charter_as_request: "charter.request is not a request for a seat",
    a_changed_request: "not signed by its own key",
    unsigned_predecessor: "0 officers signed",
}


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.__name__)
def test_what_an_officer_must_not_sign_is_refused_in_one_sentence(one: Table, wrong: object) -> None:
    arguments = wrong(one)  # type: ignore[operator]
    done = one.sign_seats("a", *arguments)
    assert done.exit_code == 1, done.output
    assert WRONG[wrong] in done.stderr  # type: ignore[index]
    assert done.stderr.count("\n") == 1
    assert not (one / "seats.signed").exists()


def test_a_request_for_another_channel_is_refused(one: Table, tmp_path: Path) -> None:
    other = table(tmp_path / "other", needed=1, origin="dissent.example.net")
    done = one.sign_seats("a", other.ask("custodian"))
    assert done.exit_code == 1
    assert "not a seat request for this channel" in done.stderr


def test_a_charter_that_too_few_signed_gives_no_seats(two: Table) -> None:
    statement = two.statement("charter.signed")
    (two / "charter.signed").write_bytes(canonical.dump({**statement, "officers": statement["officers"][:1]}))
    done = two.sign_seats("a", two.ask("custodian"))
    assert done.exit_code == 1
    assert "1 officers signed" in done.stderr


def test_a_request_needs_all_its_parts(one: Table) -> None:
    done = demur("seat", "fill", "--request", "--seat", "custodian")
    assert done.exit_code == 2
    assert "--holder" in done.stderr
    assert demur("seat", "fill").exit_code == 2
    assert demur("seat", "fill", one.folder, one / "charter.signed", "--seat", "x").exit_code == 2
    assert demur("seat", "list").exit_code == 2


def test_an_officers_key_holds_no_seat(one: Table) -> None:
    common = ["--seat", "custodian", "--holder", "X", "--channel", one / "channel.toml", "-o", one / "r"]
    done = demur("seat", "fill", "--request", "--key", one / "a.key", *common)
    assert done.exit_code == 1
    assert "officer's key" in done.stderr


def test_a_holders_name_cannot_act_on_the_officers_terminal(one: Table) -> None:
    done = one.sign_seats("a", one.ask("custodian", "Citra \u202egnirts"))
    assert "\u202e" not in done.stderr
    assert "<U+202E>" in done.stderr
    rows = json.loads(done.stdout)["seats"]
    assert next(row for row in rows if row["seat"] == "custodian")["holder"] == "Citra \u202egnirts"
