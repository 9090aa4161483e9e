# SPDX-License-Identifier: AGPL-3.0-or-later
"""The procedure as a page of the docs, drawn from the table that the server enforces. `script/generate` writes it, CI compares it."""

from demur.dissent.procedure import CONFLICTS, DAILY_ACTS, DAILY_REPLIES
from demur.dissent.states import TABLE, TURNS, Refused, State, Verb
from demur.dissent.timing import AUTHORS_WINDOW

_HEAD = """\
<!-- SPDX-License-Identifier: AGPL-3.0-or-later -->
<!-- Drawn from src/demur/dissent/states.py by script/generate; do not edit. -->
# The procedure

What can happen to a case. The same table decides on the server and in every client; who may is in `dissent/policy.py`, and all of it is
asked together in `dissent/procedure.py`.

```mermaid
stateDiagram-v2
    [*] --> filed : submit, received
"""


def markdown() -> str:
    """The whole page: a diagram of the steps that lead on, and a table of every state with every step."""
    lines = [f"    {state} --> {after} : {', '.join(verbs)}" for (state, after), verbs in _moves().items()]
    lines += [f"    {state} --> {after} : {verb}, {because}" for state, after, verb, because in _TURNS_DRAWN]
    page = _HEAD + "\n".join(lines) + "\n    closed --> [*]\n```\n\n" + _table() + "\n"
    return page + _turns() + "\n" + _conflicts() + "\n" + _refusals()


# The turns as arrows: what `states.TURNS` decides by the act's content.
_TURNS_DRAWN = (
    (State.ACKNOWLEDGED, State.UNCONFIRMED, Verb.REPLY, "that answers nothing"),
    (State.ANSWERED, State.DISPUTED, Verb.MISMATCH, "of the reply"),
    (State.UNCONFIRMED, State.DISPUTED, Verb.MISMATCH, "of the reply"),
    (State.CLOSED, State.DISPUTED, Verb.MISMATCH, "of the reply"),
    (State.FILED, State.UNREADABLE, Verb.UNREADABLE, "by a second seat"),
    (State.ACKNOWLEDGED, State.UNREADABLE, Verb.UNREADABLE, "by a second seat"),
    (State.CLOSED, State.FILED, Verb.READABLE, "where it could not be read"),
)


def _moves() -> dict[tuple[State, State], list[str]]:
    moves: dict[tuple[State, State], list[str]] = {}
    for state, row in TABLE.items():
        for verb, after in row.items():
            if not isinstance(after, Refused) and after is not state:
                moves.setdefault((state, after), []).append(verb)
    return moves


def _table() -> str:
    head = "| state | " + " | ".join(Verb) + " |\n| --- " + "| --- " * len(Verb) + "|\n"
    rows = []
    for state, row in TABLE.items():
        cells = ["–" if isinstance(row[verb], Refused) else _cell(state, verb) for verb in Verb]
        rows.append(f"| {state} | " + " | ".join(cells) + " |")
    note = "A dash: there is no such step; the sentences below say what to do instead. "
    note += "Where a step leads elsewhere because of what is said with it, the next section says so.\n\n"
    return note + head + "\n".join(rows) + "\n"


def _cell(state: State, verb: Verb) -> str:
    after = TABLE[state][verb]
    return "stays" if after is state else str(after)


def _turns() -> str:
    lines = ["## Where the content of an act decides", ""]
    lines += [f"- `{turn.verb}`: {turn.because}." for turn in TURNS]
    lines += [
        "- `countersign`: a reply that answers nothing counts from then on; one that was only disputed counts from its own time again.",
        f"- `close`: not before the end of the {AUTHORS_WINDOW}th working day after the reply, or after two seats said that it cannot "
        "be read.",
        f"- `message`, and all of `grant`, `unreadable` and `mismatch` together: at most {DAILY_ACTS} by one actor on one case "
        "in one day; the report that disputes a reply is never refused for it.",
        f"- `reply`: at most {DAILY_REPLIES} by one seat on one case in one day that answer and refer nothing; as many more are kept free "
        "for replies that do.",
        "",
        "Acts of version 1 are judged by the table alone.",
        "",
    ]
    return "\n".join(lines)


def _conflicts() -> str:
    lines = ["## What conflicts", ""]
    lines.append(
        "An act is refused where one of these came after what its actor had read, and changed where the case stands; whoever reads it all "
        "the same tells a fault (`conflict`), and it changes nothing."
    )
    lines.append("")
    for verb, others in CONFLICTS.items():
        lines.append(f"- `{verb}`: {', '.join(f'`{other}`' for other in sorted(others)) or 'nothing'}")
    return "\n".join([*lines, ""])


def _refusals() -> str:
    lines = ["## What is refused, and the sentence that says so", ""]
    for state, row in TABLE.items():
        lines.append(f"### {state}")
        lines.append("")
        lines += [f"- `{verb}`: {answer.sentence}" for verb, answer in row.items() if isinstance(answer, Refused)]
        lines.append("")
    return "\n".join(lines)
