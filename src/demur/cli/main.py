# SPDX-License-Identifier: AGPL-3.0-or-later
"""`demur`: the command line's front door.

Commands are loaded by name when they are called: `demur verify` must work where Django is not installed, and `demur
--help` must answer at once. Exit codes, the same everywhere: 0 done, 1 something does not hold or could not be done, 2
the command was misused, 3 done but not all of it could be saved (`cli.saving`), 130 interrupted. An error is one
sentence on stderr that says what is wrong and what to do. Where nobody foresaw what stands in a stranger's file or answer, the
sentence says of which kind the fault is and where in the code, and never what stood there: no traceback (DEMUR_TRACEBACK=1 shows it).
"""

import importlib
import os
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import click

from demur.cli import speak
from demur.cli.groups import Group, no_such_option
from demur.cli.routing import by_what_is_stored
from demur.errors import DemurError

# name -> (where the command lives, what `demur --help` says of it). The order is a person's, not the alphabet's.
COMMANDS: Final[Mapping[str, tuple[str, str]]] = {
    "demo": ("demur.cli.demo.command:command", "See a whole channel at work, and leave nothing behind."),
    "trust": ("demur.cli.trust:command", "Know a channel by its words before using it."),
    "file": ("demur.cli.file:command", "File a dissent, sealed on this machine."),
    "status": ("demur.cli.status:command", "See where your case stands, and read the answers."),
    "message": ("demur.cli.message:command", "Write to the readers of your case."),
    "withdraw": ("demur.cli.withdraw:command", "Take your case back."),
    "disclose": ("demur.cli.disclose:command", "Show somebody a part of your case, and no more."),
    "receipt": ("demur.cli.receipt:command", "Complete a receipt from any copy of the record."),
    "verify": ("demur.cli.verify:command", "Check a receipt, an exhibit or evidence, offline."),
    "verify-site": ("demur.cli.verify_site:command", "Hold a channel's pages against its record."),
    "desk": ("demur.cli.desk.group:command", "Fetch, acknowledge and answer cases, for seats."),
    "key": ("demur.cli.key:command", "Make a key for a seat or an officer."),
    "seat": ("demur.cli.seat:command", "Fill and list the seats of a channel."),
    "charter": ("demur.cli.charter:command", "Show, check, sign and adopt charters."),
    "policy": ("demur.cli.policies:command", "Show and change who must countersign the record."),
    "init": ("demur.cli.init:command", "Make a new installation."),
    "serve": ("demur.cli.serve:command", "Run an installation."),
    "account": ("demur.cli.account:command", "Make and reset the accounts of the desk."),
    "doorbell": ("demur.cli.doorbell:command", "Test and mend the custodian's doorbell."),
    "backup": ("demur.cli.backup:command", "Copy an installation, and check the copy."),
    "restore": ("demur.cli.restore:command", "Make an installation from a backup."),
    "erase": ("demur.cli.erase:command", "Remove a case's content for good."),
    "tick": ("demur.cli.tick:command", "Publish what is due, once."),
    "witness": ("demur.cli.witness:command", "Countersign other people's records."),
    "doctor": ("demur.cli.doctor:command", "Check an installation's health."),
}

FAILED: Final = 1
MISUSED: Final = 2
INTERRUPTED: Final = 130


class Demur(Group):
    """A group whose commands are imported when called, and whose errors are sentences."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 -- click's signature
        """Every command, in the order of the help."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 -- as above
        """Import the command `cmd_name`."""
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        command = getattr(importlib.import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 -- as above
        """The list of commands, from the table above: nothing is imported to show help."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, said) for name, (_, said) in COMMANDS.items()])

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run, and turn every refusal into its sentence and exit code."""
        try:
            code = super().main(*args, **{**extra, "standalone_mode": False})
        except (click.ClickException, click.Abort, KeyboardInterrupt, DemurError, OSError) as error:
            sys.exit(_refused(error))
        except Exception as error:  # noqa: BLE001 -- whatever a stranger wrote, it ends in a sentence
            sys.exit(_unforeseen(error))
        sys.exit(code if isinstance(code, int) else 0)


def _refused(error: BaseException) -> int:
    """Say why, and return the exit code."""
    match error:
        case click.UsageError():
            _misused(error)
            return MISUSED
        case click.Abort() | KeyboardInterrupt():
            speak.fail("Interrupted; nothing more was done.")
            return INTERRUPTED
        case BrokenPipeError():
            _close_quietly()
        case _:
            speak.fail(_sentence(error))
    return FAILED


def _unforeseen(error: Exception) -> int:
    """Say of what kind the fault is and where, and return the exit code."""
    if os.environ.get("DEMUR_TRACEBACK"):
        raise error
    place = traceback.extract_tb(error.__traceback__)[-1]
    speak.fail(
        "A file or an answer holds something of another kind than it should, and nothing more was done "
        f"({type(error).__name__} at {Path(place.filename).name}:{place.lineno}); use an undamaged copy, or ask again, and "
        "report it if it stays so."
    )
    return FAILED


def _misused(error: click.UsageError) -> None:
    where = error.ctx.command_path if error.ctx else "demur"
    match error:
        case click.exceptions.NoArgsIsHelpError():
            error.show()  # the help as it is, not squeezed into one line
        case click.NoSuchOption():
            speak.fail(f"{no_such_option(error)} `{where} --help` shows all.")
        case _:
            said = error.format_message().rstrip(".")
            speak.fail(f"{said}{'' if said.endswith('?') else ';'} `{where} --help` shows how.")


def _sentence(error: BaseException) -> str:
    match error:
        case click.ClickException():
            return error.format_message()
        case OSError():
            why = error.strerror or error
            return f"{error.filename or 'A file'} cannot be used ({why}); check name, place and rights."
        case _:
            return str(error)


def _close_quietly() -> None:
    # The reader of a pipe went away (`demur … | head`): Python would complain once more when it flushes at exit.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@click.group(cls=Demur, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="demur", message="demur %(version)s")
def run() -> None:
    """Demur: put a reasoned disagreement on the record, stay protected, and get an answer by a date.

    \b
    Example, as an author:
      demur trust add https://dissent.example.org --channel "six words from the notice"
      demur file --server https://dissent.example.org dissent.txt -o mycase
      demur status mycase.key
    """
    by_what_is_stored()
