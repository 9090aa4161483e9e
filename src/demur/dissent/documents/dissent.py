# SPDX-License-Identifier: AGPL-3.0-or-later
"""The dissent: subject, the decision it disagrees with, numbered claims, recommendation. Format: `spec/dissent.md`.

Three ways lead here: the TOML template; a plain text with claims pointed out in it; any document as it is. The original travels beside
`dissent.json`, untouched. The prompts come from the Energy Department's form and from the advice of State's policy planners
(`field/rules.md` R47); only the dissent is required, and of the template the recommendation too.

Version 2 always has a claim, so that there is always something a reply must answer: the document, or the whole text, where the author
pointed out none. Version 1 is read as it was filed and never parted anew.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from demur import canonical
from demur.dissent.documents.paragraphs import BY_BLANK, PARTS, Passage, find_each, parting, passages, without_mark
from demur.dissent.documents.reading import is_date, json_document, only, rows_of, text_of, toml_table
from demur.dissent.errors import DocumentError, NoPassage
from demur.schema import is_visible

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
_SUBJECT: Final = 120  # letters of a first line that becomes the subject


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One numbered claim. `n` counts from 1.

    Version 2: `start` and `end` are its place in the bytes of the dissent's text, 0 and 0 where it was written apart from it.
    Version 1: `paragraph` is its paragraph in the original, 0 if it has none.
    """

    n: int
    text: str
    paragraph: int = 0
    marking: str = ""
    start: int = 0
    end: int = 0


@dataclass(frozen=True, kw_only=True)
class Portion:
    """A part of the text, in bytes, with a marking of its own. No client of this version writes any."""

    start: int
    end: int
    mark: str


@dataclass(frozen=True, kw_only=True)
class Dissent:
    """A dissent as it is sealed. `original` is the name of the untouched file beside it; `parts` is how the text was parted
    when claims were pointed out ("blank", "lines", "" where it was not); `v` is the version, 1 or 2.
    """

    subject: str
    text: str
    original: str
    claims: tuple[Claim, ...] = ()
    prompts: Mapping[str, str] = field(default_factory=dict)
    language: str = ""
    marking: str = ""
    as_is: bool = False
    parts: str = ""
    portions: tuple[Portion, ...] = ()
    v: int = 2

    @property
    def recommendation(self) -> str:
        """What the author recommends, "" if nothing."""
        return self.prompts.get("recommendation", "")

    @property
    def is_document(self) -> bool:
        """Whether it is a document filed as it is, of which nothing is read here."""
        return self.as_is and self.text == ""

    @property
    def json(self) -> bytes:
        """`dissent.json`, canonical."""
        common: dict[str, Any] = {
            "v": self.v,
            "type": "dissent",
            "subject": self.subject,
            "text": self.text,
            "prompts": dict(self.prompts),
            "language": self.language,
            "marking": self.marking,
            "original": self.original,
            "as_is": self.as_is,
        }
        if self.v == 1:
            rows = [{"n": c.n, "text": c.text, "paragraph": c.paragraph, "marking": c.marking} for c in self.claims]
            return canonical.dump({**common, "claims": rows})
        rows = [{"n": c.n, "text": c.text, "start": c.start, "end": c.end, "marking": c.marking} for c in self.claims]
        portions = [{"start": p.start, "end": p.end, "mark": p.mark} for p in self.portions]
        return canonical.dump({**common, "claims": rows, "parts": self.parts, "portions": portions})

    @classmethod
    def parse(cls, data: bytes) -> "Dissent":
        """Read `dissent.json`; raises DocumentError unless it is exactly one."""
        document = json_document(data, "dissent")
        document.pop("type")
        claims = tuple(Claim(**row) for row in document.pop("claims"))
        portions = tuple(Portion(**row) for row in document.pop("portions", []))
        dissent = cls(claims=claims, portions=portions, **document)
        _check(dissent)
        return dissent

    def check_original(self, original: bytes) -> None:
        """Raises DocumentError unless the text of version 2 is the original's, where it is the author's own text."""
        if self.v > 1 and self.as_is and self.text and self.text.encode() != original:
            raise DocumentError("The text of the dissent is not that of the file beside it; its client was not Demur.")


def _check(dissent: Dissent) -> None:
    """What the schema cannot say: numbers in order, and, in version 2, every range. Raises DocumentError."""
    if [claim.n for claim in dissent.claims] != list(range(1, len(dissent.claims) + 1)):
        raise DocumentError("The claims are not numbered 1, 2, 3; number them in order.")
    if dissent.v > 1 and not (_claims_hold(dissent) and _portions_hold(dissent.portions, dissent.text.encode())):
        raise DocumentError("A claim or a portion of the dissent is not where it says; it was not made by Demur.")


def _claims_hold(dissent: Dissent) -> bool:
    if dissent.is_document:
        return _are_apart(dissent) and [claim.text for claim in dissent.claims] == [dissent.original]
    if not is_visible(dissent.text):
        return False
    whole = dissent.text.encode()
    return all(_is_at(whole, claim) for claim in dissent.claims) if dissent.as_is else _are_apart(dissent)


def _are_apart(dissent: Dissent) -> bool:
    """Whether the claims stand apart from the text."""
    return dissent.parts == "" and all((claim.start, claim.end) == (0, 0) for claim in dissent.claims)


def _is_at(whole: bytes, claim: Claim) -> bool:
    return claim.start < claim.end <= len(whole) and whole[claim.start : claim.end] == claim.text.encode()


