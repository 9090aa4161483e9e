# SPDX-License-Identifier: AGPL-3.0-or-later
"""Reading markup so strictly that no browser can read it otherwise: each `<` begins a plain tag, or the page is refused. Pure.

Browsers and libraries part ways over comments, doubled attributes, end tags with more in them, and `<` in texts that are read raw. Demur's
pages hold none of these. So what is yielded here is all that a browser can find, whatever it takes for text.
"""

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

_START: Final = re.compile(r"[ \t\n]*<!doctype html>", re.IGNORECASE | re.ASCII)
_ATTRIBUTE: Final = r"""[ \t\n]+([a-z][a-z0-9:_-]*)(?:=(?:"([^"<]*)"|'([^'<]*)'))?"""
_TAG: Final = re.compile(rf"<([a-z][a-z0-9]*)((?:{_ATTRIBUTE})*)[ \t\n]*/?>", re.IGNORECASE | re.ASCII)
_END: Final = re.compile(r"</([a-z][a-z0-9]*)>", re.IGNORECASE | re.ASCII)
_EACH: Final = re.compile(_ATTRIBUTE, re.IGNORECASE | re.ASCII)
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ufeff]")
_RAW: Final = frozenset({"script", "textarea", "title"})  # their content is text up to their end tag


class UnreadableMarkupError(ValueError):
    """A page that browsers may read otherwise than we do; the sentence goes on from "The page ..."."""


@dataclass(frozen=True, kw_only=True)
class Element:
    """A start tag: its name in lower case, and its attributes, unescaped; `raw` has them as they stand."""

    tag: str
    named: Mapping[str, str]
    raw: Mapping[str, str]


def elements(text: str) -> Iterator[Element]:
    """Every start tag of a page, in order. Raises UnreadableMarkupError at the first thing that no page of Demur holds."""
    place, within = _begin(text), ""
    while (place := text.find("<", place)) >= 0:
        ended = _END.match(text, place)
        if within and (ended is None or ended[1].lower() != within):
            raise UnreadableMarkupError(f"holds markup inside <{within}>: {_shown(text, place)}")
        if ended is not None:
            place, within = ended.end(), ""
            continue
        begun = _TAG.match(text, place)
        if begun is None:
            raise UnreadableMarkupError(f"holds markup that browsers may read otherwise: {_shown(text, place)}")
        element = _element(begun)
        place, within = begun.end(), element.tag if element.tag in _RAW else ""
        yield element
    if within:
        raise UnreadableMarkupError(f"never ends its <{within}>")


def _begin(text: str) -> int:
    start = _START.match(text)
    if start is None:
        raise UnreadableMarkupError("does not begin with <!doctype html>")
    if _CONTROL.search(text):
        raise UnreadableMarkupError("holds letters that cannot be seen")
    return start.end()


def _element(begun: re.Match[str]) -> Element:
    tag, raw = begun[1].lower(), dict[str, str]()
    for each in _EACH.finditer(begun[2]):
        name = each[1].lower()
        if name in raw:
            raise UnreadableMarkupError(f"holds <{tag}> with {name[:40]} twice")
        raw[name] = each[2] or each[3] or ""
    return Element(tag=tag, named={name: html.unescape(value) for name, value in raw.items()}, raw=raw)


def _shown(text: str, place: int) -> str:
    return repr(text[place : place + 40])
