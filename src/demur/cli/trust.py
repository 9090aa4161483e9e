# SPDX-License-Identifier: AGPL-3.0-or-later
"""`demur trust`: know a channel by its words before using it."""

import os

import click

from demur.cli import speak
from demur.cli.groups import Group
from demur.cli.routing import proxy_option
from demur.client.known import demur_home, store, store_proxy, stored, stored_proxy
from demur.client.proxies import proxy_for, route_by
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
@proxy_option
@click.option(
    "--no-proxy", is_flag=True, help="Forget the proxy that was stored for this channel, and ask without one."
)
@speak.json_option
def add(url: str, channel: str, *, insecure: bool, no_proxy: bool, json: bool) -> None:
    """Compare the channel at URL with its words, and remember it; with --proxy also by which proxy it is always asked.

    \b
    Examples:
      demur trust add https://dissent.example.org --channel "abandon ability able about above absent"
      demur trust add https://dissent.example.org --channel "abandon ability able about above absent" \\
          --proxy socks5h://127.0.0.1:9050
    """
    if no_proxy:
        route_by(lambda _address: None)
    home = demur_home(os.environ)
    known = resolve(url, channel, home, insecure=insecure)
    path = store(known, home)
    proxy = proxy_for(known.address)
    store_proxy(known, proxy, home)
    by = f" It is asked through {proxy.text} from now on." if proxy else ""
    document = {
        "origin": known.channel.origin,
        "address": known.address,
        "words": " ".join(known.channel.words()),
        "file": str(path),
        "proxy": proxy.text if proxy else "",
    }
    speak.emit(
        document,
        json=json,
        lines=[f"The channel {known.channel.origin} at {known.address} has these words and is known here now.{by}"],
    )


@command.command("list")
@speak.json_option
def list_(*, json: bool) -> None:
    """Show the channels that are known here.

    \b
    Example:
      demur trust list
    """
    home = demur_home(os.environ)
    rows = [
        {
            "origin": row.channel.origin,
            "address": row.address,
            "words": " ".join(row.channel.words()),
            "proxy": proxy.text if (proxy := stored_proxy(row.address, home)) else "",
        }
        for row in stored(home)
    ]
    lines = [
        f"{row['origin']}  {row['address']}{'  through ' + row['proxy'] if row['proxy'] else ''}\n    {row['words']}"
        for row in rows
    ] or ["No channel is known here yet."]
    speak.emit({"channels": rows}, json=json, lines=lines)
