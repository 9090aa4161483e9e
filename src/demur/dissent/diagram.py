# SPDX-License-Identifier: AGPL-3.0-or-later
"""The procedure as a page of the docs, drawn from the table that the server enforces. `script/generate` writes it, CI compares it."""

from demur.dissent.states import TABLE, Refused, State, Verb

_HEAD = """\
<!-- SPDX-License-Identifier: AGPL-3.0-or-later -->
<!-- Drawn from src/demur/dissent/states.py by script/generate; do not edit. -->
# The procedure

What can happen to a case. The same table decides on the server and in every client.

```mermaid
stateDiagram-v2
    [*] --> filed : submit, received
"""


def markdown() -> str:
    """The whole page: a diagram of the steps that lead on, and a table of every state with every step."""
    lines = [f"    {state} --> {after} : {', '.join(verbs)}" for (state, after), verbs in _moves().items()]
    lines.insert(_place(lines), "    acknowledged --> unconfirmed : reply that declines every claim")
    return _HEAD + "\n".join(lines) + "\n    closed --> [*]\n```\n\n" + _table() + "\n" + _refusals()


def _moves() -> dict[tuple[State, State], list[str]]:
    moves: dict[tuple[State, State], list[str]] = {}
    for state, row in TABLE.items():
        for verb, after in row.items():
            if not isinstance(after, Refused) and after is not state:
                moves.setdefault((state, after), []).append(verb)
    return moves


def _place(lines: list[str]) -> int:
    return next(at for at, line in enumerate(lines) if line.startswith("    unconfirmed"))


def _table() -> str:
    head = "| state | " + " | ".join(Verb) + " |\n| --- " + "| --- " * len(Verb) + "|\n"
    rows = []
    for state, row in TABLE.items():
        cells = ["–" if isinstance(row[verb], Refused) else _cell(state, verb) for verb in Verb]
        rows.append(f"| {state} | " + " | ".join(cells) + " |")
    note = "A dash: there is no such step; the sentences below say what to do instead. "
    note += "A reply that declines every claim leads to `unconfirmed`.\n\n"
    return note + head + "\n".join(rows) + "\n"


def _cell(state: State, verb: Verb) -> str:
    after = TABLE[state][verb]
    return "stays" if after is state else str(after)


def _refusals() -> str:
    lines = ["## What is refused, and the sentence that says so", ""]
    for state, row in TABLE.items():
        lines.append(f"### {state}")
        lines.append("")
        lines += [f"- `{verb}`: {answer.sentence}" for verb, answer in row.items() if isinstance(answer, Refused)]
        lines.append("")
    return "\n".join(lines)
