# SPDX-License-Identifier: AGPL-3.0-or-later
"""`demur key`: keys for seats and officers, made by those who will keep them."""

import os
import time
from pathlib import Path

import click

from demur.cli import speak
from demur.cli.fingerprints import fingerprint_of_key
from demur.cli.groups import Group
from demur.cli.saving import ended, why_not
from demur.cli.unlocking import new_passphrase, passphrase_in
from demur.client.files import check_name, refuse_existing, write_new
from demur.client.room import check_room
from demur.seal.keyfile import OfficerKey, SeatKey, write


@click.group(cls=Group)
def command() -> None:
    """Make a key for a seat or an officer.

    A key is made on the machine of the person who keeps it, and never goes to the server: a seat's key opens and
    answers cases, an officer's key vouches for charter and seats.
    """


@command.command("new")
@click.option("--officer", is_flag=True, help="A charter officer's key: signs charters and seats, opens nothing.")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="Where to write the key.")
@click.option("--no-passphrase", is_flag=True, help="Write the key in clear. For practice only.")
@click.option(
    "--passphrase-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file whose first line is the passphrase to use.",
)
@speak.json_option
def new(output: Path, passphrase_file: Path | None, *, officer: bool, no_passphrase: bool, json: bool) -> int:
    """Make a new key and write it to a file that must not exist yet.

    It is kept under a passphrase: your own, or seven words drawn for you. An officer's public key is also written to
    a file that ends in .pub, for whoever founds the channel.

    \b
    Examples:
      demur key new -o director.key
      demur key new --officer -o officer.key
    """
    if no_passphrase and passphrase_file:
        raise click.UsageError("Give --no-passphrase or --passphrase-file, not both")
    check_name(output)
    public_file = output.with_name(output.name + ".pub")
    refuse_existing(output, *([public_file] if officer else []))
    check_room(output)
    passphrase = None if no_passphrase else passphrase_in(passphrase_file) if passphrase_file else new_passphrase()
    now = int(time.time())
    key = OfficerKey.generate(os.urandom, now=now) if officer else SeatKey.generate(os.urandom, seat="", now=now)
    write_new(output, write(key, passphrase=passphrase))
    why = ""
    if officer:
        why = why_not(lambda: write_new(public_file, f"{key.signing.public.hex()}\n".encode()))
    _tell(key, output, public_file, json=json)
    if no_passphrase:
        speak.warn(f"{output} is not protected by a passphrase; whoever copies it can use it")
    return ended((why, f"{public_file} could not be written; its one line is the public key above"))


def _tell(key: SeatKey | OfficerKey, output: Path, public_file: Path, *, json: bool) -> None:
    public = key.signing.public.hex()
    document = {"file": str(output), "sign": public, "fingerprint": fingerprint_of_key(key)}
    lines = [f"The key is in {output}. Keep it, and a copy of it: nobody can make it again."]
    if isinstance(key, OfficerKey):
        document |= {"kind": "officer", "public_file": str(public_file)}
        lines += [f"  public key   {public}", f"  written to   {public_file}, for whoever founds the channel"]
    else:
        document |= {"kind": "seat", "age": key.identity.recipient.text}
    lines.append(f"  fingerprint  {document['fingerprint']}")
    speak.emit(document, json=json, lines=lines)
