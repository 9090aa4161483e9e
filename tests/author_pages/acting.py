# SPDX-License-Identifier: AGPL-3.0-or-later
"""An author at a browser: looks, clicks, types and presses keys as a person does; nothing is set behind the page's back.

The stub worker (`stub_methods.js`) takes the place of the real one where a test wants a state that no honest server brings about.
"""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from browsing import Browser

PATIENCE = 60.0  # seconds for something to appear on a busy machine


class Author:
    """A person before one page."""

    def __init__(self, page: Browser) -> None:
        self.page = page

    # --- looking

    def value(self, expression: str) -> Any:
        """What an expression is worth, awaited."""
        return self.page.value(expression)

    def wait(self, expression: str, *, seconds: float = PATIENCE) -> None:
        """Wait until an expression is true."""
        self.page.until(f"Boolean({expression})", seconds=seconds)

    def text(self) -> str:
        """What can be read on the page now."""
        return str(self.value("document.body ? document.body.innerText : ''")).replace("\u00a0", " ")

    def step(self) -> str:
        """The step that is shown, "" if none."""
        return str(self.value("document.querySelector('[data-step]:not([hidden])')?.dataset.step ?? ''"))

    def faults(self) -> list[str]:
        """The list of faults that is shown."""
        return list(
            self.value("[...document.querySelectorAll('#errors:not([hidden]) li')].map((row) => row.innerText)")
        )

    def shown(self, selector: str) -> bool:
        """Whether an element can be seen."""
        return bool(self.value(f"document.querySelector({json.dumps(selector)})?.checkVisibility() ?? false"))

    # --- acting

    def click(self, selector: str) -> None:
        """Click an element where it stands, with the mouse."""
        name = json.dumps(selector)
        self.wait(f"document.querySelector({name})?.checkVisibility()")
        self.value(f"document.querySelector({name}).scrollIntoView({{block: 'center'}})")
        box = self.value(
            f"(() => {{ const box = document.querySelector({name}).getClientRects()[0];"
            " return [box.x + box.width / 2, box.y + Math.min(box.height / 2, 200)]; })()"
        )
        for kind in ("mousePressed", "mouseReleased"):
            self.page.ask(
                "Input.dispatchMouseEvent", type=kind, x=box[0], y=box[1], button="left", buttons=1, clickCount=1
            )

    def type(self, selector: str, text: str) -> None:
        """Put the cursor into a field and type, in place of what stands there."""
        name = json.dumps(selector)
        self.wait(f"document.querySelector({name})?.checkVisibility()")
        self.value(f"(() => {{ const field = document.querySelector({name}); field.focus(); field.select?.(); }})()")
        self.page.ask("Input.insertText", text=text)

    def press(self, key: str, *, shift: bool = False) -> None:
        """Press one key where the focus is."""
        self.page.press(key, shift=shift)

    def choose_file(self, selector: str, *files: Path) -> None:
        """Choose files in a file field."""
        self.page.choose(selector, *files)

    def tab_to(self, found: str) -> None:
        """Press Tab until the focused element answers to a selector; fails where no key leads there."""
        self.page.tab_to(found)

    def choose(self, question: str, answer: str) -> None:
        """Answer a question of the charter; "" is "Not stated"."""
        self.click(f'input[name="fact-{question}"][value="{answer}"]')

    # --- the pages

    def begin(self, address: str) -> None:
        """Open a page and begin."""
        self.page.visit(address)
        self.click("#begin")
        self.wait("document.querySelector('[data-step]:not([hidden]), #words')")

    def next(self, step: str = "") -> None:
        """Go on, and wait for the step."""
        self.click("#next")
        if step:
            self.wait(f"document.querySelector('[data-step={step}]:not([hidden])')")

    def write_own(self, text: str, *, claims: tuple[int, ...] = ()) -> None:
        """From the first step to the files, with a text of one's own."""
        self.click("#way-own")
        self.next("own")
        self.type("#own-text", text)
        self.next("claims")
        for n in claims:
            self.click(f"#paragraph-{n}")
        self.next("files")

    def words(self) -> list[str]:
        """The twelve words, once they are shown."""
        self.wait("document.querySelector('[data-act=written]')")
        return list(self.value("[...document.querySelectorAll('#after .words li')].map((row) => row.innerText.trim())"))

    def words_back(self, words: list[str], *, wait: str = "[data-act=receipt]") -> None:
        """Type back the words that are asked for, which files it, and wait for the receipt."""
        self.click("[data-act=written]")
        self.wait("document.querySelector('#after input')")
        for name in self.value("[...document.querySelectorAll('#after input')].map((box) => box.id)"):
            self.type(f"#{name}", words[int(name.rpartition("-")[2])])
        self.click("[data-act=compare]")
        self.wait(f"document.querySelector('{wait}')")


def complaints(page: Browser) -> list[str]:
    """What the browser complained of since the last visit: refused scripts, faults, missing files."""
    return page.complaints()


def until(condition: Callable[[], bool], *, seconds: float = PATIENCE) -> None:
    """Wait for something outside the page."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


def whole(path: Path) -> bool:
    """Whether a download is there and complete: a browser first puts an empty file in its place."""
    return path.exists() and path.stat().st_size > 0 and not list(path.parent.glob("*.crdownload"))


def saved(page: Browser, pattern: str) -> Path:
    """A download, once it is complete."""
    path = page.saved(pattern)
    until(lambda: whole(path))
    return path
