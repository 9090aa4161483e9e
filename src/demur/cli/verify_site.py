# SPDX-License-Identifier: AGPL-3.0-or-later
"""`demur verify-site`: hold the pages of a channel against its record."""

import json as jsonlib
import os
from pathlib import Path
from typing import Any, Final

import click

import demur
from demur.cli import speak
from demur.cli.routing import proxy_option
from demur.cli.trust import insecure_option
from demur.client.errors import BadAnswer
from demur.client.http import Server
from demur.client.known import demur_home
from demur.client.site import NOT_LOOKED_AT, Difference, Listed, differences, read_listed
from demur.client.trust import resolve

MOST: Final = 50  # differences that are told
UNSEEN: Final = f"Not looked at: the pages behind the sign-in of the desk (/{NOT_LOOKED_AT} in each language)."


@click.command("verify-site")
@click.argument("url")
@click.option(
    "--channel",
    metavar="WORDS|FILE",
    help="The channel words from the notice, or channel.toml; else as it is known here.",
)
@insecure_option
@proxy_option
@speak.json_option
def command(url: str, channel: str | None, *, insecure: bool, json: bool) -> int:
    """Compare every file and page that the channel at URL sends to browsers with its record; exit 1 if something differs.

    The record lists each file with its hash before the server sends any. A server can still lie to one person alone: run this from
    several places, at odd times, and keep what it prints. The desk behind its sign-in is not looked at. Who must be sure files with
    `demur file`, which runs nothing of the server's.

    \b
    Examples:
      demur verify-site https://dissent.example.org
      demur verify-site https://dissent.example.org --channel "abandon ability able about above absent" --json
    """
    known = resolve(url, channel, demur_home(os.environ), insecure=insecure)
    server = Server(url, insecure=insecure)
    listed = read_listed(server, known.channel)
    if not listed.files:
        raise BadAnswer("The record lists no file at all for this channel; its pages cannot be held against anything.")
    found = []
    for difference in differences(server, listed):
        found.append(difference)
        if len(found) == MOST:
            break
    own = _own(listed)
    speak.emit(_document(listed, found, own), json=json, lines=_lines(listed, found, own))
    return 1 if found else 0


def _own(listed: Listed) -> str:
    """How the list compares with the release that is installed here: "same", "differs" or "other-release"."""
    if listed.release != demur.__version__:
        return "other-release"
    rows: dict[str, dict[str, Any]] = jsonlib.loads(
        (Path(demur.__file__).parent / "web/assets.json").read_text("utf-8")
    )
    return "same" if {name: row["sha256"] for name, row in rows.items()} == dict(listed.files) else "differs"


def _document(listed: Listed, found: list[Difference], own: str) -> dict[str, Any]:
    return {
        "index": listed.index,
        "since": listed.since,
        "unwitnessed": listed.unwitnessed,
        "release": listed.release,
        "serial": listed.serial,
        "files": dict(listed.files),
        "own_release": own,
        "differences": [{"place": row.place, "code": row.code, "sentence": row.sentence} for row in found],
        "holds": not found,
        "not_looked_at": [NOT_LOOKED_AT],
    }


def _lines(listed: Listed, found: list[Difference], own: str) -> list[str]:
    where = f"Entry {listed.index} of the record, public since {speak.moment(listed.since)},"
    said = f"{where} lists {len(listed.files)} files of release {speak.shown(listed.release)}."
    witnessed = (
        ["No outside witness has signed that entry: the log alone says when it was made."] if listed.unwitnessed else []
    )
    ours = {
        "same": "They are those that the source of this release gives, as it is installed here.",
        "differs": "They are not those that the source of this release gives, as it is installed here: ask who changed them.",
        "other-release": f"Here is release {demur.__version__}: a machine with that release tells whether its source gives them.",
    }[own]
    if not found:
        return [
            said,
            *witnessed,
            ours,
            "Every file is served as listed, and no page that was looked at loads, runs, posts or leads to anything else.",
            UNSEEN,
        ]
    rows = [f"DIFFERS  {speak.shown(row.place)} {speak.shown(row.sentence)}." for row in found]
    more = [f"There may be more: {MOST} are told."] if len(found) == MOST else []
    end = "Do not use this channel's pages; tell the officers, and file with `demur file`."
    return [said, *witnessed, ours, *rows, *more, UNSEEN, end]
