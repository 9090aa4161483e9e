# SPDX-License-Identifier: AGPL-3.0-or-later
"""A whole channel in memory, for tests of the client: a log, officers, seats, and an honest server that can be told to
lie.

It is built from the same libraries as the real server and answers the same addresses, without Django and without
sockets. The lies are one attribute each, so a test says what the server does wrong and sees that the client notices.
"""

import base64
import copy
import hashlib
import itertools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from demur import canonical
from demur.charter.builtin import builtin_text, practice
from demur.charter.channel import Channel
from demur.charter.directory import Directory
from demur.charter.freeze import Frozen, freeze_text
from demur.charter.officers import sign_statement
from demur.charter.roster import Holder, Roster
from demur.client.errors import ServerRefused
from demur.client.http import Server
from demur.dissent import events, keeping
from demur.dissent.bundle import pack_bundle, unpack_bundle
from demur.dissent.filing import check_filing
from demur.record.checkpoint import Checkpoint, sign_checkpoint
from demur.record.cosignature import COSIGNATURE_ED25519, Cosigner, LogKeys
from demur.record.entry import case_entry, readable_entry
from demur.record.head import Head, item_chain
from demur.record.merkle import consistency_proof, inclusion_proof, leaf_hash, root_of
from demur.record.note import Note
from demur.record.policy import Policy
from demur.record.promise import Promise
from demur.record.proof import Proof
from demur.record.tiles import WIDTH
from demur.seal.keyfile import OfficerKey, SeatKey
from demur.seal.signing import SigningKey

NOW = 1_800_000_000
GRACE = 86_400


def counting_random(seed: str) -> Callable[[int], bytes]:
    """Deterministic bytes, different for each call and each seed."""
    numbers = itertools.count()
    return lambda n: hashlib.shake_256(f"{seed}/{next(numbers)}".encode()).digest(n)


class Log:
    """A log whose every size can be signed; append-only unless it is told to lie. `witnesses` sign whatever they are shown."""

    def __init__(self, origin: str, random: Callable[[int], bytes], witnesses: tuple[str, ...] = ()) -> None:
        self.keys = LogKeys.generate(origin, random)
        self.origin = origin
        self.witnesses = [Cosigner(f"{name}/witness", COSIGNATURE_ED25519, random(32)) for name in witnesses]
        self.data: list[bytes] = []
        self.signed: dict[int, str] = {}
        self.shift = 0  # seconds that the log's own time in checkpoints differs from its clock

    @property
    def policy(self) -> str:
        """The trust policy that demands the log and all of its witnesses."""
        if not self.witnesses:
            return Policy.for_log(self.keys.vkeys).text
        names = [key.name.partition("/")[0] for key in self.witnesses]
        lines = "".join(
            f"witness {name} {key.verifier.vkey}\n" for name, key in zip(names, self.witnesses, strict=True)
        )
        ed25519, mldsa = self.keys.vkeys
        return f"log {ed25519}\nwitness log-pq {mldsa}\n{lines}group all all log-pq {' '.join(names)}\nquorum all\n"

    def fork(self, size: int) -> "Log":
        """Another record under the same keys, the same up to `size`."""
        other = copy.copy(self)
        other.data = self.data[:size]
        other.signed = {known: note for known, note in self.signed.items() if known <= size}
        return other

    @property
    def leaves(self) -> list[bytes]:
        return [leaf_hash(row) for row in self.data]

    def append(self, data: bytes) -> bytes:
        self.data.append(data)
        return leaf_hash(data)

    def checkpoint(self, now: int, size: int | None = None) -> str:
        size = len(self.data) if size is None else size
        if size not in self.signed:
            tree = Checkpoint(origin=self.origin, size=size, root=root_of(self.leaves[:size]))
            note = Note.parse(sign_checkpoint(tree, self.keys, now=now + self.shift))
            for witness in self.witnesses:
                note = note.adding(witness.sign_at(tree.text, now))
            self.signed[size] = note.serialized
        return self.signed[size]

    def read(self, level: int, index: int) -> bytes:
        width = 1 << level
        return root_of(self.leaves[index * width : (index + 1) * width])

    def proof(self, leaf: bytes, note: str, size: int) -> str:
        index = self.leaves.index(leaf)
        return Proof(index=index, hashes=tuple(inclusion_proof(index, size, self.read)), checkpoint_text=note).text

    def consistency(self, old: int, new: int) -> list[str]:
        return [base64.b64encode(row).decode() for row in consistency_proof(old, new, self.read)]


