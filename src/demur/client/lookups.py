# SPDX-License-Identifier: AGPL-3.0-or-later
"""Asking a server about its record, and believing only what the channel's policy proves.

The charter and the rosters that a case's events name may be long replaced; each is found by its leaf hash: the proof
gives its place, the entry bundle at that place gives the entry, and the entry must hash to what was asked for.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, repeat
from typing import Any

from demur import canonical
from demur.charter.channel import Channel
from demur.charter.errors import CharterError
from demur.charter.freeze import Frozen
from demur.charter.officers import check_statement
from demur.charter.roster import Roster
from demur.client.contradictions import later_than
from demur.client.directory import hashes_of, read_directory
from demur.client.errors import BadAnswer, PromiseBroken, ServerRefused
from demur.client.evidence import broken_promise
from demur.client.http import Server
from demur.record.checkpoint import Checkpoint
from demur.record.entry import Readable, read_entry
from demur.record.errors import PolicyError, RecordError
from demur.record.merkle import leaf_hash, root_of, verify_consistency, verify_inclusion
from demur.record.policy import Accepted, Policy
from demur.record.proof import Proof
from demur.record.tiles import ACCEPTED, CHECKPOINT, WIDTH, read_bundle, tile_path

NOT_FOUND = 404
NOT_ALLOWED = 405
AT_ONCE = 500  # entries whose proofs are asked for in one request
PAUSES = (0.02, 0.04, 0.08)  # seconds between the first questions for a proof that comes at once
PAUSE = 0.1  # and between all after them


@dataclass(frozen=True, kw_only=True)
class Placed:
    """A proven entry: the proof's text, its place, and what vouches for the tree."""

    text: str
    index: int
    accepted: Accepted


def wait_for_proofs(record: "Record", leaves: Sequence[bytes], *, tries: int) -> tuple[str, str] | None:
    """The proofs of a filing's two entries, asked for `tries` times with a short pause; None if they are not published by then.
    Raises what `Record.proof` raises.
    """
    pauses = chain(PAUSES, repeat(PAUSE))
    for left in reversed(range(tries)):
        found = [placed.text for placed in map(record.proof, leaves) if placed is not None]
        if len(found) == len(leaves):
            return found[0], found[1]
        if left:
            time.sleep(next(pauses))
    return None


