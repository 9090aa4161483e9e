# SPDX-License-Identifier: AGPL-3.0-or-later
"""Puts `stub_methods.js` in the place of the author's worker: the browser asks our server for it, and gets this instead.

The page, its policy and the channel between page and worker are the real ones; only what the worker answers is played.
"""

import base64
import json
from pathlib import Path
from typing import Any

from acting import Author
from browsing import Browser

METHODS = (Path(__file__).parent / "stub_methods.js").read_text()
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

    `play` is {scene, hostile, trouble, look, offices}, see `stub_methods.js`; `missing` says how often the worker fails to load.
    """

    def __init__(self, page: Browser, **play: Any) -> None:
        super().__init__(page)
        self.play = play
        page.ask("Fetch.enable", patterns=[{"urlPattern": "*author-worker*"}])
        self._answered: set[str] = set()

    def value(self, expression: str) -> Any:
        """As before; a worker that is asked for meanwhile is answered."""
        found = super().value(expression)
        for told in self.page.told("Fetch.requestPaused"):
            if told["requestId"] not in self._answered:
                self._answered.add(told["requestId"])
                self._answer(told["requestId"])
        return found

    def _answer(self, request: str) -> None:
        if self.play.get("missing", 0) > 0:
            self.play["missing"] -= 1
            self.page.ask("Fetch.failRequest", requestId=request, errorReason="Failed")
            return
        text = f"const PLAY = {json.dumps(self.play)};\n{METHODS}\n{SERVE}"
        headers = [{"name": "Content-Type", "value": "text/javascript"}]
        # A worker under a policy that wants to embed nothing foreign needs this header of its own.
        headers.append({"name": "Cross-Origin-Embedder-Policy", "value": "require-corp"})
        body = base64.b64encode(text.encode()).decode()
        self.page.ask("Fetch.fulfillRequest", requestId=request, responseCode=200, responseHeaders=headers, body=body)
