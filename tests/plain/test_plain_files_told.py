# SPDX-License-Identifier: AGPL-3.0-or-later
"""Without script too: what files tell is found and needs consent, text is taken of documents, marks are taken out on request."""

import base64
import json
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from demur.author.plain_files import FormFile
from demur.author.plain_form import FilesTell, PlainForm, TextInTheWay
from demur.client.errors import NotImportable
from demur.client.inspection.words import described

VECTORS: Final[dict[str, Any]] = {
    row["name"]: row for row in json.loads((Path(__file__).parents[2] / "spec/vectors/inspection.json").read_text())
}
FORM: Final = PlainForm(
    text="One.\n\nTwo.\n", subject="", claims=(2,), facts={}, recused=frozenset(), accepted=frozenset(), files=(), as_is=False,
    nonce="ab" * 32, begun=1,
)  # fmt: skip


def file(name: str) -> FormFile:
    return FormFile(given=name, data=base64.b64decode(VECTORS[name]["bytes"]))


@pytest.mark.adversary
def test_no_file_that_can_tell_is_filed_without_consent(monkeypatch: pytest.MonkeyPatch) -> None:
    def filed() -> set[str]:
        done = set()
        for name in VECTORS.keys() - {"empty.txt"}:
            try:
                replace(FORM, files=(file(name),)).wish()
            except FilesTell:
                continue
            done.add(name)
        return done

    honest = filed()
    with monkeypatch.context() as hole:
        hole.setattr("demur.client.inspection.report.Report.passes", True)
        holed = filed()
    quiet = {name for name, row in VECTORS.items() if row["report"]["passes"]} - {"empty.txt"}
    print(
        f"with the hole {len(holed - quiet)} of {len(VECTORS) - len(quiet)} telling files go, without it {len(honest - quiet)}"
    )
    assert holed == VECTORS.keys() - {"empty.txt"}
    assert honest == quiet
    assert replace(FORM, files=(file("info.pdf"),), as_is=True).wish().attachments[0].name == "info.pdf"


def test_what_each_file_tells_goes_with_the_refusal() -> None:
    with pytest.raises(FilesTell) as caught:
        replace(FORM, files=(file("info.pdf"), file("plain.txt"), file("unknown.bin"))).wish()
    said = {name.given: described(report) for name, report in caught.value.told}
    assert "Author or person: CANARY-Jane Doe" in said["info.pdf"]
    assert said["unknown.bin"][0] == "This kind of file is not known here; it may tell anything."
    assert said["plain.txt"][0].startswith("Plain text,")


def test_the_text_of_a_document_is_taken_and_replaces_nothing_that_was_typed() -> None:
    empty = replace(FORM, text="", document=file("deep.docx"))
    assert empty.with_document.text == VECTORS["deep.docx"]["imported"]
    assert empty.with_document.document is None
    with pytest.raises(TextInTheWay):
        replace(FORM, document=file("deep.docx")).with_document  # noqa: B018 -- it raises
    for name in ("sheet.xlsx", "bare.png", "unknown.bin", "empty.txt"):
        with pytest.raises(NotImportable):
            replace(FORM, text="", document=file(name)).with_document  # noqa: B018 -- it raises


def test_marks_are_taken_out_on_request_and_the_claims_stay() -> None:
    marked = replace(FORM, text="On\u200be.\n\nTw\ufe01o.\n", subject="A\u00adB", take_out=True)
    clean = marked.without_marks
    assert (clean.text, clean.subject, clean.claims, clean.take_out) == ("One.\n\nTwo.\n", "AB", (2,), False)
    assert replace(FORM, text="One.\n\n\u200b\n\nTwo.\n").without_marks.text == "One.\n\n\n\nTwo.\n"
