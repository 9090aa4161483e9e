# SPDX-License-Identifier: AGPL-3.0-or-later
"""`demur withdraw`: take one's case back. What was recorded stays recorded; the clocks end at the author's wish."""

from pathlib import Path

import click

from demur.charter.zones import when
from demur.cli import speak
from demur.cli.mycase import keeping_evidence, open_case, server_options


@click.command()
@click.argument("key_file", metavar="R.key", type=click.Path(path_type=Path))
@click.option("--reason", default="", help="A sentence for the readers; nobody can demand one.")
@server_options()
@click.option(
    "--accept-clock", is_flag=True, help="Accept a promise that lies more than 5 minutes from this machine's clock."
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@speak.json_option
def command(
    key_file: Path,
    reason: str,
    server: str | None,
    channel: str | None,
    *,
    insecure: bool,
    accept_clock: bool,
    yes: bool,
    json: bool,
) -> int:
    """Take your case back: its clocks end, and nobody owes you a reply any more.

    What was recorded stays recorded, and whoever has read it has read it.

    \b
    Examples:
      demur withdraw mycase.key
      demur withdraw mycase.key --reason "The decision was dropped." --yes
    """
    case = open_case(key_file, server=server, channel=channel, insecure=insecure)
    case.check_room()
    if not yes and not speak.ask("Withdraw this case? Its clocks end, and this cannot be undone."):
        speak.emit({"withdrawn": False}, json=json, lines=["Nothing was withdrawn."])
        return 0
    with keeping_evidence(case.files):
        frozen = case.check_record(case.receipt)
        acted = case.author(accept_clock=accept_clock).withdraw(reason, case.receipt)
    return case.finished(
        acted,
        f"Your case is withdrawn, recorded as event {acted.event['seq']}, {when(frozen, acted.event['time'])}.",
        json=json,
    )
