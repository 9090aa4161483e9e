# SPDX-License-Identifier: AGPL-3.0-or-later
"""Reading a page as a suspicious browser: what in it would run, load or post something that is not listed. Pure.

Demur's pages hold no script and no style of their own, and load only listed files; whatever else stands in one was put there.
"""

from collections.abc import Collection, Iterator, Mapping
from html.parser import HTMLParser
from typing import Final

# What only an attacker's page holds: it runs, frames, embeds, restyles, or turns relative addresses elsewhere.
_NEVER: Final = frozenset(
    {"applet", "audio", "base", "embed", "frame", "frameset", "iframe", "object", "portal", "source", "style", "video"}
)
_LOADS: Final = {"script": "src", "img": "src", "link": "href", "input": "src", "image": "href", "use": "href"}
_ELSEWHERE: Final = ("//", "\\")
_LONGEST_CODE: Final = 8  # letters of a language's code
_SOURCES: Final = frozenset({"'none'", "'self'"})
_MAY_DIFFER: Final = {
    "img-src": frozenset({"blob:"}),
    "require-trusted-types-for": frozenset({"'script'"}),
    "trusted-types": frozenset({"demur-worker"}),
}


def faults_of_page(text: str, addresses: Collection[str]) -> list[str]:
    """What a page holds that is not of `addresses`, the listed files' own, one sentence each."""
    page = _Page(frozenset(addresses))
    page.feed(text)
    page.close()
    return page.faults


def languages_of(text: str) -> list[str]:
    """The languages that a page offers, from its links."""
    page = _Page(frozenset())
    page.feed(text)
    return sorted(page.languages)


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


class _Page(HTMLParser):
    """Collects faults. Templates are read as the page itself: a script may clone them."""

    def __init__(self, addresses: frozenset[str]) -> None:
        super().__init__(convert_charrefs=True)
        self._addresses = addresses
        self.faults: list[str] = []
        self.languages: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at one element."""
        named = {name: value or "" for name, value in attrs}
        self._note_language(tag, named)
        if tag in _NEVER or (tag == "meta" and "http-equiv" in named):
            self.faults.append(f"holds <{tag}>, which no page of Demur does")
        if tag == "script" and "src" not in named and named.get("type") != "application/json":
            self.faults.append("holds a script of its own")
        self._look_at_attributes(tag, named)
        self._look_at_loads(tag, named)

    def _note_language(self, tag: str, named: Mapping[str, str]) -> None:
        code = named.get({"html": "lang", "a": "hreflang"}.get(tag, ""), "")
        if code.isalnum() and len(code) <= _LONGEST_CODE:  # it becomes a part of an address
            self.languages.add(code)

    def _look_at_attributes(self, tag: str, named: Mapping[str, str]) -> None:
        for name, value in named.items():
            bare = "".join(value.split()).lower()
            if name.startswith("on") or name in {"style", "srcdoc", "srcset", "ping", "background", "manifest"}:
                self.faults.append(f"holds <{tag} {name}>, which no page of Demur does")
            elif bare.startswith(("javascript:", "data:", "vbscript:")):
                self.faults.append(f"holds an address that runs, in <{tag} {name}>")
            elif (
                name in {"action", "formaction"} and (not bare.startswith("/") or bare.startswith(_ELSEWHERE)) and bare
            ):
                self.faults.append(f"posts elsewhere, to {value[:80]!r}")

    def _look_at_loads(self, tag: str, named: Mapping[str, str]) -> None:
        address = named.get(_LOADS.get(tag, ""), "")
        if not address or (
            tag == "link" and named.get("rel", "") in {"alternate", "canonical", "author", "license", "help"}
        ):
            return
        if address not in self._addresses:
            self.faults.append(f"loads {address[:80]!r}, which the record does not list")
