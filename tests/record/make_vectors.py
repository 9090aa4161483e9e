# SPDX-License-Identifier: AGPL-3.0-or-later
"""Makes the record's vectors, `spec/vectors/*.json`: run `python tests/record/make_vectors.py`.

Everything comes from the public seeds of `record_samples`, so the files can be made again; only ML-DSA-44 signatures
differ, because signing draws randomness. Cases under `refused` are each one change away from a good one.
"""

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

from record_samples import (
    HEAD_LINES,
    KEYS,
    NOW,
    ORIGIN,
    OTHER,
    PEER,
    UNION,
    checkpoint,
    entries,
    flipped,
    leaves,
    policy,
    proof,
    reading,
    seed,
    signed,
)

from demur import canonical
from demur.record.checkpoint import Checkpoint
from demur.record.cosignature import COSIGNATURE_ED25519
from demur.record.entry import case_entry, commit, cover_event, readable_entry
from demur.record.head import START, Head, item_chain
from demur.record.merkle import EMPTY_ROOT, consistency_proof, inclusion_proof, leaf_hash, root_of
from demur.record.note import ED25519, Note, Signature, format_vkey, sign_note
from demur.record.policy import Policy
from demur.record.promise import Promise

DIRECTORY = Path(__file__).parents[2] / "spec" / "vectors"
LEAVES = leaves(20)
# Public keys under which a signature needs no secret, and one in a second spelling.
UNTRUSTED = [bytes(32), b"\1" + bytes(31), b"\xee" + b"\xff" * 30 + b"\x7f"]


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _flip(data: bytes) -> bytes:
    return bytes([data[0] ^ 1]) + data[1:]


def merkle() -> dict[str, Any]:
    inclusion = [
        {
            "index": index,
            "size": size,
            "leaf": b64(LEAVES[index]),
            "root": b64(root_of(LEAVES[:size])),
            "proof": [b64(part) for part in inclusion_proof(index, size, reading(LEAVES))],
        }
        for index, size in [(0, 1), (0, 2), (1, 2), (2, 3), (4, 7), (6, 7), (7, 8), (8, 9), (19, 20), (5, 20)]
    ]
    consistency = [
        {
            "old": old,
            "new": new,
            "old_root": b64(root_of(LEAVES[:old])),
            "new_root": b64(root_of(LEAVES[:new])),
            "proof": [b64(part) for part in consistency_proof(old, new, reading(LEAVES))],
        }
        for old, new in [(0, 5), (1, 2), (2, 3), (3, 7), (4, 7), (6, 8), (8, 9), (8, 20), (13, 20), (20, 20)]
    ]
    good, grown = inclusion[4], consistency[8]
    return {
        "entries": [b64(data) for data in entries(20)],
        "leaves": [b64(leaf) for leaf in LEAVES],
        "roots": [b64(root_of(LEAVES[:size])) for size in range(21)],
        "inclusion": inclusion,
        "consistency": consistency,
        "refused_inclusion": [
            {**good, "root": b64(_flip(root_of(LEAVES[:7])))},
            {**good, "leaf": b64(LEAVES[5])},
            {**good, "index": 5},
            {**good, "size": 9},
            {**good, "proof": good["proof"][:-1]},
            {**good, "proof": [*good["proof"], b64(LEAVES[0])]},
            {**good, "index": 7},
        ],
        "refused_consistency": [
            {**grown, "new_root": b64(_flip(root_of(LEAVES)))},
            {**grown, "old_root": b64(_flip(root_of(LEAVES[:13])))},
            {**grown, "proof": grown["proof"][:-1]},
            {**grown, "proof": [*grown["proof"], b64(LEAVES[0])]},
            {**grown, "proof": []},
            {**grown, "old": 12},
            {**consistency[9], "old_root": b64(LEAVES[0])},
            {**consistency[0], "old_root": b64(LEAVES[0])},
            {**consistency[0], "proof": [b64(LEAVES[0])]},
            {"old": 2, "new": 1, "old_root": b64(LEAVES[0]), "new_root": b64(LEAVES[0]), "proof": []},
        ],
    }


