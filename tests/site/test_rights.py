# SPDX-License-Identifier: AGPL-3.0-or-later
"""An installation is its owner's alone, an older one is mended, and the log holds no stranger's nonsense."""

import os
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from serving import Channel, demur, practice_channel


@pytest.fixture(scope="module")
def channel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Channel]:
    with practice_channel(tmp_path_factory.mktemp("rights"), serve=False) as founded:
        yield founded


def open_ones(directory: Path) -> list[str]:
    """What others than the owner may read, write or enter."""
    return [
        str(path.relative_to(directory)) for path in [directory, *directory.rglob("*")] if path.lstat().st_mode & 0o077
    ]


def test_what_init_serve_and_a_filing_make_is_private(channel: Channel) -> None:
    assert open_ones(channel.directory) == []
    home = channel.directory.parent / "home"
    home.mkdir()
    (home / "text.txt").write_text("The crossing\n\nThe count was wrong.\n")
    (home / "large.bin").write_bytes(os.urandom(1_500_000))
    channel.start()
    words = ["--yes", "-o", "mine", "--attach", "large.bin", "--as-is", "text.txt"]
    assert demur("file", *channel.known, *words, home=home).code == 0
    assert open_ones(channel.directory) == []
    channel.stop()


def test_an_older_installation_is_told_and_mended(channel: Channel) -> None:
    home, victim = channel.directory.parent / "home", channel.directory.parent / "not-ours"
    victim.write_text("another's")
    victim.chmod(0o644)
    (channel.directory / "link").symlink_to(victim)
    for name in ("demur.sqlite3", "channel.toml", "record", "record/checkpoint", "keys/log.ed25519"):
        (channel.directory / name).chmod(0o755)
    findings = {row["code"]: row for row in demur("doctor", channel.directory, "--json", home=home).json["findings"]}
    assert (findings["rights"]["well"], findings["keys"]["well"]) == (False, False)
    assert "chmod" in findings["rights"]["sentence"]
    channel.start()
    channel.stop()
    told = channel.output.read_text()
    (channel.directory / "link").unlink()
    assert open_ones(channel.directory) == []
    assert "files and folders" in told, told
    assert victim.stat().st_mode & 0o777 == 0o644  # where a link leads is not ours to change
    findings = {row["code"]: row for row in demur("doctor", channel.directory, "--json", home=home).json["findings"]}
    assert findings["rights"]["well"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs as root")
def test_running_as_root_is_told(channel: Channel, tmp_path: Path) -> None:
    home = tmp_path / "home"
    findings = {row["code"]: row for row in demur("doctor", channel.directory, "--json", home=home).json["findings"]}
    assert "runs as root" in findings["user"]["sentence"]
    assert "runs as root" in channel.output.read_text()
    assert demur("key", "new", "--officer", "--no-passphrase", "-o", "officer.key", home=home).code == 0
    words = ("init", tmp_path / "real", "--origin", "dissent.example.org", "--officer", home / "officer.key.pub")
    assert "runs as root" in demur(*words, home=home).err


def test_an_account_is_removed_with_its_vault(channel: Channel) -> None:
    home = channel.directory.parent / "home"
    assert demur("account", "new", channel.directory, "citra", "--seat", "custodian", "--ready", home=home).code == 0
    assert demur("account", "remove", channel.directory, "citra", home=home).code == 2  # it asks, and nobody is there
    done = demur("account", "remove", channel.directory, "citra", "--yes", "--json", home=home)
    assert done.json == {"name": "citra", "seat": "custodian"}
    assert demur("account", "list", channel.directory, "--json", home=home).json["accounts"] == []
    again = demur("account", "remove", channel.directory, "citra", "--yes", home=home)
    assert (again.code, "no account 'citra'" in again.err) == (1, True)


def test_strangers_write_nothing_into_the_log(channel: Channel) -> None:
    channel.start()
    before = channel.output.read_text()
    kind = {"Content-Type": "multipart/form-data; boundary=b"}
    for path, body, headers in (
        ("/api/v1/", None, {}),
        ("/api/v1/none", None, {}),
        ("/no/such/page", None, {}),
        ("/en/file/plain/", b"--b\r\n" + b"-" * 3000, kind),
        ("/en/desk/in/", b"--b\r\n" + b"-" * 3000, kind),
    ):
        request = urllib.request.Request(channel.url + path, data=body, headers=headers)
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request, timeout=20)
        refused.value.close()
        assert refused.value.code < 500, path
    channel.stop()
    assert "ERROR" not in channel.output.read_text().removeprefix(before)
