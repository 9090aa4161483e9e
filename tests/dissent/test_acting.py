# SPDX-License-Identifier: AGPL-3.0-or-later
"""Acts on the server: what is refused, in which words; what conflicts; what is sent again; what a flood cannot take from others."""

import json
import os
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from acting_ground import AUTHOR, DAY, SEALED, Thread, World, keep
from django.db import connection, transaction

from demur.dissent import events, snapshots
from demur.dissent.actions import performing
from demur.dissent.errors import DissentError, EventError, MovedOn, NotAllowed, NotPossible, TooMany
from demur.dissent.kept_state import folded, snapshot_of
from demur.dissent.models import Event
from demur.dissent.procedure import DAILY_ACTS
from demur.dissent.states import State, Verb
from demur.entries.models import Checkpoint, Entry
from demur.entries.writing import append
from demur.people.models import Statement
from demur.record.entry import readable_entry
from demur.seal.signing import SigningKey
from demur.site import ticker
from demur.site.ticker import publish_readable

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World.found(tmp_path)


@pytest.fixture
def thread(world: World) -> Thread:
    return world.file()


def answered(thread: Thread) -> Thread:
    thread.do("acknowledge", thread.world.custodian)
    thread.reply()
    return thread


def told(thread: Thread, seq: int) -> dict[str, Any]:
    return dict(json.loads(Event.objects.get(case=thread.id, seq=seq).text))


# the place, the time, what was seen


def test_the_log_gives_an_act_its_place_and_a_time_not_before_the_last_events(thread: Thread) -> None:
    first = thread.act("acknowledge", thread.world.custodian)
    thread.do("message")
    thread.world.now -= 3_600  # a clock that was set back
    row = thread.send(first)

    event = told(thread, row.seq)
    assert (event["seq"], event["seen"]["seq"]) == (3, 1)
    assert event["prev"] == thread.seen(2)["commitment"]
    assert event["time"] == told(thread, 2)["time"]
    events.verify_act(event, thread.key(thread.world.custodian).public)


@pytest.mark.parametrize("seq", [0, 1, 9])
def test_what_was_seen_must_be_an_event_of_the_case(thread: Thread, seq: int) -> None:
    with pytest.raises(EventError, match="not in this case"):
        thread.do("message", seen={"seq": seq, "commitment": "ab" * 32})


def test_the_authors_own_event_may_be_the_last_that_was_seen(thread: Thread) -> None:
    thread.do("message", seen=thread.seen(0))


def test_a_conflicting_act_is_refused_and_any_other_passes(thread: Thread) -> None:
    world = thread.world
    answered(thread)
    thread.do("mismatch", item=3, fact="answers")
    assert thread.case.state == State.DISPUTED
    with pytest.raises(MovedOn):  # who had not seen the dispute does not mend it blindly
        thread.do("countersign", world.others[0], reply=3, seen=thread.seen(3))
    thread.do("message", seen=thread.seen(1))
    thread.do("countersign", world.others[0], reply=3)
    assert thread.case.state == State.ANSWERED


def test_acts_wait_where_the_seats_changed(thread: Thread) -> None:
    act = thread.act("message", body=SEALED)
    thread.world.new_roster()
    with pytest.raises(MovedOn, match="seats have changed"):
        thread.send(act, body=SEALED)


@pytest.mark.parametrize("by", ["author", "seat"])
def test_the_key_that_an_act_names_is_the_one_in_force(thread: Thread, by: str) -> None:
    actor = AUTHOR if by == "author" else thread.world.custodian
    verb, stranger = ("message", SigningKey.generate(os.urandom))
    act = thread.act(verb, actor, body=SEALED, key=stranger.public.hex())
    request = performing.Request(
        act=act,
        signature=events.sign_act(act, stranger),
        rules=thread.world.rules,
        ground=thread.world.ground,
        files=[("body", SEALED)],
    )
    with pytest.raises(EventError, match="another signing key"), transaction.atomic():
        performing.perform(performing.locked(thread.id), request, verb=Verb(verb), by=actor, at=thread.world.now)


