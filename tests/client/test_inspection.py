# SPDX-License-Identifier: AGPL-3.0-or-later
"""What files tell: nothing that is planted is unsaid, only text and bare images pass, and no file breaks a reader or stalls it."""

import base64
import io
import json
import random
import re
import shutil
import subprocess
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from inspected_files import every_file, pictures, zipped
from inspected_odd_files import odd_files
from make_inspection_vectors import imported, row

from demur.client.errors import NotImportable
from demur.client.inspection import filters, kinds, report
from demur.client.inspection.importing import text_of
from demur.client.inspection.look import look
from demur.client.inspection.words import described

VECTORS: Final = json.loads((Path(__file__).parents[2] / "spec/vectors/inspection.json").read_text())
FILES: Final[dict[str, bytes]] = {each["name"]: base64.b64decode(each["bytes"]) for each in VECTORS}
QUIET: Final = {"bare.png", "bare.jpg", "bare.gif", "loop.gif", "bare.webp", "empty.txt", "plain.txt"}
CANARY: Final = re.compile(r"CANARY[-A-Za-z0-9_ ]*|canary-[a-z]+")
MIB: Final = 1024 * 1024


def told(data: bytes) -> str:
    return " | ".join(finding.value for finding in look(data).findings)


def planted(data: bytes) -> set[str]:
    """The canaries that stand in a file in letters of one byte."""
    return {name.decode() for name in re.findall(rb"CANARY-[A-Z][a-z]+", data)}


def test_the_vectors_are_made_of_these_files() -> None:
    assert set(every_file()) | set(odd_files()) == set(FILES)  # their bytes differ where another zlib packs them


def test_both_languages_read_the_same_tables() -> None:
    root = Path(__file__).parents[2]
    mine, copied = root / "src/demur/client/inspection/tables.json", root / "assets/lib/inspection/tables.json"
    assert mine.read_bytes() == copied.read_bytes(), "copy the former over the latter"


@pytest.mark.vectors
@pytest.mark.parametrize("each", VECTORS, ids=lambda each: each["name"])
def test_each_file_tells_what_the_vectors_say(each: dict[str, Any]) -> None:
    data = base64.b64decode(each["bytes"])
    assert row(data) == each["report"]
    assert imported(data) == each["imported"]


@pytest.mark.adversary
def test_only_plain_text_and_bare_images_pass_and_every_name_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def passing() -> set[str]:
        return {name for name, data in FILES.items() if look(data).passes}

    honest = passing()
    with monkeypatch.context() as hole:  # as before: whatever no list of starts knows passes
        known = report.Report.passes
        hole.setattr(
            report.Report,
            "passes",
            property(lambda self: known.fget(self) or self.kind in {"unknown", "mail", "svg", "html", "shortcut"}),
        )  # type: ignore[attr-defined]
        holed = passing() - QUIET
    unsaid = {
        name: planted(data) - set(CANARY.findall(told(data)))
        for name, data in FILES.items()
        if any(part not in told(data) for part in planted(data))
    }
    print(
        f"with the hole {len(holed)} of {len(FILES)} telling files pass, without it {len(honest - QUIET)}; names unsaid: {unsaid}"
    )
    assert holed
    assert honest == QUIET
    assert set(unsaid) <= {"tag.mp3"}  # two frames stand side by side in its bytes


