# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the server keeps stands in the record once for each change, and a restart writes nothing."""

import sqlite3

import pytest
from tiny_record import TinyServer

from demur import canonical
from demur.dissent import keeping
from demur.entries.models import Entry
from demur.people.actions.publish_keeps import publish_keeps
from demur.people.models import Statement
from demur.record.entry import Readable, read_entry
from demur.record.merkle import leaf_hash
from demur.site.deep_record import _statements, _unclaimed
from demur.site.retaken import take_back_statements

pytestmark = pytest.mark.django_db(transaction=True)
ORIGIN = "dissent.example.org"


def publish(at: int, **changes: object) -> int:
    return publish_keeps({**keeping.statement(ORIGIN), **changes}, at=at).number


def test_a_restart_adds_nothing_and_every_change_adds_one_entry() -> None:
    assert [publish(100), publish(200), publish(300, acts=3), publish(300), publish(50)] == [100, 100, 300, 301, 301]
    assert Entry.objects.count() == 3
    entry = read_entry(bytes(Entry.objects.order_by("id")[0].data))
    assert isinstance(entry, Readable)
    assert entry.value == {**keeping.statement(ORIGIN), "time": 100}
    assert canonical.dump(entry.value).decode() == Statement.objects.get(number=100).text


def test_the_doctor_knows_it_and_finds_a_row_that_was_taken_away() -> None:
    publish(100)
    Entry.objects.update(index=0)
    assert list(_statements()) == []
    assert list(_unclaimed()) == []
    Statement.objects.all().delete()
    assert [fault.index for fault in _unclaimed()] == [0]


def test_a_restore_takes_it_back_and_a_start_after_it_adds_nothing() -> None:
    server = TinyServer()
    publish(100)
    (data,) = Entry.objects.values_list("data", flat=True)
    said = {**keeping.statement(server.channel.origin), "time": 7}
    rows = sqlite3.connect(":memory:")
    rows.execute("CREATE TABLE people_statement (kind, number, leaf_hash UNIQUE, text)")
    assert take_back_statements(rows, [bytes(data)], server.channel) == 1
    assert take_back_statements(rows, [bytes(data)], server.channel) == 0
    kind, number, leaf, text = rows.execute("SELECT * FROM people_statement").fetchone()
    assert (kind, number, leaf, text) == ("keeps", 100, leaf_hash(bytes(data)), Statement.objects.get().text)
    assert said["type"] == kind
