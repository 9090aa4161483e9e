# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the desk's commands share: the seat at its desk, its index on the disk, and how an act is told.

Whatever was learned is kept in `K.index` at once, also when a later step fails: the last event seen is what catches a
server that shows less afterwards.
"""

import os
import sys
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import click

from demur.charter.freeze import Frozen
from demur.charter.zones import when
from demur.cli import speak
from demur.cli.mycase import keeping_evidence
from demur.cli.saving import why_not
from demur.cli.unlocking import read_seat_key
from demur.client.answering import Answering
from demur.client.casefiles import CaseFiles
from demur.client.desk import confirm_grant
from demur.client.directory import InForce
from demur.client.errors import ClientError
from demur.client.fetching import Fetched, fetch_all, fetch_filing
from demur.client.http import Server
from demur.client.inbox import Index, Known, index_path, load_index, refresh, save_index
from demur.client.known import demur_home, is_stored
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

    server: str | None  # both may be missing until a verb sits down: its help needs neither
    key_file: Path | None
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
    spare: Path | None = (
        None  # where the index goes if the key's own folder cannot be written: only where the channel is stored here
    )
    told: bool = False

    def find(self, prefix: str) -> Known:
        """The case that `prefix` means. Raises ClientError."""
        return self.index.find(prefix)

    def keep(self, known: Known) -> None:
        """Remember the latest event that was seen of a case, and say what a restore took of it."""
        self.index = self.index.with_seen(known)
        self.keep_index()
        while self.desk.noticed:
            speak.warn(self.desk.noticed.pop())

    def keep_index(self) -> None:
        """Write the index beside the key, or to `spare`; where neither can be written it is told once, and lives as long as the command."""
        for path in (self.path, self.spare):
            why = (
                why_not(partial(save_index, path, self.index, self.desk.line)) if path is not None else "no other place"
            )
            if not why:
                return
            self._tell_unwritten(path or self.path, why)
        self.told = True

    def _tell_unwritten(self, path: Path, why: str) -> None:
        if not self.told and path == self.path:
            speak.warn(
                f"{path} cannot be written ({speak.shown(why)}); what this key has seen is "
                + (
                    "kept in this machine's own settings"
                    if self.spare
                    else "forgotten when this command ends, and read again"
                )
            )
            self.told = True

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
    if where.server is None or where.key_file is None:
        raise click.UsageError("The desk needs --server and --key, before the verb", context.parent)
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
    name = f"{channel.origin}.{seat}.{key.signing.public.hex()[:16]}.index".replace("/", "+")
    spare = home / "seen" / name if is_stored(channel, home) else None
    found = refresh(
        line,
        _newest(line, path, spare),
        confirm=lambda grant: confirm_grant(line, grant, record),
        size=in_force.checkpoint.size,
    )
    for fault in found.faults:
        speak.warn(fault)
    desk = Desk(line=line, record=record, accept_clock=where.accept_clock)
    sitting = Sitting(desk=desk, index=found.index, path=path, frozen=in_force.frozen, spare=spare)
    sitting.keep_index()
    return sitting


def _newest(line: SeatLine, path: Path, spare: Path | None) -> Index:
    """The index that has seen most: the one beside the key, unless that could not be written the last time."""
    beside = load_index(path, line)
    if spare is None:
        return beside
    aside = load_index(spare, line)
    return aside if _seen(aside) > _seen(beside) else beside


def _seen(index: Index) -> tuple[int, int]:
    return index.after, sum(known.seen for known in index.cases.values())


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
