# SPDX-License-Identifier: AGPL-3.0-or-later
"""What `demur file` files, the desk's core in JavaScript lists, fetches, acknowledges and answers; and the other way round."""

from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from core import Core, Refused
from seats import ANSWERS, TEXT, by_command, desk_at, filed, item, status, unlocked

from demur.clock.wording import day_words
from demur.desk.sayings import SAYINGS
from serving import Channel, demur


def row_of(shown: object, case: str) -> dict[str, object]:
    (found,) = [row for row in shown["cases"] if row["case"] == case]  # type: ignore[index]
    return found


def test_a_case_filed_by_command_is_listed_fetched_acknowledged_and_answered_in_the_browser(
    channel: Channel, desk: Core, tmp_path: Path
) -> None:
    table = b"shift,engineers\n"
    case = filed(channel, tmp_path, "mine", attach=("shifts.csv", table))
    who = unlocked(desk, channel)
    assert (who["seat"], who["standing"], who["practice"]) == ("custodian", "", True)

    listed = desk.call("today")
    row = row_of(listed, case)
    assert (row["state"], row["subject"], row["giver"]) == ("filed", "", "")
    assert row["due"] in {clock["limit"] for clock in row["clocks"]}
    assert listed["complete"]
    assert listed["faults"] == []

    view = desk.call("open", case=case)
    assert (view["state"], view["fetched"], view["texts"], view["dissent"]) == ("filed", False, False, None)
    assert (view["may"]["fetch"], view["may"]["message"], view["may"]["close"]) == ("", "fetch-first", "clock-runs")

    view = desk.call("fetch", case=case)
    assert view["dissent"]["text"] == TEXT
    whole = view["dissent"]["text"].encode()
    assert [whole[claim["start"] : claim["end"]].decode() for claim in view["dissent"]["claims"]] == [
        claim["text"] for claim in view["dissent"]["claims"]
    ]
    assert (view["custody"], view["faults"]) == ("client-cli", [])
    assert item(view, "fetch")["own"]
    assert desk.call("attachment", case=case, n=1) == {"name": "shifts.csv", "blob": table}
    assert desk.call("original", case=case)["blob"] == TEXT.encode()

    view = desk.call("acknowledge", case=case, text="It has arrived.")
    assert item(view, "acknowledge")["text"] == "It has arrived."
    view = desk.call("message", case=case, text="Which alarm was it?")
    assert item(view, "message")["text"] == "Which alarm was it?"
    view = desk.call(
        "reply",
        case=case,
        outcome="in_part",
        text="Each claim was looked at.",
        answers=ANSWERS,
        signedBy="The Director",
    )
    assert view["state"] == "answered"
    reply = item(view, "reply")["reply"]
    assert [answer["kind"] for answer in reply["answers"]] == ["answered", "referred", "declined"]
    assert [answer["claimText"] for answer in reply["answers"]] == [
        claim["text"] for claim in view["dissent"]["claims"]
    ]
    assert view["may"]["close"] == "close-later"
    with pytest.raises(Refused) as refused:
        desk.call("close", case=case)
    assert refused.value.code == "close-later"
    assert desk.call("today")["cases"][0]["subject"].startswith("The cap on the night shift")

    seen = status(channel, tmp_path, "mine")
    assert seen["state"] == "answered"
    assert [row["event"]["type"] for row in seen["events"]] == ["received", "fetch", "acknowledge", "message", "reply"]
    assert "Which alarm was it?" in str(seen)
    assert "The cap is put off until June." in str(seen)


