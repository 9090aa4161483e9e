# SPDX-License-Identifier: AGPL-3.0-or-later
"""`demur file`: file a dissent. Everything is read, checked, shown and sealed here; then one request goes out.

Nothing is half-filed: before anything is sent, R.filing holds the sealed filing and its keys. If the answer is lost,
the same command with the same -o sends the same filing again and gets the same answer.
"""

import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Final

import click

from demur.charter.channel import Channel
from demur.charter.freeze import Frozen
from demur.cli import speak
from demur.cli.again import bring_back
from demur.cli.filing_view import filed_document, filed_lines, plan_lines, sealed_lines, unsaved_lines
from demur.cli.meter import Meter
from demur.cli.mycase import keeping_evidence, now, server_options, tell_work
from demur.cli.reading import Reading, name_warnings
from demur.cli.saving import ended, why_not
from demur.cli.writing import Told, recommendation_of
from demur.client.casefiles import CaseFiles
from demur.client.errors import ClientError, ServerRefused
from demur.client.files import write_new
from demur.client.filing import PreparedFiling, prepare
from demur.client.http import Server
from demur.client.known import demur_home
from demur.client.lookups import Record, wait_for_proofs
from demur.client.memory import ask_in_force
from demur.client.policies import channel_in_force
from demur.client.room import SPARE, reserved
from demur.client.submitting import Filed, is_final, pending_bytes, read_pending, submit
from demur.client.trust import resolve
from demur.client.uploading import SealedUpload
from demur.client.wish import LargeAttachment, Wish, check_taking, check_wish
from demur.dissent.documents.dissent import DISSENT_TEMPLATE
from demur.dissent.documents.paragraphs import PARTS
from demur.errors import DemurError
from demur.seal.large import Progress

SOON: Final = 600  # seconds: a promise this short is of a channel that publishes at once, so its proof is waited for
TRIES: Final = 20


