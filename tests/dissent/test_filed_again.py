# SPDX-License-Identifier: AGPL-3.0-or-later
"""A filing whose answer was lost is answered again, also when the officers changed the seats meanwhile."""

import json
import os
import time
from pathlib import Path

import pytest

from demur.charter.channel import ChannelFile
from demur.client.directory import read_directory
from demur.client.filing import prepare
from demur.client.http import Server
from demur.client.submitting import submit
from demur.client.wish import Wish
from demur.dissent.documents.dissent import from_text
from serving import demur, practice_channel

TEXT = b"The crossing\n\nThe count was wrong.\n"


@pytest.mark.story
def test_the_same_filing_is_answered_the_same_after_a_new_roster(tmp_path: Path) -> None:
    with practice_channel(tmp_path) as channel:
        known = ChannelFile.parse(channel.file.read_text()).channel
        server = Server(channel.url)
        in_force = read_directory(server, known, now=int(time.time()))
        wish = Wish(dissent=from_text(TEXT, name="text.txt"), original=TEXT)
        limits = server.get_json("/api/v1/limits")
        prepared = prepare(wish, in_force, address=channel.url, limits=limits, now=int(time.time()), random=os.urandom)
        first = submit(server, prepared, known, now=lambda: int(time.time()))

        channel.stop()
        home, officer = tmp_path / "home", channel.directory / "practice" / "officer.key"
        statement = json.loads(json.dumps(in_force.roster.statement(known.origin)))  # type: ignore[union-attr]
        statement["serial"] = 2
        from demur import canonical
        from demur.charter.officers import sign_statement
        from demur.seal.keyfile import OfficerKey, read

        key = read(officer.read_bytes(), passphrase=None)
        assert isinstance(key, OfficerKey)
        (tmp_path / "seats.signed").write_bytes(canonical.dump(sign_statement(statement, key.signing)))
        done = demur("seat", "fill", channel.directory, tmp_path / "seats.signed", home=home)
        assert done.code == 0, done.err
        channel.start()

        again = submit(server, prepared, known, now=lambda: int(time.time()))
        assert again.receipt.promise == first.receipt.promise
