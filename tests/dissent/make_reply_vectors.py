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
from demur.dissent.documents.reply import Answer, Reply
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
LIMITS: Final = {"text_bytes": 100, "claims": 3, "files": 2, "file_bytes": 50, "request_bytes": 200, "total_bytes": 80}
WITHIN: Final = {"text_bytes": 100, "claims": 3, "files": 2, "file_bytes": 50, "total_bytes": 80}


def make() -> dict[str, Any]:
    """The whole file."""
    over = {name: size + 1 for name, size in WITHIN.items()}
    filings = [WITHIN, *({**WITHIN, name: size} for name, size in over.items()), over]
    return {
        "about": "Made by tests/dissent/make_reply_vectors.py.",
        "replies": [_reply(*row) for row in REPLIES],
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


def _filing(measured: dict[str, int], limits: dict[str, int]) -> dict[str, Any]:
    return {"measured": measured, "limits": limits, "facts": beyond(measured, Limits(**limits))}


def text() -> str:
    """The file's text: a row on a line."""
    made = make()
    rows = {name: ",\n".join(json.dumps(row) for row in made[name]) for name in ("replies", "filings")}
    about = json.dumps(made["about"])
    return f'{{"about": {about}, "replies": [\n{rows["replies"]}\n], "filings": [\n{rows["filings"]}\n]}}\n'


if __name__ == "__main__":
    PATH.write_text(text(), encoding="utf-8")
