# SPDX-License-Identifier: AGPL-3.0-or-later
"""Two readers of one format must take and refuse the same texts: a record that the browser forgives and `demur verify` refuses, or
the other way round, is a way to tell two people two things. Thousands of texts, each a few changes away from a good one, are shown to both.
"""

import json
import random
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tiny_record import NOW, TinyServer

from demur import canonical
from demur.charter.channel import Channel
from demur.charter.directory import open_directory
from demur.charter.officers import check_statement
from demur.charter.roster import Roster
from demur.client.receipt import Receipt, read_channel_line
from demur.errors import DemurError
from demur.record.checkpoint import Checkpoint
from demur.record.entry import read_entry
from demur.record.head import open_head
from demur.record.note import Ed25519Verifier, Note, parse_vkey, sign_note
from demur.record.policy import Policy
from demur.record.promise import open_promise
from demur.record.proof import Proof
from serving import HANGS

pytestmark = [pytest.mark.adversary, pytest.mark.vectors]
VECTORS = Path(__file__).parents[2] / "spec" / "vectors"
SCRIPT = Path(__file__).parent / "node" / "reading.mjs"
EACH = 120  # changed texts of each good one
LETTERS = [
    *' \n\r\t\0=+/-01aAzZ—.:,"{}[]',
    "\u00a0",
    "\u2028",
    "\u0085",
    "\ufeff",
    "\u200b",
    "é",
    "０",
    "\U0001f600",
    "\n\n",
    "00",
    "true",
]


def vectors(name: str) -> Any:
    return json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))


READERS: dict[str, Callable[[str, str], Any]] = {
    "note": lambda text, _: Note.parse(text),
    "vkey": lambda text, _: parse_vkey(text),
    "checkpoint": lambda text, _: Checkpoint.parse(text),
    "accepted": lambda text, policy: Policy.parse(policy).accept(text),
    "policy": lambda text, _: Policy.parse(text),
    "promise": lambda text, vkey: open_promise(text, Ed25519Verifier.from_vkey(vkey)),
    "head": lambda text, vkey: open_head(text, Ed25519Verifier.from_vkey(vkey)),
    "directory": lambda text, vkey: open_directory(text, Ed25519Verifier.from_vkey(vkey)),
    "proof": lambda text, _: Proof.parse(text),
    "entry": lambda text, _: read_entry(bytes.fromhex(text)),
    "channel": lambda text, _: Channel.from_document(json.loads(text)),
    "line": lambda text, _: read_channel_line(text),
    "roster": lambda text, _: Roster.from_statement(json.loads(text)),
    "statement": lambda text, line: check_statement(json.loads(text), read_channel_line(line)),
    "receipt": lambda text, now: Receipt.parse(text.encode()).verify(None, now=int(now)),
}


def taken_by_python(kind: str, text: str, beside: str) -> bool:
    try:
        READERS[kind](text, beside)
    except DemurError:
        return False
    return True


def taken_by_browser(rows: list[dict[str, str]], way: str) -> list[bool]:
    asked = "".join(json.dumps(row) + "\n" for row in rows)
    done = subprocess.run(["node", str(SCRIPT), way], input=asked, capture_output=True, text=True, timeout=HANGS)
    assert done.returncode == 0, done.stderr[-3000:]
    return [line == "true" for line in done.stdout.splitlines()]


# good texts


