# SPDX-License-Identifier: AGPL-3.0-or-later
"""What comes from outside: files that tell too much, and texts that would like to be markup, are shown for what they are."""

import base64
import json
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from acting import Author, complaints, until, whole
from auditing import too_wide
from stub_worker import WORDS, Played

from real_cases import data_directory
from serving import Channel

DATA = data_directory()
PLANTED = [
    "<script>window.ran = true</script>",
    '<img src=x onerror="window.ran = true">',
    "{{ 7 * 7 }} ${7*7} %(name)s {place}",
    "]]><svg onload=window.ran=true>",
    "\u202eright to left override\u202c and \u200bzero\u200bwidth",
    "word" * 500,
    "سطر عربي مع English و 123",
    "é́́́́́́́́́́́́́́́́́́́",
]
ROWS = "[...document.querySelectorAll('#file-rows > li')].map((row) => row.innerText)"
Play = Callable[..., Played]


def at_files(author: Author, channel: Channel) -> None:
    author.begin(f"{channel.url}/en/file/")
    author.write_own("The northern crossing\n\nIt should stay open.")


def filed(author: Author, folder: Path) -> dict[str, Any]:
    author.next("facts")
    author.choose("agency", "State")
    author.next("readers")
    author.click("#accept-deputy")
    author.next("check")
    author.click("#next")
    author.wait("document.querySelector('[data-act=written]')")
    author.words_back(WORDS.split())
    author.page.saved_to(folder)
    author.click("[data-act=key]")
    until(lambda: whole(folder / "demur-0d7c.key"))
    return dict(json.loads((folder / "demur-0d7c.key").read_text()))


def test_a_document_shows_what_it_tells_and_goes_only_when_that_is_confirmed(
    served: Channel, played: Play, tmp_path: Path
) -> None:
    file = tmp_path / "count.pdf"
    file.write_bytes(b"%PDF-1.4\n1 0 obj<</Author (Ana Ruiz) /Producer (Office 7)>>endobj")
    author = played()
    at_files(author, served)
    author.choose_file("#files", file)
    author.wait("document.querySelector('#file-rows li')")

    assert "Author or person: Ana Ruiz" in author.text()
    assert "Program: Office 7" in author.text()
    author.click("#next")
    assert author.faults() == [
        "“count.pdf” can tell more than you mean to: tick that it goes as it is, or leave it out."
    ]
    author.click("#errors a")
    assert author.value("document.activeElement.type") == "checkbox"
    author.press(" ")
    wish = filed(author, tmp_path)
    assert [(row["name"], bytes(row["bytes"])) for row in wish["attachments"]] == [("count.pdf", file.read_bytes())]


def test_an_image_is_made_anew_without_what_its_program_wrote(served: Channel, played: Play, tmp_path: Path) -> None:
    file = tmp_path / "photo.png"
    author = played()
    at_files(author, served)
    # A real picture, drawn here, with a comment planted into it.
    made = author.value(
        "(async () => { const canvas = new OffscreenCanvas(8, 8); canvas.getContext('2d').fillRect(0, 0, 8, 8);"
        " return [...new Uint8Array(await (await canvas.convertToBlob()).arrayBuffer())]; })()"
    )
    data = bytes(made)
    note = b"tEXtAuthor\0Ana Ruiz"
    planted = data[:33] + (len(note) - 4).to_bytes(4, "big") + note + crc(note) + data[33:]
    file.write_bytes(planted)
    author.choose_file("#files", file)
    author.wait("document.querySelector('#file-rows li')")

    assert "Made anew here" in author.text()
    assert "Author or person: Ana Ruiz" in author.text()
    sent = bytes(filed(author, tmp_path)["attachments"][0]["bytes"])
    assert sent.startswith(b"\x89PNG")
    assert b"Ana Ruiz" not in sent
    assert complaints(author.page) == []


def test_several_files_are_chosen_at_once_and_what_is_not_known_needs_consent(
    served: Channel, played: Play, tmp_path: Path
) -> None:
    for name, data in (("notes.txt", b"plain"), ("unknown.bin", bytes(range(128, 256)) + bytes(9)), ("mail.eml", MAIL)):
        (tmp_path / name).write_bytes(data)
    author = played()
    at_files(author, served)
    author.choose_file("#files", *(tmp_path / name for name in ("notes.txt", "unknown.bin", "mail.eml")))
    author.wait("document.querySelectorAll('#file-rows > li').length === 3")

    text, unknown, mail = author.value(ROWS)
    assert "Plain text, with no mail header, markup or hidden mark in it." in text
    assert "This kind of file is not known here; it may tell anything." in unknown
    assert "Machine on the way: from CANARY-LAPTOP" in mail
    assert "Nothing was found" not in author.text()
    author.click("#next")
    assert author.faults() == [
        f"“{name}” can tell more than you mean to: tick that it goes as it is, or leave it out."
        for name in ("unknown.bin", "mail.eml")
    ]
    assert complaints(author.page) == []


