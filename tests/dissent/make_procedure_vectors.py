# SPDX-License-Identifier: AGPL-3.0-or-later
"""Makes `spec/vectors/procedure.json`: `python tests/dissent/make_procedure_vectors.py`. What can happen to a case, who may, and what its
clocks show, as the server decides it and the browser must.

Histories are drawn from a seed: verbs in any order, possible or not, with times before and after each due date.
"""

import json
import random
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from demur.charter.builtin import builtin_text
from demur.charter.errors import CharterError
from demur.charter.freeze import Frozen, freeze_text
from demur.charter.seating import complete_facts, readers
from demur.client.thread import in_force_at
from demur.dissent.errors import DissentError
from demur.dissent.events import FIELDS, SINCE
from demur.dissent.policy import answering_seats, can_may
from demur.dissent.procedure import CONFLICTS, judge
from demur.dissent.states import TABLE, Refused, State, Story, Verb, tell
from demur.dissent.timing import check_extension, clocks_of, closing_opens, extension_end

PATH: Final = Path(__file__).parents[2] / "spec" / "vectors" / "procedure.json"
CHARTERS: Final = (
    "demur-default",
    "us-state-2fam070",
    "us-nrc-dpo",
    "us-nrc-nonconcurrence",
    "us-nasa-dissent",
    "eu-2019-1937",
    "us-ca-sb53",
)
EXTENSION: Final = '[extension]\nclock = "reply"\nby = "designated"\nmax = 2\nlongest = 1\n\n'
CONFLICTING: Final = ("us-state-2fam070",)  # a charter under which every act can be done
HISTORIES: Final = 60  # for each charter
RECEIVED: Final = 1_795_441_200  # Monday 23 November 2026, noon in New York
DAY: Final = 86_400
EXTRA: Final[dict[str, dict[str, Any]]] = {
    "grant": {"to": "head", "sealed": "0" * 64},
    "mismatch": {"fact": "answers"},
    "readable": {"item": 0},
}


def make(frozen: Sequence[Frozen]) -> dict[str, Any]:
    """The whole file, for these charters."""
    about = "Made by tests/dissent/make_procedure_vectors.py."
    conflicts = {verb: sorted(others) for verb, others in CONFLICTS.items()}
    rest = {"conflicts": conflicts, "in_force": in_force()}
    return {"about": about, "table": table(), **rest, "charters": [charter(row) for row in frozen]}


def in_force() -> list[dict[str, Any]]:
    """Whether an act at a place in the record counts: its roster stands at 10; the next at 20, proven by a checkpoint of 22 entries or, by
    a server in collusion, of 90; the reader knows of further checkpoints.
    """
    rows = []
    for following, sizes in (
        (None, [40]),
        ((20, 22), [11]),
        ((20, 90), []),
        ((20, 90), [11, 20, 24, 60]),
        ((20, 90), [21]),
    ):
        for index in (9, 10, 11, 19, 20, 21, 22, 23, 24, 59, 60, 89, 90):
            counts = in_force_at(index, own=10, following=following, sizes=frozenset(sizes))
            rows.append({"index": index, "own": 10, "following": following, "sizes": sizes, "counts": counts})
    return rows


def table() -> dict[str, Any]:
    """state -> verb -> the next state, or the sentence of the refusal."""
    return {
        state: {
            verb: {"refused": answer.sentence} if isinstance(answer, Refused) else {"next": str(answer)}
            for verb, answer in row.items()
        }
        for state, row in TABLE.items()
    }


def charter(frozen: Frozen) -> dict[str, Any]:
    """One charter's statement, who may under it, who reads, and what its clocks show."""
    drawn = random.Random(frozen.charter.id)
    return {
        "statement": frozen.entry("dissent.example.org", 0),
        "may": may(frozen),
        "answering": answering_seats(frozen.charter),
        "readers": reading(frozen),
        "overtaken": overtaken(frozen) if frozen.charter.id in CONFLICTING else [],
        "histories": [history(frozen, drawn) for _ in range(HISTORIES)],
    }


