# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a server could tell a desk that is not so, and that the desk's core notices it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from between import Between, between
from core import Core, Refused
from seats import by_command, desk_at, filed, unlocked

from serving import Channel

pytestmark = pytest.mark.adversary


@pytest.fixture
def liar(channel: Channel) -> Iterator[Between]:
    with between(channel.url) as liar:
        yield liar


@pytest.fixture
def lied_to(liar: Between) -> Iterator[Core]:
    with desk_at(liar.address) as desk:
        yield desk


@pytest.fixture(scope="module")
def case(channel: Channel, tmp_path_factory: pytest.TempPathFactory) -> str:
    place = tmp_path_factory.mktemp("lies")
    case = filed(channel, place, "mine")
    by_command(channel, place, "fetch", case)
    by_command(channel, place, "acknowledge", case)
    return case


@pytest.fixture(scope="module")
def other(channel: Channel, tmp_path_factory: pytest.TempPathFactory) -> str:
    return filed(channel, tmp_path_factory.mktemp("beside"), "theirs")


@pytest.fixture(scope="module")
def stage(channel: Channel, case: str) -> Iterator[tuple[Between, Core]]:
    """A liar, and a desk that is unlocked before it begins to lie, and has never seen the case: no memory helps it."""
    with between(channel.url) as liar, desk_at(liar.address) as desk:
        unlocked(desk, channel, "secretary")
        assert case in {row["case"] for row in desk.call("today")["cases"]}
        yield liar, desk


def told(**parts: Any) -> Callable[[dict[str, Any]], None]:
    return lambda answer: answer.update(parts)


def event(n: int, **members: Any) -> Callable[[dict[str, Any]], None]:
    return lambda answer: answer["items"][n - 1]["event"].update(members)


def item(n: int, **members: Any) -> Callable[[dict[str, Any]], None]:
    return lambda answer: answer["items"][n - 1].update(members)


LIES: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "another author": (told(author="0" * 64), "another-author"),
    "another salt": (told(salt="0" * 64), "another-author"),
    "another commitment": (told(commitment="0" * 64), "not-filed"),
    "another charter": (told(charter="0" * 64), "not-filed"),
    "another state": (told(state="answered"), "another-state"),
    "a state of no procedure": (told(state="lost"), "another-state"),
    "no events": (told(items=[]), "bad-answer"),
    "no files": (told(filing=[]), "bad-answer"),
    "another file": (told(filing=[{"role": "body", "sha256": "0" * 64, "size": 9}]), "wrong-file"),
    "an attachment as body": (told(filing=[{"role": "attachment", "sha256": "0" * 64, "size": 9}]), "bad-answer"),
    "events of no form": (told(items=[{"n": 1}]), "bad-answer"),
    "fewer events": (lambda answer: answer["items"].pop(1), "bad-answer"),
    "another seat": (event(3, seat="deputy"), "event-forged"),
    "another signature": (event(3, signature="0" * 128), "event-forged"),
    "a seat that nobody held": (event(3, seat="nobody"), "not-held"),
    "an event of another case": (event(3, case="0" * 32), "another-story"),
    "an event of another channel": (event(3, origin="practice-ffffffffffffffff"), "another-story"),
    "an event after another": (event(3, prev="0" * 64), "another-story"),
    "an event of the future": (event(3, time=4_000_000_000), "dated-ahead"),
    "another place": (item(1, index=7), "another-place"),
    "a place for what is nowhere": (event(3, time=1_700_000_000), "another-place"),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_about_a_case_is_refused(stage: tuple[Between, Core], case: str, lie: str) -> None:
    liar, desk = stage
    change, code = LIES[lie]

    def changed(path: str, answer: Any) -> Any:
        if path.partition("?")[0] == f"/api/v1/cases/{case}":
            change(answer)
        return answer

    liar.lie = changed
    with pytest.raises(Refused) as refused:
        desk.call("open", case=case)
    liar.lie = lambda _, answer: answer
    assert refused.value.code == code, refused.value


