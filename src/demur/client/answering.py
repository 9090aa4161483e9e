# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a seat says: acknowledge, message, grant, reply, extend, countersign, close.

Every text is packed with a manifest that the seat signs, and sealed to the case key and to the author's return key:
the author reads it with twelve words, the other seats with their grants, the server not at all. The act says of it
only what the procedure needs, and both sides compare the two.
"""

from collections.abc import Container
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from demur.client.desk import CaseView
from demur.client.errors import ClientError, TooLarge
from demur.client.fetching import Fetched
from demur.client.grants import seal_grant
from demur.client.seatacts import Acted, Desk, Ground, Prepared
from demur.dissent import events
from demur.dissent.documents.reply import Reply
from demur.dissent.documents.short import short
from demur.dissent.errors import NotPossible
from demur.dissent.manifests import base_manifest, key_fingerprint
from demur.dissent.states import FILING, Verb
from demur.seal import container
from demur.seal.age import files as age
from demur.seal.padme import FLOOR


@dataclass(frozen=True, kw_only=True)
class Answering:
    """A seat with a fetched case before it: what is written goes to those whom the author named, and to the author."""

    desk: Desk
    fetched: Fetched

    def acknowledge(self, text: str = "") -> Acted:
        """Say that the filing has arrived, with a word if `text` is not empty. Raises what `Desk.act` raises."""
        return self._said(Verb.ACKNOWLEDGE, text)

    def message(self, text: str) -> Acted:
        """A word in the thread. Raises DocumentError for an empty text, and what `Desk.act` raises."""
        return self._told(Verb.MESSAGE, text)

    def extend(self, *, clock: str, until: int, reason: str) -> Acted:
        """Lengthen a clock to `until` (POSIX seconds), once, with a reason that the author reads.

        Raises what `Desk.act` raises.
        """
        return self._told(Verb.EXTEND, reason, clock=clock, until=until)

    def close(self) -> Acted:
        """End the case. Raises NotPossible while a clock runs or the author has time to contradict, and what `Desk.act` raises."""
        return self.desk.plain(self.fetched.known, Verb.CLOSE)

    def reply(self, reply: Reply) -> Acted:
        """Answer every claim that is owed an answer. Raises DocumentError if one is passed over, and what `Desk.act` raises."""
        reply.check_against(self.fetched.filing.dissent, most=self.fetched.view.frozen.charter.limits.claims)
        fields = {"outcome": reply.outcome, **reply.counts}
        return self._acted(Verb.REPLY, reply.json, fields)

    def countersign(self) -> Acted:
        """Sign the reply that waits for a second seat and was read here.

        Raises NotPossible if it was not read or is faulty (`waiting_reply`), or if another took its place meanwhile.
        """
        read = self.fetched.view.story.reply_seq

        def prepare(ground: Ground) -> Prepared:
            if read is None or ground.view.story.reply_seq != read:
                raise NotPossible(
                    "The reply that waits is not the one that was fetched; fetch the case again, then countersign."
                )
            waiting_reply(self.fetched)
            return Prepared(fields={"reply": read})

        return self.desk.act(self.fetched.known, Verb.COUNTERSIGN, prepare)

    def readable(self) -> Acted:
        """Say that the filing can be read after all: the clocks run again as from filing. Raises what `Desk.act` raises."""
        return self.desk.plain(self.fetched.known, Verb.READABLE, item=FILING)

    def grant(self, to: str, *, reason: str) -> Acted:
        """Let one more seat read, with a reason that the author reads.

        Raises ClientError for a seat that is vacant or reads already.
        """
        known, line = self.fetched.known, self.desk.line

        def prepare(ground: Ground) -> Prepared:
            if to in self.fetched.filing.recused:
                raise ClientError(
                    f"The author left the seat {to!r} out, so it may not be given access; ask another reading seat, or the author."
                )
            holder = ground.in_force.holders.get(to)
            if to not in {seat.id for seat in ground.view.frozen.charter.reading_seats} or holder is None:
                raise ClientError(
                    f"The seat {to!r} is vacant, or does not read under the charter of this case; "
                    "`demur seat list` shows the seats."
                )
            sealed = seal_grant(
                known.grant,
                to=to,
                recipient=holder.age,
                giver=line.seat,
                reason=reason,
                place=ground.place,
                key=line.key.signing,
                random=line.random,
            )
            body = self._sealed(Verb.GRANT, short(Verb.GRANT, reason), ground)
            fields = {"to": to, "sealed": events.salted(known.grant.salt_bytes, sealed)}
            return Prepared(fields=fields, body=body, files=((f"grant:{to}", sealed),))

        return self.desk.act(known, Verb.GRANT, prepare)

    def _said(self, verb: Verb, text: str, **fields: Any) -> Acted:
        return self._told(verb, text, **fields) if text else self.desk.plain(self.fetched.known, verb, **fields)

    def _told(self, verb: Verb, text: str, **fields: Any) -> Acted:
        return self._acted(verb, short(verb, text), fields)

    def _acted(self, verb: Verb, document: bytes, fields: dict[str, Any]) -> Acted:
        def prepare(ground: Ground) -> Prepared:
            return Prepared(fields=fields, body=self._sealed(verb, document, ground))

        return self.desk.act(self.fetched.known, verb, prepare)

    def _sealed(self, verb: Verb, document: bytes, ground: Ground) -> bytes:
        limit = ground.view.frozen.charter.limits.text_bytes
        if len(document) > limit:
            raise TooLarge(f"The text has {len(document)} bytes when packed and may have {limit}; shorten it.")
        filing, line = self.fetched.filing, self.desk.line
        case_key = self.fetched.known.grant.identity.recipient
        manifest = base_manifest(
            verb,
            case=self.fetched.known.grant.case,
            case_key=case_key.text,
            seat=line.seat,
            recipients={},
            names=[f"{verb}.json"],
            **ground.place,
        )
        manifest["recipients"] = readers_now(filing.readers, ground.view, self.desk)
        packed = container.pack(manifest, [document], line.key.signing, floor=FLOOR)
        return age.encrypt(packed, [case_key, filing.author], random=line.random)


def waiting_reply(fetched: Fetched) -> Reply:
    """The reply that waits for a second seat, as it was opened here. Raises NotPossible where it was not opened, or where this client finds
    it faulty: a second seat that signs such a reply would end a dispute that is right.
    """
    spoken = fetched.spoken.get(fetched.view.story.reply_seq or 0)
    if spoken is None:
        raise NotPossible("The reply that waits was not opened here; fetch the case again, then countersign.")
    if spoken.reply is None or spoken.fault:
        raise NotPossible(
            "The reply that waits cannot be read, differs from the record, or does not answer each claim once; do not countersign it: "
            "a new reply is owed."
        )
    return spoken.reply


@dataclass(frozen=True, kw_only=True)
class Seconds:
    """Who could sign a reply beside the seat that gave it: seats that read the case, and those that could be given access for it.

    Nobody whom the author left out is among them, and no vacant seat.
    """

    reading: tuple[str, ...]
    grantable: tuple[str, ...]


def seconds_of(fetched: Fetched, holders: Container[str], *, replied: str) -> Seconds:
    """Who could sign a reply of the seat `replied`; `holders` are the seats that are held now."""
    reads = {row["seat"] for row in fetched.filing.readers} | fetched.view.story.granted
    known = [seat.id for seat in fetched.view.frozen.charter.reading_seats]
    others = [seat for seat in known if seat in holders and seat != replied and seat not in fetched.filing.recused]
    return Seconds(
        reading=tuple(seat for seat in others if seat in reads),
        grantable=tuple(seat for seat in others if seat not in reads),
    )


def signer_of(fetched: Fetched, seat: str) -> str:
    """The title of a seat in the charter of the case: who signs a reply, where nobody else is named."""
    return next((row.title for row in fetched.view.frozen.charter.seats if row.id == seat), "")


def office_day(fetched: Fetched, now: int) -> str:
    """The day of the office that owes the reply, year-month-day, at `now` (POSIX seconds)."""
    frozen = fetched.view.frozen
    rule = frozen.charter.clocks.get("reply")
    if rule is None:
        return datetime.fromtimestamp(now, tz=UTC).date().isoformat()
    return frozen.calendars[rule.calendar].local_day(now).isoformat()


def readers_now(filed: list[dict[str, str]], view: CaseView, desk: Desk) -> list[dict[str, str]]:
    """Whom the author sealed the case to, and whom seats added since, as a manifest's `recipients`."""
    rows = {row["seat"]: row for row in filed}
    for item in view.items:
        if item.event["type"] == Verb.GRANT and events.is_known(item.event):
            holder = desk.record.roster(item.event["roster"]).holders.get(item.event["to"])
            if holder is not None:
                rows[holder.seat] = {"seat": holder.seat, "key": key_fingerprint(holder.age)}
    return [rows[seat] for seat in sorted(rows)]
