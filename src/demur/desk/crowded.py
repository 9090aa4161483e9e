# SPDX-License-Identifier: AGPL-3.0-or-later
"""Signing in while many do: work is asked before a passphrase is hashed, which costs half a second (`spec/filing.md`, "Work").

The price rises with the tries of the last ten minutes, for everybody alike. The page then carries a script that pays it; whoever has a
recovery code needs none, since finding one costs a flood more than any work. A stamp serves one try.
"""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from demur.desk.errors import ManySignIn
from demur.dissent.errors import WorkWanted
from demur.dissent.work import HOUR, Work
from demur.web.load import SIGN_INS, check_load, work_asked
from demur.web.requests import DemurRequest

FIELD: Final = "work"  # of the form
_SPENT: Final[OrderedDict[str, int]] = (
    OrderedDict()
)  # stamps that served, with the time (POSIX seconds) at which they end anyway
_LOCK: Final = threading.Lock()


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a try must show now, for the page's script: `bits`, for `subject`, under `challenge` of `origin`."""

    bits: int
    challenge: str
    subject: str
    origin: str


def asked_of(request: DemurRequest, form: str) -> Asked | None:
    """What a try from the page whose form carries the value `form` must show now, None if nothing."""
    work = _work(request)
    if not work.bits:
        return None
    return Asked(
        bits=work.bits,
        challenge=work.challenges[0],
        subject=_subject(form),
        origin=request.ground.channel.origin,
    )


def check_try(request: DemurRequest, form: str, *, excused: bool) -> None:
    """Count a try, whose passphrase is hashed next. Raises ManySignIn unless it is `excused` or shows the work that is asked now."""
    stamp = request.POST.get(FIELD, "")[:100]
    load, ground = SIGN_INS.load(request.at), request.ground
    if _work(request).bits and not excused:
        try:
            check_load(stamp, _subject(form), load=load, ground=ground, secret=request.secret, at=request.at)
        except WorkWanted:
            raise ManySignIn("Many sign in at this moment, so each try must show work first; send it again.") from None
        _spend(stamp, at=request.at)
    SIGN_INS.add(request.at, size=0)


def was_right() -> None:
    """The try was right, and counts for nothing: else the work that is asked of strangers would tell when an owner signs in."""
    SIGN_INS.take_back()


def _work(request: DemurRequest) -> Work:
    return work_asked(request.secret, SIGN_INS.load(request.at), at=request.at)


def _subject(form: str) -> str:
    return f"sign-in/{form}"


def _spend(stamp: str, *, at: int) -> None:
    with _LOCK:
        while _SPENT and next(iter(_SPENT.values())) <= at:
            _SPENT.popitem(last=False)
        if stamp in _SPENT:
            raise ManySignIn("This work was shown before; send the form again.")
        _SPENT[stamp] = at + 2 * HOUR
