# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a page looks like to everybody: axe finds nothing, and nothing is wider than a narrow window."""

from pathlib import Path
from typing import Any

from acting import Author

AXE = Path(__file__).parents[2] / "assets/node_modules/axe-core/axe.min.js"
# WCAG 2.2 at level AA, and what its authors hold for good besides.
RUN = """axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]})
  .then((found) => found.violations.flatMap((row) =>
    row.nodes.map((node) => `${row.id}: ${node.html.slice(0, 200)} | ${node.failureSummary}`)))"""
SMALL = 320  # CSS pixels: a small phone, and a window of 1280 at 400 percent


def violations(author: Author) -> list[str]:
    """Everything that axe finds on the page as it stands now."""
    if not author.value("typeof axe === 'object'"):
        author.page.ask("Runtime.evaluate", expression=AXE.read_text())
    found: list[str] = author.value(RUN)
    return found


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
        found = violations(author)
        assert not found, "\n".join([direction, *found])
    assert too_wide(author) == []
