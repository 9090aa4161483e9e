# SPDX-License-Identifier: AGPL-3.0-or-later
"""The reply: an outcome, one answer to each claim, and one to the recommendation. Format: `spec/reply.md`.

A reply that passes over a claim is refused before it is sealed: the oldest way to bury a dissent is to answer something else. Claims beyond
the charter's limit are owed one answer together: else whoever files three thousand of them could keep an office from ever replying.

Version 1 has no answer to the recommendation and is judged as it was. What an office fills in is `replying.py`.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from demur import canonical
from demur.dissent.documents.dissent import Dissent
from demur.dissent.documents.reading import is_date, json_document
from demur.dissent.errors import DocumentError
from demur.schema import SPACES, is_visible

ANSWERS: Final = ("answered", "referred", "declined")


@dataclass(frozen=True, kw_only=True)
class Answer:
    """The answer to claim `claim`: `kind` is one of ANSWERS; `to` names where a referred claim went."""

    claim: int
    kind: str
    text: str
    to: str = ""


@dataclass(frozen=True, kw_only=True)
class Recommended:
    """The answer to the author's recommendation: `kind` is one of OUTCOMES. Both are "" where the author made none."""

    kind: str = ""
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class Commitment:
    """Something the institution promises by a date (year-month-day)."""

    text: str
    date: str


@dataclass(frozen=True, kw_only=True)
class Attached:
    """A file that comes with a reply, as its manifest names it: number from 1, name, SHA-256 (hex), size in bytes."""

    n: int
    name: str
    sha256: str
    size: int


@dataclass(frozen=True, kw_only=True)
class Differences:
    """How a reply falls short of what it answers: claims (by number, ascending) that are `left_out`, `repeated` (answered more than
    once) or `invented` (the dissent has none of that number).

    `together`: claims beyond the charter's limit have no answer of their own, and no `text` answers them together.
    `recommendation`: "left_out", "invented", or "". True if there is any.
    """

    left_out: tuple[int, ...] = ()
    repeated: tuple[int, ...] = ()
    invented: tuple[int, ...] = ()
    together: bool = False
    recommendation: str = ""

    def __bool__(self) -> bool:
        """Whether anything differs."""
        return self != Differences()


@dataclass(frozen=True, kw_only=True)
class Reply:
    """A reply as it is sealed. `v` is the version, 1 or 2."""

    outcome: str
    text: str
    answers: tuple[Answer, ...]
    signed_by: str = ""
    appeal: str = ""
    commitments: tuple[Commitment, ...] = ()
    recommendation: Recommended = field(default_factory=Recommended)
    attachments: tuple[Attached, ...] = ()
    v: int = 2

    @property
    def counts(self) -> dict[str, int]:
        """How many claims were answered, referred, declined: what the event says too."""
        return {kind: sum(answer.kind == kind for answer in self.answers) for kind in ANSWERS}

    @property
    def json(self) -> bytes:
        """`reply.json`, canonical."""
        document: dict[str, Any] = {**asdict(self), "type": "reply"}
        if self.v == 1:
            del document["recommendation"], document["attachments"]
        return canonical.dump(document)

    @classmethod
    def parse(cls, data: bytes) -> "Reply":
        """Read `reply.json` of version 1 or 2; raises DocumentError unless it is exactly one."""
        document = json_document(data, "reply")
        document.pop("type")
        reply = cls(
            answers=tuple(Answer(**row) for row in document.pop("answers")),
            commitments=tuple(Commitment(**row) for row in document.pop("commitments")),
            recommendation=Recommended(**document.pop("recommendation", {})),
            attachments=tuple(Attached(**row) for row in document.pop("attachments", [])),
            **document,
        )
        reply._check()
        return reply

    def _check(self) -> None:
        """What the schema cannot say of version 2. Raises DocumentError."""
        if self.v > 1:
            self._check_answers()
            self._check_rows()

    def _check_answers(self) -> None:
        referred = [row.to for row in self.answers if row.kind == "referred"]
        if self.outcome == "out_of_scope" and not all(map(is_visible, (self.text, self.appeal))):
            raise DocumentError(
                "A reply that calls a dissent out of scope lacks its reason or where to go; it was not made by Demur."
            )
        if not all(map(is_visible, referred)):
            raise DocumentError("A reply refers a claim to nobody; it was not made by Demur.")

    def _check_rows(self) -> None:
        if not all(is_date(row.date) for row in self.commitments):
            raise DocumentError("A promise in the reply has no date of the calendar; it was not made by Demur.")
        if is_visible(self.recommendation.text) != bool(self.recommendation.kind):
            raise DocumentError(
                "The answer to the recommendation lacks its kind or its text; the reply was not made by Demur."
            )
        if [row.n for row in self.attachments] != list(range(1, len(self.attachments) + 1)):
            raise DocumentError("The attachments of the reply are not numbered 1, 2, 3; it was not made by Demur.")

    def differences(self, dissent: Dissent, *, most: int) -> Differences:
        """How this reply falls short of `dissent`; falsy if it answers it. `most` is how many claims the case's charter allows.

        Each claim up to `most` has exactly one answer; each beyond at most one of its own, and `text` answers those that have none.
        From version 2 of the reply on, a recommendation has an answer, and where there is none nothing answers it.
        """
        claims = len(dissent.claims)
        given = Counter(answer.claim for answer in self.answers)
        return Differences(
            left_out=tuple(n for n in range(1, min(claims, most) + 1) if given[n] == 0),
            repeated=tuple(sorted(n for n, times in given.items() if times > 1 and 1 <= n <= claims)),
            invented=tuple(sorted(n for n in given if not 1 <= n <= claims)),
            together=any(given[n] == 0 for n in range(most + 1, claims + 1)) and SPACES.issuperset(self.text),
            recommendation=self._recommendation_differs(dissent),
        )

    def _recommendation_differs(self, dissent: Dissent) -> str:
        made, answered = is_visible(dissent.recommendation), self.recommendation.kind != ""
        if self.v == 1 or made == answered:
            return ""
        return "left_out" if made else "invented"

    def check_against(self, dissent: Dissent, *, most: int) -> None:
        """Raises DocumentError, which names the first claim, where `differences` finds any."""
        claims, found = len(dissent.claims), self.differences(dissent, most=most)
        for n in found.repeated[:1]:
            raise DocumentError(f"Claim {n} is answered more than once; the reply must answer each claim once.")
        for n in found.left_out[:1]:
            raise DocumentError(f"Claim {n} is not answered; the reply must answer each claim once.")
        for n in found.invented[:1]:
            raise DocumentError(f"The reply answers claim {n}, but the dissent has {claims} claims.")
        if found.together:
            raise DocumentError(
                f"The dissent has {claims} claims and the charter allows {most}; answer those beyond together, under `text`."
            )
        if found.recommendation == "left_out":
            raise DocumentError("The author made a recommendation; answer it, under `recommendation`.")
        if found.recommendation:
            raise DocumentError("The author made no recommendation; leave the answer to it out.")

    def fault(self, told: Mapping[str, Any], dissent: Dissent | None, *, most: int) -> str:
        """The first fact in which this reply differs from what its event `told`, or falls short of `dissent`: "answers", "outcome",
        "answered", "referred", "declined"; "" if none. Both are what `mismatch` names. Without the dissent, only the event is compared.
        """
        if dissent is not None and self.differences(dissent, most=most):
            return "answers"
        said = {"outcome": self.outcome, **self.counts}
        return next((name for name, value in said.items() if told.get(name) != value), "")
