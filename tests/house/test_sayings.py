# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whatever the browser's modules refuse has a sentence in every room whose scripts can meet it: no reader is shown a bare word."""

import re
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from demur.dissent.documents.dissent import PROMPTS

ROOT = Path(__file__).parents[2]
ASSETS = ROOT / "assets"
IMPORT = re.compile(r"""^(?:import|export)\b[^;]*?from "(\.[^"]+)";|\bimport\("(\.[^"]+)"\)""", re.MULTILINE)
# How a refusal is made: as one, by the helpers of lib/errors.js, or under a module's own name for all of its refusals.
THROWN = re.compile(
    r"""(?:new Refusal|\brefuse|\bunder)\(\s*(?:[^"`(),]* \? )?"([a-z][a-z0-9-]*)"(?: : "([a-z][a-z0-9-]*)")?"""
)
NAMED = re.compile(r"""const [A-Z_]*CODE[A-Z_]* = "([a-z][a-z0-9-]*)";""")
ROOMS = {
    "author": (
        "pages/author/write.js",
        "pages/author/writing.js",
        "pages/author/case.js",
        "pages/author/mycase.js",
        "pages/author/worker.js",
        "pages/author/case/worker.js",
    ),
    "desk": ("pages/desk/desk.js", "pages/desk/worker.js"),
}


def modules(room: str) -> set[Path]:
    """What a room's scripts and its worker are made of."""
    found: set[Path] = set()
    waiting = [ASSETS / entry for entry in ROOMS[room]]
    while waiting:
        path = waiting.pop().resolve()
        if path not in found:
            found.add(path)
            waiting += [path.parent / (static or dynamic) for static, dynamic in IMPORT.findall(path.read_text())]
    return found


def codes(room: str) -> dict[str, str]:
    """Each code that can be refused there, with a module that does."""
    found: dict[str, str] = {}
    for path in sorted(modules(room)):
        text = re.sub(r"^\s*//.*$", "", path.read_text(), flags=re.MULTILINE)
        for code in [*NAMED.findall(text), *(code for pair in THROWN.findall(text) for code in pair if code)]:
            found.setdefault(code, path.relative_to(ASSETS).as_posix())
    return found


def sentences(room: str) -> dict[str, str]:
    """All that the room's scripts can say."""
    module = import_module(f"demur.{room}.sayings")
    return {code: text for value in vars(module).values() if isinstance(value, Mapping) for code, text in value.items()}


@pytest.mark.parametrize("room", ROOMS)
def test_every_refusal_has_its_sentence(room: str) -> None:
    found = codes(room)

    assert len(found) > 40  # the search itself finds them
    assert {"fault", "worker-lost", "closed", "unreachable"} <= set(sentences(room))
    missing = {code: where for code, where in found.items() if code not in sentences(room)}
    # A refusal about what a server says or what is too large may have one sentence for each kind of it instead.
    assert {c: w for c, w in missing.items() if not any(known.startswith(f"{c}-") for known in sentences(room))} == {}


@pytest.mark.parametrize("room", ROOMS)
def test_every_question_of_the_template_has_its_text_on_both_pages_in_both_languages(room: str) -> None:
    """A dissent that answers a question without a text here could not be shown at all: the page made a mistake instead."""
    known = sentences(room)
    assert len(PROMPTS) == 9
    with (ROOT / "src/demur/locale/id/LC_MESSAGES/django.po").open("rb") as file:
        catalogue = read_po(file, locale="id")
    for name in PROMPTS:
        text = known[f"prompt-{name}"]
        message = catalogue.get(text)
        assert message is not None, name
        assert message.string, name


def test_the_authors_page_shows_each_answer_that_was_given() -> None:
    shown = (ASSETS / "pages/author/prompts.js").read_text(encoding="utf-8")
    # The recommendation has a heading of its own.
    assert [name for name in PROMPTS if f'"{name}"' not in shown] == ["recommendation"]


def test_the_search_sees_every_way_of_refusing() -> None:
    text = (
        'throw new Refusal("a-b", {}); refuse("c"); under("d", () => 1); const CODE = "e"; new Refusal(x ? "f" : "g")'
    )

    assert {code for pair in THROWN.findall(text) for code in pair if code} | set(NAMED.findall(text)) == set(
        "cdefg"
    ) | {"a-b"}
