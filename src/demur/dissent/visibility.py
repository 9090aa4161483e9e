# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who sees what: one table. Pure.

The server can show only what it has, and what it has is ciphertext and openings; this table says to whom. That an
administrator sees no more than counts is not in this table's power but in the sealing's; `tests/adversary` holds it.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from demur.dissent.errors import NotVisible
from demur.people.roles import Role


class Thing(StrEnum):
    """What can be asked for."""

    MAILBOX = "mailbox"  # one case's events, as its author sees them
    OWN_FILES = "own-files"  # sealed files of one's mailbox
    CASE = "case"  # one case's events, as a reader sees them
    CASE_FILES = "case-files"  # sealed files of a case, after a fetch
    INBOX = "inbox"  # a seat's own opaque items
    OPENINGS = "openings"  # every event, sealed to oversight
    RECORD = "record"  # tiles, checkpoints, proofs, charter, seats, limits


# Each line: the thing, and the roles that see it.
VISIBLE: Final[Mapping[Thing, frozenset[Role]]] = {
    # The author sees their own mailbox, whole; nobody else does, not even oversight.
    Thing.MAILBOX: frozenset({Role.AUTHOR}),
    Thing.OWN_FILES: frozenset({Role.AUTHOR}),
    # A seat sees a case only with the token that stands inside its grant: signed in is not enough.
    Thing.CASE: frozenset({Role.READER}),
    Thing.CASE_FILES: frozenset({Role.READER}),
    # A seat's inbox is the seat's. Oversight has none: it receives openings only.
    Thing.INBOX: frozenset({Role.SEAT, Role.READER}),
    Thing.OPENINGS: frozenset({Role.OVERSIGHT}),
    # The record is everybody's.
    Thing.RECORD: frozenset(Role),
}


def check_sees(role: Role, thing: Thing) -> None:
    """Raises NotVisible unless `role` sees `thing`."""
    if role not in VISIBLE[thing]:
        raise NotVisible("There is nothing here for you; check the address, and sign the request with the right key.")


def can_see(role: Role, thing: Thing) -> bool:
    """Whether `check_sees` would pass."""
    return role in VISIBLE[thing]