def texts() -> list[tuple[str, str, str]]:
    """Kind, text, and what it is read with; "" for nothing."""
    channel, policy = vectors("channel"), vectors("policy")
    whole = channel["accepted"][1]
    receipts = {row["name"]: row["receipt"] for row in vectors("receipt")["accepted"]}
    return [
        ("note", vectors("note")["accepted"][1], ""),
        ("vkey", vectors("note")["vkey"], ""),
        ("checkpoint", vectors("checkpoint")["text"], ""),
        ("accepted", policy["accepted"][2]["checkpoint"], policy["accepted"][2]["policy"]),
        ("policy", policy["accepted"][1]["policy"], ""),
        ("policy", policy["accepted"][3]["policy"], ""),
        ("policy", loose(policy["accepted"][1]["policy"]), ""),
        ("accepted", policy["not_met"][2]["checkpoint"], policy["accepted"][0]["policy"]),
        ("proof", vectors("proof")["proof"], ""),
        ("proof", vectors("proof")["proof"].replace("index", "extra AAEC\nindex"), ""),
        ("line", channel["policies"]["channel"], ""),
        ("line", channel["policies"]["line"], ""),
        ("receipt", receipts["promised"], str(NOW + 700)),
        ("receipt", receipts["whole"], str(NOW + 700)),
        ("channel", canonical.dump(whole["document"]).decode(), ""),
        ("roster", canonical.dump(channel["roster"]["accepted"][0]).decode(), ""),
        ("statement", canonical.dump(channel["statement"]["accepted"][0]).decode(), whole["line"]),
    ]


def loose(policy: str) -> str:
    """The policy with groups that nothing needs: more ways in which its lines could stand."""
    return policy.replace("group all", "group spare any log-pq\ngroup more all spare\ngroup all").replace(
        "all log-pq out", "all more out"
    )


def signed(server: TinyServer) -> list[tuple[str, str]]:
    """Texts that the log itself signs, whatever they say."""
    names = {
        "promise": vectors("promise")["promise"],
        "head": vectors("head")["newer"],
        "directory": vectors("directory")["note"],
    }
    own = server.log.origin
    return [(kind, Note.parse(note).text.replace("dissent.example.org", own)) for kind, note in names.items()]


# changes


def changed(text: str, rng: random.Random) -> str:
    """The text after one to three changes such as a careless or a malicious writer makes."""
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        text = rng.choice(CHANGES)(text, rng)
    return text


def _at(text: str, rng: random.Random) -> int:
    # Half of them where lines meet, because that is where forms are decided.
    ends = [place for place, letter in enumerate(text) if letter in '\n "+']
    return rng.choice(ends) if ends and rng.random() < 0.5 else rng.randrange(len(text) + 1)


def _insert(text: str, rng: random.Random) -> str:
    at = _at(text, rng)
    return text[:at] + rng.choice(LETTERS) + text[at:]


def _drop(text: str, rng: random.Random) -> str:
    at = _at(text, rng)
    return text[:at] + text[at + rng.choice([1, 1, 2, 44]) :]


def _other(text: str, rng: random.Random) -> str:
    at = _at(text, rng)
    return text[:at] + rng.choice(LETTERS) + text[at + 1 :]


def _case(text: str, rng: random.Random) -> str:
    at = _at(text, rng)
    return text[:at] + text[at : at + 1].swapcase() + text[at + 1 :]


def _shuffled(rows: list[Any], rng: random.Random, *, first: int = 0) -> None:
    """From `first` on a row doubled, or dropped, or two exchanged."""
    one, two = rng.randrange(first, len(rows)), rng.randrange(first, len(rows))
    change = rng.randrange(3)
    if change == 0:
        rows.insert(one, rows[two])
    elif change == 1:
        del rows[one]
    else:
        rows[one], rows[two] = rows[two], rows[one]


def _lines(text: str, rng: random.Random) -> str:
    rows = text.split("\n")
    _shuffled(rows, rng)
    return "\n".join(rows)


def _cut(text: str, rng: random.Random) -> str:
    return text[: _at(text, rng)]


def _number(text: str, rng: random.Random) -> str:
    found = list(re.finditer(r"(?<![0-9A-Za-z+/=])[0-9]{1,16}(?![0-9A-Za-z+/=])", text))
    if not found:
        return text
    match = rng.choice(found)
    n = int(match[0])
    other = rng.choice(
        [f"0{n}", f"{n}0", str(n + 1), str(max(n - 1, 0)), "0", f"-{n}", f"+{n}", str(2**53), str(2**53 - 1)]
    )
    return text[: match.start()] + other + text[match.end() :]


