# SPDX-License-Identifier: AGPL-3.0-or-later
"""Makes `spec/vectors/reply.json`: `python tests/dissent/make_reply_vectors.py`. Which replies answer a dissent, within the charter's limit
of claims and beyond it, and how a filing goes beyond its charter.
"""

import json
from pathlib import Path
from typing import Any, Final

from demur.charter.model import Limits
from demur.client.unsealing import beyond
from demur.dissent.documents.dissent import Claim, Dissent
from demur.dissent.documents.reply import Answer, Differences, Recommended, Reply
from demur.dissent.errors import DocumentError

PATH: Final = Path(__file__).parents[2] / "spec" / "vectors" / "reply.json"
# (claims of the dissent, the charter's limit, the claims answered, the text to the whole)
REPLIES: Final = (
    (0, 3, [], "Read."),
    (2, 3, [1, 2], ""),
    (2, 3, [1], "The rest too."),
    (2, 3, [1, 1, 2], ""),
    (2, 3, [1, 2, 3], ""),
    (2, 3, [0, 1, 2], ""),
    (3, 3, [1, 2, 3], ""),
    (3, 3, [1, 2], "The rest too."),
    (4, 3, [1, 2, 3], "The rest too."),
    (4, 3, [1, 2, 3], ""),
    (4, 3, [1, 2, 3], " \n\u3000"),
    (4, 3, [1, 2, 3, 4], ""),
    (4, 3, [1, 2, 4], "The rest too."),
    (4, 3, [1, 2, 3, 4, 4], "The rest too."),
    (4, 3, [1, 2, 3, 5], "The rest too."),
    (5, 3, [1, 2, 3, 5], "The rest too."),
    (5, 3, [1, 2, 3, 5], ""),
    (5, 0, [], "All of them."),
    (5, 0, [], ""),
    (3000, 100, list(range(1, 101)), "The rest too."),
    (3000, 100, list(range(1, 100)), "The rest too."),
)
# Of version 2: (claims, limit, claims answered, text, the author's recommendation, kind of the answer to it, version of the reply)
REPLIES_TWO: Final = (
    (2, 9, [1, 2], "", "", "", 2),
    (2, 9, [], "", "", "", 2),
    (2, 9, [1, 1], "", "", "", 2),
    (2, 9, [2, 7, 1, 3], "", "", "", 2),
    (2, 9, [2, 7, 7, 2], "", "Stop.", "", 2),
    (2, 9, [1, 2], "", "Stop.", "", 2),
    (2, 9, [1, 2], "", "Stop.", "rejected", 2),
    (2, 9, [1, 2], "", "", "accepted", 2),
    (2, 9, [1, 2], "", "Stop.", "", 1),
    (2, 9, [1, 2], "", " \u200b", "", 2),
    (4, 2, [1, 2], "", "", "", 2),
    (4, 2, [1, 2], "The others too.", "", "", 2),
    (4, 2, [1, 3], "The others too.", "", "", 2),
)
LIMITS: Final = {"text_bytes": 100, "claims": 3, "files": 2, "file_bytes": 50, "request_bytes": 200, "total_bytes": 80}
WITHIN: Final = {"text_bytes": 100, "claims": 3, "files": 2, "file_bytes": 50, "total_bytes": 80}


def make() -> dict[str, Any]:
    """The whole file."""
    over = {name: size + 1 for name, size in WITHIN.items()}
    filings = [WITHIN, *({**WITHIN, name: size} for name, size in over.items()), over]
    return {
        "about": "Made by tests/dissent/make_reply_vectors.py.",
        "replies": [_reply(*row) for row in REPLIES],
        "differences": [_differences(*row) for row in REPLIES_TWO],
        "filings": [_filing(row, LIMITS) for row in filings] + [_filing(WITHIN, {**LIMITS, "total_bytes": 0})],
    }


def _reply(claims: int, most: int, answered: list[int], text: str) -> dict[str, Any]:
    made = tuple(Claim(n=n, text="C") for n in range(1, claims + 1))
    dissent = Dissent(subject="S", text="T", original="a.txt", claims=made)
    answers = tuple(Answer(claim=n, kind="answered", text="A") for n in answered)
    try:
        Reply(outcome="in_part", text=text, answers=answers).check_against(dissent, most=most)
        holds = True
    except DocumentError:
        holds = False
    return {"claims": claims, "most": most, "answered": answered, "text": text, "holds": holds}


def _differences(
    claims: int, most: int, answered: list[int], text: str, recommended: str, kind: str, v: int
) -> dict[str, Any]:
    made = tuple(Claim(n=n, text="C") for n in range(1, claims + 1))
    dissent = Dissent(subject="S", text="T", original="a", claims=made, prompts={"recommendation": recommended})
    answers = tuple(Answer(claim=n, kind="answered", text="A") for n in answered)
    answer = Recommended(kind=kind, text="R" if kind else "")
    reply = Reply(outcome="in_part", text=text, answers=answers, recommendation=answer, v=v)
    found = reply.differences(dissent, most=most)
    told = {"outcome": "in_part", "answered": len(answered), "referred": 0, "declined": 0}
    return {
        "claims": claims,
        "most": most,
        "answered": answered,
        "text": text,
        "recommended": recommended,
        "kind": kind,
        "v": v,
        "differences": _shown(found),
        "fault": reply.fault(told, dissent, most=most),
        "fault_if_one_more_is_told": reply.fault({**told, "answered": len(answered) + 1}, None, most=most),
    }


def _shown(found: Differences) -> dict[str, Any]:
    rows = {name: list(getattr(found, name)) for name in ("left_out", "repeated", "invented")}
    return {**rows, "together": found.together, "recommendation": found.recommendation}


def _filing(measured: dict[str, int], limits: dict[str, int]) -> dict[str, Any]:
    return {"measured": measured, "limits": limits, "facts": beyond(measured, Limits(**limits))}


def text() -> str:
    """The file's text: a row on a line."""
    made = make()
    rows = {name: ",\n".join(json.dumps(row) for row in made[name]) for name in ("replies", "differences", "filings")}
    about = json.dumps(made["about"])
    parts = ", ".join(f'"{name}": [\n{told}\n]' for name, told in rows.items())
    return f'{{"about": {about}, {parts}}}\n'


if __name__ == "__main__":
    PATH.write_text(text(), encoding="utf-8")