# How each act comes to change where a case stands, as (verb, which of the seats that may, further members).
_LEADS: Final[dict[str, tuple[tuple[str, int, dict[str, Any]], ...]]] = {
    "acknowledge": (("acknowledge", 0, {}),),
    "withdraw": (("withdraw", 0, {}),),
    "unreadable": (("unreadable", 1, {"item": 0}), ("unreadable", 2, {"item": 0})),
    "readable": (("unreadable", 1, {"item": 0}), ("unreadable", 2, {"item": 0}), ("readable", 0, {})),
    "reply": (("acknowledge", 0, {}), ("reply", 0, {"answered": 1, "referred": 0, "declined": 0})),
    "countersign": (
        ("acknowledge", 0, {}),
        ("reply", 0, {"answered": 0, "referred": 0, "declined": 1}),
        ("countersign", 0, {"reply": 3}),
    ),
    "mismatch": (
        ("acknowledge", 0, {}),
        ("reply", 0, {"answered": 1, "referred": 0, "declined": 0}),
        ("mismatch", 0, {"item": 3}),
    ),
    "extend": (("acknowledge", 0, {}), ("extend", 0, {"clock": "reply", "until": RECEIVED + 118 * DAY})),
    "close": (("withdraw", 0, {}), ("close", 0, {})),
}
_THEN: Final[dict[str, dict[str, Any]]] = {
    "reply": {"answered": 1, "referred": 0, "declined": 0},
    "countersign": {"reply": 3},
    "extend": {"clock": "reply", "until": RECEIVED + 119 * DAY},
    "fetch": {"item": 0},
    "unreadable": {"item": 0},
    "mismatch": {"item": 3},
}


def overtaken(frozen: Frozen) -> list[dict[str, Any]]:
    """After each act that changes where a case stands: what is wrong with every act whose actor had not read it, and had read it."""
    rows = []
    for other, lead in _LEADS.items():
        received = {"v": 1, "seq": 1, "type": "received", "seat": "", "time": RECEIVED, "body": ""}
        story, told = tell(Story(), received), [received]
        for verb, which, members in lead:
            told.append(_next(frozen, story, verb, which, story.seq, members))
            story, fault = judge(frozen, story, told[-1])
            assert fault == "", (other, verb, fault)
        after = {
            str(verb): [
                judge(frozen, story, _next(frozen, story, verb, 0, seen, _THEN.get(verb, {})))[1]
                for seen in (story.seq - 1, story.seq)
            ]
            for verb in Verb
        }
        acts = {str(verb): _next(frozen, story, verb, 0, story.seq, _THEN.get(verb, {})) for verb in Verb}
        rows.append({"other": other, "events": told, "acts": acts, "unread_and_read": after})
    return rows


def _next(frozen: Frozen, story: Story, verb: str, which: int, seen: int, members: dict[str, Any]) -> dict[str, Any]:
    """The next event, by one of those who may do it at all."""
    actors = ["", *(seat.id for seat in frozen.charter.reading_seats)]
    may = [seat for seat in actors if can_may(frozen.charter, Verb(verb), seat, replace(story, extensions=0))]
    event = {
        "v": 2,
        "seq": story.seq + 1,
        "type": str(verb),
        "seat": may[which],
        "time": RECEIVED + DAY,
        "body": "0" * 64,
    }
    return {**event, **EXTRA.get(verb, {}), **members, "seen": {"seq": seen}}


def may(frozen: Frozen) -> list[dict[str, Any]]:
    """Which seats may take which step, before any extension, after one, and where the first seat has replied."""
    seats = ["", *(seat.id for seat in frozen.charter.seats), "nobody"]
    replied = frozen.charter.custodian
    stories = [Story(), Story(extensions=1), Story(state=State.UNCONFIRMED, reply_seq=4, reply_seat=replied)]
    return [
        {
            "extensions": story.extensions,
            "reply_seat": story.reply_seat,
            "may": {seat: [str(v) for v in Verb if can_may(frozen.charter, v, seat, story)] for seat in seats},
        }
        for story in stories
    ]


