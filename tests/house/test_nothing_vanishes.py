# SPDX-License-Identifier: AGPL-3.0-or-later
"""Tests that need no data run always: what is marked `data` reads the real cases, and what does not is not marked."""

import ast
from pathlib import Path

TESTS = Path(__file__).parents[1]
READS = {
    "data_directory",
    "DATA",
    "real_dissents",
    "naughty_strings",
    "files_of",
}  # names that stand for the real cases


def marked_data() -> dict[str, set[str]]:
    """Every test with the mark, and the names that it and its decorators use."""
    found = {}
    for path in TESTS.rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef) and any(
                "mark.data" in ast.unparse(part) for part in node.decorator_list
            ):
                names = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
                found[f"{path.relative_to(TESTS)}::{node.name}"] = names
    return found


def test_what_is_marked_data_needs_data() -> None:
    marked = marked_data()

    assert len(marked) > 5
    assert [name for name, names in marked.items() if not names & READS] == []
