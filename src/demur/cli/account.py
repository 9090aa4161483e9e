# SPDX-License-Identifier: AGPL-3.0-or-later
"""`demur account`: who may see the desk's pages. The administrator makes accounts and opens no case by it."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from demur.cli import speak
from demur.cli.groups import Group
from demur.entries.installation import Installation
from demur.seal.keyfile import SeatKey, generate_passphrase, read, write

_DIRECTORY: Final = click.Path(exists=True, file_okay=False, path_type=Path)
_Result = TypeVar("_Result")


@click.group(cls=Group)
def command() -> None:
    """Make and reset the accounts of the desk.

    An account guards the desk's pages, by a passphrase and a code. It opens no case: that takes the holder's vault.
    """


@command.command("new")
@click.argument("directory", type=_DIRECTORY)
@click.argument("name")
@click.option("--seat", required=True, help="The seat's id in the charter, such as custodian.")
@click.option(
    "--ready", is_flag=True, help="In a practice channel: set it up at once, with the practice key in its vault."
)
@speak.json_option
def new(directory: Path, name: str, seat: str, *, ready: bool, json: bool) -> None:
    """Make the account NAME in DIRECTORY and print its first passphrase, which works for seven days.

    Give it to the person by a way that only they read. At the first sign-in they choose their own and add a second factor.

    \b
    Examples:
      demur account new /srv/demur ada --seat custodian
      demur account new practice citra --seat custodian --ready
    """
    first = generate_passphrase(os.urandom)

    def make(ground: Installation) -> dict[str, Any]:
        from demur.desk.accounts import create_account  # noqa: PLC0415 -- needs Django set up
        from demur.people.queries import rules_in_force  # noqa: PLC0415 -- as above

        known = [row.id for row in rules_in_force().frozen.charter.seats]
        if seat not in known:
            raise click.UsageError(f"The charter has no seat {seat!r}; it has {', '.join(known)}")
        if ready:
            return _ready(ground, directory, name, seat, first)
        create_account(name, seat=seat, first=first, at=int(time.time()))
        return {"codes": []}

    made = _opened(directory, make)
    document = {"name": name, "seat": seat, "passphrase": first, "ready": ready, **made}
    speak.emit(document, json=json, lines=_ready_lines(document) if ready else _first_lines(document))


@command.command("reset")
@click.argument("directory", type=_DIRECTORY)
@click.argument("name")
@speak.json_option
def reset(directory: Path, name: str, *, json: bool) -> None:
    """Begin the account NAME anew: a first passphrase, no second factor, signed out everywhere. Its vault stays.

    \b
    Example:
      demur account reset /srv/demur ada
    """
    first = generate_passphrase(os.urandom)

    def begin(ground: Installation) -> dict[str, Any]:
        from demur.desk.accounts import reset_account  # noqa: PLC0415 -- needs Django set up

        account = reset_account(name, first=first, at=int(time.time()))
        return {"name": name, "seat": account.seat, "passphrase": first, "address": ground.address}

    document = _opened(directory, begin)
    speak.emit(document, json=json, lines=_first_lines(document))


@command.command("remove")
@click.argument("directory", type=_DIRECTORY)
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
@speak.json_option
def remove(directory: Path, name: str, *, yes: bool, json: bool) -> None:
    """Remove the account NAME with its vault, for good, and sign it out everywhere. The seat's key stays on the roster.

    A vault holds a copy of the seat's key: where it is the only one, nobody opens the seat's cases any more. Whoever leaves an office loses
    its cases by a new key on the roster (`demur seat fill`), not by this.

    \b
    Example:
      demur account remove /srv/demur ada
    """
    if not yes and not speak.ask(f"Remove the account {name} and its vault for good?"):
        raise click.Abort

    def take_away(_: Installation) -> str:
        from demur.desk.accounts import remove_account  # noqa: PLC0415 -- needs Django set up

        return remove_account(name)

    seat = _opened(directory, take_away)
    said = f"The account {name} is removed, and signed out. The key of the seat {seat} stays on the roster until the officers change it."
    speak.emit({"name": name, "seat": seat}, json=json, lines=[said])


@command.command("list")
@click.argument("directory", type=_DIRECTORY)
@speak.json_option
def list_(directory: Path, *, json: bool) -> None:
    """List the accounts of DIRECTORY: name, seat, and whether its owner has set it up.

    \b
    Example:
      demur account list /srv/demur
    """

    def rows(_: Installation) -> list[dict[str, Any]]:
        from demur.desk.models import Account  # noqa: PLC0415 -- needs Django set up

        return [
            {"name": row.name, "seat": row.seat, "ready": row.is_set_up} for row in Account.objects.order_by("name")
        ]

    accounts = _opened(directory, rows)
    lines = [
        f"{row['name']:<20} {row['seat']:<20} {'set up' if row['ready'] else 'not yet set up'}" for row in accounts
    ]
    speak.emit(
        {"accounts": accounts},
        json=json,
        lines=lines or ["There is no account yet; make one with `demur account new`."],
    )


@command.command("code")
@click.argument("directory", type=_DIRECTORY)
@click.argument("name")
@speak.json_option
def code(directory: Path, name: str, *, json: bool) -> None:
    """Print the code of this minute for the account NAME; in practice channels only, where one person plays everybody.

    \b
    Example:
      demur account code practice citra
    """

    def ask(ground: Installation) -> str:
        from django.conf import settings  # noqa: PLC0415 -- needs Django set up

        from demur.desk.accounts import account_named, code_now  # noqa: PLC0415 -- as above

        _check_practice(ground)
        return code_now(account_named(name), secret=settings.SECRET_KEY.encode(), at=int(time.time()))

    digits = _opened(directory, ask)
    speak.emit({"name": name, "code": digits}, json=json, lines=[digits])


def _ready(ground: Installation, directory: Path, name: str, seat: str, first: str) -> dict[str, Any]:
    from demur.desk.accounts import create_ready_account  # noqa: PLC0415 -- needs Django set up

    _check_practice(ground)
    key = read((directory / "practice" / f"{seat}.key").read_bytes(), passphrase=lambda: "")
    assert isinstance(key, SeatKey)
    words = generate_passphrase(os.urandom)
    vault = write(key, passphrase=words).decode("ascii")
    codes = create_ready_account(name, seat=seat, passphrase=first, vault=vault, at=int(time.time()))
    return {"codes": codes, "vault": words, "address": ground.address}


def _check_practice(ground: Installation) -> None:
    if not ground.channel.practice:
        raise click.UsageError(
            "This is no practice channel, so only the owner of an account sets it up and has its codes"
        )


def _first_lines(document: dict[str, Any]) -> list[str]:
    return [
        f"The account {document['name']} is for the seat {document['seat']}. Its first passphrase works for seven days:",
        "",
        f"    {document['passphrase']}",
        "",
        "Give it to the person by a way that only they read. They sign in at /en/desk/in/ with it and an empty code.",
    ]


def _ready_lines(document: dict[str, Any]) -> list[str]:
    return [
        f"The account {document['name']} is set up for the seat {document['seat']}; sign in at {document['address']}/en/desk/in/",
        f"  passphrase         {document['passphrase']}",
        f"  code               demur account code DIRECTORY {document['name']}",
        f"  words of the vault {document['vault']}",
    ]


def _opened(directory: Path, act: Callable[[Installation], _Result]) -> _Result:
    from demur.site.boot import migrate, open_installation  # noqa: PLC0415 -- starts Django

    ground = open_installation(directory)
    from django.db import connections  # noqa: PLC0415 -- needs Django set up

    try:
        migrate()
        return act(ground)
    finally:
        connections.close_all()
