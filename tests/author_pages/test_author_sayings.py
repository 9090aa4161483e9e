# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every sentence that a script can say is on its page, every part that it clones is there, and nothing is carried that nobody says."""

import re
from pathlib import Path

import pytest

from demur.author.sayings import FILES, READING, WRITING, carried

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "assets/pages"
TEMPLATES = ROOT / "src/demur/author/templates/author"
IMPORTED = re.compile(r'^import .* from "(\.[^"]+)";$', re.MULTILINE)
SAID = re.compile(r'\b(?:say|code:|Refusal\()\s*\(?"([a-z][a-z0-9_-]*)"')
SAID_EITHER = re.compile(r'say\([^;]*?\? "([a-z-]+)" : "([a-z-]+)"')
MADE = re.compile(r"say\(`([a-z]+-)\$\{")
CLONED = re.compile(r'\bpart\("([a-z-]+)"')
WRITE = ("author/write.js", "author/writing.js")
CASE = ("author/case.js", "author/mycase.js")


def modules(entries: tuple[str, ...]) -> set[Path]:
    """The modules of a page's scripts: what each imports, and so on."""
    found: set[Path] = set()
    waiting = [PAGES / entry for entry in entries]
    while waiting:
        path = waiting.pop().resolve()
        if path not in found:
            found.add(path)
            waiting += [path.parent / name for name in IMPORTED.findall(path.read_text())]
    return found


def texts(entries: tuple[str, ...]) -> str:
    return "\n".join(path.read_text() for path in modules(entries))


@pytest.mark.parametrize(("entries", "sayings"), [(WRITE, WRITING), (CASE, READING)], ids=["file", "case"])
def test_every_sentence_that_is_said_is_there(entries: tuple[str, ...], sayings: dict[str, str]) -> None:
    text = texts(entries)
    codes = set(SAID.findall(text)) | {code for pair in SAID_EITHER.findall(text) for code in pair}

    assert len(codes) > 40
    # What is said of files comes when the first is chosen.
    known = {**carried(sayings), **(FILES if entries == WRITE else {})}
    assert sorted(codes - set(known) - {"text"}) == []
    for prefix in MADE.findall(text):
        assert [code for code in known if code.startswith(prefix)], prefix


@pytest.mark.parametrize(("entries", "template"), [(WRITE, "file.html"), (CASE, "case.html")], ids=["file", "case"])
def test_every_part_that_is_cloned_is_there(entries: tuple[str, ...], template: str) -> None:
    html = (TEMPLATES / template).read_text() + (TEMPLATES / "steps/after.html").read_text() * (template == "file.html")
    wanted = set(CLONED.findall(texts(entries)))

    assert len(wanted) > 5
    assert {name for name in wanted if f'id="part-{name}"' not in html} == set()


@pytest.mark.parametrize(("entries", "sayings"), [(WRITE, WRITING), (CASE, READING)], ids=["file", "case"])
def test_a_place_in_a_sentence_is_a_word(entries: tuple[str, ...], sayings: dict[str, str]) -> None:
    for code, sentence in sayings.items():
        assert not re.search(r"\{(?!\w+\})", sentence), code
        assert sentence.strip() == sentence, code


def test_no_module_of_a_page_stores_anything_or_makes_markup() -> None:
    markup = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\("
    stores = r"localStorage|sessionStorage|indexedDB|pushState|replaceState|document\.cookie"
    forbidden = f"{markup}|{stores}"
    for path in modules(WRITE + CASE):
        code = re.sub(r"//.*", "", path.read_text())
        assert re.findall(forbidden, code) == [], path
