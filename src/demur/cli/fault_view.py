# SPDX-License-Identifier: AGPL-3.0-or-later
"""What should not stand in a case's thread, in words: one sentence for each fault of `spec/event.md`."""

from collections.abc import Iterable
from typing import Any, Final

from demur.cli import speak
from demur.client.texts import MISSING
from demur.client.thread import Fault

SENTENCES: Final = {
    "conflict": "whoever took it had not read what came before it, and it conflicts with that",
    "who": "the charter does not give this step to whoever took it",
    "step": "the procedure has no such step there",
    "extension": "the charter does not allow this extension",
    "close": "the case was closed before the author's time was over",
    "fetch": "it names a text that is not there, or was fetched before",
    "time": "it is dated before what it follows, or after the record shows it",
    "text": "it has no sealed text, and needs one",
    "seen": "it names something that was never in this case",
    "roster": "its key was not on the roster in force when it entered the record",
    "twice": "it repeats an act that was recorded before",
    "old": "it was made in the old form after the channel began to keep the new one",
    "unannounced": "the channel never announced that it keeps acts of this kind",
    "recused": "the author left out the office that took it, or that it gives access",
}


def text_fault(fact: str) -> str:
    """What is wrong with a sealed text, for a person, without an end."""
    return (
        "Its sealed text is missing at the server"
        if fact == MISSING
        else f"This differs from what was recorded ({speak.line(fact)})"
    )


def dispute_lines(times: int, *, own: bool) -> list[str]:
    """How often the author reported a reply as faulty, also where that moved no clock any more; nothing where they never did."""
    if not times:
        return []
    who = "You have" if own else "The author has"
    often = "once" if times == 1 else f"{times} times"
    return [f"  {who} disputed a reply {often}; a dispute after the first of a reply is counted and moves no clock."]


def fault_lines(faults: Iterable[Fault]) -> list[str]:
    """The faults for a person; empty where there is none."""
    lines = [f"  Event {row.seq} does not count: {SENTENCES[row.name]}." for row in faults]
    return ["", "The server shows what it should have refused:", *lines] if lines else []


def fault_document(faults: Iterable[Fault]) -> list[dict[str, Any]]:
    """The faults for `--json`."""
    return [{"event": row.seq, "fault": row.name} for row in faults]
