# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the browser's modules seal, the command line reads; what it files and answers, they read. Against a served channel."""

import json
from pathlib import Path
from typing import Any

import pytest
from core import TEXT, Blob, Core, Refused, author_at

from serving import Channel, Done, demur, practice_channel

REPLY = """
outcome = "in_part"
text = "The office has looked at each claim."
[[answer]]
claim = 1
kind = "answered"
text = "The cap is put off until June."
[[answer]]
claim = 2
kind = "referred"
text = "The safety office answers this."
to = "safety office"
[[answer]]
claim = 3
kind = "declined"
text = "The count stands."
[[commitment]]
text = "The count is published."
date = "2027-06-30"
"""


def desk(channel: Channel, place: Path, verb: str, *words: str | Path, seat: str = "custodian") -> Done:
    done = demur("desk", "--key", channel.key(seat), *channel.known, verb, *words, home=place / "desk-home")
    assert done.code == 0, done.err
    return done


def saved(filed: Any, place: Path) -> Path:
    """The three files of a case, as a page saves them."""
    place.mkdir(exist_ok=True)
    (place / "mine.receipt").write_bytes(filed["receipt"].encode())
    (place / "mine.key").write_bytes(filed["key"].encode())
    (place / "mine.sealed").write_bytes(filed["sealed"])
    return place / "mine.key"


def words_of(filed: Any) -> str:
    return " ".join(filed["words"])


def row(view: Any, kind: str) -> Any:
    (found,) = [row for row in view["thread"] if row["type"] == kind]
    return found


def test_a_dissent_filed_in_the_browser_is_verified_read_and_answered_by_the_command_line(
    channel: Channel, author: Core, visitor: Core, tmp_path: Path
) -> None:
    table, large = b"shift,engineers\n", bytes(range(256)) * 9000
    attachments = [{"name": "large.bin", "blob": Blob(large)}, {"name": "shifts.csv", "blob": Blob(table)}]
    filed = author.file(attachments=attachments, recused=["deputy"])
    assert filed["proven"]
    assert {step["stage"] for step in author.told} == {"uploading", "sending"}
    key = saved(filed, tmp_path / "mine")
    held = demur("verify", key.with_suffix(".receipt"), "--key", key, "--channel", channel.file, home=tmp_path / "home")
    assert held.code == 0, held.err

    case = filed["case"]
    desk(channel, tmp_path, "fetch", case, "-o", tmp_path / "got")
    assert (tmp_path / "got" / "original-cap.txt").read_bytes() == TEXT.encode()
    assert (tmp_path / "got" / "attachment-1-shifts.csv").read_bytes() == table
    assert (tmp_path / "got" / "attachment-2-large.bin").read_bytes() == large
    listed = json.loads(desk(channel, tmp_path, "list", "--json", seat="deputy").out)
    assert case not in {row["case"] for row in listed["cases"]}
    desk(channel, tmp_path, "acknowledge", case)
    (tmp_path / "reply.toml").write_text(REPLY)
    desk(channel, tmp_path, "reply", case, tmp_path / "reply.toml")

    view = visitor.call("enter", words=words_of(filed))
    assert (view["state"], view["published"], view["mismatches"], view["noticed"]) == ("answered", True, [], [])
    assert view["dissent"]["text"] == TEXT
    reply = row(view, "reply")["reply"]
    assert [answer["claimText"] for answer in reply["answers"]] == [
        claim["text"] for claim in view["dissent"]["claims"]
    ]
    assert [answer["kind"] for answer in reply["answers"]] == ["answered", "referred", "declined"]
    assert (reply["outcome"], reply["counts"], reply["commitments"][0]["date"]) == ("in_part", True, "2027-06-30")
    assert {clock["name"]: clock["state"] for clock in view["clocks"]} == {"ack": "met", "reply": "met"}
    (custodian,) = [office for office in view["access"] if office["seat"] == "custodian"]
    assert [fetch["item"] for fetch in custodian["fetches"]] == [0]
    assert "deputy" not in {office["seat"] for office in view["access"]}
    assert view["recused"] == ["deputy"]