def note() -> dict[str, Any]:
    text = "We disagree.\n\nThree times.\n"
    good = sign_note(text, [KEYS.note_signer])
    beside = sign_note(text, [OTHER.note_signer, KEYS.note_signer])
    return {
        "seed": seed("log").hex(),
        "vkey": KEYS.vkeys[0],
        "key_id": KEYS.note_signer.verifier.id.hex(),
        "text": text,
        "note": good,
        "accepted": [good, beside],
        "refused": [
            good.replace("Three", "Four"),
            sign_note(text, [OTHER.note_signer]),
            good[:-1],
            good + "\n",
            good.replace("\n", "\r\n"),
            good.replace("\n\n—", "\n—"),
            good.replace("— ", "- "),
            flipped(good, len(good) - 20),
            good + Note.parse(good.replace("Three", "Four")).signatures[0].line,
        ],
        "refused_log_vkeys": [KEYS.vkeys[1], *(format_vkey(ORIGIN, ED25519, key) for key in UNTRUSTED)],
        "refused_vkeys": [
            KEYS.vkeys[0][:-1],
            KEYS.vkeys[0].replace("dissent", "disturb"),
            flipped(KEYS.vkeys[0], len(KEYS.vkeys[0]) - 5),
            f" {KEYS.vkeys[0]}",
        ],
    }


def checkpoints() -> dict[str, Any]:
    tree = checkpoint(20)
    good = signed(20, witnesses={"union": NOW + 5, "peer": NOW + 7})
    return {
        "origin": ORIGIN,
        "size": 20,
        "root": b64(tree.root),
        "text": tree.text,
        "vkeys": {
            "log": KEYS.vkeys[0],
            "log-pq": KEYS.vkeys[1],
            "union": UNION.verifier.vkey,
            "peer": PEER.verifier.vkey,
        },
        "times": {"log-pq": NOW, "union": NOW + 5, "peer": NOW + 7},
        "note": good,
        "refused_texts": [
            tree.text + "extension\n",
            tree.text[:-1],
            tree.text.replace("\n20\n", "\n020\n"),
            tree.text.replace("\n20\n", "\n0\n"),
            tree.text.replace("dissent", "Dissent"),
            tree.text.replace("=\n", "\n"),
        ],
        "refused_notes": [
            good.replace("\n20\n", "\n21\n"),
            *(_with_time_moved(good, name) for name in ("dissent.example.org/pq", "union.example.net/witness")),
        ],
    }


def _with_time_moved(text: str, name: str) -> str:
    lines = []
    for line in Note.parse(text).signatures:
        later = (int.from_bytes(line.data[:8], "big") + 1).to_bytes(8, "big") + line.data[8:]
        lines.append(type(line)(line.name, line.key_id, later) if line.name == name else line)
    return Note(Note.parse(text).text, tuple(lines)).serialized


def proofs() -> dict[str, Any]:
    good = proof(5, 20, note=signed(20)).text
    return {
        "policy": Policy.for_log(KEYS.vkeys).text,
        "leaf": b64(LEAVES[5]),
        "index": 5,
        "size": 20,
        "time": NOW,
        "proof": good,
        "refused": [
            good.replace("index 5", "index 4"),
            good.replace("index 5", "index 05"),
            good.replace("@v1", "@v2"),
            good.replace("\n\n", "\n", 1),
            flipped(good, 40),
            good[:-1],
        ],
    }


def entry() -> dict[str, Any]:
    r, event = seed("r"), {"v": 1, "type": "submit", "origin": ORIGIN, "case": "0d" * 16, "seq": 0, "prev": ""}
    statement = {"v": 1, "type": "charter", "origin": ORIGIN, "text": "§ 1 – everybody may disagree.\n"}
    hidden, cover = case_entry(commit(event, r)), case_entry(commit(cover_event(ORIGIN, 7), r))
    readable = readable_entry(statement)
    return {
        "r": r.hex(),
        "event": event,
        "canonical": canonical.dump(event).decode(),
        "commitment": commit(event, r).hex(),
        "case_entry": hidden.hex(),
        "leaf": b64(leaf_hash(hidden)),
        "cover": {"n": 7, "canonical": canonical.dump(cover_event(ORIGIN, 7)).decode(), "case_entry": cover.hex()},
        "readable": {
            "canonical": canonical.dump(statement).decode(),
            "entry": readable.hex(),
            "leaf": b64(leaf_hash(readable)),
        },
        "refused": [
            hidden[:-1].hex(),
            (hidden + b"\0").hex(),
            hidden.replace(b"v1", b"v2").hex(),
            (readable + b" ").hex(),
            (b"demur/open/v1\0" + b'{"type":"charter", "v":1}').hex(),
            (b"demur/open/v1\0" + canonical.dump({**statement, "v": 2})).hex(),
        ],
    }


def _promise() -> Promise:
    digest = Policy.for_log(KEYS.vkeys).sha256
    channel = hashlib.sha256(b"a channel").digest()
    return Promise(
        origin=ORIGIN, channel=channel, policy=digest, entries=tuple(LEAVES[:2]), time=NOW, not_after=NOW + 90_000
    )


