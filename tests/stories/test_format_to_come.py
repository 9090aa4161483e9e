# SPDX-License-Identifier: AGPL-3.0-or-later
"""A channel whose charter is of a format to come, as after a step back to an older release: every way of filing is refused in one sentence,
and everything that was filed is read and answered.
"""

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from core import author_at

from serving import HANGS, Channel, Done, demur, practice_channel

pytestmark = pytest.mark.story
TEXT = "The ferry\n\nIt should go on.\n"
# What a later release would do: sign and adopt a charter of format 2, and the seats for it.
LATER = """
import dataclasses, sys
from pathlib import Path
from demur.site.boot import open_installation
directory = Path(sys.argv[1])
ground = open_installation(directory)
from demur import canonical
from demur.charter.freeze import Frozen
from demur.charter.officers import sign_statement
from demur.people.actions.adopt_charter import adopt_charter
from demur.people.actions.fill_seats import fill_seats
from demur.people.queries import rules_in_force
from demur.seal import keyfile
key = keyfile.read((directory / "practice" / "officer.key").read_bytes(), passphrase=lambda: "").signing
rules, channel = rules_in_force(), ground.channel
Frozen.to_sign = Frozen.from_entry
text = "format = 2\\n" + rules.frozen.text.replace('title = "', 'languages = ["fr"]\\ntitle = "', 1)
entry = dataclasses.replace(rules.frozen, text=text).entry(channel.origin, rules.frozen.version)
charter = adopt_charter(sign_statement(entry, key), channel=channel)
roster = dataclasses.replace(rules.roster, charter=bytes(charter.leaf_hash).hex(), serial=rules.roster.serial + 1)
fill_seats(sign_statement(roster.statement(channel.origin), key), channel=channel)
"""


# An author's client from which the check was taken away.
UNGUARDED = """
import sys
from demur.charter.freeze import Frozen
Frozen.refused = ""
from demur.cli.main import run
run(sys.argv[1:])
"""


@pytest.fixture(scope="module")
def amina(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("amina")


@pytest.fixture(scope="module")
def channel(amina: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Channel]:
    """Amina has filed as `mine`; then the charter of format 2 came into force."""
    with practice_channel(tmp_path_factory.mktemp("format")) as channel:
        (amina / "ferry.txt").write_text(TEXT)
        assert file(channel, amina, "mine").code == 0
        channel.stop()
        done = subprocess.run(
            [sys.executable, "-c", LATER, str(channel.directory)],
            env={**os.environ, "DEMUR_DIR": str(channel.directory)},
            capture_output=True,
            text=True,
            check=False,
            timeout=HANGS,
        )
        assert done.returncode == 0, done.stderr
        channel.start()
        yield channel


def file(channel: Channel, home: Path, name: str) -> Done:
    return demur("file", *channel.known, "--claims", "2", "--as-is", "--yes", "-o", name, "ferry.txt", home=home)


def page(channel: Channel, address: str) -> str:
    with urllib.request.urlopen(f"{channel.url}{address}", timeout=HANGS) as answer:
        return str(answer.read().decode())


def test_the_command_refuses_to_file_in_one_sentence(channel: Channel, amina: Path) -> None:
    done = file(channel, amina, "another")
    assert (done.code, done.err.count("\n")) == (1, 1), done.err
    assert "format that this version does not know (2); update Demur, then file." in done.err
    assert not list(amina.glob("another*"))


def test_the_browser_and_the_page_without_script_refuse_too(channel: Channel) -> None:
    with author_at(channel.url) as worker:
        look = worker.call("look")
    assert (look["open"], look["reason"]) == (False, "unknown-format")
    assert "<textarea" not in page(channel, "/en/file/plain/")
    with urllib.request.urlopen(f"{channel.url}/api/v1/limits", timeout=HANGS) as answer:
        limits = json.loads(answer.read())
    assert (limits["open"], "does not know (2)" in limits["reason"]) == (False, True)


@pytest.mark.adversary
def test_a_client_that_files_all_the_same_is_refused_by_the_server(
    channel: Channel, amina: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same client filed before the charter came into force: the hole is the client's, and the server has none."""
    words = ["file", *channel.known, "--claims", "2", "--as-is", "--yes", "-o", "forced", "ferry.txt"]
    done = subprocess.run(
        [sys.executable, "-c", UNGUARDED, *map(str, words)],
        cwd=amina,
        env={**os.environ, "DEMUR_HOME": str(amina), "HOME": str(amina)},
        capture_output=True,
        text=True,
        check=False,
        timeout=HANGS,
    )
    assert done.returncode == 1, done.stdout
    assert "does not know (2)" in done.stderr
    assert not (amina / "forced.key").exists()
    with capsys.disabled():
        print("\nfiled by a client without the check: 0 of 1 under format 2")


def test_the_charter_is_shown_with_what_this_version_does_not_know(channel: Channel) -> None:
    shown = page(channel, "/en/")
    assert "What this version does not know" in shown
    assert "languages = [&quot;fr&quot;]" in shown


def test_what_was_filed_is_read_and_answered(channel: Channel, amina: Path, tmp_path: Path) -> None:
    status = demur("status", "mine.key", "--json", home=amina)
    assert status.code == 0, status.err
    desk = ("desk", *channel.known, "--key", channel.key("custodian"))
    (row,) = demur(*desk, "list", "--json", home=tmp_path).json["cases"]
    assert demur(*desk, "acknowledge", row["case"], home=tmp_path).code == 0
    assert demur("message", "mine.key", "One more word.", home=amina).code == 0
    assert demur("status", "mine.key", "--json", home=amina).json["state"] == "acknowledged"
