# SPDX-License-Identifier: AGPL-3.0-or-later
"""`demur desk fetch`: a case with all its texts. On the screen only, unless -o is given."""

from functools import partial
from pathlib import Path

import click

from demur.cli import speak
from demur.cli.desk.at import now, sit
from demur.cli.desk.view import case_document, case_lines
from demur.client.fetching import fetch_large
from demur.client.writing import write_case


@click.command("fetch")
@click.argument("case")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, file_okay=False), help="A folder to write all files to."
)
@speak.json_option
@click.pass_context
def command(context: click.Context, case: str, output: Path | None, *, json: bool) -> None:
    """Fetch CASE, verify it, and show it. The author sees that your seat's key fetched.

    Attachments are never opened here: with -o they are written out byte for byte, under names that can do no harm.
    What was sealed is then on your disk in clear.

    \b
    Examples:
      demur desk --server https://dissent.example.org --key director.key fetch 3fa85f64
      demur desk --server https://dissent.example.org --key director.key fetch 3fa85f64 -o case-3fa85f64
    """
    sitting = sit(context)
    fetched = sitting.fetched_whole(case)
    large = partial(fetch_large, sitting.desk, fetched)
    written = [str(path) for path in write_case(output, fetched, large=large)] if output else []
    document = {**case_document(fetched, now=now()), "written": written}
    lines = case_lines(fetched, now=now())
    if written:
        lines += ["", "Written, in clear, byte for byte:", *(f"  {speak.shown(name)}" for name in written)]
    speak.emit(document, json=json, lines=lines)