def test_what_the_command_line_answers_the_browser_reads(channel: Channel, desk: Core, tmp_path: Path) -> None:
    case = filed(channel, tmp_path, "mine")
    by_command(channel, tmp_path, "acknowledge", case)
    (tmp_path / "reply.toml").write_text(
        'outcome = "in_part"\ntext = "Looked at."\n'
        + "".join(f'[[answer]]\nclaim = {n}\nkind = "answered"\ntext = "Yes, it is done, {n}."\n' for n in (1, 2, 3))
    )
    by_command(channel, tmp_path, "reply", case, tmp_path / "reply.toml")
    unlocked(desk, channel, "secretary")

    view = desk.call("fetch", case=case)

    assert item(view, "reply")["reply"]["answers"][2]["text"] == "Yes, it is done, 3."
    assert (item(view, "reply")["fault"], item(view, "reply")["own"]) == ("", False)
    assert (view["may"]["reply"], view["may"]["countersign"]) == ("another-seat", "nothing-to-countersign")
    assert {clock["name"]: clock["state"] for clock in view["clocks"]} == {"ack": "met", "reply": "met"}


def test_a_reply_that_declines_everything_waits_for_a_second_seat(channel: Channel, desk: Core, tmp_path: Path) -> None:
    case = filed(channel, tmp_path, "mine")
    unlocked(desk, channel)
    desk.call("fetch", case=case)
    desk.call("acknowledge", case=case)
    no = [{"claim": n, "kind": "declined", "text": "The count stands.", "to": ""} for n in (1, 2, 3)]
    view = desk.call("reply", case=case, outcome="rejected", text="", answers=no)
    assert (view["state"], item(view, "reply")["reply"]["counts"]) == ("unconfirmed", False)
    assert view["may"]["countersign"] == "own-reply"
    with desk_at(channel.url) as second:
        unlocked(second, channel, "secretary")
        assert second.call("open", case=case)["may"]["countersign"] == "fetch-first"
        with pytest.raises(Refused) as refused:
            second.call("countersign", case=case)
        assert refused.value.code == "fetch-first"
        second.call("fetch", case=case)
        view = second.call("countersign", case=case)
    assert (view["state"], item(view, "reply")["reply"]["counts"]) == ("answered", True)


def test_a_clock_is_extended_once_with_a_reason_and_within_the_charter(
    channel: Channel, desk: Core, tmp_path: Path
) -> None:
    case = filed(channel, tmp_path, "mine")
    unlocked(desk, channel)
    view = desk.call("fetch", case=case)
    [room] = view["extendable"]
    with pytest.raises(Refused) as refused:
        desk.call("extend", case=case, clock=room["clock"], until=room["longest"] + 1, reason="More time.")
    assert refused.value.code == "extension-date"
    view = desk.call("extend", case=case, clock=room["clock"], until=room["longest"], reason="The count takes longer.")
    assert item(view, "extend")["text"] == "The count takes longer."
    assert view["may"]["extend"] == "extended-enough"
    assert "The count takes longer." in str(status(channel, tmp_path, "mine"))


def test_a_seat_that_did_not_read_is_granted_the_case_with_a_reason_and_then_reads_it(
    channel: Channel, desk: Core, tmp_path: Path
) -> None:
    case = filed(channel, tmp_path, "mine")
    with desk_at(channel.url) as head:
        unlocked(head, channel, "agency-head")
        assert case not in {row["case"] for row in head.call("today")["cases"]}
        unlocked(desk, channel)
        view = desk.call("fetch", case=case)
        assert "agency-head" in {office["seat"] for office in view["grantable"]}
        view = desk.call("grant", case=case, to="agency-head", reason="The agency is asked.")
        assert item(view, "grant")["toTitle"]

        view = head.call("fetch", case=case)

    assert view["giver"]["seat"] == "custodian"
    assert view["dissent"]["text"] == TEXT
    assert view["faults"] == []
    assert item(view, "grant")["text"] == "The agency is asked."
    by_command(channel, tmp_path, "fetch", case, "-o", tmp_path / "got", seat="agency-head")


