# SPDX-License-Identifier: AGPL-3.0-or-later
"""The author's commands against a channel on the loopback: filed, followed, answered back, withdrawn, verified."""

import json
import re
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from lying import on_stage
from tiny_record import TinyServer

from demur.charter.channel import ChannelFile
from demur.cli import mycase
from demur.cli.main import run
from demur.client.casefiles import sealed_body
from demur.client.returncode import code_of
from demur.seal.keyfile import OfficerKey

TEXT = b"The crossing should stay open.\n\nThe count was taken in the wrong week.\n\nThe road is shut on eleven days.\n"


class Noting(TinyServer):
    """Keeps the headers of every request."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[Mapping[str, str]] = []

    def _once(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str], **how: Any) -> bytes:
        self.seen.append(headers)
        return super()._once(method, path, body, headers, **how)


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> Iterator[Noting]:
    """A channel that answers on the loopback, with the commands' clock set to its own."""
    server = Noting()
    monkeypatch.setattr(mycase.time, "time", lambda: server.now)
    with on_stage(server) as stage:
        server.address = stage.address
        yield server


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tiny: TinyServer) -> Path:
    """An author's folder with a text and the channel file, and a home of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DEMUR_HOME", str(tmp_path / "home"))
    (tmp_path / "dissent.txt").write_bytes(TEXT)
    (tmp_path / "channel.toml").write_text(ChannelFile(channel=tiny.channel, address=tiny.address).to_toml())
    return tmp_path


def demur(*arguments: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(run, list(arguments), input=typed)


def file_it(tiny: TinyServer, *more: str) -> Result:
    return demur(
        "file", "--server", tiny.address, "--channel", "channel.toml", "dissent.txt", "--yes", "-o", "mine", *more
    )


@pytest.mark.story
def test_an_author_files_follows_writes_and_withdraws(tiny: TinyServer, folder: Path) -> None:
    filed = file_it(tiny, "--claims", "2,3")
    assert filed.exit_code == 0, filed.output
    assert "Who will be able to read this" in filed.output
    words = json.loads((folder / "mine.key").read_text())["words"]
    assert filed.output.count(words) == 1
    assert not (folder / "mine.filing").exists()
    for name in ("mine.key", "mine.receipt", "mine.sealed"):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600
    assert words not in (folder / "mine.receipt").read_text()

    tiny.act(next(iter(tiny.cases.values())), "acknowledge", tiny.frozen.charter.custodian)
    status = demur("status", "mine.key", "--json")
    assert status.exit_code == 0, status.output
    assert json.loads(status.stdout)["state"] == "acknowledged"
    assert json.loads(status.stdout)["receipt"]["proofs"] == 2

    assert demur("message", "mine.key", "When is the count?").exit_code == 0
    assert demur("message", "mine.key", typed="From a pipe.").exit_code == 0
    thread = demur("status", "mine.key").stdout
    assert "When is the count?" in thread
    assert "From a pipe." in thread

    assert demur("withdraw", "mine.key").exit_code == 2
    assert demur("withdraw", "mine.key", "--yes").exit_code == 0
    again = demur("withdraw", "mine.key", "--yes")
    assert (again.exit_code, again.stderr.count("\n")) == (1, 1)

    verified = demur("verify", "mine.receipt", "--channel", "channel.toml", "--key", "mine.key", "dissent.txt")
    assert verified.exit_code == 0, verified.output
    assert "byte for byte" in verified.stdout


def test_what_is_late_says_how_late_who_sees_it_and_what_can_be_done_until_it_is_withdrawn(
    tiny: TinyServer, folder: Path
) -> None:
    file_it(tiny)
    tiny.cover()
    assert "It is late" not in demur("status", "mine.key").stdout
    tiny.now += 40 * 86_400
    tiny.cover()
    late = demur("status", "mine.key")

    assert re.search(r"Acknowledgement: due by the end of .+ Late by \d+ days\.", late.stdout), late.output
    for said in (
        "Everybody sees on the channel's page",
        "demur message R.key",
        "--show time-and-charter",
        "another door",
    ):
        assert said in late.stdout

    assert demur("withdraw", "mine.key", "--yes").exit_code == 0
    tiny.cover()
    first = re.findall(r"ended late by withdrawal on .+, after \d+ days", demur("status", "mine.key").stdout)
    tiny.now += 100 * 86_400
    tiny.cover()
    ended = demur("status", "mine.key").stdout
    assert len(first) == 1
    assert first[0] in ended  # it counts to the withdrawal, not to now
    assert "It is late" not in ended
    assert "overdue" not in ended


def test_marks_that_nobody_sees_are_told_before_a_message_is_sent_and_taken_out_on_request(
    tiny: TinyServer, folder: Path
) -> None:
    file_it(tiny)
    told = demur("message", "mine.key", "When is\u200b the count?")
    assert "marks that nobody sees" in told.stderr
    assert "--take-out-marks" in told.stderr
    clean = demur("message", "mine.key", "When\u200b again?", "--take-out-marks")
    assert clean.exit_code == 0, clean.output
    assert "marks" not in clean.stderr
    assert "When again?" in demur("status", "mine.key").stdout


def test_a_return_code_rebuilds_the_key_file_that_the_page_without_script_does_not_give(
    tiny: TinyServer, folder: Path
) -> None:
    file_it(tiny)
    words = json.loads((folder / "mine.key").read_text())["words"]
    asked = ["status", "--words", "--server", tiny.address, "--channel", "channel.toml", "-o", "again"]
    done = demur(*asked, typed=code_of(words))

    assert done.exit_code == 0, done.output
    assert json.loads((folder / "again.key").read_text())["words"] == words


@pytest.mark.story
def test_words_alone_rebuild_the_files_on_another_machine(
    tiny: TinyServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file_it(tiny)
    words = json.loads((folder / "mine.key").read_text())["words"]
    other = folder / "other"
    other.mkdir()
    monkeypatch.setenv("DEMUR_HOME", str(other / "home"))
    shown = " ".join(tiny.channel.words())
    asked = ["status", "--words", "--server", tiny.address, "--channel", shown, "-o", str(other / "again")]
    rebuilt = demur(*asked, typed=f"{words}\n")
    assert rebuilt.exit_code == 0, rebuilt.output
    assert (other / "again.key").read_bytes() == (folder / "mine.key").read_bytes()
    assert (other / "again.sealed").read_bytes() == sealed_body((folder / "mine.sealed").read_bytes())
    key = ["--key", str(other / "again.key"), "dissent.txt"]
    assert demur("verify", str(other / "again.receipt"), "--channel", "channel.toml", *key).exit_code == 0


def test_a_filing_whose_answer_never_came_is_sent_again_and_filed_once(tiny: TinyServer, folder: Path) -> None:
    tiny.lost_answers = 3
    lost = file_it(tiny)
    assert lost.exit_code == 1
    assert "sends it once, never twice" in lost.stderr
    assert (folder / "mine.filing").exists()
    assert not (folder / "mine.key").exists()
    again = file_it(tiny)
    assert again.exit_code == 0, again.output
    assert len(tiny.cases) == 1
    assert not (folder / "mine.filing").exists()


def test_nothing_is_overwritten(tiny: TinyServer, folder: Path) -> None:
    file_it(tiny)
    before = (folder / "mine.key").read_bytes()
    again = file_it(tiny)
    assert (again.exit_code, again.stderr.count("\n")) == (1, 1)
    assert "nothing is overwritten" in again.stderr
    assert (folder / "mine.key").read_bytes() == before


def test_a_channel_that_is_not_known_is_never_used(tiny: TinyServer, folder: Path) -> None:
    unknown = demur("file", "--server", tiny.address, "dissent.txt", "--yes", "-o", "mine")
    assert unknown.exit_code == 1
    assert "not known here" in unknown.stderr
    wrong = "abandon ability able about above absent"
    other = demur("file", "--server", tiny.address, "--channel", wrong, "dissent.txt", "--yes", "-o", "mine")
    assert other.exit_code == 1
    assert not tiny.cases
    words = " ".join(tiny.channel.words()).upper()
    assert demur("trust", "add", tiny.address, "--channel", words).exit_code == 0
    assert tiny.channel.origin in demur("trust", "list").stdout
    assert demur("file", "--server", tiny.address, "dissent.txt", "--yes", "-o", "mine").exit_code == 0


def test_a_server_that_becomes_another_channel_is_refused(tiny: TinyServer, folder: Path) -> None:
    demur("trust", "add", tiny.address, "--channel", "channel.toml")
    tiny.channel = TinyServer("practice-ffeeddccbbaa0099").channel
    refused = demur("file", "--server", tiny.address, "dissent.txt", "--yes", "-o", "mine")
    assert refused.exit_code == 1
    assert "another channel" in refused.stderr


def test_without_a_terminal_a_confirmation_is_never_assumed(tiny: TinyServer, folder: Path) -> None:
    asked = demur("file", "--server", tiny.address, "--channel", "channel.toml", "dissent.txt", "-o", "mine")
    assert asked.exit_code == 2
    assert "--yes" in asked.stderr
    assert not tiny.cases


def test_the_answer_with_json_is_one_document(tiny: TinyServer, folder: Path) -> None:
    document = json.loads(file_it(tiny, "--json").stdout)
    assert document["filed"] is True
    assert len(document["words"].split()) == 12
    assert json.loads(demur("verify", "mine.receipt", "--json").stdout)["holds"] is True
    assert json.loads(demur("trust", "list", "--json").stdout) == {"channels": []}


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("paper.pdf", b"%PDF-1.7\n", "(PDF) can tell more than its text"),
        ("letter.docx", b"PK\x03\x04rest", "(zip) can tell more than its text"),
        ("latin.txt", "größer".encode("latin-1"), "not UTF-8 at byte 2"),
        ("empty.txt", b"", "holds no text"),
        ("nul.txt", b"a\0b", "--as-is"),
        ("bad.toml", b"subject = ", "not valid TOML"),
    ],
)
def test_a_bad_file_is_one_sentence_and_nothing_is_filed(
    tiny: TinyServer, folder: Path, name: str, data: bytes, said: str
) -> None:
    (folder / name).write_bytes(data)
    done = demur("file", "--server", tiny.address, "--channel", "channel.toml", name, "--yes", "-o", "mine")
    assert (done.exit_code, done.stderr.count("\n")) == (1, 1)
    assert said in done.stderr
    assert not tiny.cases
    assert not list(folder.glob("mine.*"))


@pytest.mark.parametrize("data", [b"%PDF-1.7\n\xff", "größer".encode("latin-1"), b"a\0b", b"PK\x03\x04"])
def test_as_is_files_any_bytes_untouched(tiny: TinyServer, folder: Path, data: bytes) -> None:
    (folder / "dissent.txt").write_bytes(data)
    assert file_it(tiny, "--as-is").exit_code == 0
    proven = demur("verify", "mine.receipt", "--key", "mine.key", "dissent.txt")
    assert "byte for byte" in proven.stdout


def test_a_filled_template_is_filed_with_its_claims(tiny: TinyServer, folder: Path) -> None:
    assert demur("file", "--template", "-o", "mine.toml").exit_code == 0
    filled = 'subject = "x"\ndissent = "y"\nrecommendation = "z"\n[[claim]]\ntext = "one"\n'
    (folder / "filled.toml").write_text(filled)
    empty = demur("file", "--server", tiny.address, "--channel", "channel.toml", "mine.toml", "--yes", "-o", "mine")
    assert empty.exit_code == 1
    done = demur("file", "--server", tiny.address, "--channel", "channel.toml", "filled.toml", "--yes", "-o", "mine")
    assert done.exit_code == 0, done.output
    assert "1 numbered claims" in done.stdout


def test_requests_tell_nothing_about_the_machine(tiny: TinyServer, folder: Path) -> None:
    file_it(tiny)
    demur("status", "mine.key")
    told = {name for headers in tiny.seen for name in headers}
    assert told <= {"Host", "Accept-Encoding", "User-Agent", "Content-Type", "Content-Length", "Authorization"}
    assert {headers["User-Agent"] for headers in tiny.seen} == {"demur"}


@pytest.mark.adversary
def test_evidence_is_written_beside_the_key_and_convinces_verify(tiny: TinyServer, folder: Path) -> None:
    file_it(tiny)
    demur("message", "mine.key", "Hello.")
    tiny.now += 120  # within a minute, one program may ask two processes of one server
    tiny.cut = 1
    refused = demur("status", "mine.key")
    assert (refused.exit_code, refused.stderr.count("\n")) == (1, 1)
    assert "mine.evidence" in refused.stderr
    judged = demur("verify", "mine.evidence", "--channel", "channel.toml")
    assert judged.exit_code == 0, judged.output
    assert "the evidence holds" in judged.stdout


@pytest.mark.adversary
def test_text_of_others_cannot_move_the_cursor(tiny: TinyServer, folder: Path) -> None:
    file_it(tiny)
    demur("message", "mine.key", "a\x1b[2Jb\u202ec")
    shown = demur("status", "mine.key").stdout
    assert "a<U+001B>[2Jb<U+202E>c" in shown
    assert "\x1b" not in shown


@pytest.mark.adversary
def test_a_swapped_seat_key_is_refused_before_sealing_and_leaves_evidence(tiny: TinyServer, folder: Path) -> None:
    thief = OfficerKey.generate(tiny.random, now=tiny.now)
    tiny.roster_statement = tiny.sign_roster(thief.signing)
    tiny.roster = tiny.publish(tiny.roster_statement)
    refused = file_it(tiny)
    assert (refused.exit_code, refused.stderr.count("\n")) == (1, 1)
    assert not tiny.cases
    assert not (folder / "mine.filing").exists()
    judged = demur("verify", "mine.evidence", "--channel", "channel.toml")
    assert judged.exit_code == 0, judged.output


def test_a_disk_that_fills_up_after_the_answer_loses_nothing(tiny: TinyServer, folder: Path) -> None:
    tiny.lost_answers = 3
    file_it(tiny)
    (folder / "mine.receipt").write_bytes(b"written before the disk was full")
    again = file_it(tiny)
    assert again.exit_code == 0, again.output
    assert demur("verify", "mine.receipt", "--channel", "channel.toml").exit_code == 0
