# SPDX-License-Identifier: AGPL-3.0-or-later
"""Reading a page as a suspicious browser: what in it would run, load or post something that is not listed. Pure.

Demur's pages hold no script and no style of their own, and load only listed files; whatever else stands in one was put there.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Final

from demur.client.markup import Element, UnreadableMarkupError, elements

# What only an attacker's page holds: it runs, frames, embeds, restyles, changes others, or turns relative addresses elsewhere.
_NEVER: Final = frozenset(
    {
        "animate",
        "animatemotion",
        "animatetransform",
        "applet",
        "audio",
        "base",
        "embed",
        "foreignobject",
        "frame",
        "frameset",
        "iframe",
        "math",
        "noembed",
        "noframes",
        "object",
        "plaintext",
        "portal",
        "set",
        "source",
        "style",
        "video",
        "xmp",
    }
)
_NEVER_NAMED: Final = frozenset({"style", "srcdoc", "srcset", "imagesrcset", "ping", "background", "manifest"})
_LOADS: Final = {"script": "src", "img": "src", "link": "href", "input": "src", "image": "href", "use": "href"}
_LINKS_ONLY: Final = frozenset({"alternate", "canonical", "author", "license", "help"})  # a link that loads nothing
_ELSEWHERE: Final = ("//", "/\\")
_CODE: Final = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})?")  # of a language: it becomes a part of an address
_SOURCES: Final = frozenset({"'none'", "'self'"})
_MAY_DIFFER: Final = {
    "img-src": frozenset({"blob:"}),
    "require-trusted-types-for": frozenset({"'script'"}),
    "trusted-types": frozenset({"demur-worker"}),
}


def faults_of_page(text: str, addresses: Collection[str]) -> list[str]:
    """What a page holds that is not of `addresses`, the listed files' own, one sentence each. Templates count: a script may clone them."""
    faults: list[str] = []
    try:
        for element in elements(text):
            faults.extend(_faults_of_element(element, addresses))
    except UnreadableMarkupError as error:
        faults.append(str(error))
    return faults


def languages_of(text: str) -> set[str]:
    """The languages that a page offers, from its links."""
    found: set[str] = set()
    try:
        for element in elements(text):
            found.add(_offered(element))
    except UnreadableMarkupError:
        pass  # a fault of the page, which is told
    return {code for code in found if _CODE.fullmatch(code)}


def faults_of_policy(headers: Mapping[str, str]) -> Iterator[str]:
    """Where a Content-Security-Policy is weaker than any of Demur's."""
    text = headers.get("content-security-policy", "")
    parts = [part.split() for part in text.split(";") if part.strip()]
    directives = {part[0]: set(part[1:]) for part in parts}
    for name in ("default-src", "base-uri", "frame-ancestors"):
        if directives.get(name) != {"'none'"}:
            yield f"has a policy that leaves {name} open"
    if directives.get("require-trusted-types-for") != {"'script'"} or "trusted-types" not in directives:
        yield "has a policy that lets texts become scripts"
    if "form-action" not in directives:
        yield "has a policy that lets forms post anywhere"
    for name, sources in directives.items():
        for source in sorted(sources - _SOURCES - _MAY_DIFFER.get(name, frozenset())):
            yield f"has a policy that allows {source[:60]} for {name[:40]}"


def _offered(element: Element) -> str:
    return element.named.get({"html": "lang", "a": "hreflang"}.get(element.tag, ""), "")


def _faults_of_element(element: Element, addresses: Collection[str]) -> Iterator[str]:
    tag, named = element.tag, element.named
    if tag in _NEVER or (tag == "meta" and "http-equiv" in named):
        yield f"holds <{tag}>, which no page of Demur does"
    if tag == "script":
        yield from _faults_of_script(named)
    if (code := _offered(element)) and not _CODE.fullmatch(code):
        yield f"offers a language that cannot be looked at, {code[:20]!r}"
    for name, value in named.items():
        yield from _faults_of_attribute(tag, name, value)
    yield from _faults_of_load(element, addresses)


def _faults_of_script(named: Mapping[str, str]) -> Iterator[str]:
    if "src" not in named and named.get("type") != "application/json":
        yield "holds a script of its own"
    if "href" in named:
        yield "holds <script href>, which no page of Demur does"


def _faults_of_load(element: Element, addresses: Collection[str]) -> Iterator[str]:
    if element.tag == "link" and element.named.get("rel", "") in _LINKS_ONLY:
        return
    address = element.raw.get(_LOADS.get(element.tag, ""), "")  # as it stands: what must be unescaped is not listed
    if address and address not in addresses:
        yield f"loads {address[:80]!r}, which the record does not list"


def _faults_of_attribute(tag: str, name: str, value: str) -> Iterator[str]:
    bare = "".join(letter for letter in value if letter > " ").lower()  # browsers skip some of the others
    if name.startswith("on") or name in _NEVER_NAMED or ":" in name:
        yield f"holds <{tag} {name[:40]}>, which no page of Demur does"
    elif bare.startswith(("javascript:", "data:", "vbscript:")):
        yield f"holds an address that runs, in <{tag} {name[:40]}>"
    elif name in {"action", "formaction"} and bare and (not bare.startswith("/") or bare.startswith(_ELSEWHERE)):
        yield f"posts elsewhere, to {value[:80]!r}"
