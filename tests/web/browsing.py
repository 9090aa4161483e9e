# SPDX-License-Identifier: AGPL-3.0-or-later
"""Real Chromium for tests, spoken to over its debugging pipe: no driver, no package, no open port.

Messages are JSON objects ended by a zero byte, on file descriptors 3 (to the browser) and 4 (from it).

    with browser(tmp_path / "profile") as page:       an empty profile; the block's end closes it as a person would, so that all is on disk
        page.look(width=320, zoom=2, media="print", prefers_color_scheme="dark")
        page.visit(url)                               waits for load; page.go(url) does not wait
        page.until("!document.querySelector('#begin').disabled")      waits until an expression is true; page.see("a text") for a text
        page.click("#begin"); page.type("text"); page.press("Tab"); page.press("Escape", times=2); page.press("Enter", shift=True)
        page.choose("#file", path)                    files into an <input type=file>
        page.value("document.title")                  what an expression (or a promise) is worth
        page.slow(latency=300, down=50_000, up=50_000)    milliseconds and bytes a second, the workers' requests too; page.slow() ends it
        page.block("*/write.js"); page.hold("*/author-worker.js"); page.release(); page.answer("*/api/v1/channel", b"...")
        page.without_scripts()                        as with scripts switched off
        page.before("Date.now = () => 0")             runs in each new document, before its own scripts
        page.sent()                                   every request since the last visit, its workers' too: url, headers, body
        page.saved_to(folder); page.saved("*.receipt")    waits for a download and gives its path
        page.kept()                                   what the page could have left in the browser; all empty where nothing was
        page.history()                                the addresses of the tab's history
        page.complaints()                             what the console and the policy complained of, and uncaught errors
        page.dialogs                                  texts of dialogs; they are accepted (`page.accepts = False` to stay on the page)
        page.photograph(path)

Workers are followed from their first moment: `told` gives their events too. axe: see `axe.py`.
"""

import base64
import fcntl
import fnmatch
import json
import os
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PATIENCE = 60.0  # seconds for an answer on a busy machine
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--no-startup-window",  # each test opens its own
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
)
# Keys that are no letters: their code and number, and the text that they type.
KEYS: Final = {
    "Tab": ("Tab", 9, ""),
    "Enter": ("Enter", 13, "\r"),
    "Escape": ("Escape", 27, ""),
    " ": ("Space", 32, " "),
    "Backspace": ("Backspace", 8, ""),
    "Delete": ("Delete", 46, ""),
    "Home": ("Home", 36, ""),
    "End": ("End", 35, ""),
    "ArrowLeft": ("ArrowLeft", 37, ""),
    "ArrowUp": ("ArrowUp", 38, ""),
    "ArrowRight": ("ArrowRight", 39, ""),
    "ArrowDown": ("ArrowDown", 40, ""),
}
KEPT: Final = """(async () => ({
  local: Object.entries(localStorage), session: Object.entries(sessionStorage), cookies: document.cookie, state: history.state ?? null,
  databases: await indexedDB.databases(), caches: globalThis.caches ? await caches.keys() : [],
  workers: navigator.serviceWorker ? (await navigator.serviceWorker.getRegistrations()).length : 0,
}))()"""