def test_a_file_beyond_the_limit_is_refused_at_once_and_not_looked_into(
    served: Channel, played: Play, tmp_path: Path
) -> None:
    large = tmp_path / "large.bin"
    with large.open("wb") as file:
        file.truncate(5_400_000_000)
    author = played()
    at_files(author, served)
    author.choose_file("#files", large)
    author.wait("document.querySelector('#errors li')")
    assert "“large.bin” has 5.4 GB and may have 5 MB" in author.faults()[0]
    assert author.value("document.querySelectorAll('#file-rows > li').length") == 0


def test_the_text_of_a_document_is_taken_looked_through_and_never_replaces_what_was_typed(
    served: Channel, played: Play, tmp_path: Path
) -> None:
    rows = json.loads((Path(__file__).parents[2] / "spec/vectors/inspection.json").read_text())
    document = next(row for row in rows if row["name"] == "plain.docx")
    file = tmp_path / "plain.docx"
    file.write_bytes(base64.b64decode(document["bytes"]))
    author = played()
    author.begin(f"{served.url}/en/file/")
    author.click("#way-own")
    author.next("own")
    author.choose_file("#own-file", file)
    author.wait("document.querySelector('#own-text').value")
    assert author.value("document.querySelector('#own-text').value") == document["imported"]
    assert "look it through" in author.text()
    author.value("window.confirm = () => false")
    author.value("document.querySelector('#own-text').value = 'typed'")
    author.choose_file("#own-file", file)
    assert author.value("document.querySelector('#own-text').value") == "typed"
    assert complaints(author.page) == []


def test_marks_are_shown_where_they_stand_and_taken_out_on_request(
    served: Channel, played: Play, tmp_path: Path
) -> None:
    author = played()
    author.begin(f"{served.url}/en/file/")
    author.write_own("The cross\u200bing\n\nIt is p\u0430id\ufe01 for.")
    author.next("facts")
    author.choose("agency", "State")
    author.next("readers")
    author.click("#accept-deputy")
    author.next("check")
    notes = author.value("document.querySelector('#check-notes').innerText")
    assert "cross⟨U+200B⟩ing" in notes
    assert "p⟨U+0430⟩id⟨U+FE01⟩" in notes
    assert "whose copy" in notes
    author.click("#check-notes button")
    author.wait("!document.querySelector('#check-notes button')")
    assert author.value("document.querySelector('#own-text').value") == "The crossing\n\nIt is p\u0430id for."
    assert complaints(author.page) == []


MAIL = b"Received: from CANARY-LAPTOP (10.1.2.3)\r\nFrom: Jane <j@example.org>\r\nSubject: x\r\n\r\nbody\r\n"


def crc(data: bytes) -> bytes:
    return zlib.crc32(data).to_bytes(4, "big")


