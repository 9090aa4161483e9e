# SPDX-License-Identifier: AGPL-3.0-or-later
"""A charter in plain sentences, for pages and command line: generated, so that a page cannot promise what the charter does not.

Sentences are templates that can be translated; what fills them (titles, names) is the charter's own text and is not. `gettext_noop` (the
name that extraction knows) marks a template for the catalogue and does nothing else.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from demur.charter.model import KEPT, KEPT_CLOCKS, Charter, ClockRule, Seat
from demur.charter.reading import Unknown
from demur.clock.deadlines import Unit

Translate = Callable[[str], str]


def gettext_noop(text: str) -> str:
    """The text itself."""
    return text


@dataclass(frozen=True)
class Said:
    """A sentence: a template and what fills it. A value that is itself `Said` is translated too."""

    text: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def words(self, translate: Translate = gettext_noop) -> str:
        """The sentence in the language of `translate`."""
        filled = {
            name: value.words(translate) if isinstance(value, Said) else value for name, value in self.values.items()
        }
        return translate(self.text).format(**filled)


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """What a charter means, by question."""

    who: tuple[Said, ...]
    what: tuple[Said, ...]
    readers: tuple[Said, ...]
    clocks: tuple[Said, ...]
    late: tuple[Said, ...]
    other_doors: tuple[Said, ...]
    outer_doors: tuple[Said, ...]
    not_kept: tuple[Said, ...]
    unknown: tuple[Said, ...]
    unconfirmed: tuple[str, ...]


_UNITS: Final[Mapping[str, tuple[str, str]]] = {
    Unit.WORKING_DAY: (gettext_noop("{n} working day"), gettext_noop("{n} working days")),
    Unit.CALENDAR_DAY: (gettext_noop("{n} day"), gettext_noop("{n} days")),
    Unit.MONTH: (gettext_noop("{n} month"), gettext_noop("{n} months")),
    Unit.CALENDAR_QUARTER: (gettext_noop("{n} quarter"), gettext_noop("{n} quarters")),
}

# What a clock promises, by its name; names of a charter's own get the general sentence.
CLOCK_NAMES: Final[Mapping[str, str]] = {
    "ack": gettext_noop("Acknowledgement"),
    "reply": gettext_noop("Reply"),
    "update": gettext_noop("Status update"),
    "board": gettext_noop("Report to the board"),
    "urgent": gettext_noop("Urgent reply"),
    "decision_maker": gettext_noop("Naming of the decision maker"),
    "screening": gettext_noop("Screening"),
    "report": gettext_noop("Report of the panel"),
}

# When the record is published, by the charter's tick.
_PUBLISHED: Final[Mapping[str, str]] = {
    "0": gettext_noop("What is recorded is published at once."),
    "hour": gettext_noop("What is recorded is promised at once and published every hour, in random order."),
    "day": gettext_noop(
        "What is recorded is promised at once and published in the last minute of each day, in random order."
    ),
}

# What is parsed but not enforced by this version, by key.
_NOT_KEPT: Final[Mapping[str, str]] = {
    "identity_modes": gettext_noop(
        "names by choice: this version knows no signing, so write your name only if you want it read"
    ),
    "group_signing": gettext_noop("signing by several people"),
    "restrict_distribution": gettext_noop("a request for restricted distribution is passed on as text, and no more"),
    "recusal": gettext_noop("recusal by rule: you can exclude readers yourself before sealing"),
    "review": gettext_noop("a review panel"),
    "appeal": gettext_noop("an appeal"),
    "markings": gettext_noop("classification markings are passed on as text, and not checked"),
    "reporting": gettext_noop("statistics and reports"),
    "retention": gettext_noop("erasure at the end of retention"),
    "release": gettext_noop("release to the public"),
    "reprisal": gettext_noop("reports of reprisal"),
    "notice": gettext_noop("notices to all members"),
    "urgent": gettext_noop("an urgent path"),
}


def explain(charter: Charter, unknown: Sequence[Unknown] = ()) -> Explanation:
    """The charter in sentences; `unknown` are the parts of a signed one that this version does not know."""
    return Explanation(
        who=_who(charter),
        what=(Said("{text}", {"text": charter.scope.subject}),),
        readers=tuple(_reader(seat) for seat in charter.reading_seats),
        clocks=tuple(clock_said(charter, name, rule) for name, rule in charter.clocks.items() if name in KEPT_CLOCKS),
        late=_late(charter),
        other_doors=tuple(
            Said(gettext_noop("For {about}: {to}."), {"about": row.about, "to": row.to}) for row in charter.referrals
        ),
        outer_doors=tuple(_door(row.name, row.note) for row in charter.outer_doors),
        not_kept=_not_kept(charter),
        unknown=tuple(_unknown(row) for row in unknown),
        unconfirmed=charter.unconfirmed,
    )


def span_said(n: int, unit: str) -> Said:
    """A length of time."""
    one, many = _UNITS[unit]
    return Said(one if n == 1 else many, {"n": n})


def clock_said(charter: Charter, name: str, rule: ClockRule) -> Said:
    """What a clock promises."""
    values: dict[str, Any] = {"clock": Said(CLOCK_NAMES.get(name, name)), "owner": _title(charter, rule.owner)}
    if rule.before:
        return Said(gettext_noop("{clock}: before the decision date that you state, by {owner}."), values)
    if rule.every:
        return Said(
            gettext_noop("{clock}: every {span}, by {owner}."), {**values, "span": span_said(rule.every, rule.unit)}
        )
    values["limit"] = span_said(rule.limit, rule.unit)
    if rule.target:
        values["target"] = span_said(rule.target, rule.unit)
        return Said(gettext_noop("{clock}: aimed at within {target}, due within {limit}, by {owner}."), values)
    return Said(gettext_noop("{clock}: due within {limit}, by {owner}."), values)


def _who(charter: Charter) -> tuple[Said, ...]:
    said = [Said("{who}", {"who": who}) for who in charter.eligibility.classes]
    if charter.eligibility.note:
        said.append(Said("{note}", {"note": charter.eligibility.note}))
    return (
        *said,
        Said(gettext_noop("You state that you are eligible; nobody checks it, and nobody asks who you are.")),
    )


def _reader(seat: Seat) -> Said:
    if seat.when is None:
        return Said("{title}", {"title": seat.title})
    if seat.when.is_one_of:
        values = {"title": seat.title, "fact": seat.when.fact, "answers": ", ".join(seat.when.is_one_of)}
        return Said(gettext_noop("{title}, if you state {fact}: {answers}"), values)
    values = {"title": seat.title, "fact": seat.when.fact, "answers": ", ".join(seat.when.is_none_of)}
    return Said(gettext_noop("{title}, if you state another {fact} than: {answers}"), values)


def _late(charter: Charter) -> tuple[Said, ...]:
    said = [Said(gettext_noop("Lateness is computed from the record and shown; nobody can switch it off."))]
    if charter.extension is not None:
        unit = charter.clocks[charter.extension.clock].unit
        values = {
            "clock": Said(CLOCK_NAMES.get(charter.extension.clock, charter.extension.clock)),
            "owner": _title(charter, charter.extension.by),
            "times": _times(charter.extension.max),
            "span": span_said(charter.extension.longest, unit),
        }
        said.append(
            Said(
                gettext_noop(
                    "{clock} can be extended by {owner}, at most {times} and by {span}, with a reason that you read."
                ),
                values,
            )
        )
    return (*said, Said(_PUBLISHED[charter.tick]))


def _unknown(row: Unknown) -> Said:
    values = {"place": row.place, "value": row.value}
    return Said("{place} = {value}", values) if row.value else Said("{place}", values)


def _title(charter: Charter, seat: str) -> str:
    """The seat's title; its id where a signed charter has no such seat."""
    return next((row.title for row in charter.seats if row.id == seat), seat)


def _times(n: int) -> Said:
    return Said(gettext_noop("once") if n == 1 else gettext_noop("{n} times"), {"n": n})


def _door(name: str, note: str) -> Said:
    return Said("{name}: {note}", {"name": name, "note": note}) if note else Said("{name}", {"name": name})


def _not_kept(charter: Charter) -> tuple[Said, ...]:
    blank = {"identity_modes": ("named",)}
    keys = [key for key in _NOT_KEPT if getattr(charter, key) and getattr(charter, key) != blank.get(key)]
    assert not set(keys) & KEPT
    said = [Said(_NOT_KEPT[key]) for key in keys]
    for name in charter.clocks:
        if name not in KEPT_CLOCKS:
            said.append(Said(gettext_noop("the clock {clock}"), {"clock": Said(CLOCK_NAMES.get(name, name))}))
    return tuple(said)
