# SPDX-License-Identifier: AGPL-3.0-or-later
"""`demur seat`: filling seats. The holder asks, officers vouch, the installation follows."""

from pathlib import Path
from typing import Any

import click

from demur import canonical
from demur.charter.roster import Holder, Roster, make_request
from demur.cli import speak
from demur.cli.fingerprints import fingerprint_of_key
from demur.cli.groups import Group
from demur.cli.mycase import server_options
from demur.cli.seat_view import plan_lines, seats_document, seats_lines
from demur.cli.statements import (
    adopted,
    charter_in,
    check_officer,
    missing,
    officer_channel,
    read_request,
    read_signed,
    read_statement,
    sign_into,
    signed_lines,
)
from demur.cli.unlocking import passphrase_option, read_officer_key, read_seat_key
from demur.client.files import refuse_existing, write_new
from demur.client.room import check_room
from demur.client.seating import next_roster

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_OUT = click.Path(path_type=Path)


@click.group(cls=Group)
def command() -> None:
    """Fill and list the seats of a channel.

    A seat is an office, its holder the person whose key opens it now. A holder asks with `fill --request`, officers
    vouch with `sign`, and `fill DIRECTORY seats.signed` puts it in force.
    """


@command.command("fill")
@click.argument("places", nargs=-1, metavar="[DIRECTORY seats.signed]", type=click.Path(exists=True, path_type=Path))
@click.option("--request", "asks", is_flag=True, help="Ask to be put on a seat: writes a file for the officers.")
@click.option("--seat", help="The seat's id in the charter.")
@click.option("--key", "key_file", type=_FILE, help="The holder's key.")
@click.option("--holder", help="Who holds the seat, as authors will see it.")
@click.option("--channel", "channel_file", type=_FILE, help="channel.toml of the channel it is for.")
@click.option("-o", "--output", type=_OUT, help="Where to write the request.")
@passphrase_option
@speak.json_option
def fill(places: tuple[Path, ...], passphrase_file: Path | None, *, asks: bool, json: bool, **options: Any) -> None:
    """Ask to be put on a seat (with --request), or put in force in DIRECTORY what the officers signed.

    \b
    Examples:
      demur seat fill --request --seat director --key director.key --holder "Ada Example" \\
          --channel channel.toml -o director.request
      demur seat fill /srv/demur seats.signed
    """
    if asks:
        if places or None in options.values():
            raise click.UsageError("A request needs --seat, --key, --holder, --channel and -o, and no directory")
        _request(**options, passphrase_file=passphrase_file, json=json)
        return
    if len(places) != 2 or any(option is not None for option in options.values()):
        raise click.UsageError("Give the installation's directory and seats.signed; or --request to ask for a seat")
    _put_in_force(*places, json=json)


def _request(
    *,
    seat: str,
    key_file: Path,
    holder: str,
    channel_file: Path,
    output: Path,
    passphrase_file: Path | None,
    json: bool,
) -> None:
    refuse_existing(output)
    check_room(output)
    channel = officer_channel(channel_file)
    key = read_seat_key(key_file, passphrase_file)
    asked = Holder(seat=seat, holder=holder, age=key.identity.recipient.text, sign=key.signing.public)
    write_new(output, canonical.dump(make_request(origin=channel.origin, holder=asked, key=key.signing)))
    fingerprint = fingerprint_of_key(key)
    lines = [
        f"The request is in {output}. Send it to the officers, and read them the fingerprint yourself, by voice:",
        f"  {fingerprint}",
    ]
    speak.emit({"file": str(output), "seat": seat, "fingerprint": fingerprint}, json=json, lines=lines)


def _put_in_force(directory: Path, signed: Path, *, json: bool) -> None:
    from demur.cli.installing import fill as fill_in  # noqa: PLC0415 -- starts Django

    statement = read_statement(signed, "seats")
    force = fill_in(directory, statement)
    roster = Roster.from_statement(statement)
    seats = sorted(roster.holders)
    document = {"serial": roster.serial, "seats": seats, "directory": str(directory), "in_force": force}
    said = f"Statement {roster.serial}, which fills {len(seats)} seats, {adopted(in_force=force)}"
    speak.emit(document, json=json, lines=[said])


