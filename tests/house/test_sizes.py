# SPDX-License-Identifier: AGPL-3.0-or-later
"""The tail is capped: no long module, no long or tangled function, no silent except, no module without a docstring."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE, TESTS = ROOT / "src", ROOT / "tests"
BRANCHES = (ast.If, ast.For, ast.While, ast.ExceptHandler, ast.IfExp, ast.Assert, ast.comprehension, ast.match_case)
LICENCE = "# SPDX-License-" + "Identifier: "  # in two parts, so that `reuse` does not read it
LONGEST_MODULE, LONGEST_TEST, LONGEST_FUNCTION, MOST_COMPLEX, DEEPEST = 500, 700, 80, 10, 3


def modules(where: Path) -> Iterator[tuple[Path, str]]:
    for file in where.rglob("*.py"):
        if "migrations" not in file.parts and file.read_text().strip():
            yield file, file.read_text()


def functions(where: Path) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for file, text in modules(where):
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{file}:{node.lineno} {node.name}", node


def complexity(node: ast.AST) -> int:
    """Branches, boolean operators, and one: the strictest of the usual counts."""
    branches = sum(isinstance(part, BRANCHES) for part in ast.walk(node))
    return 1 + branches + sum(len(part.values) - 1 for part in ast.walk(node) if isinstance(part, ast.BoolOp))


def depth(node: ast.AST) -> int:
    inner = max((depth(child) for child in ast.iter_child_nodes(node)), default=0)
    return inner + isinstance(node, ast.If | ast.For | ast.While | ast.With | ast.Try)


def test_no_module_is_longer_than_its_stop() -> None:
    long = {
        str(file): len(text.splitlines()) for file, text in modules(SOURCE) if len(text.splitlines()) > LONGEST_MODULE
    }
    long |= {
        str(file): len(text.splitlines()) for file, text in modules(TESTS) if len(text.splitlines()) > LONGEST_TEST
    }

    assert long == {}


def test_no_function_is_longer_than_its_stop() -> None:
    long = {
        name: node.end_lineno - node.lineno + 1
        for name, node in functions(SOURCE)
        if (node.end_lineno or 0) - node.lineno >= LONGEST_FUNCTION
    }  # type: ignore[operator]

    assert long == {}


def test_no_function_is_more_tangled_than_its_stop() -> None:
    assert {name: complexity(node) for name, node in functions(SOURCE) if complexity(node) > MOST_COMPLEX} == {}


def test_no_function_is_nested_deeper_than_its_stop() -> None:
    # An `elif` is an `if` inside an `else` to Python and a list to the reader; chains of them are counted by complexity.
    assert {name: depth(node) for name, node in functions(SOURCE) if depth(node) > DEEPEST + 1} == {}


def test_every_module_says_what_it_is_and_under_which_licence() -> None:
    for file, text in modules(SOURCE):
        assert text.startswith(LICENCE), file
        assert ast.get_docstring(ast.parse(text)), file


def test_every_public_function_and_class_says_what_it_means() -> None:
    silent = []
    for file, text in modules(SOURCE):
        for node in ast.walk(ast.parse(text)):
            named = isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
            if named and not ast.get_docstring(node) and not _is_inside_function(node, ast.parse(text)):  # type: ignore[arg-type]
                silent.append(f"{file}:{node.lineno} {node.name}")  # type: ignore[attr-defined]

    assert silent == []


def _is_inside_function(node: ast.FunctionDef | ast.ClassDef, tree: ast.AST) -> bool:
    for parent in ast.walk(tree):
        if isinstance(parent, ast.FunctionDef) and parent.lineno < node.lineno <= (parent.end_lineno or 0):
            return True
        if (
            isinstance(parent, ast.ClassDef)
            and parent.name.startswith("_")
            and parent.lineno < node.lineno <= (parent.end_lineno or 0)
        ):
            return True
    return False


def test_no_except_swallows_what_it_does_not_name() -> None:
    for file, text in modules(SOURCE):
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ExceptHandler):
                assert node.type is not None, f"{file}:{node.lineno} has a bare except"
                broad = isinstance(node.type, ast.Name) and node.type.id in {"Exception", "BaseException"}
                ends_raised = bool(node.body) and isinstance(node.body[-1], ast.Raise)
                # One that hands the error to whoever waits for it, or tells it and tries again, says so on its line.
                says_why = "# noqa: BLE001 -- " in text.splitlines()[node.lineno - 1]
                assert not broad or ends_raised or says_why, f"{file}:{node.lineno} swallows everything"
