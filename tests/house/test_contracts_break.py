# SPDX-License-Identifier: AGPL-3.0-or-later
"""Each import contract is seen to break: a contract that cannot break protects nothing."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PLANTED = {
    "a library imports Django": ("record/entry.py", "import django\n", "libraries know no web framework"),
    "a library imports a database": ("client/files.py", "import sqlite3\n", "libraries know no web framework"),
    "the offline verifier imports Django": ("cli/verify.py", "import django.db\n", "libraries know no web framework"),
    "the procedure imports models": (
        "dissent/policy.py",
        "from demur.dissent import models\n",
        "procedure itself is pure",
    ),
    "a room imports another": ("author/api.py", "import demur.desk.api\n", "house has floors"),
    "a page imports sealing": ("public/views.py", "import demur.seal.signing\n", "Pages never hold keys"),
    "a page records": ("desk/api.py", "import demur.dissent.recording\n", "Only actions write"),
    "an action writes rows of the record": (
        "dissent/actions/close.py",
        "import demur.entries.writing\n",
        "modules named recording",
    ),
    "a floor imports the one above": ("seal/padme.py", "import demur.charter.model\n", "house has floors"),
}


def lint(place: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache", "--config", "pyproject.toml"],
        cwd=place,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "", "PYTHONPATH": str(place / "src")},
    )


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("house")
    shutil.copytree(ROOT / "src", place / "src", ignore=shutil.ignore_patterns("__pycache__", "*.mo"))
    shutil.copy(ROOT / "pyproject.toml", place)
    return place


def test_the_house_as_it_stands_keeps_its_contracts(house: Path) -> None:
    assert lint(house).returncode == 0


@pytest.mark.parametrize("name", PLANTED)
def test_a_contract_breaks_when(name: str, house: Path) -> None:
    path, line, contract = PLANTED[name]
    file = house / "src" / "demur" / path
    before = file.read_text()
    file.write_text(before + line)
    try:
        done = lint(house)
    finally:
        file.write_text(before)

    assert done.returncode == 1
    assert any(contract in row and "BROKEN" in row for row in done.stdout.splitlines()), done.stdout[-2000:]


def test_a_new_folder_must_be_given_a_floor(house: Path) -> None:
    folder = house / "src" / "demur" / "cellar"
    folder.mkdir()
    (folder / "__init__.py").write_text('"""A folder without a floor."""\n')
    try:
        done = lint(house)
    finally:
        shutil.rmtree(folder)

    assert done.returncode == 1
    assert "demur.cellar" in done.stdout
