# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whether an act may be taken: one judgement for the server that records it and for every client that reads it. Pure.

`policy` says who may, `states` which step exists, `timing` what the charter allows of dates; here they are asked together. The server
refuses with the sentence (`advance`); a client that finds in a thread what a server should have refused tells it as a fault and lets
it change nothing (`judge`): else a server and a custodian together could bury a case unseen.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from demur.charter.freeze import Frozen
from demur.charter.zones import when
from demur.dissent import events
from demur.dissent.errors import DissentError, MovedOn, NotPossible
from demur.dissent.policy import check_may
from demur.dissent.states import FILING, Story, Verb, answers_nothing, pass_over, tell
from demur.dissent.timing import check_extension, closing_opens

Times = Mapping[int, int]  # when an event counts, POSIX seconds by seq: as the record proves it, where it is published

DAILY_ACTS: Final = 200  # of one actor on one case in one day (UTC), messages and all else counted apart
# Replies of one seat on one case in one day that answer nothing: each leaves the case where the next is possible too. As many more are
# kept free for replies that answer something, each of which needs a dispute before the next; so those are bounded too, and disputes with
# them, of which a reply has one.
DAILY_REPLIES: Final = 20
# The acts of which an actor may do so many a day, by the group in which they are counted together. What else moves a case on is bounded by
# the procedure itself, so the bound never takes the place of a withdrawal, a reply, or the report that disputes one. A fetch is bounded by
# it too: each seat fetches each text once, and an office that comes back to a long case reads all of it.
_GROUPS: Final[Mapping[Verb, str]] = {
    Verb.MESSAGE: "message",
    Verb.REPLY: "reply",
    **dict.fromkeys((Verb.GRANT, Verb.UNREADABLE, Verb.MISMATCH), "other"),
}

# An act conflicts with these: where one came after what its actor had read, and changed where the case stands, the server refuses the act,
# and whoever reads it tells a fault. What conflicts with nothing (a message, a fetch, a report, a withdrawal) always gets through. The
# table is part of acts of version 2: what it names later holds for acts of a later version only, or an honest history would be faulty.
CONFLICTS: Final[Mapping[Verb, frozenset[Verb]]] = {
    Verb.GRANT: frozenset(),
    Verb.FETCH: frozenset(),
    Verb.MESSAGE: frozenset(),
    Verb.MISMATCH: frozenset(),
    Verb.UNREADABLE: frozenset(),
    Verb.READABLE: frozenset(),
    Verb.WITHDRAW: frozenset(),
    Verb.ACKNOWLEDGE: frozenset({Verb.ACKNOWLEDGE, Verb.WITHDRAW, Verb.UNREADABLE}),
    Verb.REPLY: frozenset({Verb.REPLY, Verb.COUNTERSIGN, Verb.WITHDRAW, Verb.UNREADABLE}),
    Verb.COUNTERSIGN: frozenset({Verb.REPLY, Verb.COUNTERSIGN, Verb.WITHDRAW, Verb.MISMATCH, Verb.UNREADABLE}),
    Verb.EXTEND: frozenset({Verb.EXTEND, Verb.REPLY, Verb.COUNTERSIGN, Verb.WITHDRAW, Verb.UNREADABLE}),
    Verb.CLOSE: frozenset(
        {Verb.REPLY, Verb.COUNTERSIGN, Verb.MISMATCH, Verb.UNREADABLE, Verb.READABLE, Verb.WITHDRAW, Verb.CLOSE}
    ),
}

# No reply without text, no extension or grant without reason.
WITH_TEXT: Final = frozenset({Verb.MESSAGE, Verb.REPLY, Verb.EXTEND, Verb.GRANT})

# What somebody may do on a case that holds an event which their version does not know: to speak, to read and to report a fault.
FREE_OF_UNKNOWN: Final = frozenset(
    {Verb.MESSAGE, Verb.WITHDRAW, Verb.MISMATCH, Verb.UNREADABLE, Verb.READABLE, Verb.FETCH}
)


def advance(frozen: Frozen, story: Story, event: Mapping[str, Any], *, times: Times | None = None) -> Story:
    """The story with one more event, if its actor may take this step now.

    Raises NotAllowed, NotPossible or MovedOn with the sentence. `times` as in `timing.clocks_of`; without it, the log's claims count.
    """
    for _, check in _CHECKS:
        check(frozen, story, event, times or {})
    return tell(story, event)


def judge(frozen: Frozen, story: Story, event: Mapping[str, Any], *, times: Times | None = None) -> tuple[Story, str]:
    """The story with one more event that was read, and what is wrong with it: "" if nothing, else a fault's name
    (`conflict`, `who`, `step`, `extension`, `close`, `fetch`, `time`, `text`). A faulty event changes nothing; nor does one that this
    version does not know.
    """
    if not events.is_known(event):
        return replace(pass_over(story, event), unknown=story.unknown + 1), ""
    if event["type"] not in events.UNSIGNED:
        for name, check in _CHECKS:
            try:
                check(frozen, story, event, times or {})
            except DissentError:
                return pass_over(story, event), name
    try:
        return tell(story, event), ""
    except DissentError:
        return pass_over(story, event), "step"


