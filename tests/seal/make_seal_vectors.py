# SPDX-License-Identifier: AGPL-3.0-or-later
"""Makes the vectors of sealing: `python tests/seal/make_seal_vectors.py`. Deterministic; what it writes is CC0."""

import hashlib
import json
from pathlib import Path
from typing import Any

from demur import canonical
from demur.dissent import events
from demur.dissent.bundle import pack_bundle
from demur.seal import container
from demur.seal.padme import FLOOR, padded_length
from demur.seal.requests import sign_request
from demur.seal.returning import ReturnKeys
from demur.seal.signing import SigningKey
from demur.seal.words import bits_as_words, entropy_to_words, nearest, typed_words

VECTORS = Path(__file__).parents[2] / "spec" / "vectors"
ORIGIN = "dissent.example.org"
KEY = SigningKey(bytes(range(32)))


def canonical_vectors() -> dict[str, Any]:
    good = [
        {},
        {"b": 1, "a": [True, False, "x"]},
        {
            "\u20ac": "euro",
            "\r": "return",
            "\ufb33": "letter",
            "1": "one",
            "\U0001f600": "face",
            "\u0080": "control",
            "\u00f6": "o",
        },
        {"text": 'quote " slash \\ tab \t null \u0000 delete \u007f line \u2028'},
        {"most": 2**53 - 1, "least": -(2**53 - 1), "nested": {"z": {}, "y": []}},
    ]
    bad = [
        '{"a": 1}',
        '{"b":1,"a":2}',
        '{"a":1.0}',
        '{"a":null}',
        '{"a":1e3}',
        '{"a":1,"a":2}',
        '{"a":9007199254740993}',
        '{"a":"\\u0041"}',
        "{}\n",
        '{"a":-0}',
    ]
    return {
        "good": [{"value": value, "hex": canonical.dump(value).hex()} for value in good],
        "bad": [text.encode().hex() for text in bad],
    }


def container_vectors() -> dict[str, Any]:
    rows = []
    for floor, files in (
        (2048, {"case.json": b"{}"}),
        (FLOOR, {"dissent.json": b'{"v":1}', "surat.txt": b"Penyeberangan.\n"}),
        (64, {"a.txt": b""}),
    ):
        manifest = {
            "v": 1,
            "type": "submit",
            "origin": ORIGIN,
            "case": "0" * 32,
            "files": [{"name": name} for name in files],
        }
        packed = container.pack(manifest, list(files.values()), KEY, floor=floor)
        opened = container.unpack(packed, by=KEY.public, floor=floor)
        rows.append(
            {
                "floor": floor,
                "files": {n: d.hex() for n, d in files.items()},
                "manifest": opened.manifest,
                "signature": opened.signature.hex(),
                "length": len(packed),
                "sha256": hashlib.sha256(packed).hexdigest(),
            }
        )
    return {"seed": KEY.seed.hex(), "public": KEY.public.hex(), "containers": rows}


def padme_vectors() -> dict[str, Any]:
    sizes = [0, 1, 32_768, 32_769, 33_792, 33_793, 65_536, 100_000, 1_000_000, 12_345_678, 2**31]
    return {
        "floor": FLOOR,
        "lengths": {str(n): padded_length(n) for n in sizes},
        "floor 1": {str(n): padded_length(n, 1) for n in (1, 2, 3, 9, 100, 1000)},
    }


# However people write down and copy words: numbered, in a sentence, by a telephone, out of a document.
TYPED = (
    "addict worth zoo",
    "  Addict\tWORTH\u00a0zoo\r\n",
    "1. addict 2. worth 3) zoo",
    "1addict2worth3zoo",
    "addict, worth, zoo.",
    "addict-worth\u2013zoo",
    "\u201caddict\u201d \u2018worth\u2019 'zoo'",
    "addict\nworth\nzoo\n",
    "\ufeffaddict\u200b worth\u200bzoo\u200e",
    "add\u00adict wor\u200bth zoo",
    "\u2022 addict\n\u2022 worth\n\u2022 zoo",
    "\uff41\uff44\uff44\uff49\uff43\uff54\u3000worth/zoo",
    "\u0130ce \u00e1ddict zoo",
    "addikt w\u00f6rth \u0436zoo",
    "stro\u200bnk zoo",
    "\u02bcaddict\u02bc",
    "12 34 ... \u200b",
    "",
)


def words_vectors() -> dict[str, Any]:
    rows = []
    for entropy in (bytes(16), bytes(range(16)), b"\xff" * 16):
        for origin in (ORIGIN, "practice-0011223344556677"):
            keys = ReturnKeys.from_entropy(entropy, origin)
            rows.append(
                {
                    "entropy": entropy.hex(),
                    "words": " ".join(entropy_to_words(entropy)),
                    "origin": origin,
                    "identity": keys.identity.text,
                    "recipient_sha256": hashlib.sha256(keys.recipient.text.encode()).hexdigest(),
                    "sign_public": keys.signing.public.hex(),
                    "mailbox": keys.mailbox,
                    "bearer": keys.bearer.hex(),
                }
            )
    digest = hashlib.sha256(b"channel").digest()
    return {
        "return": rows,
        "typed": [{"text": text, "words": typed_words(text)} for text in TYPED],
        "nearest": {
            word: nearest(word)
            for word in ("stronk", "abandn", "addcit", "cruil", "zoo", "x", "zzzzzzzz", "wrod", "bananas")
        },
        "channel": {"digest": digest.hex(), "six": bits_as_words(digest, 66), "twelve": bits_as_words(digest, 132)},
    }


def request_vectors() -> dict[str, Any]:
    said: dict[str, Any] = {
        "seat": "custodian",
        "method": "GET",
        "path": "/api/v1/seats/custodian/inbox?after=5",
        "origin": ORIGIN,
        "now": 1_795_430_000,
        "nonce": bytes(range(16)).hex(),
    }
    return {"public": KEY.public.hex(), **said, "body": "", "header": sign_request(KEY, body=b"", **said)}


def event_vectors() -> dict[str, Any]:
    act = events.make_act(
        "reply",
        origin=ORIGIN,
        case="0" * 32,
        seq=5,
        prev="a" * 64,
        charter="b" * 64,
        roster="c" * 64,
        seat="custodian",
        body="d" * 64,
        outcome="in_part",
        answered=2,
        referred=1,
        declined=0,
    )
    event = events.event_from_act(act, events.sign_act(act, KEY), 1_795_430_000)
    r = bytes(range(32))
    item = events.item_hash(5, body="e" * 64, event=event, r=r.hex())
    bundle = pack_bundle({"v": 1, "type": "act", "act": act, "signature": event["signature"]}, [("body", b"sealed")])
    return {
        "public": KEY.public.hex(),
        "event": event,
        "r": r.hex(),
        "commitment": events.commitment(event, r).hex(),
        "salt": "1" * 64,
        "sealed": b"sealed".hex(),
        "salted": events.salted(bytes.fromhex("1" * 64), b"sealed"),
        "item": {"n": 5, "body": "e" * 64, "hash": item.hex()},
        "bundle_sha256": hashlib.sha256(bundle).hexdigest(),
    }


MAKERS = {
    "canonical": canonical_vectors,
    "container": container_vectors,
    "padme": padme_vectors,
    "return-words": words_vectors,
    "seat-request": request_vectors,
    "event": event_vectors,
}


def text_of(name: str) -> str:
    return json.dumps(MAKERS[name](), indent=1, ensure_ascii=True, sort_keys=True) + "\n"


if __name__ == "__main__":
    for vector in MAKERS:
        (VECTORS / f"{vector}.json").write_text(text_of(vector))
