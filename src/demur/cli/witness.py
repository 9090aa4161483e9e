# SPDX-License-Identifier: AGPL-3.0-or-later
"""`demur witness`: countersign other people's records, so that they cannot show two of them."""

import os
import time
from pathlib import Path

import click

from demur.cli import speak
from demur.cli.groups import Group
from demur.client.known import channel_file
from demur.witness.card import card_text, check_address
from demur.witness.errors import BadWitness
from demur.witness.server import serve as make_server
from demur.witness.state import KnownLog, Witness, found_witness

DEFAULT_LISTEN = "127.0.0.1:8766"


@click.group(cls=Group)
def command() -> None:
    """Run a witness: outside the institution whose record it watches, or it is worth little."""


@command.command("new")
@click.argument("directory", type=click.Path(path_type=Path))
@click.option("--name", required=True, help="The witness's name for ever, such as witness.example.net.")
@click.option("--address", default=f"http://{DEFAULT_LISTEN}", show_default=True, help="Where it will answer.")
@speak.json_option
def new(directory: Path, name: str, address: str, *, json: bool) -> None:
    """Make a witness in DIRECTORY, with its keys; its card is for the officers of the channels it will watch.

    \b
    Example:
      demur witness new /srv/witness --name witness.example.net --address https://witness.example.net
    """
    check_address(address)  # before keys exist: a witness is made once
    witness = found_witness(directory, name, random=os.urandom)
    card = directory / "witness.card"
    card.write_text(card_text(name, witness.vkeys, address), encoding="utf-8")
    document = {"directory": str(directory), "name": name, "keys": list(witness.vkeys), "card": str(card)}
    lines = [
        f"The witness {name} is in {directory}. Its keys must exist once: never run a copy beside it.",
        f"Its card is {card}: give it to whoever founds a channel (`demur init --witness`) or changes its policy.",
        f"Watch a channel:  demur witness add {directory} channel.toml",
        f"Start it:         demur witness serve {directory}",
    ]
    speak.emit(document, json=json, lines=lines)


@command.command("add")
@click.argument("directory", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("channel", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@speak.json_option
def add(directory: Path, channel: Path, *, json: bool) -> None:
    """Watch the record of CHANNEL, a channel.toml, from now on.

    \b
    Example:
      demur witness add /srv/witness channel.toml
    """
    known = channel_file(channel).channel
    Witness.read(directory).add(known.log_verifier)
    words = " ".join(known.words())
    lines = [f"The record of {known.origin} is watched.", f"Its channel words, to be compared with the notice: {words}"]
    speak.emit({"origin": known.origin, "words": words}, json=json, lines=lines)


@command.command("list")
@click.argument("directory", type=click.Path(exists=True, file_okay=False, path_type=Path))
@speak.json_option
def list_logs(directory: Path, *, json: bool) -> None:
    """List the records that are watched, and how far each was cosigned.

    \b
    Example:
      demur witness list /srv/witness
    """
    now = int(time.time())
    logs = Witness.read(directory).logs()
    rows = [
        {
            "origin": log.verifier.name,
            "size": log.last.size if log.last else 0,
            "time": log.time,
            "ahead": log.is_ahead(now),
        }
        for log in logs
    ]
    lines = [line for log in logs for line in _lines(log, now=now)]
    speak.emit({"logs": rows}, json=json, lines=lines or ["No record is watched yet."])


def _lines(log: KnownLog, *, now: int) -> list[str]:
    origin = log.verifier.name
    said = f", cosigned {speak.moment(log.time)}" if log.time else ""
    lines = [f"{origin}: {log.last.size if log.last else 0} entries{said}"]
    if log.is_ahead(now):
        lines.append(
            f"For {origin} this witness once stated a time that has not come yet; until then it states that time, and nothing that it "
            "cosigns there can be called in time. Set the clock right, and give the officers a new witness (docs/how-to/run-a-witness.md)."
        )
    return lines


@command.command("serve")
@click.argument("directory", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--listen", default=DEFAULT_LISTEN, show_default=True, metavar="ADDRESS:PORT", help="Where to listen.")
def serve(directory: Path, listen: str) -> None:
    """Run the witness in DIRECTORY until interrupted. Put a proxy that speaks TLS in front of it beyond this machine.

    \b
    Example:
      demur witness serve /srv/witness --listen 127.0.0.1:8766
    """
    host, _, port = listen.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise click.UsageError(f"--listen {listen} is not an address and a port, such as {DEFAULT_LISTEN}")
    witness = Witness.read(directory)
    now = int(time.time())
    for log in witness.logs():
        for sentence in _lines(log, now=now)[1:]:
            speak.warn(sentence)
    with witness.alone():
        try:
            server = make_server(witness, host.strip("[]"), int(port), now=lambda: int(time.time()))
        except OSError as error:
            raise BadWitness(
                f"The witness cannot listen on {listen} ({error.strerror}); choose another port."
            ) from None
        speak.progress(f"witnessing as {witness.name} on http://{listen} (Ctrl-C ends it)")
        with server:
            server.serve_forever()
