# SPDX-License-Identifier: AGPL-3.0-or-later
"""Real Chromium for tests, spoken to over its debugging pipe: no driver, no package, no open port.

Messages are JSON objects ended by a zero byte, on file descriptors 3 (to the browser) and 4 (from it).
"""

import base64
import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PATIENCE = 30.0  # seconds for an answer on a busy machine
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
)


@dataclass(kw_only=True)
class Browser:
    """One page of one browser. `events` holds everything that it told unasked."""

    to: int
    answers: int
    session: str = ""
    events: list[dict[str, Any]] = field(default_factory=list)
    _number: int = 0
    _waiting: bytes = b""

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command of the DevTools protocol and return its result."""
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.to, json.dumps(message).encode() + b"\0")
        while True:
            heard = self._hear()
            if heard.get("id") == self._number:
                assert "error" not in heard, heard
                return dict(heard["result"])
            self.events.append(heard)

    def visit(self, url: str) -> None:
        """Open an address and wait until it is loaded; what was told about the page before is forgotten."""
        self.events.clear()
        self.ask("Page.navigate", url=url)
        while not self.told("Page.loadEventFired"):
            self.events.append(self._hear())

    def told(self, method: str) -> list[dict[str, Any]]:
        """The parameters of every event of this name since the last visit."""
        return [event["params"] for event in self.events if event.get("method") == method]

    def value(self, expression: str) -> Any:
        """What a JavaScript expression is worth on the page; the page's own policy does not hold for the debugger."""
        answer = self.ask("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def look(self, *, width: int, media: str = "", **features: str) -> None:
        """Set the window's width in CSS pixels, the medium, and preferences such as prefers_color_scheme="dark"."""
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
        wanted = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
        self.ask("Emulation.setEmulatedMedia", media=media, features=wanted)

    def photograph(self, path: Path) -> None:
        """Write the whole page as PNG."""
        shot = self.ask("Page.captureScreenshot", captureBeyondViewport=True, fromSurface=True)
        path.write_bytes(base64.b64decode(shot["data"]))

    def _hear(self) -> dict[str, Any]:
        end = time.monotonic() + PATIENCE
        while b"\0" not in self._waiting:
            ready, _, _ = select.select([self.answers], [], [], max(0.0, end - time.monotonic()))
            assert ready, "Chromium did not answer in time"
            more = os.read(self.answers, 1 << 16)
            assert more, "Chromium ended"
            self._waiting += more
        first, _, self._waiting = self._waiting.partition(b"\0")
        return dict(json.loads(first))


@contextmanager
def browser(profile: Path) -> Iterator[Browser]:
    """A browser with an empty profile, ended when the block ends."""
    assert CHROMIUM is not None
    ours, theirs = os.pipe(), os.pipe()  # what we write and it reads; what it writes and we read
    process = subprocess.Popen(
        # A shell puts the two ends where Chromium expects them; nothing between start and exec runs in our own process.
        [
            "/bin/sh",
            "-c",
            f'exec "$@" 3<&{ours[0]} 4>&{theirs[1]}',
            "sh",
            CHROMIUM,
            *FLAGS,
            f"--user-data-dir={profile}",
        ],
        pass_fds=(ours[0], theirs[1]),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(ours[0])
    os.close(theirs[1])
    try:
        page = Browser(to=ours[1], answers=theirs[0])
        target = page.ask("Target.createTarget", url="about:blank")["targetId"]
        page.session = page.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Log", "Runtime"):
            page.ask(f"{domain}.enable")
        yield page
    finally:
        os.close(ours[1])
        os.close(theirs[0])
        process.terminate()
        process.wait(10)