def promise() -> dict[str, Any]:
    made = _promise()
    good = made.sign(KEYS.note_signer)
    return {
        "vkey": KEYS.vkeys[0],
        "promise": good,
        "origin": ORIGIN,
        "channel": made.channel.hex(),
        "policy": made.policy.hex(),
        "entries": [b64(leaf) for leaf in made.entries],
        "time": made.time,
        "not_after": made.not_after,
        "refused": [
            *_resigned(
                made.text,
                ("time 1", "time 01"),
                ("promise/v1", "promise/v2"),
                (f"not-after {NOW + 90_000}", f"not-after {NOW - 1}"),
                (b64(LEAVES[1]), b64(LEAVES[0])),
                ("origin dissent", "origin consent"),
                ("policy ", "policy  "),
            ),
            good.replace("not-after 1", "not-after 2"),
            sign_note(made.text, [KEYS.note_signer, OTHER.note_signer]),
        ],
    }


def _resigned(text: str, *changes: tuple[str, str]) -> list[str]:
    """Texts that the log itself signed, each with one change that no honest log makes."""
    return [sign_note(text.replace(old, new), [KEYS.note_signer]) for old, new in changes]


def head() -> dict[str, Any]:
    items = [hashlib.sha256(f"item {n}".encode()).digest() for n in range(5)]
    chain = [START]
    for item in items:
        chain.append(item_chain(chain[-1], item))

    def made(count: int, *, time: int, size: int, last: bytes = b"") -> str:
        whole = Head(origin=ORIGIN, mailbox="0f" * 16, count=count, last=last or chain[count], time=time, size=size)
        return whole.sign(KEYS.note_signer)

    older, newer = made(3, time=NOW, size=20), made(5, time=NOW + 61, size=22)
    text = Note.parse(newer).text
    swapped = [items[0], items[2], items[1], *items[3:]]
    other = START
    for item in swapped:
        other = item_chain(other, item)
    return {
        "vkey": KEYS.vkeys[0],
        "items": [item.hex() for item in items],
        "chain": [value.hex() for value in chain],
        "older": older,
        "newer": newer,
        "refused": [
            *_resigned(
                text,
                ("origin dissent", "origin consent"),
                ("count 5", "count 05"),
                ("count 5", "count 0"),
                ("mailbox 0f", "mailbox 0F"),
                ("v1", "v2"),
            ),
            newer.replace("count 5", "count 4"),
        ],
        "contradictions": [
            {"older": older, "newer": made(2, time=NOW + 61, size=22), "items": [item.hex() for item in items[:2]]},
            {
                "older": older,
                "newer": made(5, time=NOW + 61, size=22, last=other),
                "items": [item.hex() for item in swapped],
            },
            {"older": older, "newer": made(5, time=NOW + 61, size=19), "items": [item.hex() for item in items]},
            {"older": older, "newer": newer, "items": [item.hex() for item in items[:3]]},
        ],
    }


ADDRESSES = (
    "https://union.example.net",
    "https://union.example.net/witness/",
    "https://Union-1.example.net:65535/~a/b%20c",
    "http://localhost:1",
    "http://127.0.0.1:8766",
    "http://[::1]:8766/",
    "https://[2001:db8::192.0.2.1]",
    "https://" + "a" * 63 + ".example",
)
NO_ADDRESSES = (
    "http://127.0.0.1:99999",
    "http://127.0.0.1:0",
    "http://127.0.0.1:65536",
    "http://127.0.0.1:08766",
    "http://127.0.0.1:port",
    "http://127.0.0.1:",
    "http://:8766",
    "http://",
    "https://union..example.net",
    "https://.example.net",
    "https://-union.example.net",
    "https://" + "a" * 64 + ".example",
    "https://somebody:secret@union.example.net",
    "https://union.example.net?a=b",
    "https://union.example.net/#top",
    "https://union.example.net\\witness",
    "http://[::1",
    "http://::1]:8766",
    "http://[::g]:8766",
    "http://[1::2::3]:8766",
    "http://[127.0.0.1]:8766",
    "http://[fe80::1%eth0]:8766",
    "ftp://union.example.net",
    "https:/union.example.net",
    "https://union.example.net/" + "a" * 300,
)


def _at(url: str) -> str:
    """A policy with a witness at this address."""
    return f"{HEAD_LINES}witness union {UNION.verifier.vkey} {url}\nquorum log-pq\n"


