# SPDX-License-Identifier: AGPL-3.0-or-later
"""A case without script says what it says with it: whose days, in letters, who reads, what was filed, and what cannot be seen in it."""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType

import pytest
from browsing import Browser
from sheets import file_it, hidden, post, sheet
from test_plain_story import press

from demur.author.plain_marks import placed
from demur.author.plain_view import CaseWords, clock_card, late
from demur.charter.builtin import builtin_text
from demur.charter.freeze import freeze_text
from demur.dissent.states import Story
from demur.dissent.timing import clocks_of
from serving import Channel, demur, practice_channel

TEXT = "The ferry\r\n\r\nThe count \u202ewas wrong.\r\n\r\nThe road is \u200bshut.\r\n"
EAST = """[calendars.east]
timezone = "Asia/Jayapura"

[clocks.ack]
"""
REPLY = """outcome = "in_part"
text = "We \u202eteg\u202c it"
appeal = "Ask the board"
signed_by = "The Head"
[[answer]]
claim = 1
kind = "answered"
text = "Yes\u200b, it is counted again."
[[answer]]
claim = 2
kind = "declined"
text = "It is not ours."
[[commitment]]
text = "A new count"
date = "2027-01-31"
"""
TURNS = "Marks that turn the direction of the text, and cannot be seen: {}."
UNSEEABLE = "Marks of no width, which cannot be seen: {}."
FROZEN = freeze_text(builtin_text("demur-default"), name="x", year=2026)
RECEIVED = int(datetime(2026, 11, 23, 17, tzinfo=UTC).timestamp())
ASSETS = Path(__file__).parents[2] / "assets" / "pages" / "web" / "marks.js"


@dataclass(frozen=True, kw_only=True)
class Told:
    """The text of a page in lines, and the page."""

    page: str

    @property
    def lines(self) -> list[str]:
        [main] = re.findall(r"<main.*</main>", self.page, re.DOTALL)
        text = re.sub(r"</?(?:bdi|strong)>", "", main)
        return [line.strip() for line in html.unescape(re.sub(r"<[^>]+>", "\n", text)).split("\n") if line.strip()]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MappingProxyType[str, Told]]:
    """One case whose reply runs on another calendar, extended, answered; as shown in each language."""
    place = tmp_path_factory.mktemp("case")
    charter = builtin_text("demur-default").replace("[clocks.ack]\n", EAST, 1)
    head, tail = charter.split("[clocks.reply]\n", 1)
    (place / "east.toml").write_text(
        head + "[clocks.reply]\n" + tail.replace('calendar = "office"', 'calendar = "east"', 1)
    )
    with practice_channel(place, charter=str(place / "east.toml")) as served:
        yield MappingProxyType(_answered(served, place / "home"))


def _answered(served: Channel, home: Path) -> dict[str, Told]:
    fields = [*sheet(served, TEXT), ("claim", "3")]
    attached = [("gaji\u202efdp.exe", b"MZ"), ("same.txt", b"a"), ("same.txt", b"bc")]
    _, filed, code = file_it(served, fields, attached)
    custodian = ["desk", *served.known, "--key", served.key("custodian")]
    [row] = demur(*custodian, "list", "--json", home=home).json["cases"]
    until = (datetime.now(tz=UTC) + timedelta(days=110)).date()
    until += timedelta(days=max(0, 7 - until.weekday()) if until.weekday() > 4 else 0)  # a clock ends on a working day
    (home / "reply.toml").write_text(REPLY)
    acts: list[list[str]] = [["fetch"], ["acknowledge"], ["message", "We look \u202einto it"]]
    for act in acts:
        done = demur(*custodian, act[0], row["case"], *act[1:], home=home)
        assert done.code == 0, done.err
    seat = ["desk", *served.known, "--key", served.key("head")]
    done = demur(*seat, "extend", row["case"], "--until", str(until), "--reason", "Count takes longer", home=home)
    assert done.code == 0, done.err
    done = demur(*custodian, "reply", row["case"], "reply.toml", home=home)
    assert done.code == 0, done.err
    pages = {
        lang: Told(page=post(served, f"/{lang}/case/plain/", [("code", code), ("act", "open")])[1])
        for lang in ("en", "id")
    }
    assert hidden(pages["en"].page, "shown")
    return {**pages, "filed": Told(page=filed), "sheet": Told(page=_second(served))}