@dataclass(frozen=True, kw_only=True)
class Sent:
    """A request as it left the browser."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes

    def __contains__(self, text: str | bytes) -> bool:
        """Whether anything of it holds this text."""
        wanted = text.encode() if isinstance(text, str) else text
        return any(wanted in part for part in (self.url.encode(), json.dumps(self.headers).encode(), self.body))


# Puts the ends of our pipes where Chromium expects them, and becomes Chromium.
MOVE = "import os, sys; a = sys.argv; os.dup2(int(a[1]), 3); os.dup2(int(a[2]), 4); os.execv(a[3], a[3:])"


@dataclass(kw_only=True)
class Browser:
    """One page of one browser. `events` holds everything that it told unasked."""

    to: int
    answers: int
    session: str = ""
    events: list[dict[str, Any]] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)
    accepts: bool = True
    _number: int = 0
    _waiting: bytes = b""
    _workers: list[str] = field(default_factory=list)
    _rules: list[tuple[str, str, bytes]] = field(default_factory=list)
    _held: list[tuple[str, str]] = field(default_factory=list)
    _folder: Path | None = None

    # --- the protocol

    def ask(self, method: str, *, to: str | None = None, **parameters: Any) -> dict[str, Any]:
        """Send a command of the DevTools protocol and return its result; `to` is another session, "" the browser itself."""
        number = self._tell(method, self.session if to is None else to, parameters)
        while True:
            heard = self._hear()
            if heard.get("id") == number:
                assert "error" not in heard, (method, heard)
                return dict(heard["result"])
            self._note(heard)

    def told(self, method: str) -> list[dict[str, Any]]:
        """The parameters of every event of this name since the last visit, the workers' too."""
        return [event["params"] for event in self.events if event.get("method") == method]

    # --- going and looking

    def visit(self, url: str) -> None:
        """Open an address and wait until it is loaded; what was told about the page before is forgotten."""
        self.go(url)
        end = time.monotonic() + PATIENCE
        while not self.told("Page.loadEventFired"):
            assert time.monotonic() < end, f"{url} was not loaded in time"
            self._note(self._hear())

    def go(self, url: str) -> None:
        """Begin to open an address, and do not wait for it."""
        self.events.clear()
        self.ask("Page.navigate", url=url)

    def value(self, expression: str) -> Any:
        """What a JavaScript expression is worth on the page, or a promise once it is kept; the page's policy does not hold here."""
        answer = self.ask("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def until(self, expression: str, *, seconds: float = PATIENCE) -> Any:
        """Wait until an expression is true, and give its worth. A document that is just being left counts as not yet."""
        end = time.monotonic() + seconds
        while True:
            with suppress(AssertionError):
                found = self.value(expression)
                if found not in (None, False, 0, ""):  # an element comes as {}, and is there
                    return found
            assert time.monotonic() < end, (
                f"waited in vain for {expression}; the page says: {self.value('document.body?.innerText')!r:.2000}"
            )
            time.sleep(0.03)

    def see(self, text: str, *, seconds: float = PATIENCE) -> None:
        """Wait until the page shows a text."""
        # A date does not break at a line's end: its spaces are of another kind than those that a test types.
        self.until(
            f"document.body && document.body.innerText.replaceAll('\\u00a0', ' ').includes({json.dumps(text)})",
            seconds=seconds,
        )

    def look(self, *, width: int, height: int = 900, zoom: float = 1, media: str = "", **features: str) -> None:
        """Set the window in pixels, how far the reader zoomed in, the medium, and preferences such as prefers_color_scheme="dark"."""
        size = {"width": round(width / zoom), "height": round(height / zoom)}
        self.ask("Emulation.setDeviceMetricsOverride", **size, deviceScaleFactor=zoom, mobile=False)
        wanted = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
        self.ask("Emulation.setEmulatedMedia", media=media, features=wanted)

    def photograph(self, path: Path) -> None:
        """Write the whole page as PNG."""
        shot = self.ask("Page.captureScreenshot", captureBeyondViewport=True, fromSurface=True)
        path.write_bytes(base64.b64decode(shot["data"]))

    # --- hands

    def press(self, key: str, *, times: int = 1, shift: bool = False, alt: bool = False, control: bool = False) -> None:
        """Press a key: a name of KEYS, or one letter."""
        code, number, text = KEYS.get(key, (f"Key{key.upper()}", ord(key.upper()[0]), key))
        held = {"key": key, "code": code, "windowsVirtualKeyCode": number, "modifiers": alt + 2 * control + 8 * shift}
        typed = {"text": text} if text and not (alt or control) else {}
        for _ in range(times):
            self.ask("Input.dispatchKeyEvent", type="keyDown" if typed else "rawKeyDown", **held, **typed)
            self.ask("Input.dispatchKeyEvent", type="keyUp", **held)

    def type(self, text: str, *, slowly: bool = False) -> None:
        """Type into what has the focus: at once as from an input method, or key by key."""
        if not slowly:
            self.ask("Input.insertText", text=text)
            return
        for letter in text:
            self.press(letter)

    def tab_to(self, selector: str, *, most: int = 200) -> None:
        """Go to an element as a person without a mouse does; fails where the keyboard cannot reach it."""
        for _ in range(most):
            if self.value(f"document.activeElement.matches({json.dumps(selector)})"):
                return
            self.press("Tab")
        raise AssertionError(f"{selector} cannot be reached by {most} presses of Tab")

    def click(self, selector: str) -> None:
        """Click in the middle of the first element that `selector` names, as a mouse does: what covers it gets the click."""
        self.press_down(selector)()

    def press_down(self, selector: str) -> Callable[[], None]:
        """The first half of a click; what is returned lets go."""
        self.until(f"document.querySelector({json.dumps(selector)})")
        place = self.value(
            f"(() => {{ const e = document.querySelector({json.dumps(selector)});"
            " e.scrollIntoView({block: 'center', behavior: 'instant'});"
            " const b = e.getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2, b.width * b.height]; })()"
        )
        assert place[2] > 0, f"{selector} is not shown"

        def mouse(kind: str) -> None:
            self.ask("Input.dispatchMouseEvent", type=kind, x=place[0], y=place[1], button="left", clickCount=1)

        mouse("mousePressed")
        return lambda: mouse("mouseReleased")

    def fill(self, selector: str, text: str) -> None:
        """Put the focus into a field, empty it, and type."""
        self.until(f"document.querySelector({json.dumps(selector)})")
        self.value(
            f"(() => {{ const e = document.querySelector({json.dumps(selector)}); e.focus(); e.select?.(); }})()"
        )
        if text:
            self.type(text)
        else:
            self.press("Delete")

    def choose(self, selector: str, *paths: Path) -> None:
        """Choose files in an <input type=file>."""
        found = self.ask("Runtime.evaluate", expression=f"document.querySelector({json.dumps(selector)})")["result"]
        self.ask("DOM.setFileInputFiles", objectId=found["objectId"], files=[str(path.resolve()) for path in paths])

    # --- a world that does not do as it should

    def slow(self, *, latency: float = 0, down: float = -1, up: float = -1, offline: bool = False) -> None:
        """A network of `latency` milliseconds and so many bytes a second, -1 for no limit; for the workers' requests too."""
        self.ask(
            "Network.emulateNetworkConditions",
            offline=offline,
            latency=latency,
            downloadThroughput=down,
            uploadThroughput=up,
        )

    def block(self, pattern: str) -> None:
        """Let every request for an address of this pattern (`*` for anything) fail from now on."""
        self._rule(pattern, "block")

    def hold(self, pattern: str) -> None:
        """Let requests for such addresses wait until `release`."""
        self._rule(pattern, "hold")

    def answer(self, pattern: str, body: bytes) -> None:
        """Answer requests for such addresses with this body, as a lying server would; the headers are those of our server."""
        self._rule(pattern, "answer", body)

    def release(self) -> None:
        """Let go what was held, and end every rule."""
        self._rules.clear()
        held, self._held = self._held, []
        for request, session in held:
            self._tell("Fetch.continueRequest", session, {"requestId": request})
        self.ask("Fetch.disable")

    def without_scripts(self, off: bool = True) -> None:
        """Switch the page's scripts off, as a careful reader does; holds from the next visit."""
        self.ask("Emulation.setScriptExecutionDisabled", value=off)

    def before(self, script: str) -> None:
        """Run a script in each new document before its own."""
        self.ask("Page.addScriptToEvaluateOnNewDocument", source=script)

    # --- what it left behind

    def sent(self) -> list[Sent]:
        """Every request since the last visit, as it left."""
        return [self._sent(event) for event in self.events if event.get("method") == "Network.requestWillBeSent"]

    def saved_to(self, folder: Path) -> None:
        """Let downloads go into a folder."""
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self.ask("Browser.setDownloadBehavior", to="", behavior="allow", downloadPath=str(folder), eventsEnabled=True)

    def saved(self, pattern: str = "*", *, seconds: float = PATIENCE) -> Path:
        """Wait for a download whose name fits `pattern` and give where it lies."""
        assert self._folder is not None, "call saved_to first"
        end = time.monotonic() + seconds
        while True:
            found = [path for path in self._folder.glob(pattern) if not path.name.endswith(".crdownload")]
            if found:
                return max(found, key=lambda path: path.stat().st_mtime_ns)
            assert time.monotonic() < end, f"nothing like {pattern} was saved"
            self.value("1")
            time.sleep(0.05)

    def kept(self) -> dict[str, Any]:
        """What the page could have left in this browser: each is empty where it left nothing."""
        found = dict(self.value(KEPT))
        found["cookies"] = self.ask("Storage.getCookies", to="")["cookies"]
        return {name: value for name, value in found.items() if value}

    def history(self) -> list[str]:
        """The addresses in the tab's history."""
        return [entry["url"] for entry in self.ask("Page.getNavigationHistory")["entries"]]

    def complaints(self) -> list[str]:
        """What the console and the policies complained of since the last visit, and errors that nobody caught."""
        logged = [told["entry"]["text"] for told in self.told("Log.entryAdded")]
        thrown = [str(told["exceptionDetails"]) for told in self.told("Runtime.exceptionThrown")]
        said = [
            str(told["args"]) for told in self.told("Runtime.consoleAPICalled") if told["type"] in {"error", "assert"}
        ]
        return logged + thrown + said

    # --- hearing

    def _tell(self, method: str, session: str, parameters: dict[str, Any]) -> int:
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self.to, data) :]
        return self._number

    def _note(self, heard: dict[str, Any]) -> None:
        """Keep what was told unasked, and do at once what cannot wait."""
        self.events.append(heard)
        method, told, session = heard.get("method"), heard.get("params", {}), heard.get("sessionId", "")
        if method == "Target.attachedToTarget":
            self._attach(told)
        elif method == "Target.detachedFromTarget" and told["sessionId"] in self._workers:
            self._workers.remove(told["sessionId"])
        elif method == "Page.javascriptDialogOpening":
            self.dialogs.append(told["message"])
            self._tell("Page.handleJavaScriptDialog", session, {"accept": self.accepts})
        elif method == "Fetch.requestPaused":
            self._judge(told, session)

    def _attach(self, told: dict[str, Any]) -> None:
        session = told["sessionId"]
        if told["targetInfo"]["type"] == "worker":
            self._workers.append(session)
            for domain in ("Network", "Log", "Runtime"):
                self._tell(f"{domain}.enable", session, {})
        self._tell("Runtime.runIfWaitingForDebugger", session, {})

    def _rule(self, pattern: str, kind: str, body: bytes = b"") -> None:
        self._rules.append((pattern, kind, body))
        self.ask("Fetch.enable", patterns=[{"urlPattern": "*"}])

    def _judge(self, told: dict[str, Any], session: str) -> None:
        request, url = told["requestId"], told["request"]["url"]
        kind, body = next(
            ((kind, body) for pattern, kind, body in self._rules if fnmatch.fnmatchcase(url, pattern)), ("", b"")
        )
        if kind == "hold":
            self._held.append((request, session))
        elif kind == "block":
            self._tell("Fetch.failRequest", session, {"requestId": request, "errorReason": "BlockedByClient"})
        elif kind == "answer" and "responseStatusCode" not in told:
            self._tell("Fetch.continueRequest", session, {"requestId": request, "interceptResponse": True})
        elif kind == "answer":
            headers = [
                row
                for row in told["responseHeaders"]
                if row["name"].lower() not in {"content-encoding", "content-length"}
            ]
            answer = {"responseCode": 200, "responseHeaders": headers, "body": base64.b64encode(body).decode()}
            self._tell("Fetch.fulfillRequest", session, {"requestId": request, **answer})
        else:
            self._tell("Fetch.continueRequest", session, {"requestId": request})

    def _sent(self, event: dict[str, Any]) -> Sent:
        request = event["params"]["request"]
        parts = [base64.b64decode(entry["bytes"]) for entry in request.get("postDataEntries", []) if "bytes" in entry]
        body = b"".join(parts) or request.get("postData", "").encode()
        if request.get("hasPostData") and not body:
            with suppress(AssertionError):  # a worker that has ended tells no more
                told = self.ask(
                    "Network.getRequestPostData", to=event.get("sessionId", ""), requestId=event["params"]["requestId"]
                )
                body = base64.b64decode(told["postData"]) if told.get("base64Encoded") else told["postData"].encode()
        return Sent(method=request["method"], url=request["url"], headers=request["headers"], body=body)

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
    to_read, to_write = os.pipe()
    from_read, from_write = os.pipe()
    # Numbers above those that Chromium expects, so that moving one end cannot close the other.
    ends = [fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in (to_read, from_write)]
    process = subprocess.Popen(
        [sys.executable, "-c", MOVE, *map(str, ends), CHROMIUM, *FLAGS, f"--user-data-dir={profile}"],
        pass_fds=ends,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    for end in (to_read, from_write, *ends):
        os.close(end)
    page = None
    try:
        page = Browser(to=to_write, answers=from_read)
        target = page.ask("Target.createTarget", url="about:blank")["targetId"]
        page.session = page.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Log", "Runtime"):
            page.ask(f"{domain}.enable")
        page.ask("Target.setAutoAttach", autoAttach=True, waitForDebuggerOnStart=True, flatten=True)
        yield page
    finally:
        with suppress(
            AssertionError, OSError, subprocess.TimeoutExpired
        ):  # as a person closes it: what it keeps is written to disk
            if page is not None:
                page.ask("Browser.close", to="")
                process.wait(10)
        os.close(to_write)
        os.close(from_read)
        process.terminate()
        process.wait(10)
