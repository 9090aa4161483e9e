# SPDX-License-Identifier: AGPL-3.0-or-later
"""What can be asked about charters and seats.

In force is what stands in a checkpoint that meets the policy: what was adopted while a witness is away waits, because no client could
be shown that it stands in the record, and what was in force before goes on.
"""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from demur import canonical
from demur.charter.freeze import Frozen
from demur.charter.roster import Roster, is_open
from demur.entries.errors import ClocksApart
from demur.entries.installation import Installation
from demur.entries.queries import accepted_checkpoint, published_checkpoint
from demur.entries.rows import run
from demur.people.errors import NotOpen
from demur.people.inforce import ChannelInForce, SeatInForce
from demur.people.models import Statement

# The statements in force: those below the size of the largest checkpoint that meets the policy. CROSS JOIN keeps SQLite's planner to this
# order: few statements, each looked up by its hash. Left to choose it walks every published entry, at every request.
_PROVEN: Final = (
    "SELECT s.leaf_hash FROM people_statement s CROSS JOIN entries_entry e ON e.leaf_hash = s.leaf_hash"
    ' WHERE e."index" < (SELECT size FROM entries_checkpoint WHERE cosigned ORDER BY size DESC LIMIT 1)'
)


@dataclass(frozen=True, kw_only=True)
class Rules:
    """A charter and a roster with their leaf hashes in hex; the roster is None while no seat was ever filled."""

    frozen: Frozen
    charter: str
    roster: Roster | None
    roster_leaf: str

    @property
    def open(self) -> tuple[bool, str]:
        """Whether filing is open, and why not."""
        if self.roster is not None and self.roster.charter != self.charter:
            return False, "A new charter is in force, and the officers have not yet signed the seats for it."
        if self.frozen.refused:
            return False, self.frozen.refused
        return is_open(self.frozen.charter, self.roster)


# Statements never change once adopted, so a parsed one can be kept; the key is the entry's hash.
@lru_cache(maxsize=64)
def _frozen(leaf: bytes) -> Frozen:
    row = Statement.objects.filter(leaf_hash=leaf, kind=Statement.CHARTER).first()
    if row is None:
        raise LookupError("no such charter")
    return Frozen.from_entry(canonical.load_object(row.text.encode()))


@lru_cache(maxsize=64)
def _roster(leaf: bytes) -> Roster:
    return Roster.from_statement(canonical.load_object(Statement.objects.get(leaf_hash=leaf).text.encode()))


def _in_force(kind: str) -> bytes | None:
    """The leaf hash of the statement of `kind` in force, or None."""
    found = run(f"{_PROVEN} AND s.kind = ? ORDER BY s.number DESC LIMIT 1", [kind])
    return bytes(found[0]) if found else None


def rules_in_force() -> Rules:
    """The charter and roster in force. Raises NotOpen before the first charter."""
    # Every request asks: one bare question, and the answer is kept until a statement comes into force.
    newest = run(f"{_PROVEN} ORDER BY s.id DESC LIMIT 1", [])
    return _rules(bytes(newest[0]) if newest else b"")


@lru_cache(maxsize=4)
def _rules(_newest: bytes) -> Rules:
    charter, roster = _in_force(Statement.CHARTER), _in_force(Statement.SEATS)
    if charter is None:
        raise NotOpen(
            "The officers have not yet signed a charter for this channel; adopt one with `demur charter adopt`."
        )
    return Rules(
        frozen=_frozen(charter),
        charter=charter.hex(),
        roster=_roster(roster) if roster else None,
        roster_leaf=roster.hex() if roster else "",
    )


def roster_in_force() -> Roster:
    """The roster in force, less the keys that were taken off a newer one which waits for its checkpoint: what the officers give waits
    for its proof, what they take is gone at once. Raises NotOpen while no seat was ever filled.
    """
    proven = _in_force(Statement.SEATS)
    if proven is None:
        raise NotOpen("No seat of this channel is filled yet; fill them with `demur seat fill`.")
    roster = _roster(proven)
    newest = run(
        "SELECT leaf_hash FROM people_statement WHERE kind = ? ORDER BY number DESC LIMIT 1", [Statement.SEATS]
    )
    if newest is None or bytes(newest[0]) == proven:
        return roster
    kept = _roster(bytes(newest[0])).holders
    return replace(roster, holders={seat: row for seat, row in roster.holders.items() if kept.get(seat) == row})


