# SPDX-License-Identifier: AGPL-3.0-or-later
"""One reader of a case's thread, for its author and for every seat: what the server shows, judged as the server should have judged it.

Three ways lead out. A broken chain, a signature by another key, a wrong place in the record: the server lied, and reading ends with
BadAnswer. An act that should have been refused (by charter, roster, order or date): a *fault* (`spec/event.md`), which is told and changes
nothing, so that a server and a custodian together bury nothing unseen. An event that this version does not know: verified, counted,
shown as such. Sealed texts are opened by `texts`, and no text, however malformed, ends a thread.
"""

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, Final

from demur.charter.freeze import Frozen
from demur.client.errors import BadAnswer
from demur.client.keeping import Keeps, read_keeps
from demur.client.lookups import Placed, Record
from demur.dissent import events
from demur.dissent.errors import EventError
from demur.dissent.procedure import judge
from demur.dissent.states import Story, Verb, pass_over
from demur.record.entry import case_entry
from demur.record.merkle import leaf_hash

FRESH: Final = 25 * 3600  # seconds that an event may be dated ahead of this machine's clock
PAGE: Final = 500  # events asked for in one request
MOST_ITEMS: Final = (
    1_000_000  # events that a client reads of one case: a server that never ends must not fill its memory
)
TELL: Final = "keep your files, do not rely on this server, and tell oversight."


@dataclass(frozen=True, kw_only=True)
class Item:
    """One event of the thread. `body` is the SHA-256 (hex) of its sealed file or ""; `index` its place in the log or
    -1.
    """

    n: int
    event: dict[str, Any]
    r: str
    body: str
    index: int

    @property
    def commitment(self) -> bytes:
        """What the record holds of the event."""
        return events.commitment(self.event, bytes.fromhex(self.r))

    @property
    def hash(self) -> bytes:
        """What a mailbox head chains for it."""
        return events.item_hash(self.n, body=self.body, event=self.event, r=self.r)


@dataclass(frozen=True, kw_only=True)
class Fault:
    """An event that should not stand in the thread: its number, and what is wrong, as `spec/event.md` names it."""

    seq: int
    name: str


@dataclass(frozen=True, kw_only=True)
class Reading:
    """A thread, verified and judged. `places` are the proofs of its events by seq, of those that are published."""

    items: tuple[Item, ...]
    frozen: Frozen
    story: Story
    places: Mapping[int, Placed]
    faults: tuple[Fault, ...]
    recused: frozenset[str] = frozenset()  # those left out whose acts do not count, as far as the reader knows them

    @property
    def times(self) -> dict[int, int]:
        """When each published event counts, POSIX seconds by seq: what the log owes from its promise, all else from its proof."""
        proven = {n: placed.accepted.time for n, placed in self.places.items()}
        return {**proven, self.items[0].n: int(self.items[0].event["time"])}


def read_items(rows: object, *, origin: str, case: str = "") -> tuple[Item, ...]:
    """The events of a thread from seq 1, each in form, of this case ("": of one case), and naming the one before. Pure.

    Raises BadAnswer.
    """
    if not isinstance(rows, list) or not rows:
        raise BadAnswer("The server's answer holds no events of the case; try again later.")
    items = tuple(_item(n, row) for n, row in enumerate(rows, start=1))
    first = items[0].event
    if first["type"] != "received" or not events.is_known(first):
        raise BadAnswer(f"The thread does not begin with what was filed; {TELL}")
    _check_linked(items, case or first["case"], origin)
    return items


def _check_linked(items: Sequence[Item], case: str, origin: str) -> None:
    for item in items:
        if (item.event["case"], item.event["origin"]) != (case, origin):
            raise BadAnswer(f"Event {item.n} is of another case or channel; {TELL}")
    for older, newer in pairwise(items):
        if (newer.event["prev"], newer.event["charter"]) != (older.commitment.hex(), older.event["charter"]):
            raise BadAnswer(f"Event {newer.n} does not continue the one before; {TELL}")


def read_pages(ask: Callable[[str], dict[str, Any]]) -> dict[str, Any]:
    """A thread's answer with the items of all its pages; `ask` is given the query of a page. What else the answer says is the last
    page's: a mailbox's head counts what was written meanwhile too. A server of before gives all at once. Raises BadAnswer.
    """
    answer = ask(f"most={PAGE}")
    rows = answer.get("items")
    while answer.get("more") is True and isinstance(rows, list) and rows and isinstance(rows[-1], dict):
        answer = ask(f"most={PAGE}&after={rows[-1].get('n')}")
        page = answer.get("items")
        if not isinstance(page, list) or not page or len(rows) > MOST_ITEMS:
            raise BadAnswer("The server's answer to a page of the case holds no events; try again later.")
        rows = [*rows, *page]
    return {**answer, "items": rows}


