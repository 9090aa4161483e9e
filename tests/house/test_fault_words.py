# SPDX-License-Identifier: AGPL-3.0-or-later
"""Each fault of a thread that a reader can tell is named in the format, and said by command, browser and plain page."""

import ast
import inspect
import re
import textwrap
from pathlib import Path

from demur.cli.fault_view import SENTENCES
from demur.client import thread
from demur.dissent import procedure
from demur.web.sayings import CASE

ROOT = Path(__file__).parents[2]


def told() -> set[str]:
    """The names that the reader gives: of the procedure's checks, and of an event's place."""
    places = [thread._Judging._fault, thread._Judging._unannounced]
    tree = ast.parse("\n".join(textwrap.dedent(inspect.getsource(place)) for place in places))
    members = {id(node.slice) for node in ast.walk(tree) if isinstance(node, ast.Subscript)}
    found = {
        node.value
        for returned in ast.walk(tree)
        if isinstance(returned, ast.Return)
        for node in ast.walk(returned)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value and id(node) not in members
    }
    return found | {name for name, _ in procedure._CHECKS}


def test_each_fault_is_said_everywhere_and_nothing_else_is() -> None:
    spec = (ROOT / "spec" / "event.md").read_text(encoding="utf-8")
    section = spec.partition("## What a reader holds against the thread")[2].partition("A broken chain")[0]
    listed = set(re.findall(r"`([a-z]+)`(?= \(|,)", section.partition("Faults:")[2]))
    assert {"conflict", "who", "seen", "roster", "recused", "old"} <= told()
    assert told() == set(SENTENCES) == {key.removeprefix("fault-") for key in CASE if key.startswith("fault-")}
    assert told() <= listed


def test_the_browsers_reader_gives_the_same_names() -> None:
    scripts = [(ROOT / "assets" / "lib" / name).read_text(encoding="utf-8") for name in ("thread.js", "procedure.js")]
    for name in told():
        assert any(f'"{name}"' in text for text in scripts), name
