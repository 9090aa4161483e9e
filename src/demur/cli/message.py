# SPDX-License-Identifier: AGPL-3.0-or-later
"""`demur message`: write to the readers of one's case. A question never pauses a clock."""

import sys
from pathlib import Path

import click

from demur.charter.zones import when
from demur.cli import speak
from demur.cli.mycase import keeping_evidence, open_case, server_options
from demur.client.marks import places_of, without_marks


@click.command()
@click.argument("key_file", metavar="R.key", type=click.Path(path_type=Path))
@click.argument("text", default="-")
@server_options()
@click.option(
    "--accept-clock", is_flag=True, help="Accept a promise that lies more than 5 minutes from this machine's clock."
)
@click.option(
    "--take-out-marks", "taking_out", is_flag=True, help="Take out marks that nobody sees before it is sealed."
)
@speak.json_option
def command(
    key_file: Path,
    text: str,
    server: str | None,
    channel: str | None,
    *,
    insecure: bool,
    accept_clock: bool,
    taking_out: bool,
    json: bool,
) -> int:
    """Write TEXT (or what comes on standard input) to the readers of your case.

    It is sealed on this machine to those who read the case, and recorded.

    \b
    Examples:
      demur message mycase.key "When is the new count?"
      demur message mycase.key < question.txt
    """
    case = open_case(key_file, server=server, channel=channel, insecure=insecure)
    case.check_room()  # before a message is typed, let alone sent
    if text == "-":
        text = _from_input()
    text = _looked_through(text, taking_out=taking_out)
    with keeping_evidence(case.files):
        frozen = case.check_record(case.receipt)
        acted = case.author(accept_clock=accept_clock).message(text, case.receipt)
    return case.finished(
        acted, f"Recorded as event {acted.event['seq']} of your case, {when(frozen, acted.event['time'])}.", json=json
    )


def _looked_through(text: str, *, taking_out: bool) -> str:
    """The text as it will be sealed; marks that nobody sees are told before it is sent, for it cannot be taken back."""
    if taking_out:
        return without_marks(text)
    places = places_of(text)
    if places:
        shown = "; ".join(around for _, around in places)
        speak.warn(
            f"marks that nobody sees stand in the message, and can tell whose copy it was: {shown}. --take-out-marks takes them out."
        )
        if speak.has_terminal() and not speak.ask("Send it with them?"):
            raise click.Abort
    return text


def _from_input() -> str:
    if speak.has_terminal():
        speak.progress("write your message; end it with Ctrl-D on an empty line")
    try:
        return sys.stdin.buffer.read().decode("utf-8")
    except UnicodeDecodeError as error:
        raise click.UsageError(f"The message is not UTF-8 at byte {error.start}; save it as UTF-8 text") from None
