# SPDX-License-Identifier: AGPL-3.0-or-later
"""`demur status`: where one's case stands, verified; or the files rebuilt from the twelve words."""

import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Final

import click

from demur.cli import speak
from demur.cli.hidden import typed_words
from demur.cli.mycase import MyCase, keeping_evidence, kept_evidence, now, open_case, server_options
from demur.cli.saving import ended, why_not
from demur.cli.status_view import status_document, status_lines
from demur.client.casefiles import CaseFiles, check_kept
from demur.client.errors import ServerRefused
from demur.client.following import Thread, follow, rebuild
from demur.client.http import Server
from demur.client.known import demur_home
from demur.client.lookups import NOT_FOUND
from demur.client.policies import channel_in_force
from demur.client.reporting import report_all
from demur.client.returncode import words_of
from demur.client.trust import resolve
from demur.dissent.states import Verb


@click.command()
@click.argument("key_file", metavar="[R.key]", required=False, type=click.Path(path_type=Path))
@click.option(
    "--words",
    is_flag=True,
    help="Ask for the twelve return words, or the digits of a return code, instead of a key file.",
)
@server_options()
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="With --words: write R.key, R.receipt and R.sealed again."
)
@speak.json_option
def command(
    key_file: Path | None,
    server: str | None,
    channel: str | None,
    output: Path | None,
    *,
    words: bool,
    insecure: bool,
    json: bool,
) -> int:
    """See where your case stands: its clocks, and what was answered to each claim.

    Everything is verified here, and R.receipt gains its proof and the newest head. The words are typed, never given as
    an argument, because arguments stay in the shell's history.

    \b
    Examples:
      demur status mycase.key
      demur status --words --server https://dissent.example.org --channel "six words from the notice" -o mycase
    """
    if words == (key_file is not None):
        raise click.UsageError("Name your key file, or give --words to type the words")
    if words:
        return _by_words(server, channel, output, insecure=insecure, json=json)
    if output is not None:
        raise click.UsageError("-o goes with --words; the files of a key lie beside it")
    case = open_case(Path(str(key_file)), server=server, channel=channel, insecure=insecure)
    return _shown(case, _read(case), json=json)


def _by_words(server: str | None, channel: str | None, output: Path | None, *, insecure: bool, json: bool) -> int:
    if server is None:
        raise click.UsageError("The words do not say where the channel is; give --server")
    case, sealed = _from_words(server, channel, output, insecure=insecure)
    thread = _read(case)
    if output is None:
        _tell(thread, json=json)
        return 0
    why = why_not(lambda: case.files.write_key(case.key, case.receipt, sealed))
    if why:
        _tell(thread, json=json)
        return ended(
            (why, f"The files of {output} could not be written again: the words rebuild them where you may write.")
        )
    speak.progress(
        f"{case.files.key} is written again"
        + (
            f", and {case.files.receipt}"
            if case.receipt
            else ", without a receipt: the server no longer tells the promise"
        )
    )
    return _shown(case, thread, json=json)


def _read(case: MyCase) -> Thread:
    with keeping_evidence(case.files):
        thread = _followed(case)
        case.check_record(thread.receipt)
    if thread.receipt is not None:
        check_kept(thread.receipt, now=now())
    return thread


def _tell(thread: Thread, *, json: bool) -> None:
    speak.emit(status_document(thread, now=now()), json=json, lines=status_lines(thread, now=now()))


def _shown(case: MyCase, thread: Thread, *, json: bool) -> int:
    """Keep what was learned, tell the record what differs in it, and show the case as it is then, whether or not it could be kept."""
    why = case.save(thread.receipt)
    if not why:
        with keeping_evidence(case.files):
            thread = _reported(case, thread)
    _tell(thread, json=json)
    _keep_noticed(case, thread)
    return ended(
        (why, f"{case.files.receipt} could not be written: it gains its newest proof when `demur status` can write it.")
    )


def _from_words(
    server: str, channel: str | None, output: Path | None, *, insecure: bool
) -> tuple[MyCase, bytes | None]:
    files = CaseFiles.named(output or Path("rebuilt"))
    if output is not None:
        files.refuse_finished()
    known = resolve(server, channel, demur_home(os.environ), insecure=insecure).channel
    at = Server(server, insecure=insecure)
    known = channel_in_force(at, known)
    key, receipt, sealed = rebuild(at, _words(typed_words("Your twelve return words, or your return code", 12)), known)
    return MyCase(files=files, key=key, receipt=receipt, channel=known, server=at), sealed


def _words(typed: str) -> str:
    """What was typed as words: a return code, which is on paper where a page without script filed, stands for twelve of them."""
    return words_of(typed) if any(sign.isdigit() for sign in typed) and not re.search(r"[^\W\d_]", typed) else typed


def _followed(case: MyCase) -> Thread:
    try:
        own = case.files.read_sealed()
        return follow(case.server, case.key, case.receipt, case.channel, now=now(), own=own)
    except ServerRefused as error:
        if error.status != NOT_FOUND or not case.files.sealed.exists():
            raise
        raise ServerRefused(
            error.status,
            error.code,
            "The server does not know this case; if the channel was restored from a backup, `demur file --again "
            f"{case.files.key}` brings it back under the same promise.",
        ) from None


def _keep_noticed(case: MyCase, thread: Thread) -> None:
    for row in thread.noticed:
        speak.warn(f"{row.sentence} {kept_evidence(case.files, row.evidence)}")


def _reported(case: MyCase, thread: Thread) -> Thread:
    """Tell the record what `report_all` finds; the author reads on whatever comes of it. The thread as it is after that."""
    receipt, recorded = thread.receipt, 0
    for row in report_all(case.author(), thread):
        said = _FAULTY[row.report.verb].format(n=row.report.seq, fact=row.report.fact)
        if row.acted is None:
            speak.warn(f"{said}; this could not be recorded: {row.error}")
            if row.waiting:
                speak.warn(f"{row.waiting} more such reports wait for the same; `demur status` sends them then")
            continue
        receipt, recorded = row.acted.receipt, recorded + 1
        speak.warn(f"{said}; this is recorded now")
        # A receipt grows by each: to write it after each of two hundred takes longer than to send them.
        if recorded % _SAVED_EVERY == 1 and case.save(receipt):
            speak.warn(f"{case.files.receipt} could not be written, and lacks the promise of that report")
            return _followed(replace(case, receipt=receipt))
    if recorded > 1 and case.save(receipt):
        speak.warn(f"{case.files.receipt} could not be written, and lacks the promises of those reports")
    # What was reported can change what the clocks show.
    return _followed(replace(case, receipt=receipt)) if recorded else thread


_SAVED_EVERY: Final = 20  # reports
_FAULTY: Final = {
    Verb.MISMATCH: "event {n} is not as it should be ({fact})",
    Verb.UNREADABLE: "event {n} cannot be opened ({fact})",
    Verb.READABLE: "two offices say that what you filed cannot be read, and it opens here",
}