def check_known(story: Story, verb: Verb) -> None:
    """Raises NotPossible if the case holds an event that this version does not know and `verb` could depend on it."""
    if story.unknown and verb not in FREE_OF_UNKNOWN:
        raise NotPossible(
            "The case holds something that this version of Demur does not know, so this step could be wrong; update Demur, then act."
        )


def check_close(frozen: Frozen, story: Story, *, at: int) -> None:
    """Raises NotPossible, with the day, while the author still has time at `at` (POSIX seconds) to contradict the reply."""
    opens = closing_opens(frozen, story)
    if opens is not None and at <= opens:
        raise NotPossible(
            f"The author has until the end of {when(frozen, opens)} to say that this does not answer; close the case after that."
        )


def conflicts(story: Story, verb: Verb, seen: int) -> bool:
    """Whether something that conflicts with `verb` came after event `seen`, the last that its actor had read."""
    changed = story.changed or {}
    return any(changed.get(other, 0) > seen for other in CONFLICTS[verb])


def bound_reached(story: Story, event: Mapping[str, Any], acts_today: int) -> bool:
    """Whether an actor who has done `acts_today` acts like this one today may do no more of them. A report that disputes the last reply
    is never refused for it.
    """
    verb = Verb(event["type"])
    if verb is Verb.REPLY:
        return acts_today >= (DAILY_REPLIES if answers_nothing(event) else 2 * DAILY_REPLIES)
    if verb not in _GROUPS or acts_today < DAILY_ACTS:
        return False
    return not (
        verb in {Verb.MISMATCH, Verb.UNREADABLE} and event["item"] == story.reply_seq and not story.disputed_seq
    )


def group_of(verb: Verb) -> str:
    """The name of the acts that are counted together with `verb`; "" for one that is not counted."""
    return _GROUPS.get(verb, "")


def _check_who(frozen: Frozen, story: Story, event: Mapping[str, Any], _times: Times) -> None:
    check_may(frozen.charter, Verb(event["type"]), event["seat"], story)


def _check_conflict(_frozen: Frozen, story: Story, event: Mapping[str, Any], _times: Times) -> None:
    if event["v"] > 1 and conflicts(story, Verb(event["type"]), event["seen"]["seq"]):
        raise MovedOn("Something came since you read the case that this act depends on; read it again, then act.")


def _check_step(_frozen: Frozen, story: Story, event: Mapping[str, Any], _times: Times) -> None:
    tell(story, event)


def _check_extension(frozen: Frozen, story: Story, event: Mapping[str, Any], times: Times) -> None:
    if event["type"] == Verb.EXTEND:
        check_extension(frozen, story, clock=event["clock"], until=event["until"], version=event["v"], times=times)


def _check_close(frozen: Frozen, story: Story, event: Mapping[str, Any], times: Times) -> None:
    if event["type"] == Verb.CLOSE and event["v"] > 1:
        check_close(frozen, story, at=max(event["time"], times.get(event["seq"], 0)))


def _check_fetch(_frozen: Frozen, story: Story, event: Mapping[str, Any], _times: Times) -> None:
    if event["type"] != Verb.FETCH or event["v"] == 1:
        return
    if event["item"] != FILING and event["item"] not in story.bodies:
        raise NotPossible(
            "There is no sealed text of that number in the case; read the case again, then fetch what it has."
        )
    if (event["seat"], event["item"]) in story.fetched:
        raise NotPossible("That this seat's key fetched it is recorded already; nothing more is needed.")


def _check_text(_frozen: Frozen, _story: Story, event: Mapping[str, Any], _times: Times) -> None:
    if event["v"] > 1 and event["type"] in WITH_TEXT and not event["body"]:
        raise NotPossible(f"A {event['type']} needs a sealed text; write one and send it with the act.")


def _check_time(_frozen: Frozen, story: Story, event: Mapping[str, Any], _times: Times) -> None:
    if event["v"] > 1 and event["time"] < story.time:
        raise NotPossible("The act is dated before the one it follows; set the server's clock.")


_CHECKS: Final[tuple[tuple[str, Callable[[Frozen, Story, Mapping[str, Any], Times], None]], ...]] = (
    ("conflict", _check_conflict),
    ("who", _check_who),
    ("step", _check_step),
    ("extension", _check_extension),
    ("close", _check_close),
    ("fetch", _check_fetch),
    ("time", _check_time),
    ("text", _check_text),
)
