# SPDX-License-Identifier: AGPL-3.0-or-later
"""An honest log, asked by many at once on a slow machine, signs nothing that convicts it: each kind of evidence is looked for in all that
it signed. The planted hole, a time read before what it speaks of and no margin, is convicted.
"""

import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from demur import canonical
from demur.charter.channel import Channel as Known
from demur.client import contradictions, evidence, named
from demur.client.directory import read_directory
from demur.client.errors import BadAnswer, BadEvidence, ServerRefused
from demur.client.evidence_kinds import KINDS
from demur.client.filing import prepare
from demur.client.http import Server
from demur.client.known import channel_file
from demur.client.lookups import Record
from demur.client.mailbox import bearer, check_mailbox
from demur.client.submitting import submit
from demur.client.wish import Wish
from demur.dissent import events
from demur.dissent.bundle import MEDIA_TYPE, pack_bundle
from demur.dissent.documents.dissent import from_text
from demur.record.entry import case_entry
from demur.record.head import MARGIN, Head, open_head
from demur.record.merkle import leaf_hash
from demur.record.policy import Accepted
from demur.record.promise import open_promise
from serving import Channel, Founded, later, practice_channel

pytestmark = pytest.mark.adversary

AUTHORS, POLLERS = 2, 6
SECONDS = float(os.environ.get("DEMUR_TEST_HONEST_SECONDS", "14"))
TEXT = b"Subject\n\nA claim.\n"


@dataclass
class Signed:
    """What the log signed, as the people who asked keep it."""

    heads: dict[str, list[bytes]] = field(default_factory=dict)  # note -> item hashes, [] where no items came with it
    promises: list[str] = field(default_factory=list)
    directories: dict[str, tuple[str, str]] = field(default_factory=dict)  # note -> charter and roster, a line each
    checkpoints: set[str] = field(default_factory=set)
    items: dict[bytes, tuple[str, dict[str, Any]]] = field(default_factory=dict)  # leaf -> mailbox, opening with body


class Keeping(Server):
    """A server of which everything is kept that it answers."""

    def __init__(self, address: str, kept: Signed) -> None:
        super().__init__(address)
        self.kept = kept

    def _ask(self, *arguments: Any, **more: Any) -> bytes:
        data = super()._ask(*arguments, **more)
        answer = canonical_or_none(data)
        if "head" in answer:
            self.kept.heads.setdefault(answer["head"], [])
        if answer.get("promise"):
            self.kept.promises.append(answer["promise"])
        if "directory" in answer:
            lines = [canonical.dump(answer[name]["entry"]).decode() + "\n" for name in ("charter", "roster")]
            self.kept.directories[answer["directory"]] = (lines[0], lines[1])
            self.kept.checkpoints.add(answer["checkpoint"])
        return data


def canonical_or_none(data: bytes) -> dict[str, Any]:
    try:
        found = json.loads(data)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def now() -> int:
    return int(time.time())


@dataclass
class World:
    """A channel, its authors, and what was kept of it."""

    channel: Channel
    known: Known
    kept: Signed = field(default_factory=Signed)
    keys: list[Any] = field(default_factory=list)
    places: dict[str, dict[str, Any]] = field(default_factory=dict)
    result: dict[int, tuple[dict[str, int], dict[str, int]]] = field(default_factory=dict)

    def server(self) -> Keeping:
        return Keeping(self.channel.url, self.kept)

    def file(self) -> None:
        server = self.server()
        in_force = read_directory(server, self.known, now=now())
        wish = Wish(dissent=from_text(TEXT, name="d.txt", claims=[2]), original=TEXT)
        limits = server.get_json("/api/v1/limits")
        prepared = prepare(wish, in_force, address=self.channel.url, limits=limits, now=now(), random=os.urandom)
        self.keys.append(submit(server, prepared, self.known, now=now, accept_clock=True).key)

    # what people do all at once

    def write(self, key: Any) -> None:
        """A message, signed over the last that this author wrote."""
        server, place = self.server(), self.places.get(key.case) or self.place_of(key)
        body = b"age-encryption.org/v1\n" + os.urandom(300)
        act = events.make_act(
            "message",
            origin=self.known.origin,
            case=key.case,
            charter=key.submitted["charter"],
            seat="",
            body=events.salted(key.salt_bytes, body),
            **place,
        )
        signature = events.sign_act(act, key.keys.signing)
        bundle = pack_bundle({"v": 1, "type": "act", "act": act, "signature": signature}, [("body", body)])
        path = f"/api/v1/mailbox/{key.keys.mailbox}/acts"
        told = server.post_json(path, bundle, content_type=MEDIA_TYPE, headers=bearer(key.keys))["opening"]
        last = events.commitment(told["event"], bytes.fromhex(told["r"])).hex()
        self.places[key.case] = {**place, "seq": place["seq"] + 1, "prev": last}

    def place_of(self, key: Any) -> dict[str, Any]:
        server = self.server()
        roster = read_directory(server, self.known, now=now()).directory.roster
        answer = server.get_json(f"/api/v1/mailbox/{key.keys.mailbox}", bearer(key.keys))
        last = check_mailbox(answer, server, key.keys, self.known).items[-1]
        return {"seq": last.n + 1, "prev": last.commitment.hex(), "roster": roster}

    def poll(self, key: Any) -> None:
        server = self.server()
        answer = server.get_json(f"/api/v1/mailbox/{key.keys.mailbox}", bearer(key.keys))
        mailbox = check_mailbox(answer, server, key.keys, self.known)
        self.kept.heads[mailbox.head_note] = mailbox.hashes
        for item in mailbox.items:
            opening = {**events.opening(item.event, bytes.fromhex(item.r)), "body": item.body}
            self.kept.items[leaf_hash(case_entry(item.commitment))] = (key.keys.mailbox, opening)

    def look(self, _key: Any) -> None:
        server = self.server()
        self.kept.checkpoints.add(server.get("/checkpoint").decode())
        server.get_json("/api/v1/directory")