@command.command("sign")
@click.argument("requests", nargs=-1, type=_FILE)
@click.option("--key", "key_file", required=True, type=_FILE, help="The officer's key.")
@click.option("--channel", "channel_file", required=True, type=_FILE, help="channel.toml of the channel.")
@click.option("--charter", "charter_file", required=True, type=_FILE, help="The signed charter that has these seats.")
@click.option("--after", type=_FILE, help="The last signed seats: those that no request replaces stay as they are.")
@click.option("--vacate", multiple=True, metavar="SEAT", help="Leave this seat vacant from now on.")
@click.option("-o", "--output", required=True, type=_OUT, help="Where to write the statement.")
@passphrase_option
@click.option("--yes", is_flag=True, help="Do not ask: the fingerprints were compared, the persons are different ones.")
@speak.json_option
def sign(
    requests: tuple[Path, ...],
    key_file: Path,
    channel_file: Path,
    charter_file: Path,
    after: Path | None,
    vacate: tuple[str, ...],
    output: Path,
    passphrase_file: Path | None,
    *,
    yes: bool,
    json: bool,
) -> None:
    """Vouch as an officer for who holds which seat. REQUESTS are the files that the holders sent.

    You vouch that each key is its holder's, so compare the fingerprints by voice, and that no two seats are one
    person's. Where several officers must sign, each runs this with the same files and the same -o.

    \b
    Examples:
      demur seat sign --key officer.key --channel channel.toml --charter charter.signed *.request -o seats.signed
      demur seat sign --key officer.key --channel channel.toml --charter charter.signed --after seats.signed \\
          --vacate director new.request -o seats-2.signed
    """
    check_room(output)
    channel = officer_channel(channel_file)
    frozen, charter = charter_in(read_signed(charter_file, "charter", channel))
    before = Roster.from_statement(read_signed(after, "seats", channel)) if after else None
    asked = [read_request(path) for path in requests]
    change = next_roster(
        asked, origin=channel.origin, charter=frozen.charter, leaf=charter, before=before, vacate=vacate
    )
    key = read_officer_key(key_file, passphrase_file)
    check_officer(key, channel)
    for line in plan_lines(change, frozen.charter, channel):
        click.echo(speak.shown(line), err=True)
    if not yes and not speak.ask(
        "Did you compare these fingerprints with each holder, and are they different persons?"
    ):
        raise click.Abort
    signed = sign_into(output, change.roster.statement(channel.origin), key, channel)
    document = {
        **seats_document(frozen.charter, change.roster),
        "file": str(output),
        "missing": missing(signed, channel),
    }
    speak.emit(document, json=json, lines=signed_lines(output, signed, channel, then=f"demur seat fill DIR {output}"))


@command.command("list")
@click.argument("directory", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
@server_options()
@speak.json_option
def list_(directory: Path | None, server: str | None, channel: str | None, *, insecure: bool, json: bool) -> None:
    """List the seats in force, of the installation in DIRECTORY or of a channel's server; vacant ones too.

    \b
    Examples:
      demur seat list /srv/demur
      demur seat list --server https://dissent.example.org
    """
    if (directory is None) == (server is None):
        raise click.UsageError("Give the installation's directory, or --server")
    if directory is not None:
        from demur.cli.installing import in_force  # noqa: PLC0415 -- starts Django

        frozen, roster = in_force(directory)
    else:
        assert server is not None
        from demur.cli.seat_asking import asked  # noqa: PLC0415 -- the network, for this form only

        frozen, roster = asked(server, channel, insecure=insecure)
    document = seats_document(frozen.charter, roster)
    speak.emit(document, json=json, lines=seats_lines(frozen.charter, roster))
