# SPDX-License-Identifier: AGPL-3.0-or-later
"""Files that another program changed without meaning to: read as they were written, told, and never called a forgery."""

import quopri
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from lying import on_stage
from tiny_record import TinyServer

from demur.charter.channel import ChannelFile
from demur.cli import mycase
from demur.cli.main import run
from demur.client.casefiles import CaseFiles
from demur.client.files import replace_own
from demur.client.healing import as_written
from demur.client.receipt import Receipt
from demur.errors import DemurError
from serving import demur as elsewhere

CHANGES: dict[str, Callable[[bytes], bytes]] = {
    "CRLF": lambda data: data.replace(b"\n", b"\r\n"),
    "CR": lambda data: data.replace(b"\n", b"\r"),
    "a mark": lambda data: b"\xef\xbb\xbf" + data,
    "a mark and CRLF": lambda data: b"\xef\xbb\xbf" + data.replace(b"\n", b"\r\n"),
    "a line end more": lambda data: data + b"\n",
    "two line ends more": lambda data: data + b"\n\n",
    "no last line end": lambda data: data.rstrip(b"\n"),
    "an empty line first": lambda data: b"\n" + data,
    "a no-break space at the end": lambda data: data + "\u00a0".encode(),
    "UTF-16": lambda data: data.decode().encode("utf-16"),
    "quoted-printable": quopri.encodestring,
    "quoted": lambda data: b"".join(b"> " + line for line in data.splitlines(keepends=True)),
}
TEXT = b"One.\n\nTwo.\n"


@pytest.fixture(scope="module")
def filed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[TinyServer, Path]]:
    """A case with its files, and an officer's request; made once."""
    place, server, patch = tmp_path_factory.mktemp("healed"), TinyServer(), pytest.MonkeyPatch()
    patch.setattr(mycase.time, "time", lambda: server.now)
    patch.setenv("DEMUR_HOME", str(place / "home"))
    with on_stage(server) as stage:
        server.address = stage.address
        (place / "dissent.txt").write_bytes(TEXT)
        (place / "channel.toml").write_text(ChannelFile(channel=server.channel, address=server.address).to_toml())
        at = ["--server", server.address, "--channel", str(place / "channel.toml")]
        done = demur("file", *at, str(place / "dissent.txt"), "--yes", "-o", str(place / "mine"))
        assert done.exit_code == 0, done.output
        assert demur("status", str(place / "mine.key")).exit_code == 0
        yield server, place
    patch.undo()


def demur(*words: str) -> Result:
    return CliRunner().invoke(run, list(words))


@pytest.mark.parametrize("change", CHANGES)
def test_a_receipt_holds_after_a_harmless_change_and_the_change_is_told(
    change: str, filed: tuple[TinyServer, Path], tmp_path: Path
) -> None:
    _, place = filed
    data = (place / "mine.receipt").read_bytes()
    (tmp_path / "x.receipt").write_bytes(CHANGES[change](data))
    done = demur("verify", str(tmp_path / "x.receipt"), "--channel", str(place / "channel.toml"))

    assert done.exit_code == 0, done.output
    assert "the receipt holds" in done.stdout
    assert "another program changed" in done.stderr
    assert "SHA-256 as it was written" in done.stderr


