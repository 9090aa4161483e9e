# SPDX-License-Identifier: AGPL-3.0-or-later
"""axe-core in a page under test: what a machine can find of the Web Content Accessibility Guidelines, 2.2 AA, and of good practice.

    assert axe(page) == []

What it cannot find (whether words make sense, whether a keyboard's way is a good one) the stories and people look for.
"""

import json
from pathlib import Path
from typing import Final

from browsing import Browser

SOURCE: Final = Path(__file__).parents[2] / "assets/node_modules/axe-core/axe.min.js"
TAGS: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def axe(page: Browser, *, within: str = "", without: tuple[str, ...] = ()) -> list[str]:
    """The violations on the page as it stands now, one line for each element: rule, place, what to do. `without` names rules to leave out.

    It runs in a world of its own, so that the page's scripts and policy neither see it nor are seen through it.
    """
    frame = page.ask("Page.getFrameTree")["frameTree"]["frame"]["id"]
    world = page.ask("Page.createIsolatedWorld", frameId=frame, worldName="axe")["executionContextId"]
    page.ask("Runtime.evaluate", expression=SOURCE.read_text(), contextId=world)
    options = {"runOnly": {"type": "tag", "values": TAGS}, "rules": {name: {"enabled": False} for name in without}}
    where = json.dumps(within) if within else "document"
    asked = f"axe.run({where}, {json.dumps(options)}).then((found) => JSON.stringify(found.violations))"
    answer = page.ask("Runtime.evaluate", expression=asked, contextId=world, awaitPromise=True, returnByValue=True)
    assert "exceptionDetails" not in answer, answer
    return [
        f"{rule['id']}: {' '.join(map(str, node['target']))}: {node['failureSummary']}"
        for rule in json.loads(answer["result"]["value"])
        for node in rule["nodes"]
    ]