def test_a_file_can_be_left_out_again(served: Channel, played: Play, tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("plain")
    author = played()
    at_files(author, served)
    author.choose_file("#files", file)
    author.wait("document.querySelector('#file-rows li')")
    author.click("#file-rows button")

    assert filed(author, tmp_path)["attachments"] == []


def test_a_document_as_it_is_names_its_limit_and_carries_no_claims(
    served: Channel, played: Play, tmp_path: Path
) -> None:
    file = tmp_path / "memo.docx"
    file.write_bytes(b"PK\x03\x04" + b"x" * 100)
    author = played()
    author.begin(f"{served.url}/en/file/")
    author.click("#way-document")
    author.next("document")
    author.click("#next")
    assert author.faults() == ["Choose the document."]
    author.choose_file("#document", file)
    author.wait("document.querySelector('#document-row li')")
    author.click("#next")
    assert "can tell more than you mean to" in author.faults()[0]
    author.click("#document-confirm")
    author.next("files")
    wish = filed(author, tmp_path)["dissent"]
    assert (wish["kind"], wish["name"], bytes(wish["bytes"])) == ("document", "memo.docx", file.read_bytes())


@pytest.mark.data
def test_each_nasty_file_is_shown_and_none_runs_or_asks_for_anything(
    served: Channel, played: Play, tmp_path: Path
) -> None:
    assert DATA is not None
    author = played()
    at_files(author, served)
    nasty = sorted(path for path in (DATA / "nasty").iterdir() if path.is_file() and path.stat().st_size < 5_000_000)
    for count, file in enumerate(nasty, start=1):
        author.choose_file("#files", file)
        author.wait(f"document.querySelectorAll('#file-rows > li').length === {count}", seconds=60)

    shown = dict(zip([path.name for path in nasty], author.value(ROWS), strict=True))
    for name in ("author.docx", "author.pdf", "exif-gps.jpg"):
        assert "Author or person: CANARY-Author Wilhelmina Teststone" in shown[name], name
    assert not author.value("window.ran")
    assert {sent.url.startswith((served.url, "blob:")) for sent in author.page.sent()} == {True}
    assert too_wide(author) == []
    assert complaints(author.page) == []


@pytest.mark.data
def test_a_photograph_goes_without_its_place_and_its_owner(served: Channel, played: Play, tmp_path: Path) -> None:
    assert DATA is not None
    author = played()
    at_files(author, served)
    author.choose_file("#files", DATA / "nasty/exif-gps.jpg")
    author.wait("document.querySelector('#file-rows li')")
    assert "Place: " in author.text()
    sent = bytes(filed(author, tmp_path)["attachments"][0]["bytes"])

    assert sent.startswith(b"\xff\xd8\xff")
    assert b"CANARY" not in sent
    assert b"Exif" not in sent


def hostile_texts() -> list[list[str]]:
    """Planted texts, and those of shared/data where it is there, a hundred at a time."""
    batches = [PLANTED]
    if DATA is not None:
        blns = [text for text in json.loads((DATA / "blns/blns.json").read_text()) if text.strip()]
        batches += [blns[at : at + 100] for at in range(0, len(blns), 100)]
        batches.append([path.read_text()[:2000] for path in sorted((DATA / "languages").glob("*.txt"))])
        texts = [path for path in sorted((DATA / "nasty").glob("*.txt")) if path.stat().st_size < 100_000]
        batches.append([path.read_bytes().decode("utf-8", "replace")[:3000] for path in texts])
    return batches


@pytest.mark.parametrize(
    "texts", hostile_texts(), ids=lambda texts: f"{len(texts)}-{texts[0][:12]!r}".encode("ascii", "replace").decode()
)
def test_what_others_wrote_is_text_never_markup_and_breaks_no_line(
    served: Channel, played: Play, texts: list[str]
) -> None:
    author = played(hostile=texts)
    author.begin(f"{served.url}/en/case/")
    author.type("#words", WORDS)
    author.click("#open")
    author.wait("document.querySelector('article')", seconds=40)
    shown = author.value("[...document.querySelectorAll('.timeline .said')].map((part) => part.textContent)")

    assert shown[-len(texts) :] == texts
    assert not author.value("window.ran")
    assert (
        author.value("document.querySelectorAll('article script, article img, article svg, article iframe').length")
        == 0
    )
    assert {sent.url.startswith((served.url, "blob:")) for sent in author.page.sent()} == {True}
    assert too_wide(author) == []
    assert complaints(author.page) == []


def test_marks_that_nobody_sees_are_told_where_they_stand(served: Channel, played: Play) -> None:
    author = played(hostile=[PLANTED[4]])
    author.begin(f"{served.url}/en/case/")
    author.type("#words", WORDS)
    author.click("#open")
    author.wait("document.querySelector('article')")

    told = author.value("document.querySelector('.timeline > li:last-child').innerText")
    assert "Marks that turn the direction of the text, and cannot be seen: 2. They are kept as they are." in told
    assert "Marks of no width, which cannot be seen: 2." in told


@pytest.mark.parametrize("text", PLANTED, ids=range(len(PLANTED)))
def test_ones_own_text_is_kept_to_the_letter(served: Channel, played: Play, tmp_path: Path, text: str) -> None:
    author = played()
    author.begin(f"{served.url}/en/file/")
    author.write_own(f"{text}\n\nsecond")
    wish = filed(author, tmp_path)

    assert bytes(wish["dissent"]["bytes"]).decode() == f"{text}\n\nsecond"
    assert not author.value("window.ran")
