# SPDX-License-Identifier: AGPL-3.0-or-later
"""`demur desk fetch`: a case with all its texts. On the screen only, unless -o is given."""

from functools import partial
from pathlib import Path

import click

from demur.cli import speak
from demur.cli.desk.at import now, sit
from demur.cli.desk.view import case_document, case_lines
from demur.cli.saving import ended
from demur.client.fetching import fetch_large
from demur.client.room import check_folder
from demur.client.writing import Written, write_case


@click.command("fetch")
@click.argument("case")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, file_okay=False), help="A folder to write all files to."
)
@speak.json_option
@click.pass_context
def command(context: click.Context, case: str, output: Path | None, *, json: bool) -> int:
    """Fetch CASE, verify it, and show it. The author sees that your seat's key fetched. Exit 1 if an attachment is lost on the server.

    Attachments are never opened here: with -o they are written out byte for byte, under names that can do no harm.
    What was sealed is then on your disk in clear.
    Files of an earlier fetch stay: fetch into the same folder again for what was lost and came back.

    \b
    Examples:
      demur desk --server https://dissent.example.org --key director.key fetch 3fa85f64
      demur desk --server https://dissent.example.org --key director.key fetch 3fa85f64 -o case-3fa85f64
    """
    if output is not None:
        check_folder(output)  # a fetch is recorded for ever: it is not begun where its texts cannot be written
    sitting = sit(context)
    fetched = sitting.fetched_whole(case)
    large = partial(fetch_large, sitting.desk, fetched)
    made, why = Written(paths=(), lost=fetched.lost), ""
    if output is not None:
        try:
            made = write_case(output, fetched, large=large)
        except OSError as error:  # it is fetched for ever: shown first, then told
            why = error.strerror or str(error)
    written = [str(path) for path in made.paths]
    document = {**case_document(fetched, now=now()), "written": written, "lost": sorted(made.lost)}
    lines = case_lines(fetched, now=now())
    if written:
        lines += ["", "Written, in clear, byte for byte:", *(f"  {speak.shown(name)}" for name in written)]
    speak.emit(document, json=json, lines=lines)
    for n, sentence in sorted(made.lost.items()):
        part = fetched.filing.attachments[n - 1]
        speak.warn(
            f"attachment {n}, {speak.shown(part.name)} ({part.size} bytes), is not on the server, which says: {speak.shown(sentence)} Only "
            "its author can send it again, with `demur file --again`; fetch the case again then."
        )
    return ended(
        (why, f"It is fetched, and could not be written to {output}; fetch it again into another folder")
    ) or int(bool(made.lost))