@dataclass(kw_only=True)
class Record:
    """One server's record, read under one channel's policy. Statements are kept once read. `filed` is kept by whoever opens what was
    filed: the version of each case's dissent, by the case's id.
    """

    server: Server
    channel: Channel
    filed: dict[str, int] = field(default_factory=dict)
    _statements: dict[str, dict[str, Any]] = field(default_factory=dict)
    _charters: dict[str, Frozen] = field(default_factory=dict)
    _rosters: dict[str, Roster] = field(default_factory=dict)
    _named: list[str] | None = None
    _newest: str | None = None
    _now: int = 0
    _next: dict[str, Placed | None] = field(default_factory=dict)

    def proof(self, leaf: bytes) -> Placed | None:
        """The proof of an entry, verified; None while it is not published. Raises BadAnswer."""
        try:
            text = self.server.get(f"/api/v1/record/proof/{leaf.hex()}").decode("utf-8")
            proof = Proof.parse(text)
            accepted = proof.verify(leaf, self.channel.policy_object)
        except ServerRefused as error:
            if error.status == NOT_FOUND:
                return None
            raise
        except (RecordError, UnicodeDecodeError) as error:
            raise BadAnswer(f"The server's proof of an entry does not hold: {error}") from None
        return Placed(text=text, index=proof.index, accepted=accepted)

    def proofs(self, leaves: Sequence[bytes]) -> dict[bytes, Placed]:
        """The proofs of entries, verified, by leaf hash: those that are published, asked for many at a time. Raises BadAnswer."""
        found: dict[bytes, Placed] = {}
        for start in range(0, len(leaves), AT_ONCE):
            asked = leaves[start : start + AT_ONCE]
            try:
                answer = self.server.post_json(
                    "/api/v1/record/proofs", canonical.dump({"leaves": [leaf.hex() for leaf in asked]})
                )
            except ServerRefused as error:
                if error.status not in {NOT_FOUND, NOT_ALLOWED}:
                    raise
                # A server of before: one question for each.
                found |= {leaf: placed for leaf in asked if (placed := self.proof(leaf)) is not None}
                continue
            found |= self._proven(answer, frozenset(asked))
        return found

    def _proven(self, answer: Mapping[str, Any], asked: frozenset[bytes]) -> dict[bytes, Placed]:
        found, accepted = {}, dict[str, Accepted]()
        try:
            for row in answer["proofs"]:
                note = answer["checkpoints"][row["checkpoint"]]
                proof = Proof(index=row["index"], hashes=tuple(hashes_of(row["hashes"])), checkpoint_text=note)
                leaf = bytes.fromhex(row["leaf"])
                if note not in accepted:
                    accepted[note] = self.channel.policy_object.accept(note)
                tree = accepted[note].checkpoint
                verify_inclusion(leaf, proof.index, tree.size, proof.hashes, tree.root)
                if leaf in asked:
                    found[leaf] = Placed(text=proof.text, index=proof.index, accepted=accepted[note])
        except RecordError as error:
            raise BadAnswer(f"The server's proof of an entry does not hold: {error}") from None
        except (KeyError, IndexError, TypeError, ValueError, AttributeError):
            raise BadAnswer(
                "The server's answer does not hold the proofs that were asked for; try again later."
            ) from None
        return found

    def charter(self, leaf: str) -> Frozen:
        """The charter whose entry has this leaf hash (hex), signed by the officers; read once, however many cases name it. Raises
        BadAnswer.
        """
        if leaf not in self._charters:
            try:
                self._charters[leaf] = Frozen.from_entry(self.statement(leaf))
            except CharterError as error:
                raise BadAnswer(f"The charter of this case cannot be read: {error}") from None
        return self._charters[leaf]

    def roster(self, leaf: str) -> Roster:
        """The roster whose entry has this leaf hash (hex), signed by the officers; read once. Raises BadAnswer."""
        if leaf not in self._rosters:
            try:
                self._rosters[leaf] = Roster.from_statement(self.statement(leaf))
            except CharterError as error:
                raise BadAnswer(f"The seats that an event names cannot be read: {error}") from None
        return self._rosters[leaf]

    def ask_anew(self, *, now: int) -> None:
        """Forget which rosters there are: seats may have changed since the last case was read. `now` is POSIX seconds."""
        self._named, self._newest, self._next, self._now = None, None, {}, now

    def next_roster(self, leaf: str, *, whole: bool) -> Placed | None:
        """Where the roster after this one stands in the record; None while this is the newest. `whole`: a server that keeps acts of
        version 2 names every roster; one of before named none, and then the one in force ends all before it.

        Raises BadAnswer unless the server names every roster in order, up to the one that its log signed as in force.
        """
        if leaf not in self._next:
            self._next[leaf] = self._next_roster(leaf, whole=whole)
        return self._next[leaf]

    def _next_roster(self, leaf: str, *, whole: bool) -> Placed | None:
        named, newest = self._rosters_named(), self._roster_in_force()
        rows = named if newest in ("", *named) else [*named, newest]
        if not rows or leaf == rows[-1]:
            return None
        if named and leaf not in named:
            raise BadAnswer(
                "The server does not name a roster under which an event was made; try again later, and tell oversight."
            )
        following = rows[rows.index(leaf) + 1] if named else newest
        self._check_next(leaf, following, whole=whole or bool(named))
        return self.proof(bytes.fromhex(following))

    def _check_next(self, leaf: str, following: str, *, whole: bool) -> None:
        """Raises BadAnswer where a roster was left out between these two."""
        apart = self.roster(following).serial - self.roster(leaf).serial
        if apart < 1 or (whole and apart > 1):
            raise BadAnswer("The server leaves out a roster of this channel; do not rely on it, and tell oversight.")

    def _rosters_named(self) -> list[str]:
        """Leaf hashes (hex) of the channel's rosters by serial; none where a server of before does not tell them."""
        if self._named is None:
            try:
                rows = self.server.get_json("/api/v1/rosters").get("rosters")
            except ServerRefused as error:
                if error.status != NOT_FOUND:
                    raise
                rows = []
            if not isinstance(rows, list) or not all(isinstance(row, str) and len(row) == 64 for row in rows):
                raise BadAnswer("The server's answer does not name its rosters; try again later.")
            self._named = rows
        return self._named

    def _roster_in_force(self) -> str:
        """Leaf hash (hex) of the roster that the log signs as in force now, "" while no seat was ever filled: a list of rosters that ends
        before it was cut.
        """
        if self._newest is None:
            self._newest = read_directory(self.server, self.channel, now=self._now).directory.roster
        return self._newest

    def check_kept(self, promise: str, leaves: tuple[bytes, ...], *, not_after: int) -> None:
        """Raises PromiseBroken with evidence if a tree signed after `not_after` lacks one of the promised `leaves`.

        Nothing is proven while no checkpoint of so late a time meets the policy, as when a witness is away: the log is late, and whoever
        asks says so.
        """
        found = self._checkpoint()
        if found is None or not later_than(not_after, found[1]):
            return
        text, accepted = found
        tree = self.tree(accepted)
        if not set(leaves) <= set(tree):
            raise PromiseBroken(
                "The log promised this entry by a time, and signed a later tree without it; keep the evidence file "
                "and show it.",
                broken_promise(channel=self.channel, promise=promise, checkpoint=text, leaves=tree),
            )

    def tree(self, accepted: Accepted) -> list[bytes]:
        """Every leaf hash of the tree of `accepted`, in order. Raises BadAnswer unless the server's tiles are those."""
        leaves = list(self._leaves(accepted.checkpoint.size))
        if len(leaves) != accepted.checkpoint.size or root_of(leaves) != accepted.checkpoint.root:
            raise BadAnswer("The server's tiles are not those of its checkpoint; try again later, and keep your files.")
        return leaves

    def entries(self, start: int) -> Iterator[tuple[int, bytes]]:
        """The entries from index `start` on with their places, of the newest tree that the log signed, whether witnesses did or not.

        Raises BadAnswer unless the server's tiles and bundles are of that tree.
        """
        signed = self._signed()[1]
        leaves, size = self.tree(signed), signed.checkpoint.size
        for n in range(start // WIDTH, -(-size // WIDTH)):
            try:
                bundle = read_bundle(self._tile("entries", n, size))
            except RecordError as error:
                raise BadAnswer(f"The server's entries are not those of its record: {error}") from None
            for index, data in enumerate(bundle, start=n * WIDTH):
                if index >= size or leaf_hash(data) != leaves[index]:
                    raise BadAnswer("The server's entries are not those of its record; try again later.")
                if index >= start:
                    yield index, data

    def check_consistency(self, older: Checkpoint, newer: Checkpoint) -> None:
        """Raises BadAnswer unless the server proves that the tree of `newer` extends that of `older`."""
        answer = self.server.get_json(f"/api/v1/record/consistency?old={older.size}&new={newer.size}")
        hashes = hashes_of(answer.get("hashes"))
        try:
            verify_consistency(older.size, older.root, newer.size, newer.root, hashes)
        except RecordError as error:
            raise BadAnswer(f"The server does not prove that its record only grew: {error}") from None

    def statement(self, leaf: str) -> dict[str, Any]:
        """The readable entry with this leaf hash (hex), signed by the officers. Raises BadAnswer."""
        if leaf not in self._statements:
            statement = self._entry(bytes.fromhex(leaf))
            try:
                check_statement(dict(statement), self.channel)
            except CharterError as error:
                raise BadAnswer(f"The officers did not sign what this case rests on: {error}") from None
            self._statements[leaf] = dict(statement)
        return self._statements[leaf]

    def _entry(self, leaf: bytes) -> Mapping[str, Any]:
        placed = self.proof(leaf)
        if placed is None:
            raise BadAnswer(
                "The record does not hold a charter or seats that this case names; try again after the next tick."
            )
        bundle, at = divmod(placed.index, WIDTH)
        data = self._tile("entries", bundle, placed.accepted.checkpoint.size)
        try:
            entry = read_bundle(data)[at]
            readable = read_entry(entry)
        except (RecordError, IndexError, canonical.CanonicalError) as error:
            raise BadAnswer(f"The server's entries are not those of its record: {error}") from None
        if leaf_hash(entry) != leaf or not isinstance(readable, Readable):
            raise BadAnswer("The server's entries are not those of its record; keep your files and try again later.")
        return readable.value

    def _checkpoint(self) -> tuple[str, Accepted] | None:
        """The newest checkpoint that meets the policy, None where the server shows none. Raises BadAnswer for one that the log did
        not sign.
        """
        text, _ = self._signed()
        try:
            return text, self.channel.policy_object.accept(text)
        except PolicyError:
            return self._accepted_before()

    def _signed(self) -> tuple[str, Accepted]:
        """The newest checkpoint, signed by the log."""
        try:
            text = self.server.get(f"/{CHECKPOINT}").decode("utf-8")
            return text, Policy.for_log((self.channel.ed25519_vkey, self.channel.mldsa_vkey)).accept(text)
        except (RecordError, UnicodeDecodeError) as error:
            raise BadAnswer(f"The server's checkpoint is not signed by the channel's log: {error}") from None

    def _accepted_before(self) -> tuple[str, Accepted] | None:
        try:
            text = self.server.get(f"/{ACCEPTED}").decode("utf-8")
            return text, self.channel.policy_object.accept(text)
        except ServerRefused as error:
            if error.status == NOT_FOUND:
                return None
            raise
        except (RecordError, UnicodeDecodeError) as error:
            raise BadAnswer(f"The server's checkpoint is not signed under the channel's policy: {error}") from None

    def _leaves(self, size: int) -> Iterator[bytes]:
        for n in range(-(-size // WIDTH)):
            data = self._tile("0", n, size)
            yield from (data[at : at + 32] for at in range(0, len(data), 32))

    def _tile(self, level: str, n: int, size: int) -> bytes:
        width = min(WIDTH, size - n * WIDTH)
        return self.server.get("/" + tile_path(level, n, width))