@pytest.mark.adversary
def test_a_seat_that_the_author_left_out_is_offered_to_nobody_and_given_nothing(
    channel: Channel, desk: Core, tmp_path: Path
) -> None:
    case = filed(channel, tmp_path, "mine", "--recuse", "deputy")
    unlocked(desk, channel)
    view = desk.call("fetch", case=case)
    assert "deputy" not in {office["seat"] for office in view["grantable"]}
    with pytest.raises(Refused) as refused:
        desk.call("grant", case=case, to="deputy", reason="The secretary is away.")
    assert refused.value.code == "left-out"


def test_a_case_is_acknowledged_without_being_fetched_and_a_word_with_it_is_not(
    channel: Channel, desk: Core, tmp_path: Path
) -> None:
    case = filed(channel, tmp_path, "mine")
    unlocked(desk, channel)
    assert desk.call("open", case=case)["may"]["acknowledge"] == ""
    with pytest.raises(Refused) as refused:
        desk.call("acknowledge", case=case, text="A word.")
    assert refused.value.code == "fetch-first"
    view = desk.call("acknowledge", case=case, text="")
    assert [row["type"] for row in view["thread"]] == ["received", "acknowledge"]


def test_what_was_said_since_is_fetched_when_one_asks_again(channel: Channel, desk: Core, tmp_path: Path) -> None:
    case = filed(channel, tmp_path, "mine")
    with desk_at(channel.url) as secretary:
        unlocked(secretary, channel, "secretary")
        secretary.call("fetch", case=case)
        unlocked(desk, channel)
        desk.call("fetch", case=case)
        desk.call("message", case=case, text="Which alarm was it?")

        view = secretary.call("open", case=case)
        assert (item(view, "message")["sealed"], item(view, "message")["text"]) == (True, "")
        assert item(secretary.call("fetch", case=case), "message")["text"] == "Which alarm was it?"
        fetched = [row["item"] for row in secretary.call("open", case=case)["thread"] if row["type"] == "fetch"]
    assert fetched == [0, 0, 4]


def test_oversight_has_no_inbox_and_an_old_key_is_told_so(channel: Channel, desk: Core) -> None:
    unlocked(desk, channel, "oversight")
    with pytest.raises(Refused) as refused:
        desk.call("today")
    assert refused.value.code == "no-inbox"


def test_an_act_again_after_the_case_moved_on_is_signed_anew(channel: Channel, desk: Core, tmp_path: Path) -> None:
    case = filed(channel, tmp_path, "mine")
    unlocked(desk, channel)
    desk.call("fetch", case=case)
    by_command(channel, tmp_path, "fetch", case, seat="secretary")

    view = desk.call("message", case=case, text="It moved on meanwhile.")

    assert [row["type"] for row in view["thread"]][-2:] == ["fetch", "message"]


def test_a_day_off_is_refused_by_command_and_browser_with_the_same_next_working_day(
    channel: Channel, desk: Core, tmp_path: Path
) -> None:
    case = filed(channel, tmp_path, "mine")
    unlocked(desk, channel)
    [room] = desk.call("fetch", case=case)["extendable"]
    last = datetime.fromtimestamp(room["longest"], tz=ZoneInfo(room["zone"])).date() - timedelta(days=4)
    saturday = last - timedelta(days=(last.weekday() - 5) % 7)
    words = ["desk", "--key", channel.key("custodian"), *channel.known, "extend", case, "--reason", "More time."]
    done = demur(*words, "--until", saturday.isoformat(), home=tmp_path / "desk-home")
    with pytest.raises(Refused) as refused:
        desk.call("extend", case=case, clock=room["clock"], until=saturday.isoformat(), reason="More time.")
    assert refused.value.code == "extension-day"
    facts = {name: day_words(date.fromisoformat(day)) for name, day in refused.value.facts.items()}
    assert done.code == 1
    assert str(SAYINGS["extension-day"]).format(**facts) in done.err.replace("\n", " ")
    assert desk.call("open", case=case)["thread"][-1]["type"] == "fetch"
    view = desk.call("extend", case=case, clock=room["clock"], until=refused.value.facts["next"], reason="More time.")
    assert item(view, "extend")["text"] == "More time."
