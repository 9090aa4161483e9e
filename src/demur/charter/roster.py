# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who holds which seat now: the officers' `seats` statement, and a holder's request to be put on it.

A seat is an office; a holder is the person whose key opens it today. The officers vouch that no two seats are held by
one person, which no server can know. Format: `spec/channel.md`.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from demur import canonical
from demur.charter.errors import CharterError
from demur.charter.model import Charter
from demur.seal.age.hybrid import HybridRecipient
from demur.seal.errors import SealError
from demur.seal.signing import SigningKey, verify

REQUEST_DOMAIN = "demur/seat-request/v1"
READING_SEATS_TO_OPEN = 2  # PROTOCOL section 1: filing opens when two persons can read

_HEX = re.compile(r"[0-9a-f]{64}")
_SEAT = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_MAX_HOLDER = 200
ROW = frozenset({"seat", "holder", "age", "sign"})
MEMBERS = frozenset({"v", "type", "origin", "charter", "serial", "distinct_holders", "seats"})


class RosterError(CharterError):
    """A roster or a seat request that does not hold."""


@dataclass(frozen=True, kw_only=True)
class Holder:
    """One filled seat: its id, the holder as shown to authors, the age1pq recipient and the Ed25519 public key."""

    seat: str
    holder: str
    age: str
    sign: bytes

    @property
    def fingerprint(self) -> str:
        """What two persons read to each other to be sure of this key: 128 bits of SHA-256 over its public parts, in groups of four."""
        digits = hashlib.sha256(canonical.dump({"age": self.age, "sign": self.sign.hex()})).hexdigest()[:32]
        return " ".join(digits[at : at + 4] for at in range(0, len(digits), 4))

    def __post_init__(self) -> None:
        """Refuse keys that cannot be used; raises RosterError."""
        if not _SEAT.fullmatch(self.seat):
            raise RosterError(f"{self.seat[:60]!r} cannot be a seat's id; `demur charter show` lists the seats.")
        if len(self.holder) > _MAX_HOLDER or any(ord(letter) < 32 for letter in self.holder):
            raise RosterError(
                f"The holder's name of seat {self.seat!r} is longer than {_MAX_HOLDER} letters or has control characters."
            )
        try:
            HybridRecipient.parse(self.age)
        except SealError as error:
            raise RosterError(f"The key of seat {self.seat!r} is not an age1pq recipient: {error}") from None

    @property
    def row(self) -> dict[str, str]:
        """The holder as it stands in the statement."""
        return {"seat": self.seat, "holder": self.holder, "age": self.age, "sign": self.sign.hex()}

    @classmethod
    def from_row(cls, row: object) -> "Holder":
        """Read one row of a statement, or of a request; members that are not known are passed over. Raises RosterError."""
        if not isinstance(row, dict) or not set(row) >= ROW:
            raise RosterError("A row of the roster lacks a part; ask the officers for the statement again.")
        if not all(isinstance(row[name], str) for name in ROW) or not _HEX.fullmatch(row["sign"]):
            raise RosterError(
                "A row of the roster has a part of the wrong kind; ask the officers for the statement again."
            )
        return cls(seat=row["seat"], holder=row["holder"], age=row["age"], sign=bytes.fromhex(row["sign"]))