def all_at_once(world: World, until: float) -> list[str]:
    """People act, read and look until `until`; what went wrong meanwhile."""
    wrong: list[str] = []

    def over_and_over(do: Callable[[Any], None], key: Any) -> None:
        while time.monotonic() < until:
            try:
                do(key)
            except (BadAnswer, ServerRefused) as error:
                wrong.append(f"{do.__name__}: {error}")

    doing = [(world.write, key) for key in world.keys]
    doing += [(world.poll, world.keys[n % len(world.keys)]) for n in range(POLLERS)]
    doing += [(world.look, None)] * 2
    threads = [threading.Thread(target=over_and_over, args=each) for each in doing]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return wrong


def change_charter(channel: Channel, home: Path) -> None:
    """What is in force is replaced meanwhile."""
    world = Founded(channel=channel, home=home)
    world.run("charter", "request", channel.directory, "us-nrc-dpo", "-o", "second.request")
    key = ["--key", channel.key("officer"), "--channel", channel.file, "--yes"]
    world.run("charter", "sign", *key, "second.request", "-o", "second.signed")
    world.run("charter", "adopt", channel.directory, "second.signed")


@contextmanager
def margin(seconds: int) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as planted:
        for module in (contradictions, named):
            planted.setattr(module, "MARGIN", seconds)
        yield


def looked_for(world: World) -> Iterator[tuple[str, bool, Callable[[], str]]]:
    """Each pair of things that the log signed: of which kind it could be evidence, whether it seems to be, and the evidence."""
    channel, kept = world.known, world.kept
    server = world.server()
    record = Record(server=server, channel=channel)
    heads = [(note, open_head(note, channel.log_verifier), items) for note, items in kept.heads.items()]
    trees = [(note, channel.policy_object.accept(note)) for note in sorted(kept.checkpoints)]
    yield from _of_heads(channel, heads)
    yield from _of_items(world, record, heads)
    yield from _of_checkpoints(channel, heads, trees, record)
    leaves = {note: record.tree(tree) for note, tree in trees}
    for promise in kept.promises:
        made = open_promise(promise, channel.log_verifier)
        for note, tree in trees:
            broken = contradictions.later_than(made.not_after, tree) and not set(made.entries) <= set(leaves[note])
            parts = {"promise": promise, "checkpoint": note, "leaves": leaves[note]}
            yield "broken-promise", broken, lambda parts=parts: evidence.broken_promise(channel=channel, **parts)
    rows = [(note, line) for note, lines in kept.directories.items() for line in lines]
    read = {row: named.Named.read(channel, *row) for row in rows}
    for seen, shown in permutations(rows, 2):
        back = named.rolled_back(read[seen], read[shown])
        pair = {"seen": seen, "shown": shown}
        yield "older-statement", back, lambda pair=pair: evidence.older_statement(channel=channel, **pair)
    for note, (_, line) in kept.directories.items():
        roster = json.loads(line)
        parts = {"directory": note, "roster": roster}
        yield "unsigned-roster", False, lambda parts=parts: evidence.unsigned_roster(channel=channel, **parts)


Held = list[tuple[str, Head, list[bytes]]]


