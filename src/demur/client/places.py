# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every address that a page of Demur leads a browser to, and why each may be led to: it is looked at itself, or it is nowhere. Pure.

A link to anything else, on this server or another, is how a page that nobody looks at is given to everybody.
"""

import re
from typing import Final

CODE: Final = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})?")  # of a language: it becomes a part of an address

# After the language. Each is looked at in every language that any page leads to.
SEALING: Final = (
    "",  # the front
    "file/",  # where an author writes
    "case/",  # where an author comes back
    "looks/",  # every part of the pages, for who makes or translates them
)
# Of the others no form may be sent: what is typed there is sealed by scripts. These send theirs to themselves.
POSTING: Final = (
    "file/plain/",  # both for browsers without script
    "case/plain/",
    "desk/in/",  # where an office signs in
    "desk/first/",  # where it does so for the first time
)
PAGES: Final = (*SEALING, *POSTING)
# What the officers and the log signed: looked at where a page leads to it.
TEXTS: Final = ("/charter.toml", "/checkpoint")
FRONT: Final = "/"  # in the reader's language
OUT: Final = "about:blank"  # the quick way out leads to an empty page of the browser's own

_PART: Final = "(?:#[a-z][a-z0-9-]*)"  # of a page
_OF_PAGE: Final = re.compile(rf"/({CODE.pattern})/(?:{'|'.join(map(re.escape, PAGES))}){_PART}?")
_OTHER: Final = re.compile(rf"{_PART}|{'|'.join(map(re.escape, (FRONT, OUT, *TEXTS)))}")
_ACTION: Final = re.compile(rf"/{CODE.pattern}/(?:{'|'.join(map(re.escape, POSTING))})")


def may_lead_to(address: str) -> bool:
    """Whether a link of a page may have this address, as it stands in the page."""
    return bool(_OF_PAGE.fullmatch(address) or _OTHER.fullmatch(address))


def may_post_to(address: str) -> bool:
    """Whether a form of a page may be sent to this address, as it stands in the page."""
    return _ACTION.fullmatch(address) is not None


def language_of(address: str) -> str:
    """The language of the page that a link leads to, "" if it leads to none."""
    found = _OF_PAGE.fullmatch(address)
    return found[1] if found else ""
