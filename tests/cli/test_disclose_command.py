# SPDX-License-Identifier: AGPL-3.0-or-later
"""`demur disclose` and `demur verify` as people use them, against a served practice channel."""

import json
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from serving import Channel, Done, demur, practice_channel

TEXT = "The northern crossing\n\nThe count was wrong.\n\nThe road is shut by snow.\n"
REPLY = (
    'outcome = "in_part"\nsigned_by = "Policy Planning"\ntext = "Thank you."\n'
    '[[answer]]\nclaim = 1\nkind = "answered"\ntext = "It was counted again."\n'
    '[[answer]]\nclaim = 2\nkind = "answered"\ntext = "It is open now\u202e."\n'
)

# Run in a Python of its own: any import of Django or of a network ends it.
GUARDED = """
import sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"django", "ninja", "sqlite3", "socket", "ssl", "http", "urllib3"}:
            raise AssertionError("verify imported " + name)
sys.meta_path.insert(0, Refuse())
from demur.cli.main import run
run(sys.argv[1:])
"""


@dataclass(frozen=True, kw_only=True)
class Amina:
    """The author's machine, with an answered case `mine` on it, and the channel it was filed at."""

    home: Path
    channel: Channel

    def disclose(self, *arguments: str | Path) -> Done:
        return demur("disclose", "mine.key", *arguments, home=self.home)


@pytest.fixture(scope="module")
def amina(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Amina]:
    """Amina files; Citra acknowledges and replies."""
    place = tmp_path_factory.mktemp("disclose")
    home, citra = place / "amina", place / "citra"
    with practice_channel(place) as channel:
        home.mkdir()
        (home / "dissent.txt").write_text(TEXT)
        filed = demur("file", *channel.known, "--claims", "2,3", "--yes", "-o", "mine", "dissent.txt", home=home)
        assert filed.code == 0, filed.err
        case = json.loads((home / "mine.key").read_text())["case"]
        citra.mkdir()
        (citra / "reply.toml").write_text(REPLY)
        for act in (("fetch", case), ("acknowledge", case), ("reply", case, citra / "reply.toml")):
            done = demur("desk", *channel.known, "--key", channel.key("custodian"), *act, home=citra)
            assert done.code == 0, done.err
        assert demur("status", "mine.key", home=home).code == 0
        yield Amina(home=home, channel=channel)


def verify(amina: Amina, *arguments: str | Path, home: Path) -> Done:
    """As somebody else who was given the exhibit and the channel's file."""
    return demur("verify", *arguments, "--channel", amina.channel.file, home=home)


@pytest.mark.story
def test_a_court_gets_the_text_and_who_wrote_it_and_reads_it_offline(amina: Amina, tmp_path: Path) -> None:
    made = amina.disclose("--show", "text", "--show", "authorship", "--to", "The court, case 12", "-o", "court.exhibit")
    assert made.code == 0, made.err
    assert "stated of yourself" in made.err
    exhibit = amina.home / "court.exhibit"
    assert stat.S_IMODE(exhibit.stat().st_mode) == 0o600

    read = verify(amina, exhibit, amina.home / "dissent.txt", "--extract", tmp_path / "read", home=tmp_path / "court")
    assert read.code == 0, read.err
    assert "dissent.txt is the filed text, byte for byte" in read.out
    assert "this key signed the text that was filed" in read.out
    assert "    | The court, case 12" in read.out
    assert "a key is not a name" in read.out
    assert (tmp_path / "read" / "original.txt").read_text() == TEXT


@pytest.mark.story
def test_an_outsider_sees_which_office_answered_what_and_when(amina: Amina, tmp_path: Path) -> None:
    made = amina.disclose("--show", "answers", "-o", "answers.exhibit", "--json")
    assert made.code == 0, made.err
    assert made.json["shows"] == ["existence", "time-and-charter", "answers"]
    told = verify(
        amina, amina.home / "answers.exhibit", "--extract", tmp_path / "read", "--json", home=tmp_path / "press"
    )
    assert told.code == 0, told.err
    (found,) = told.json["files"]
    assert [row["type"] for row in found["answers"]][-1] == "reply"
    assert found["answers"][-1]["seat"] == "custodian"
    assert found["answers"][-1]["recorded_at"] >= found["promised_at"]
    assert any("no witness" in row for row in found["does_not_prove"])
    (reply,) = (tmp_path / "read").glob("*-reply.json")
    assert "It was counted again." in reply.read_text()


