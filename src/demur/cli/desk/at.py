# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the desk's commands share: the seat at its desk, its index on the disk, and how an act is told.

Whatever was learned is kept in `K.index` at once, also when a later step fails: the last event seen is what catches a
server that shows less afterwards.
"""

import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from demur.charter.freeze import Frozen
from demur.charter.zones import when
from demur.cli import speak
from demur.cli.mycase import keeping_evidence
from demur.cli.unlocking import read_seat_key
from demur.client.answering import Answering
from demur.client.casefiles import CaseFiles
from demur.client.desk import confirm_grant
from demur.client.directory import InForce
from demur.client.errors import ClientError
from demur.client.fetching import Fetched, fetch_all, fetch_filing
from demur.client.http import Server
from demur.client.inbox import Index, Known, index_path, load_index, refresh, save_index
from demur.client.known import demur_home
from demur.client.lookups import Record
from demur.client.memory import ask_in_force
from demur.client.seatacts import Acted, Desk
from demur.client.seatline import SeatLine
from demur.client.trust import resolve
from demur.dissent.states import Verb
from demur.seal.keyfile import SeatKey

SHOWN: Final = 8  # digits of a case's id that lists show


@dataclass(frozen=True, kw_only=True)
class Where:
    """The options of `demur desk`, before anything is read or asked."""

    server: str
    key_file: Path
    channel: str | None
    seat: str | None
    passphrase_file: Path | None
    insecure: bool
    accept_clock: bool


def now() -> int:
    """The time, POSIX seconds: the one clock of the desk's commands."""
    return int(time.time())


@dataclass(kw_only=True)
class Sitting:
    """One command at the desk. The inbox has been read; `index` is what this key can read."""

    desk: Desk
    index: Index
    path: Path
    frozen: Frozen  # the charter in force

    def find(self, prefix: str) -> Known:
        """The case that `prefix` means. Raises ClientError."""
        return self.index.find(prefix)

    def keep(self, known: Known) -> None:
        """Remember the latest event that was seen of a case."""
        self.index = self.index.with_seen(known.grant.case, known.seen, known.last)
        save_index(self.path, self.index, self.desk.line)

    def fetched(self, prefix: str) -> Fetched:
        """A case with what the author filed and nothing else. The fetch is an event."""
        return self._kept(fetch_filing(self.desk, self.find(prefix)))

    def fetched_whole(self, prefix: str) -> Fetched:
        """A case with all its texts. Each fetch is an event."""
        return self._kept(fetch_all(self.desk, self.find(prefix)))

    def answering(self, prefix: str, verb: Verb) -> Answering:
        """The seat with the case before it, about to `verb`. Nothing is fetched for a step that it cannot take.

        For a countersignature the reply that waits is fetched too.
        """
        known = self.find(prefix)
        view = self.desk.check(known, verb)
        waits = view.story.reply_seq if verb is Verb.COUNTERSIGN else None
        fetched = fetch_filing(self.desk, known) if waits is None else fetch_all(self.desk, known, only=waits)
        return Answering(desk=self.desk, fetched=self._kept(fetched))

    def _kept(self, fetched: Fetched) -> Fetched:
        self.keep(fetched.known)
        return fetched

    def tell(self, acted: Acted, said: str, *, json: bool) -> None:
        """Remember an act, and say what was recorded."""
        self.keep(acted.known)
        event = acted.event
        document = {"case": event["case"], "seq": event["seq"], "type": event["type"], "time": event["time"]}
        line = f"{said} It is event {event['seq']} of case {event['case'][:SHOWN]}, {when(self.frozen, event['time'])}."
        speak.emit(document, json=json, lines=[line])


def sit(context: click.Context) -> Sitting:
    """Sit down at the desk: unlock the key, know the channel, find the seat, look into the inbox.

    Raises what `resolve`, `ask_in_force` and `refresh` raise.
    """
    where: Where = context.obj
    key = read_seat_key(where.key_file, where.passphrase_file)
    home = demur_home(os.environ)
    known = resolve(where.server, where.channel, home, insecure=where.insecure)
    server = Server(known.address, insecure=where.insecure)
    with keeping_evidence(CaseFiles.named(where.key_file)):
        in_force = ask_in_force(server, known.channel, home=home, now=now())
    seat = where.seat or key.seat or _seat_of(key, in_force)
    # With the changes of the trust policy that were just proven: checkpoints made since are judged by them.
    channel = in_force.channel
    line = SeatLine(server=server, channel=channel, seat=seat, key=key, random=os.urandom, clock=now)
    record = Record(server=server, channel=channel)
    path = index_path(where.key_file)
    found = refresh(line, load_index(path, line), confirm=lambda grant: confirm_grant(line, grant, record))
    for fault in found.faults:
        speak.warn(fault)
    save_index(path, found.index, line)
    desk = Desk(line=line, record=record, accept_clock=where.accept_clock)
    return Sitting(desk=desk, index=found.index, path=path, frozen=in_force.frozen)


def _seat_of(key: SeatKey, in_force: InForce) -> str:
    mine = [seat for seat, holder in in_force.holders.items() if holder.sign == key.signing.public]
    if len(mine) != 1:
        raise ClientError(
            f"This key holds {len(mine)} seats of the channel now; give --seat, or ask the officers "
            "to fill one with it."
        )
    return mine[0]


def text_of(text: str | None, *, what: str) -> str:
    """A text from the command line; `-` reads standard input, byte for byte as UTF-8. Raises click.UsageError."""
    if text is None or text != "-":
        return text or ""
    try:
        return sys.stdin.buffer.read().decode("utf-8")
    except UnicodeDecodeError as error:
        raise click.UsageError(f"The {what} is not UTF-8 at byte {error.start}; save it as UTF-8 text") from None
