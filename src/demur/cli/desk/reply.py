# SPDX-License-Identifier: AGPL-3.0-or-later
"""`demur desk reply`: the answer, one to each claim."""

from pathlib import Path
from typing import Final

import click

from demur.cli import speak
from demur.cli.desk.at import Sitting, sit
from demur.cli.desk.view import title_of
from demur.client.answering import Answering, office_day, seconds_of, signer_of
from demur.client.directory import read_directory
from demur.client.fetching import Fetched
from demur.client.files import refuse_existing, write_new
from demur.client.room import check_room
from demur.dissent.documents.reply import Reply
from demur.dissent.documents.replying import from_template, template
from demur.dissent.errors import DocumentError
from demur.dissent.events import VERSION
from demur.dissent.states import Verb, answers_nothing

ANSWERED: Final = "Replied; the reply clock is met."
_WAITS: Final = {
    True: "Replied, declining every claim: it counts only when another seat has countersigned it.",
    False: "Replied, with an answer to no claim: it counts only when another seat has countersigned it.",
}


def said_of(reply: Reply) -> str:
    """What a reply does to the clock, by the procedure's own rule: a dissent of version 1 may have no claim that could be answered."""
    waits = answers_nothing({"v": VERSION, **reply.counts})
    return _WAITS[bool(reply.counts["declined"])] if waits else ANSWERED


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
    said = said_of(reply)
    sitting.tell(acted, said if said == ANSWERED else f"{said}{_without_second(answering)}", json=json)


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
