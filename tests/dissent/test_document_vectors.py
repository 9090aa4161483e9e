# SPDX-License-Identifier: AGPL-3.0-or-later
"""`spec/vectors/dissent.json`, which the browser runs too (`assets/tests/documents.test.js`), says what this version decides."""

import json

import pytest
from make_document_vectors import PATH, make

pytestmark = pytest.mark.vectors


def test_the_vectors_of_documents_are_what_this_version_decides() -> None:
    assert json.loads(PATH.read_text(encoding="utf-8")) == make()