def test_existence_needs_no_server_and_says_what_it_leaves_open(amina: Amina, tmp_path: Path) -> None:
    # The key's address answers nobody from here on: what would ask it fails.
    away = tmp_path / "away"
    away.mkdir()
    for name in ("mine.key", "mine.receipt"):
        (away / name).write_bytes((amina.home / name).read_bytes())
    key = json.loads((away / "mine.key").read_text())
    (away / "mine.key").write_text((away / "mine.key").read_text().replace(key["address"], "http://127.0.0.1:9"))
    made = demur("disclose", "mine.key", "--show", "existence", "-o", "e.exhibit", home=away)
    assert made.code == 0, made.err
    told = demur("verify", "e.exhibit", home=away)
    assert told.code == 0, told.err
    assert "by this file's own channel only" in told.out
    for line in ("Under which charter", "What was filed.", "Who made this exhibit", "Whether anybody answered"):
        assert line in told.out
    refused = demur("disclose", "mine.key", "--show", "answers", "-o", "a.exhibit", home=away)
    assert (refused.code, refused.err.count("\n")) == (1, 1)
    assert not (away / "a.exhibit").exists()
    without = demur("disclose", "mine.key", "--show", "text", "-o", "t.exhibit", home=away)
    assert (without.code, without.err.count("\n")) == (1, 1)
    assert "sealed copy" in without.err


def test_fetch_adds_the_charter_that_the_officers_signed(amina: Amina, tmp_path: Path) -> None:
    plain = amina.disclose("--show", "time-and-charter", "-o", "plain.exhibit")
    full = amina.disclose("--show", "time-and-charter", "--fetch", "-o", "full.exhibit")
    assert (plain.code, full.code) == (0, 0), full.err
    assert "under the charter entry" in verify(amina, amina.home / "plain.exhibit", home=tmp_path).out
    assert "signed by the officers" in verify(amina, amina.home / "full.exhibit", home=tmp_path).out


def test_verify_needs_neither_django_nor_a_network(amina: Amina) -> None:
    made = amina.disclose("--show", "text", "--show", "answers", "-o", "guarded.exhibit")
    assert made.code == 0, made.err
    done = subprocess.run(
        [sys.executable, "-c", GUARDED, "verify", "guarded.exhibit", "--channel", amina.channel.file],
        cwd=amina.home,
        env={"DEMUR_HOME": str(amina.home), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "the exhibit holds" in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("--show", "authorship", "-o", "x"),
        ("--show", "existence", "--to", "somebody", "-o", "x"),
        ("--show", "everything", "-o", "x"),
        ("--show", "existence"),
        ("-o", "x"),
        ("--show", "existence", "--server", "http://127.0.0.1:9", "-o", "x"),
    ],
)
def test_misuse_exits_2_and_writes_nothing(amina: Amina, arguments: tuple[str, ...]) -> None:
    done = amina.disclose(*arguments)
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert not (amina.home / "x").exists()


def test_nothing_is_overwritten(amina: Amina, tmp_path: Path) -> None:
    (amina.home / "taken").write_bytes(b"mine")
    done = amina.disclose("--show", "existence", "-o", "taken")
    assert (done.code, done.err.count("\n")) == (1, 1)
    assert (amina.home / "taken").read_bytes() == b"mine"
    assert amina.disclose("--show", "text", "-o", "once.exhibit").code == 0
    (tmp_path / "original.txt").write_bytes(b"theirs")
    refused = verify(amina, amina.home / "once.exhibit", "--extract", tmp_path, home=tmp_path / "home")
    assert (refused.code, refused.err.count("\n")) == (1, 1)
    assert (tmp_path / "original.txt").read_bytes() == b"theirs"


def test_what_does_not_fit_is_refused_with_one_sentence(amina: Amina, tmp_path: Path) -> None:
    assert amina.disclose("--show", "existence", "-o", "fit.exhibit").code == 0
    exhibit = amina.home / "fit.exhibit"
    (tmp_path / "cut.exhibit").write_bytes(exhibit.read_bytes()[:-100])
    (tmp_path / "empty.exhibit").write_bytes(b"demur/exhibit/v1\n")
    attempts: list[tuple[str | Path, ...]] = [
        (tmp_path / "cut.exhibit",),
        (tmp_path / "empty.exhibit",),
        (exhibit, amina.home / "dissent.txt"),
        (exhibit, "--extract", tmp_path / "out"),
        (exhibit, "--key", amina.home / "mine.key"),
    ]
    for arguments in attempts:
        done = verify(amina, *arguments, home=tmp_path / "home")
        assert (done.code, done.out, done.err.count("\n")) == (1, "", 1), arguments
    assert not (tmp_path / "out").exists()
