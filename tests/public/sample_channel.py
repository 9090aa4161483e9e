# SPDX-License-Identifier: AGPL-3.0-or-later
"""A channel in force as one value, the page made from it, and that page read back as a browser would."""

from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from typing import Any

from django.template.loader import render_to_string
from django.utils import translation

from demur.charter.builtin import builtin_text
from demur.charter.freeze import Frozen, freeze_text
from demur.people.inforce import ChannelInForce, SeatInForce
from demur.public.views import context

# Wednesday 25 November 2026, noon in Washington: Thanksgiving follows, then a weekend.
NOW = 1_795_626_000
VOID = {"meta", "link", "br", "img", "hr", "input"}


def frozen(name: str = "us-state-2fam070") -> Frozen:
    """A built-in charter, frozen for 2026."""
    return freeze_text(builtin_text(name), name=name, year=2026)


def channel(name: str = "us-state-2fam070", **changes: Any) -> ChannelInForce:
    """A real, open channel under a built-in charter, with every seat filled."""
    charter = frozen(name)
    seats = tuple(
        SeatInForce(id=seat.id, title=seat.title, holder=f"Holder of {seat.id}", vacant=False, reads=seat.reads)
        for seat in charter.charter.seats
    )
    value = ChannelInForce(
        origin="dissent.example.org",
        address="https://dissent.example.org",
        words=("they", "hold", "autumn", "dawn", "rifle", "truth"),
        practice=False,
        is_open=True,
        not_open_reason="",
        frozen=charter,
        seats=seats,
        officers=3,
        k=2,
        checkpoint_size=1234,
        checkpoint_time=NOW - 60,
        unwitnessed=True,
    )
    return replace(value, **changes)


def page(value: ChannelInForce, *, language: str = "en", at: int = NOW) -> str:
    """The public page."""
    with translation.override(language):
        return render_to_string("public/front.html", context(value, at=at))


@dataclass(kw_only=True)
class Element:
    """An element of a page, in order of opening, with all text below it."""

    tag: str
    attributes: dict[str, str]
    text: str = ""


@dataclass
class Read(HTMLParser):
    """A page read back. Raises AssertionError for elements that are not closed in the order they were opened."""

    elements: list[Element] = field(default_factory=list)
    open: list[Element] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag=tag, attributes={name: value or "" for name, value in attrs})
        self.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop().tag == tag, f"</{tag}> closes another element"

    def handle_data(self, data: str) -> None:
        for element in self.open:
            element.text += data

    def all(self, *tags: str) -> list[Element]:
        """The elements with one of these names."""
        return [element for element in self.elements if element.tag in tags]

    @property
    def text(self) -> str:
        """What is read on the page, spaces collapsed."""
        return " ".join(self.all("body")[0].text.split())


def read(html: str) -> Read:
    """Read a page back."""
    result = Read()
    result.feed(html)
    assert not result.open
    return result
