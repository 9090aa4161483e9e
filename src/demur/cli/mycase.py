# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the author's commands share: finding the case's files, its channel and its server, and saving what was
learned.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from demur.charter.channel import Channel
from demur.charter.freeze import Frozen
from demur.cli import speak
from demur.cli.routing import proxy_option
from demur.cli.saving import ended, why_not
from demur.client.acting import Acted, Author
from demur.client.authorkey import AuthorKey
from demur.client.casefiles import CaseFiles
from demur.client.comparing import check_one_record, checkpoints_of
from demur.client.errors import Dishonest, NotTrusted
from demur.client.healing import CHANGED
from demur.client.http import Server
from demur.client.known import demur_home
from demur.client.memory import ask_in_force
from demur.client.policies import channel_in_force
from demur.client.receipt import Receipt
from demur.client.room import SPARE, check_room
from demur.client.trust import resolve

_AFTERWARDS: Final = "once it can be written, `demur status` shows the act from the record."
_Command = TypeVar("_Command", bound=Callable[..., Any])


def server_options(*, required: bool = False) -> Callable[[_Command], _Command]:
    """`--server`, `--channel` and `--insecure-http`, the same on every command that talks to a server."""

    def add(command: _Command) -> _Command:
        for option in (
            click.option("--insecure-http", "insecure", is_flag=True, help="Allow plain http beyond this machine."),
            click.option("--channel", metavar="WORDS|FILE", help="The channel words from the notice, or channel.toml."),
            click.option("--server", metavar="URL", required=required, help="The channel's server."),
        ):
            command = option(command)
        return proxy_option(command)

    return add


@dataclass(frozen=True, kw_only=True)
class MyCase:
    """An author's case on this machine, ready to be asked about."""

    files: CaseFiles
    key: AuthorKey
    receipt: Receipt | None
    channel: Channel
    server: Server

    def author(self, *, accept_clock: bool = False) -> Author:
        """The author at work on it."""
        return Author(
            server=self.server,
            channel=self.channel,
            key=self.key,
            random=os.urandom,
            clock=now,
            accept_clock=accept_clock,
            tell=tell_work,
        )

    def check_record(self, receipt: Receipt | None) -> Frozen:
        """Hold what the server shows against what this machine and the receipt have seen; the charter in force. Raises
        BadReceipt, and what `ask_in_force` raises.
        """
        kept = checkpoints_of(receipt) if receipt is not None else []
        check_one_record(self.channel, kept)
        found = ask_in_force(self.server, self.channel, home=demur_home(os.environ), now=now(), kept=kept)
        if receipt is not None:
            # Its proofs must also meet the policy as this machine has seen it come into force.
            checkpoints_of(replace(receipt, channel=found.channel))
        return found.frozen

    def save(self, receipt: Receipt | None) -> str:
        """Keep what was learned in the receipt beside the key. Why that could not be, "" if it could."""
        if receipt is None:
            return ""
        return why_not(lambda: self.files.save_receipt(receipt, now=now()))

    def check_room(self) -> None:
        """Raises NotWritable unless the receipt of an act could be saved: asked before anything is sent that cannot be taken back."""
        if self.receipt is not None:
            check_room(self.files.receipt, len(self.receipt.text) + SPARE)

    def finished(self, acted: Acted, said: str, *, json: bool) -> int:
        """Save the receipt of an act, and say what was recorded; the exit code."""
        why = self.save(acted.receipt)
        event = acted.event
        document = {"case": self.key.case, "seq": event["seq"], "type": event["type"], "time": event["time"]}
        promise = acted.receipt.acts[-1].promise if why and acted.receipt is not None else ""
        speak.emit(
            {**document, "saved": not why, **({"promise": promise} if promise else {})},
            json=json,
            lines=[said, *_promise_lines(promise)],
        )
        return ended(
            (why, f"It is recorded, and {self.files.receipt} could not be written: do not do it again; {_AFTERWARDS}")
        )


def _promise_lines(promise: str) -> list[str]:
    return ["", "The log's promise, which the receipt would hold:", "", promise.rstrip("\n")] if promise else []


def tell_work(bits: int) -> None:
    """Say why it takes a moment."""
    speak.progress(f"many ask at this moment; this machine shows {bits} bits of work, which takes a moment")


def now() -> int:
    """The time, POSIX seconds: the one clock of the author's commands."""
    return int(time.time())


def open_case(key_file: Path, *, server: str | None, channel: str | None, insecure: bool) -> MyCase:
    """The case of R.key, with the receipt beside it. Raises ClientError.

    The channel is the one given, else the receipt's own, which was checked when it was written, else one that is known
    here.
    """
    files = CaseFiles.named(key_file)
    key, receipt = files.read_key(), files.read_receipt()
    for path in files.changed():
        speak.warn(f"{path}: {CHANGED}")
    address = server or key.address
    if channel is None and receipt is not None:
        found = receipt.channel
    else:
        found = resolve(address, channel, demur_home(os.environ), insecure=insecure).channel
    if receipt is not None:
        if found.digest != receipt.channel.digest:
            raise NotTrusted(
                f"The receipt {files.receipt} is of another channel than the one you named; do not use this server."
            )
        key.check_promise(receipt.opened_promise())
    at = Server(address, insecure=insecure)
    if receipt is not None and len(receipt.channel.changes) > len(found.changes):
        found = receipt.channel  # what the receipt has seen proven may not be taken back
    found = channel_in_force(at, found)
    if receipt is not None:
        receipt = replace(receipt, channel=found)
    return MyCase(files=files, key=key, receipt=receipt, channel=found, server=at)


@contextmanager
def keeping_evidence(files: CaseFiles) -> Iterator[None]:
    """Write what convicts a server beside the case's files before the error is shown."""
    try:
        yield
    except Dishonest as error:
        raise type(error)(f"{error} {kept_evidence(files, error.evidence)}", error.evidence) from None


def kept_evidence(files: CaseFiles, evidence: str) -> str:
    """Write what convicts a server beside the case's files, and say where it is. Where that cannot be, it is printed:
    it may never be shown again.
    """
    written: list[Path] = []
    why = why_not(lambda: written.append(files.write_evidence(evidence)))
    if not why:
        return f"The evidence is in {written[0]}: `demur verify` convinces anybody with it."
    click.echo(evidence, nl=False)
    return (
        f"The evidence is on standard output, because it could not be written ({speak.shown(why)}): keep it in a file, "
        "and `demur verify` convinces anybody with it."
    )