def _second(served: Channel) -> str:
    return post(served, "/en/file/plain/", [("to", "choose"), ("subject", "s"), ("text", TEXT)])[1]


def test_each_clock_names_the_days_of_its_own_office(told: MappingProxyType[str, Told]) -> None:
    said = "Days and holidays are those of the office that must act, in its time zone: UTC, Asia/Jayapura."
    assert said in told["en"].lines


def test_what_was_extended_is_named_in_the_readers_language(told: MappingProxyType[str, Told]) -> None:
    assert any("extended the clock “Reply” until" in line for line in told["en"].lines)
    assert not any("“reply”" in line for line in told["id"].lines)


def test_a_promise_of_the_reply_is_a_day_in_letters(told: MappingProxyType[str, Told]) -> None:
    assert "By Sunday, 31\u00a0January\u00a02027: A new count" in told["en"].lines
    assert any("Minggu, 31\u00a0Januari\u00a02027" in line for line in told["id"].lines)


def test_the_filing_that_was_fetched_is_no_item_of_a_number(told: MappingProxyType[str, Told]) -> None:
    assert "Custodian of the channel fetched your filing" in told["en"].lines
    assert "item 0" not in told["en"].page


def test_answers_are_counted(told: MappingProxyType[str, Told]) -> None:
    assert "Accepted in part. Answered 1, referred 0, declined 1." in told["en"].lines


def test_who_reads_is_listed_with_what_their_keys_fetched(told: MappingProxyType[str, Told]) -> None:
    lines = told["en"].lines
    after = lines[lines.index("Who was given access") : lines.index("What you filed")]
    assert {"Custodian of the channel", "Head of the institution", "Deputy head", "At filing, as you saw"} <= set(after)
    assert (
        sum(line.startswith("Fetched your filing on ") for line in after) == 2
    )  # custodian, and head before extending
    assert after.count("Has fetched nothing yet") >= 2


def test_files_are_named_as_they_were_and_turn_no_sentence(told: MappingProxyType[str, Told]) -> None:
    lines = told["en"].lines
    assert "gaji⟨U+202E⟩fdp.exe (2 B)" in lines
    assert [line for line in lines if line.startswith("same.txt")] == ["same.txt (1 B)", "same.txt (2 B)"]


def test_marks_that_cannot_be_seen_are_warned_of_beside_each_text_and_kept(told: MappingProxyType[str, Told]) -> None:
    def marked(name: str) -> list[str]:
        return [
            line.removesuffix(" They are kept as they are.") for line in told[name].lines if line.startswith("Marks ")
        ]

    reply, message = [TURNS.format(2), UNSEEABLE.format(1)], [TURNS.format(1)]
    text = claims = [TURNS.format(1), UNSEEABLE.format(1)]
    assert marked("en") == [*reply, *message, *text, *claims, TURNS.format(1)]
    assert marked("sheet") == text
    assert marked("filed") == [TURNS.format(1)]
    assert "The count \u202ewas wrong." in told["en"].page
    assert "We \u202eteg\u202c it" in told["en"].page


def test_a_mark_that_turns_is_shown_in_a_sentence_and_letters_of_another_direction_are_set_apart() -> None:
    assert placed("a\u202eb") == "a⟨U+202E⟩b"
    assert placed("جدول.txt") == "\u2068جدول.txt\u2069"
    assert placed("plain") == "plain"


