# SPDX-License-Identifier: AGPL-3.0-or-later
"""Replies that are faulty in each way, as a changed client of the custodian sends them: no second seat may sign one."""

from collections.abc import Callable
from typing import Any, Final

from desk_server import DeskServer, Seat

from demur.client.answering import Answering
from demur.client.fetching import fetch_filing
from demur.client.submitting import Filed
from demur.dissent.documents.reply import Answer, Reply
from demur.dissent.states import Verb


def _reply(*claims: int, kind: str = "answered", **members: Any) -> Reply:
    answers = tuple(Answer(claim=n, kind=kind, text=f"This is about claim {n}.") for n in claims)
    return Reply(outcome="in_part", text="We looked at it.", answers=answers, **members)


def _counted(reply: Reply, **counts: int) -> tuple[bytes, dict[str, Any]]:
    return reply.json, {"outcome": reply.outcome, **reply.counts, **counts}


# name -> the document, and the members of its event. The filing has two claims.
FAULTY: Final[dict[str, Callable[[], tuple[bytes, dict[str, Any]]]]] = {
    "leaves a claim out": lambda: _counted(_reply(1)),
    "answers a claim twice": lambda: _counted(_reply(1, 1)),
    "answers a claim that is not there": lambda: _counted(_reply(1, 3)),
    "declines one of them twice": lambda: _counted(_reply(2, 2, kind="declined")),
    "is counted otherwise": lambda: _counted(_reply(1, 2), answered=1, referred=1),
    "says another outcome": lambda: (_reply(1, 2).json, {"outcome": "accepted", **_reply(1, 2).counts}),
    "is no document": lambda: (b'{"type":"reply"}', {"outcome": "in_part", **_reply(1, 2).counts}),
}


def replied_faultily(server: DeskServer, filed: Filed, name: str) -> None:
    """Acknowledge the case, and reply in the way of `name`."""
    custodian = Seat(server, "custodian")
    known = custodian.desk.plain(custodian.known(filed), Verb.ACKNOWLEDGE).known
    document, members = FAULTY[name]()
    Answering(desk=custodian.desk, fetched=fetch_filing(custodian.desk, known))._acted(Verb.REPLY, document, members)
