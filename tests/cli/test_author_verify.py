# SPDX-License-Identifier: AGPL-3.0-or-later
"""`demur verify` stands alone: no Django, no network, one sentence for anything that does not hold."""

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from test_filing import TEXT, filed_at
from tiny_record import TinyServer

from demur.charter.channel import ChannelFile
from demur.cli.main import run
from demur.client.casefiles import CaseFiles
from demur.client.following import follow

# Run in a Python of its own: any import of Django, any socket, ends it.
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


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A complete receipt with its key and text, and the channel files of this and another installation."""
    folder, server = tmp_path_factory.mktemp("case"), TinyServer()
    filed = filed_at(server)
    receipt = follow(server, filed.key, filed.receipt, server.channel, now=server.now).receipt
    CaseFiles(folder / "mine").write_key(filed.key, receipt, filed.sealed_body)
    (folder / "dissent.txt").write_bytes(TEXT)
    for name, channel in (("own", server.channel), ("other", TinyServer("practice-ffeeddccbbaa0099").channel)):
        toml = ChannelFile(channel=channel, address="https://dissent.example.org").to_toml()
        (folder / f"{name}.toml").write_text(toml)
    (folder / "words").write_text(" ".join(server.channel.words()))
    return folder


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEMUR_HOME", str(tmp_path))


def verify(*arguments: object) -> tuple[int, str, str]:
    done = CliRunner().invoke(run, ["verify", *map(str, arguments)])
    return done.exit_code, done.stdout, done.stderr


def test_verify_needs_neither_django_nor_a_network(folder: Path, tmp_path: Path) -> None:
    names = ["mine.receipt", "--channel", "own.toml", "--key", "mine.key", "dissent.txt"]
    done = subprocess.run(
        [sys.executable, "-c", GUARDED, "verify", *names],
        cwd=folder,
        env={**os.environ, "DEMUR_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "byte for byte" in done.stdout


def test_without_a_known_channel_it_says_by_its_own_channel(folder: Path) -> None:
    code, told, _ = verify(folder / "mine.receipt")
    assert code == 0
    assert "by this file's own channel only" in told


def test_words_are_enough_to_know_the_channel(folder: Path) -> None:
    code, told, _ = verify(folder / "mine.receipt", "--channel", (folder / "words").read_text())
    assert code == 0
    assert "as you know it" in told


def test_a_receipt_of_one_installation_is_refused_by_another(folder: Path) -> None:
    for channel in (folder / "other.toml", "abandon ability able about above absent"):
        code, _, said = verify(folder / "mine.receipt", "--channel", channel)
        assert (code, said.count("\n")) == (1, 1)
        assert "another channel" in said


def test_a_text_that_was_not_filed_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "dissent.txt").write_bytes(TEXT.replace(b"eleven", b"twelve"))
    key = ("--key", folder / "mine.key")
    code, _, said = verify(folder / "mine.receipt", *key, tmp_path / "dissent.txt")
    assert (code, said.count("\n")) == (1, 1)


def test_a_text_without_the_sealed_copy_is_not_claimed_to_be_proven(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.key").write_bytes((folder / "mine.key").read_bytes())
    code, _, said = verify(folder / "mine.receipt", "--key", tmp_path / "mine.key", folder / "dissent.txt")
    assert code == 1
    assert "sealed copy" in said


def test_four_hundred_flipped_bits_each_exit_1_with_one_sentence(folder: Path, tmp_path: Path) -> None:
    data = (folder / "mine.receipt").read_bytes()
    target = tmp_path / "flipped.receipt"
    for bit in random.Random(11).sample(range(len(data) * 8), 400):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        target.write_bytes(flipped)
        code, told, said = verify(target)
        assert (code, told, said.count("\n")) == (1, "", 1), bit
        assert said.startswith("demur: ")


@pytest.mark.parametrize(
    "garbage", [b"", b"\0" * 100, b"demur/receipt/v1\n", b"demur/evidence/v1\n=== kind\nx\n", b"\xff" * 50, b"{}"]
)
def test_garbage_exits_1_with_one_sentence(tmp_path: Path, garbage: bytes) -> None:
    (tmp_path / "garbage").write_bytes(garbage)
    code, told, said = verify(tmp_path / "garbage")
    assert (code, told, said.count("\n")) == (1, "", 1)


def test_misuse_exits_2(folder: Path) -> None:
    assert verify()[0] == 2
    assert verify("--no-such-option")[0] == 2


def test_a_damaged_key_file_is_one_sentence(folder: Path, tmp_path: Path) -> None:
    data = (folder / "mine.key").read_bytes()
    for bit in random.Random(3).sample(range(len(data) * 8), 60):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        (tmp_path / "mine.key").write_bytes(flipped)
        (tmp_path / "mine.sealed").write_bytes((folder / "mine.sealed").read_bytes())
        code, _, said = verify(folder / "mine.receipt", "--key", tmp_path / "mine.key", folder / "dissent.txt")
        assert code in {0, 1}
        assert said.count("\n") == code
