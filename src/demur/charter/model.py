# SPDX-License-Identifier: AGPL-3.0-or-later
"""A charter: the channel's rules as data, shaped for every regime. Reference: `docs/reference/charter.md`, generated checks in tests.

Each class is a table of the TOML file, each field a key; a field without default is required. What this version enforces is
listed in `KEPT`; everything else is parsed, checked and shown as "not yet kept by this version".
"""

from dataclasses import dataclass, field
from typing import Final

from demur.clock.deadlines import Span, Unit

KEPT: Final = frozenset(
    {
        "format",
        "id",
        "title",
        "practice",
        "custodian",
        "oversight",
        "reply_seats",
        "key_wait_hours",
        "tick",
        "covers",
        "server_sealing",
        "seats",
        "facts",
        "clocks",
        "extension",
        "limits",
        "calendars",
        "referrals",
        "outer_doors",
        "edition",
        "owner",
        "legal_base",
        "effective",
        "unconfirmed",
        "scope",
        "eligibility",
    }
)
# Formats of the file that this version knows. A key that changes who reads, who acts or when a clock ends needs a new one, so that
# nobody files under rules that their software cannot follow (`spec/compatibility.md`).
FORMATS: Final = frozenset({1})
KEPT_CLOCKS: Final = frozenset({"ack", "reply"})
# Keys that read better in the file than as a field's name: rows are written [[seat]], not [[seats]].
NAMES_IN_FILE: Final = {"seats": "seat", "facts": "fact", "referrals": "referral", "outer_doors": "outer_door"}
STARTS: Final = frozenset({"received", "ack", "ack.limit", "reply", "decision"})


@dataclass(frozen=True, kw_only=True)
class Condition:
    """True when the author's answer to the question `fact` is one of `is_one_of`, or is none of `is_none_of`.

    Who states nothing has no answer, and no condition holds: a text that says nothing of its author goes to the fewest.
    """

    fact: str
    is_one_of: tuple[str, ...] = ()
    is_none_of: tuple[str, ...] = ()

    def holds(self, facts: dict[str, str]) -> bool:
        """Whether the condition holds for what the author stated."""
        stated = facts.get(self.fact, "")
        if stated == "":
            return False
        return stated in self.is_one_of if self.is_one_of else stated not in self.is_none_of


@dataclass(frozen=True, kw_only=True)
class Seat:
    """An office. `reads` is false for one that only receives openings; `when` makes it a reader on stated facts only."""

    id: str
    title: str
    reads: bool = True
    outside: bool = False
    level: int = 0
    when: Condition | None = None


@dataclass(frozen=True, kw_only=True)
class Fact:
    """A question to the author whose answer decides who reads. `choices` empty: any text."""

    id: str
    question: str
    choices: tuple[str, ...] = ()
    default: str = ""


@dataclass(frozen=True, kw_only=True)
class CalendarRule:
    """Where a calendar's closed days come from: a country of the `holidays` library, and closures of its own."""

    timezone: str
    weekend: tuple[str, ...] = ("sat", "sun")
    country: str = ""
    subdivision: str = ""
    category: str = ""
    closures: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ClockRule:
    """An obligation: when it starts (the earliest of `starts`), how long it has, whose it is.

    `every` makes it recur; `before` = "decision" makes it due before the decision date that the author states.
    """

    owner: str
    calendar: str
    starts: tuple[str, ...] = ("received",)
    limit: int = 0
    target: int = 0
    unit: str = ""
    every: int = 0
    until: str = ""
    before: str = ""
    when: str = ""

    @property
    def span(self) -> Span:
        """The span of a clock that has one."""
        return Span(limit=self.limit or self.every, unit=Unit(self.unit), target=self.target or None)


