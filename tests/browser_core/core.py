# SPDX-License-Identifier: AGPL-3.0-or-later
"""The author's worker, or the desk's, as a process of node, asked from Python as a page asks it."""

import base64
import json
import subprocess
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
TEXT = """The cap on the night shift

The plan caps the night shift at two engineers from March on.

Two engineers cannot walk the line and watch the panel at once: on 3 May both were on the line when the alarm came.

The saving counts each vacant post twice.
"""


class Refused(Exception):  # noqa: N818 -- named as the fact
    """The worker refused: a code, and the facts for the page's sentence."""

    def __init__(self, code: str, facts: dict[str, Any]) -> None:
        super().__init__(f"{code} {facts.get('why', '')}")
        self.code = code
        self.facts = facts


@dataclass
class Core:
    """One person at one page. `told` is what the last call told on its way."""

    process: "subprocess.Popen[bytes]"
    told: list[Any] = field(default_factory=list)

    def call(self, method: str, **params: Any) -> Any:
        """What the method gives; raises Refused."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.told = []
        line = json.dumps({"method": method, "params": params}, default=_written)
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()
        while line := self.process.stdout.readline().decode():
            answer = json.loads(line, object_hook=_read)
            if "told" in answer:
                self.told.append(answer["told"])
                continue
            if "refused" in answer:
                raise Refused(answer["refused"]["code"], answer["refused"]["facts"])
            assert "result" in answer, answer
            return answer["result"]
        raise AssertionError("the worker ended")

    def file(self, text: str = TEXT, *, claims: tuple[int, ...] = (2, 3, 4), **more: Any) -> Any:
        """File a plain text; gives what the author leaves with."""
        dissent = {"kind": "text", "name": "cap.txt", "bytes": text.encode(), "claims": list(claims)}
        self.call("seal", **{"dissent": dissent, **more})
        return self.call("submit")


@dataclass(frozen=True)
class Blob:
    """A file that a person chose on a page."""

    data: bytes


def author_at(address: str, *, shift: int = 0) -> AbstractContextManager[Core]:
    """A fresh author's worker at a server; `shift` seconds are added to its clock."""
    return worker_at(HERE / "author.mjs", address, shift)


@contextmanager
def worker_at(script: Path, address: str, shift: int) -> Iterator[Core]:
    """A fresh worker, as a script of node holds it; ended when the block ends."""
    command = ["node", str(script), address, str(shift)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        yield Core(process)
    finally:
        process.kill()
        process.communicate()


def _written(value: object) -> object:
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode()}
    if isinstance(value, Blob):
        return {"$blob": base64.b64encode(value.data).decode()}
    raise TypeError(f"{value!r} cannot be sent")


def _read(value: dict[str, Any]) -> Any:
    return base64.b64decode(value["$bytes"]) if set(value) == {"$bytes"} else value
