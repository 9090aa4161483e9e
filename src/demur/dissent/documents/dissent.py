# SPDX-License-Identifier: AGPL-3.0-or-later
"""The dissent: subject, the decision it disagrees with, numbered claims, recommendation. Format: `spec/dissent.md`.

Three ways lead here: the TOML template; a plain text with claims pointed out by paragraph; any document as it is. The
original travels beside `dissent.json`, untouched. The prompts come from the Energy Department's form and from the advice of
State's policy planners (`field/rules.md` R47); only the dissent and the recommendation are required, and filing a document as it is waives
the recommendation.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Final

from demur import canonical
from demur.dissent.documents.reading import json_document, only, rows_of, text_of, toml_table
from demur.dissent.errors import DocumentError

PROMPTS: Final = (
    "decision",
    "recommendation",
    "consequence",
    "tried",
    "read",
    "ask",
    "standing",
    "decision_date",
    "distribution",
)
_TOP: Final = frozenset({"subject", "dissent", "claim", "language", "marking", *PROMPTS})
_CLAIM: Final = frozenset({"text", "marking"})
_JSON: Final = frozenset(
    {"v", "type", "subject", "text", "claims", "prompts", "language", "marking", "original", "as_is"}
)
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One numbered claim. `n` counts from 1; `paragraph` is its paragraph in the original, 0 if it has none."""

    n: int
    text: str
    paragraph: int = 0
    marking: str = ""


@dataclass(frozen=True, kw_only=True)
class Dissent:
    """A dissent as it is sealed. `original` is the name of the untouched file beside it."""

    subject: str
    text: str
    original: str
    claims: tuple[Claim, ...] = ()
    prompts: Mapping[str, str] = field(default_factory=dict)
    language: str = ""
    marking: str = ""
    as_is: bool = False

    @property
    def json(self) -> bytes:
        """`dissent.json`, canonical."""
        return canonical.dump(
            {
                "v": 1,
                "type": "dissent",
                "subject": self.subject,
                "text": self.text,
                "claims": [
                    {"n": c.n, "text": c.text, "paragraph": c.paragraph, "marking": c.marking} for c in self.claims
                ],
                "prompts": dict(self.prompts),
                "language": self.language,
                "marking": self.marking,
                "original": self.original,
                "as_is": self.as_is,
            }
        )

    @classmethod
    def parse(cls, data: bytes) -> "Dissent":
        """Read `dissent.json`; raises DocumentError unless it is exactly one."""
        document = json_document(data, "dissent")
        only(document, _JSON, "dissent")
        try:
            claims = tuple(Claim(**row) for row in document["claims"])
            parts = {f.name: document[f.name] for f in fields(cls) if f.name != "claims"}
            dissent = cls(claims=claims, **parts)
        except (KeyError, TypeError):
            raise DocumentError("The dissent lacks a part or has one too many; it was not made by Demur.") from None
        _check(dissent)
        if dissent.json != data:
            raise DocumentError("The dissent is not in its one form; it was not made by Demur.")
        return dissent


def _check(dissent: Dissent) -> None:
    if [claim.n for claim in dissent.claims] != list(range(1, len(dissent.claims) + 1)):
        raise DocumentError("The claims are not numbered 1, 2, 3; number them in order.")
    texts: list[Any] = [dissent.subject, dissent.text, dissent.original, dissent.language, dissent.marking]
    texts += [*dissent.prompts.values(), *(c.text for c in dissent.claims), *(c.marking for c in dissent.claims)]
    if not all(isinstance(text, str) for text in texts):
        raise DocumentError("A part of the dissent is not text; it was not made by Demur.")
    if set(dissent.prompts) - set(PROMPTS):
        raise DocumentError("The dissent answers a question that nobody asked; it was not made by Demur.")


def paragraphs(text: str) -> list[str]:
    """The paragraphs of a plain text: what stands between empty lines, each exactly as written."""
    parts = re.split(r"(?:\r?\n[ \t]*)(?:\r?\n[ \t]*)+", text)
    return [part for part in (part.strip("\r\n") for part in parts) if part.strip()]


