# SPDX-License-Identifier: AGPL-3.0-or-later
"""How a seat acts: read the case, sign an act over what was read, send it, believe only a signed answer.

The act names the last event that the seat had read, so nobody can say later that it had not. Where something that conflicts with the
act came meanwhile, the server refuses; the case is read again and the act made anew, as long as the procedure still has such a step.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from demur.client.answers import Window
from demur.client.desk import CaseView, read_case
from demur.client.directory import InForce, read_directory
from demur.client.errors import BadAnswer, ServerRefused
from demur.client.inbox import Known
from demur.client.lookups import Record
from demur.client.seatline import SeatLine
from demur.dissent import events
from demur.dissent.bundle import MEDIA_TYPE, pack_bundle
from demur.dissent.errors import EventError, NotAllowed
from demur.dissent.policy import check_may
from demur.dissent.procedure import check_close, check_known
from demur.dissent.states import Verb, next_state
from demur.record.entry import case_entry
from demur.record.errors import RecordError
from demur.record.merkle import leaf_hash
from demur.record.promise import open_promise

TRIES: Final = 5  # how often a case that moved on is read again
MOVED_ON: Final = "moved-on"


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What an act stands on:

    the case as it was read, what is in force, and the members that act and manifests share.
    """

    view: CaseView
    in_force: InForce
    key: str  # the signing key, 64 hex digits

    @property
    def place(self) -> dict[str, Any]:
        """origin, charter, roster, key and seen of the act to come."""
        return {
            "origin": self.in_force.channel.origin,
            "charter": self.view.charter,
            "roster": self.in_force.directory.roster,
            "key": self.key,
            "seen": {"seq": self.view.last.n, "commitment": self.view.last.commitment.hex()},
        }


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """An act before it is signed:

    its own members, the sealed body (empty if none), and other sealed files as (role, bytes).
    """

    fields: Mapping[str, Any] = field(default_factory=dict)
    body: bytes = b""
    files: tuple[tuple[str, bytes], ...] = ()


Prepare = Callable[[Ground], Prepared]


@dataclass(frozen=True, kw_only=True)
class Acted:
    """A recorded act: its event, and the index row of the case with it seen."""

    event: dict[str, Any]
    known: Known


