# SPDX-License-Identifier: AGPL-3.0-or-later
"""What an office fills in: the TOML template of a reply, and the reply made of it. Format: `spec/reply.md`.

A promise in the past, an empty answer and one that says only "No." are refused before anything is signed: what is recorded cannot be
taken back.
"""

import unicodedata
from collections.abc import Mapping
from typing import Any, Final

from demur import canonical
from demur.dissent.documents.dissent import Dissent
from demur.dissent.documents.reading import is_date, only, rows_of, text_of, toml_table
from demur.dissent.documents.reply import ANSWERS, Answer, Commitment, Recommended, Reply
from demur.dissent.errors import DocumentError
from demur.dissent.events import OUTCOMES
from demur.schema import is_visible

LEAST: Final = 10  # letters of an answer: enough for "Read it again."; not for "No.", "Noted." or "See above."
_TOP: Final = frozenset({"outcome", "text", "signed_by", "appeal", "answer", "commitment", "recommendation"})
_ANSWER: Final = frozenset({"claim", "kind", "text", "to"})
_RECOMMENDED: Final = frozenset({"kind", "text"})
_COMMITMENT: Final = frozenset({"text", "date"})
_DENSE: Final = (
    (0x0E00, 0x0EFF),
    (0x1100, 0x11FF),
    (0x3040, 0x30FF),
    (0x3400, 0x9FFF),
    (0xAC00, 0xD7FF),
    (0x20000, 0x3FFFF),
)


def letters(text: str) -> int:
    """How many letters and digits a text has. One of a script in which a letter is a syllable or a word counts as three."""
    found = (letter for letter in text if unicodedata.category(letter)[0] in "LN")
    return sum(3 if any(first <= ord(letter) <= last for first, last in _DENSE) else 1 for letter in found)


def check_reply(reply: Reply, *, today: str) -> None:
    """Raises DocumentError for what an office must not sign: a promise that is not after `today` (year-month-day, the office's own),
    or an answer of fewer than LEAST letters.
    """
    for row in reply.commitments:
        if row.date <= today:
            raise DocumentError(
                f"The promise for {row.date} is not after today, {today}; promise a later day, or leave it out."
            )
    said = [(f"answer to claim {row.claim}", row.text) for row in reply.answers]
    said += [("answer to the recommendation", reply.recommendation.text)] if reply.recommendation.kind else []
    for what, text in said:
        if letters(text) < LEAST:
            raise DocumentError(f"The {what} says too little; give the reason in a sentence, which the author is owed.")


def from_template(toml: str, dissent: Dissent, *, most: int, signer: str = "", today: str = "") -> Reply:
    """A filled `template(dissent)`; raises DocumentError that names the claim or entry and what to write. `most` as of
    `Reply.differences`; `signer` is the office's title, where the template names none; `today` as of `check_reply`, "" to ask nothing.
    """
    what = "reply"
    table = toml_table(toml, what)
    only(table, _TOP, what)
    outcome = text_of(table, "outcome", what, required=True)
    if outcome not in OUTCOMES:
        raise DocumentError(f"The outcome {outcome!r} is not known; write one of {', '.join(OUTCOMES)}.")
    answers = tuple(sorted((_answer(row) for row in rows_of(table, "answer", what)), key=lambda answer: answer.claim))
    commitments = tuple(_commitment(row) for row in rows_of(table, "commitment", what))
    told = text_of(table, "signed_by", what)
    reply = Reply(
        outcome=outcome,
        text=text_of(table, "text", what, required=not answers or outcome == "out_of_scope"),
        signed_by=told if is_visible(told) else signer,
        appeal=text_of(table, "appeal", what, required=outcome == "out_of_scope"),
        answers=answers,
        commitments=commitments,
        recommendation=_recommended(table),
    )
    reply.check_against(dissent, most=most)
    if today:
        check_reply(reply, today=today)
    return _sound(reply)


def _sound(reply: Reply) -> Reply:
    """The reply, if every reader will take it. Raises DocumentError."""
    try:
        return Reply.parse(reply.json)
    except canonical.CanonicalError as error:
        raise DocumentError(f"The reply cannot be sealed: {error}") from None


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


def _recommended(table: Mapping[str, Any]) -> Recommended:
    row, what = table.get("recommendation", {}), "answer to the recommendation"
    if not isinstance(row, dict):
        raise DocumentError(f"Write the {what} under a line [recommendation].")
    only(row, _RECOMMENDED, what)
    if not row:
        return Recommended()
    kind = text_of(row, "kind", what, required=True)
    if kind not in OUTCOMES:
        raise DocumentError(f"The {what} is of the unknown kind {kind!r}; write one of {', '.join(OUTCOMES)}.")
    return Recommended(kind=kind, text=text_of(row, "text", what, required=True))


def _commitment(row: Mapping[str, Any]) -> Commitment:
    only(row, _COMMITMENT, "commitment")
    made = Commitment(
        text=text_of(row, "text", "commitment", required=True), date=text_of(row, "date", "commitment", required=True)
    )
    if not is_date(made.date):
        raise DocumentError(
            f"{made.date!r} is no day of the calendar; write the date of a promise as year-month-day in quotes."
        )
    return made


def _printable(line: str) -> str:
    # TOML forbids control characters also in comments; the claim itself is untouched, this is only its reminder.
    return "".join(letter if letter == "\t" or (letter >= " " and letter != "\x7f") else "·" for letter in line)


def _quoted(text: str) -> list[str]:
    return [f"# {_printable(line)}" for line in text.splitlines()]


def template(dissent: Dissent, *, most: int, signer: str = "") -> str:
    """A template with one [[answer]] per claim that is owed one, and one for the recommendation; what each answers stands above it as
    a comment. `most` and `signer` as of `from_template`.
    """
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
        f"signed_by = {_toml(signer)}",
        "",
        "# Where the author can go if this is not enough.",
        'appeal = ""',
    ]
    if is_visible(dissent.recommendation):
        parts += ["", "# What the author recommends:", *_quoted(dissent.recommendation), "[recommendation]"]
        parts += [f"# {', '.join(OUTCOMES)}", 'kind = ""', 'text = """\n"""']
    for claim in dissent.claims[:most]:
        parts += ["", f"# Claim {claim.n}:", *_quoted(claim.text), "[[answer]]", f"claim = {claim.n}"]
        parts += [f'# {", ".join(ANSWERS)}; referred also needs to = "…"', 'kind = ""', 'text = """\n"""']
    parts += [
        "",
        "# A promise with a date after today, if there is one.",
        "# [[commitment]]",
        '# text = ""',
        '# date = ""',
        "",
    ]
    return "\n".join(parts)


def _toml(text: str) -> str:
    escaped = "".join(
        f"\\u{ord(letter):04x}" if letter < " " or letter == "\x7f" else "\\" + letter if letter in '"\\' else letter
        for letter in text
    )
    return f'"{escaped}"'
