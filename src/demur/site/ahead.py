# SPDX-License-Identifier: AGPL-3.0-or-later
"""Filings are prepared beside the server, and written in it.

What a filing costs most is checks and signatures, which touch no row. They are done in a process of their own (`aside`), up to the very
answer; the server writes the rows, and lets the answer out once they are durable. Whatever is not plain goes through the application as if
nothing had been asked before: what is refused, what was filed before, what came in parts, and everything once the other process is gone.
"""

import asyncio
import time
from functools import partial
from typing import Any, Final, cast

from django.conf import settings
from django.db import connections
from django.http.request import split_domain_port

from demur.author.filing import JSON, Foreseen, Sent, filed_text, foresee
from demur.dissent.actions.submit import Filed, submit
from demur.dissent.bundle import carried, pack_bundle
from demur.dissent.models import Case
from demur.dissent.work import HEADER
from demur.entries.writer import GroupCommit
from demur.errors import DemurError
from demur.site.aside import Aside
from demur.site.installed import installation, uploads
from demur.site.lanes import Answer
from demur.site.mistakes import tell
from demur.site.starting import wake
from demur.web.answers import first_head
from demur.web.headers import OF_DATA
from demur.web.load import FILINGS

PATH: Final = "/api/v1/cases"
AT_ONCE: Final = 64  # filings under way: others wait, and hold no more than what they came with
LARGEST: Final = 256 * 1024  # bytes: what is larger would let the small wait
LARGEST_HEADER: Final = (
    16 * 1024
)  # bytes, eight times what is usual: to read it costs most, before anything of it is signed
_STAMP: Final = HEADER.lower()
_HEADERS: Final = (*OF_DATA.items(), ("Content-Type", JSON))


class Ahead:
    """The gateway's shortcut for filings."""

    def __init__(self, aside: Aside) -> None:
        """`aside` does `prepared_aside`."""
        self._aside = aside
        self._room = asyncio.Semaphore(AT_ONCE)

    @classmethod
    def start(cls) -> "Ahead | None":
        """Before any thread is started. None where it cannot be."""
        aside = Aside.fork(prepared_aside)
        return None if aside is None else cls(aside)

    def begin(self) -> None:
        """Once the tables are as they should be: the first filing finds everything read that all need."""
        self._aside.begin(Sent(data=pack_bundle({}, []), at=int(time.time()), load=0, stamp=""))

    def takes(self, scope: Any, size: int) -> bool:
        """Whether it is a filing of ordinary size, in ordinary words."""
        if scope.path != PATH or scope.method != "POST" or size > LARGEST or self._aside.gone:
            return False
        hosts, stamps = scope.headers.get_all("host"), scope.headers.get_all(_STAMP)
        return len(hosts) == 1 and split_domain_port(hosts[0])[0] != "" and len(stamps) <= 1

    async def answer(self, scope: Any, data: bytes) -> Answer | None:
        """What the application would answer to a filing that is new; None for all else. Raises what the writer does not recover from."""
        if int.from_bytes(data[:8], "big") > LARGEST_HEADER:
            return None
        async with self._room:  # the time and the load are those of its turn
            at = int(time.time())
            sent = Sent(data=data, at=at, load=FILINGS.load(at, size=len(data)), stamp=scope.headers.get(_STAMP, ""))
            with FILINGS.coming():
                foreseen: Foreseen | None = await self._aside.ask(sent)
                filed = None if foreseen is None else await _written(foreseen, data)
        if foreseen is None or filed is None or filed.row is None:
            return None
        text = foreseen.answer
        FILINGS.add(at, size=len(data))
        if foreseen.at_once:
            wake()
        if not filed.as_prepared:
            text = filed_text(filed.row, head=first_head(Case(**filed.prepared.case), installation(), at=at))
        return Answer(201, (*_HEADERS, ("Content-Length", str(len(text)))), text)


async def _written(foreseen: Foreseen, data: bytes) -> Filed | None:
    """None where the application has the sentence for what is in the way."""
    ground, prepared = installation(), foreseen.prepared
    files = carried(data, prepared.header["files"])
    act = partial(submit, prepared, files, ground=ground, uploads=uploads())
    try:
        return await asyncio.wrap_future(cast(GroupCommit, ground.writer).later(act))
    except DemurError:
        return None


def prepared_aside(sent: Sent) -> Foreseen | None:
    """What the other process does; None where the application must look."""
    try:
        return foresee(sent, ground=installation(), uploads=uploads(), secret=settings.SECRET_KEY.encode())
    except DemurError:
        return None
    except Exception as error:  # noqa: BLE001 -- it must live on
        tell(error)
        connections.close_all()
        return None
