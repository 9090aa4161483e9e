# SPDX-License-Identifier: AGPL-3.0-or-later
"""The state of a case kept beside its events, so that an act on a case of a thousand events costs what one on ten costs. Pure.

A snapshot is the fold of a case's events and what the server asks of it most: who fetched when, how much each actor did today, and which
entries decide the clocks. It is never the truth: the events are. One of another `VERSION` is folded anew, and `demur doctor --deep`
compares each with its events.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Final

from demur import canonical
from demur.charter.freeze import Frozen
from demur.dissent import events
from demur.dissent.errors import DissentError
from demur.dissent.procedure import group_of, judge
from demur.dissent.states import FILING, State, Story, Verb, pass_over, tell

VERSION: Final = 3  # raised whenever the fold, or what is kept of it, changes
DAY: Final = 86_400  # seconds
_MARKS: Final = (
    "acknowledged_seq",
    "reply_seq",
    "answered_seq",
    "withdrawn_seq",
    "unreadable_seq",
)


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """The state of a case after its last event.

    `day` is that of the last event (days since 1970, UTC) and `acts` how many acts were done on it, by actor and by the group in which
    `procedure.bound_reached` counts. `fetched_at` is when each seat first fetched the filing (POSIX seconds). `leaves` holds the leaf
    hashes (hex), by seq, of the events that decide the clocks and of the last one.
    """

    story: Story = field(default_factory=Story)
    day: int = 0
    acts: Mapping[str, int] = field(default_factory=dict)
    fetched_at: Mapping[str, int] = field(default_factory=dict)
    leaves: Mapping[int, str] = field(default_factory=dict)

    def acts_today(self, seat: str, verb: Verb, at: int) -> int:
        """How many acts that are counted with `verb` the actor (a seat's id, "" for the author) did on the day of `at`."""
        return self.acts.get(_actor(seat, verb), 0) if at // DAY == self.day else 0

    def followed(self, story: Story, event: Mapping[str, Any], leaf: str) -> "Snapshot":
        """The snapshot after one more event, which led to `story` and whose leaf hash is `leaf` (hex)."""
        seq, day = int(event["seq"]), int(event["time"]) // DAY
        marks = {getattr(story, name) for name in _MARKS} | {seq}
        leaves = {known: text for known, text in {**self.leaves, seq: leaf}.items() if known in marks}
        acts, fetched_at = dict(self.acts) if day == self.day else {}, self.fetched_at
        kind, seat = str(event["type"]), str(event["seat"])
        if kind in events.FIELDS and kind not in events.UNSIGNED and group_of(Verb(kind)):
            acts[_actor(seat, Verb(kind))] = acts.get(_actor(seat, Verb(kind)), 0) + 1
        if kind == Verb.FETCH and event["item"] == FILING and seat not in fetched_at:
            fetched_at = {**fetched_at, seat: int(event["time"])}
        return replace(self, story=story, day=day, acts=acts, fetched_at=fetched_at, leaves=leaves)


def refold(told: Iterable[tuple[Mapping[str, Any], str]], frozen: Frozen) -> Snapshot:
    """The snapshot of events in order, each with its leaf hash (hex), of a case under `frozen`.

    Events of version 1 are told as they were accepted; what the procedure does not allow changes nothing.
    """
    snapshot = Snapshot()
    for event, leaf in told:
        snapshot = snapshot.followed(_after(frozen, snapshot.story, event), event, leaf)
    return snapshot


def _after(frozen: Frozen, story: Story, event: Mapping[str, Any]) -> Story:
    if event["v"] > 1 or not events.is_known(event):
        return judge(frozen, story, event)[0]
    try:
        return tell(story, event)
    except DissentError:
        return pass_over(story, event)


def _actor(seat: str, verb: Verb) -> str:
    return f"{group_of(verb)}:{seat}"


def dump(snapshot: Snapshot) -> str:
    """The snapshot as canonical JSON; what is as at the start is left out."""
    story = {}
    for member in fields(Story):
        value = getattr(snapshot.story, member.name)
        if value != member.default:
            story[member.name] = _DUMP.get(member.name, _plain)(value)
    value = {
        "story": story,
        "day": snapshot.day,
        "acts": dict(snapshot.acts),
        "fetched_at": dict(snapshot.fetched_at),
        "leaves": {str(seq): leaf for seq, leaf in snapshot.leaves.items()},
    }
    return canonical.dump(value).decode()


def load(text: str) -> Snapshot:
    """The inverse of `dump`. Raises ValueError for a text that is none."""
    try:
        value = canonical.load_object(text.encode())
        story = {name: _LOAD.get(name, _same)(part) for name, part in value["story"].items()}
        return Snapshot(
            story=Story(**story),
            day=value["day"],
            acts=value["acts"],
            fetched_at=value["fetched_at"],
            leaves={int(seq): leaf for seq, leaf in value["leaves"].items()},
        )
    except (canonical.CanonicalError, KeyError, TypeError, AttributeError) as error:
        raise ValueError("this is not a snapshot of a case") from error


def _plain(value: Any) -> Any:
    return {str(name): part for name, part in value.items()} if isinstance(value, Mapping) else value


def _same(value: Any) -> Any:
    return value


# Numbers of events as one number in hex, a bit for each: a thousand of them take 250 letters.
def _bits(numbers: Iterable[int]) -> str:
    known = set(numbers)
    row = bytearray(max(known, default=0) // 8 + 1)
    for number in known:
        row[number >> 3] |= 1 << (number & 7)
    return row.hex()


def _numbers(text: str) -> frozenset[int]:
    return frozenset(
        place * 8 + bit for place, byte in enumerate(bytes.fromhex(text)) if byte for bit in range(8) if byte >> bit & 1
    )


def _dump_fetched(fetched: frozenset[tuple[str, int]]) -> dict[str, str]:
    by_seat: dict[str, set[int]] = {}
    for seat, item in fetched:
        by_seat.setdefault(seat, set()).add(item)
    return {seat: _bits(items) for seat, items in by_seat.items()}


def _load_fetched(value: Mapping[str, str]) -> frozenset[tuple[str, int]]:
    return frozenset((seat, item) for seat, items in value.items() for item in _numbers(items))


_DUMP: Final[Mapping[str, Any]] = {
    "state": str,
    "bodies": _bits,
    "fetched": _dump_fetched,
    **dict.fromkeys(("granted", "unreadable_by"), sorted),
}
_LOAD: Final[Mapping[str, Any]] = {
    "state": State,
    "bodies": _numbers,
    "fetched": _load_fetched,
    **dict.fromkeys(("granted", "unreadable_by"), frozenset),
}
