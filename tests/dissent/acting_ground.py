# SPDX-License-Identifier: AGPL-3.0-or-later
"""A channel in rows, for tests of the actions: charter and seats in force, cases, and actors who sign whatever they are told to.

The rows, the record and the actions are the real ones; only HTTP, and the form of a filing, are left out.
"""

import itertools
import os
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from demur import canonical
from demur.charter.builtin import builtin_text, practice
from demur.charter.channel import Channel
from demur.charter.freeze import Frozen, freeze_text
from demur.charter.roster import Holder, Roster
from demur.dissent import events
from demur.dissent.actions.performed import ACTIONS
from demur.dissent.actions.performing import Request
from demur.dissent.actions.submit import Submission, prepare_case, submit
from demur.dissent.models import Case, Event
from demur.dissent.states import Verb
from demur.dissent.uploads import Uploads
from demur.entries.installation import Installation
from demur.entries.ticking import Tick, publish_stored, sequence
from demur.entries.writer import Alone
from demur.people.models import Statement
from demur.people.queries import Rules
from demur.record.cosignature import LogKeys
from demur.record.entry import readable_entry
from demur.record.merkle import leaf_hash
from demur.record.policy import Policy
from demur.record.tiles import PosixTiles
from demur.seal.age.hybrid import HybridIdentity
from demur.seal.signing import SigningKey

KEYS = LogKeys.from_seeds("log.example", ed25519=b"\1" * 32, mldsa=b"\2" * 32)
CHANNEL = Channel(
    origin=KEYS.origin,
    ed25519_vkey=KEYS.vkeys[0],
    mldsa_vkey=KEYS.vkeys[1],
    officers=("aa" * 32,),
    k=1,
    policy=Policy.for_log(KEYS.vkeys).text,
)
NOW = 1_795_430_000
DAY = 86_400
AUTHOR = ""
SEALED = b"age-encryption.org/v1\n"


def ground_in(place: Path) -> Installation:
    """An installation whose tiles and files lie in `place`."""
    return Installation(
        channel=CHANNEL,
        address="http://127.0.0.1",
        keys=KEYS,
        store=PosixTiles(place / "record"),
        random=os.urandom,
        shuffler=random.SystemRandom(),
        grace=300,
        writer=Alone(),
        files=place,
        policy_now=lambda: CHANNEL.policy_object,
    )


@dataclass
class World:
    """`now` is the server's clock, POSIX seconds. `seats` are the reading seats, custodian first."""

    ground: Installation
    rules: Rules
    keys: dict[str, SigningKey]
    now: int = NOW
    numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    @classmethod
    def found(cls, place: Path, *, charter: str = "us-state-2fam070", at_once: bool = True) -> "World":
        """A channel under a built-in charter, every reading seat filled; it publishes at once, or at the charter's ticks."""
        text = builtin_text(charter)
        frozen = freeze_text(practice(text) if at_once else text, name="ground", year=2026)
        statement = frozen.entry(CHANNEL.origin, 0)
        leaf = keep(Statement.CHARTER, statement)
        keys = {seat.id: SigningKey.generate(os.urandom) for seat in frozen.charter.reading_seats}
        world = cls(
            ground=ground_in(place),
            rules=Rules(frozen=frozen, charter=leaf, roster=None, roster_leaf=""),
            keys=keys,
        )
        world.new_roster()
        return world

    def new_roster(self) -> None:
        """The officers sign the seats anew: whoever read them before must read again."""
        age = HybridIdentity.generate(os.urandom).recipient.text
        holders = {
            seat: Holder(seat=seat, holder=f"practice {seat}", age=age, sign=key.public) for seat, key in self.keys.items()
        }  # fmt: skip
        serial = (self.rules.roster.serial if self.rules.roster else 0) + 1
        roster = Roster(charter=self.rules.charter, serial=serial, holders=holders)
        leaf = keep(Statement.SEATS, roster.statement(CHANNEL.origin), number=serial)
        self.rules = Rules(frozen=self.rules.frozen, charter=self.rules.charter, roster=roster, roster_leaf=leaf)

    @property
    def frozen(self) -> Frozen:
        return self.rules.frozen

    @property
    def custodian(self) -> str:
        return self.frozen.charter.custodian

    @property
    def others(self) -> list[str]:
        """The reading seats but the custodian."""
        return sorted(set(self.keys) - {self.custodian})

    def file(self) -> "Thread":
        """A case that was just filed."""
        author = SigningKey.generate(os.urandom)
        files = [("mailbox", SEALED + os.urandom(8))]
        header = {
            "case": os.urandom(16).hex(),
            "charter": self.rules.charter,
            "roster": self.rules.roster_leaf,
            "author": author.public.hex(),
            "mailbox": os.urandom(16).hex(),
            **{name: os.urandom(32).hex() for name in ("bearer", "token", "salt", "commitment")},
            "files": [{"role": "mailbox", "sha256": os.urandom(32).hex(), "size": len(files[0][1])}],
        }
        uploads = Uploads(self.ground.files, room=1 << 20)
        submission = Submission(header=header, text=canonical.dump(header).decode(), files=files, uploads=uploads)
        prepared = prepare_case(submission, rules=self.rules, ground=self.ground, at=self.now)
        self.ground.writer.write(partial(submit, prepared, files, ground=self.ground, uploads=uploads))
        return Thread(world=self, id=str(header["case"]), author=author, salt=bytes.fromhex(str(header["salt"])))

    def tick(self) -> None:
        """Publish everything that waits."""
        self.ground.writer.write(partial(sequence, self.ground, Tick(now=self.now)))
        publish_stored(self.ground.store)


