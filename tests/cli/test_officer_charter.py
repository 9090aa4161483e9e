# SPDX-License-Identifier: AGPL-3.0-or-later
"""`demur charter`: what officers see is what they sign, and only their signatures make it count."""

import json
from pathlib import Path

import pytest
from officers import Table, demur, table, told

from demur import canonical
from demur.charter.builtin import builtin_names, builtin_text
from demur.charter.officers import StatementError, check_statement


@pytest.fixture
def one(tmp_path: Path) -> Table:
    return table(tmp_path / "one", needed=1)


@pytest.fixture
def two(tmp_path: Path) -> Table:
    return table(tmp_path / "two", needed=2)


def test_one_officer_signs_what_the_channel_then_takes(one: Table) -> None:
    answer = told(one.sign_charter())
    assert (answer["charter"], answer["version"], answer["missing"]) == ("us-state-2fam070", 1, 0)
    signed = one.statement("charter.signed")
    check_statement(signed, one.channel)
    assert {**signed, "officers": 0} == {**one.statement("charter.request"), "officers": 0}


def test_what_is_signed_is_shown_in_plain_words_first(one: Table) -> None:
    done = one.sign_charter()
    for part in ("us-state-2fam070", "2 working days", "60 working days", "Executive Secretary", "version    1"):
        assert part in done.stderr
    assert " ".join(one.channel.words()) in done.stderr
    assert "Not yet kept by this version" in done.stderr


def test_nothing_is_signed_without_an_answer(one: Table) -> None:
    options = ["--key", one / "a.key", "--channel", one / "channel.toml", "-o", one / "charter.signed"]
    done = demur("charter", "sign", one / "charter.request", *options)
    assert done.exit_code == 2
    assert "--yes" in done.stderr
    assert not (one / "charter.signed").exists()


def test_the_second_officer_adds_to_the_same_file(two: Table) -> None:
    assert told(two.sign_charter("a"))["missing"] == 1
    with pytest.raises(StatementError):
        check_statement(two.statement("charter.signed"), two.channel)
    assert told(two.sign_charter("a"))["missing"] == 1  # signing twice is signing once
    assert told(two.sign_charter("b"))["missing"] == 0
    check_statement(two.statement("charter.signed"), two.channel)


def test_a_file_that_is_something_else_is_not_signed_over(one: Table) -> None:
    (one / "charter.signed").write_bytes(b"mine")
    done = one.sign_charter()
    assert done.exit_code == 1
    assert "exists already and is not this statement" in done.stderr
    assert (one / "charter.signed").read_bytes() == b"mine"


def test_a_file_with_a_forged_signature_is_not_signed_further(two: Table) -> None:
    told(two.sign_charter("a"))
    signed = two.statement("charter.signed")
    signed["officers"][0]["signature"] = "0" * 128
    forged = canonical.dump(signed)
    (two / "charter.signed").write_bytes(forged)
    done = two.sign_charter("b")
    assert done.exit_code == 1
    assert "does not fit" in done.stderr
    assert (two / "charter.signed").read_bytes() == forged


def test_a_key_that_the_channel_does_not_name_signs_nothing(one: Table) -> None:
    done = one.sign_charter("stranger")
    assert done.exit_code == 1
    assert "not one of the officers'" in done.stderr
    assert not (one / "charter.signed").exists()


def test_a_seats_key_signs_no_charter(one: Table) -> None:
    one.ask("custodian")
    done = one.sign_charter("custodian")
    assert "a seat's key" in done.stderr
    assert done.exit_code == 1


def test_a_charter_of_another_channel_is_refused(one: Table, tmp_path: Path) -> None:
    other = table(tmp_path / "other", needed=1, origin="dissent.example.net")
    done = demur(
        "charter", "sign", other / "charter.request", "--key", one / "a.key", "--channel", one / "channel.toml",
        "-o", one / "charter.signed", "--yes",
    )  # fmt: skip
    assert done.exit_code == 1
    assert "another channel" in done.stderr


def test_a_request_that_was_changed_on_the_way_is_refused_or_shown(one: Table) -> None:
    request = one.statement("charter.request")
    request["practice"] = True
    (one / "charter.request").write_bytes(canonical.dump(request))
    done = one.sign_charter()
    assert done.exit_code == 1
    assert "contradicts" in done.stderr


@pytest.mark.parametrize("name", ["channel.toml", "a.key", "a.key.pub"])
def test_another_file_than_a_request_is_refused_in_one_sentence(one: Table, name: str) -> None:
    (one / "charter.request").write_bytes((one / name).read_bytes())
    done = one.sign_charter()
    assert done.exit_code == 1
    assert done.stderr.count("\n") == 1
    assert "charter.request is not a charter for signing" in done.stderr


def test_every_built_in_charter_is_listed_explained_and_linted() -> None:
    rows = told(demur("charter", "list", "--json"))["charters"]
    assert [row["name"] for row in rows] == builtin_names()
    for name in builtin_names():
        shown = told(demur("charter", "show", name, "--json"))
        assert shown["charter"] == name
        assert shown["readers"]
        assert told(demur("charter", "lint", name, "--json"))["errors"] == 0


def test_what_this_version_does_not_keep_is_said(tmp_path: Path) -> None:
    lines = demur("charter", "show", "us-nrc-dpo").stdout.splitlines()
    at = lines.index("Not yet kept by this version:")
    assert "  - an appeal" in lines[at:]


def test_the_text_of_a_charter_can_be_taken_as_a_start(tmp_path: Path) -> None:
    text = demur("charter", "show", "us-state-2fam070", "--toml").stdout
    assert text == builtin_text("us-state-2fam070")
    (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
    assert demur("charter", "lint", tmp_path / "mine.toml").exit_code == 0


def test_a_signed_charter_can_be_shown(one: Table) -> None:
    told(one.sign_charter())
    assert told(demur("charter", "show", one / "charter.signed", "--json"))["charter"] == "us-state-2fam070"


def test_lint_names_file_line_and_remedy_and_fails(tmp_path: Path) -> None:
    text = builtin_text("us-state-2fam070").replace("custodian =", "custodain =", 1)
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    line = next(n for n, row in enumerate(text.splitlines(), start=1) if row.startswith("custodain"))
    done = demur("charter", "lint", path)
    assert done.exit_code == 1
    assert f"{path}:{line}:" in done.stderr
    assert "custodian" in done.stderr


def test_lint_fails_for_a_charter_that_owes_no_answer(tmp_path: Path) -> None:
    text = builtin_text("demur-default")
    start = text.index("[clocks.ack]")
    end = text.index("\n[", start) + 1
    (tmp_path / "mine.toml").write_text(text[:start] + text[end:], encoding="utf-8")
    done = demur("charter", "lint", tmp_path / "mine.toml", "--json")
    assert done.exit_code == 1
    assert "no-ack-clock" in {row["code"] for row in json.loads(done.stdout)["findings"]}


@pytest.mark.parametrize("data", [b"\xff\xfe", b"{}", b"not = toml ="])
def test_a_file_that_is_no_charter_is_refused_in_one_sentence(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x").write_bytes(data)
    for verb in ("show", "lint"):
        done = demur("charter", verb, tmp_path / "x")
        assert done.exit_code == 1
        assert done.stderr.count("\n") == 1
    assert "There is no charter" in demur("charter", "show", "nothing").stderr