@click.command()
@click.argument("text", required=False, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@server_options()
@click.option(
    "--claims", default="", metavar="3,5,7", help="The paragraphs that are the claims; the reply must answer each."
)
@click.option(
    "--claim-text",
    "quoted",
    multiple=True,
    metavar="PASSAGE",
    help="A passage of the text that is a claim, copied from it.",
)
@click.option(
    "--parts",
    type=click.Choice(PARTS),
    help="What parts the paragraphs: every line end, or empty lines. Else what the text suggests.",
)
@click.option("--recommendation", default="", metavar="TEXT|FILE", help="What you recommend; the reply must answer it.")
@click.option("--language", default="", metavar="CODE", help="The language that you write in, such as en or id.")
@click.option("--template", is_flag=True, help="TEXT is a filled template; without TEXT, write an empty one.")
@click.option("--subject", default="", help="What it is about, in one line; else the first line of the text.")
@click.option(
    "--attach",
    multiple=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A file to file with it.",
)
@click.option(
    "--fact",
    "facts",
    multiple=True,
    metavar="NAME=VALUE",
    help="Your answer to a question of the charter, such as agency=USAID.",
)
@click.option("--recuse", multiple=True, metavar="SEAT", help="An office that must not read this.")
@click.option(
    "--accept-new-key", "new_keys", multiple=True, metavar="SEAT", help="Take this office's key although it is new."
)
@click.option(
    "--accept-clock", is_flag=True, help="Accept a promise that lies more than 5 minutes from this machine's clock."
)
@click.option("--as-is", is_flag=True, help="File documents untouched, whatever else they tell.")
@click.option("--clean", "cleaning", is_flag=True, help="Have mat2 remove metadata first.")
@click.option("--text", "importing", is_flag=True, help="TEXT is a .docx or .odt document: take its text alone.")
@click.option(
    "--take-out-marks",
    "taking_out",
    is_flag=True,
    help="Take marks that nobody sees out of texts; without it they are shown and kept.",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option(
    "--again",
    metavar="R.key",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Bring this case back to a channel that was restored and has lost it.",
)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="The name of the files that you leave with.")
@speak.json_option
def command(
    text: Path | None,
    server: str | None,
    channel: str | None,
    claims: str,
    quoted: tuple[str, ...],
    parts: str | None,
    recommendation: str,
    language: str,
    subject: str,
    attach: tuple[Path, ...],
    facts: tuple[str, ...],
    recuse: tuple[str, ...],
    new_keys: tuple[str, ...],
    output: Path | None,
    again: Path | None,
    *,
    template: bool,
    insecure: bool,
    accept_clock: bool,
    as_is: bool,
    cleaning: bool,
    importing: bool,
    taking_out: bool,
    yes: bool,
    json: bool,
) -> int:
    """File the dissent in TEXT, sealed on this machine to the offices that the charter names.

    You see first who will be able to read it and by when you are owed an answer. You leave with R.receipt, which proves
    and neither reads nor acts, R.key, which reads and acts, and R.sealed, your sealed copy; and with twelve words that
    rebuild them.

    \b
    Examples:
      demur file --template -o dissent.toml
      demur file --server https://dissent.example.org --channel "six words from the notice" dissent.toml -o mycase
      demur file --server https://dissent.example.org dissent.txt --claims 3,5,7 --attach table.csv -o mycase
      demur file --server https://dissent.example.org dissent.txt --claim-text "The count is wrong." -o mycase
      demur file --again mycase.key
    """
    if again is not None:
        bring_back(again, server=server, channel=channel, insecure=insecure, json=json)
        return 0
    if text is None:
        _empty_template(output, asked=template, json=json)
        return 0
    if server is None or output is None:
        raise click.UsageError("Filing needs --server and -o, the name of the files that you leave with")
    files = CaseFiles.named(output)
    files.refuse_finished()
    asking = not yes and speak.has_terminal()
    reading = Reading(as_is=as_is, cleaning=cleaning, importing=importing, taking_out=taking_out, asking=asking)
    told = Told(
        claims=_numbers(claims),
        quoted=quoted,
        parts=parts or "",
        subject=subject,
        recommendation=recommendation_of(recommendation),
        language=language,
    )
    wish = Wish(
        dissent=reading.dissent(text, told, template=template),
        original=reading.original,
        attachments=tuple(reading.attachment(path) for path in attach),
        facts=_facts(facts),
        recused=frozenset(recuse),
        new_keys=frozenset(new_keys),
    )
    at = Server(server, insecure=insecure)
    known = channel_in_force(at, resolve(server, channel, demur_home(os.environ), insecure=insecure).channel)
    with keeping_evidence(files):
        prepared = _prepared(files, wish, at, known, reading.lines(), yes=yes, json=json)
    if prepared is None:
        speak.emit({"filed": False}, json=json, lines=["Nothing was filed."])
        return 0
    filed = _sent(files, prepared, at, known, accept_clock=accept_clock)
    return _left_with(files, filed, Record(server=at, channel=known), json=json)


def _empty_template(output: Path | None, *, asked: bool, json: bool) -> None:
    if not asked:
        raise click.UsageError("Name the file that holds your dissent, or give --template for an empty one")
    if output is None:
        speak.emit({"template": DISSENT_TEMPLATE}, json=json, lines=[DISSENT_TEMPLATE.rstrip("\n")])
        return
    write_new(output, DISSENT_TEMPLATE.encode())
    speak.emit(
        {"file": str(output)}, json=json, lines=[f"The template is in {output}; fill it in, then `demur file` it."]
    )


def _prepared(
    files: CaseFiles, wish: Wish, server: Server, channel: Channel, told: list[str], *, yes: bool, json: bool
) -> PreparedFiling | None:
    """The filing to send: the unsent one beside, else a new one that the author has agreed to; None if they have
    not.
    """
    if files.filing.exists():
        prepared = read_pending(files.filing.read_bytes(), channel, wish=wish, folder=files.filing.parent)
        speak.progress(f"{files.filing} holds this filing, not yet answered; sending it again")
        _show(sealed_lines(prepared, wish), json=json)
        return prepared
    in_force = ask_in_force(server, channel, home=demur_home(os.environ), now=now())
    limits = server.get_json("/api/v1/limits")
    offices = check_wish(in_force, wish, limits=limits)
    check_taking(limits)
    for warning in in_force.warnings:
        speak.warn(warning)
    named = name_warnings(part.name for part in wish.attachments)
    _show([*plan_lines(in_force, wish, offices), *told, *named], json=json)
    if not yes and not speak.ask("File it?"):
        return None

    def spool(n: int, part: LargeAttachment) -> tuple[Path, Progress]:
        return files.spool(n), Meter(f"sealing {part.name}", part.size)

    prepared = prepare(wish, in_force, address=server.address, limits=limits, now=now(), random=os.urandom, spool=spool)
    write_new(files.filing, pending_bytes(prepared, channel, wish=wish))
    return prepared


def _show(lines: Iterable[str], *, json: bool) -> None:
    # With --json standard output belongs to the document; the author still sees the readers before agreeing.
    for line in lines:
        click.echo(speak.shown(line), err=json)


def _sent(files: CaseFiles, prepared: PreparedFiling, server: Server, channel: Channel, *, accept_clock: bool) -> Filed:
    try:
        # Room for what is written once the answer is there: else the case would stand, and nobody could come back to it.
        with reserved(files.key, len(prepared.bundle) + 4 * SPARE):
            return submit(
                server, prepared, channel, now=now, accept_clock=accept_clock, progress=_Sending(), tell=tell_work
            )
    except ServerRefused as error:
        kept = f"What was refused is kept, with its keys, in {files.set_aside()}." if is_final(error) else _kept(files)
        raise ServerRefused(error.status, error.code, f"{error} {kept}") from None
    except ClientError as error:
        raise type(error)(f"{error} {_kept(files)}") from None


def _left_with(files: CaseFiles, filed: Filed, record: Record, *, json: bool) -> int:
    """Write what the author leaves with, and say what was filed, whatever the disk takes; the exit code."""

    def write() -> None:
        files.write_key(filed.key, filed.receipt, filed.bundle)
        files.keep_sealed()
        files.remove_unsent()

    why = why_not(write)
    frozen = _charter(filed, record)
    if why:
        speak.emit({**filed_document(filed, files), "saved": False}, json=json, lines=unsaved_lines(filed, frozen))
        return ended(
            (why, f"It is filed, and {files.filing} holds its only key: make room, then give the same command again")
        )
    proven = _proven(filed, record)
    unproven = why_not(lambda: files.save_receipt(proven.receipt, now=now()))
    speak.emit(
        {**filed_document(proven, files), "saved": not unproven}, json=json, lines=filed_lines(proven, files, frozen)
    )
    return ended(
        (unproven, f"{files.receipt} holds the promise, and its proof could not be written; `demur status` adds it")
    )


def _charter(filed: Filed, record: Record) -> Frozen | None:
    """The charter of the case, for what is owed by when; None if it cannot be read now, for the filing stands without it."""
    try:
        return record.charter(filed.key.submitted["charter"])
    except DemurError:
        return None


def _proven(filed: Filed, record: Record) -> Filed:
    """With its proof at once where the channel publishes at once; the filing stands without it too."""
    promise = filed.receipt.opened_promise()
    soon = promise.not_after - promise.time <= SOON
    try:
        found = wait_for_proofs(record, promise.entries, tries=TRIES if soon else 1)
    except ClientError as error:
        speak.warn(f"The filing is promised, and its proof could not be read yet: {error}")
        return filed
    if found is None:
        return filed
    return replace(filed, receipt=filed.receipt.with_proofs(found))


class _Sending:
    """Tells how far the attachments have been sent."""

    def __init__(self) -> None:
        self._meters: dict[str, Meter] = {}

    def __call__(self, have: int, file: SealedUpload) -> None:
        self._meters.setdefault(file.sha256, Meter(f"sending {file.path.name}", file.size))(have)


def _kept(files: CaseFiles) -> str:
    return (
        f"Your sealed filing is kept in {files.filing}: the same command with the same -o sends it once, never twice."
    )


def _numbers(claims: str) -> tuple[int, ...]:
    numbers = [part.strip() for part in claims.split(",")] if claims.strip() else []
    if not all(part.isascii() and part.isdigit() and len(part) < 7 for part in numbers):
        raise click.UsageError("--claims takes numbers of paragraphs, such as 3,5,7")
    return tuple(int(part) for part in numbers)


def _facts(stated: Iterable[str]) -> dict[str, str]:
    facts = {}
    for part in stated:
        name, sign, value = part.partition("=")
        if not sign or not name or name in facts:
            raise click.UsageError(f"--fact {part} is not NAME=VALUE, each name once")
        facts[name] = value
    return facts
