# SPDX-License-Identifier: AGPL-3.0-or-later
"""`demur init`: a new installation."""

import os
import re
import time
from datetime import UTC, datetime
from pathlib import Path

import click

from demur.charter.builtin import practice
from demur.cli import speak
from demur.record.policy import Named
from demur.site.around import channel_address, not_encrypted
from demur.site.configuration import NoInstallation
from demur.site.founding import DEFAULT_ADDRESS, Plan, charter_text, found
from demur.site.rights import ROOT, runs_as_root
from demur.witness.card import Card


@click.command()
@click.argument("directory", type=click.Path(path_type=Path))
@click.option(
    "--origin", help="The channel's name for ever, such as dissent.example.org. Practice channels draw their own."
)
@click.option(
    "--charter", "charter", default="us-state-2fam070", show_default=True, help="A built-in charter or a file."
)
@click.option(
    "--officer",
    "officers",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="An officer's .pub file; once for each officer.",
)
@click.option(
    "--officers-needed",
    "needed",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="How many officers must sign.",
)
@click.option(
    "--witness",
    "witnesses",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A witness's card; once for each witness.",
)
@click.option("--quorum", type=click.IntRange(min=0), help="How many witnesses must cosign; all of them unless said.")
@click.option("--address", default=DEFAULT_ADDRESS, show_default=True, help="Where the server will answer.")
@click.option(
    "--practice", "is_practice", is_flag=True, help="Fill every seat with practice keys in DIRECTORY/practice."
)
@speak.json_option
def command(
    directory: Path,
    origin: str | None,
    charter: str,
    officers: tuple[Path, ...],
    needed: int,
    witnesses: tuple[Path, ...],
    quorum: int | None,
    address: str,
    *,
    is_practice: bool,
    json: bool,
) -> None:
    """Make a new installation in DIRECTORY.

    It makes the log's keys and the channel file, and writes what the officers are asked to sign. Their keys are made and kept by them
    (`demur key new --officer`), never here.

    \b
    Examples:
      demur init ./practice --practice
      demur init /srv/demur --origin dissent.example.org --officer alice.pub --address https://dissent.example.org
      demur init /srv/demur --origin dissent.example.org --officer alice.pub --witness union.card --witness press.card --quorum 1
    """
    address = channel_address(address)
    _warn(address, is_practice=is_practice)
    named = [Card.read(path).named for path in witnesses]
    need = len(named) if quorum is None else quorum
    if is_practice:
        if origin or officers:
            raise click.UsageError(
                "A practice channel draws its own origin and officer; leave --origin and --officer out"
            )
        _found_practice(directory, charter, address, named, need, json=json)
        return
    if not origin or not officers:
        raise click.UsageError("A real channel needs --origin and at least one --officer; or give --practice")
    plan = Plan(
        origin=origin,
        officers=[_public_key(path) for path in officers],
        k=needed,
        charter=charter_text(charter),
        name=charter,
        address=address,
        year=_this_year(),
        witnesses=named,
        quorum=need,
    )
    channel = found(directory, plan, random=os.urandom, finish=_make_tables)
    words = " ".join(channel.words())
    speak.emit(
        {"directory": str(directory), "origin": channel.origin, "words": words},
        json=json,
        lines=_next_steps(directory, words, address),
    )


def _warn(address: str, *, is_practice: bool) -> None:
    """Say what the administrator should think of before there is an installation."""
    if (warning := not_encrypted(address)) is not None:
        speak.warn(warning)
    if runs_as_root() and not is_practice:
        speak.warn(ROOT)


def _next_steps(directory: Path, words: str, address: str) -> list[str]:
    return [
        f"The installation is in {directory}. Its channel words, for the poster and every notice:",
        "",
        f"    {words}",
        "",
        "Next, away from this machine:",
        f"  1. each officer:  demur charter sign --key officer.key --channel channel.toml {directory}/charter.request -o charter.signed",
        f"  2. here:          demur charter adopt {directory} charter.signed",
        "  3. each holder:   demur key new -o SEAT.key",
        "                    demur seat fill --request --seat SEAT --key SEAT.key --holder NAME --channel channel.toml -o SEAT.request",
        "  4. each officer:  demur seat sign --key officer.key --channel channel.toml --charter charter.signed *.request -o seats.signed",
        f"  5. here:          demur seat fill {directory} seats.signed",
        f"  6. here:          {_serving(directory, address)}",
    ]


def _serving(directory: Path, address: str) -> str:
    """How it is served at `address`."""
    if address.startswith("https:"):
        return f"demur serve {directory} --behind-proxy   (docs/how-to/run-for-real.md: TLS, service, backups)"
    return f"demur serve {directory}"  # which listens at an address of this machine by itself


def _found_practice(directory: Path, charter: str, address: str, named: list[Named], need: int, *, json: bool) -> None:
    from demur.site.practice import practice_officer, practice_origin  # noqa: PLC0415 -- practice only

    now = int(time.time())
    officer = practice_officer(os.urandom, now=now)
    plan = Plan(
        origin=practice_origin(os.urandom),
        officers=[officer.signing.public.hex()],
        k=1,
        charter=practice(charter_text(charter)),
        name=charter,
        address=address,
        year=_this_year(),
        witnesses=named,
        quorum=need,
    )

    def finish(work: Path) -> None:
        from demur.site.boot import migrate, open_installation  # noqa: PLC0415 -- starts Django
        from demur.site.practice import fill_every_seat  # noqa: PLC0415 -- practice only

        ground = open_installation(work, founding=True)
        migrate()
        from demur.charter.freeze import freeze_text  # noqa: PLC0415 -- practice only
        from demur.site.ticker import publish_readable  # noqa: PLC0415 -- needs Django set up

        frozen = freeze_text(plan.charter, name=plan.name, year=plan.year)
        fill_every_seat(work, ground, frozen, officer, now=now)
        publish_readable(ground, now=now)
        _close_database()

    channel = found(directory, plan, random=os.urandom, finish=finish)
    words = " ".join(channel.words())
    lines = [
        f"A practice channel is in {directory}: every seat has a practice key in {directory}/practice. Nothing real belongs in it.",
        "",
        f"    {words}",
        "",
        f"Start it:  {_serving(directory, address)}",
    ]
    speak.emit({"directory": str(directory), "origin": channel.origin, "words": words}, json=json, lines=lines)


def _public_key(path: Path) -> str:
    text = path.read_bytes().removeprefix(b"\xef\xbb\xbf").strip()
    if not re.fullmatch(rb"[0-9a-f]{64}", text):
        raise NoInstallation(
            f"{path} is not an officer's public key; use the .pub file that `demur key new --officer` wrote."
        )
    return text.decode("ascii")


def _make_tables(work: Path) -> None:
    from demur.site.boot import migrate, open_installation  # noqa: PLC0415 -- starts Django

    open_installation(work, founding=True)
    migrate()
    _close_database()


def _close_database() -> None:
    from django.db import connections  # noqa: PLC0415 -- needs Django set up

    connections.close_all()


def _this_year() -> int:
    return datetime.now(tz=UTC).year