def read_thread(
    items: Sequence[Item],
    record: Record,
    *,
    author: bytes,
    now: int,
    recused: frozenset[str] = frozenset(),
    filed: int = 1,
    proven: bool = False,
) -> Reading:
    """Verify and judge `items` (of `read_items`). `author` is the author's public key, `now` POSIX seconds, `recused` the seats that the
    author left out, `filed` the version of the dissent, both as far as the reader knows them.

    With `proven`, an event that the server calls published and does not prove is refused; an author reads on while a witness is away, and
    no clock is met by it.

    Raises BadAnswer, and what `Server.get` raises.
    """
    for item in items:
        if item.event["time"] > now + FRESH:
            raise BadAnswer(f"Event {item.n} is dated in the future; set this machine's clock, or tell oversight.")
        if item.n > 1:
            _check_signature(item, author, record)
    record.ask_anew(now=now)
    named = {item.event["roster"]: bytes.fromhex(item.event["roster"]) for item in items if item.event["seat"]}
    places, proofs = _places(items, record, beside=list(named.values()), proven=proven)
    rosters = {name: proofs[leaf] for name, leaf in named.items() if leaf in proofs}
    frozen = record.charter(items[0].event["charter"])
    judging = _Judging(
        items=items, frozen=frozen, record=record, places=places, rosters=rosters, recused=set(recused), filed=filed
    )
    story, faults = judging.judged()
    return Reading(
        items=tuple(items),
        frozen=frozen,
        story=story,
        places=places,
        faults=tuple(faults),
        recused=frozenset(judging.recused),
    )


def signer_of(event: Mapping[str, Any], author: bytes, record: Record) -> bytes:
    """The public key that must have signed an event: the author's, or the seat's in the roster that the event names. Raises BadAnswer."""
    if event["seat"] == "":
        return author
    holder = record.roster(event["roster"]).holders.get(event["seat"])
    if holder is None:
        raise BadAnswer(f"Event {event['seq']} is by the seat {event['seat']!r}, which nobody held then; {TELL}")
    return holder.sign


@dataclass(kw_only=True)
class _Judging:
    items: Sequence[Item]
    frozen: Frozen
    record: Record
    places: Mapping[int, Placed]
    rosters: Mapping[str, Placed]  # by leaf hash (hex), those that seats' events name
    recused: set[str]
    filed: int

    def judged(self) -> tuple[Story, list[Fault]]:
        story, faults, acts = Story(), [], set[str]()
        times = {n: placed.accepted.time for n, placed in self.places.items()}
        for item in self.items:
            name = "" if item.n == 1 else self._fault(item, acts)
            if name:
                story = pass_over(story, item.event)
            else:
                story, name = judge(self.frozen, story, item.event, times=times)
            if name:
                faults.append(Fault(seq=item.n, name=name))
            elif (item.event["v"], item.event["type"]) == (1, Verb.GRANT):
                self.recused.discard(item.event["to"])  # version 1 let a seat in that was left out, and it stays in
        return story, faults

    def _fault(self, item: Item, acts: set[str]) -> str:
        """What is wrong with an event's place, "" if nothing; `acts` are those that stood before it."""
        event = item.event
        act = events.act_hash(event)
        repeated = act in acts
        acts.add(act)
        if event["v"] > 1 and not self._has_seen(item):
            return "seen"
        if repeated:
            return "twice"
        if event["seat"] and not self._under_roster(item):
            return "roster"
        if event["v"] > 1 and not self.recused.isdisjoint({event["seat"], event.get("to")}):
            return "recused"
        return self._unannounced(item)

    def _has_seen(self, item: Item) -> bool:
        """Whether what the actor says they had read is an event before this one. Of event 0, the author's own, all know the commitment."""
        seq, named = item.event["seen"]["seq"], item.event["seen"]["commitment"]
        if seq == 0:
            return bool(named == self.items[0].event["prev"])
        return bool(seq < item.n and self.items[seq - 1].commitment.hex() == named)

    def _under_roster(self, item: Item) -> bool:
        """Whether the roster that an event names was the one in force at its place in the record."""
        leaf, placed = item.event["roster"], self.places.get(item.n)
        following, own = (
            self.record.next_roster(leaf, whole=self._since_version_2 <= len(self.items)),
            self.rosters.get(leaf),
        )
        # What is not yet proven is not judged: it may be published together with that roster while this is read.
        if placed is None or own is None:
            return True
        after = (following.index, following.accepted.checkpoint.size) if following else None
        return in_force_at(placed.index, own=own.index, following=after, sizes=self._sizes)

    @cached_property
    def _sizes(self) -> frozenset[int]:
        """The sizes of all checkpoints that this reading has seen."""
        return frozenset(placed.accepted.checkpoint.size for placed in (*self.places.values(), *self.rosters.values()))

    @cached_property
    def _keeps(self) -> Sequence[Keeps]:
        return read_keeps(self.record.server, self.record.channel)

    @cached_property
    def _since_version_2(self) -> int:
        """The number of the event from which on a seat acts in the new form, whatever the server shows of what it keeps: it took one in
        that form before, or the dissent itself is of version 2. One beyond the last event where neither is so.
        """
        first = next((item.n for item in self.items if item.event["v"] > 1), len(self.items) + 1)
        return first if self.filed == 1 else 1

    def _unannounced(self, item: Item) -> str:
        """A type or version that was not announced in time; the old form by a seat after the channel began to keep the new one. A server
        of before announces nothing, and then only what this version does not know is held against it.
        """
        event, in_time = item.event, self._announced_in_time(item)
        if event["v"] == 1 and event["type"] in events.FIRST_TYPES:
            return "old" if event["seat"] and self._is_late(item, in_time) else ""
        named = any(event["v"] <= row.acts and event["type"] in row.types for row in in_time)
        return "" if named or (not self._keeps and events.is_known(event)) else "unannounced"

    def _is_late(self, item: Item, in_time: Sequence[Keeps]) -> bool:
        """Whether an event of version 1 came after version 2 had begun."""
        return item.n > self._since_version_2 or _came_after_version_2(self.places.get(item.n), in_time)

    def _announced_in_time(self, item: Item) -> list[Keeps]:
        placed = self.places.get(item.n)
        size = placed.accepted.checkpoint.size if placed is not None else None
        return [row for row in self._keeps if size is None or row.published <= size]


