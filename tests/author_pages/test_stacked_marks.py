# SPDX-License-Identifier: AGPL-3.0-or-later
"""Marks that stack above a line, and runs of them that no line can break, stay in the box of whoever wrote them, and none is taken out."""

from collections.abc import Callable

import pytest
from acting import Author
from stub_worker import WORDS, Played

from serving import Channel

Play = Callable[..., Played]
STACKED = "c" + "\u0300\u0301\u0302\u0310\u0312\u033d\u0346\u034a" * 6 + "ount"
UNBROKEN = "\u0489" * 400
# What of the marks stands in no box that keeps them: they are painted over what stands beside it.
LOOSE = """(() => {
  const found = [];
  const walk = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const { data, parentElement } = walk.currentNode;
    if (!/\\p{M}{4}/u.test(data) || !parentElement.checkVisibility() || parentElement.closest("textarea, template, script")) continue;
    let box = parentElement;
    const keeps = (node) => {
      const { overflowY, display } = getComputedStyle(node);
      return ["clip", "auto", "hidden"].includes(overflowY) && display !== "inline";
    };
    while (box.id !== "task" && box.tagName !== "ARTICLE" && box.tagName !== "MAIN" && !keeps(box)) box = box.parentElement;
    if (!keeps(box)) found.push(`${parentElement.tagName}.${parentElement.className}`);
  }
  return found;
})()"""
PLANT = """(() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync("main, main * { overflow: visible !important }");
  document.adoptedStyleSheets = [sheet];
})()"""


def width(author: Author) -> int:
    return int(author.value("document.documentElement.scrollWidth"))


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
@pytest.mark.parametrize("media", ["screen", "print"])
def test_no_text_of_somebody_runs_over_what_stands_beside_it_on_a_case(
    served: Channel, played: Play, direction: str, media: str
) -> None:
    author = played(hostile=[STACKED, UNBROKEN, "Plain."], apart=True)
    author.begin(f"{served.url}/en/case/")
    author.type("#words", WORDS)
    author.click("#open")
    author.wait("document.querySelector('article')")
    author.page.look(width=390, media=media)
    author.value(f"document.documentElement.dir = '{direction}'")
    kept = (width(author), author.value(LOOSE))
    text = author.value("document.querySelector('article').textContent")
    author.value(PLANT)
    loose = (width(author), len(author.value(LOOSE)))
    print(f"{direction}, {media}: with the hole {loose[0]} px wide and {loose[1]} loose, against the product {kept}")

    assert kept == (390, [])
    assert loose[0] > 390 or direction == "rtl"
    assert loose[1] > 0
    assert STACKED in text
    assert UNBROKEN in text


def test_no_text_of_somebody_runs_over_what_stands_beside_it_while_it_is_written(served: Channel, played: Play) -> None:
    author = played(look={"facts": []})
    author.page.look(width=390)
    author.begin(f"{served.url}/en/file/")
    author.click("#way-own")
    author.next("own")
    author.type("#own-text", f"{STACKED}\n\n{UNBROKEN}\n\nPlain.")
    author.next("claims")
    assert (width(author), author.value(LOOSE)) == (390, [])
    author.click("#paragraph-1")
    author.click("#paragraph-2")
    author.next("files")
    author.next("readers")
    assert (width(author), author.value(LOOSE)) == (390, [])
    author.click("#accept-deputy")
    author.next("check")
    assert (width(author), author.value(LOOSE)) == (390, [])