def reading(frozen: Frozen) -> list[dict[str, Any]]:
    """Who reads for each answer to each question, with nobody, the first and everybody left out."""
    facts = frozen.charter.facts
    stated: list[dict[str, str]] = [{}, {"unknown": "x"}]
    stated += [{fact.id: answer} for fact in facts for answer in (*fact.choices, "none of them")]
    ids = [seat.id for seat in frozen.charter.reading_seats]
    return [_reading(frozen, said, recused) for said in stated for recused in ([], ids[:1], ids, ["nobody"])]


def _reading(frozen: Frozen, stated: dict[str, str], recused: list[str]) -> dict[str, Any]:
    row: dict[str, Any] = {"facts": stated, "recused": recused}
    try:
        whole = complete_facts(frozen.charter, stated)
        return {**row, "readers": [seat.id for seat in readers(frozen.charter, whole, frozenset(recused))]}
    except CharterError:
        return {**row, "readers": None}


def history(frozen: Frozen, drawn: random.Random) -> dict[str, Any]:
    """Events one after another, each with what is wrong with it ("" if nothing), and what the clocks show at a moment after them."""
    story, rows, times, now = Story(), [], {1: RECEIVED}, RECEIVED
    received = {"v": 1, "seq": 1, "type": "received", "seat": "", "time": RECEIVED, "body": ""}
    rows.append({"event": received, "fault": ""})
    story = tell(story, received)
    for _ in range(drawn.randrange(12)):
        now += drawn.choice((0, 3600, DAY, DAY, 5 * DAY, 12 * DAY, 40 * DAY, 100 * DAY))
        event = _event(frozen, story, drawn, now)
        known = dict(times)
        if drawn.random() < 0.8:
            known[event["seq"]] = now + drawn.choice((0, 0, DAY))
        story, fault = judge(frozen, story, event, times=known)
        times = known
        rows.append({"event": event, "fault": fault})
    now += drawn.choice((0, DAY, 30 * DAY))
    shown = [asdict(row) for row in clocks_of(frozen, story, times, now)]
    return {
        "events": rows,
        "times": times,
        "now": now,
        "state": str(story.state),
        "told": {name: getattr(story, name) for name in TOLD},
        "clocks": shown,
        "closing_opens": closing_opens(frozen, story),
        "extensions": _extensions(frozen, story, times),
        "ends": _ends(frozen, story),
    }


# What the story holds beside its state, as far as it is a number or nothing.
TOLD: Final = (
    "seq",
    "acknowledged_seq",
    "reply_seq",
    "reply_v",
    "disputed_seq",
    "author_disputes",
    "answered_seq",
    "withdrawn_seq",
    "closed_seq",
    "extensions",
    "unreadable_seq",
    "readable_seq",
    "unknown",
)


def _event(frozen: Frozen, story: Story, drawn: random.Random, now: int) -> dict[str, Any]:
    verb = str(drawn.choice([*Verb, *LIKELY.get(story.state, ())] if drawn.random() < 0.9 else ["appeal"]))
    version = drawn.choice((1, 2, 2, 2, 2)) if verb in FIELDS and SINCE.get(verb, 1) == 1 else drawn.choice((2, 2, 3))
    seats = [seat.id for seat in frozen.charter.reading_seats]
    seat = drawn.choice([frozen.charter.custodian, *SPEAKS.get(verb, (frozen.charter.custodian,)), *seats[:3]])
    event: dict[str, Any] = {
        "v": version,
        "seq": story.seq + 1,
        "type": verb,
        "seat": seat,
        "time": now - drawn.choice((0, 0, 0, 0, 0, 0, 0, 7200)),
        "body": drawn.choice(("", *["0" * 64] * 4)),
        **EXTRA.get(verb, {}),
    }
    if version > 1:  # mostly all of it was read; sometimes the last events were not
        read = max(story.seq - drawn.choice((0, 0, 0, 0, 0, 1, 2, 4)), 0)
        event["seen"] = {"seq": read}
    if verb == "reply":
        event |= drawn.choice(COUNTS)
    if verb == "countersign":
        event["reply"] = drawn.choice((story.reply_seq or 2, story.reply_seq or 2, 99))
    if verb == "extend":
        event |= {
            "clock": drawn.choice(("reply", "reply", "ack")),
            "until": RECEIVED + drawn.choice((50, 92, 95, 100, 110, 120, 125, 150)) * DAY,
        }
    if verb in {"mismatch", "unreadable"}:
        event["item"] = drawn.choice((0, 0, story.reply_seq or 0, story.reply_seq or 3))
    if verb == "fetch":
        event["item"] = drawn.choice((0, 1, *sorted(story.bodies)))
    return event


