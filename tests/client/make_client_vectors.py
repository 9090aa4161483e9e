# SPDX-License-Identifier: AGPL-3.0-or-later
"""Makes the vectors of what a client checks, `spec/vectors/{channel,directory,receipt}.json`: `python tests/client/make_client_vectors.py`.

They come from the tiny channel of `tiny_record`; only ML-DSA-44 signatures differ when they are made again. What must be refused is
written as a change of something good, so that the files stay small: `path` and `value` (a member that is put there, or taken away where
`value` is missing), or `replace`, pairs of texts.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from test_filing import filed_at
from test_following import answered, author
from test_policy_change import PRESS, UNION, change, prove
from tiny_record import GRACE, NOW, TinyServer, counting_random

from demur.charter.channel import Channel
from demur.charter.directory import open_directory
from demur.charter.officers import sign_statement
from demur.charter.policies import policy_statement
from demur.charter.roster import Holder, make_request
from demur.client.directory import check_directory
from demur.client.errors import SwappedKey
from demur.client.following import follow
from demur.client.policies import changed
from demur.client.receipt import Receipt, channel_line
from demur.record.cosignature import LogKeys
from demur.record.head import Head
from demur.record.note import Note, sign_note
from demur.record.policy import Policy
from demur.record.promise import Promise
from demur.seal import bech32
from demur.seal.keyfile import OfficerKey

OTHER_LOG = LogKeys.from_seeds("practice-00112233445566ff", ed25519=b"\3" * 32, mldsa=b"\4" * 32)
DIRECTORY = Path(__file__).parents[2] / "spec" / "vectors"
Edit = dict[str, Any]


def edit(*path: object, **value: Any) -> Edit:
    """One change of a JSON value."""
    return {"path": list(path), **value}


# channel


def officers(count: int) -> list[OfficerKey]:
    """Officers, in the order of their public keys."""
    keys = [OfficerKey.generate(counting_random(f"officer {n}"), now=NOW) for n in range(count)]
    return sorted(keys, key=lambda key: key.signing.public)


def channel() -> dict[str, Any]:
    server, keys = TinyServer("dissent.example.org"), officers(3)
    whole = replace(server.channel, officers=tuple(key.signing.public.hex() for key in keys), k=2)
    good = [row.document() for row in (server.channel, whole, TinyServer(witnesses=("union",)).channel)]
    one = good[1]
    other = TinyServer("other.example.org").channel.document()
    others = LogKeys.from_seeds(whole.origin, ed25519=b"\3" * 32, mldsa=b"\4" * 32)  # another log under this origin
    return {
        "accepted": [described(Channel.from_document(document)) for document in good],
        "refused": [
            edit("v", value=2),
            edit("type", value="charter"),
            edit("origin", value="other.example.org"),
            edit("origin", value=1),
            edit("more", value=1),
            edit("policy"),
            edit("policy", value=other["policy"]),
            edit("policy", value=one["policy"] + "\n"),
            edit("k", value=0),
            edit("k", value=4),
            edit("k", value=True),
            edit("officers", value=[]),
            edit("officers", value=one["officers"][::-1]),
            edit("officers", value=[*one["officers"], one["officers"][-1]]),
            edit("officers", 0, value=one["officers"][0].upper()),
            edit("officers", value=one["officers"][0]),
            edit("log", value="x"),
            edit("log", "more", value="x"),
            edit("log", "ed25519", value=other["log"]["ed25519"]),
            edit("log", "ml-dsa-44", value=other["log"]["ml-dsa-44"]),
            edit("log", "ed25519", value=one["log"]["ml-dsa-44"]),
            edit("log", "ed25519", value=others.vkeys[0]),
            edit("log", "ml-dsa-44", value=others.vkeys[1]),
        ],
        "statement": statements(whole, keys),
        "roster": rosters(server),
        "request": requests(server),
        "policies": policies(),
    }


def described(one: Channel) -> dict[str, Any]:
    return {
        "document": one.document(),
        "digest": one.digest.hex(),
        "words": one.words(),
        "long_words": one.long_words(),
        "practice": one.practice,
        "line": channel_line(one),
    }


def statements(whole: Channel, keys: list[OfficerKey]) -> dict[str, Any]:
    """What two of three officers signed; the channel is the second that is accepted."""
    draft = {"v": 1, "type": "charter", "origin": whole.origin, "text": "§ 1 – everybody may disagree.\n"}
    first, second, third = (key.signing for key in keys)
    two = sign_statement(sign_statement(draft, first), second)
    three, alone = sign_statement(two, third), sign_statement(draft, first)
    stranger = sign_statement(two, OfficerKey.generate(counting_random("thief"), now=NOW).signing)
    elsewhere = {**draft, "origin": "other.example.org"}
    return {
        "accepted": [two, three],
        "refused": [
            draft,
            alone,
            stranger,
            {**two, "text": "§ 1 – nobody may.\n"},
            {**two, "officers": two["officers"][::-1]},
            {**two, "officers": [alone["officers"][0]] * 2},
            {**two, "officers": {}},
            {**two, "officers": [{**two["officers"][0], "name": "x"}, two["officers"][1]]},
            {**two, "officers": [{**two["officers"][0], "signature": "x"}, two["officers"][1]]},
            {**two, "officers": [{**row, "signature": row["signature"].upper()} for row in two["officers"]]},
            sign_statement(sign_statement(elsewhere, first), second),
            {**three, "officers": [*two["officers"], {**three["officers"][-1], "signature": "00" * 64}]},
        ],
    }


def rosters(server: TinyServer) -> dict[str, Any]:
    """A `seats` statement, and changes of it that are none; its signatures are another question."""
    good = server.roster_statement
    rows = good["seats"][:2]
    age = rows[0]["age"]
    return {
        "accepted": [
            {**good, "seats": rows},
            {**good, "seats": []},
            {**good, "seats": [{**row, "note": "of a later version"} for row in rows], "more": "of a later version"},
        ],
        "holders": [[row["seat"] for row in rows], [], [row["seat"] for row in rows]],
        "refused": [
            edit("type", value="seat"),
            edit("distinct_holders", value=False),
            edit("distinct_holders", value=1),
            edit("v", value=2),
            edit("charter", value="none"),
            edit("serial", value=0),
            edit("serial", value=True),
            edit("serial"),
            edit("seats", value=rows[::-1]),
            edit("seats", value=[rows[0], rows[0]]),
            edit("seats", value={}),
            edit("seats", 0, value="custodian"),
            edit("seats", 0, "seat", value="Custodian"),
            edit("seats", 0, "holder", value="two\nlines"),
            edit("seats", 0, "holder", value="x" * 201),
            edit("seats", 0, "holder", value=1),
            edit("seats", 0, "sign", value=rows[0]["sign"].upper()),
            edit("seats", 0, "age", value=age[:-1]),
            edit("seats", 0, "age", value=age.upper()),
            edit("seats", 0, "age", value=age.replace("age1pq1", "age1", 1)),
            edit("seats", 0, "age", value="age1pq1"),
            edit("seats", 0, "age", value=bech32.encode("age1pq", b"\xff" * 1184 + bytes(32))),
            edit("seats", 0, "age", value=bech32.encode("age1pq", bytes(1184 + 31))),
        ],
    }


def requests(server: TinyServer) -> dict[str, Any]:
    """A holder's request, signed by the seat's own key."""
    own = next(iter(server.seats.values()))
    holder = Holder(seat="desk-1", holder="Practice Person", age=own.identity.recipient.text, sign=own.signing.public)
    origin = server.channel.origin
    return {
        "origin": origin,
        "seed": own.signing.seed.hex(),
        "request": make_request(origin=origin, holder=holder, key=own.signing),
        "refused": [
            edit("origin", value="other.example.org"),
            edit("holder", value="Another Person"),
            edit("signature", value=""),
            edit("signature"),
            edit("type", value="request"),
            edit("more", value="x"),
        ],
    }


def policies() -> dict[str, Any]:
    """Two changes of policy, each proven under the one before; and lists of changes that do not hold."""
    server = TinyServer()
    first = change(server, [UNION], 1)
    size = len(server.log.data)
    change(server, [UNION, PRESS], 2)
    rows = list(server.policies)
    server.cover()
    whole = changed(first, rows)
    small = server.log.checkpoint(server.now, size)
    return {
        "channel": channel_line(first),
        "changes": rows,
        "line": channel_line(whole),
        "sizes": [row.size for row in whole.changes],
        "policy": whole.policy_object.sha256.hex(),
        "checkpoint": server.log.checkpoint(server.now),
        "witnesses": ["press", "union"],
        "older_checkpoint": small,
        "again": proven_again(),
        "refused": [
            edit(value={}),
            edit(0, value=1),
            edit(value=rows[1:]),
            edit(value=rows[::-1]),
            edit(0, "proof", value=rows[1]["proof"]),
            edit(0, "proof", value=""),
            edit(1, value=without_quorum()),
            edit(1, value=in_a_small_tree()),
            edit(1, value=signed_change(previous="00" * 32)),
            edit(1, value=signed_change(policy=Policy.for_log(OTHER_LOG.vkeys).text)),
            edit(1, value=signed_change(type="policies")),
            edit(1, value=signed_change(policy="none\n")),
            edit(0, "statement", "serial", value=2),
            edit(0, "statement", "policy", value=rows[1]["statement"]["policy"]),
            edit(0, "statement", "previous", value="00" * 32),
            edit(0, "statement", "officers", value=[]),
            edit(0, "statement", "more", value="x"),
        ],
    }


def signed_change(**members: Any) -> dict[str, Any]:
    """A second change that the officers signed and the witness saw, with other members than it should have."""
    server = TinyServer()
    change(server, [UNION], 1)
    draft = policy_statement(server.channel, Policy.for_log(server.log.keys.vkeys))
    return proven(server, sign_statement({**draft, **members}, server.officer.signing))


def without_quorum() -> dict[str, Any]:
    """A second change, in a tree that the log signed without the witness that the first demands."""
    server = TinyServer()
    change(server, [UNION], 1)
    server.log.witnesses = []
    draft = policy_statement(server.channel, Policy.for_log(server.log.keys.vkeys))
    return proven(server, sign_statement(draft, server.officer.signing))


def in_a_small_tree() -> dict[str, Any]:
    """The same in a tree that is small enough for the first policy, which demands no witness."""
    server = TinyServer()
    change(server, [UNION], 1)
    draft = policy_statement(server.channel, Policy.for_log(server.log.keys.vkeys))
    other = server.other_universe(since=1)
    other.log.witnesses = []
    return proven(other, sign_statement(draft, server.officer.signing))


def proven(server: TinyServer, statement: dict[str, Any]) -> dict[str, Any]:
    leaf = server.publish(statement)
    size = len(server.log.data)
    return {
        "statement": statement,
        "proof": server.log.proof(bytes.fromhex(leaf), server.log.checkpoint(NOW, size), size),
    }


def proven_again() -> dict[str, Any]:
    """One change, proven in two trees: whoever saw both keeps the smaller."""
    server = TinyServer()
    first = change(server, [UNION], 1)
    early = list(server.policies)
    server.log.witnesses = []
    server.cover(3)
    prove(server, early[0]["statement"], len(server.log.data))
    late = list(server.policies)
    sizes = [changed(first, rows).changes[0].size for rows in (early, late)]
    return {"channel": channel_line(first), "early": early, "late": late, "sizes": sizes}


# directory


def directory() -> dict[str, Any]:
    server = TinyServer()
    server.cover(3)
    answer = server.on_get_directory()
    found = check_directory(answer, server.channel, now=NOW + 60)
    assert found.roster is not None
    note = found.directory
    return {
        "channel": channel_line(server.channel),
        "now": NOW + 60,
        "note": answer["directory"],
        "said": {name: getattr(note, name) for name in ("origin", "charter", "roster", "policy", "time", "size")},
        "refused_notes": refused_notes(server, answer["directory"]),
        "answer": answer,
        "found": {
            "size": found.checkpoint.size,
            "charter": found.frozen.version,
            "serial": found.roster.serial,
            "seats": sorted(found.roster.holders),
            "roster_since": found.roster_since,
            "unwitnessed": found.unwitnessed,
        },
        "refused": refused_answers(server, answer),
        "refused_times": [NOW + 60 + 26 * 3600, NOW - 26 * 3600],
        "unsigned_charter": unsigned_charter(),
        "swapped": swapped(),
    }


def refused_notes(server: TinyServer, note: str) -> list[str]:
    signer, text = server.log.keys.note_signer, Note.parse(note).text
    pairs = [
        ("v1", "v2"),
        ("policy first", "policy none"),
        ("size ", "size 0"),
        ("time ", "time -"),
        (text.split("\n")[-2], f"size {2**53}"),
        (text.split("\n")[3], "roster " + "0" * 63),
        (f"origin {server.log.origin}", "origin other.example.org"),
        ("\ntime", "\nmore x\ntime"),
    ]
    other = TinyServer("other.example.org").log.keys.note_signer
    return [
        *(sign_note(text.replace(old, new, 1), [signer]) for old, new in pairs),
        sign_note(text, [other]),
        sign_note(text, [signer, other]),
        note.replace("time 1", "time 2"),
    ]


def refused_answers(server: TinyServer, answer: dict[str, Any]) -> list[Edit]:
    def resigned(**changes: Any) -> str:
        said = open_directory(answer["directory"], server.channel.log_verifier)
        return replace(said, **changes).sign(server.log.keys.note_signer)

    other = TinyServer("other.example.org").on_get_directory()
    wide = server.other_universe(since=len(server.log.data) - 1)
    wide.cover(2)
    charter, roster = answer["charter"], answer["roster"]
    return [
        edit("directory"),
        edit("checkpoint"),
        edit("policies"),
        edit("policies", value=[{"statement": {}, "proof": ""}]),
        edit("charter", value={}),
        edit("roster", value={}),
        edit("roster", "entry", value=charter["entry"]),
        edit("charter", "entry", "text", value="another"),
        edit("charter", "entry", "text", value=0.5),
        edit("charter", "proof", value=roster["proof"]),
        edit("charter", "proof", value=""),
        edit("charter", "proof"),
        edit("charter", "consistency", value=roster["consistency"]),
        edit("charter", "consistency", value=[1]),
        edit("charter", "consistency"),
        edit("roster", "consistency", value=[]),
        edit("checkpoint", value=wide.log.checkpoint(NOW)),
        edit("checkpoint", value=server.log.checkpoint(NOW, 2)),
        edit("checkpoint", value=other["checkpoint"]),
        edit("directory", value=other["directory"]),
        edit("directory", value=resigned(size=len(server.log.data) + 1)),
        edit("directory", value=resigned(policy="00" * 32)),
        edit("directory", value=resigned(charter="00" * 32)),
        edit("directory", value=resigned(roster=answer_leaf(answer))),
    ]


def answer_leaf(answer: dict[str, Any]) -> str:
    """The leaf hash of the charter, which is no roster."""
    return next(row for row in answer["directory"].split("\n") if row.startswith("charter ")).removeprefix("charter ")


def unsigned_charter() -> list[Edit]:
    """A charter that the log named and proves, and that a thief signed."""
    server = TinyServer()
    thief = OfficerKey.generate(counting_random("thief"), now=NOW)
    server.charter = server.publish(sign_statement(server.frozen.entry(server.log.origin, 1), thief.signing))
    answer = server.on_get_directory()
    edits = [edit(name, value=answer[name]) for name in ("directory", "checkpoint", "charter")]
    return [*edits, edit("roster", "consistency", value=answer["roster"]["consistency"])]


def swapped() -> dict[str, Any]:
    """A roster that the log named and a thief signed, and the evidence that convicts it."""
    server = TinyServer()
    server.swap_seats()
    answer = server.on_get_directory()
    try:
        check_directory(answer, server.channel, now=NOW)
    except SwappedKey as error:
        evidence = error.evidence
    edits = [edit(name, value=answer[name]) for name in ("directory", "checkpoint", "roster")]
    return {
        "edits": [*edits, edit("charter", "consistency", value=answer["charter"]["consistency"])],
        "evidence_sha256": hashlib.sha256(evidence.encode()).hexdigest(),
    }


# receipt


def receipt() -> dict[str, Any]:
    server = TinyServer(witnesses=("union",))
    filed = filed_at(server)
    server.now += 600
    complete = learned(server, filed.key, filed.receipt)
    answered(server, filed)
    server.now += 600
    acted = author(server, filed).message("One more word.", learned(server, filed.key, complete))
    promised_act = acted.receipt
    server.now += 600
    whole = learned(server, filed.key, promised_act)
    good = {
        "promised": filed.receipt,
        "complete": complete,
        "promised act": promised_act,
        "whole": whole,
        **after_change(),
    }
    return {
        "accepted": [
            {"name": name, "receipt": row.text, "now": NOW + 700, "found": found(row, NOW + 700)}
            for name, row in good.items()
        ],
        "refused": refused_receipts(server, complete, whole),
        "due": [{"name": "promised", "now": NOW + 2 * GRACE}],
    }


def learned(server: TinyServer, key: Any, known: Receipt) -> Receipt:
    grown = follow(server, key, known, server.channel, now=server.now).receipt
    assert grown is not None
    return grown


def found(row: Receipt, now: int) -> dict[str, Any]:
    return row.verify(row.channel, now=now).document


def after_change() -> dict[str, Receipt]:
    server = TinyServer()
    change(server, [UNION], 1)
    filed = filed_at(server)
    return {"after a change of policy": learned(server, filed.key, filed.receipt)}


def refused_receipts(server: TinyServer, complete: Receipt, whole: Receipt) -> list[dict[str, Any]]:
    """Each is the receipt of that name with pieces of its text replaced."""
    first, last = complete.heads[0], complete.heads[-1]
    signer = server.log.keys.note_signer
    stated = Head.parse(Note.parse(last).text)
    other = replace(stated, last=b"\1" * 32).sign(signer)
    later = replace(stated, time=stated.time - 601, size=1).sign(signer)
    proofs, promise = complete.proofs, complete.promise
    made = Promise.parse(Note.parse(promise).text)
    unknown = Note.parse(proofs[0].partition("\n\n")[2]).signatures[0].line.replace("— practice", "— practicf")
    changes: list[tuple[str, list[tuple[str, str]]]] = [
        ("complete", [("demur/receipt/v1", "demur/receipt/v2")]),
        ("complete", [("=== promise\n", "=== Promise\n")]),
        ("complete", [("=== channel\n", "x\n=== channel\n")]),
        ("complete", [("=== proof\n" + proofs[1], "")]),
        ("complete", [(proofs[0], "PROOF"), (proofs[1], proofs[0]), ("PROOF", proofs[1])]),
        ("complete", [("=== head\n" + first, ""), ("=== proof\n", "=== head\n" + first + "=== proof\n")]),
        ("complete", [(last, other), (first, last)]),
        ("complete", [(last, later)]),
        ("complete", [(last, last + last.split("\n")[-2] + "\n")]),
        ("complete", [("channel ", "channel  ")]),
        ("complete", [(f"time {NOW}", f"time {NOW + 1}")]),
        ("complete", [(promise, whole.acts[0].promise)]),
        ("complete", [(promise, replace(made, channel=b"\1" * 32).sign(signer))]),
        ("complete", [(promise, replace(made, policy=b"\1" * 32).sign(signer))]),
        ("complete", [(proofs[0], proofs[0] + unknown + "\n")]),
        ("complete", [('"k":1', '"k": 1')]),
        ("complete", [('"k":1', '"changes":[],"k":1')]),
        ("complete", [('"k":1', '"changes":[1],"k":1')]),
        ("whole", [("=== act-proof\n", "=== act-promise\n")]),
        ("whole", [(whole.acts[0].promise, promise)]),
        ("whole", [("=== act-promise\n" + whole.acts[0].promise, "")]),
        ("after a change of policy", [('"serial":1', '"serial":2')]),
        ("after a change of policy", [('"changes":[', '"changes":[1,')]),
        ("after a change of policy", [("union", "onion")]),
    ]
    return [{"name": name, "now": NOW + 700, "replace": [list(pair) for pair in pairs]} for name, pairs in changes]


MAKERS: dict[str, Callable[[], dict[str, Any]]] = {"channel": channel, "directory": directory, "receipt": receipt}

if __name__ == "__main__":
    for name, maker in MAKERS.items():
        text = json.dumps(maker(), indent=1, ensure_ascii=False, sort_keys=True)
        (DIRECTORY / f"{name}.json").write_text(f"{text}\n", encoding="utf-8")