def test_attachments_are_refused_in_this_version(thread: Thread) -> None:
    with pytest.raises(EventError, match="no attachments"):
        thread.do("message", attachments=["ab" * 32])


# the same act again


def test_the_same_act_again_gets_the_same_answer_wherever_it_stands(thread: Thread) -> None:
    """The answer was lost, and others acted meanwhile: it is not done twice, and not refused."""
    act = thread.act("message", body=SEALED + b"once")
    first = thread.send(act, body=SEALED + b"once")
    for _ in range(3):
        thread.do("message", thread.world.custodian)
    again = thread.send(act, body=SEALED + b"once")

    assert (again.seq, again.promise, again.text) == (first.seq, first.promise, first.text)
    assert thread.case.seq == 5


def test_the_same_act_of_version_1_again_gets_the_same_answer(thread: Thread) -> None:
    act = thread.act("message", version=1, body=SEALED + b"old")
    first = thread.send(act, body=SEALED + b"old")
    Event.objects.filter(case=thread.id, seq=first.seq).update(act=None)  # as rows of an earlier version are
    thread.do("message")
    assert thread.send(act, body=SEALED + b"old").seq == first.seq
    with pytest.raises(MovedOn):
        thread.send(thread.act("message", version=1, body=SEALED + b"other", seq=2), body=SEALED + b"other")


# the steps


def test_two_seats_words_end_the_clocks_and_the_authors_word_restores_them(thread: Thread) -> None:
    world = thread.world
    thread.do("unreadable", world.custodian, item=0)
    assert thread.case.state == State.FILED
    thread.do("unreadable", world.others[0], item=0)
    assert thread.case.state == State.UNREADABLE
    with pytest.raises(NotPossible, match="The author has until the end of"):
        thread.do("close", world.custodian)
    thread.do("readable", item=0)
    assert thread.case.state == State.FILED
    world.now += 20 * DAY
    with pytest.raises(NotPossible, match="clock still runs"):
        thread.do("close", world.custodian)


def test_what_could_not_be_read_can_be_closed_after_the_authors_window(thread: Thread) -> None:
    world = thread.world
    for seat in (world.custodian, world.others[0]):
        thread.do("unreadable", seat, item=0)
    world.now += 20 * DAY
    thread.do("close", world.custodian)
    assert thread.case.state == State.CLOSED
    thread.do("readable", item=0)
    assert thread.case.state == State.FILED


def test_a_reply_is_closed_ten_working_days_after_it_and_a_fault_opens_it_again(thread: Thread) -> None:
    world = thread.world
    answered(thread)
    with pytest.raises(NotPossible, match="The author has until the end of"):
        thread.do("close", world.custodian)
    world.now += 20 * DAY
    thread.do("close", world.custodian)
    thread.do("mismatch", item=3, fact="answers")
    assert thread.case.state == State.DISPUTED
    with pytest.raises(NotPossible, match="disputed"):
        thread.do("close", world.custodian)