def _word(text: str, rng: random.Random) -> str:
    words = re.split(r"([ \n\",:+]+)", text)
    first = rng.choice([0, max(0, len(words) - 40) // 2 * 2])  # the end of a policy is where its rules stand
    one, two = rng.randrange(first, len(words), 2), rng.randrange(first, len(words), 2)
    words[one] = rng.choice([words[two], words[two], "", words[one] + words[one]])
    return "".join(words)


def _last(text: str, rng: random.Random) -> str:
    """The signatures of a note, and other lines at the end: more of them, fewer, in another order."""
    rows = text.removesuffix("\n").split("\n")
    tail = min(4, len(rows))
    end = [rng.choice(rows[-tail:]) for _ in range(rng.randrange(1, tail + 2))]
    return "\n".join([*rows[:-tail], *end]) + "\n"


def _sections(text: str, rng: random.Random) -> str:
    parts = re.split(r"(?m)^(?==== )", text)
    if len(parts) < 3:
        return text
    _shuffled(parts, rng, first=1)
    return "".join(parts)


def _rows(text: str, rng: random.Random) -> str:
    """The lists inside a JSON object: rows doubled, dropped, exchanged; what is written is canonical."""
    try:
        value = json.loads(text)
        lists = [part for part in _parts(value) if isinstance(part, list) and part]
        if not isinstance(value, dict) or not lists:
            return text
        rows = rng.choice(lists)
        _shuffled(rows, rng)
        return canonical.dump(value).decode() + ("\n" if text.endswith("\n") else "")
    except (ValueError, DemurError):
        return text


def _parts(value: Any) -> Iterator[Any]:
    yield value
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for part in inner:
        yield from _parts(part)


CHANGES = [
    _insert,
    _drop,
    _other,
    _case,
    _lines,
    _lines,
    _cut,
    _number,
    _number,
    _word,
    _last,
    _sections,
    _sections,
    _rows,
    _rows,
]


def swarm(rng: random.Random) -> list[dict[str, str]]:
    server = TinyServer()
    rows: list[dict[str, str]] = []
    for kind, text, beside in texts():
        variants = [text, *(changed(text, rng) for _ in range(EACH))]
        if kind in {"channel", "roster", "statement"}:
            variants = [row for row in variants if is_object(row)]
        rows += [{"kind": kind, "text": row, "beside": beside} for row in variants]
    vkey, own = server.log.keys.vkeys[0], server.log.keys.note_signer
    stranger = TinyServer("other.example.org").log.keys.note_signer
    for kind, text in signed(server):
        for row in [text, *(changed(text, rng) for _ in range(EACH))]:
            try:
                signers = [own, stranger] if rng.random() < 0.1 else [own]
                rows.append({"kind": kind, "text": sign_note(row, signers), "beside": vkey})
            except DemurError:
                continue  # no text of a note
    for entry in [vectors("entry")["case_entry"], vectors("entry")["readable"]["entry"]]:
        rows += [{"kind": "entry", "text": mangled(entry, rng), "beside": ""} for _ in range(EACH)]
    return rows


def is_object(text: str) -> bool:
    """Whether it is an object to both: Python's reader takes NaN, a browser's takes 1.0 for 1, and canonical texts hold neither."""
    try:
        return isinstance(json.loads(text, parse_constant=_none, parse_float=_none), dict)
    except ValueError:
        return False


def _none(token: str) -> Any:
    raise ValueError(token)


def mangled(entry: str, rng: random.Random) -> str:
    data = bytearray.fromhex(entry)
    for _ in range(rng.randrange(3)):
        data[rng.randrange(len(data))] = rng.choice(b'\0 "{}:,v12\xff\x7f')
    cut = rng.choice([len(data), len(data), len(data) - 1])
    return data[:cut].hex()


@pytest.mark.parametrize("way", ["webcrypto", "portable"])
def test_the_browser_takes_and_refuses_what_python_does(way: str) -> None:
    rows = swarm(random.Random(f"two readers, {way}"))
    expected = [taken_by_python(**row) for row in rows]
    found = taken_by_browser(rows, way)
    differ = [(row, ours) for row, ours, theirs in zip(rows, expected, found, strict=True) if ours is not theirs]
    assert differ == []
    assert sum(expected) > 20  # some of the changes change nothing that counts
    assert len(rows) > 1500
