# SPDX-License-Identifier: AGPL-3.0-or-later
"""Practice: one person plays everybody. The keys lie in DIR/practice, in clear, and say so.

A real installation never holds an officer's or a seat's key; this module is the only place that makes any.
"""

from collections.abc import Callable
from pathlib import Path

from demur import canonical
from demur.charter.freeze import Frozen
from demur.charter.officers import sign_statement
from demur.charter.roster import Holder, Roster
from demur.entries.installation import Installation
from demur.record.entry import readable_entry
from demur.record.merkle import leaf_hash
from demur.seal.keyfile import OfficerKey, SeatKey, write
from demur.site.configuration import write_private

FOLDER = "practice"
OFFICER_FILE = "officer.key"


def practice_origin(random: Callable[[int], bytes]) -> str:
    """An origin that nobody can mistake for a real channel's: 64 random bits."""
    return f"practice-{random(8).hex()}"


def fill_every_seat(directory: Path, ground: Installation, frozen: Frozen, officer: OfficerKey, *, now: int) -> None:
    """Sign charter and seats with practice keys, adopt them, and leave the keys in DIR/practice."""
    from demur.people.actions.adopt_charter import adopt_charter  # noqa: PLC0415 -- needs Django set up
    from demur.people.actions.fill_seats import fill_seats  # noqa: PLC0415 -- needs Django set up

    folder = directory / FOLDER
    folder.mkdir(mode=0o700)
    write_private(folder / OFFICER_FILE, write(officer, passphrase=None))
    statement = sign_statement(canonical.load_object((directory / "charter.request").read_bytes()), officer.signing)
    adopt_charter(statement, channel=ground.channel)
    charter = leaf_hash(readable_entry(statement)).hex()
    holders = {}
    for seat in frozen.charter.seats:
        key = SeatKey.generate(ground.random, seat=seat.id, now=now)
        write_private(folder / f"{seat.id}.key", write(key, passphrase=None))
        holders[seat.id] = Holder(
            seat=seat.id,
            holder=f"practice: {seat.title}"[:200],
            age=key.identity.recipient.text,
            sign=key.signing.public,
        )
    roster = Roster(charter=charter, serial=1, holders=holders)
    fill_seats(sign_statement(roster.statement(ground.channel.origin), officer.signing), channel=ground.channel)


def practice_officer(random: Callable[[int], bytes], *, now: int) -> OfficerKey:
    """An officer's key for practice."""
    return OfficerKey.generate(random, now=now)
