# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the officers signed is adopted only if this version knows every part of it: reading is lenient, adopting is strict."""

import pytest
from tiny_record import TinyServer

from demur.charter.channel import Channel
from demur.charter.errors import CharterError
from demur.charter.officers import check_statement, sign_statement
from demur.entries.models import Entry
from demur.people.actions.adopt_charter import adopt_charter
from demur.people.actions.adopt_policy import adopt_policy
from demur.people.actions.fill_seats import fill_seats
from demur.people.models import Statement

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def server() -> TinyServer:
    return TinyServer()


def signed(server: TinyServer, statement: dict[str, object], **more: object) -> dict[str, object]:
    bare = {name: value for name, value in statement.items() if name != "officers"}
    made = sign_statement({**bare, **more}, server.officer.signing)
    check_statement(made, server.channel)
    return made


@pytest.mark.parametrize("odd", [{"text": 'languages = ["fr"]\n'}, {"text": "format = 2\n"}, {"translations": {}}])
def test_a_charter(server: TinyServer, odd: dict[str, object]) -> None:
    entry = server.frozen.entry(server.log.origin, 0)
    if "text" in odd:
        odd = {"text": f"{odd['text']}{entry['text']}"}
    with pytest.raises(CharterError, match=r"languages|format 2|translations"):
        adopt_charter(signed(server, entry, **odd), channel=server.channel)
    assert not Statement.objects.exists()
    assert not Entry.objects.exists()


def test_seats_and_a_policy(server: TinyServer) -> None:
    adopt_charter(signed(server, server.frozen.entry(server.log.origin, 0)), channel=server.channel)
    with pytest.raises(CharterError, match="deputies"):
        fill_seats(signed(server, server.roster_statement, deputies=[]), channel=server.channel)
    with pytest.raises(CharterError, match="until"):
        adopt_policy(policy(server, server.channel), channel=server.channel)
    assert [row.kind for row in Statement.objects.all()] == ["charter"]


def policy(server: TinyServer, channel: Channel) -> dict[str, object]:
    from demur.charter.policies import policy_statement

    return signed(server, policy_statement(channel, channel.policy_object), until=1)
