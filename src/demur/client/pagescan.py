# SPDX-License-Identifier: AGPL-3.0-or-later
"""Reading a page as a suspicious browser: what in it would run, load, post or lead to what is not listed. Pure.

Demur's pages hold no script and no style of their own, and load only listed files. What they may hold is listed here, not
what they may not: browsers learn new ways to run and to load, and nobody knows them all. A test holds our templates to these lists.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Final

from demur.client.markup import Element, UnreadableMarkupError, elements
from demur.client.places import CODE, language_of, may_lead_to, may_post_to


def _set(names: str) -> frozenset[str]:
    return frozenset(names.split())


TAGS: Final = _set(
    """
    a article aside bdi body button caption code dd details dialog div dl dt em fieldset footer form h1 h2 h3 h4 head header html input
    label legend li link main meta nav ol option p path pre progress rect script section select span strong summary svg table tbody
    td template textarea th thead time title tr ul
    """
)
ATTRIBUTES: Final = _set(
    """
    accept action autocapitalize autocomplete autofocus charset checked class content d datetime defer dir disabled download
    enctype fill for form formnovalidate height hidden href hreflang id inputmode lang max maxlength method min minlength multiple name
    novalidate open pattern placeholder readonly rel required role rows scope selected shape-rendering spellcheck src tabindex
    translate type value viewbox width
    """
)
_FREE: Final = re.compile(r"(aria|data)-[a-z0-9-]+")
_LOADS: Final = {"script": "src", "link": "href"}  # nothing else of ours loads by its markup
_ADDRESSES: Final = {"src": {"script"}, "href": {"link", "a"}, "action": {"form"}}
_META: Final = {
    "color-scheme": "light dark",
    "referrer": "no-referrer",
    "viewport": "width=device-width, initial-scale=1",
}
_FILL: Final = re.compile(r"#[0-9a-f]{3,6}|none|currentcolor", re.IGNORECASE)  # what else it takes can name an address
_POSTS: Final = frozenset({"action", "method", "enctype", "name"})
_SOURCES: Final = frozenset({"'none'", "'self'"})
_MAY_DIFFER: Final = {
    "img-src": frozenset({"blob:"}),
    "require-trusted-types-for": frozenset({"'script'"}),
    "trusted-types": frozenset({"demur-worker"}),
}
_DIRECTIVES: Final = _set(
    """
    base-uri connect-src default-src form-action frame-ancestors img-src require-trusted-types-for script-src style-src
    trusted-types worker-src
    """
)
_VISIBLE: Final = re.compile(
    r"[ -~]*"
)  # what browsers take for a space, and what Python does, is the same in these alone


def faults_of_page(text: str, addresses: Collection[str], *, posts: bool = True) -> list[str]:
    """What a page loads that is not of `addresses`, the listed files' own, or holds, or leads to, as none of ours does: one sentence each.
    Templates count: a script may clone them.

    `posts`: whether a form of it may be sent. A page on which a script seals sends none, so that nothing typed can leave unsealed.
    """
    faults: list[str] = []
    try:
        for element in elements(text):
            faults.extend(_faults_of_element(element))
            faults.extend(_faults_of_load(element, addresses))
            faults.extend(_faults_of_leading(element))
            for name, value in element.named.items():
                faults.extend(_faults_of_attribute(element.tag, name, value))
            faults.extend(_faults_of_posting(element) if posts else _faults_of_sealing(element))
    except UnreadableMarkupError as error:
        faults.append(str(error))
    return faults


def links_of(text: str) -> set[str]:
    """Where a page leads: the addresses of its links, as they stand, and of the front in its own language."""
    found: set[str] = set()
    try:
        for element in elements(text):
            if element.tag == "a":
                found.add(element.raw.get("href", ""))
            elif element.tag == "html":
                found.add(f"/{element.raw.get('lang', '')}/")
    except UnreadableMarkupError:
        pass  # a fault of the page, which is told
    return found


def languages_of(links: Collection[str]) -> set[str]:
    """The languages of the pages that these links lead to."""
    return {language_of(link) for link in links} - {""}


def faults_of_policy(headers: Mapping[str, str], *, posts: bool = True) -> Iterator[str]:
    """Where a Content-Security-Policy is weaker than any of Demur's; without `posts`, also where it lets a form be sent."""
    text = headers.get("content-security-policy", "")
    parts = [part.split() for part in text.split(";") if part.strip()]
    directives = {part[0]: set(part[1:]) for part in parts}
    if not _VISIBLE.fullmatch(text) or len(directives) < len(parts) or not set(directives) <= _DIRECTIVES:
        yield "has a policy that browsers may read otherwise: in a form, or with a name, that none of Demur's has"
    yield from _left_open(directives, posts=posts)
    for name, sources in directives.items():
        for source in sorted(sources - _SOURCES - _MAY_DIFFER.get(name, frozenset())):
            yield f"has a policy that allows {source[:60]} for {name[:40]}"


