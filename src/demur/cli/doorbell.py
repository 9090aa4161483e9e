# SPDX-License-Identifier: AGPL-3.0-or-later
"""`demur doorbell`: the administrator tests it, sees what was not delivered, and has it tried again.

Whoever runs it learns on which days the custodian was to be rung and in which kind of matter; never how many cases there are.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from demur.cli import speak
from demur.cli.groups import Group
from demur.notices.errors import NotDelivered
from demur.notices.kinds import Kind
from demur.notices.pulling import puller
from demur.site.configuration import NoInstallation, read_configuration

if TYPE_CHECKING:
    from demur.notices.models import Notice

_DIRECTORY = click.argument("directory", type=click.Path(exists=True, file_okay=False, path_type=Path))
_NONE = "No doorbell is set up: demur.toml has no table [doorbell]."


@click.group(cls=Group)
def command() -> None:
    """Test and mend the custodian's doorbell.

    It is set up by the table [doorbell] in demur.toml. A notice says that there is something to see, never what. No clock
    waits for it.
    """


@command.command("test")
@_DIRECTORY
@speak.json_option
def test(directory: Path, *, json: bool) -> int:
    """Ring now, once, and tell whether it was taken. Exit 0 if it was, 1 if not.

    \b
    Example:
      demur doorbell test /srv/demur
    """
    doorbell = read_configuration(directory).doorbell
    if doorbell is None:
        raise NoInstallation(f"{_NONE[:-1]}; add one to {directory / 'demur.toml'}.")
    try:
        # Past the outbox: a test that fails is told here, and not tried again for half a day.
        puller(doorbell, now=int(time.time()), random=os.urandom)(Kind.TEST)
    except NotDelivered as error:
        speak.emit({"rung": False, "failure": str(error.failure)}, json=json, lines=[])
        speak.fail(str(error))
        return 1
    said = "The doorbell was taken; ask the custodian whether it arrived."
    speak.emit({"rung": True, "failure": None}, json=json, lines=[said])
    return 0


@command.command("list")
@_DIRECTORY
@speak.json_option
def list_(directory: Path, *, json: bool) -> None:
    """Show the notices that wait for their next try, and the dead ones, which had their last.

    \b
    Example:
      demur doorbell list /srv/demur
    """
    there = read_configuration(directory).doorbell is not None
    with _opened(directory):
        from demur.notices.queries import outbox  # noqa: PLC0415 -- needs Django set up

        found = outbox()
    document = {
        "doorbell": there,
        "waiting": [_document(row) for row in found.waiting],
        "dead": [_document(row) for row in found.dead],
    }
    lines = [] if there else [_NONE]
    lines += [f"waiting  {_line(row)}" for row in found.waiting] + [f"dead     {_line(row)}" for row in found.dead]
    if found.dead:
        lines.append("Mend the bell until `demur doorbell test` succeeds, then run `demur doorbell retry`.")
    speak.emit(document, json=json, lines=lines or ["No notice waits and none is dead."])


@command.command("retry")
@_DIRECTORY
@speak.json_option
def retry(directory: Path, *, json: bool) -> None:
    """Let the dead notices wait again; the server tries them at once, as one ring for each kind.

    \b
    Example:
      demur doorbell retry /srv/demur
    """
    with _opened(directory):
        from demur.notices.actions.retry import retry as wait_again  # noqa: PLC0415 -- needs Django set up

        count = wait_again()
    said = "No notice is dead." if count == 0 else "The dead notices wait again; a running server tries them at once."
    speak.emit({"retried": count}, json=json, lines=[said])


def _document(row: "Notice") -> dict[str, Any]:
    from demur.notices.queries import day_of  # noqa: PLC0415 -- needs Django set up

    return {"kind": row.kind, "day": day_of(row), "tries": row.attempts, "failure": row.failure or None}


def _line(row: "Notice") -> str:
    document = _document(row)
    times = "once" if row.attempts == 1 else f"{row.attempts} times"
    tried = f"tried {times}" if row.attempts else "not yet tried"
    return f"{row.kind:<8} {document['day']}  {tried}{f' ({row.failure})' if row.failure else ''}"


@contextmanager
def _opened(directory: Path) -> Iterator[None]:
    from demur.site.boot import open_installation  # noqa: PLC0415 -- starts Django

    open_installation(directory)
    from django.db import connection, connections  # noqa: PLC0415 -- needs Django set up

    try:
        if "notices_notice" not in connection.introspection.table_names():
            raise NoInstallation("The tables are of an older version; stop the server and run `demur serve` once.")
        yield
    finally:
        connections.close_all()