def proven_rosters() -> list[bytes]:
    """The leaf hashes of the rosters up to the one in force, by serial; empty while no seat was ever filled."""
    proven = _in_force(Statement.SEATS)
    if proven is None:
        return []
    rosters = Statement.objects.filter(kind=Statement.SEATS).order_by("number")
    last = rosters.get(leaf_hash=proven).number
    return [bytes(leaf) for leaf in rosters.filter(number__lte=last).values_list("leaf_hash", flat=True)]


def placed_roster() -> str:
    """The leaf hash (hex) of the newest roster that has its place in the record, shown or not yet; "" before the first. What enters the
    record from now on stands behind it, so that no seat's act under an earlier one can count any more.
    """
    rows = Statement.objects.filter(kind=Statement.SEATS).order_by("-number").values_list("leaf_hash", flat=True)
    for leaf in rows[:2]:
        found = run('SELECT "index" FROM entries_entry WHERE leaf_hash = ?', [bytes(leaf)])
        if found is not None and found[0] is not None:
            return bytes(leaf).hex()
    return ""


def roster_waits() -> bool:
    """Whether a roster waits for its place in the record."""
    leaf = (
        Statement.objects.filter(kind=Statement.SEATS).order_by("-number").values_list("leaf_hash", flat=True).first()
    )
    found = run('SELECT "index" FROM entries_entry WHERE leaf_hash = ?', [bytes(leaf)]) if leaf is not None else None
    return found is not None and found[0] is None


def frozen_of(charter: str) -> Frozen:
    """The frozen charter with this leaf hash (hex). Raises LookupError if this channel never had it."""
    return _frozen(bytes.fromhex(charter))


def statement_text(leaf: str) -> str | None:
    """The canonical JSON of the statement with this leaf hash (hex), or None."""
    row = Statement.objects.filter(leaf_hash=bytes.fromhex(leaf)).first()
    return row.text if row else None


def assets_text() -> str | None:
    """The canonical JSON of the newest entry that says which files browsers are sent, or None."""
    row = Statement.objects.filter(kind=Statement.ASSETS).order_by("-number").first()
    return row.text if row else None


def keeps_texts() -> list[str]:
    """The canonical JSON of each entry that says what the server keeps, the oldest first."""
    return list(Statement.objects.filter(kind=Statement.KEEPS).order_by("number").values_list("text", flat=True))


def channel_in_force(ground: Installation) -> ChannelInForce:
    """What the public page shows."""
    rules, is_open, reason = _openness(ground)
    latest, checkpoint = published_checkpoint(ground.store), accepted_checkpoint(ground.store)
    accepted = ground.policy.accept(checkpoint.note) if checkpoint else None
    return ChannelInForce(
        origin=ground.channel.origin,
        address=ground.address,
        words=tuple(ground.channel.words()),
        practice=ground.channel.practice,
        is_open=is_open,
        not_open_reason=reason,
        frozen=rules.frozen if rules else None,
        seats=_seats(rules) if rules else (),
        officers=len(ground.channel.officers),
        k=ground.channel.k,
        checkpoint_size=accepted.checkpoint.size if accepted else 0,
        checkpoint_time=accepted.time if accepted else 0,
        unwitnessed=accepted.unwitnessed if accepted else True,
        waits_for_witnesses=latest is not None and latest != checkpoint,
        in_dispute=ground.in_dispute(),
        is_full=ground.is_full(),
    )


def _openness(ground: Installation) -> tuple[Rules | None, bool, str]:
    """What is in force, whether anything can be filed under it now, and why not."""
    try:
        rules = rules_in_force()
    except NotOpen as error:
        return None, False, str(error)
    try:
        ground.check_clocks()
    except ClocksApart as error:
        return rules, False, str(error)
    return rules, *rules.open


def _seats(rules: Rules) -> tuple[SeatInForce, ...]:
    holders = rules.roster.holders if rules.roster else {}
    return tuple(
        SeatInForce(
            id=seat.id,
            title=seat.title,
            holder=holders[seat.id].holder if seat.id in holders else "",
            vacant=seat.id not in holders,
            reads=seat.reads,
        )
        for seat in rules.frozen.charter.seats
    )