def _left_open(directives: Mapping[str, set[str]], *, posts: bool) -> Iterator[str]:
    for name in ("default-src", "base-uri", "frame-ancestors"):
        if directives.get(name) != {"'none'"}:
            yield f"has a policy that leaves {name} open"
    if directives.get("require-trusted-types-for") != {"'script'"} or "trusted-types" not in directives:
        yield "has a policy that lets texts become scripts"
    if directives.get("form-action") not in ([{"'none'"}, {"'self'"}] if posts else [{"'none'"}]):
        yield "has a policy that lets forms post"


def _faults_of_element(element: Element) -> Iterator[str]:
    tag, named = element.tag, element.named
    if tag not in TAGS:
        yield f"holds <{tag[:40]}>, which no page of Demur does"
    if tag == "script" and "src" not in named and named.get("type") != "application/json":
        yield "holds a script of its own"
    if tag == "meta" and _META.get(named.get("name", ""), "") != named.get("content", ""):
        yield f"holds <meta> of {named.get('name', '')[:40]!r} with something that no page of Demur says"
    code = named.get({"html": "lang", "a": "hreflang"}.get(tag, ""), "")
    if code and not CODE.fullmatch(code):
        yield f"offers a language that cannot be looked at, {code[:20]!r}"


def _faults_of_sealing(element: Element) -> Iterator[str]:
    if element.tag == "form":
        yield "holds a form, which could be sent, on a page that seals"
    elif element.tag != "meta":
        # The name of a radio makes it one of a group; without a form it is sent nowhere.
        grouped = {"name"} if element.tag == "input" and element.named.get("type") == "radio" else set()
        for name in sorted(_POSTS & set(element.named) - grouped):
            yield f"holds <{element.tag[:40]} {name}>, by which a form could be sent, on a page that seals"


def _faults_of_posting(element: Element) -> Iterator[str]:
    if element.tag == "form" and element.named.get("method", "").lower() != "post":
        yield "holds a form that would put what is typed into an address, where browsers and proxies keep it"


def _faults_of_load(element: Element, addresses: Collection[str]) -> Iterator[str]:
    address = element.raw.get(_LOADS.get(element.tag, ""), "")  # as it stands: what must be unescaped is not listed
    if address and address not in addresses:
        yield f"loads {address[:80]!r}, which the record does not list"


def _faults_of_leading(element: Element) -> Iterator[str]:
    link, action = element.raw.get("href"), element.raw.get("action")
    if element.tag == "a" and link is not None and not may_lead_to(link):
        yield f"leads to {link[:80]!r}, which is looked at by nobody"
    if element.tag == "form" and action is not None and not may_post_to(action):
        yield f"posts elsewhere, to {action[:80]!r}"


def _is_ours(tag: str, name: str, value: str) -> bool:
    known = name in ATTRIBUTES or _FREE.fullmatch(name) is not None
    return known and tag in _ADDRESSES.get(name, {tag}) and (name != "fill" or _FILL.fullmatch(value) is not None)


def _faults_of_attribute(tag: str, name: str, value: str) -> Iterator[str]:
    if not _is_ours(tag, name, value):
        yield f"holds <{tag[:40]} {name[:40]}> as no page of Demur does"