@pytest.mark.adversary
def test_each_filter_of_a_pdf_is_undone_and_of_what_was_not_read_nothing_is_denied(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def comforted() -> set[str]:
        """Those of which it is said that nothing was found, although something is there."""
        odd = {name: data for name, data in FILES.items() if name.startswith("odd-") and name.endswith(".pdf")}
        return {name for name, data in odd.items() if any("none was found" in line for line in described(look(data)))}

    honest = comforted()
    with monkeypatch.context() as hole:  # as before: only deflated streams are read, and the others are passed over
        readers = {name: read for name, read in filters._READERS.items() if name in {"FlateDecode", "Fl"}}
        silent = dict.fromkeys(set(filters._READERS) - set(readers), lambda data, _header, _found: data)
        hole.setattr(filters, "_READERS", {**readers, **silent})
        holed = comforted()
    print(f"with the hole {len(holed)} PDFs are said to tell nothing, without it {len(honest)}")
    assert len(holed) > 5
    assert honest == set()


def test_it_is_never_said_that_nothing_was_found_where_a_part_could_not_be_read() -> None:
    unread = {name: look(data) for name, data in FILES.items()}
    unread = {name: said for name, said in unread.items() if said.partial or said.damaged}
    assert {"odd-unknown-filter.pdf", "odd-broken.pdf", "odd-packed.woff2"} <= set(unread)
    for name, said in unread.items():
        lines = described(said)
        assert any("may tell anything" in line for line in lines), name
        assert not any("none was found" in line for line in lines), name


@pytest.mark.parametrize("name", sorted(set(FILES) - QUIET))
def test_each_telling_file_is_described_in_whole_sentences(name: str) -> None:
    said = described(look(FILES[name]))
    assert said
    assert not any("Nothing was found" in line for line in said)
    assert all(line and "{" not in line.split(":")[0] for line in said), said


def test_what_is_not_known_says_so() -> None:
    said = described(look(FILES["unknown.bin"]))
    assert said[0] == "This kind of file is not known here; it may tell anything."
    assert described(look(FILES["packed.7z"]))[1] == "Not looked into: it may tell anything."


def test_a_file_that_is_cut_anywhere_is_told_and_breaks_nothing() -> None:
    drawn = random.Random(3)
    for name, data in FILES.items():
        for at in {drawn.randrange(len(data) + 1) for _ in range(12)}:
            found = look(data[:at])
            if name in pictures() and 0 < at < len(data) and found.kind in {"png", "jpeg", "gif", "webp"}:
                assert not found.passes or data[:at] in FILES.values(), (name, at)


def test_a_file_with_changed_bytes_breaks_nothing() -> None:
    drawn = random.Random(4)
    for data in FILES.values():
        for _ in range(12):
            changed = bytearray(data)
            for _ in range(drawn.randrange(1, 6)):
                if changed:
                    changed[drawn.randrange(len(changed))] = drawn.randrange(256)
            described(look(bytes(changed)))


WORST: Final[dict[str, Callable[[], bytes]]] = {
    "tags": lambda: b"<svg " + b"<a " * (MIB // 3),
    "names": lambda: b"<svg " + b"a" * MIB,
    "comments": lambda: b"<svg>" + b"<!--" * (MIB // 4),
    "PDF keys": lambda: b"%PDF-1.4\n" + b"/Author(" * (MIB // 8),
    "PDF references": lambda: b"%PDF-1.4\n" + b"/Author 1 0 R 1 0 obj(" * (MIB // 22),
    "PDF streams": lambda: b"%PDF-1.4\n" + b"<</FlateDecode>>stream\n" * (MIB // 23),
    "PDF filters": lambda: b"%PDF-1.4\n" + b"<</Filter[/LZWDecode/A85/AHx/RL]>>stream\n\x80" * (MIB // 44),
    "PDF codes that give nothing": lambda: (
        b"%PDF-1.4\n" + b"<</Filter/LZW>>stream\n" * 400 + b"\x80\x40\x20\x10\x08\x04\x02\x01" * (MIB // 8)
    ),
    "PDF filters elsewhere": lambda: b"%PDF-1.4\n" + b"<</Filter 9 0 R/DecodeParms 8 0 R>>stream\n" * (MIB // 43),
    "notices": lambda: b"%!PS-AdobeFont\n" + b"/Notice ((" * (MIB // 10),
    "RTF groups": lambda: b"{\\rtf1" + b"{\\author " * (MIB // 9),
    "fill bytes": lambda: b"\xff\xd8" + b"\xff" * MIB,
    "TIFF folders": lambda: b"II*\0\x08\0\0\0" + b"\xff\x00" + b"\x86\x92\x07\x00\xff\xff\0\0\x08\0\0\0" * (MIB // 12),
    "headers": lambda: b"Received: x\n" + b" x\n" * (MIB // 3),
    "packed mail": lambda: b"Received: x\n" + b"a:base64\n" * (MIB // 9),
    "JSON": lambda: b'{"author":"' + b'\\"' * (MIB // 2),
    "boxes": lambda: b"\0\0\0\x08ftyp" * (MIB // 8),
    "chunks": lambda: b"\x89PNG\r\n\x1a\n" + b"\0\0\0\0abcd\0\0\0\0" * (MIB // 12),
    "lines": lambda: b"#!/bin/sh\n" + b"author \n" * (MIB // 8),
    "letters": lambda: "а\u200b".encode() * (MIB // 5),
    "zip entries": lambda: b"PK\x03\x04" + bytes(26) + b"PK\x03\x04" * (MIB // 4),
    "random": lambda: random.Random(5).randbytes(MIB),
    "nothing": lambda: bytes(MIB),
}


@pytest.mark.alone
@pytest.mark.parametrize("kind", WORST)
def test_the_worst_megabyte_costs_little_more_than_any(kind: str) -> None:
    data = WORST[kind]()
    begun = time.process_time()
    look(data)
    spent = time.process_time() - begun
    print(f"{kind}: {spent:.2f} s of the processor for {len(data)} bytes")
    assert spent < 8


def bomb(depth: int) -> bytes:
    """An archive that grows by a thousand, and holds itself so many times."""
    inner = zipped({"zeros.bin": bytes(30 * MIB)})
    for _ in range(depth):
        held = io.BytesIO()
        with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
            for n in range(10):
                archive.writestr(f"{n}.zip", inner)
        inner = held.getvalue()
    return inner


@pytest.mark.alone
def test_an_archive_that_grows_without_end_is_unpacked_within_bounds() -> None:
    data = bomb(2)
    begun = time.process_time()
    found = look(data)
    assert time.process_time() - begun < 10
    assert found.partial
    with pytest.raises(NotImportable):
        text_of(zipped({"word/document.xml": b"<w:body>" + b"<w:p><w:r><w:t>x</w:t></w:r></w:p>" * 400_000}))


def test_a_document_is_taken_as_text_without_what_was_struck_out_or_hidden() -> None:
    assert text_of(FILES["plain.docx"]) == "The crossing.\n\nIt counts & stays.\n"
    assert text_of(FILES["text.odt"]) == "The crossing\n\nIt stays.\n"
    with pytest.raises(NotImportable):
        text_of(FILES["hidden.docx"])
    with pytest.raises(NotImportable):
        text_of(FILES["sheet.xlsx"])


def test_sniffing_goes_by_content_and_never_by_name() -> None:
    assert kinds.kind_of(b"text that begins with PK").name == "text"
    assert kinds.kind_of(b"BM is how this text begins").name == "text"
    assert kinds.kind_of(b"ID3 tags are not the matter").name == "text"


@pytest.mark.foreign
@pytest.mark.skipif(shutil.which("exiftool") is None, reason="script/setup dev installs libimage-exiftool-perl")
def test_nothing_that_exiftool_finds_is_unsaid(tmp_path: Path) -> None:
    for name, data in FILES.items():
        (tmp_path / name).write_bytes(data)
    done = subprocess.run(
        ["exiftool", "-j", "-a", "-u", "-G1", "-ee", tmp_path], capture_output=True, text=True, check=False
    )
    unsaid, seen = {}, 0
    for found in json.loads(done.stdout):
        name = Path(found.pop("SourceFile")).name
        values = [str(value) for key, value in found.items() if not key.startswith(("System", "File:", "ExifTool"))]
        canaries = {word.strip() for value in values for word in CANARY.findall(value)}
        seen += len(canaries)
        if missing := {word for word in canaries if word not in told(FILES[name])}:
            unsaid[name] = missing
    print(f"exiftool finds {seen} names in {len(FILES)} files; unsaid here: {unsaid}")
    assert seen > 80
    assert unsaid == {}


@pytest.mark.foreign
@pytest.mark.skipif(shutil.which("mat2") is None, reason="script/setup dev installs mat2")
def test_nothing_that_mat2_finds_is_unsaid_and_what_passes_has_nothing_for_it(tmp_path: Path) -> None:
    for name, data in FILES.items():
        (tmp_path / name).write_bytes(data)
    done = subprocess.run(
        ["mat2", "--show", *map(str, sorted(tmp_path.iterdir()))], capture_output=True, text=True, check=False
    )
    shown = re.split(r"^(?=\[[-+]\] |  No metadata)", done.stdout, flags=re.MULTILINE)
    unsaid, seen = {}, 0
    for part in shown:
        match = re.match(r"\[\+\] Metadata for \S*/([^/\s]+):", part)
        if match is None:
            continue
        canaries = {word.strip() for word in CANARY.findall(part)}
        seen += len(canaries)
        missing = {word for word in canaries if word not in told(FILES[match[1]])}
        if missing or look(FILES[match[1]]).passes:
            unsaid[match[1]] = missing
    print(f"mat2 finds {seen} names; unsaid here: {unsaid}")
    assert seen > 40
    assert unsaid == {}
