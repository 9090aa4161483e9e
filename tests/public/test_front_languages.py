# SPDX-License-Identifier: AGPL-3.0-or-later
"""The page in Indonesian is Indonesian: whole, with the same facts, and dates as people write them."""

from html import escape
from pathlib import Path

from babel.messages.pofile import read_po
from sample_channel import channel, page, read

ROOT = Path(__file__).parents[2]
OPEN = channel()


def plain_texts() -> dict[str, str]:
    """The catalogue's texts that nothing is filled into and that differ in Indonesian."""
    with (ROOT / "src/demur/locale/id/LC_MESSAGES/django.po").open("rb") as file:
        messages = [message for message in read_po(file, locale="id") if isinstance(message.id, str) and message.id]
    plain = [message for message in messages if "%" not in message.id and "{" not in message.id]
    return {message.id: str(message.string) for message in plain if message.id != message.string}


def test_no_text_of_ours_is_left_in_english() -> None:
    english, indonesian = page(OPEN), page(OPEN, language="id")
    # Only whole sentences: a word such as "Reply" is also part of names that a charter gives.
    used = {text: other for text, other in plain_texts().items() if escape(text) in english and len(text.split()) > 2}

    assert len(used) > 30
    assert [text for text in used if escape(text) in indonesian] == []
    assert [other for other in used.values() if escape(other) not in indonesian] == []


def test_both_languages_give_the_same_facts() -> None:
    english, indonesian = read(page(OPEN)), read(page(OPEN, language="id"))

    def facts(found: object) -> list[object]:
        return [
            [(element.tag, element.attributes.get("datetime"), element.attributes.get("id")) for element in part]
            for part in [found.all("time", "h2", "h3", "tr", "li")]  # type: ignore[attr-defined]
        ]

    assert facts(english) == facts(indonesian)
    for holder in OPEN.seats:
        assert (holder.holder in english.text) == (holder.holder in indonesian.text)


def test_dates_are_written_as_people_write_them() -> None:
    assert "Senin, 30\u00a0November\u00a02026" in page(OPEN, language="id")
    assert "Monday, 30\u00a0November\u00a02026" in page(OPEN, language="en")


def test_each_page_leads_to_the_other_language() -> None:
    for language, other in (("en", "id"), ("id", "en")):
        found = read(page(OPEN, language=language))
        links = [link.attributes for link in found.all("nav", "a") if "hreflang" in link.attributes]
        assert [(link["href"], link["lang"]) for link in links] == [(f"/{other}/", other)]
        assert found.all("html")[0].attributes["lang"] == language
