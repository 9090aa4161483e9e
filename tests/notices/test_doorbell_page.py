# SPDX-License-Identifier: AGPL-3.0-or-later
"""The how-to's settings are accepted as they stand, and its table knows every word of failure."""

import re
import tomllib
from pathlib import Path

from demur.notices.delivering import PAUSES
from demur.notices.doorbell import Hook, Mail, read_doorbell
from demur.notices.errors import Failure

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "ring-the-doorbell.md").read_text()


def test_both_tables_of_the_page_are_doorbells() -> None:
    tables = [tomllib.loads(text)["doorbell"] for text in re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)]

    assert [type(read_doorbell(table, Path("/srv/demur"))) for table in tables] == [Mail, Hook]


def test_every_word_of_failure_stands_on_the_page() -> None:
    table = PAGE.partition("| the word |")[2].partition("## ")[0]

    assert set(re.findall(r"(?m)^\| `([a-z]+)` \|", table)) == set(Failure)


def test_the_pauses_of_the_page_are_those_of_the_code() -> None:
    assert PAUSES == (60, 5 * 60, 30 * 60, 2 * 3600, 6 * 3600)
    assert "after 1, 5 and 30 minutes, 2 and 6 hours" in PAGE