def test_the_command_line_shows_the_same_case_as_the_browser(channel: Channel, author: Core, tmp_path: Path) -> None:
    filed = author.file()
    author.call("enter", words=words_of(filed))
    view = author.call("message", text="When is the next review?")
    assert row(view, "message")["text"] == "When is the next review?"
    key = saved({**filed, "receipt": view["receipt"]}, tmp_path / "mine")
    told = demur("status", key, "--json", home=tmp_path / "home")
    assert told.code == 0, told.err
    status = json.loads(told.out)
    assert status["state"] == view["state"]
    assert {clock["name"]: clock["due"] for clock in status["clocks"]} == {
        clock["name"]: clock["limit"] for clock in view["clocks"]
    }
    got = desk(channel, tmp_path, "fetch", filed["case"])
    assert "When is the next review?" in got.out
    withdrawn = author.call("withdraw", text="The plan was dropped.")
    assert (withdrawn["state"], withdrawn["may"]["withdraw"]) == ("withdrawn", "withdrawn")
    # The clocks are right in the same moment, also before the tick that publishes it.
    assert {row["state"] for row in withdrawn["clocks"]} == {"ended by withdrawal"}
    assert demur("status", key, home=tmp_path / "home").out.startswith(f"Case {filed['case'][:8]}")


def test_a_dissent_filed_by_the_command_line_is_followed_in_the_browser_by_words_and_by_key(
    channel: Channel, author: Core, visitor: Core, tmp_path: Path
) -> None:
    (tmp_path / "dissent.txt").write_bytes(TEXT.encode())
    done = demur(
        "file", *channel.known, "dissent.txt", "--claims", "2,3", "--yes", "-o", "mine", home=tmp_path, cwd=tmp_path
    )
    assert done.code == 0, done.err
    key = (tmp_path / "mine.key").read_bytes()
    by_words = author.call("enter", words=f"  {json.loads(key)['words'].upper()} ")
    by_key = visitor.call("enter", key=key)
    assert by_words["case"] == by_key["case"] == json.loads(key)["case"]
    assert by_words["key"].encode() == key
    assert by_key["dissent"]["original"] == "dissent.txt"
    visitor.call("message", text="From the browser.")
    told = demur("status", tmp_path / "mine.key", home=tmp_path)
    assert "From the browser." in told.out
    assert [row["type"] for row in author.call("refresh")["thread"]] == ["received", "message"]


def test_template_answers_make_the_document_that_the_command_line_makes(
    channel: Channel, author: Core, tmp_path: Path
) -> None:
    answers = {
        "kind": "template",
        "subject": 'The "cap"\\',
        "dissent": 'First.\n\n\tSecond \u202eline\r\nthird """quoted""" \x7f end',
        "recommendation": "Put it off.",
        "prompts": {"decision": "Order 7", "decision_date": "2027-03-31", "tried": ""},
        "claims": ["One\nof two.", "Two."],
        "language": "en",
    }
    author.call("seal", dissent=answers)
    filed = author.call("submit")
    desk(channel, tmp_path, "fetch", filed["case"], "-o", tmp_path / "got")
    original, made = tmp_path / "got" / "original-dissent.toml", (tmp_path / "got" / "dissent.json").read_bytes()
    again = demur(
        "file", *channel.known, original.name, "--template", "--yes", "-o", "again", home=tmp_path, cwd=original.parent
    )  # fmt: skip
    assert again.code == 0, again.err
    case = json.loads((original.parent / "again.key").read_bytes())["case"]
    desk(channel, tmp_path, "fetch", case, "-o", tmp_path / "same")
    renamed = (tmp_path / "same" / "dissent.json").read_bytes().replace(b"original-dissent.toml", b"dissent.toml")
    assert renamed == made
    assert json.loads(made)["text"] == answers["dissent"]


def test_a_filing_whose_server_was_down_is_sent_again_and_filed_once(tmp_path: Path) -> None:
    with practice_channel(tmp_path) as channel, author_at(channel.url) as author:
        dissent = {"kind": "text", "name": "cap.txt", "bytes": TEXT.encode(), "claims": []}
        author.call("seal", dissent=dissent, attachments=[{"name": "large.bin", "blob": Blob(b"x" * 2_500_000)}])
        channel.stop()
        with pytest.raises(Refused) as caught:
            author.call("submit")
        assert caught.value.code == "unreachable"
        channel.start()
        filed = author.call("submit")
        assert author.call("again") == filed
        listed = json.loads(desk(channel, tmp_path, "list", "--json").out)
        assert [row["case"] for row in listed["cases"]] == [filed["case"]]