def _portions_hold(portions: Sequence[Portion], whole: bytes) -> bool:
    ends = [0, *(portion.end for portion in portions)]
    ordered = all(before <= row.start < row.end for before, row in zip(ends, portions, strict=False))
    places = {place for row in portions for place in (row.start, row.end)}
    return ordered and ends[-1] <= len(whole) and not any(_inside_letter(whole, place) for place in places)


def _inside_letter(whole: bytes, place: int) -> bool:
    return place < len(whole) and whole[place] & 0xC0 == 0x80


def paragraphs(text: str, parts: str = "", *, most: int | None = None) -> list[str]:
    """The paragraphs of a plain text, or the first `most`, each exactly as written; `parts` as of `passages`, "" as the text suggests."""
    return [part.text for part in passages(text, parts or parting(text) or BY_BLANK, most=most)]


def from_text(
    original: bytes,
    *,
    name: str,
    claims: Sequence[int] = (),
    subject: str = "",
    quoted: Sequence[str] = (),
    parts: str = "",
    recommendation: str = "",
    language: str = "",
) -> Dissent:
    """A plain text filed as it is. Its claims are paragraphs pointed out by number (from 1), then passages that were `quoted` from it;
    without any, the whole text is the one claim. `parts` as of `paragraphs`. Raises DocumentError.
    """
    text = decoded(original, name)
    if not is_visible(text):
        raise DocumentError(f"The file {name!r} holds no text; write the dissent into it first.")
    how = parts or parting(text) or BY_BLANK
    if how not in PARTS:
        raise DocumentError(f"A text is parted by {' or '.join(PARTS)}, not by {how!r}.")
    found = passages(text, how, most=max(claims, default=1))
    prompts = {"recommendation": recommendation} if is_visible(recommendation) else {}
    rows = _pointed_out(text, found, claims, quoted) or [without_mark(text)]
    made = tuple(Claim(n=n, text=row.text, start=row.start, end=row.end) for n, row in enumerate(rows, start=1))
    return _sound(
        Dissent(
            subject=subject if is_visible(subject) else _first_line(found[0].text),
            text=text,
            original=name,
            claims=made,
            prompts=prompts,
            language=language,
            as_is=True,
            parts=how,
        )
    )


def from_document(*, name: str, subject: str = "", recommendation: str = "", language: str = "") -> Dissent:
    """Any other document filed as it is: nothing of it is read here, the file travels untouched beside. It is its own one claim."""
    prompts = {"recommendation": recommendation} if is_visible(recommendation) else {}
    return _sound(
        Dissent(
            subject=subject if is_visible(subject) else name,
            text="",
            original=name,
            claims=(Claim(n=1, text=name),),
            prompts=prompts,
            language=language,
            as_is=True,
        )
    )


def check_document(data: bytes, name: str) -> None:
    """Raises DocumentError for a document that holds nothing: no bytes, or white space and letters that nobody sees."""
    if not data or (len(data) <= _EMPTY and not is_visible(data.decode("utf-8", "replace"))):
        raise DocumentError(f"The document {name!r} is empty; look whether it was saved, then choose it again.")


_EMPTY: Final = 1_000_000  # bytes; a larger file of spaces alone is nothing that a program saves by mistake


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
    if prompts["decision_date"] and not is_date(prompts["decision_date"]):
        raise DocumentError('Write decision_date as year-month-day in quotes, such as "2027-03-31", or leave it empty.')
    whole = text_of(table, "dissent", what, required=True)
    return _sound(
        Dissent(
            subject=text_of(table, "subject", what, required=True),
            text=whole,
            original=name,
            claims=tuple(claims) or (Claim(n=1, text=whole),),
            prompts={key: value for key, value in prompts.items() if is_visible(value)},
            language=text_of(table, "language", what),
            marking=text_of(table, "marking", what),
        )
    )


def _sound(dissent: Dissent) -> Dissent:
    """The dissent, if every reader will take it. Raises DocumentError with what to do."""
    for name, most in (("subject", 4096), ("language", 1024), ("marking", 1024), ("original", 255)):
        if len(str(getattr(dissent, name)).encode("utf-8", "surrogatepass")) > most:
            raise DocumentError(
                f"The {'file name' if name == 'original' else name} is longer than {most} bytes; make it shorter."
            )
    try:
        return Dissent.parse(dissent.json)
    except canonical.CanonicalError as error:
        raise DocumentError(f"The dissent cannot be sealed: {error}") from None


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


def _pointed_out(text: str, found: Sequence[Passage], claims: Sequence[int], quoted: Sequence[str]) -> list[Passage]:
    stands = zip(quoted, find_each(text, quoted), strict=True)
    pointed = [_pointed(number, found) for number in claims]
    pointed += [_quoted(passage, places) for passage, places in stands]
    if len({(row.start, row.end) for row in pointed}) != len(pointed):
        raise DocumentError("A paragraph is named twice among the claims; name each once.")
    return pointed


def _pointed(number: int, parts: Sequence[Passage]) -> Passage:
    if not 1 <= number <= len(parts):
        raise DocumentError(
            f"There is no paragraph {number}: the text has {len(parts)}; number the claims by paragraph."
        )
    return parts[number - 1]


def _quoted(passage: str, found: Sequence[Passage]) -> Passage:
    shown = f"{passage.strip()[:60]!r}"
    if not found:
        raise NoPassage(f"The passage {shown} does not stand in the text; copy it from there, letter for letter.")
    if len(found) > 1:
        raise NoPassage(
            f"The passage {shown} stands in the text more than once; copy more of it, so that it is one place."
        )
    return found[0]


def _first_line(paragraph: str) -> str:
    line = next(line.strip() for line in paragraph.splitlines() if is_visible(line))
    return line if len(line) <= _SUBJECT else line[: _SUBJECT - 1] + "…"


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