@dataclass(frozen=True, kw_only=True)
class Desk:
    """A seat at work: its line to the server, the record it believes, and whether any clock of the log is taken.

    `left_out` are the seats that authors left out, by case, of filings that were opened here.
    """

    line: SeatLine
    record: Record
    accept_clock: bool = False
    left_out: dict[str, frozenset[str]] = field(default_factory=dict)
    noticed: list[str] = field(default_factory=list)  # sentences of what a restore took, to be told

    def read(self, known: Known) -> CaseView:
        """The case, verified. Raises BadAnswer, and what `Server.get` raises."""
        recused = self.left_out.get(known.grant.case, frozenset())
        view = read_case(self.line, known, self.record, recused=recused)
        if view.lost and view.lost not in self.noticed:
            self.noticed.append(view.lost)
        return view

    def check(self, known: Known, verb: Verb) -> CaseView:
        """The case, if this seat may take this step in it now: asked before anything is fetched for it.

        Raises NotAllowed or NotPossible, and what `read` raises.
        """
        view = self.read(known)
        self.check_step(view, verb)
        return view

    def check_step(self, view: CaseView, verb: Verb) -> None:
        """Raises NotAllowed or NotPossible unless this seat may take this step in the case as it was read."""
        if self.line.seat in view.recused:
            raise NotAllowed(
                "The author left your office out, so nothing that it does in this case counts; leave the case, and tell oversight."
            )
        check_known(view.story, verb)
        check_may(view.frozen.charter, verb, self.line.seat, view.story)
        if verb is not Verb.READABLE:  # what the table does not know of: a case that was closed as not to be read
            next_state(view.story.state, verb)
        if verb is Verb.CLOSE:
            check_close(view.frozen, view.story, at=self.line.clock())

    def ground(self, view: CaseView) -> Ground:
        """What an act on the case as it was read stands on. Raises what `read_directory` raises."""
        return Ground(
            view=view,
            in_force=read_directory(self.line.server, self.line.channel, now=self.line.clock()),
            key=self.line.key.signing.public.hex(),
        )

    def act(self, known: Known, verb: Verb, prepare: Prepare) -> Acted:
        """Take a step. `prepare` is called again each time the case has moved on.

        Raises NotAllowed or NotPossible if the step is not this seat's or does not exist, BadAnswer, ClockDiffers,
        and what `Server.post` raises.
        """
        for left in reversed(range(TRIES + 1)):
            ground = self.ground(self.check(known, verb))
            try:
                return self.send(verb, ground, prepare(ground))
            except ServerRefused as error:
                if error.code != MOVED_ON or not left:
                    raise
        raise AssertionError("the last try returns or raises")

    def plain(self, known: Known, verb: Verb, **fields: Any) -> Acted:
        """A step without a text. Raises what `act` raises."""
        return self.act(known, verb, lambda _: Prepared(fields=fields))

    def send(self, verb: Verb, ground: Ground, prepared: Prepared) -> Acted:
        """Sign and send one act. Raises BadAnswer, ClockDiffers, and what `Server.post` raises."""
        grant = ground.view.grant
        began = self.line.clock()
        act = events.make_act(
            verb,
            case=grant.case,
            seat=self.line.seat,
            body=events.salted(grant.salt_bytes, prepared.body) if prepared.body else "",
            **ground.place,
            **prepared.fields,
        )
        signature = events.sign_act(act, self.line.key.signing)
        files = [*([("body", prepared.body)] if prepared.body else []), *prepared.files]
        bundle = pack_bundle({"v": 1, "type": "act", "act": act, "signature": signature}, files)
        path = f"/api/v1/cases/{grant.case}/acts"
        told = self.line.post_json(path, bundle, content_type=MEDIA_TYPE, token=grant.token)
        return self._checked(told, act, signature, ground.view, since=began)

    def _checked(
        self, told: Mapping[str, Any], act: Mapping[str, Any], signature: str, view: CaseView, *, since: int
    ) -> Acted:
        channel, opening = self.line.channel, told.get("opening")
        recorded = opening.get("event") if isinstance(opening, dict) else None
        if not isinstance(recorded, dict) or not _is_of(recorded, act, signature):
            raise BadAnswer(
                "The log recorded another act than was sent; do not rely on this server, and tell oversight."
            )
        try:
            event, r = events.check_opening(opening)
            promise = open_promise(str(told.get("promise")), channel.log_verifier)
        except (EventError, RecordError) as error:
            raise BadAnswer(f"The server's answer is not signed by this channel's log: {error}") from None
        commitment = events.commitment(event, r)
        wanted = ((leaf_hash(case_entry(commitment)),), channel.digest, channel.policy_object.sha256, event["time"])
        if (promise.entries, promise.channel, promise.policy, promise.time) != wanted:
            raise BadAnswer("The log's promise is not that of this act; read the case again to see what was recorded.")
        Window(since=since, until=self.line.clock(), accept=self.accept_clock).check(promise.time)
        known = Known(grant=view.grant, seen=event["seq"], last=commitment.hex(), size=view.size)
        return Acted(event=event, known=known)


def _is_of(recorded: Mapping[str, Any], act: Mapping[str, Any], signature: str) -> bool:
    """Whether what the log recorded is this act: the log gives place and time, and nothing else."""
    return recorded == {**act, **{name: recorded.get(name) for name in ("seq", "prev", "time")}, "signature": signature}


@dataclass(kw_only=True)
class Series:
    """Several acts about one reading of a case, which is not read again between them: fetches and reports conflict with nothing, so each
    names as `seen` what was read before the first. A thousand of them cost a thousand requests, not a thousand readings.
    """

    desk: Desk
    known: Known  # the latest event that was seen or made
    _view: CaseView | None = None
    _ground: Ground | None = None
    _made: bool = False  # whether something was recorded since the case was read

    @property
    def view(self) -> CaseView:
        """The case as it was read. Raises what `Desk.read` raises."""
        if self._view is None:
            self._view, self._ground, self._made = self.desk.read(self.known), None, False
            self.known = self._view.known
        return self._view

    def again(self) -> CaseView:
        """The case, read once more. Raises what `Desk.read` raises."""
        self._view = None
        return self.view

    def settled(self) -> CaseView:
        """The case with all that was recorded meanwhile: read once more only if there is such a thing. Raises what `Desk.read` raises."""
        return self.again() if self._made else self.view

    def act(self, verb: Verb, **fields: Any) -> None:
        """Take a step without a text that conflicts with nothing. Raises what `Desk.act` raises."""
        for left in reversed(range(TRIES + 1)):
            self.desk.check_step(self.view, verb)
            self._ground = self._ground or self.desk.ground(self.view)
            try:
                self.known = self.desk.send(verb, self._ground, Prepared(fields=fields)).known
            except ServerRefused as error:
                if error.code != MOVED_ON or not left:
                    raise
                self._view = None  # the seats have changed
            else:
                self._made = True
                return
