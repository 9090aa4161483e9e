# SPDX-License-Identifier: AGPL-3.0-or-later
"""Puts `stub_methods.js` in the place of the author's worker: the browser asks our server for it, and gets this instead.

The page, its policy and the channel between page and worker are the real ones; only what the worker answers is played.
"""

import json
from pathlib import Path
from typing import Any

from acting import Author
from browsing import Browser

METHODS = (Path(__file__).parent / "stub_methods.js").read_text()
WORDS = (
    "abandon ability able about above absent absorb abstract absurd abuse access accident"  # those that it hands out
)
# The worker's side of assets/pages/web/rpc.js, without its imports.
SERVE = """
onmessage = async ({ data: { id, method, params } }) => {
  try { postMessage({ id, result: await methods[method](params, (told) => postMessage({ id, told })) }); }
  catch (error) { postMessage({ id, refused: error.refusal ?? { code: "fault", facts: { name: String(error) } } }); }
};
postMessage({ ready: true });
"""


class Played(Author):
    """An author before a page whose worker plays.

    `play` is {scene, hostile, trouble, look, offices, later, put, work}, see `stub_methods.js`; with `missing` the worker does not
    come before `comes`.
    """

    def __init__(self, page: Browser, *, missing: bool = False, **play: Any) -> None:
        super().__init__(page)
        self.play = play
        if missing:
            page.block("*/author-worker.js")
        else:
            self.comes()

    def comes(self) -> None:
        """From now on the worker that plays is what the page gets."""
        self.page.release()
        text = f"const PLAY = {json.dumps(self.play)};\n{METHODS}\n{SERVE}"
        self.page.answer("*/author-worker.js", text.encode())
