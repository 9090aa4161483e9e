# SPDX-License-Identifier: AGPL-3.0-or-later
"""Officers' files: requests and statements read from disk, signatures added to them, written whole.

Officers exchange files by any way they like. Nothing in a file is believed for where it came from: a statement counts
by the officers' signatures on it, and a signature is put under nothing that was not shown.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from demur import canonical
from demur.charter.channel import Channel
from demur.charter.errors import CharterError
from demur.charter.freeze import Frozen
from demur.charter.officers import StatementError, check_statement, sign_statement
from demur.cli import speak
from demur.client.errors import FileInTheWay
from demur.client.files import replace_own, write_new
from demur.client.healing import CHANGED, as_written
from demur.client.known import channel_file
from demur.record.entry import readable_entry
from demur.record.merkle import leaf_hash
from demur.seal.keyfile import OfficerKey

_KINDS: Final = {
    "charter": "a charter for signing",
    "seats": "a statement about seats",
    "seat-request": "a request for a seat",
}


def read_statement(path: Path, kind: str) -> dict[str, Any]:
    """The statement of type `kind` in a file, signed or not. Raises CharterError for another kind of file."""
    try:
        statement = read_object(path)
    except canonical.CanonicalError as error:
        raise CharterError(f"{path} is not {_KINDS[kind]}: {error}") from None
    if (statement.get("v"), statement.get("type")) != (1, kind):
        raise CharterError(f"{path} is not {_KINDS[kind]}; look at the name of the file again.")
    return statement


def read_object(path: Path) -> dict[str, Any]:
    """The JSON object in a file, as it was written: what another program changed harmlessly is undone, and told. Raises CanonicalError."""
    found, changed = as_written(path.read_bytes(), canonical.load_object)
    if changed:
        speak.warn(f"{path}: {CHANGED}")
    return found


def read_request(path: Path) -> dict[str, Any]:
    """A holder's request in a file; `roster.check_request` checks it. Raises CharterError for another kind of file."""
    return read_statement(path, "seat-request")


def read_signed(path: Path, kind: str, channel: Channel) -> dict[str, Any]:
    """The statement in a file, if enough officers of `channel` signed it. Raises CharterError."""
    statement = read_statement(path, kind)
    check_statement(statement, channel)
    return statement


def charter_in(statement: dict[str, Any]) -> tuple[Frozen, str]:
    """The charter of a signed statement, and its entry's leaf hash in hex. Raises CharterError, EntryError."""
    return Frozen.from_entry(statement), leaf_hash(readable_entry(statement)).hex()


def check_officer(key: OfficerKey, channel: Channel) -> None:
    """Raises StatementError unless `key` is one of the channel's officers': signing with another is in vain."""
    if key.signing.public.hex() not in channel.officers:
        raise StatementError(
            f"This key is not one of the officers' of {channel.origin}; sign with the one the channel names."
        )


def officer_channel(path: Path) -> Channel:
    """The channel in `channel.toml`. Raises NotTrusted unless it holds."""
    return channel_file(path).channel


def sign_into(path: Path, statement: dict[str, Any], key: OfficerKey, channel: Channel) -> dict[str, Any]:
    """Sign `statement` and write it to `path`; where another officer's copy of the same lies there, add to its signatures.

    Returns what was written. Raises FileInTheWay for any other file, StatementError for a signature there that does
    not fit.
    """
    if not path.exists():
        signed = sign_statement(statement, key.signing)
        write_new(path, canonical.dump(signed))
        return signed
    try:
        there = read_object(path)
    except canonical.CanonicalError:
        there = {}
    if _unsigned(there) != _unsigned(statement):
        raise FileInTheWay(f"The file {path} exists already and is not this statement; give another name with -o.")
    signed = sign_statement(there, key.signing)
    _check_so_far(signed, channel)
    replace_own(path, canonical.dump(signed))
    return signed


def missing(statement: dict[str, Any], channel: Channel) -> int:
    """How many more officers must sign."""
    return max(0, channel.k - len(statement["officers"]))


def signed_lines(path: Path, statement: dict[str, Any], channel: Channel, *, then: str) -> list[str]:
    """What was signed, and what comes next."""
    more = missing(statement, channel)
    if more:
        officers = "one more officer" if more == 1 else f"{more} more officers"
        return [
            f"Signed into {path}. {officers.capitalize()} must sign the same file; pass it on, and "
            "give it with -o again."
        ]
    return [f"Signed into {path}. It holds now; next, where the channel is served: {then}"]


def adopted(*, in_force: bool) -> str:
    """The end of a sentence about a statement that was just published: whether it is in force."""
    return (
        "is in force."
        if in_force
        else "is recorded; it is in force once the witnesses have cosigned the record that holds it."
    )


def _unsigned(statement: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in statement.items() if name != "officers"}


def _check_so_far(statement: dict[str, Any], channel: Channel) -> None:
    # Whoever signs last must not vouch for a file with a forged signature in it: it would be refused later, whole.
    enough = replace(channel, k=min(channel.k, len(statement["officers"])))
    check_statement(statement, enough)
