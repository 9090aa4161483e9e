# SPDX-License-Identifier: AGPL-3.0-or-later
"""Makes `spec/vectors/dissent.json`: `python tests/dissent/make_document_vectors.py`. Where texts are parted, where passages stand in
them, what is too little for an answer, and which documents are ones.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from demur import canonical
from demur.dissent.documents.case import read_case, read_kept_case, read_opening
from demur.dissent.documents.dissent import Dissent
from demur.dissent.documents.paragraphs import BY_BLANK, BY_LINES, Passage, find, parting, passages
from demur.dissent.documents.reading import is_date
from demur.dissent.documents.reply import Reply
from demur.dissent.documents.replying import letters
from demur.dissent.documents.short import read_short
from demur.dissent.errors import DocumentError
from demur.dissent.manifests import check_form
from demur.schema import is_visible

PATH: Final = Path(__file__).parents[2] / "spec" / "vectors" / "dissent.json"
WRAPPED: Final = (
    "This text was wrapped by a mail program, which ended each of its\n"
    "lines at some seventy letters, wherever a word happened to end so\n"
    "that nobody can tell which line ends are the author's own.\n"
)
TEXTS: Final = (
    "",
    " \n\u200b\n",
    "One line.",
    "One.\n\nTwo\nlines.\n",
    "One.\r\nTwo.\r\nThree.\r\n",
    "One.\rTwo.\r\rThree.",
    "A\n\u00a0\nB\n",
    "A\n\u200b\nB\n",
    "A\n\u3000\nB\n",
    "A\n\f\nB",
    "A\n\ufeff\nB",
    "A\u2028\u2028B",
    "A\u2029B",
    "A\x85\x85B",
    "A\n \t\r\n\x0bB",
    "\ufeffTitle\n\nBody of it",
    "\ufeff",
    "  indented\n\n\tand this  \n",
    "First point\nSecond point\nThird point",
    "Erster Punkt:\n\u00adzweiter\n",
    WRAPPED,
    WRAPPED + "\n" + WRAPPED,
    WRAPPED.replace("\n", "\r\n"),
    "“" + "x" * 60 + ".”\n" + "y" * 60 + ".\n",
    "x" * 60 + "\n" + "y" * 120 + "\nz\n",
    "第一段。\n第二段。\n",
    "🏳️‍🌈 one\n🙂🙂 two",
)
PASSAGES: Final = (
    ("One two. Three four.", "two. Three"),
    ("One two.\r\nThree  four.", "two. Three four"),
    ("One two.", "two.\n"),
    ("One two one two", "one"),
    ("One two one two one two", "two"),
    ("aaaa", "aa"),
    ("One.", "Two."),
    ("One.", " "),
    ("Überfähre 🙂 und 🙂🙂", "🙂 und"),
    ("\ufeffMarked text", "Marked"),
)
DATES: Final = (
    "2027-01-31",
    "2024-02-29",
    "2023-02-29",
    "1900-02-29",
    "2000-02-29",
    "0000-01-01",
    "0001-01-01",
    "2027-13-01",
    "2027-00-10",
)
DATES_MORE: Final = ("2027-04-31", "2027-1-1", "2027-01-01 ", "２０２７-01-01", "", "9999-12-31")
LETTERS: Final = (
    "No.",
    "Noted.",
    "See above.",
    "Read it again.",
    "不同意，因为依据不足。",
    "ดูข้อสอง",
    "ok 🙂 ok",
    "\u200b",
    "e\u0301e\u0301",
    "第2",
    "",
)
VISIBLE: Final = ("", " ", "\u200b\u2060", "\u2800", "\ufeff", "\U000e0041", "\u0301", ".", "\x07", "\u3164", "\x1c")

MANIFEST: Final[dict[str, Any]] = {
    "v": 1,
    "type": "reply",
    "origin": "o",
    "case": "0" * 32,
    "by": "1" * 64,
    "case_key": "2" * 64,
    "seq": 4,
    "prev": "3" * 64,
    "charter": "4" * 64,
    "roster": "5" * 64,
    "seat": "custodian",
    "recipients": [{"seat": "", "key": "6" * 64}],
    "custody": "client-cli",
    "files": [{"name": "reply.json", "sha256": "7" * 64, "size": 9}],
}
ROW: Final = {"name": "a.txt", "sha256": "7" * 64, "size": 9}
SUBMIT: Final = {
    **MANIFEST,
    "type": "submit",
    "seq": 0,
    "prev": "",
    "seat": "",
    "salt": "8" * 64,
    "markings": "",
    "return": "age1pq1x",
    "recused": [],
    "facts": {"agency": "State"},
    "new_keys": ["custodian"],
    "attachments": [{"n": 1, **ROW}],
    "files": [{**ROW, "name": "dissent.json"}, ROW],
}
ONE: Final[dict[str, Any]] = {
    "v": 1,
    "type": "dissent",
    "subject": "S",
    "text": "A\n\nB",
    "prompts": {"decision": "D"},
    "language": "en",
    "marking": "",
    "original": "a.txt",
    "as_is": True,
    "claims": [{"n": 1, "text": "B", "paragraph": 2, "marking": ""}],
}
TWO: Final[dict[str, Any]] = {
    **ONE,
    "v": 2,
    "parts": "blank",
    "portions": [{"start": 0, "end": 1, "mark": "internal"}],
    "claims": [
        {"n": 1, "text": "A", "start": 0, "end": 1, "marking": ""},
        {"n": 2, "text": "B", "start": 3, "end": 4, "marking": ""},
    ],
}
FILE: Final = {
    **TWO,
    "text": "",
    "parts": "",
    "portions": [],
    "claims": [{"n": 1, "text": "a.txt", "start": 0, "end": 0, "marking": ""}],
}
FORM: Final = {**TWO, "as_is": False, "parts": "", "portions": [], "claims": FILE["claims"]}
REPLY_ONE: Final[dict[str, Any]] = {
    "v": 1,
    "type": "reply",
    "outcome": "in_part",
    "text": "",
    "signed_by": "",
    "appeal": "",
    "answers": [{"claim": 1, "kind": "referred", "text": "x", "to": "y"}],
    "commitments": [{"text": "x", "date": "soon"}],
}
REPLY_TWO: Final[dict[str, Any]] = {
    **REPLY_ONE,
    "v": 2,
    "commitments": [{"text": "x", "date": "2027-01-31"}],
    "recommendation": {"kind": "accepted", "text": "x"},
    "attachments": [{"n": 1, **ROW}],
}
CASE: Final = {
    "v": 1,
    "type": "case",
    "case": "0" * 32,
    "case_key": "AGE",
    "token": "1" * 64,
    "salt": "2" * 64,
    "author": "3" * 64,
}
KEPT: Final = {**CASE, "manifest": SUBMIT}
OPENING: Final = {"event": {"type": "submit"}, "r": "0" * 64}
MESSAGE: Final = {"v": 1, "type": "message", "text": "x"}
GOOD: Final[dict[str, tuple[dict[str, Any], ...]]] = {
    "dissent": (ONE, TWO, FILE, FORM),
    "reply": (REPLY_ONE, REPLY_TWO),
    "message": (MESSAGE,),
    "case": (CASE,),
    "kept case": (KEPT,),
    "opening": (OPENING,),
    "manifest": (MANIFEST, SUBMIT, {**MANIFEST, "type": "not known here"}),
}


def _manifest(data: bytes) -> None:
    try:
        check_form(canonical.load_object(data))
    except canonical.CanonicalError as error:
        raise DocumentError(str(error)) from None


READERS: Final[dict[str, Callable[[bytes], object]]] = {
    "dissent": Dissent.parse,
    "reply": Reply.parse,
    "message": lambda data: read_short("message", data),
    "case": read_case,
    "kept case": read_kept_case,
    "opening": read_opening,
    "manifest": _manifest,
}


def holds(kind: str, data: bytes) -> bool:
    """Whether the document is one; any other error than DocumentError is a fault of the reader."""
    try:
        READERS[kind](data)
    except DocumentError:
        return False
    return True


def claims(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {**TWO, "claims": rows}


def odd() -> list[tuple[str, dict[str, Any]]]:
    """Documents with one odd part each."""
    first, second = TWO["claims"]
    answer = REPLY_TWO["answers"][0]
    long = {"name": "a.txt", "sha256": "7" * 64, "size": 9}
    return [
        *(("dissent", {**row, "v": True}) for row in (ONE, TWO)),
        *(("dissent", {**row, "prompts": []}) for row in (ONE, TWO)),
        *(("dissent", {**row, "as_is": 1}) for row in (ONE, TWO)),
        *(("dissent", {**row, "claims": {}}) for row in (ONE, TWO)),
        *(("dissent", {**ONE, "claims": [{**ONE["claims"][0], **part}]}) for part in ({"n": True}, {"paragraph": -1}, {"paragraph": "1"})),
        ("dissent", {**ONE, "claims": []}),
        ("dissent", claims([])),
        ("dissent", claims([{**first, "n": 2}, second])),
        ("dissent", claims([{**first, "end": 2}])),
        ("dissent", claims([{**first, "start": 1, "end": 1, "text": ""}])),
        ("dissent", claims([{**first, "start": 0, "end": 9}])),
        ("dissent", claims([{**first, "n": True}])),
        *(("dissent", {**TWO, "text": "éa", "claims": [{**first, "text": "a", "start": 2, "end": 3}], "portions": rows}) for rows in (
            [], [{"start": 1, "end": 2, "mark": "x"}],
        )),
        ("dissent", {**TWO, "portions": [{"start": 0, "end": 2, "mark": "x"}, {"start": 1, "end": 3, "mark": "x"}]}),
        ("dissent", {**TWO, "portions": [{"start": 0, "end": 5, "mark": "x"}]}),
        ("dissent", {**TWO, "portions": [{"start": 0, "end": 1, "mark": " "}]}),
        *(("dissent", {**TWO, "parts": parts}) for parts in ("", "lines", "words")),
        ("dissent", {**FORM, "parts": "blank"}),
        ("dissent", {**FORM, "text": "\u200b"}),
        ("dissent", {**FILE, "claims": [{**FILE["claims"][0], "text": "b.txt"}]}),
        ("dissent", {**FILE, "claims": [FILE["claims"][0], {**FILE["claims"][0], "n": 2}]}),
        ("dissent", {**TWO, "subject": "\u200b"}),
        ("dissent", {**TWO, "subject": "x" * 4096}),
        ("dissent", {**TWO, "subject": "é" * 2049}),
        ("dissent", {**TWO, "prompts": {"recommendation": ""}}),
        ("dissent", {**TWO, "prompts": {"unasked": "x"}}),
        ("dissent", {**TWO, "v": 3}),
        *(("reply", {**row, "v": True}) for row in (REPLY_ONE, REPLY_TWO)),
        *(("reply", {**REPLY_ONE, **part}) for part in ({"text": 5}, {"answers": {}}, {"outcome": []}, {"signed_by": True}, {"more": ""})),
        *(("reply", {**row, "answers": [{**answer, **part}]}) for row in (REPLY_ONE, REPLY_TWO) for part in (
            {"claim": "1"}, {"claim": True}, {"claim": -1}, {"claim": 0}, {"text": []}, {"text": "\u200b"}, {"kind": "noted"}, {"to": ""},
        )),
        *(("reply", {**row, "commitments": [{"text": "x", "date": day}]}) for row in (REPLY_ONE, REPLY_TWO) for day in (
            "2027-02-30", 5, "",
        )),
        ("reply", {**REPLY_TWO, "recommendation": {"kind": "", "text": ""}}),
        ("reply", {**REPLY_TWO, "recommendation": {"kind": "", "text": "x"}}),
        ("reply", {**REPLY_TWO, "recommendation": {"kind": "rejected", "text": " "}}),
        ("reply", {**REPLY_TWO, "outcome": "out_of_scope"}),
        ("reply", {**REPLY_TWO, "outcome": "out_of_scope", "text": "x", "appeal": "y"}),
        ("reply", {**REPLY_TWO, "attachments": [{"n": 2, **long}]}),
        ("reply", {**REPLY_TWO, "attachments": []}),
        *(("message", {**MESSAGE, **part}) for part in (
            {"v": True}, {"text": "\x85"}, {"text": "\ufeff"}, {"text": "\x1c"}, {"type": "reply"}, {"v": 2},
        )),
        ("case", {**CASE, "case": 5}),
        ("case", KEPT),
        ("kept case", {**KEPT, "manifest": []}),
        ("kept case", CASE),
        ("opening", {**OPENING, "event": "x"}),
        *(("manifest", {**MANIFEST, **part}) for part in (
            {"v": True}, {"files": []}, {"files": [long, {**long, "name": "b"}]}, {"files": [{**long, "size": -1}]}, {"case": 5},
            {"origin": []},
            {"recipients": "x"}, {"recipients": [{"seat": [], "key": "6" * 64}]}, {"seq": True}, {"more": {"a": 1}}, {"custody": 5},
        )),
        *(("manifest", {**SUBMIT, **part}) for part in (
            {"files": SUBMIT["files"][:1]}, {"facts": [1]}, {"facts": {"a": 1}}, {"attachments": [{"n": "1", **long}]}, {"return": 5},
            {"attachments": [long]}, {"recused": "x"},
        )),
    ]  # fmt: skip


def make() -> dict[str, Any]:
    """The whole file."""
    good = [(kind, row) for kind, rows in GOOD.items() for row in rows]
    return {
        "about": "Made by tests/dissent/make_document_vectors.py. Places are bytes of the text in UTF-8.",
        "paragraphs": [
            {
                "text": text,
                "parting": parting(text),
                "blank": places(passages(text, BY_BLANK)),
                "lines": places(passages(text, BY_LINES)),
            }
            for text in TEXTS
        ],
        "passages": [{"text": text, "passage": part, "found": places(find(text, part))} for text, part in PASSAGES],
        "dates": [{"text": text, "holds": is_date(text)} for text in (*DATES, *DATES_MORE)],
        "letters": [{"text": text, "letters": letters(text)} for text in LETTERS],
        "visible": [{"text": text, "holds": is_visible(text)} for text in VISIBLE],
        "documents": [
            {"kind": kind, "document": row, "holds": holds(kind, canonical.dump(row))} for kind, row in (*good, *odd())
        ],
    }


def places(found: list[Passage]) -> list[list[int]]:
    return [[row.start, row.end] for row in found]


def text() -> str:
    """The file's text: a row on a line."""
    parts = []
    for name, value in make().items():
        if isinstance(value, str):
            parts.append(f'"{name}": {json.dumps(value)}')
        else:
            parts.append(f'"{name}": [\n' + ",\n".join(json.dumps(row, sort_keys=True) for row in value) + "\n]")
    return "{" + ",\n".join(parts) + "}\n"


if __name__ == "__main__":
    PATH.write_text(text(), encoding="utf-8")
