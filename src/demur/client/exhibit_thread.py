# SPDX-License-Identifier: AGPL-3.0-or-later
"""The answers in an exhibit: events after the filing, each signed, proven, and of the case that the promise names.

An exhibit may leave events out; it cannot reorder them, change them, or take them from another case.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from demur.charter.errors import CharterError
from demur.charter.freeze import Frozen
from demur.charter.roster import Roster
from demur.client.errors import BadExhibit
from demur.client.exhibit import Exhibit, Unsealed
from demur.client.exhibit_parts import OpenedEvent, check_salted, opened_event, proven, signed_entry, unsealed
from demur.client.exhibited import FIRST_ACT, Answered, Text
from demur.dissent import events
from demur.dissent.documents.reply import Reply
from demur.dissent.documents.short import read_short
from demur.dissent.errors import DocumentError, EventError


@dataclass(frozen=True, kw_only=True)
class ExhibitedThread:
    """The events after the filing, while they are checked. `rosters`: leaf hash (hex) -> seats and since when. `most`: how many claims
    the charter allows; 0 where it is not shown, because then nobody can tell that one is owed an answer of its own.
    """

    exhibit: Exhibit
    received: OpenedEvent
    text: Text | None
    rosters: Mapping[str, tuple[Roster, int]]
    most: int

    @classmethod
    def of(cls, exhibit: Exhibit, received: OpenedEvent, text: Text | None, frozen: Frozen | None) -> "ExhibitedThread":
        """The thread of an exhibit, its seats checked. Raises BadExhibit."""
        rosters = {}
        for placed in exhibit.rosters:
            leaf, place = signed_entry(placed, exhibit.channel)
            rosters[leaf] = (_roster(placed.statement), place.accepted.time)
        if text is not None and exhibit.salt not in {"", text.salt}:
            raise BadExhibit("The salt in the exhibit is not the one the author signed; do not rely on it.")
        most = frozen.charter.limits.claims if frozen else 0
        return cls(exhibit=exhibit, received=received, text=text, rosters=rosters, most=most)

    def answers(self) -> Iterator[Answered]:
        """Each event shown, in order. Raises BadExhibit."""
        opened = [opened_event(row.opening) for row in self.exhibit.events]
        named = dict.fromkeys(row.event["roster"] for row in opened if row.event["seat"])
        if list(named) != list(self.rosters) or len(self.rosters) != len(self.exhibit.rosters):
            raise BadExhibit("The seats in the exhibit are not those that its events name; use an undamaged copy.")
        before = self.received
        for row, event in zip(self.exhibit.events, opened, strict=True):
            self._check_follows(before, event)
            before = event
            answered = self._answered(event, row.proof)
            yield answered if row.body is None else self._with_document(answered, row.body)

    def _check_follows(self, before: OpenedEvent, opened: OpenedEvent) -> None:
        event, place = opened.event, self.received.event
        same = all(event[name] == place[name] for name in ("case", "origin", "charter"))
        if not same or event["seq"] < FIRST_ACT or event["seq"] <= before.event["seq"]:
            raise BadExhibit("An event in the exhibit is of another case or out of order; do not rely on it.")
        if event["seq"] == before.event["seq"] + 1 and event["prev"] != before.commitment.hex():
            raise BadExhibit(
                f"Event {event['seq']} in the exhibit does not continue the one before; do not rely on it."
            )

    def _answered(self, opened: OpenedEvent, proof: str) -> Answered:
        event = opened.event
        place = proven(proof, opened.leaf, self.exhibit.channel)
        try:
            if event["type"] in events.UNSIGNED:
                raise BadExhibit("An event in the exhibit is signed by nobody; do not rely on it.")
            events.verify_act(event, self._public(event))
        except EventError as error:
            raise BadExhibit(str(error)) from None
        if event["seat"] and self.rosters[event["roster"]][1] > place.accepted.time:
            raise BadExhibit(f"The seats that event {event['seq']} names were recorded after it; do not rely on it.")
        return Answered(
            event=event,
            office=self.rosters[event["roster"]][0].holders[event["seat"]].holder if event["seat"] else "",
            index=place.index,
            recorded=place.accepted.time,
            witnesses=tuple(place.accepted.witnesses),
        )

    def _public(self, event: Mapping[str, Any]) -> bytes:
        """The key that must have signed: the seat's in the roster that the event names, or the author's."""
        if event["seat"] == "":
            if self.text is None:
                raise BadExhibit("The exhibit shows an act of the author without the text that tells whose key it is.")
            return bytes.fromhex(self.text.by)
        holder = self.rosters[event["roster"]][0].holders.get(event["seat"])
        if holder is None:
            raise BadExhibit(f"Event {event['seq']} is by a seat that nobody held then; do not rely on it.")
        return holder.sign

    def _with_document(self, answered: Answered, body: Unsealed) -> Answered:
        event = answered.event
        check_salted(body, event, self.exhibit.salt)
        inside = unsealed(body, event, by=self._public(event))
        if len(inside.files) != 1:
            raise BadExhibit(f"The text of event {event['seq']} is not one document; it was not made by Demur.")
        [document] = inside.files.values()
        try:
            return replace(answered, document=document, fault=self._fault(event, document))
        except DocumentError as error:
            raise BadExhibit(f"The text of event {event['seq']} cannot be read: {error}") from None

    def _fault(self, event: Mapping[str, Any], document: bytes) -> str:
        if event["type"] != "reply":
            read_short(event["type"], document)
            return ""
        dissent = self.text.dissent if self.text is not None else None
        return Reply.parse(document).fault(event, dissent, most=self.most)


def _roster(statement: Mapping[str, Any]) -> Roster:
    # Anybody can make a channel and sign nonsense as its officer, so its numbers and texts are looked at first.
    if type(statement.get("serial")) is not int or not isinstance(statement.get("charter"), str):
        raise BadExhibit("Seats in the exhibit are numbered wrongly; it was not made by Demur.")
    try:
        return Roster.from_statement(statement)
    except CharterError as error:
        raise BadExhibit(f"Seats in the exhibit cannot be read: {error}") from None
