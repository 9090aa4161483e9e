# SPDX-License-Identifier: AGPL-3.0-or-later
"""The committed vectors are what this code makes: a change of a final format shows here, in Python and in node."""

import json
import subprocess
from pathlib import Path

import pytest
from make_seal_vectors import MAKERS, VECTORS, text_of

from demur import canonical
from demur.seal.words import nearest, typed_words, words_to_entropy

pytestmark = pytest.mark.vectors
ASSETS = Path(__file__).parents[2] / "assets"


@pytest.mark.parametrize("name", MAKERS)
def test_the_committed_vector_is_what_the_code_makes(name: str) -> None:
    assert (VECTORS / f"{name}.json").read_text() == text_of(name)


def test_what_is_not_canonical_is_refused() -> None:
    for text in json.loads((VECTORS / "canonical.json").read_text())["bad"]:
        with pytest.raises(canonical.CanonicalError):
            canonical.load(bytes.fromhex(text))


def test_the_words_of_the_vectors_lead_back() -> None:
    for row in json.loads((VECTORS / "return-words.json").read_text())["return"]:
        assert words_to_entropy(row["words"]).hex() == row["entropy"]


def test_words_are_read_however_they_were_written_down() -> None:
    vectors = json.loads((VECTORS / "return-words.json").read_text())
    for row in vectors["typed"]:
        assert typed_words(row["text"]) == row["words"], row["text"]
    assert {word: nearest(word) for word in vectors["nearest"]} == vectors["nearest"]


def test_node_reads_the_same_vectors() -> None:
    done = subprocess.run(["node", "--test", "tests/"], cwd=ASSETS, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    assert "# fail 0" in done.stdout or "fail 0" in done.stdout
