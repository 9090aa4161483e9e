# SPDX-License-Identifier: AGPL-3.0-or-later
"""Statements that charter officers sign: the charter, and who holds which seat.

An attacker who owns the server can publish any entry in the record, but not one that clients accept: k of n officers,
whose keys never touch the server, must have signed it. Format: `spec/channel.md`, "Officer-signed statements".
"""

from typing import Any

from demur import canonical
from demur.charter.channel import Channel
from demur.charter.errors import CharterError
from demur.seal.errors import SealError
from demur.seal.signing import SigningKey, verify

DOMAIN = "demur/officer/v1"


class StatementError(CharterError):
    """A statement that too few officers signed, or that was changed after they did."""


def _signed_part(statement: dict[str, Any]) -> bytes:
    return canonical.dump({name: value for name, value in statement.items() if name != "officers"})


def sign_statement(statement: dict[str, Any], key: SigningKey) -> dict[str, Any]:
    """Add one officer's signature; signing again with the same key changes nothing.

    Raises CanonicalError for a statement that has no canonical form.
    """
    mine = {"key": key.public.hex(), "signature": key.sign(DOMAIN, _signed_part(statement)).hex()}
    others = [row for row in statement.get("officers", []) if row["key"] != mine["key"]]
    return {**statement, "officers": sorted([*others, mine], key=lambda row: str(row["key"]))}


def check_statement(statement: dict[str, Any], channel: Channel) -> None:
    """Raises StatementError unless at least k distinct officers of `channel` signed exactly this statement."""
    if statement.get("origin") != channel.origin:
        raise StatementError("This statement was made for another channel; use the one made for this origin.")
    rows = statement.get("officers")
    if not isinstance(rows, list):
        raise StatementError(
            "No officer signed this statement; have it signed with `demur charter sign` or `demur seat sign`."
        )
    signed = _signed_part(statement)
    keys = [_check_row(row, signed, channel) for row in rows]
    if keys != sorted(set(keys)):
        raise StatementError("The officers' signatures are not sorted and distinct; the statement was changed by hand.")
    if len(keys) < channel.k:
        raise StatementError(
            f"{len(keys)} officers signed this statement and {channel.k} must; have it signed by more."
        )


def _check_row(row: object, signed: bytes, channel: Channel) -> str:
    if not isinstance(row, dict) or set(row) != {"key", "signature"} or row["key"] not in channel.officers:
        raise StatementError("A signature on this statement is not by an officer of this channel; do not use it.")
    try:
        verify(bytes.fromhex(row["key"]), DOMAIN, signed, bytes.fromhex(_lower_hex(row["signature"])))
    except SealError:
        raise StatementError(
            "An officer's signature on this statement does not fit it; it was changed after signing."
        ) from None
    return str(row["key"])


def _lower_hex(text: object) -> str:
    if not isinstance(text, str) or len(text) != 128 or set(text) - set("0123456789abcdef"):
        raise StatementError("An officer's signature is not 128 lower-case hex digits; the statement is damaged.")
    return text
