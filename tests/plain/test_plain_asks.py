# SPDX-License-Identifier: AGPL-3.0-or-later
"""A charter that asks something and takes nothing for granted can be answered on the plain pages too."""

from collections.abc import Iterator

import pytest
from sheets import file_it, post, sheet

from demur.charter.builtin import builtin_text
from serving import Channel, practice_channel

TEXT = "A subject\r\n\r\nThe count was wrong.\r\n"
ASKS = """[[fact]]
id = "unit"
question = "Which unit do you belong to?"
choices = ["North", "South"]

[[seat]]
id = "custodian"
"""


@pytest.fixture(scope="module")
def asking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Channel]:
    place = tmp_path_factory.mktemp("asking")
    ours = builtin_text("demur-default")
    asks = place / "ask.toml"
    asks.write_text(ours.replace('[[seat]]\nid = "custodian"\n', ASKS, 1))
    with practice_channel(place, charter=str(asks)) as channel:
        yield channel


def test_a_question_without_a_usual_answer_is_asked_on_the_second_sheet_and_filed_with_its_answer(
    asking: Channel,
) -> None:
    status, page = post(asking, "/en/file/plain/", [("to", "choose"), ("text", TEXT), ("subject", "")])
    assert (status, "Which unit do you belong to?" in page, 'class="errors"' in page) == (200, True, False)

    assert " checked" not in page  # nothing is stated for the author
    fields = sheet(asking, TEXT)
    status, page, code = file_it(asking, fields)
    assert (status, code) == (400, "")
    assert "Choose an answer to what the charter asks" in page
    assert 'name="fact-unit" value="South"' in page  # it can be answered where it is asked for

    for answer in ("South", ""):
        status, page, code = file_it(asking, [*fields, ("fact-unit", answer)])
        assert (status, len(code)) == (200, 42), page
        assert (answer or "Not stated") in page