def test_fewer_events_than_this_seat_saw_are_noticed_by_the_case_and_by_the_list(
    channel: Channel, liar: Between, case: str
) -> None:
    with desk_at(liar.address) as before:
        unlocked(before, channel)
        before.call("today")
        assert len(before.call("open", case=case)["thread"]) == 3

    def shorter(path: str, answer: Any) -> Any:
        if path.partition("?")[0] == f"/api/v1/cases/{case}":
            answer["items"], answer["state"] = answer["items"][:2], "filed"
        for row in answer.get("cases", []):
            row["seq"] = min(row["seq"], 2)
        return answer

    liar.lie = shorter
    with desk_at(liar.address) as later:  # another day, another browser: what it saw lies sealed on the server
        unlocked(later, channel)
        assert {"code": "case-shorter", "facts": {"case": case, "seq": 2, "seen": 3}} in later.call("today")["faults"]
        with pytest.raises(Refused) as refused:
            later.call("open", case=case)
    assert refused.value.code == "another-story"


def test_a_case_that_the_list_leaves_out_is_named(channel: Channel, liar: Between, lied_to: Core, case: str) -> None:
    unlocked(lied_to, channel)
    lied_to.call("today")
    liar.lie = lambda path, answer: {"cases": []} if path == "/api/v1/desk/cases" else answer
    assert {"code": "case-unknown", "facts": {"case": case}} in lied_to.call("today")["faults"]


@pytest.mark.parametrize(
    "odd",
    [
        {"state": "lost"},
        {"seq": -1},
        {"received": "x"},
        {"met": []},
        {"met": {"ack": -1}},
        {"fetched": {"custodian": "x"}},
        {"fetched": None},
        {"charter": "0"},
        {"case": "0" * 32},
    ],
)
def test_an_odd_row_of_the_list_is_told_and_takes_no_other_case_away(
    channel: Channel, liar: Between, lied_to: Core, case: str, other: str, odd: dict[str, Any]
) -> None:
    unlocked(lied_to, channel)

    def changed(path: str, answer: Any) -> Any:
        if path != "/api/v1/desk/cases":
            return answer
        return {"cases": [{**row, **odd} if row["case"] == case else row for row in answer["cases"]]}

    liar.lie = changed
    told = lied_to.call("today")
    listed = {row["case"] for row in told["cases"]}
    assert other in listed
    assert case not in listed
    assert {fault["facts"]["case"]: fault["code"] for fault in told["faults"]} == {
        case: "case-unknown" if "case" in odd else "case-odd"
    }


def test_a_sealed_file_exchanged_for_another_is_refused(
    channel: Channel, liar: Between, lied_to: Core, case: str
) -> None:
    unlocked(lied_to, channel)
    liar.bytes_lie = lambda _, path, data: (200, data[:-1] + bytes([data[-1] ^ 1]) if "/files/" in path else data)
    with pytest.raises(Refused) as refused:
        lied_to.call("fetch", case=case)
    assert refused.value.code == "wrong-file"


def test_an_inbox_out_of_order_is_refused(channel: Channel, liar: Between, lied_to: Core, case: str) -> None:
    def turned(path: str, answer: Any) -> Any:
        return {**answer, "items": [{**row, "n": 0} for row in answer["items"]]} if "/inbox" in path else answer

    unlocked(lied_to, channel, "agency-head")
    liar.lie = turned
    with pytest.raises(Refused) as refused:
        lied_to.call("today")
    assert refused.value.code == "bad-answer"


def test_another_channel_under_the_same_name_is_noticed_by_a_key_that_worked_here(
    channel: Channel, liar: Between, case: str
) -> None:
    with desk_at(liar.address) as before:
        unlocked(before, channel)
        before.call("today")

    def other(path: str, answer: Any) -> Any:
        if path == "/api/v1/channel":  # one officer more: who signs charter and seats would be somebody else's choice
            answer["channel"]["officers"] = sorted([*answer["channel"]["officers"], "11" * 32])
        return answer

    liar.lie = other
    with desk_at(liar.address) as later, pytest.raises(Refused) as refused:
        unlocked(later, channel)
    assert refused.value.code == "other-channel"
