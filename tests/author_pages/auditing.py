# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a page looks like to everybody: axe finds nothing, and nothing is wider than a narrow window."""

from typing import Any

from acting import Author
from axe import axe

SMALL = 320  # CSS pixels: a small phone, and a window of 1280 at 400 percent


def too_wide(author: Author, *, width: int = SMALL) -> list[str]:
    """What stands out of a window of this width, from left to right and from right to left."""
    wide: list[Any] = []
    author.page.look(width=width)
    for direction in ("rtl", "ltr"):
        author.value(f"document.documentElement.dir = '{direction}'")
        wide += author.value(
            "document.documentElement.scrollWidth <= innerWidth ? [] : "
            "[...document.querySelectorAll('main *, .leave *, .top *')].filter((part) => part.checkVisibility() &&"
            " (part.getBoundingClientRect().right > innerWidth + 1 || part.getBoundingClientRect().left < -1))"
            f".map((part) => '{direction} ' + part.outerHTML.slice(0, 120))"
        )
    author.page.look(width=1000)
    return wide


def faultless(author: Author) -> None:
    """Asserts both, in both directions."""
    for direction in ("rtl", "ltr"):
        author.value(f"document.documentElement.dir = '{direction}'")
        found = axe(author.page)
        assert not found, "\n".join([direction, *found])
    assert too_wide(author) == []
