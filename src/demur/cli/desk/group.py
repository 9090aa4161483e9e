# SPDX-License-Identifier: AGPL-3.0-or-later
"""`demur desk`: the group, its options, and which module serves which verb."""

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import click

from demur.cli.desk.at import Where
from demur.cli.groups import Group
from demur.cli.routing import proxy_option
from demur.cli.unlocking import passphrase_option

VERBS: Final[Mapping[str, str]] = {
    "list": "Show what is due, overdue first.",
    "fetch": "Fetch a case, and read it.",
    "acknowledge": "Tell the author that it has arrived.",
    "message": "Write to the author and the other readers.",
    "grant": "Let one more seat read a case.",
    "reply": "Answer a case, claim by claim.",
    "extend": "Lengthen a clock, with a reason.",
    "countersign": "Sign another seat's reply that answers nothing or is disputed.",
    "readable": "Say that a filing can be read after all.",
    "close": "Close a case when nothing is owed any more.",
}


class Verbs(Group):
    """A group whose verbs are imported when called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 -- click gives it
        """The verbs, in the order of a case."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 -- click gives it
        """Import the verb `cmd_name`; `list` lives in `listing`, so that no module hides the built-in name."""
        if cmd_name not in VERBS:
            return None
        module = importlib.import_module(f"demur.cli.desk.{'listing' if cmd_name == 'list' else cmd_name}")
        command = module.command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 -- as above
        """The verbs, from the table above."""
        with formatter.section("Commands"):
            formatter.write_dl(list(VERBS.items()))


@click.group(cls=Verbs)
@click.option("--server", metavar="URL", help="The channel's server. Every verb needs it.")
@click.option(
    "--key",
    "key_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The seat's key. Every verb needs it. What it can read is remembered, sealed, in a file beside it that ends in .index.",
)
@click.option("--channel", metavar="WORDS|FILE", help="The channel words from the notice, or channel.toml.")
@click.option("--seat", help="The seat's id, if the key holds more than one.")
@passphrase_option
@proxy_option
@click.option("--insecure-http", "insecure", is_flag=True, help="Allow plain http beyond this machine.")
@click.option("--accept-clock", is_flag=True, help="Accept a promise more than 5 minutes from this machine's clock.")
@click.pass_context
def command(
    context: click.Context,
    server: str | None,
    key_file: Path | None,
    channel: str | None,
    seat: str | None,
    passphrase_file: Path | None,
    *,
    insecure: bool,
    accept_clock: bool,
) -> None:
    """Fetch, acknowledge and answer cases, as the holder of a seat.

    CASE is the beginning of a case's id, as `list` shows it. What a seat does is signed by its key, recorded, and
    seen by the author.

    \b
    Examples:
      demur desk --server https://dissent.example.org --key director.key list
      demur desk --server https://dissent.example.org --key director.key fetch 3fa85f64
    """
    context.obj = Where(
        server=server,
        key_file=key_file,
        channel=channel,
        seat=seat,
        passphrase_file=passphrase_file,
        insecure=insecure,
        accept_clock=accept_clock,
    )
