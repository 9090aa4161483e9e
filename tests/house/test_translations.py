# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every text that can be translated is, in every language; and every text on a page can be."""

import re
import sys
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "script"))
LANGUAGES = sorted(path.parent.parent.name for path in (ROOT / "src/demur/locale").glob("*/LC_MESSAGES/django.po"))
PLACEHOLDER = re.compile(r"%\(\w+\)s|\{\w+\}")


def texts() -> Catalog:
    from messages import template_of_texts

    return template_of_texts(ROOT / "src" / "demur")


def catalogue(language: str) -> Catalog:
    with (ROOT / f"src/demur/locale/{language}/LC_MESSAGES/django.po").open("rb") as file:
        return read_po(file, locale=language)


def test_indonesian_is_kept() -> None:
    assert "id" in LANGUAGES


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_translated(language: str) -> None:
    known = catalogue(language)
    missing = [
        message.id
        for message in texts()
        if message.id and (known.get(message.id) is None or not known.get(message.id).string)
    ]  # type: ignore[union-attr]

    assert missing == []
    assert not [message.id for message in known if message.id and message.fuzzy]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_fills_in_what_the_text_fills_in(language: str) -> None:
    for message in catalogue(language):
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        strings = message.string if isinstance(message.string, tuple) else (message.string,)
        for string in strings:
            assert set(PLACEHOLDER.findall(string)) == set(PLACEHOLDER.findall(ids[-1])), message.id


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_answer_and_an_outcome_have_words_of_their_own(language: str) -> None:
    words = [
        "Answered",
        "Referred",
        "Declined",
        "Accepted",
        "Accepted in part",
        "Rejected",
        "Overtaken",
        "Out of scope",
    ]
    known = catalogue(language)
    told = [str(known[word].string) for word in words if word in known]

    assert len(told) == len(set(told)) >= 6, told


def test_what_is_due_by_a_day_may_still_be_done_on_it() -> None:
    for message in catalogue("id"):
        strict = (
            re.search(r"\bby (\{(date|due)\}|a date)", str(message.id), re.IGNORECASE)
            and "sebelum" in str(message.string).lower()
        )
        assert not strict, f"{message.string}: `sebelum` ends a day earlier"


def test_no_template_holds_a_text_that_cannot_be_translated() -> None:
    for file in (ROOT / "src/demur").rglob("templates/**/*.html"):
        text = file.read_text()
        text = re.sub(r"{% (blocktranslate).*?{% endblocktranslate %}", "", text, flags=re.DOTALL)
        text = re.sub(r"{#.*?#}|{%.*?%}|{{.*?}}|<pre>.*?</pre>|<[^>]*>", " ", text, flags=re.DOTALL)
        left = [word for word in re.findall(r"[A-Za-z]{2,}", text) if word not in {"Demur"}]
        assert left == [], f"{file}: {left}"
