# SPDX-License-Identifier: AGPL-3.0-or-later
"""Charters in words and as JSON: what one promises, and what an officer is about to sign."""

from collections.abc import Sequence
from typing import Any, Final

from demur.charter.channel import Channel
from demur.charter.explain import Explanation, Said, explain
from demur.charter.freeze import Frozen
from demur.cli import speak

# What each part of an explanation answers, in a reader's order.
_PARTS: Final = (
    ("who", "Who may file"),
    ("what", "What about"),
    ("readers", "Who reads"),
    ("clocks", "By when it is answered"),
    ("late", "If it is late"),
    ("other_doors", "Other doors inside"),
    ("outer_doors", "Doors outside, always open"),
    ("not_kept", "Not yet kept by this version"),
    ("unknown", "What this version does not know"),
)


def charter_lines(frozen: Frozen) -> list[str]:
    """A charter explained."""
    charter = frozen.charter
    explained = explain(charter, frozen.unknown)
    lines = [f"{speak.shown(charter.title)} ({charter.id}, edition {speak.shown(charter.edition)})"]
    lines += ["A practice charter: nothing real belongs in it."] if charter.practice else []
    lines += [speak.shown(frozen.refused)] if frozen.refused else []
    for part, heading in _PARTS:
        lines += _section(heading, _said(explained, part))
    return lines + _section("Not confirmed by a source", [speak.shown(key) for key in explained.unconfirmed])


def charter_document(frozen: Frozen) -> dict[str, Any]:
    """The same for `--json`."""
    charter = frozen.charter
    explained = explain(charter, frozen.unknown)
    sentences = {part: _said(explained, part) for part, _ in _PARTS}
    return {
        "charter": charter.id,
        "title": charter.title,
        "edition": charter.edition,
        "practice": charter.practice,
        "format": charter.format,
        "refused": frozen.refused,
        "unconfirmed": list(explained.unconfirmed),
        **sentences,
    }


def signing_lines(frozen: Frozen, channel: Channel) -> list[str]:
    """What an officer signs: the charter explained, its version, and the channel it is for."""
    needed = f"{channel.k} of {len(channel.officers)} officers must sign."
    calendars = [f"{name} {day.first} to {day.last} ({day.source})" for name, day in sorted(frozen.calendars.items())]
    return [
        *charter_lines(frozen),
        "",
        "You sign this charter, word by word, with its calendars, for this channel:",
        f"  channel    {channel.origin}",
        f"  words      {' '.join(channel.words())}",
        f"  version    {frozen.version}",
        f"  calendars  {'; '.join(calendars)}",
        f"  {needed}",
    ]


def _said(explained: Explanation, part: str) -> list[str]:
    rows: Sequence[Said] = getattr(explained, part)
    return [speak.shown(row.words()) for row in rows]


def _section(heading: str, sentences: Sequence[str]) -> list[str]:
    return ["", f"{heading}:", *(f"  - {sentence}" for sentence in sentences)] if sentences else []