def _of_heads(channel: Known, heads: Held) -> Iterator[tuple[str, bool, Callable[[], str]]]:
    for (one, older, _), (two, newer, items) in permutations(heads, 2):
        pair = {"older": one, "newer": two}
        told = contradictions.contradict(older, newer)
        yield "shorter-thread", told, lambda pair=pair: evidence.shorter_thread(channel=channel, **pair)
        if items:
            told = contradictions.replaced(older, newer, items)
            more = {**pair, "items": items}
            yield "changed-item", told, lambda more=more: evidence.changed_item(channel=channel, **more)


def _of_items(world: World, record: Record, heads: Held) -> Iterator[tuple[str, bool, Callable[[], str]]]:
    for leaf, (mailbox, opening) in world.kept.items.items():
        placed, n = record.proof(leaf), opening["event"]["seq"]
        if placed is None:
            continue
        recorded = contradictions.log_time(placed.accepted)
        own = [row for row in heads if row[1].mailbox == mailbox]
        later, _, items = next(row for row in own if len(row[2]) > n)
        for note, head, _ in own:
            told = contradictions.withheld(head, n, index=placed.index, recorded=recorded)
            parts = {"head": note, "later": later, "items": items, "opening": opening, "proof": placed.text}
            yield "withheld-item", told, lambda parts=parts: evidence.withheld_item(channel=world.known, **parts)


def _of_checkpoints(
    channel: Known, heads: Held, trees: list[tuple[str, Accepted]], record: Record
) -> Iterator[tuple[str, bool, Callable[[], str]]]:
    newest = max(trees, key=lambda row: row[1].checkpoint.size)
    leaves = record.tree(newest[1])
    for (one, first), (two, second) in permutations(trees, 2):
        pair = {"older": one, "newer": two}
        told = contradictions.two_roots(first, second)
        yield "forked-record", told, lambda pair=pair: evidence.forked_record(channel=channel, **pair)
        told = contradictions.went_back(first, second)
        yield "back-dated", told, lambda one=one, two=two: evidence.back_dated(channel=channel, smaller=one, larger=two)
        if two == newest[0]:
            told = contradictions.rewritten(first, second, leaves)
            more = {**pair, "leaves": leaves}
            yield "forked-record", told, lambda more=more: evidence.forked_record(channel=channel, **more)
    for note, head, _ in heads:
        for two, tree in trees:
            told = contradictions.went_back_after(head, tree)
            parts = {"head": note, "larger": two}
            yield "back-dated", told, lambda parts=parts: evidence.back_dated(channel=channel, **parts)


def convictions(world: World, *, seconds: int) -> tuple[dict[str, int], dict[str, int]]:
    """Per kind: how many pairs were looked at, and how many convict the log where times count that lie `seconds` apart."""
    asked, found = dict.fromkeys(KINDS, 0), dict.fromkeys(KINDS, 0)
    with margin(seconds):
        for kind, seems, make in looked_for(world):
            asked[kind] += 1
            if seems or asked[kind] % 997 == 1:  # what seems to be none is verified now and then all the same
                try:
                    evidence.verify_evidence(make().encode(), world.known)
                    found[kind] += 1
                except BadEvidence:
                    assert not seems
    return asked, found


def played(place: Path, moments: str) -> World:
    with practice_channel(place, serve=False) as channel:
        words = ["-m", "demur", "serve", str(channel.directory), "--listen", f"127.0.0.1:{channel.port}"]
        channel.run(*words, **later(0), DEMUR_TEST_MOMENTS=moments)
        world = World(channel=channel, known=channel_file(channel.file).channel)
        for _ in range(AUTHORS):
            world.file()
        changing = threading.Timer(SECONDS / 3, change_charter, (channel, place / "home"))
        changing.start()
        wrong = all_at_once(world, time.monotonic() + SECONDS)
        changing.join()
        for key in world.keys:
            world.poll(key)
        told = set(wrong)
        # A planted server errs; an honest one only lets an act be tried again that lost its race.
        assert moments == "apart" or all("moved on" in each for each in told), told
        world.result = {seconds: convictions(world, seconds=seconds) for seconds in (MARGIN, 0)}
        return world


def test_nothing_that_an_honest_log_signs_convicts_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rates: dict[tuple[str, int], int] = {}
    for moments in ("slow", "apart"):
        result = played(tmp_path / moments, moments).result
        for seconds, (asked, found) in result.items():
            rates[moments, seconds] = sum(found.values())
            with capsys.disabled():
                server = {"slow": "this server", "apart": "planted: time first, then count"}[moments]
                held = {kind: count for kind, count in found.items() if count}
                print(
                    f"\n{server}, margin {seconds} s: {rates[moments, seconds]} of {sum(asked.values())} convict {held}"
                )
            assert all(asked.values()), asked

    assert rates["slow", MARGIN] == 0
    assert rates["slow", 0] == 0
    assert rates["apart", MARGIN] == 0
    assert rates["apart", 0] > 0