def test_attachments_and_the_original_come_back_to_who_has_the_sealed_copy(author: Core) -> None:
    parts = {"small.csv": b"a,b\n", "large.bin": b"y" * 1_500_000}
    filed = author.file(attachments=[{"name": name, "blob": Blob(data)} for name, data in parts.items()])
    for sealed, kept in ({}, False), ({"sealed": filed["sealed"]}, True):
        view = author.call("enter", words=words_of(filed), **sealed)
        assert {part["kept"] for part in view["attachments"]} == {kept}
    for part in view["attachments"]:
        assert author.call("attachment", n=part["n"]) == {"name": part["name"], "bytes": parts[part["name"]]}
    assert author.call("original") == {"name": "cap.txt", "bytes": TEXT.encode()}


def test_a_receipt_from_before_is_compared_and_leaves_less_unchecked(
    author: Core, visitor: Core, tmp_path: Path
) -> None:
    filed = author.file()
    other = author.file(TEXT + "Another.\n")
    view = visitor.call("enter", words=words_of(filed))
    assert {"thread", "record"} <= set(view["unchecked"])
    for wrong, code in ((other["receipt"].encode(), "other-case"), (b"nothing", "receipt")):
        with pytest.raises(Refused) as caught:
            visitor.call("compare", receipt=wrong)
        assert caught.value.code == code
    changed = b"\xef\xbb\xbf" + filed["receipt"].encode().replace(
        b"\n", b"\r\n"
    )  # as an editor or a mail gateway leaves it
    assert visitor.call("compare", receipt=changed)["heads"] >= 1
    compared = visitor.call("compare", receipt=filed["receipt"].encode())
    assert not {"thread", "record"} & set(compared["view"]["unchecked"])
    assert compared["heads"] == 1
    path = tmp_path / "grown.receipt"
    path.write_bytes(compared["view"]["receipt"].encode())
    assert demur("verify", path, home=tmp_path).code == 0


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        ("abandon " * 11 + "about", "no-mailbox", {}),
        ("abandon " * 12, "words", {}),
        ("abandon " * 11, "words-count", {"n": 11}),
        ("abandon " * 11 + "abuot", "word-near", {"n": 12, "word": "abuot", "near": "about"}),
    ],
)
def test_words_that_open_nothing_are_refused_by_what_is_wrong_with_them(
    author: Core, words: str, code: str, told: dict[str, Any]
) -> None:
    with pytest.raises(Refused) as caught:
        author.call("enter", words=words)
    facts = caught.value.facts
    assert caught.value.code == code
    assert facts.items() >= told.items()
    # The one word that is on no list is named; no word that is on it, and no other.
    assert "abandon" not in str(facts)
    assert ("abuot" in str(facts), "about" in str(facts)) == ((code == "word-near"),) * 2


def test_what_cannot_be_filed_is_refused_before_anything_is_sealed(author: Core) -> None:
    text = {"kind": "text", "name": "a.txt", "bytes": b"One.\n", "claims": []}
    seats = [office["seat"] for office in author.call("readers")]
    cases: list[tuple[dict[str, Any], str]] = [
        ({"dissent": {**text, "bytes": b"\xff\xfe"}}, "text"),
        ({"dissent": {**text, "bytes": b" \n \n"}}, "empty"),
        ({"dissent": {**text, "claims": [2]}}, "claims"),
        ({"dissent": {**text, "name": "a/b.txt"}}, "file-name"),
        ({"dissent": text, "facts": {"agency": "Mars"}}, "fact"),
        ({"dissent": text, "recused": seats}, "no-reader"),
        ({"dissent": {**text, "bytes": b"x" * 1_000_001}}, "too-large"),
        ({"dissent": {"kind": "template", "subject": "s", "dissent": "d", "recommendation": " "}}, "empty"),
    ]
    for wish, code in cases:
        with pytest.raises(Refused) as caught:
            author.call("seal", **wish)
        assert caught.value.code == code, wish
    with pytest.raises(Refused) as caught:
        author.call("submit")
    assert caught.value.code == "nothing-sealed"