def _came_after_version_2(placed: Placed | None, keeps: Sequence[Keeps]) -> bool:
    """What is not yet proven came after nothing."""
    begun = min((row.published for row in keeps if row.acts > 1), default=None)
    return placed is not None and begun is not None and placed.index >= begun


def _item(n: int, row: object) -> Item:
    if not isinstance(row, dict) or row.get("n") != n or type(row.get("index")) is not int:
        raise BadAnswer("The case's events are not numbered in order; try again later.")
    event, r = _opened(row)
    body = row.get("body")
    if event["seq"] != n or not isinstance(body, str) or bool(body) != bool(event["body"]):
        raise BadAnswer(f"Event {n} is not in its place, or its sealed text is missing; try again later.")
    if body and not is_hash(body):
        raise BadAnswer(f"Event {n} names its sealed text by something that is not a hash; try again later.")
    return Item(n=n, event=event, r=r.hex(), body=body, index=row["index"])


def _opened(row: Mapping[str, Any]) -> tuple[dict[str, Any], bytes]:
    if not isinstance(row.get("event"), dict):
        raise BadAnswer("What the server shows is not an event; try again later.")
    try:
        return events.check_opening({"event": row["event"], "r": row.get("r")})
    except EventError as error:
        raise BadAnswer(f"What the server shows is not an event: {error}") from None


def _check_signature(item: Item, author: bytes, record: Record) -> None:
    try:
        if item.event["type"] in events.UNSIGNED:
            raise BadAnswer(f"Event {item.n} is signed by nobody; {TELL}")
        events.verify_act(item.event, signer_of(item.event, author, record))
    except EventError as error:
        raise BadAnswer(str(error)) from None


def _places(
    items: Sequence[Item], record: Record, *, beside: Sequence[bytes], proven: bool
) -> tuple[dict[int, Placed], dict[bytes, Placed]]:
    """Where each event stands in the record for all to see, and since when (by seq), as proven; and all proofs by leaf hash, those of the
    entries `beside` too, which are asked for with them. Raises BadAnswer.

    An event that is not yet published has no time: claimed times never decide (PROTOCOL section 4).
    """
    published = [item for item in items if item.index >= 0]
    leaves = {item.n: leaf_hash(case_entry(item.commitment)) for item in published}
    found = record.proofs([*leaves.values(), *beside])
    places = {}
    for item in published:
        placed = found.get(leaves[item.n])
        if (placed is None and proven) or (placed is not None and placed.index != item.index):
            raise BadAnswer(f"Event {item.n} does not stand in the record where the server says; {TELL}")
        if placed is not None:
            places[item.n] = placed
    return places, found


def in_force_at(index: int, *, own: int, following: tuple[int, int] | None, sizes: Set[int]) -> bool:
    """Whether an act at `index` in the record was made under seats in force there: their roster stands at `own`, before it, and the next
    one, if any, was not yet published. Pure.

    `following` is the next roster's index and the size of a checkpoint that holds it; `sizes` those of other checkpoints of the record. A
    server in collusion proves the next roster by a checkpoint of months later: any checkpoint that is known and holds it tells that it was
    published by then. What was published with it, at one tick, still counts.
    """
    if index <= own:
        return False
    if following is None:
        return True
    place, held = following
    return index < min([held, *(size for size in sizes if size > place)])


def is_hash(value: object) -> bool:
    """Whether a value is 64 lower-case hex digits."""
    return isinstance(value, str) and len(value) == 64 and set(value) <= set("0123456789abcdef")
