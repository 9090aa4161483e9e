# SPDX-License-Identifier: AGPL-3.0-or-later
"""The files that contracts and documents name exist: a wildcard that matches nothing protects nothing, silently."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "demur"
NAMED_BY_WILDCARDS = ["dissent/states.py", "dissent/policy.py", "dissent/visibility.py", "people/roles.py"]


@pytest.mark.parametrize("name", NAMED_BY_WILDCARDS)
def test_a_file_named_by_a_wildcard_exists(name: str) -> None:
    assert (SOURCE / name).is_file()


def test_every_wildcard_of_the_contracts_matches_one_of_them() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    wild = {
        name.rsplit(".", 1)[1] for contract in contracts for name in contract.get("source_modules", []) if "**" in name
    }

    assert wild == {Path(name).stem for name in NAMED_BY_WILDCARDS}


def test_every_folder_has_a_sentence_about_itself() -> None:
    for folder in SOURCE.iterdir():
        if folder.is_dir() and folder.name not in {"locale", "__pycache__"}:
            text = (folder / "__init__.py").read_text()
            assert re.search(r'"""[A-Z].+\."""', text, re.DOTALL), folder


def test_init_files_hold_a_docstring_only() -> None:
    for file in SOURCE.rglob("__init__.py"):
        lines = [line for line in file.read_text().splitlines() if line.strip() and not line.startswith("#")]
        code = "\n".join(lines)
        allowed = re.fullmatch(r'(""".*?""")?(\n__version__ = "[0-9.]+")?', code, re.DOTALL)
        assert allowed, file


def test_every_error_family_stands_in_the_tree() -> None:
    tree = (SOURCE / "errors.py").read_text()
    for file in SOURCE.glob("*/errors.py"):
        assert f"demur.{file.parent.name}.errors" in tree, file


def test_every_error_class_stands_in_its_familys_tree() -> None:
    for file in SOURCE.glob("*/errors.py"):
        docstring, _, code = file.read_text().partition('"""\n\n')
        for name in re.findall(r"^class (\w+)", code, re.MULTILINE):
            assert name in docstring, f"{name} is missing from the tree in {file}"