@dataclass(frozen=True, kw_only=True)
class Roster:
    """The seats that are filled. `charter` is the leaf hash of the charter entry, hex; `serial` counts from 1."""

    charter: str
    serial: int
    holders: Mapping[str, Holder]

    def statement(self, origin: str) -> dict[str, Any]:
        """The unsigned `seats` statement."""
        return {
            "v": 1,
            "type": "seats",
            "origin": origin,
            "charter": self.charter,
            "serial": self.serial,
            "distinct_holders": True,
            "seats": [self.holders[seat].row for seat in sorted(self.holders)],
        }

    @classmethod
    def from_statement(cls, statement: Mapping[str, Any]) -> "Roster":
        """Read a `seats` statement that officers signed (`officers.check_statement`). Lenient: members that this version does not know are
        passed over. Raises RosterError, also for a `v` that is not known.
        """
        check_form(statement, "seats")
        try:
            if not isinstance(statement["seats"], list):
                raise TypeError
            holders = [Holder.from_row(row) for row in statement["seats"]]
            roster = cls(charter=statement["charter"], serial=statement["serial"], holders={h.seat: h for h in holders})
            known = {name: statement[name] for name in MEMBERS - {"seats"}}
            known["seats"] = [{name: row[name] for name in ROW} for row in statement["seats"]]
            same = canonical.dump(roster.statement(statement["origin"])) == canonical.dump(known)
        except (KeyError, TypeError, canonical.CanonicalError):
            raise RosterError("This is not a statement about seats; ask the officers for it again.") from None
        if not same or not _well_formed(roster):
            raise RosterError("The statement about seats is not in its one form; ask the officers for it again.")
        return roster

    @classmethod
    def to_sign(cls, statement: Mapping[str, Any]) -> "Roster":
        """Read a `seats` statement that is to be signed or adopted. Strict: members that are not known are refused. Raises RosterError."""
        roster = cls.from_statement(statement)
        odd = set(statement) - MEMBERS - {"officers"}
        odd |= {name for row in statement["seats"] for name in row} - ROW
        if odd:
            raise RosterError(
                f"The statement about seats holds {min(odd)!r}, which this version does not know; make it anew."
            )
        return roster

    def vacant(self, charter: Charter) -> list[str]:
        """The ids of the charter's seats that nobody holds now."""
        return [seat.id for seat in charter.seats if seat.id not in self.holders]


def check_form(statement: Mapping[str, Any], kind: str) -> None:
    """Raises RosterError for a statement of this kind whose form, `v`, is not known."""
    form = statement.get("v")
    if statement.get("type") == kind and type(form) is int and form != 1:
        raise RosterError(
            f"This statement about seats has form {form}, which this version does not know; update Demur."
        )


def _well_formed(roster: Roster) -> bool:
    named = isinstance(roster.charter, str) and bool(_HEX.fullmatch(roster.charter))
    return named and type(roster.serial) is int and roster.serial >= 1


def is_open(charter: Charter | None, roster: Roster | None) -> tuple[bool, str]:
    """Whether filing is open, and if not, one sentence why (PROTOCOL section 1)."""
    if charter is None or roster is None:
        return False, "The officers have not yet signed a charter and seats for this channel."
    # A seat that reads on stated facts only does not count: for another author nobody but the custodian might be left.
    reading = [seat.id for seat in charter.reading_seats if seat.when is None and seat.id in roster.holders]
    if len(reading) < READING_SEATS_TO_OPEN:
        return False, f"Only {len(reading)} of the seats that read are filled, and two persons must be able to read."
    if charter.oversight_seat not in roster.holders and not charter.practice:
        return False, "The oversight seat is vacant, and a real channel needs it."
    return True, ""


def make_request(*, origin: str, holder: Holder, key: SigningKey) -> dict[str, Any]:
    """A holder's request to be put on the roster, signed by the seat's own key to show that they hold it."""
    body = {"v": 1, "type": "seat-request", "origin": origin, **holder.row}
    return {**body, "signature": key.sign(REQUEST_DOMAIN, canonical.dump(body)).hex()}


def check_request(request: Mapping[str, Any], origin: str) -> Holder:
    """The holder of a request made for `origin`; raises RosterError unless its own key signed it."""
    body = {name: value for name, value in request.items() if name != "signature"}
    if body.pop("v", None) != 1 or body.pop("type", None) != "seat-request" or body.pop("origin", None) != origin:
        raise RosterError("This is not a seat request for this channel; make one with `demur seat fill --request`.")
    holder = Holder.from_row(body)
    if set(body) != ROW:
        raise RosterError("The request for a seat holds more than one does; ask the holder for a new one.")
    signed = canonical.dump({"v": 1, "type": "seat-request", "origin": origin, **body})
    try:
        verify(holder.sign, REQUEST_DOMAIN, signed, bytes.fromhex(str(request.get("signature", ""))))
    except (SealError, ValueError):
        raise RosterError(
            f"The request for seat {holder.seat!r} is not signed by its own key; ask the holder for a new one."
        ) from None
    return holder
