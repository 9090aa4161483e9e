# SPDX-License-Identifier: AGPL-3.0-or-later
"""Nothing committed names a machine's paths or a registry's host, and nothing is left to do."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PLACES = re.compile(r"(?<![A-Za-z0-9_./-])/(?:work|root|home|farm|opt)/[a-z]")
HOSTS = re.compile(r"(?:pypi\.org|pythonhosted\.org|registry\.npmjs\.org|deb\.debian\.org|proxy\.golang\.org)")
MARKS = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b")


def files() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    return [ROOT / name for name in listed.splitlines() if (ROOT / name).is_file() and not name.startswith("LICENSES/")]


@pytest.mark.parametrize(
    ("what", "pattern"), [("a machine's path", PLACES), ("a registry's host", HOSTS), ("a left-over mark", MARKS)]
)
def test_no_file_holds(what: str, pattern: re.Pattern[str]) -> None:
    found = []
    for file in files():
        text = file.read_bytes().decode("utf-8", "replace")
        found += [f"{file.relative_to(ROOT)}: {match[0]}" for match in pattern.finditer(text) if file != Path(__file__)]

    assert found == [], what


def test_nothing_of_the_real_cases_is_committed() -> None:
    names = {file.name for file in files()}

    assert not [name for name in names if name.startswith("frus") or name in {"blns.json", "blns.txt"}]