@dataclass(frozen=True, kw_only=True)
class Extension:
    """The only lengthening of a clock: which, by which seat, how often, by at most how many of the clock's own units."""

    clock: str
    by: str
    max: int
    longest: int
    notify: tuple[str, ...] = ("author",)


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a filing may hold. Bytes and counts, told before anything is written.

    `request_bytes` bounds the one request that files; larger attachments come before it in parts, each at most `file_bytes`, all
    together at most `total_bytes` (0: as one file may have).
    """

    text_bytes: int
    claims: int
    files: int
    file_bytes: int
    request_bytes: int
    total_bytes: int = 0

    @property
    def total(self) -> int:
        """Bytes that the attachments of one filing may have together."""
        return self.total_bytes or self.file_bytes


@dataclass(frozen=True, kw_only=True)
class Covers:
    """What fills the quiet: each tick holds a multiple of `entries`, and `items` cover items reach every inbox between two ticks."""

    entries: int = 0
    items: int = 0


@dataclass(frozen=True, kw_only=True)
class Eligibility:
    """Who may file, as the regime says it; stated by the author, not checked, before sign-on exists."""

    classes: tuple[str, ...]
    note: str = ""
    anonymity_floor: int = 0
    snapshot: str = ""


@dataclass(frozen=True, kw_only=True)
class Scope:
    """What the channel is for, and what else it is not for. Advice: the author decides."""

    subject: str
    precondition: str = ""
    screening: str = ""


@dataclass(frozen=True, kw_only=True)
class Referral:
    """Another door inside for another matter."""

    about: str
    to: str


@dataclass(frozen=True, kw_only=True)
class OuterDoor:
    """A door outside the institution; always shown."""

    name: str
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Review:
    """A panel or joint statement."""

    body: str
    author_nominates: bool = False
    joint_statement: bool = False


@dataclass(frozen=True, kw_only=True)
class Appeal:
    """A second authority with its own clock."""

    to: str
    file_within: int = 0
    file_unit: str = ""
    decide: int = 0
    decide_unit: str = ""
    grounds: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Markings:
    """Levels from lowest to highest, the ceiling of this installation, and captions."""

    levels: tuple[str, ...]
    ceiling: str
    captions: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Reporting:
    """What is reported, to whom, how often; counts below `small_number` are merged."""

    statistics: str = ""
    board: str = ""
    small_number: int = 5


@dataclass(frozen=True, kw_only=True)
class Retention:
    """How long content is kept; proofs are kept for ever."""

    content: str
    proofs: str = "permanent"


@dataclass(frozen=True, kw_only=True)
class Charter:
    """The whole charter. Ids of seats, facts, calendars and clocks are checked against each other by `load`."""

    id: str
    title: str
    edition: str
    custodian: str
    seats: tuple[Seat, ...]
    calendars: dict[str, CalendarRule]
    clocks: dict[str, ClockRule]
    limits: Limits
    eligibility: Eligibility
    scope: Scope
    format: int = 1  # 0: one that is written in no known way
    oversight: str = ""
    practice: bool = False
    owner: str = ""
    legal_base: str = ""
    effective: str = ""
    tick: str = "day"
    covers: Covers = field(default_factory=Covers)
    key_wait_hours: int = 48
    reply_seats: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()
    identity_modes: tuple[str, ...] = ("named",)
    group_signing: str = ""
    restrict_distribution: bool = False
    recusal: str = ""
    extension: Extension | None = None
    review: Review | None = None
    appeal: Appeal | None = None
    markings: Markings | None = None
    reporting: Reporting | None = None
    retention: Retention | None = None
    release: str = ""
    reprisal: str = ""
    notice: str = ""
    urgent: str = ""
    server_sealing: bool = True  # whether the server may seal for people whose browser runs no script
    referrals: tuple[Referral, ...] = ()
    outer_doors: tuple[OuterDoor, ...] = ()
    unconfirmed: tuple[str, ...] = field(default=())

    def seat(self, name: str) -> Seat:
        """The seat with this id; raises KeyError."""
        return {seat.id: seat for seat in self.seats}[name]

    @property
    def reading_seats(self) -> tuple[Seat, ...]:
        """The seats that can be readers of a case, conditional ones included; never oversight."""
        return tuple(seat for seat in self.seats if seat.reads)

    @property
    def oversight_seat(self) -> str:
        """The id of the oversight seat, "" if the charter has none."""
        return self.oversight

    @property
    def key_waiting(self) -> int:
        """How long a seat's key must have been public before it is used unasked, seconds."""
        return self.key_wait_hours * 3600