def from_text(original: bytes, *, name: str, claims: Sequence[int] = (), subject: str = "") -> Dissent:
    """A plain text filed as it is, with claims pointed out by paragraph number (from 1). Raises DocumentError."""
    text = decoded(original, name)
    parts = paragraphs(text)
    if not parts:
        raise DocumentError(f"The file {name!r} holds no text; write the dissent into it first.")
    made = tuple(_pointed(n, number, parts) for n, number in enumerate(claims, start=1))
    if len({claim.paragraph for claim in made}) != len(made):
        raise DocumentError("A paragraph is named twice among the claims; name each once.")
    return Dissent(subject=subject or _first_line(parts[0]), text=text, original=name, claims=made, as_is=True)


def from_document(*, name: str, subject: str = "") -> Dissent:
    """Any other document filed as it is: nothing of it is read here, the file travels untouched beside."""
    return Dissent(subject=subject or name, text="", original=name, as_is=True)


def from_template(toml: str, *, name: str) -> Dissent:
    """A filled template (`DISSENT_TEMPLATE`). Raises DocumentError that names the entry and what to write."""
    what = "template"
    table = toml_table(toml, what)
    only(table, _TOP, what)
    claims = []
    for n, row in enumerate(rows_of(table, "claim", what), start=1):
        only(row, _CLAIM, f"claim {n}")
        text = text_of(row, "text", f"claim {n}", required=True)
        claims.append(Claim(n=n, text=text, marking=text_of(row, "marking", f"claim {n}")))
    prompts = {key: text_of(table, key, what) for key in PROMPTS}
    text_of(table, "recommendation", what, required=True)
    if prompts["decision_date"] and not _DATE.fullmatch(prompts["decision_date"]):
        raise DocumentError('Write decision_date as year-month-day in quotes, such as "2027-03-31", or leave it empty.')
    return Dissent(
        subject=text_of(table, "subject", what, required=True),
        text=text_of(table, "dissent", what, required=True),
        original=name,
        claims=tuple(claims),
        prompts={key: value for key, value in prompts.items() if value},
        language=text_of(table, "language", what),
        marking=text_of(table, "marking", what),
    )


def decoded(original: bytes, name: str) -> str:
    """The text of a UTF-8 file; raises DocumentError with what to do."""
    if b"\0" in original:
        raise DocumentError(f"The file {name!r} is not plain text; file it with --as-is, or save it as UTF-8 text.")
    try:
        return original.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DocumentError(
            f"The file {name!r} is not UTF-8 at byte {error.start}; save it as UTF-8 text, or file it with --as-is."
        ) from None


def _pointed(n: int, number: int, parts: list[str]) -> Claim:
    if not 1 <= number <= len(parts):
        raise DocumentError(
            f"There is no paragraph {number}: the text has {len(parts)}; number the claims by paragraph."
        )
    return Claim(n=n, text=parts[number - 1], paragraph=number)


def _first_line(paragraph: str) -> str:
    line = paragraph.strip().splitlines()[0].strip()
    return line if len(line) <= 120 else line[:119] + "…"


DISSENT_TEMPLATE: Final = '''\
# A dissent. Lines that start with # are hints and are not filed. Only the first three answers are required.

# What is it about, in one line?
subject = ""

# What do you disagree with, and why?
dissent = """
"""

# What do you recommend?
recommendation = """
"""

# Which policy or decision is it?
decision = ""

# What happens if nothing changes?
consequence = ""

# What was already tried, and with what result?
tried = ""

# What should the readers read?
read = ""

# Whom should they ask?
ask = ""

# Your standing on this matter, such as "ten years on this file". Not your name.
standing = ""

# If you know the date on which the decision falls: year-month-day.
decision_date = ""

# If you ask for restricted distribution, say how far.
distribution = ""

# The language you write in, such as "en" or "id".
language = ""

# The numbered claims. The reply must answer each one. Add as many as you need, or remove them.
[[claim]]
text = ""
'''