@pytest.mark.parametrize("case", ["none", "same", "liecounts"])
@pytest.mark.adversary
def test_a_reply_that_answers_nothing_does_not_bury(thread: Thread, case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The review's p2: counts of nothing, counts that lie, then close at once. What the server sees decides alone for `none`; for the
    others the author's report does, and closing waits for it."""
    world = thread.world
    thread.do("acknowledge", world.custodian)
    planted = world.file()
    planted.do("acknowledge", world.custodian)
    numbers = {"none": (0, 0), "same": (2, 0), "liecounts": (2, 0)}[case]
    with monkeypatch.context() as hole:
        hole.setattr("demur.dissent.states.answers_nothing", lambda _: False)
        hole.setattr("demur.dissent.procedure.closing_opens", lambda *_: None)
        planted.reply(answered=numbers[0], declined=numbers[1])
        planted.do("close", world.custodian)
    buried = planted.case.state

    thread.reply(answered=numbers[0], declined=numbers[1])
    with pytest.raises(NotPossible):
        thread.do("close", world.custodian)
    if case != "none":
        thread.do("mismatch", item=3, fact="answers")
    world.now += 20 * DAY
    with pytest.raises(NotPossible):
        thread.do("close", world.custodian)
    print(f"{case}: planted hole ends as {buried}; the product as {thread.case.state}")
    assert (buried, thread.case.state) == ("closed", "unconfirmed" if case == "none" else "disputed")


@pytest.mark.adversary
def test_a_fetch_is_not_signed_in_advance(thread: Thread, monkeypatch: pytest.MonkeyPatch) -> None:
    """The review's p5: a seat signs that it fetched texts which are not yet written."""
    seat, items = thread.world.others[0], range(4, 10)
    planted = thread.world.file()
    with monkeypatch.context() as hole:
        checks = tuple(row for row in performing.advance.__globals__["_CHECKS"] if row[0] != "fetch")
        hole.setattr("demur.dissent.procedure._CHECKS", checks)
        for item in items:
            planted.do("fetch", seat, item=item)
    refused = 0
    for item in items:
        with pytest.raises(NotPossible, match="no sealed text"):
            thread.do("fetch", seat, item=item)
        refused += 1
    print(
        f"planted hole takes {planted.case.seq - 1} of {len(items)} fetches of what is not there; the product {len(items) - refused}"
    )
    thread.do("message")
    thread.do("fetch", seat, item=2)
    with pytest.raises(NotPossible, match="recorded already"):
        thread.do("fetch", seat, item=2)


def test_who_may_is_asked_of_the_charter(thread: Thread) -> None:
    with pytest.raises(NotAllowed):
        thread.do("acknowledge", thread.world.others[0])
    with pytest.raises(NotAllowed):
        thread.do("acknowledge", AUTHOR)


# floods


def flood(thread: Thread, by: str, most: int) -> int:
    """Messages of one actor until they are refused; how many were taken."""
    for n in range(most):
        try:
            thread.do("mismatch" if by else "message", by, **({"item": 0, "fact": f"n{n}"} if by else {}))
        except TooMany:
            return n
    return most


@pytest.mark.adversary
@pytest.mark.parametrize("who", ["author", "seat"])
def test_while_one_floods_everybody_elses_act_gets_through_at_the_first_try(
    thread: Thread, who: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The review's p19. Each victim reads the case, the flood goes on, the victim's act arrives."""
    world = thread.world
    flooder = AUTHOR if who == "author" else world.others[0]
    everybody = [("message", AUTHOR), ("acknowledge", world.custodian), ("message", world.custodian)]
    everybody += [("fetch", world.others[-1]), ("withdraw", AUTHOR)]
    victims = [(verb, by) for verb, by in everybody if by != flooder]

    def rate(flooded: Thread) -> str:
        through = 0
        for verb, by in victims:
            read = flooded.seen()
            flood(flooded, flooder, 3)
            try:
                flooded.do(verb, by, seen=read, **({"item": 0} if verb == "fetch" else {}))
                through += 1
            except MovedOn:
                pass
        return f"{through}/{len(victims)}"

    product = rate(thread)
    with monkeypatch.context() as hole:  # as it was: refused unless what was seen is the last event
        hole.setattr("demur.dissent.procedure.conflicts", lambda story, _verb, seen: seen != story.seq)
        planted = rate(world.file())
    print(f"{who} floods: planted hole lets {planted} through at the first try, the product {product}")
    assert planted == f"0/{len(victims)}"
    assert product == f"{len(victims)}/{len(victims)}"


@pytest.mark.adversary
def test_acts_are_bounded_and_the_bound_takes_no_necessary_acts_place(thread: Thread) -> None:
    world = thread.world
    answered(thread)
    taken = flood(thread, AUTHOR, DAILY_ACTS + 50)
    assert taken == DAILY_ACTS
    for n in range(DAILY_ACTS):
        thread.do("mismatch", item=0, fact=f"n{n}")
    with pytest.raises(TooMany, match="again in"):
        thread.do("mismatch", item=0, fact="one more")
    thread.do("mismatch", item=3, fact="answers")  # what disputes the reply is never refused for it
    assert thread.case.state == State.DISPUTED
    thread.do("message", world.custodian)
    thread.reply()
    world.now += DAY
    thread.do("message")
    print(
        f"{taken} messages and {DAILY_ACTS} reports of one author in a day; then refused, the dispute and the reply taken"
    )


def test_an_office_that_comes_back_to_a_long_case_fetches_all_of_it_in_one_day(thread: Thread) -> None:
    """The author wrote on several days; the bound of a day is of what was written, and each seat fetches each text once."""
    world = thread.world
    written = 0
    for _ in range(2):
        written += flood(thread, AUTHOR, DAILY_ACTS)
        world.now += DAY
    texts = [row.seq for row in thread.case.events.order_by("seq") if row.body]
    assert len(texts) == written == 2 * DAILY_ACTS
    for seq in texts:
        thread.do("fetch", world.custodian, item=seq)
    with pytest.raises(NotPossible, match="recorded already"):
        thread.do("fetch", world.custodian, item=texts[0])
    print(f"{len(texts)} texts fetched by one seat in one day, where {DAILY_ACTS} acts of other kinds are taken")


# what is kept beside the events


def steps(thread: Thread) -> tuple[int, float]:
    """The database's steps, and seconds of CPU, that a message costs: the least of five."""
    connection.ensure_connection()
    counted = [0]

    def count() -> int:
        counted[0] += 1
        return 0

    found = []
    connection.connection.set_progress_handler(count, 1)
    for _ in range(5):
        body = SEALED + os.urandom(8)
        act = thread.act("message", thread.world.custodian, body=body)
        counted[0], began = 0, time.process_time()
        thread.send(act, body=body)
        found.append((counted[0], time.process_time() - began))
    connection.connection.set_progress_handler(None, 0)
    return min(steps for steps, _ in found), min(seconds for _, seconds in found)


def lengthen(thread: Thread, count: int) -> None:
    """So many messages of the author, some a day."""
    for _ in range(count):
        thread.world.now += 1_000
        thread.do("message")


@pytest.mark.adversary
def test_an_act_on_a_long_case_costs_what_one_on_a_short_case_costs(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The review's p18: at 889 events an act cost 74 ms of CPU, for each read all before it."""
    short, long = world.file(), world.file()
    lengthen(short, 10)
    lengthen(long, 1_000)
    few, many = steps(short), steps(long)
    with monkeypatch.context() as hole:
        hole.setattr(performing, "snapshot_of", folded)
        planted = steps(long)
    for name, (found, seconds) in {"at 10 events": few, "at 1,000": many, "at 1,000, planted": planted}.items():
        print(f"an act {name}: {found} steps, {seconds * 1e3:.1f} ms of CPU")
    assert many[0] < 1.5 * few[0]
    assert many[1] < 2 * few[1] + 0.002
    assert planted[0] > 3 * many[0]


def test_what_is_kept_is_what_the_events_say(world: World) -> None:
    thread = answered(world.file())
    thread.do("mismatch", item=3, fact="answers")
    thread.do("fetch", world.others[0], item=0)
    thread.do("fetch", world.others[0], item=3)
    thread.do("message", version=1)

    kept = snapshot_of(thread.case)
    assert thread.case.story_v == snapshots.VERSION
    assert snapshots.load(snapshots.dump(kept)) == kept
    assert kept == folded(thread.case)
    assert snapshots.dump(kept) == snapshots.dump(folded(thread.case)) == thread.case.story


@pytest.mark.parametrize("story", [None, "", "{}", '{"story":{"state":"burnt"}}', "[]"])
def test_what_is_of_another_version_or_no_snapshot_is_folded_from_the_events(thread: Thread, story: str | None) -> None:
    answered(thread)
    wanted = folded(thread.case)
    for version in (None, 0, snapshots.VERSION):
        type(thread.case).objects.filter(id=thread.id).update(story=story, story_v=version)
        assert snapshot_of(thread.case) == wanted
    thread.do("message")
    assert snapshot_of(thread.case).story.seq == 4


def test_a_seats_act_of_version_1_is_refused_and_one_that_was_recorded_gets_its_answer_again(
    thread: Thread, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An office with an old client could choose the old rules, by which a reply that answers nothing counts."""
    act = thread.act("acknowledge", thread.world.custodian, version=1)
    with pytest.raises(EventError, match="older client"):
        thread.send(act)
    with monkeypatch.context() as before:
        before.setattr(performing, "check_version", lambda _: None)
        row = thread.send(act)
    assert thread.send(act).seq == row.seq
    thread.do("message", version=1)


def test_old_rows_are_told_as_they_were_accepted(thread: Thread, monkeypatch: pytest.MonkeyPatch) -> None:
    """Version 1 knew no author's window, no dispute and no bound on what is fetched."""
    monkeypatch.setattr(performing, "check_version", lambda _: None)
    world = thread.world
    thread.do("fetch", world.custodian, version=1, item=77)
    thread.do("acknowledge", world.custodian, version=1)
    thread.reply(version=1, answered=0)
    assert thread.case.state == State.ANSWERED
    thread.do("mismatch", version=1, item=4, fact="answers")
    thread.do("close", world.custodian, version=1)
    assert folded(thread.case).story.state is State.CLOSED


def test_nothing_is_written_by_an_act_that_is_refused(thread: Thread) -> None:
    before = vars(thread.case)
    for verb, by, members in (
        ("close", thread.world.custodian, {}),
        ("countersign", thread.world.others[0], {"reply": 1}),
        ("acknowledge", AUTHOR, {}),
        ("fetch", thread.world.custodian, {"item": 5}),
    ):
        with pytest.raises(DissentError):
            thread.do(verb, by, **members)
    after = vars(thread.case)
    assert {name: value for name, value in before.items() if name != "_state"} == {
        name: value for name, value in after.items() if name != "_state"
    }


# the seats change


def adopted(world: World) -> str:
    """A roster that waits for its place, as `demur seat fill` leaves it; its leaf hash."""
    number = Statement.objects.filter(kind=Statement.SEATS).count() + 1
    assert world.rules.roster is not None
    statement = replace(world.rules.roster, serial=number).statement(world.ground.channel.origin)
    Statement.objects.filter(kind=Statement.SEATS, number=number).delete()
    with transaction.atomic():
        append(readable_entry(statement))
    return keep(Statement.SEATS, statement, number=number)


@pytest.mark.adversary
def test_no_act_of_a_seat_enters_the_record_behind_a_newer_roster(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Readers let an act under a replaced roster count only where it was published not later than the tick of the new one. An honest
    server puts none behind it: what waits is published with the roster, and what comes while the roster waits for its witnesses waits."""
    world = World.found(tmp_path, at_once=False)
    thread = world.file()

    def behind() -> int:
        early = thread.do("message", world.custodian)
        new = adopted(world)
        publish_readable(world.ground, now=world.now)
        try:
            late = [thread.do("message", world.custodian)]
        except MovedOn:
            late = []
        world.tick()
        place = Entry.objects.get(leaf_hash=bytes.fromhex(new)).index
        until = Checkpoint.objects.filter(size__gt=place).order_by("size").first()
        assert until is not None
        leaves = [bytes(row.leaf_hash) for row in [early, *late]]
        return Entry.objects.filter(leaf_hash__in=leaves, index__gte=until.size).count()

    monkeypatch.setattr(ticker, "_frozen", lambda: world.frozen)
    product = behind()
    with monkeypatch.context() as hole:
        hole.setattr(ticker, "roster_waits", lambda: False)
        hole.setattr(performing, "placed_roster", lambda: "")
        planted = behind()
    print(f"acts behind the new roster: planted {planted} of 2, the product {product}")
    assert (planted, product) == (2, 0)
