# SPDX-License-Identifier: AGPL-3.0-or-later
"""The holder of a seat who lies, before a real server: signs and sends what the desk's own clients would never send."""

import os
import time
from typing import Any

from demur.charter.channel import ChannelFile
from demur.client.answering import Answering
from demur.client.desk import confirm_grant
from demur.client.fetching import fetch_filing
from demur.client.http import Server
from demur.client.inbox import Index, Known, refresh
from demur.client.lookups import Record
from demur.client.seatacts import Desk, Prepared
from demur.client.seatline import SeatLine
from demur.dissent.documents.reply import Answer, Reply
from demur.dissent.states import FILING, Verb
from demur.seal import keyfile
from serving import Channel


def now() -> int:
    return int(time.time())


class LyingSeat:
    """A seat with the practice key of a channel that is served."""

    def __init__(self, served: Channel, seat: str) -> None:
        channel = ChannelFile.parse(served.file.read_text()).channel
        key = keyfile.read(served.key(seat).read_bytes(), passphrase=str)
        assert isinstance(key, keyfile.SeatKey)
        server = Server(served.url)
        self.line = SeatLine(server=server, channel=channel, seat=seat, key=key, random=os.urandom, clock=now)
        self.desk = Desk(line=self.line, record=Record(server=server, channel=channel))

    def newest(self) -> Known:
        """The case that came last."""
        empty = Index(origin=self.line.channel.origin, seat=self.line.seat)
        found = refresh(
            self.line, empty, confirm=lambda grant: confirm_grant(self.line, grant, self.desk.record)
        ).index.cases
        return list(found.values())[-1]

    def fetch(self, known: Known) -> Answering:
        """Fetch the filing, which is recorded, and acknowledge it."""
        answering = Answering(desk=self.desk, fetched=fetch_filing(self.desk, known))
        acted = answering.acknowledge()
        return Answering(desk=self.desk, fetched=fetch_filing(self.desk, acted.known))

    def reply(self, known: Known, claims: list[int], *, counts: dict[str, int] | None = None) -> dict[str, Any]:
        """Answer these claims and no others, whatever the dissent claims; `counts` other than the reply's own are a lie in the open."""
        answering = self.fetch(known)
        answers = tuple(Answer(claim=n, kind="answered", text=f"This answers number {n}.") for n in claims)
        made = Reply(outcome="in_part", text="We looked into it all.", answers=answers)
        fields = {"outcome": made.outcome, **(counts or made.counts)}
        return answering._acted(Verb.REPLY, made.json, fields).event

    def reply_sealed_to_nobody(self, known: Known) -> dict[str, Any]:
        """A reply that no one can open."""
        answering = self.fetch(known)
        body = b"age-encryption.org/v1\n" + os.urandom(600)
        fields = {"outcome": "accepted", "answered": 2, "referred": 0, "declined": 0}
        return self.desk.act(answering.fetched.known, Verb.REPLY, lambda _: Prepared(fields=fields, body=body)).event

    def cannot_read(self, known: Known) -> dict[str, Any]:
        """Say that the filing cannot be opened, though it can."""
        return self.desk.plain(known, Verb.UNREADABLE, item=FILING).event
