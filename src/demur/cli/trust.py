# SPDX-License-Identifier: AGPL-3.0-or-later
"""`demur trust`: know a channel by its words before using it."""

import os

import click

from demur.cli import speak
from demur.cli.groups import Group
from demur.client.known import demur_home, store, stored
from demur.client.trust import resolve

insecure_option = click.option(
    "--insecure-http", "insecure", is_flag=True, help="Allow plain http beyond this machine."
)


@click.group(cls=Group)
def command() -> None:
    """Know a channel by its words before using it.

    The words stand on the channel's notices and posters, not on its server: whoever owns the server could show others.
    """


@command.command("add")
@click.argument("url")
@click.option(
    "--channel", required=True, metavar="WORDS|FILE", help="The channel words from the notice, or channel.toml."
)
@insecure_option
@speak.json_option
def add(url: str, channel: str, *, insecure: bool, json: bool) -> None:
    """Compare the channel at URL with its words, and remember it.

    \b
    Example:
      demur trust add https://dissent.example.org --channel "abandon ability able about above absent"
    """
    home = demur_home(os.environ)
    known = resolve(url, channel, home, insecure=insecure)
    path = store(known, home)
    document = {
        "origin": known.channel.origin,
        "address": known.address,
        "words": " ".join(known.channel.words()),
        "file": str(path),
    }
    speak.emit(
        document,
        json=json,
        lines=[f"The channel {known.channel.origin} at {known.address} has these words and is known here now."],
    )


@command.command("list")
@speak.json_option
def list_(*, json: bool) -> None:
    """Show the channels that are known here.

    \b
    Example:
      demur trust list
    """
    rows = [
        {"origin": row.channel.origin, "address": row.address, "words": " ".join(row.channel.words())}
        for row in stored(demur_home(os.environ))
    ]
    lines = [f"{row['origin']}  {row['address']}\n    {row['words']}" for row in rows] or [
        "No channel is known here yet."
    ]
    speak.emit({"channels": rows}, json=json, lines=lines)
