# SPDX-License-Identifier: AGPL-3.0-or-later
"""`demur disclose`: an exhibit of one's own case, with only what one chooses to show."""

from pathlib import Path

import click

from demur.cli import speak
from demur.cli.mycase import keeping_evidence, now, open_case, server_options
from demur.cli.saving import ended
from demur.client.authorkey import AuthorKey
from demur.client.casefiles import CaseFiles
from demur.client.disclosing import REVEALS, SHOWS, Fetched, fetch_for, make_exhibit
from demur.client.errors import BadReceipt
from demur.client.files import refuse_existing, write_new
from demur.client.following import follow
from demur.client.lookups import Record
from demur.client.receipt import Receipt
from demur.client.room import check_room


@click.command()
@click.argument("key_file", metavar="R.key", type=click.Path(path_type=Path))
@click.option("--show", "shown", multiple=True, required=True, type=click.Choice(SHOWS), help="What; may be repeated.")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="The exhibit to write.")
@click.option("--to", default="", metavar="TEXT", help="With authorship: to whom and what for; you sign it.")
@click.option("--fetch", is_flag=True, help="Ask the server for newer proofs and the charter's own text.")
@server_options()
@speak.json_option
def command(
    key_file: Path,
    shown: tuple[str, ...],
    output: Path,
    to: str,
    server: str | None,
    channel: str | None,
    *,
    fetch: bool,
    insecure: bool,
    json: bool,
) -> int:
    """Make an exhibit of your case that shows only what you choose, and hand that out instead of your files.

    \b
    existence         that your filing stands in the record, and since when; always shown
    time-and-charter  when it was received, and under which charter
    text              what you filed
    authorship        that whoever made the exhibit holds the key that signed the text
    answers           what which office answered, and when that stood in the record

    Anybody checks an exhibit with `demur verify EXHIBIT`, offline. It holds neither your words nor any key that reads
    on or acts. Only answers and --fetch ask the server; else nobody learns that you made one.

    \b
    Examples:
      demur disclose mycase.key --show existence -o existence.exhibit
      demur disclose mycase.key --show text --show authorship --to "The labour court, case 12/27" -o court.exhibit
      demur disclose mycase.key --show answers -o answers.exhibit
    """
    shows = frozenset(shown) | {"existence"}
    if ("authorship" in shows) != bool(to.strip()):
        raise click.UsageError("--show authorship and --to go together: you sign to whom and what for")
    files = CaseFiles.named(key_file)
    refuse_existing(output)
    check_room(output)
    key, receipt, fetched, why = files.read_key(), files.read_receipt(), None, ""
    if fetch or "answers" in shows:
        receipt, fetched, why = _fetched(key_file, shows, server=server, channel=channel, insecure=insecure)
    elif server is not None or channel is not None:
        raise click.UsageError("--server and --channel go with --fetch or --show answers; nothing else asks the server")
    if receipt is None:
        raise BadReceipt(f"There is no receipt {files.receipt}, and an exhibit is made from it; put it beside the key.")
    _make(shows, key, receipt, files, fetched=fetched, to=to, output=output, json=json)
    return ended((why, f"{files.receipt} could not be written, and lacks the newest proofs; the exhibit has them."))


def _fetched(
    key_file: Path, shows: frozenset[str], *, server: str | None, channel: str | None, insecure: bool
) -> tuple[Receipt | None, Fetched, str]:
    case = open_case(key_file, server=server, channel=channel, insecure=insecure)
    with keeping_evidence(case.files):
        thread = follow(case.server, case.key, case.receipt, case.channel, now=now())
        why = case.save(thread.receipt)
        record = Record(server=case.server, channel=case.channel)
        return thread.receipt, fetch_for(thread, record, answers="answers" in shows, own="text" in shows), why


def _make(
    shows: frozenset[str],
    key: AuthorKey,
    receipt: Receipt,
    files: CaseFiles,
    *,
    fetched: Fetched | None,
    to: str,
    output: Path,
    json: bool,
) -> None:
    sealed = files.read_sealed()
    exhibit = make_exhibit(shows, key, receipt, sealed=sealed, fetched=fetched, to=to, now=now())
    write_new(output, exhibit.written.encode())
    for name in exhibit.shows:
        speak.warn(f"{name} shows {REVEALS[name]}.")
    if not exhibit.proofs:
        speak.warn("the record holds no proof of your filing yet; make the exhibit again after the next tick.")
    if "authorship" in shows and "text" not in shows:
        speak.warn("without the text nobody can check that the key which signs here is the one that filed.")
    document = {"exhibit": str(output), "shows": list(exhibit.shows), "proven": bool(exhibit.proofs)}
    lines = [f"{output} shows {', '.join(exhibit.shows)}. Check it as its reader will: demur verify {output}"]
    speak.emit(document, json=json, lines=lines)