def keep(kind: str, statement: dict[str, Any], number: int = 1) -> str:
    """Adopt a statement without asking who signed it; its leaf hash, hex."""
    leaf = leaf_hash(readable_entry(statement))
    Statement.objects.create(kind=kind, number=number, leaf_hash=leaf, text=canonical.dump(statement).decode())
    return leaf.hex()


@dataclass
class Thread:
    """One case, and the key of its author."""

    world: World
    id: str
    author: SigningKey
    salt: bytes

    @property
    def case(self) -> Case:
        return Case.objects.get(id=self.id)

    def key(self, by: str) -> SigningKey:
        return self.author if by == AUTHOR else self.world.keys[by]

    def seen(self, seq: int | None = None) -> dict[str, Any]:
        """What somebody has read who read up to `seq` (default: everything)."""
        case = self.case
        if seq is None or seq == case.seq:
            return {"seq": case.seq, "commitment": case.last}
        if seq == 0:
            return {"seq": 0, "commitment": case.commitment}
        row = Event.objects.get(case=case, seq=seq)
        told = canonical.load_object(row.text.encode())
        return {"seq": seq, "commitment": events.commitment(told, bytes.fromhex(row.r)).hex()}

    def act(
        self, verb: str, by: str = AUTHOR, *, version: int = 2, body: bytes = b"", **members: Any
    ) -> dict[str, Any]:
        """An act that `by` could sign now; `members` replace and add."""
        place: dict[str, Any] = {"seen": self.seen(), "key": self.key(by).public.hex()}
        if version == 1:
            place = {"seq": self.case.seq + 1, "prev": self.case.last}
        named = {
            "origin": CHANNEL.origin,
            "case": self.id,
            "charter": self.world.rules.charter,
            "roster": self.world.rules.roster_leaf,
            "seat": by,
            "body": events.salted(self.salt, body) if body else "",
            **place,
        }
        return events.make_act(verb, **{**named, **members})

    def send(self, act: dict[str, Any], *, body: bytes = b"", files: list[tuple[str, bytes]] | None = None) -> Event:
        """Sign an act and send it, with what belongs to it. Raises what the actions raise."""
        by = act["seat"]
        request = Request(
            act=act,
            signature=events.sign_act(act, self.key(by)),
            rules=self.world.rules,
            ground=self.world.ground,
            files=[*([("body", body)] if body else []), *(files or [])],
        )
        run: Callable[[], Event] = partial(
            ACTIONS[Verb(act["type"])], case_id=self.id, request=request, by=by, at=self.world.now
        )
        return self.world.ground.writer.write(run)

    def do(self, verb: str, by: str = AUTHOR, **members: Any) -> Event:
        """Take a step, with a sealed text where it needs one."""
        body = SEALED + os.urandom(8) if verb in {"message", "reply", "extend"} else b""
        return self.send(self.act(verb, by, body=body, **members), body=body)

    def reply(self, by: str = "", *, answered: int = 1, declined: int = 0, **members: Any) -> Event:
        return self.do(
            "reply", by or self.world.custodian, outcome="in_part", answered=answered, referred=0, declined=declined, **members
        )  # fmt: skip
