# SPDX-License-Identifier: AGPL-3.0-or-later
"""`demur key new`: keys are made by those who keep them, under a passphrase unless told, and never over anything."""

import json
import os
import pty
import re
import select
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from demur.cli.main import run
from demur.seal.errors import CannotOpen
from demur.seal.keyfile import OfficerKey, SeatKey, read


def demur(*arguments: str | Path) -> Result:
    return CliRunner().invoke(run, [str(part) for part in arguments])


def never() -> str:
    raise AssertionError("a key in clear asked for a passphrase")


def test_a_seats_key_is_written_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "director.key"
    done = demur("key", "new", "-o", path, "--no-passphrase", "--json")
    assert done.exit_code == 0
    key = read(path.read_bytes(), passphrase=never)
    assert isinstance(key, SeatKey)
    told = json.loads(done.stdout)
    assert (told["kind"], told["sign"]) == ("seat", key.signing.public.hex())
    assert told["age"] == key.identity.recipient.text
    assert path.stat().st_mode & 0o777 == 0o600
    assert "not protected" in done.stderr
    for secret in (key.identity.text, key.signing.seed.hex()):
        assert secret not in done.output


def test_an_officers_public_key_is_written_beside(tmp_path: Path) -> None:
    path = tmp_path / "officer.key"
    done = demur("key", "new", "--officer", "-o", path, "--no-passphrase")
    key = read(path.read_bytes(), passphrase=never)
    assert isinstance(key, OfficerKey)
    assert (tmp_path / "officer.key.pub").read_text() == f"{key.signing.public.hex()}\n"
    assert key.signing.public.hex() in done.stdout


def test_a_passphrase_file_protects_the_key(tmp_path: Path) -> None:
    secret, path = tmp_path / "pass", tmp_path / "k"
    secret.write_text("correct horse battery\nsecond line\n")
    assert demur("key", "new", "-o", path, "--passphrase-file", secret).exit_code == 0
    assert path.read_bytes().startswith(b"-----BEGIN AGE ENCRYPTED FILE-----")
    assert isinstance(read(path.read_bytes(), passphrase=lambda: "correct horse battery"), SeatKey)
    with pytest.raises(CannotOpen, match="passphrase does not open"):
        read(path.read_bytes(), passphrase=lambda: "correct horse")


@pytest.mark.parametrize("taken", ["officer.key", "officer.key.pub"])
def test_nothing_is_overwritten_and_nothing_half_made(tmp_path: Path, taken: str) -> None:
    (tmp_path / taken).write_text("mine")
    done = demur("key", "new", "--officer", "-o", tmp_path / "officer.key", "--no-passphrase")
    assert done.exit_code == 1
    assert "exists already" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == [taken]


def test_without_a_terminal_it_says_which_option_answers(tmp_path: Path) -> None:
    done = demur("key", "new", "-o", tmp_path / "k")
    assert (done.exit_code, list(tmp_path.iterdir())) == (2, [])
    assert "--passphrase-file" in done.stderr


def test_two_ways_of_protecting_at_once_are_a_misuse(tmp_path: Path) -> None:
    (tmp_path / "pass").write_text("x")
    done = demur("key", "new", "-o", tmp_path / "k", "--no-passphrase", "--passphrase-file", tmp_path / "pass")
    assert done.exit_code == 2


@pytest.mark.parametrize("text", [b"", b"\n", b"  \nx", b"\xff\n"])
def test_an_empty_or_binary_passphrase_file_is_refused(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "pass").write_bytes(text)
    done = demur("key", "new", "-o", tmp_path / "k", "--passphrase-file", tmp_path / "pass")
    assert done.exit_code == 1
    assert "first line" in done.stderr
    assert not (tmp_path / "k").exists()


class Terminal:
    """`demur` on a terminal of its own, typed to by the test."""

    def __init__(self, *arguments: str | Path) -> None:
        self.end, child = pty.openpty()
        command = [sys.executable, "-m", "demur", *map(str, arguments)]
        self.process = subprocess.Popen(command, stdin=child, stdout=child, stderr=child, start_new_session=True)
        os.close(child)
        self.seen = ""

    def until(self, text: str) -> str:
        while text not in self.seen:
            assert select.select([self.end], [], [], 30)[0], self.seen
            self.seen += os.read(self.end, 4096).decode()
        return self.seen

    def type(self, line: str) -> None:
        os.write(self.end, f"{line}\n".encode())

    def finish(self) -> int:
        try:
            while select.select([self.end], [], [], 30)[0]:
                self.seen += os.read(self.end, 4096).decode()
        except OSError:
            pass  # Linux says EIO when the other end has closed: the program is over
        os.close(self.end)
        return self.process.wait(30)


def test_on_a_terminal_seven_words_are_drawn_shown_and_typed_back(tmp_path: Path) -> None:
    terminal = Terminal("key", "new", "-o", tmp_path / "k")
    terminal.until("drawn for you)")
    terminal.type("")
    shown = terminal.until("Type it once")
    words = re.search(r"\n\s+((?:[a-z]+ ){6}[a-z]+)\r?\n", shown)
    assert words
    terminal.until("to be sure")
    terminal.type(words[1])
    assert terminal.finish() == 0, terminal.seen
    assert isinstance(read((tmp_path / "k").read_bytes(), passphrase=lambda: words[1]), SeatKey)


def test_words_that_were_not_written_down_make_no_key(tmp_path: Path) -> None:
    terminal = Terminal("key", "new", "-o", tmp_path / "k")
    terminal.until("drawn for you)")
    terminal.type("")
    terminal.until("to be sure")
    terminal.type("something else")
    assert terminal.finish() == 1
    assert "nothing was written" in terminal.seen
    assert not (tmp_path / "k").exists()


def test_ones_own_passphrase_is_typed_twice_and_never_shown(tmp_path: Path) -> None:
    terminal = Terminal("key", "new", "-o", tmp_path / "k")
    terminal.until("drawn for you)")
    terminal.type("my own secret")
    terminal.until("again")
    terminal.type("my own secret")
    assert terminal.finish() == 0, terminal.seen
    assert "my own secret" not in terminal.seen
    assert isinstance(read((tmp_path / "k").read_bytes(), passphrase=lambda: "my own secret"), SeatKey)
