# SPDX-License-Identifier: AGPL-3.0-or-later
# ruff: noqa: F811
"""`demur file` says of each file what was found; what can tell is refused without consent; text is taken of documents, marks are shown."""

import base64
import json
import shutil
from pathlib import Path
from typing import Any, Final

import pytest
from click.testing import Result
from test_author_journey import demur, folder, tiny  # noqa: F401 -- fixtures
from tiny_record import TinyServer

VECTORS: Final[dict[str, Any]] = {
    row["name"]: row for row in json.loads((Path(__file__).parents[2] / "spec/vectors/inspection.json").read_text())
}
MARKED: Final = "The cross\u200bing stays open.\n\nIt is p\u0430id for.\n"


def file_with(server: TinyServer, *more: str, text: str = "dissent.txt") -> Result:
    return demur("file", "--server", server.address, "--channel", "channel.toml", text, "--yes", "-o", "mine", *more)


def put(where: Path, name: str) -> str:
    (where / name).write_bytes(base64.b64decode(VECTORS[name]["bytes"]))
    return name


@pytest.mark.adversary
def test_no_attachment_that_can_tell_goes_without_consent_and_what_was_found_is_named(
    tiny: TinyServer,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    telling = [name for name, row in VECTORS.items() if not row["report"]["passes"] and row["bytes"]]
    with monkeypatch.context() as hole:  # whatever is asked of a file, it passes
        hole.setattr("demur.client.inspection.report.Report.passes", True)
        assert file_with(tiny, "--attach", put(folder, "mail.eml")).exit_code == 0
    filed = len(tiny.cases)
    shutil.rmtree(folder / "mine.sealed", ignore_errors=True)
    for path in folder.glob("mine.*"):
        path.unlink()
    refused = 0
    for name in telling:
        done = file_with(tiny, "--attach", put(folder, name))
        assert (done.exit_code, done.stderr.count("\n")) == (1, 1), name
        assert name in done.stderr
        refused += 1
    print(f"with the hole 1 of 1 telling files is filed, without it {len(telling) - refused} of {len(telling)}")
    assert len(tiny.cases) == filed
    assert "Author or person: CANARY-Jane Doe" in file_with(tiny, "--attach", "info.pdf").stderr
    assert "not known here" in file_with(tiny, "--attach", "unknown.bin").stderr


def test_with_consent_each_file_is_filed_and_told(tiny: TinyServer, folder: Path) -> None:
    names = [put(folder, name) for name in ("info.pdf", "unknown.bin", "bare.png", "plain.txt")]
    done = file_with(tiny, "--as-is", *(word for name in names for word in ("--attach", name)))
    assert done.exit_code == 0, done.output
    assert "What info.pdf tells:" in done.output
    assert "  Author or person: CANARY-Jane Doe" in done.output
    assert "  This kind of file is not known here; it may tell anything." in done.output
    assert "  An image (PNG) with nothing beside its picture. Its name is seen by its readers." in done.output
    assert "  Plain text, with no mail header, markup or hidden mark in it." in done.output


def test_the_text_of_a_document_is_taken_and_nothing_else_of_it(tiny: TinyServer, folder: Path) -> None:
    put(folder, "deep.docx")
    assert "--text" in file_with(tiny, text="deep.docx").stderr
    done = file_with(tiny, "--text", "--claims", "2", text="deep.docx")
    assert done.exit_code == 0, done.output
    assert "look it through" in done.output
    (folder / "taken.txt").write_text(VECTORS["deep.docx"]["imported"])
    assert "byte for byte" in demur("verify", "mine.receipt", "--key", "mine.key", "taken.txt").stdout


def test_marks_are_shown_where_they_stand_and_taken_out_on_request(tiny: TinyServer, folder: Path) -> None:
    (folder / "marked.txt").write_text(MARKED)
    kept = file_with(tiny, text="marked.txt")
    assert kept.exit_code == 0, kept.output
    assert "cross⟨U+200B⟩ing" in kept.output
    assert "p⟨U+0430⟩id" in kept.output
    assert "whose copy" in kept.output
    assert "--take-out-marks" in kept.output
    done = demur(
        "file",
        "--server",
        tiny.address,
        "--channel",
        "channel.toml",
        "marked.txt",
        "--take-out-marks",
        "--yes",
        "-o",
        "other",
    )
    assert done.exit_code == 0, done.output
    (folder / "clean.txt").write_text(MARKED.replace("\u200b", ""))
    assert "byte for byte" in demur("verify", "other.receipt", "--key", "other.key", "clean.txt").stdout


@pytest.mark.parametrize("answer", ["y", "n"])
def test_at_a_terminal_it_is_asked_whether_marks_shall_be_taken_out(
    tiny: TinyServer, folder: Path, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    monkeypatch.setattr("demur.cli.speak.has_terminal", lambda: True)
    (folder / "marked.txt").write_text(MARKED)
    (folder / "clean.txt").write_text(MARKED.replace("\u200b", ""))
    words = ["file", "--server", tiny.address, "--channel", "channel.toml", "marked.txt", "-o", "mine"]
    done = demur(*words, typed=f"{answer}\ny\n")
    assert done.exit_code == 0, done.output
    assert "Take these marks out of the text?" in done.output
    kept = "clean.txt" if answer == "y" else "marked.txt"
    assert "byte for byte" in demur("verify", "mine.receipt", "--key", "mine.key", kept).stdout


def test_a_text_file_with_marks_is_attached_without_them_or_as_it_is(tiny: TinyServer, folder: Path) -> None:
    put(folder, "marks.txt")
    assert "--take-out-marks" in file_with(tiny, "--attach", "marks.txt").stderr
    assert file_with(tiny, "--attach", "marks.txt", "--take-out-marks").exit_code == 0


@pytest.mark.foreign
@pytest.mark.skipif(shutil.which("mat2") is None, reason="script/setup dev installs mat2")
def test_what_mat2_cannot_clean_is_refused_with_clean_too(tiny: TinyServer, folder: Path) -> None:
    for name in ("unknown.bin", "mail.eml", "contact.vcf", "data.sqlite"):
        done = file_with(tiny, "--clean", "--attach", put(folder, name))
        assert done.exit_code == 1, name
        assert "mat2 cannot clean" in done.stderr, name
    done = file_with(tiny, "--clean", "--attach", put(folder, "exif.jpg"))
    assert done.exit_code == 0, done.output
    assert "CANARY" not in done.output
