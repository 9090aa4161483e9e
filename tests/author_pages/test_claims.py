# SPDX-License-Identifier: AGPL-3.0-or-later
"""Any point of a text can be made a claim: line by line, by what is selected, and by what is copied."""

from pathlib import Path

import pytest
from acting import Author, complaints
from test_steps import Play, claimed, readers_accepted, sealed

from serving import Channel

LINES = "The crossing\nThe count is wrong. It is old.\nThe road is shut."
WRAPPED = (
    "This text was wrapped by a mail program, which ended each of its\n"
    "lines at some seventy letters, wherever a word happened to end so\n"
    "that nobody can tell which line ends are the author's own.\n"
)


def at_claims(author: Author, served: Channel, text: str) -> None:
    author.begin(f"{served.url}/en/file/")
    author.click("#way-own")
    author.next("own")
    author.type("#own-text", text)
    author.type("#own-recommendation", "Count again.")
    author.next("claims")


def test_line_ends_part_a_text_without_empty_lines_and_passages_are_claims_too(
    served: Channel, played: Play, tmp_path: Path
) -> None:
    author = played()
    at_claims(author, served, LINES)
    assert author.value("document.getElementById('parts-lines').checked")
    author.click("#paragraph-3")
    author.click("#claim-passages summary")
    author.type("#passage", "  count is\twrong.")
    author.click("#passage-take")
    author.wait("document.querySelector('#passage-rows li')")
    select = "const node = document.getElementById('claim-text').firstChild; getSelection().setBaseAndExtent(node, {}, node, {})"
    author.value(f"(() => {{ {select.format(33, 43)}; }})()")
    author.value("document.getElementById('passage-select').click()")
    author.wait("document.querySelectorAll('#passage-rows li').length === 2")
    author.type("#passage", "is")
    author.click("#passage-take")
    assert author.faults() == ["It stands there more than once; copy more of it, or select it."]
    author.next("files")
    readers_accepted(author)
    wish = sealed(author, tmp_path)

    assert claimed(wish) == ["count is wrong.", "It is old.", "The road is shut."]
    assert (wish["dissent"]["parts"], wish["dissent"]["recommendation"]) == ("lines", "Count again.")
    assert complaints(author.page) == []


def test_wrapped_lines_are_asked_about_and_one_paragraph_is_said(served: Channel, played: Play) -> None:
    author = played()
    at_claims(author, served, WRAPPED)
    said = "1 paragraph: the reply could pass over a point"
    assert said in author.value("document.getElementById('claim-one').textContent")
    author.click("#next")
    assert author.faults() == ["The lines look wrapped: say what ends a paragraph."]
    author.click("#parts-lines")
    assert author.value("document.querySelectorAll('#claim-rows input').length") == 3
    assert author.value("document.getElementById('claim-one').textContent") == ""
    author.click("#parts-blank")
    author.next("files")


@pytest.mark.parametrize("data", [b"", b" \n\xc2\xa0\xe2\x80\x8b\n"])
def test_an_empty_document_is_refused_where_it_is_chosen(
    served: Channel, played: Play, tmp_path: Path, data: bytes
) -> None:
    (tmp_path / "position.docx").write_bytes(data)
    author = played()
    author.begin(f"{served.url}/en/file/")
    author.click("#way-document")
    author.next("document")
    author.choose_file("#document", tmp_path / "position.docx")
    author.wait("document.querySelector('#document-row li')")
    author.click("#next")

    assert author.faults() == ["The document is empty; look whether it was saved, then choose it again."]
