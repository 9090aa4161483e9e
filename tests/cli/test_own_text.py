# SPDX-License-Identifier: AGPL-3.0-or-later
"""`demur file` of own text: what parts it, passages as claims, a recommendation, and files that hold nothing."""

from pathlib import Path

import click
import pytest

from demur.cli.file import command
from demur.cli.filing_view import _claim_lines
from demur.cli.reading import Reading
from demur.cli.writing import Told, recommendation_of
from demur.dissent.documents.dissent import Dissent
from demur.dissent.errors import DissentError

LINES = "The crossing\r\nThe count is wrong. It is old.\r\nThe road is shut.\r\n"
WRAPPED = (
    "This text was wrapped by a mail program, which ended each of its\n"
    "lines at some seventy letters, wherever a word happened to end so\n"
    "that nobody can tell which line ends are the author's own.\n"
)


def read(folder: Path, text: str | bytes, *, name: str = "dissent.txt", as_is: bool = False, **told: object) -> Dissent:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    reading = Reading(as_is=as_is, cleaning=False)
    return reading.dissent(path, Told(**told), template=False)  # type: ignore[arg-type]


def test_the_command_takes_each_of_them() -> None:
    names = {option for parameter in command.params for option in parameter.opts}
    assert {"--parts", "--claim-text", "--recommendation", "--language"} <= names


def test_line_ends_part_and_passages_are_found_whatever_their_white_space(tmp_path: Path) -> None:
    told = {"claims": (3,), "quoted": ("count is\nwrong.",), "recommendation": "Count again.", "language": "en"}
    made = read(tmp_path, LINES, **told)

    assert [claim.text for claim in made.claims] == ["The road is shut.", "count is wrong."]
    assert all(LINES.encode()[row.start : row.end].decode() == row.text for row in made.claims)
    assert (made.parts, made.recommendation, made.language) == ("lines", "Count again.", "en")
    assert Dissent.parse(made.json) == made


@pytest.mark.parametrize(
    ("passage", "why"), [("no such words", "does not stand"), ("is", "more than once"), ("", "does not stand")]
)
def test_a_passage_must_stand_once(tmp_path: Path, passage: str, why: str) -> None:
    with pytest.raises(DissentError, match=why):
        read(tmp_path, LINES, quoted=(passage,))


def test_wrapped_lines_are_asked_about_only_where_it_matters(tmp_path: Path) -> None:
    with pytest.raises(click.UsageError, match="--parts blank"):
        read(tmp_path, WRAPPED, claims=(1,))
    assert len(read(tmp_path, WRAPPED).claims) == 1
    assert read(tmp_path, WRAPPED, claims=(1, 3), parts="lines").claims[1].text.startswith("that nobody")


def test_what_a_reply_could_pass_over_is_said(tmp_path: Path) -> None:
    whole = " ".join(_claim_lines(read(tmp_path, WRAPPED)))
    assert "One claim, the whole text" in whole
    assert "It is 1 paragraph: the reply could pass over a point." in whole
    document = " ".join(_claim_lines(read(tmp_path, b"\x00\x01 not text", name="a.bin", as_is=True)))
    assert document == "  One claim, the document as a whole: the reply must answer it."


@pytest.mark.parametrize("data", [b"", b" \n", "\u200b\u00a0\n".encode()])
@pytest.mark.parametrize("as_is", [False, True])
def test_an_empty_document_is_refused(tmp_path: Path, data: bytes, as_is: bool) -> None:
    with pytest.raises(DissentError, match=r"is empty|holds no text"):
        read(tmp_path, data, as_is=as_is)


def test_an_empty_attachment_is_refused(tmp_path: Path) -> None:
    (tmp_path / "table.csv").touch()
    with pytest.raises(DissentError, match="is empty"):
        Reading(as_is=True, cleaning=False).attachment(tmp_path / "table.csv")


def test_a_text_named_as_ours_is_filed_under_another_name_and_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = read(tmp_path, LINES, name="dissent.json")
    assert made.original == "original-dissent.json"
    assert "filed as original-dissent.json" in capsys.readouterr().err


def test_a_byte_order_mark_stays_in_the_original_and_out_of_subject_and_claims(tmp_path: Path) -> None:
    marked = "\ufeff" + LINES
    made = read(tmp_path, marked, claims=(1,))
    assert (made.text, made.subject, made.claims[0].text) == (marked, "The crossing", "The crossing")
    assert read(tmp_path, marked).claims[0].text == LINES


def test_a_recommendation_is_a_text_or_a_file(tmp_path: Path) -> None:
    (tmp_path / "r.txt").write_bytes("\ufeffCount again.".encode())
    assert recommendation_of(str(tmp_path / "r.txt")) == "Count again."
    assert recommendation_of("Count again.") == "Count again."


def test_a_template_says_these_things_itself(tmp_path: Path) -> None:
    with pytest.raises(click.UsageError, match="leave those options out"):
        read(tmp_path, 'subject = "S"', name="dissent.toml", recommendation="R")
