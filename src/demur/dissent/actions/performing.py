# SPDX-License-Identifier: AGPL-3.0-or-later
"""What every act on a case has in common: from a signed act to a recorded event, in one transaction.

Order of the checks, each with its sentence: form; the same act again (same answer); can anything be promised; is what the actor had read
of this case; is the signature theirs; may they take this step, over what they had read (`procedure.advance`); did they not do too many
today; do the sealed files fit what was signed. Only then is anything written. The log gives an act of version 2 its place, so nobody who
acts keeps others from acting. One of version 1 names its place, and is refused where another act took it.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from demur import canonical
from demur.charter.model import Charter
from demur.charter.ticks import next_tick
from demur.dissent import events
from demur.dissent.errors import BundleError, Conflict, EventError, MovedOn, StandsStill, TooMany
from demur.dissent.filing import check_sealed
from demur.dissent.kept_state import KEPT, keep_snapshot, snapshot_of
from demur.dissent.models import Case, Event, SealedFile
from demur.dissent.procedure import advance, bound_reached
from demur.dissent.recording import Recording, record_event
from demur.dissent.snapshots import DAY, Snapshot
from demur.dissent.states import Verb
from demur.entries.installation import Installation
from demur.people.queries import Rules, frozen_of, placed_roster
from demur.record.entry import commit_text
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


def perform(
    case: Case, request: Request, *, verb: Verb, by: str, at: int, also: Callable[[], None] = lambda: None
) -> Event:
    """Record `request` as an act of `by` (a seat's id, "" for the author) at `at`; the caller holds the transaction. `also` is done once,
    with an act that was not recorded before.

    Raises StandsStill, EventError, MovedOn, NotAllowed, NotPossible, TooMany, BundleError, Conflict.
    """
    act = request.act
    _check_own(case, request, by=by, verb=verb)
    if (row := repeated(case, request)) is not None:
        return row
    if request.ground.in_dispute():
        raise StandsStill
    kept = snapshot_of(case)
    place = _place(case, request)
    # A clock that was set back dates no act before the one that it follows.
    event = events.event_from_act(act, request.signature, max(at, kept.story.time), place=place)
    _check_signed(case, event, request.rules, by)
    frozen = frozen_of(case.charter)
    story = advance(frozen, kept.story, event)
    _check_bound(kept, event)
    body = _body(case, act, request.files, frozen.charter)
    recording = Recording(ground=request.ground, tick=next_tick(request.rules.frozen, event["time"]))
    row = record_event(case, event, body=body, recording=recording)
    if body:
        _keep(case, row, request.files)
    also()
    _advance(case, row, event, kept.followed(story, event, bytes(row.leaf_hash).hex()))
    return row


def repeated(case: Case, request: Request) -> Event | None:
    """The event of this very act if it was recorded before, wherever it stands."""
    digest = events.act_hash(request.act)
    if (row := case.events.filter(act=bytes.fromhex(digest)).first()) is not None:
        return row
    # Acts that were recorded by an earlier version of the server have no hash in their rows; they name their place.
    row = case.events.filter(seq=request.act["seq"], act=None).first() if request.act["v"] == 1 else None
    if row is not None and events.act_hash(canonical.load_object(row.text.encode())) == digest:
        return row
    return None


def _check_own(case: Case, request: Request, *, by: str, verb: Verb) -> None:
    act, origin = request.act, request.ground.channel.origin
    if (act["case"], act["charter"], act["origin"]) != (case.id, case.charter, origin):
        raise EventError("This act was signed for another case, charter or channel; sign it for this one.")
    if (act["type"], act["seat"]) != (verb, by):
        raise EventError("This act was signed by somebody else than who sent it; sign it yourself.")
    if act.get("attachments"):
        raise EventError(
            "An act of this version carries no attachments; send it without them, and say in its text what they say."
        )


def check_version(act: Mapping[str, Any]) -> None:
    """Raises EventError for an act of a seat of version 1: replies of version 1 are judged by the rules of their time, which an office
    could choose for ever if they were still taken. An author's are taken, whatever client an author has kept.
    """
    if act["v"] == 1 and act["seat"]:
        raise EventError(
            "This act was made by an older client; reload the page, or update Demur on this machine, and act again."
        )


def _place(case: Case, request: Request) -> dict[str, Any]:
    """Where the act will stand, as far as the log gives it. Raises MovedOn where the actor must read again first."""
    act = request.act
    check_version(act)
    if act["roster"] != request.rules.roster_leaf:
        raise MovedOn("The seats have changed since you read them; read again, then act.")
    if act["seat"] and placed_roster() not in ("", act["roster"]):
        # It would enter the record behind the newer roster, where no reader lets it count; the officers may just have taken its key.
        raise MovedOn("New seats stand in the record and come into force in a moment; read again then, and act.")
    if act["v"] == 1:
        if (act["seq"], act["prev"]) != (case.seq + 1, case.last):
            raise MovedOn("The case has moved on since you read it; read it again, then act.")
        return {}
    seen = act["seen"]
    if _commitment_of(case, seen["seq"]) != seen["commitment"]:
        raise EventError("The act names as read an event that is not in this case; read the case again, then act.")
    return {"seq": case.seq + 1, "prev": case.last}


def _commitment_of(case: Case, seq: int) -> str:
    """The commitment (hex) of the case's event `seq`; "" if it has none."""
    if seq in (0, case.seq):
        return case.last if seq else case.commitment
    row = case.events.filter(seq=seq).only("text", "r").first() if seq < case.seq else None
    return commit_text(row.text.encode(), bytes.fromhex(row.r)).hex() if row else ""


def _check_signed(case: Case, event: Mapping[str, Any], rules: Rules, by: str) -> None:
    public = _public(case, rules, by)
    if event["v"] > 1 and event["key"] != public.hex():
        raise EventError("The act names another signing key than the one in force for who acts; sign it with that one.")
    events.verify_act(event, public)


def _check_bound(kept: Snapshot, event: Mapping[str, Any]) -> None:
    today = kept.acts_today(event["seat"], Verb(event["type"]), event["time"])
    if bound_reached(kept.story, event, today):
        raise TooMany(DAY - event["time"] % DAY, replies=event["type"] == Verb.REPLY)


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


def _advance(case: Case, row: Event, event: Mapping[str, Any], snapshot: Snapshot) -> None:
    item = events.item_hash(row.seq, body=row.body, event=event, r=row.r)
    case.chain = item_chain(bytes(case.chain), item)
    keep_snapshot(case, snapshot)
    case.save(update_fields=["seq", "last", "chain", *KEPT])
