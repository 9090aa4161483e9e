# SPDX-License-Identifier: AGPL-3.0-or-later
"""`demur policy`: who must countersign the record, changed by the officers under the policy before."""

from pathlib import Path
from typing import Any

import click

from demur import canonical
from demur.charter.channel import Channel
from demur.charter.errors import CharterError
from demur.charter.officers import sign_statement
from demur.charter.policies import MEMBERS, policy_statement
from demur.cli import speak
from demur.cli.groups import Group
from demur.cli.statements import officer_channel, read_object
from demur.cli.unlocking import passphrase_option, read_officer_key
from demur.client.files import replace_own, write_new
from demur.client.room import check_room
from demur.record.policy import Policy
from demur.witness.card import Card

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_DIRECTORY = click.Path(exists=True, file_okay=False, path_type=Path)


@click.group(cls=Group)
def command() -> None:
    """Show and change the trust policy: which witnesses must countersign the record.

    The channel words on the poster stay the same: they cover the first policy, and each later one hangs on the one before it.
    """


@command.command("show")
@click.argument("directory", type=_DIRECTORY)
@speak.json_option
def show(directory: Path, *, json: bool) -> None:
    """Show the policy in force in the installation in DIRECTORY.

    \b
    Example:
      demur policy show /srv/demur
    """
    from demur.cli.installing import policy_in_force  # noqa: PLC0415 -- starts Django

    channel = policy_in_force(directory)
    policy = channel.policy_object
    document = {
        "number": len(channel.changes),
        "policy": policy.text,
        "demands_witness": policy.demands_witness,
    }
    said = "demands" if policy.demands_witness else "does not demand"
    lines = [
        f"Trust policy number {len(channel.changes)} is in force; it {said} a witness outside.",
        "",
        policy.text.rstrip("\n"),
    ]
    speak.emit(document, json=json, lines=lines)


@command.command("request")
@click.argument("directory", type=_DIRECTORY)
@click.option(
    "--witness", "witnesses", multiple=True, type=_FILE, help="A witness's card; once for each that shall count."
)
@click.option("--quorum", type=click.IntRange(min=0), help="How many of them must cosign; all unless said.")
@click.option(
    "-o", "--output", required=True, type=click.Path(path_type=Path), help="Where to write it, for the officers."
)
@speak.json_option
def request(directory: Path, witnesses: tuple[Path, ...], quorum: int | None, output: Path, *, json: bool) -> None:
    """Write a change of policy for the officers to sign: the witnesses named here are all that shall count from then on.

    \b
    Example:
      demur policy request /srv/demur --witness union.card --witness press.card --quorum 1 -o policy.request
    """
    from demur.cli.installing import policy_in_force  # noqa: PLC0415 -- starts Django

    channel = policy_in_force(directory)
    named = [Card.read(path).named for path in witnesses]
    need = len(named) if quorum is None else quorum
    policy = Policy.for_log((channel.ed25519_vkey, channel.mldsa_vkey), named, need)
    statement = policy_statement(channel, policy)
    write_new(output, canonical.dump(statement))
    lines = [f"The change is in {output}. Each officer:  demur policy sign --key officer.key {output} -o policy.signed"]
    speak.emit({"file": str(output), "serial": statement["serial"], "policy": policy.text}, json=json, lines=lines)


@command.command("sign")
@click.argument("file", metavar="REQUEST", type=_FILE)
@click.option("--key", "key_file", required=True, type=_FILE, help="The officer's key.")
@click.option("--channel", "channel_file", required=True, type=_FILE, help="channel.toml of the channel it is for.")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="Where to write it, signed.")
@passphrase_option
@click.option("--yes", is_flag=True, help="Do not ask.")
@speak.json_option
def sign(
    file: Path, key_file: Path, channel_file: Path, output: Path, passphrase_file: Path | None, *, yes: bool, json: bool
) -> None:
    """Sign a change of policy as an officer. Where several must sign, each gives the same file with -o.

    \b
    Example:
      demur policy sign --key officer.key --channel channel.toml policy.request -o policy.signed
    """
    check_room(output)
    channel = officer_channel(channel_file)
    own = output.exists()
    statement = _asked(file, output if own else None, channel)
    for line in [
        f"For {channel.origin}, trust policy number {statement.get('serial')}:",
        "",
        str(statement.get("policy")),
    ]:
        click.echo(speak.shown(line), err=json)
    if not yes and not speak.ask("Sign it?"):
        speak.emit({"signed": False}, json=json, lines=["Nothing was signed."])
        return
    key = read_officer_key(key_file, passphrase_file)
    if key.signing.public.hex() not in channel.officers:
        raise CharterError(
            "This key is not one of the channel's officers; use the key that the channel was founded with."
        )
    signed = sign_statement(statement, key.signing)
    (replace_own if own else write_new)(output, canonical.dump(signed))
    count = len(signed["officers"])
    lines = [f"{output} is signed by {count} of {channel.k} officers that must."]
    speak.emit({"file": str(output), "signed": True, "signatures": count, "needed": channel.k}, json=json, lines=lines)


@command.command("adopt")
@click.argument("directory", type=_DIRECTORY)
@click.argument("file", metavar="SIGNED", type=_FILE)
@speak.json_option
def adopt(directory: Path, file: Path, *, json: bool) -> None:
    """Put a signed change in force: as soon as its entry is published under the policy before it.

    \b
    Example:
      demur policy adopt /srv/demur policy.signed
    """
    from demur.cli.installing import adopt_change  # noqa: PLC0415 -- starts Django

    statement = _statement(file)
    force = adopt_change(directory, statement)
    number = statement["serial"]
    lines = [
        f"Trust policy number {number} is in force."
        if force
        else f"Policy number {number} is recorded; it is in force once the witnesses of the policy before it have cosigned."
    ]
    speak.emit({"serial": number, "in_force": force}, json=json, lines=lines)


def _asked(file: Path, output: Path | None, channel: Channel) -> dict[str, Any]:
    """What an officer is asked to sign: the request, or in `output` what another has signed of it. Raises CharterError."""
    statement = _statement(output or file)
    if output is not None and {**statement, "officers": []} != {**_statement(file), "officers": []}:
        raise CharterError(f"{output} holds another change than {file}; name a new file with -o.")
    if statement.get("origin") != channel.origin:
        raise CharterError("This change is for another channel than the one you named; do not sign it.")
    if odd := set(statement) - MEMBERS:
        raise CharterError(f"The change holds {min(odd)!r}, which this version does not know; sign one made by it.")
    return statement


def _statement(path: Path) -> dict[str, Any]:
    try:
        return read_object(path)
    except canonical.CanonicalError as error:
        raise CharterError(f"{path} is not a change of policy: {error}") from None