def test_a_clock_that_was_extended_is_due_soon_too_and_tells_its_aim() -> None:
    def clock(extended: int, now: int) -> dict[str, str]:
        story = replace(Story(received_at=RECEIVED, seq=1), extended={"reply": extended} if extended else {})
        [row] = [row for row in clocks_of(FROZEN, story, {1: RECEIVED}, now) if row.name == "reply"]
        return clock_card(row, CaseWords(frozen=FROZEN, rosters={}), now)

    until = RECEIVED + 100 * 86_400
    assert clock(until, until - 6 * 86_400)["state"] == "extended"
    assert clock(until, until - 5 * 86_400)["state"] == "due soon"
    assert clock(0, RECEIVED)["aim"].startswith("Aimed at ")


def test_a_clock_that_ended_late_says_how_late_it_was_then_and_no_more() -> None:
    story, now = replace(Story(received_at=RECEIVED, seq=1), withdrawn_seq=2), RECEIVED + 200 * 86_400
    row = clocks_of(FROZEN, story, {1: RECEIVED, 2: RECEIVED + 20 * 86_400}, now)[0]
    words = CaseWords(frozen=FROZEN, rosters={})
    card = clock_card(row, words, now)

    assert card["state"] == "ended late"
    assert f"Days late by then: {row.late_days(now)}." in card["due"]
    assert 0 < row.late_days(now) < 20
    assert late([row], words, now) is None  # nothing is late any more, and nothing is offered against it


def test_what_is_typed_for_one_act_comes_back_when_another_is_pressed(page: Browser, served: Channel) -> None:
    _, _, code = file_it(served, [*sheet(served, TEXT), ("claim", "3")])
    page.visit(f"{served.url}/en/case/plain/")
    page.fill("#code", code)
    press(page, "Open my case")
    page.fill("#message", "A message that is not sent yet.")
    press(page, "Withdraw…")
    assert page.value("document.querySelector('#message').value") == "A message that is not sent yet."
    page.fill("#reason", "A reason that is not sent yet.")
    press(page, "Seal and send")
    assert "Your message is recorded" in str(page.value("document.querySelector('main').innerText"))
    assert page.value("document.querySelector('#message').value") == ""
    assert page.value("document.querySelector('#reason').value") == "A reason that is not sent yet."
    page.fill("#message", "Another.")
    press(page, "Keep it")
    assert page.value("document.querySelector('#reason:not([type=hidden])') === null")
    press(page, "Withdraw…")
    assert page.value("document.querySelector('#reason').value") == "A reason that is not sent yet."
    press(page, "Withdraw the case")
    assert "The case is withdrawn" in str(page.value("document.querySelector('main').innerText"))
    assert page.value("document.querySelector('#message').value") == "Another."


def test_a_question_is_shown_where_it_is_put(page: Browser, served: Channel) -> None:
    _, _, code = file_it(served, [*sheet(served, TEXT), ("claim", "3")])
    page.visit(f"{served.url}/en/case/plain/")
    page.fill("#code", code)
    press(page, "Open my case")
    press(page, "Withdraw…")
    page.until("document.activeElement.id === 'reason'")
    top, height = page.value("[document.querySelector('#reason').getBoundingClientRect().top, innerHeight]")
    assert 0 <= top < height
    assert "cannot be undone" in page.value("document.getElementById('withdraw-hint').textContent")


def test_what_is_late_says_how_late_who_sees_it_and_what_can_be_done() -> None:
    story = Story(received_at=RECEIVED, seq=1)
    now = RECEIVED + 400 * 86_400
    rows = clocks_of(FROZEN, story, {1: RECEIVED}, now)
    told = late(rows, CaseWords(frozen=FROZEN, rosters={}), now)
    assert told is not None
    assert len(told["lines"]) == 2
    assert all(re.search(r"[0-9]+ days", line) and "202" in line for line in told["lines"]), told["lines"]
    assert told["seen"].startswith("Everybody sees on the channel's page")
    assert (
        late(clocks_of(FROZEN, story, {1: RECEIVED}, RECEIVED), CaseWords(frozen=FROZEN, rosters={}), RECEIVED) is None
    )
