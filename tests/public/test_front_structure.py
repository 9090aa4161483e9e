# SPDX-License-Identifier: AGPL-3.0-or-later
"""The page can be read by everybody: by ear, by keyboard, in another direction, without style, and with nothing but this server."""

from dataclasses import replace
from itertools import pairwise

import pytest
from sample_channel import Read, channel, page, read

OPEN = channel()
PAGES = {
    "open": OPEN,
    "practice": replace(OPEN, practice=True),
    "not open": replace(OPEN, is_open=False),
    "no charter": replace(OPEN, frozen=None, seats=(), is_open=False),
}


@pytest.fixture(params=PAGES)
def found(request: pytest.FixtureRequest) -> Read:
    """Each kind of page, read back."""
    return read(page(PAGES[request.param]))


def test_headings_skip_no_level(found: Read) -> None:
    levels = [int(heading.tag[1]) for heading in found.all("h1", "h2", "h3", "h4")]

    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(lower - upper <= 1 for upper, lower in pairwise(levels))


def test_tables_have_captions_and_scopes(found: Read) -> None:
    assert len(found.all("caption")) == len(found.all("table"))
    assert all(head.attributes.get("scope") in {"col", "row"} for head in found.all("th"))


def test_landmarks_stand_once_and_the_skip_link_leads_to_the_content(found: Read) -> None:
    assert [len(found.all(tag)) for tag in ("header", "nav", "main", "footer")] == [1, 1, 1, 1]
    assert found.all("a")[0].attributes["href"] == "#" + found.all("main")[0].attributes["id"]
    assert found.all("nav")[0].attributes["aria-label"]


def test_ids_are_unique_and_links_inside_the_page_lead_somewhere(found: Read) -> None:
    ids = [element.attributes["id"] for element in found.elements if "id" in element.attributes]

    assert len(ids) == len(set(ids))
    assert {link.attributes["href"][1:] for link in found.all("a") if link.attributes["href"].startswith("#")} <= set(
        ids
    )


def test_the_page_holds_no_script_no_style_and_nothing_from_elsewhere(found: Read) -> None:
    assert found.all("script", "style", "form", "iframe", "object", "img") == []
    for element in found.elements:
        assert "style" not in element.attributes
        assert not [name for name in element.attributes if name.startswith("on")]
        for name in ("href", "src"):
            assert element.attributes.get(name, "/").startswith(("/", "#"))
            assert not element.attributes.get(name, "/").startswith("//")


def test_the_page_can_be_read_from_right_to_left() -> None:
    html = read(page(OPEN, language="ar")).all("html")[0]

    assert (html.attributes["lang"], html.attributes["dir"]) == ("ar", "rtl")
    assert read(page(OPEN)).all("html")[0].attributes["dir"] == "ltr"


def test_the_words_keep_their_language_and_direction_on_every_page() -> None:
    words = read(page(OPEN, language="ar")).all("ol")[0]

    assert (words.attributes["lang"], words.attributes["dir"]) == ("en", "ltr")
    assert words.attributes["translate"] == "no"  # a browser that translates pages would make other words of them
