# SPDX-License-Identifier: AGPL-3.0-or-later
"""The list of the pages' files in the record: one entry for each change, none for a restart, and a return to an older list is a change."""

import pytest

from demur import canonical
from demur.entries.models import Entry
from demur.people.actions.publish_assets import publish_assets
from demur.people.models import Statement
from demur.record.entry import Readable, read_entry
from demur.record.errors import EntryError

pytestmark = pytest.mark.django_db(transaction=True)
ONE = {"demur/a.js": "1" * 64}
OTHER = {"demur/a.js": "2" * 64}


def publish(files: dict[str, str], release: str = "1.0") -> int:
    return publish_assets(files, origin="dissent.example.org", release=release).number


def test_a_restart_adds_nothing_and_every_change_adds_one_entry() -> None:
    serials = [publish(ONE), publish(ONE), publish(OTHER), publish(ONE), publish(ONE), publish(ONE, release="1.1")]

    assert serials == [1, 1, 2, 3, 3, 4]
    assert Entry.objects.count() == 4


def test_the_entry_says_what_the_format_says() -> None:
    publish(ONE)
    entry = read_entry(bytes(Entry.objects.get().data))

    assert isinstance(entry, Readable)
    assert entry.value == {
        "v": 1,
        "type": "assets",
        "origin": "dissent.example.org",
        "release": "1.0",
        "serial": 1,
        "files": ONE,
    }
    assert canonical.dump(entry.value).decode() == Statement.objects.get().text


def test_after_a_restore_that_lost_the_row_the_entry_is_found_again_and_not_doubled() -> None:
    publish(ONE)
    Statement.objects.all().delete()  # the entry came back from a mirror of the record, the row did not

    assert publish(ONE) == 1
    assert Entry.objects.count() == 1


def test_a_list_too_long_for_an_entry_is_refused_and_nothing_is_kept() -> None:
    with pytest.raises(EntryError, match="limit"):
        publish({f"demur/{n}.js": "3" * 64 for n in range(1000)})

    assert (Entry.objects.count(), Statement.objects.count()) == (0, 0)
