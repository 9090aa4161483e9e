# SPDX-License-Identifier: AGPL-3.0-or-later
"""`demur desk reply`: the answer, one to each claim."""

from pathlib import Path

import click

from demur.cli import speak
from demur.cli.desk.at import Sitting, sit
from demur.cli.desk.view import title_of
from demur.client.answering import Answering, office_day, seconds_of, signer_of
from demur.client.directory import read_directory
from demur.client.fetching import Fetched
from demur.client.files import refuse_existing, write_new
from demur.client.room import check_room
from demur.dissent.documents.replying import from_template, template
from demur.dissent.errors import DocumentError
from demur.dissent.states import State, Verb

_SAID = {
    State.ANSWERED: "Replied; the reply clock is met.",
    State.UNCONFIRMED: "Replied, declining every claim: it counts only when another seat has countersigned it.",
}


@click.command("reply")
@click.argument("case")
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--template", "blank", is_flag=True, help="Write a template with one answer for each claim of this case.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="Where to write the template; else it is printed."
)
@speak.json_option
@click.pass_context
def command(
    context: click.Context, case: str, file: Path | None, output: Path | None, *, blank: bool, json: bool
) -> None:
    """Reply to CASE with a filled template FILE. Every claim of the dissent must be answered, referred or declined.

    Claims beyond the charter's limit are answered together, under `text`.

    \b
    Examples:
      demur desk --server https://dissent.example.org --key director.key reply 3fa85f64 --template -o reply.toml
      demur desk --server https://dissent.example.org --key director.key reply 3fa85f64 reply.toml
    """
    if blank == (file is not None) or (output is not None and not blank):
        raise click.UsageError("Give a filled template, or --template (with -o FILE) for an empty one")
    if file is None:
        if output is not None:
            refuse_existing(output)  # before the case is fetched, which is recorded
            check_room(output)
        _write_template(sit(context), case, output, json=json)
        return
    text = _read(file)
    sitting = sit(context)
    answering = sitting.answering(case, Verb.REPLY)
    fetched, line = answering.fetched, answering.desk.line
    signer, today = signer_of(fetched, line.seat), office_day(fetched, line.clock())
    reply = from_template(text, fetched.filing.dissent, most=_most(fetched), signer=signer, today=today)
    acted = answering.reply(reply)
    declined = bool(reply.counts["declined"] and not reply.counts["answered"] and not reply.counts["referred"])
    said = f"{_SAID[State.UNCONFIRMED]}{_without_second(answering)}" if declined else _SAID[State.ANSWERED]
    sitting.tell(acted, said, json=json)


def _without_second(answering: Answering) -> str:
    """What to do where no other seat reads the case; "" where one does."""
    line = answering.desk.line
    holders = read_directory(line.server, line.channel, now=line.clock()).holders
    seconds = seconds_of(answering.fetched, holders, replied=line.seat)
    if seconds.reading:
        return ""
    if not seconds.grantable:
        return " No other seat reads the case, and none is left that could: reply anew, answering a claim."
    named = ", ".join(title_of(seat, answering.fetched.view.frozen) for seat in seconds.grantable)
    return f" No other seat reads the case; give one access with `demur desk grant`: {named}."


def _write_template(sitting: Sitting, case: str, output: Path | None, *, json: bool) -> None:
    # The claims stand in it as comments; a control character there would be no TOML, and no text for a terminal.
    fetched = sitting.fetched(case)
    signer = signer_of(fetched, sitting.desk.line.seat)
    text = speak.shown(template(fetched.filing.dissent, most=_most(fetched), signer=signer))
    if output is not None:
        write_new(output, text.encode())
        said = f"The template is in {output}. It holds the author's claims in clear; fill it, send it, and remove it."
        speak.emit({"file": str(output)}, json=json, lines=[said])
    else:
        speak.emit({"template": text}, json=json, lines=[text])


def _most(fetched: Fetched) -> int:
    return fetched.view.frozen.charter.limits.claims


def _read(file: Path) -> str:
    try:
        return file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DocumentError(f"The reply {file} is not UTF-8 at byte {error.start}; save it as UTF-8 text.") from None
