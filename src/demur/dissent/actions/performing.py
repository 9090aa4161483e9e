# SPDX-License-Identifier: AGPL-3.0-or-later
"""What every act on a case has in common: from a signed act to a recorded event, in one transaction.

Order of the checks, each with its sentence: form; the same act again (same answer); can anything be promised; has the actor read the latest
event; is the signature theirs; may they; does the step exist; do the sealed files fit what was signed. Only then is anything written.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from demur import canonical
from demur.charter.model import Charter
from demur.charter.ticks import next_tick
from demur.dissent import events
from demur.dissent.errors import BundleError, Conflict, EventError, MovedOn, StandsStill
from demur.dissent.filing import check_sealed
from demur.dissent.models import Case, Event, SealedFile
from demur.dissent.policy import check_may
from demur.dissent.recording import Recording, record_event
from demur.dissent.states import Story, Verb, fold, tell
from demur.entries.installation import Installation
from demur.people.queries import Rules, frozen_of
from demur.record.head import item_chain


@dataclass(frozen=True, kw_only=True)
class Request:
    """One act as it arrived: the act, its signature, the sealed files with it, under the rules in force now."""

    act: Mapping[str, Any]
    signature: str
    rules: Rules
    ground: Installation
    files: list[tuple[str, bytes]] = field(default_factory=list)


def acting(header: Mapping[str, Any], files: list[tuple[str, bytes]], *, rules: Rules, ground: Installation) -> Request:
    """The act that a bundle carries; raises BundleError unless it is one."""
    if (
        set(header) != {"v", "type", "act", "signature", "files"}
        or header["v"] is True
        or (header["v"], header["type"]) != (1, "act")
    ):
        raise BundleError("This is not an act of version 1; use the client that this server's page names.")
    if not isinstance(header["act"], dict) or not isinstance(header["signature"], str):
        raise BundleError("The bundle holds no signed act; sign one and send it again.")
    act = events.check_act(header["act"])
    return Request(act=act, signature=header["signature"], rules=rules, ground=ground, files=files)


def locked(case_id: str) -> Case:
    """The case, held until the open transaction ends: two acts on one case come one after the other."""
    return Case.objects.select_for_update().get(id=case_id)


def repeated(case: Case, request: Request) -> Event | None:
    """The event of this very act if it was recorded before; raises MovedOn if another act took its place."""
    seq = request.act["seq"]
    if not isinstance(seq, int) or seq > case.seq:
        return None
    row = case.events.filter(seq=seq).first()
    if row is not None:
        event = canonical.load_object(row.text.encode())
        if event.get("signature") == request.signature:
            return row
    raise MovedOn("The case has moved on since you read it; read it again, then act.")


def perform(case: Case, request: Request, *, verb: Verb, by: str, at: int) -> Event:
    """Record `request` as an act of `by` (a seat's id, "" for the author) at `at`; the caller holds the transaction.

    Raises StandsStill, EventError, MovedOn, NotAllowed, NotPossible, BundleError, Conflict.
    """
    act = request.act
    if (row := repeated(case, request)) is not None:
        return row
    if request.ground.in_dispute():
        raise StandsStill
    _check_place(case, act, request, by=by, verb=verb)
    event = events.event_from_act(act, request.signature, at)
    events.verify_act(event, _public(case, request.rules, by))
    charter, story = frozen_of(case.charter).charter, story_of(case)
    check_may(charter, verb, by, story)
    story = tell(story, event)
    body = _body(case, act, request.files, charter)
    recording = Recording(ground=request.ground, tick=next_tick(request.rules.frozen, at))
    row = record_event(case, event, body=body, recording=recording)
    if body:
        _keep(case, row, request.files)
    _advance(case, row, event, story)
    return row


def story_of(case: Case) -> Story:
    """What has happened to the case, from its rows."""
    return fold(canonical.load_object(row.text.encode()) for row in case.events.order_by("seq"))


def _check_place(case: Case, act: Mapping[str, Any], request: Request, *, by: str, verb: Verb) -> None:
    rules, origin = request.rules, request.ground.channel.origin
    if (act["case"], act["charter"], act["origin"]) != (case.id, case.charter, origin):
        raise EventError("This act was signed for another case, charter or channel; sign it for this one.")
    if (act["type"], act["seat"]) != (verb, by):
        raise EventError("This act was signed by somebody else than who sent it; sign it yourself.")
    if act["roster"] != rules.roster_leaf or (act["seq"], act["prev"]) != (case.seq + 1, case.last):
        raise MovedOn("The case or the seats have moved on since you read them; read again, then act.")


def _public(case: Case, rules: Rules, by: str) -> bytes:
    if by == "":
        return bytes.fromhex(case.author)
    holder = rules.roster.holders.get(by) if rules.roster else None
    if holder is None:
        raise EventError(f"The seat {by!r} is vacant; its last holder cannot act any more.")
    return holder.sign


def _body(case: Case, act: Mapping[str, Any], files: list[tuple[str, bytes]], charter: Charter) -> str:
    bodies = [data for role, data in files if role == "body"]
    if len(bodies) > 1 or sum(len(data) for _, data in files) > charter.limits.request_bytes:
        raise BundleError(
            f"An act carries one sealed body of at most {charter.limits.request_bytes} bytes; shorten it."
        )
    if not bodies:
        if act["body"]:
            raise BundleError("The act names a sealed body that did not come with it; send both.")
        return ""
    check_sealed("body", bodies[0])
    if events.salted(bytes.fromhex(case.salt), bodies[0]) != act["body"]:
        raise BundleError("The sealed body is not the one that was signed; seal and sign again.")
    return hashlib.sha256(bodies[0]).hexdigest()


def _keep(case: Case, row: Event, files: list[tuple[str, bytes]]) -> None:
    data = next(data for role, data in files if role == "body")
    if SealedFile.objects.filter(case=case, sha256=row.body).exists():
        raise Conflict("This very sealed file is in the case already; seal the text again.")
    SealedFile.objects.create(case=case, seq=row.seq, role="body", sha256=row.body, size=len(data), data=data)


def _advance(case: Case, row: Event, event: Mapping[str, Any], story: Story) -> None:
    item = events.item_hash(row.seq, body=row.body, event=event, r=row.r)
    case.chain = item_chain(bytes(case.chain), item)
    case.state = story.state
    case.save()
