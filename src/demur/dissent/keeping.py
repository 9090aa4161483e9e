# SPDX-License-Identifier: AGPL-3.0-or-later
"""What this version of the software keeps: event types, duties, versions of acts and documents. Pure; the one place where they are listed.

A server puts it on the record as a `keeps` entry (`spec/entry.md`) before it does any of it: so everybody can tell a type that a server
had announced from one that it made up, and a duty starts with the entry that names it, never in arrears (`spec/compatibility.md`).
"""

from typing import Any, Final

from demur.dissent import events
from demur.dissent.documents.dissent import Dissent
from demur.dissent.documents.reply import Reply

ACTS: Final = events.VERSION
TYPES: Final = tuple(sorted(events.FIELDS))
# Names are permanent: what a duty asks is said in `spec/compatibility.md`, and one that asks more is another duty.
DUTIES: Final = ("act.seen", "close.window", "could_not_be_read", "reply.disputed", "reply.second_seat")
DOCUMENTS: Final = {"dissent": Dissent.v, "reply": Reply.v}


def statement(origin: str) -> dict[str, Any]:
    """The `keeps` entry of this version, but for its time."""
    return {
        "v": 1,
        "type": "keeps",
        "origin": origin,
        "acts": ACTS,
        "types": list(TYPES),
        "duties": list(DUTIES),
        "documents": DOCUMENTS,
    }