@pytest.mark.parametrize("change", CHANGES)
def test_a_case_is_followed_with_changed_files(change: str, filed: tuple[TinyServer, Path], tmp_path: Path) -> None:
    _, place = filed
    for ending in ("key", "receipt"):
        (tmp_path / f"mine.{ending}").write_bytes(CHANGES[change]((place / f"mine.{ending}").read_bytes()))
    done = demur("status", str(tmp_path / "mine.key"))

    assert done.exit_code == 0, done.output
    assert "filed; the acknowledgement is owed" in done.stdout
    assert "mine.receipt: another program changed" in done.stderr
    again = CaseFiles(tmp_path / "mine").read_receipt()
    assert again is not None
    assert (tmp_path / "mine.receipt").read_bytes() == again.text.encode()  # written in its own form again


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An officer, a holder, and a channel that waits for its charter; made once."""
    place = tmp_path_factory.mktemp("founded")
    (place / "passphrase").write_text("only for this test\n")
    for name, words in {"officer.key": ["--officer"], "seat.key": [], "locked.key": ["--officer"]}.items():
        how = ["--passphrase-file", str(place / "passphrase")] if name == "locked.key" else ["--no-passphrase"]
        assert demur("key", "new", *words, "-o", str(place / name), *how).exit_code == 0
    (place / "marked.pub").write_bytes(
        b"\xef\xbb\xbf" + (place / "officer.key.pub").read_bytes().replace(b"\n", b"\r\n")
    )
    officers = ["--officer", "marked.pub", "--officer", "locked.key.pub"]
    made = elsewhere(
        "init", "new", "--origin", "x.example.org", *officers, "--address", "https://x.example.org", home=place
    )
    assert made.code == 0, made.err
    for name in ("channel.toml", "charter.request"):
        (place / name).write_bytes((place / "new" / name).read_bytes())
    return place


@pytest.mark.parametrize("change", CHANGES)
def test_keys_requests_and_what_is_signed_take_harmless_changes(change: str, founded: Path, tmp_path: Path) -> None:
    def changed(path: Path) -> str:
        (tmp_path / f"x-{path.name}").write_bytes(CHANGES[change](path.read_bytes()))
        return str(tmp_path / f"x-{path.name}")

    def done(*words: str) -> None:
        result = demur(*words, "--channel", str(founded / "channel.toml"))
        assert result.exit_code == 0, (words, result.output)
        if (
            CHANGES[change](b"{}") != b"{}"
        ):  # a key or a statement is one line without an end: some changes leave it as it is
            assert "another program changed" in result.stderr

    charter, seats = tmp_path / "charter.signed", tmp_path / "seats.signed"
    request = tmp_path / "seat.request"
    done(
        "charter",
        "sign",
        "--key",
        changed(founded / "officer.key"),
        changed(founded / "charter.request"),
        "-o",
        str(charter),
        "--yes",
    )
    done(
        "seat",
        "fill",
        "--request",
        "--seat",
        "custodian",
        "--key",
        changed(founded / "seat.key"),
        "--holder",
        "A",
        "-o",
        str(request),
    )
    done(
        "seat",
        "sign",
        "--key",
        changed(founded / "officer.key"),
        "--charter",
        changed(charter),
        changed(request),
        "-o",
        str(seats),
        "--yes",
    )


def test_what_another_program_changed_is_adopted(founded: Path) -> None:
    def crlf(name: str) -> str:
        (founded / name).write_bytes(b"\xef\xbb\xbf" + (founded / name).read_bytes() + b"\r\n")
        return name

    at = ["--channel", str(founded / "channel.toml"), "--key", str(founded / "officer.key"), "--yes", "-o"]
    assert demur("charter", "sign", str(founded / "charter.request"), *at, str(founded / "c.signed")).exit_code == 0
    adopted = elsewhere("charter", "adopt", "new", crlf("c.signed"), home=founded)
    assert (adopted.code, "another program changed" in adopted.err) == (0, True), adopted.err


@pytest.mark.adversary
def test_nothing_is_healed_into_holding(filed: tuple[TinyServer, Path]) -> None:
    _, place = filed
    data = (place / "mine.receipt").read_bytes()
    flips = range(0, len(data), max(1, len(data) // 400))

    def verify(receipt: bytes) -> None:
        as_written(receipt, lambda it: Receipt.parse(it).verify(None, now=2_000_000_000))

    verify(data)
    held = 0
    for at in flips:
        changed = bytearray(data)
        changed[at] ^= 1
        try:
            verify(bytes(changed))
        except DemurError:
            continue
        held += 1
    print(f"receipts with one bit changed that held: {held} of {len(flips)}")
    assert held == 0


def test_a_text_that_differs_in_its_line_ends_alone_is_named_as_that(
    filed: tuple[TinyServer, Path], tmp_path: Path
) -> None:
    _, place = filed
    words = [str(place / "mine.receipt"), "--channel", str(place / "channel.toml"), "--key", str(place / "mine.key")]
    for name, data in {
        "crlf.txt": TEXT.replace(b"\n", b"\r\n"),
        "mark.txt": b"\xef\xbb\xbf" + TEXT,
        "end.txt": TEXT + b"\n",
    }.items():
        replace_own(tmp_path / name, data)
        refused = demur("verify", *words, str(tmp_path / name))
        assert refused.exit_code == 1
        assert "but for its line ends" in refused.stderr
    replace_own(tmp_path / "other.txt", b"Other.\n")
    assert "is not what was filed" in demur("verify", *words, str(tmp_path / "other.txt")).stderr


@pytest.mark.parametrize("first", ["only for this test", "\ufeffonly for this test\r", "  Only  for this TEST "])
def test_a_passphrase_is_taken_with_a_mark_capitals_and_spaces(first: str, founded: Path, tmp_path: Path) -> None:
    (tmp_path / "typed").write_text(f"{first}\n")
    at = ["--channel", str(founded / "channel.toml"), "--passphrase-file", str(tmp_path / "typed"), "--yes"]
    words = [
        "charter",
        "sign",
        "--key",
        str(founded / "locked.key"),
        str(founded / "charter.request"),
        "-o",
        str(tmp_path / "s"),
    ]
    signed = demur(*words, *at)
    assert signed.exit_code == 0, signed.output


def test_settings_take_a_mark_and_crlf(tmp_path: Path) -> None:
    made = elsewhere("init", "n", "--practice", home=tmp_path)
    assert made.code == 0, made.err
    for name in ("demur.toml", "channel.toml"):
        path = tmp_path / "n" / name
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    listed = elsewhere("seat", "list", "n", home=tmp_path)
    assert listed.code == 0, listed.err
