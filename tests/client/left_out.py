# SPDX-License-Identifier: AGPL-3.0-or-later
"""A case whose author left an office out, to which a custodian with a changed client gives it all the same."""

import pytest
from desk_server import DeskServer, Seat, filed_at
from test_filing import wish_of

from demur.client.answering import Answering
from demur.client.fetching import fetch_filing
from demur.client.submitting import Filed
from demur.client.unsealing import Filing
from demur.dissent.documents.reply import Answer, Reply
from demur.dissent.states import Verb

LEFT_OUT = "deputy"


def given_to_whom_the_author_left_out(server: DeskServer, *, replied: bool = True) -> Filed:
    """The case, acknowledged and replied to without answering anything, so that it waits for a second seat; events 3 and 4 are those, 5 the
    grant.
    """
    filed = filed_at(server, wish_of(recused=frozenset({LEFT_OUT})))
    custodian = Seat(server, "custodian")
    fetched = fetch_filing(custodian.desk, custodian.known(filed))
    known = custodian.desk.plain(fetched.known, Verb.ACKNOWLEDGE).known
    if replied:
        no = tuple(Answer(claim=n, kind="declined", text="The count stands as it is.") for n in (1, 2))
        answering = Answering(desk=custodian.desk, fetched=fetch_filing(custodian.desk, known))
        known = answering.reply(Reply(outcome="rejected", text="We looked at it.", answers=no)).known
    with pytest.MonkeyPatch.context() as changed:
        changed.setattr(Filing, "recused", frozenset())
        Answering(desk=custodian.desk, fetched=fetch_filing(custodian.desk, known)).grant(LEFT_OUT, reason="Why not.")
    return filed
