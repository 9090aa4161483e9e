# SPDX-License-Identifier: AGPL-3.0-or-later
"""The reply: an outcome, and one answer to each claim. Format: `spec/reply.md`.

A reply that passes over a claim is refused before it is sealed: the oldest way to bury a dissent is to answer something else. Claims beyond
the charter's limit are owed one answer together: else whoever files three thousand of them could keep an office from ever replying.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from demur import canonical
from demur.dissent.documents.dissent import Dissent
from demur.dissent.documents.reading import json_document, only, rows_of, text_of, toml_table
from demur.dissent.errors import DocumentError
from demur.dissent.events import OUTCOMES

ANSWERS: Final = ("answered", "referred", "declined")
_TOP: Final = frozenset({"outcome", "text", "signed_by", "appeal", "answer", "commitment"})
_ANSWER: Final = frozenset({"claim", "kind", "text", "to"})
_COMMITMENT: Final = frozenset({"text", "date"})
_JSON: Final = frozenset({"v", "type", "outcome", "text", "signed_by", "appeal", "answers", "commitments"})


@dataclass(frozen=True, kw_only=True)
class Answer:
    """The answer to claim `claim`: `kind` is one of ANSWERS; `to` names where a referred claim went."""

    claim: int
    kind: str
    text: str
    to: str = ""


@dataclass(frozen=True, kw_only=True)
class Commitment:
    """Something the institution promises by a date (year-month-day)."""

    text: str
    date: str


@dataclass(frozen=True, kw_only=True)
class Reply:
    """A reply as it is sealed."""

    outcome: str
    text: str
    answers: tuple[Answer, ...]
    signed_by: str = ""
    appeal: str = ""
    commitments: tuple[Commitment, ...] = ()

    @property
    def counts(self) -> dict[str, int]:
        """How many claims were answered, referred, declined: what the event says too."""
        return {kind: sum(answer.kind == kind for answer in self.answers) for kind in ANSWERS}

    @property
    def json(self) -> bytes:
        """`reply.json`, canonical."""
        return canonical.dump(
            {
                "v": 1,
                "type": "reply",
                "outcome": self.outcome,
                "text": self.text,
                "signed_by": self.signed_by,
                "appeal": self.appeal,
                "answers": [{"claim": a.claim, "kind": a.kind, "text": a.text, "to": a.to} for a in self.answers],
                "commitments": [{"text": c.text, "date": c.date} for c in self.commitments],
            }
        )

    @classmethod
    def parse(cls, data: bytes) -> "Reply":
        """Read `reply.json`; raises DocumentError unless it is exactly one."""
        document = json_document(data, "reply")
        only(document, _JSON, "reply")
        try:
            reply = cls(
                outcome=document["outcome"],
                text=document["text"],
                signed_by=document["signed_by"],
                appeal=document["appeal"],
                answers=tuple(Answer(**row) for row in document["answers"]),
                commitments=tuple(Commitment(**row) for row in document["commitments"]),
            )
            same = reply.json == data
        except (KeyError, TypeError, canonical.CanonicalError):
            raise DocumentError("The reply lacks a part or has one too many; it was not made by Demur.") from None
        if not same or reply.outcome not in OUTCOMES or any(a.kind not in ANSWERS for a in reply.answers):
            raise DocumentError("The reply is not in its one form; it was not made by Demur.")
        return reply

    def check_against(self, dissent: Dissent, *, most: int) -> None:
        """Raises DocumentError unless every claim has its answer. `most` is how many claims the case's charter allows.

        Each claim up to `most` has exactly one; each beyond at most one of its own, and `text` answers those that have none.
        """
        claims = len(dissent.claims)
        given = Counter(answer.claim for answer in self.answers)
        for n in range(1, claims + 1):
            _check_times(n, given[n], owed=n <= most)
        odd = next((n for n in given if not 1 <= n <= claims), None)
        if odd is not None:
            raise DocumentError(f"The reply answers claim {odd}, but the dissent has {claims} claims.")
        if len(given) < claims and not self.text.strip():
            raise DocumentError(
                f"The dissent has {claims} claims and the charter allows {most}; answer those beyond together, under `text`."
            )


def _check_times(n: int, times: int, *, owed: bool) -> None:
    if times > 1 or (owed and times == 0):
        state = "is answered more than once" if times else "is not answered"
        raise DocumentError(f"Claim {n} {state}; the reply must answer each claim once.")


def from_template(toml: str, dissent: Dissent, *, most: int) -> Reply:
    """A filled `template(dissent)`; raises DocumentError that names the claim or entry and what to write. `most` as of `check_against`."""
    what = "reply"
    table = toml_table(toml, what)
    only(table, _TOP, what)
    outcome = text_of(table, "outcome", what, required=True)
    if outcome not in OUTCOMES:
        raise DocumentError(f"The outcome {outcome!r} is not known; write one of {', '.join(OUTCOMES)}.")
    answers = tuple(sorted((_answer(row) for row in rows_of(table, "answer", what)), key=lambda answer: answer.claim))
    commitments = tuple(_commitment(row) for row in rows_of(table, "commitment", what))
    reply = Reply(
        outcome=outcome,
        text=text_of(table, "text", what, required=not answers or outcome == "out_of_scope"),
        signed_by=text_of(table, "signed_by", what),
        appeal=text_of(table, "appeal", what, required=outcome == "out_of_scope"),
        answers=answers,
        commitments=commitments,
    )
    reply.check_against(dissent, most=most)
    return reply


def _answer(row: Mapping[str, Any]) -> Answer:
    number = row.get("claim")
    if not isinstance(number, int) or isinstance(number, bool):
        raise DocumentError("An [[answer]] does not say which claim it answers; write claim = and its number.")
    what = f"answer to claim {number}"
    only(row, _ANSWER, what)
    kind = text_of(row, "kind", what, required=True)
    if kind not in ANSWERS:
        raise DocumentError(f"The {what} is of the unknown kind {kind!r}; write one of {', '.join(ANSWERS)}.")
    to = text_of(row, "to", what, required=kind == "referred")
    return Answer(claim=number, kind=kind, text=text_of(row, "text", what, required=True), to=to)


def _commitment(row: Mapping[str, Any]) -> Commitment:
    only(row, _COMMITMENT, "commitment")
    return Commitment(
        text=text_of(row, "text", "commitment", required=True), date=text_of(row, "date", "commitment", required=True)
    )


def _printable(line: str) -> str:
    # TOML forbids control characters also in comments; the claim itself is untouched, this is only its reminder.
    return "".join(letter if letter == "\t" or (letter >= " " and letter != "\x7f") else "·" for letter in line)


def template(dissent: Dissent, *, most: int) -> str:
    """A template with one [[answer]] per claim that is owed one; the claim stands above it as a comment. `most` as of `check_against`."""
    claims = len(dissent.claims)
    beyond = f"# It must answer claims {most + 1} to {claims} too, together: the charter allows {most}."
    parts = [
        "# A reply. Lines that start with # are hints and are not sent.",
        "",
        f"# {', '.join(OUTCOMES)}; out_of_scope also needs text and appeal",
        'outcome = ""',
        "",
        "# What the institution says to the dissent as a whole.",
        *([beyond] if claims > most else []),
        'text = """\n"""',
        "",
        "# In whose name, such as an office.",
        'signed_by = ""',
        "",
        "# Where the author can go if this is not enough.",
        'appeal = ""',
    ]
    for claim in dissent.claims[:most]:
        shown = [f"# {_printable(line)}" for line in claim.text.splitlines()]
        parts += ["", f"# Claim {claim.n}:", *shown, "[[answer]]", f"claim = {claim.n}"]
        parts += [f'# {", ".join(ANSWERS)}; referred also needs to = "…"', 'kind = ""', 'text = """\n"""']
    parts += [
        "",
        "# A promise with a date, if there is one.",
        "# [[commitment]]",
        '# text = ""',
        '# date = "2027-01-31"',
        "",
    ]
    return "\n".join(parts)
