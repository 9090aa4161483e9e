# SPDX-License-Identifier: AGPL-3.0-or-later
"""Passphrases on the command line:

asked for on the terminal or read from a file, never an argument, which every process can see.
"""

import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import click

from demur.cli import speak
from demur.client.healing import CHANGED, as_written
from demur.seal.errors import KeyFormatError
from demur.seal.keyfile import OfficerKey, SeatKey, generate_passphrase, read

_Command = TypeVar("_Command", bound=Callable[..., Any])


def passphrase_option(command: _Command) -> _Command:
    """The option `--passphrase-file`, the same on every command that uses a key; the parameter is `passphrase_file`."""
    return click.option(
        "--passphrase-file",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="A file whose first line is the key's passphrase.",
    )(command)


def read_seat_key(path: Path, passphrase_file: Path | None) -> SeatKey:
    """The seat's key in `path`. Raises KeyFormatError for another kind of key, CannotOpen for a wrong passphrase."""
    key = _read(path, passphrase_file)
    if not isinstance(key, SeatKey):
        raise KeyFormatError(f"{path} is an officer's key, and this needs a seat's; make one with `demur key new`.")
    return key


def read_officer_key(path: Path, passphrase_file: Path | None) -> OfficerKey:
    """The officer's key in `path`. Raises KeyFormatError for another kind of key, CannotOpen for a wrong passphrase."""
    key = _read(path, passphrase_file)
    if not isinstance(key, OfficerKey):
        raise KeyFormatError(f"{path} is a seat's key, and only an officer signs this; use the officer's key.")
    return key


def _read(path: Path, passphrase_file: Path | None) -> SeatKey | OfficerKey:
    @cache  # asked once, also where the file has to be read a second time
    def passphrase() -> str:
        return passphrase_in(passphrase_file) if passphrase_file else _asked(f"Passphrase of {path}")

    def read_key(data: bytes) -> SeatKey | OfficerKey:
        return read(data, passphrase=passphrase)

    key, changed = as_written(path.read_bytes(), read_key)
    if changed:
        speak.warn(f"{path}: {CHANGED}")
    return key


def passphrase_in(path: Path) -> str:
    """The first line of a passphrase file. Raises KeyFormatError if there is none."""
    try:
        line = path.read_text(encoding="utf-8-sig").split("\n", 1)[0].removesuffix("\r")
    except UnicodeDecodeError:
        raise KeyFormatError(
            f"The passphrase file {path} is not text; write the passphrase on its first line."
        ) from None
    if not line.strip():
        raise KeyFormatError(f"The passphrase file {path} is empty; write the passphrase on its first line.")
    return line


def new_passphrase() -> str:
    """A passphrase for a new key: the person's own, typed twice, or seven words drawn here and shown once."""
    own = _asked("Passphrase (empty: seven words are drawn for you)", empty=True)
    if own:
        if _asked("The same passphrase again") != own:
            raise KeyFormatError("The two passphrases differ; nothing was written, so try again.")
        return own
    drawn = generate_passphrase(os.urandom)
    click.echo(f"The passphrase, shown once. Write it down:\n\n    {drawn}\n", err=True)
    if _asked("Type it once to be sure", visible=True).split() != drawn.split():
        raise KeyFormatError("That is not the passphrase shown; nothing was written, so try again.")
    return drawn


def _asked(question: str, *, empty: bool = False, visible: bool = False) -> str:
    if not speak.has_terminal():
        raise click.UsageError("This asks for a passphrase and there is no terminal; give --passphrase-file")
    default = "" if empty else None
    answer = click.prompt(question, hide_input=not visible, default=default, show_default=False, err=True)
    return str(answer)
