# SPDX-License-Identifier: AGPL-3.0-or-later
"""The demo plays a case to the answer and leaves nothing behind."""

import os
import tempfile
from pathlib import Path

import pytest

from serving import demur

pytestmark = pytest.mark.story


def test_the_demo_plays_to_the_answer_and_leaves_nothing(tmp_path: Path) -> None:
    place = tmp_path / "tmp"
    place.mkdir()

    done = demur("demo", "--once", home=tmp_path / "home", more={"TMPDIR": str(place)})

    assert done.code == 0, done.err
    assert "The count was taken in the wrong week." in done.out
    assert "nothing of it is left" in done.out
    assert list(place.iterdir()) == []
    assert list((tmp_path / "home").iterdir()) == []
    assert os.environ.get("DEMUR_HOME") is None or Path(tempfile.gettempdir()).exists()