def policies() -> dict[str, Any]:
    alone = Policy.for_log(KEYS.vkeys)
    witnessed = policy(
        "union", "peer", "press", rules="group outside 2 union peer press\ngroup all all log-pq outside\nquorum all\n"
    )
    inhouse = policy("inhouse-audit", rules="group all all log-pq inhouse-audit\nquorum all\n")

    def case(trust: Policy, witnesses: dict[str, int]) -> dict[str, Any]:
        text = signed(20, witnesses=witnesses)
        accepted = trust.accept(text)
        return {
            "policy": trust.text,
            "sha256": trust.sha256.hex(),
            "checkpoint": text,
            "times": dict(accepted.times),
            "witnesses": accepted.witnesses,
            "time": accepted.time,
            "unwitnessed": accepted.unwitnessed,
        }

    good = signed(20, witnesses={"union": NOW + 5, "peer": NOW + 9})
    twice = Note.parse(good).adding(UNION.sign_at(checkpoint(20).text, NOW - 9)).serialized
    return {
        "accepted": [
            case(alone, {}),
            case(witnessed, {"union": NOW + 5, "peer": NOW + 9}),
            case(witnessed, {"union": NOW + 50, "peer": NOW + 9, "press": NOW + 20}),
            case(inhouse, {"inhouse-audit": NOW - 90}),
        ],
        "not_met": [
            {"policy": alone.text, "checkpoint": sign_note(checkpoint(20).text, [KEYS.note_signer])},
            {"policy": witnessed.text, "checkpoint": signed(20, witnesses={"union": NOW + 5})},
            {"policy": witnessed.text, "checkpoint": twice},
            {"policy": alone.text, "checkpoint": _of_another_origin()},
            {"policy": alone.text, "checkpoint": _without_the_log(good)},
            {"policy": witnessed.text, "checkpoint": _at_no_time(signed(20, witnesses={"peer": NOW}))},
        ],
        "refused": [
            "# a comment\n" + alone.text,
            alone.text + "\n",
            alone.text[:-1],
            alone.text.replace(" ", "  ", 1),
            alone.text.replace("quorum log-pq", "quorum none"),
            witnessed.text.replace("quorum all", "quorum outside"),
            witnessed.text.replace("outside 2", "outside 4"),
            witnessed.text.replace("outside 2 union", "outside 2 union union"),
            witnessed.text.replace("all all log-pq", "all any log-pq"),
            witnessed.text.replace("outside 2 union peer press", "outside 2 union peer constructor"),
            witnessed.text.replace("group all", "group more any union\ngroup all"),
            _line_moved(witnessed.text, "witness press", "quorum"),
            _line_moved(witnessed.text, "group outside", "witness press"),
            _line_moved(alone.text, "witness", "log"),
            _with_key(witnessed.text, "press", UNION.verifier.public),
            _with_key(witnessed.text, "press", KEYS.note_signer.verifier.public),
            *(_with_key(witnessed.text, "press", key) for key in UNTRUSTED),
            *(_at(url) for url in NO_ADDRESSES),
        ],
        "read": [_at(url) for url in ADDRESSES],
    }


def _of_another_origin() -> str:
    """What the log signed under its own keys about another log's record."""
    tree = checkpoint(20)
    text = Checkpoint(origin="other.example.org", size=20, root=tree.root).text
    note = Note.parse(sign_note(text, [KEYS.note_signer]))
    return note.adding(KEYS.cosigner.sign_at(text, NOW)).serialized


def _without_the_log(text: str) -> str:
    note = Note.parse(text)
    return Note(note.text, note.signatures[1:]).serialized


def _at_no_time(text: str) -> str:
    """The checkpoint with a cosignature that holds and states the time 0."""
    note = Note.parse(text)
    zero = UNION._key.sign(f"cosignature/v1\ntime 0\n{note.text}".encode())
    return note.adding(Signature(UNION.name, UNION.verifier.id, bytes(8) + zero)).serialized


def _line_moved(text: str, start: str, before: str) -> str:
    rows = text.splitlines(keepends=True)
    moved = next(row for row in rows if row.startswith(start))
    rows.remove(moved)
    rows.insert(next(n for n, row in enumerate(rows) if row.startswith(before)), moved)
    return "".join(rows)


def _with_key(text: str, name: str, key: bytes) -> str:
    vkey = format_vkey(f"{name}.example.info/witness", COSIGNATURE_ED25519, key)
    rows = text.splitlines(keepends=True)
    return "".join(f"witness {name} {vkey}\n" if row.startswith(f"witness {name} ") else row for row in rows)


MAKERS = {
    "merkle": merkle,
    "note": note,
    "checkpoint": checkpoints,
    "proof": proofs,
    "entry": entry,
    "promise": promise,
    "head": head,
    "policy": policies,
}

if __name__ == "__main__":
    assert b64(EMPTY_ROOT) == b64(hashlib.sha256(b"").digest())
    for name, maker in MAKERS.items():
        text = json.dumps(maker(), indent=1, ensure_ascii=False, sort_keys=True)
        (DIRECTORY / f"{name}.json").write_text(f"{text}\n", encoding="utf-8")
