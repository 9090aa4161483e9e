# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which action serves which verb: one line a verb."""

from collections.abc import Callable, Mapping
from typing import Final

from demur.dissent.actions.acknowledge import acknowledge
from demur.dissent.actions.close import close
from demur.dissent.actions.countersign import countersign
from demur.dissent.actions.extend import extend
from demur.dissent.actions.fetch import fetch
from demur.dissent.actions.grant import grant
from demur.dissent.actions.message import message
from demur.dissent.actions.reply import reply
from demur.dissent.actions.report import report
from demur.dissent.actions.withdraw import withdraw
from demur.dissent.models import Event
from demur.dissent.states import Verb

Action = Callable[..., Event]

ACTIONS: Final[Mapping[Verb, Action]] = {
    Verb.GRANT: grant,
    Verb.FETCH: fetch,
    Verb.ACKNOWLEDGE: acknowledge,
    Verb.MESSAGE: message,
    Verb.REPLY: reply,
    Verb.COUNTERSIGN: countersign,
    Verb.EXTEND: extend,
    Verb.WITHDRAW: withdraw,
    Verb.CLOSE: close,
    Verb.UNREADABLE: report,
    Verb.MISMATCH: report,
    Verb.READABLE: report,
}
