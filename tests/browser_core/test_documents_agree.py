# SPDX-License-Identifier: AGPL-3.0-or-later
"""Dissents and replies made in the browser are, byte for byte, those that Python makes of the same words."""

import base64
import json
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demur.dissent.documents import dissent as dissents
from demur.dissent.documents.reply import Reply
from demur.dissent.documents.replying import from_template as reply_from
from demur.dissent.errors import DissentError
from demur.schema import is_visible
from real_cases import data_directory
from serving import HANGS

SCRIPT = Path(__file__).parent / "documents.mjs"
STRANGE = [
    "plain",
    "two\nlines\n",
    "a\r\n\r\nb\r\n \r\nc",
    "a\n\n\n \t\nb\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029",
    '"""\n\\u0041 \\ "" \'\'\'',
    "\ufeffmark first",
    "\u200e\u202ebidi \u2066 zero\u200bwidth",
    "nul \x00 bell \x07 del \x7f c1 \x9f",
    "\x1c\n\n\x85",
    "مرحبا\n\n你好\n\n🏳️‍🌈 e\u0301",
    "x" * 130 + "\n\n" + "🙂" * 130,
    " \u3000\n\n\u00a0",
    "",
]


def made(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """What node makes of each row."""
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    done = subprocess.run(["node", str(SCRIPT)], input=lines.encode(), capture_output=True, check=True, timeout=HANGS)
    return [json.loads(line) for line in done.stdout.splitlines()]


def told(text: bytes) -> str:
    return base64.b64encode(text).decode()


def as_text(text: str) -> dict[str, Any]:
    return {"make": "text", "name": "a.txt", "text": told(text.encode()), "claims": []}


def as_template(text: str) -> dict[str, Any]:
    more = {"prompts": {"decision": text, "standing": text}, "claims": [text, "Another."], "language": text[:20]}
    return {"make": "template", "subject": text, "dissent": text, "recommendation": text, **more}


def check_text(text: str, answer: dict[str, Any]) -> None:
    try:
        wanted = dissents.from_text(text.encode(), name="a.txt")
    except DissentError:
        assert "refused" in answer
        return
    assert base64.b64decode(answer["dissent"]) == wanted.json
    assert answer["paragraphs"] == dissents.paragraphs(text)
    assert dissents.Dissent.parse(wanted.json) == wanted


def check_template(text: str, answer: dict[str, Any]) -> None:
    if not is_visible(text):
        assert answer == {"refused": "empty"}
        return
    if len(text.encode()) > 4096:
        assert answer == {"refused": "too-long"}
        return
    original = base64.b64decode(answer["original"]).decode()
    again = dissents.from_template(original, name="dissent.toml")
    assert base64.b64decode(answer["dissent"]) == again.json
    assert (again.subject, again.text, again.claims[0].text) == (text, text, text)


def check_all(texts: list[str]) -> None:
    for text, answer in zip(texts, made(map(as_text, texts)), strict=True):
        check_text(text, answer)
    for text, answer in zip(texts, made(map(as_template, texts)), strict=True):
        check_template(text, answer)


def test_strange_texts_make_the_same_documents() -> None:
    check_all(STRANGE)


@settings(max_examples=5)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=60), min_size=60, max_size=60))
def test_any_text_makes_the_same_documents(texts: list[str]) -> None:
    check_all(texts)


def test_claims_point_at_the_same_paragraphs() -> None:
    text = "One.\n\nTwo\nlines.\r\n\r\nThree.\n"
    (answer,) = made([{**as_text(text), "claims": [3, 2]}])
    assert base64.b64decode(answer["dissent"]) == dissents.from_text(text.encode(), name="a.txt", claims=[3, 2]).json
    refused = made([{**as_text(text), "claims": claims} for claims in ([4], [0], [1, 1])])
    assert refused == [{"refused": "claims"}] * 3


REPLY = {
    "outcome": "in_part",
    "text": "Looked at.",
    "signed_by": "The office",
    "answers": [
        {"claim": 2, "kind": "referred", "text": "There.", "to": "safety"},
        {"claim": 1, "kind": "answered", "text": "Put off."},
    ],
    "commitments": [{"text": "Counted.", "date": "2027-06-30"}],
}
CLAIMS = [{"n": 1}, {"n": 2}]


def changed(**members: Any) -> dict[str, Any]:
    return {"make": "reply", "reply": {**REPLY, **members}, "claims": CLAIMS, "most": 9}


def test_a_reply_is_the_one_that_python_makes_of_the_same_answers() -> None:
    dissent = dissents.from_text(b"One.\n\nTwo.\n", name="a.txt", claims=[1, 2])
    toml = (
        'outcome = "in_part"\ntext = "Looked at."\nsigned_by = "The office"\n'
        '[[answer]]\nclaim = 2\nkind = "referred"\ntext = "There."\nto = "safety"\n'
        '[[answer]]\nclaim = 1\nkind = "answered"\ntext = "Put off."\n'
        '[[commitment]]\ntext = "Counted."\ndate = "2027-06-30"\n'
    )
    (answer,) = made([changed()])
    data = base64.b64decode(answer["reply"])
    assert data == reply_from(toml, dissent, most=9).json
    (read,) = made([{"make": "read", "kind": "reply", "data": answer["reply"]}])
    assert read["read"]["answers"][1]["to"] == "safety"
    assert Reply.parse(data).counts == {"answered": 1, "referred": 1, "declined": 0}


def test_a_reply_that_passes_over_a_claim_or_lacks_a_part_is_refused() -> None:
    first = REPLY["answers"][0]
    bad = [
        (changed(answers=[first]), "unanswered"),
        (changed(answers=[*REPLY["answers"], first]), "unanswered"),
        (changed(answers=[*REPLY["answers"], {**first, "claim": 3}]), "unanswered"),
        (changed(outcome="maybe"), "empty"),
        (changed(outcome="out_of_scope"), "empty"),
        (changed(answers=[{**first, "to": " "}, REPLY["answers"][1]]), "empty"),
        (changed(commitments=[{"text": "", "date": "2027-06-30"}]), "empty"),
        (changed(text="\ud800"), "text"),
    ]
    assert [answer.get("refused") for answer in made(row for row, _ in bad)] == [code for _, code in bad]


@pytest.mark.parametrize("change", [b"  ", b'"v":3', b'"more":1,'])
def test_documents_that_are_not_in_their_one_form_are_refused_by_both(change: bytes) -> None:
    good = dissents.from_text(b"One.\n", name="a.txt").json
    bad = {
        b"  ": good + change,
        b'"v":3': good.replace(b'"v":2', change),
        b'"more":1,': good.replace(b'{"', b'{"more":1,"', 1),
    }[change]
    with pytest.raises(DissentError):
        dissents.Dissent.parse(bad)
    read = made([{"make": "read", "kind": "dissent", "data": told(data)} for data in (good, bad)])
    assert ["refused" in row for row in read] == [False, True]


@pytest.mark.data
def test_real_and_nasty_texts_make_the_same_documents() -> None:
    place = data_directory()
    assert place is not None
    blns: list[str] = json.loads((place / "blns" / "blns.json").read_text(encoding="utf-8"))
    files = [path for name in ("dissents", "languages", "nasty") for path in sorted((place / name).rglob("*.txt"))]
    texts = [data.decode() for path in files if b"\0" not in (data := path.read_bytes()) and _is_utf8(data)]
    assert len(blns) > 400
    assert len(texts) > 60
    check_all([*blns, *texts])


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