# Who beside the seats says it often: the author.
SPEAKS: Final = dict.fromkeys(("message", "withdraw", "mismatch", "readable", "unreadable"), ("", ""))
# What often comes next, so that histories reach far.
LIKELY: Final[dict[State, tuple[str, ...]]] = {
    State.FILED: ("acknowledge", "acknowledge", "unreadable", "unreadable"),
    State.ACKNOWLEDGED: ("reply",) * 5 + ("extend",) * 4,
    State.UNCONFIRMED: ("countersign", "countersign", "mismatch"),
    State.DISPUTED: ("countersign", "countersign", "reply", "mismatch", "close"),
    State.ANSWERED: ("mismatch",) * 5 + ("close",) * 5 + ("unreadable",),
    State.UNREADABLE: ("close", "readable", "withdraw"),
    State.CLOSED: ("mismatch", "readable", "message"),
}
COUNTS: Final = (
    {"answered": 2, "referred": 0, "declined": 1},
    {"answered": 2, "referred": 0, "declined": 1},
    {"answered": 0, "referred": 0, "declined": 3},
    {"answered": 0, "referred": 0, "declined": 0},
)


def _extensions(frozen: Frozen, story: Story, times: dict[int, int]) -> list[list[Any]]:
    """Which dates the charter lets the reply clock be extended to, by an act of which version."""
    tried = ((v, days) for v in (1, 2) for days in (1, 60, 90, 95, 118, 119, 120, 121, 150, 400, 5000))
    return [[v, days, _can_extend(frozen, story, times, RECEIVED + days * DAY, v)] for v, days in tried]


def _ends(frozen: Frozen, story: Story) -> list[list[Any]]:
    """For days that somebody chooses as the last of the reply clock: until when it then runs; 0 where the day is not allowed, or the next
    working day where the office does not work on it.
    """
    rows: list[list[Any]] = []
    for days in (30, 91, 95, 96, 97, 98, 117, 118, 119, 120, 124, 125, 126, 127, 128, 150, 153, 154):
        day = (datetime.fromtimestamp(RECEIVED, tz=UTC) + timedelta(days=days)).date()
        try:
            found: int | str = extension_end(frozen, story, clock="reply", day=day)
        except DissentError as error:
            found = str(error).rpartition("the next is ")[2].rstrip(".") if "working day" in str(error) else 0
        rows.append([day.isoformat(), found])
    return rows


def _can_extend(frozen: Frozen, story: Story, times: dict[int, int], until: int, version: int) -> bool:
    try:
        check_extension(frozen, story, clock="reply", until=until, version=version, times=times)
    except DissentError:
        return False
    return True


def text() -> str:
    """The file's text: a history on a line, so that it can be read and compared."""
    texts = {name: builtin_text(name) for name in CHARTERS}
    # And one under which a clock that starts at the acknowledgement can be extended.
    texts["eu-2019-1937 extended"] = texts["eu-2019-1937"].replace("[limits]", EXTENSION + "[limits]")
    frozen = [freeze_text(text, name=name, year=2026) for name, text in texts.items()]
    made = json.loads(json.dumps(make(frozen)))
    charters = ",\n".join(_lines(row) for row in made["charters"])
    head = {name: value for name, value in made.items() if name != "charters"}
    return f'{json.dumps(head, ensure_ascii=False)[:-1]}, "charters": [\n{charters}\n]}}\n'


def _lines(made: dict[str, Any]) -> str:
    histories = ",\n".join(json.dumps(row, ensure_ascii=False) for row in made.pop("histories"))
    return f'{json.dumps(made, ensure_ascii=False)[:-1]}, "histories": [\n{histories}\n]}}'


if __name__ == "__main__":
    PATH.write_text(text(), encoding="utf-8")