@dataclass
class Case:
    """One case as the server keeps it."""

    header: dict[str, Any]
    files: dict[str, bytes]
    first: str
    promise: str
    items: list[dict[str, Any]] = field(default_factory=list)

    def chain(self, count: int) -> bytes:
        chain = item_chain(bytes(32), bytes.fromhex(self.first))
        for item in self.items[: count - 1]:
            event = item["event"]
            chain = item_chain(chain, events.item_hash(item["n"], body=item["body"], event=event, r=item["r"]))
        return chain


class TinyServer(Server):
    """The server of one practice channel, in memory. `now` is its clock; the other public attributes are its lies."""

    def __init__(self, origin: str = "practice-00112233445566ff", *, witnesses: tuple[str, ...] = ()) -> None:
        super().__init__("http://127.0.0.1:1")
        self.random = counting_random(origin)
        self.now = NOW
        self.log = Log(origin, self.random, witnesses)
        self.officer = OfficerKey.generate(self.random, now=NOW)
        ed25519, mldsa = self.log.keys.vkeys
        self.channel = Channel(
            origin=origin,
            ed25519_vkey=ed25519,
            mldsa_vkey=mldsa,
            officers=(self.officer.signing.public.hex(),),
            k=1,
            policy=self.log.policy,
        )
        self.frozen: Frozen = freeze_text(practice(builtin_text("us-state-2fam070")), name="tiny", year=2027)
        self.charter = self.publish(sign_statement(self.frozen.entry(origin, 0), self.officer.signing))
        self.seats: dict[str, SeatKey] = {}
        for seat in self.frozen.charter.reading_seats:
            self.seats[seat.id] = SeatKey.generate(self.random, seat=seat.id, now=NOW)
        self.serial = 1
        self.policies: list[dict[str, Any]] = []
        self.keeps: list[tuple[str, dict[str, Any]]] = []
        self.policy = ""
        self.roster_statement = self.sign_roster(self.officer.signing)
        self.roster = self.publish(self.roster_statement)
        self.cases: dict[str, Case] = {}
        self.swallow: set[bytes] = set()  # leaves promised and never published
        self.cut = 0  # items taken from the end of every mailbox
        self.shown_size: int | None = None  # the size that heads name, where it is not the record's
        self.proves_growth = True  # whether consistency is proven when asked
        self.lost_answers = 0  # filings that are recorded and whose answer is lost

    # the lies that are more than a switch

    def other_universe(self, *, since: int | None = None) -> "TinyServer":
        """The same channel under the same keys, which from `since` entries on (default: now) keeps another record and other cases."""
        other = copy.copy(self)
        other.log = self.log.fork(len(self.log.data) if since is None else since)
        other.cases, other.swallow = {}, set()
        return other

    def swap_seats(self) -> None:
        """Name as in force a roster that a thief signed, not the officers."""
        thief = OfficerKey.generate(counting_random("thief"), now=NOW)
        self.roster_statement = self.sign_roster(thief.signing)
        self.roster = self.publish(self.roster_statement)

    # what the institution does

    def cover(self, entries: int = 1) -> None:
        """Grow by entries that are of no case."""
        for _ in range(entries):
            self.log.append(case_entry(self.random(32)))
        self.log.checkpoint(self.now)

    def new_roster(self) -> None:
        """The officers sign the seats anew."""
        self.serial += 1
        self.roster_statement = self.sign_roster(self.officer.signing)
        self.roster = self.publish(self.roster_statement)

    def sign_roster(self, key: SigningKey) -> dict[str, Any]:
        holders = {
            seat: Holder(seat=seat, holder=f"practice {seat}", age=own.identity.recipient.text, sign=own.signing.public)
            for seat, own in self.seats.items()
        }
        roster = Roster(charter=self.charter, serial=self.serial, holders=holders)
        return sign_statement(roster.statement(self.log.origin), key)

    def publish(self, statement: dict[str, Any]) -> str:
        leaf = self.log.append(readable_entry(statement))
        self.log.checkpoint(self.now)
        return leaf.hex()

    def act(self, case: Case, kind: str, seat: str, *, body: bytes = b"", **fields: Any) -> dict[str, Any]:
        """An act by a seat, signed and recorded."""
        place = self.place(case)
        act = events.make_act(
            kind,
            origin=self.log.origin,
            case=case.header["case"],
            seen={"seq": place["seq"] - 1, "commitment": place["prev"]},
            key=self.seats[seat].signing.public.hex(),
            charter=case.header["charter"],
            roster=self.roster,
            seat=seat,
            body=events.salted(bytes.fromhex(case.header["salt"]), body) if body else "",
            **fields,
        )
        signature = events.sign_act(act, self.seats[seat].signing)
        return self.record(case, events.event_from_act(act, signature, self.now, place=place), body)

    def place(self, case: Case) -> dict[str, Any]:
        """The place that the log gives to the next act."""
        last = case.items[-1]
        return {"seq": last["n"] + 1, "prev": events.commitment(last["event"], bytes.fromhex(last["r"])).hex()}

    def event_of(self, case: Case, header: Mapping[str, Any]) -> dict[str, Any]:
        """The event of an act that arrived; one of version 1 must name the next place itself."""
        act, place = header["act"], self.place(case)
        if act["v"] == 1 and act["seq"] != place["seq"]:
            raise ServerRefused(409, "moved-on", "Read again.")
        return events.event_from_act(act, header["signature"], self.now, place=place)

    def record(self, case: Case, event: dict[str, Any], body: bytes) -> dict[str, Any]:
        r = self.random(32)
        leaf = self.append_case(events.commitment(event, r))
        digest = hashlib.sha256(body).hexdigest() if body else ""
        if body:
            case.files[digest] = body
        case.items.append({"n": event["seq"], "event": event, "r": r.hex(), "body": digest, "index": self.index(leaf)})
        return {"promise": self.promise((leaf,)), "opening": {"event": event, "r": r.hex()}, "head": self.head(case)}

    def append_case(self, commitment: bytes) -> bytes:
        leaf = leaf_hash(case_entry(commitment))
        if not self.swallow:
            self.log.append(case_entry(commitment))
            self.log.checkpoint(self.now)
        else:
            self.swallow.add(leaf)
        return leaf

    def index(self, leaf: bytes) -> int:
        return self.log.leaves.index(leaf) if leaf in self.log.leaves else -1

    def promise(self, leaves: tuple[bytes, ...]) -> str:
        return Promise(
            origin=self.log.origin,
            channel=self.channel.digest,
            policy=self.channel.policy_object.sha256,
            entries=leaves,
            time=self.now,
            not_after=self.now + GRACE,
        ).sign(self.log.keys.note_signer)

    def head(self, case: Case) -> str:
        count = len(case.items) + 1 - self.cut
        return Head(
            origin=self.log.origin,
            mailbox=case.header["mailbox"],
            count=count,
            last=case.chain(count),
            time=self.now,
            size=len(self.log.data) if self.shown_size is None else self.shown_size,
        ).sign(self.log.keys.note_signer)

    # what the server answers

    def _once(
        self,
        method: str,
        path: str,
        body: bytes | None,
        headers: Mapping[str, str],
        take: Any = None,
        **_how: Any,
    ) -> bytes:
        parts = urlsplit(path)
        asked = parts.path.strip("/").split("/")
        if asked[0] in {"checkpoint", "tile"}:
            return self.machine(asked)
        route = getattr(self, f"on_{method.lower()}_{asked[2]}")
        answer = route(asked[3:], body, headers, parse_qs(parts.query))
        return answer if isinstance(answer, bytes) else json.dumps(answer).encode()

    def machine(self, asked: list[str]) -> bytes:
        if asked == ["checkpoint"]:
            return self.log.checkpoint(self.now).encode()
        n, width = int(asked[2].removesuffix(".p")), int(asked[3]) if len(asked) > 3 else WIDTH
        rows = self.log.data[n * WIDTH : n * WIDTH + width]
        if asked[1] == "entries":
            return b"".join(len(row).to_bytes(2, "big") + row for row in rows)
        return b"".join(leaf_hash(row) for row in rows)

    def on_get_channel(self, *_: Any) -> dict[str, Any]:
        return {"channel": self.channel.document(), "address": self.address, "open": True, "reason": ""}

    def on_get_limits(self, *_: Any) -> dict[str, int]:
        limits = self.frozen.charter.limits
        return {
            name: getattr(limits, name)
            for name in ("text_bytes", "claims", "files", "file_bytes", "request_bytes", "total_bytes")
        }

    def on_get_directory(self, *_: Any) -> dict[str, Any]:
        size = len(self.log.data)
        directory = Directory(
            origin=self.log.origin,
            charter=self.charter,
            roster=self.roster,
            time=self.now,
            size=size,
            policy=self.policy,
        )
        return {
            "directory": directory.sign(self.log.keys.note_signer),
            "checkpoint": self.log.checkpoint(self.now),
            "charter": self.proven(self.charter, self.statement(self.charter)),
            "roster": self.proven(self.roster, self.roster_statement) if self.roster else {},
            "policies": self.policies,
        }

    def on_get_keeps(self, *_: Any) -> dict[str, Any]:
        return {"keeps": [{"entry": entry, "proof": self.proven(leaf, entry)["proof"]} for leaf, entry in self.keeps]}

    def announce(self, **changes: Any) -> int:
        """Put a `keeps` entry on the record; gives its place. `changes` are members other than today's."""
        entry = {**keeping.statement(self.log.origin), "time": self.now, **changes}
        leaf = self.publish(entry)
        self.keeps.append((leaf, entry))
        return self.index(bytes.fromhex(leaf))

    def on_get_policies(self, *_: Any) -> dict[str, Any]:
        return {"policies": self.policies}

    def statement(self, leaf: str) -> dict[str, Any]:
        data = self.log.data[self.index(bytes.fromhex(leaf))]
        return canonical.load_object(data.partition(b"\0")[2])

    def proven(self, leaf: str, entry: dict[str, Any]) -> dict[str, Any]:
        first = self.index(bytes.fromhex(leaf)) + 1
        return {
            "entry": entry,
            "proof": self.log.proof(bytes.fromhex(leaf), self.log.checkpoint(self.now, first), first),
            "consistency": self.log.consistency(first, len(self.log.data)),
        }

    def on_get_record(self, asked: list[str], _: Any, __: Any, query: dict[str, list[str]]) -> Any:
        if asked == ["consistency"]:
            if not self.proves_growth:
                raise ServerRefused(400, "bad-request", "Not now.")
            return {"hashes": self.log.consistency(int(query["old"][0]), int(query["new"][0]))}
        leaf = bytes.fromhex(asked[1])
        if leaf not in self.log.leaves:
            raise ServerRefused(404, "not-found", "Not yet.")
        first = self.index(leaf) + 1
        return self.log.proof(leaf, self.log.checkpoint(self.now, first), first).encode()

    def on_post_record(self, asked: list[str], body: bytes, *__: Any) -> dict[str, Any]:
        assert asked == ["proofs"]
        found = [bytes.fromhex(leaf) for leaf in canonical.load_object(body)["leaves"]]
        rows, notes = [], []
        for leaf in found:
            if leaf in self.log.leaves:
                first = self.index(leaf) + 1
                notes.append(self.log.checkpoint(self.now, first))
                proof = Proof.parse(self.log.proof(leaf, notes[-1], first))
                hashes = [base64.b64encode(row).decode() for row in proof.hashes]
                rows.append({"leaf": leaf.hex(), "index": proof.index, "hashes": hashes, "checkpoint": len(notes) - 1})
        return {"checkpoints": notes, "proofs": rows}

    def on_get_rosters(self, *_: Any) -> dict[str, Any]:
        return {"rosters": [leaf for leaf, data in self.rosters() if data]}

    def rosters(self) -> list[tuple[str, dict[str, Any]]]:
        """The rosters in the record, by serial."""
        statements = [(leaf.hex(), self.statement_at(n)) for n, leaf in enumerate(self.log.leaves)]
        return sorted(((leaf, row) for leaf, row in statements if row), key=lambda pair: pair[1]["serial"])

    def statement_at(self, index: int) -> dict[str, Any]:
        kind, _, text = self.log.data[index].partition(b"\0")
        row = canonical.load_object(text) if kind == b"demur/open/v1" else {}
        return row if row.get("type") == "seats" else {}

    def on_post_cases(self, _: list[str], body: bytes, *__: Any) -> dict[str, Any]:
        header, files = unpack_bundle(body)
        check_filing(header, files, origin=self.log.origin, limits=self.frozen.charter.limits)
        if header["case"] not in self.cases:
            self.cases[header["case"]] = self.file(header, files)
        case = self.cases[header["case"]]
        if self.lost_answers:
            self.lost_answers -= 1
            raise ConnectionResetError("the answer was lost")
        item = case.items[0]
        return {"promise": case.promise, "opening": {"event": item["event"], "r": item["r"]}, "head": self.head(case)}

    def file(self, header: dict[str, Any], files: list[tuple[str, bytes]]) -> Case:
        kept = {hashlib.sha256(data).hexdigest(): data for role, data in files if not role.startswith("grant:")}
        first = next(hashlib.sha256(data).hexdigest() for role, data in files if role == "mailbox")
        own = self.append_case(bytes.fromhex(header["commitment"]))
        received = events.received_event(
            origin=self.log.origin,
            case=header["case"],
            charter=self.charter,
            roster=self.roster,
            commitment=header["commitment"],
            bodies=[events.salted(bytes.fromhex(header["salt"]), data) for _, data in files],
            filing=events.salted(bytes.fromhex(header["salt"]), canonical.dump(header)),
            time=self.now,
        )
        r = self.random(32)
        leaf = self.append_case(events.commitment(received, r))
        item = {"n": 1, "event": received, "r": r.hex(), "body": "", "index": self.index(leaf)}
        return Case(header=header, files=kept, first=first, promise=self.promise((own, leaf)), items=[item])

    def held(self, case: Case, sha256: str) -> bytes:
        if sha256 not in case.files:
            raise ServerRefused(404, "not-found", "There is no such file.")
        return case.files[sha256]

    def on_get_mailbox(self, asked: list[str], _: Any, headers: Mapping[str, str], query: dict[str, list[str]]) -> Any:
        case = self.own(asked[0], headers)
        if asked[1:] == ["texts"]:
            with_text = [row for row in case.items[int(query["after"][0]) :] if row["body"] in case.files]
            files = [("body", case.files[row["body"]]) for row in with_text]
            return pack_bundle({"v": 1, "type": "texts", "last": len(case.items)}, files)
        if len(asked) > 1:
            return self.held(case, asked[2])
        items = [{"n": 0, "body": case.first}, *case.items]
        return {"head": self.head(case), "promise": case.promise, "items": items[: len(items) - self.cut]}

    def on_post_mailbox(self, asked: list[str], body: bytes, headers: Mapping[str, str], _: Any) -> dict[str, Any]:
        case = self.own(asked[0], headers)
        header, files = unpack_bundle(body)
        event = self.event_of(case, header)
        events.verify_act(event, bytes.fromhex(case.header["author"]))
        return self.record(case, event, files[0][1] if files else b"")

    def own(self, mailbox: str, headers: Mapping[str, str]) -> Case:
        shown = hashlib.sha256(bytes.fromhex(headers["Authorization"].removeprefix("Bearer "))).hexdigest()
        for case in self.cases.values():
            if (case.header["mailbox"], case.header["bearer"]) == (mailbox, shown):
                return case
        raise ServerRefused(404, "not-found", "No such mailbox.")
