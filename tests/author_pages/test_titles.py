# SPDX-License-Identifier: AGPL-3.0-or-later
"""The window's title says at which step one is and whether something is wrong; no title holds what was written."""

from collections.abc import Callable
from pathlib import Path

from acting import Author, until
from stub_worker import Played

from serving import Channel

TEXT = "The northern crossing\n\nIt should stay open."
Play = Callable[..., Played]


def title(author: Author) -> str:
    return str(author.value("document.title"))


def step(author: Author) -> str:
    return str(author.value("document.querySelector('[data-step]:not([hidden]) .step').innerText"))


def test_each_step_has_its_number_and_title_and_a_fault_is_in_the_title(served: Channel, played: Play) -> None:
    author = played()
    author.begin(f"{served.url}/en/file/")
    assert step(author) == "Step 1"
    author.write_own(TEXT)
    assert title(author).startswith("Do files go with it?")
    author.next("facts")
    author.choose("agency", "State")
    author.next("readers")
    author.click("#accept-deputy")
    author.next("check")
    assert title(author).startswith("Check what you file")
    author.click("#next")
    author.wait("document.querySelector('[data-act=written]')")
    assert title(author).startswith("Write down these twelve words")
    words = author.words()
    author.click("[data-act=written]")
    author.wait("document.querySelector('[data-act=compare]')")
    assert title(author).startswith("Type two of them back")
    author.click("[data-act=compare]")
    until(lambda: title(author).startswith("Error: Type two of them back"))
    author.click("[data-act=again]")
    author.words_back(words)
    assert title(author).startswith("Your dissent is filed")
    assert "crossing" not in title(author)


def test_a_name_that_cannot_be_sealed_is_told_when_the_file_is_chosen(
    served: Channel, played: Play, tmp_path: Path
) -> None:
    odd, plain = tmp_path / "nul\u0001name.txt", tmp_path / "plain.txt"
    for file in (odd, plain):
        file.write_text("text")
    author = played()
    author.begin(f"{served.url}/en/file/")
    author.write_own(TEXT)
    author.choose_file("#files", odd, plain)
    until(lambda: author.faults() != [])
    assert "cannot be sealed; rename it" in author.faults()[0]
    rows = author.value("[...document.querySelectorAll('#file-rows > li')].map((row) => row.innerText)")
    assert len(rows) == 1
    assert "plain.txt" in rows[0]


def test_the_text_to_be_checked_takes_the_width_of_the_page_and_scrolls_with_it(served: Channel, played: Play) -> None:
    author = played()
    author.begin(f"{served.url}/en/file/")
    author.write_own("The northern crossing\n\n" + "It should stay open, and be counted.\n\n" * 40)
    author.next("facts")
    author.choose("agency", "State")
    author.next("readers")
    author.click("#accept-deputy")
    author.next("check")
    text, column, inside, outside = author.value(
        "(() => { const text = document.querySelector('.check .own.long'), box = document.querySelector('.check');"
        " return [text.getBoundingClientRect().width, box.getBoundingClientRect().width, text.scrollHeight, text.clientHeight]; })()"
    )
    assert text > 0.95 * column
    assert inside <= outside + 1
