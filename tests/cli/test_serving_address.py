# SPDX-License-Identifier: AGPL-3.0-or-later
"""Where a channel says that it is, and where it listens: one and the same, told when it is so, and refused in a sentence."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from click import UsageError
from click.testing import CliRunner

from demur.cli.listening import check_free, listen_of, number_of, split_listen, usual_listen
from demur.cli.main import run
from demur.site.around import address_finding, channel_address, clock_finding, not_encrypted
from demur.site.configuration import NoInstallation
from serving import demur, free_port


@pytest.mark.parametrize(
    ("address", "listen"),
    [
        ("http://127.0.0.1:48811", "127.0.0.1:48811"),
        ("http://localhost:9000", "localhost:9000"),
        ("http://[::1]:9000", "[::1]:9000"),
        ("https://dissent.example.org", "127.0.0.1:8765"),
        ("http://dissent.intranet.example", "127.0.0.1:8765"),
    ],
)
def test_a_channel_on_this_machine_listens_where_it_says_that_it_is(address: str, listen: str) -> None:
    assert listen_of(address) == listen


def test_names_become_the_number_that_is_listened_at() -> None:
    assert number_of("localhost", 8765) in {"127.0.0.1", "::1"}
    assert number_of("0.0.0.0", 1) == "0.0.0.0"
    assert number_of("::1", 1) == "::1"
    assert split_listen("[::1]:8765") == ("::1", 8765)
    for odd in ("no-such-host.invalid", "a b", "é" * 70, "300.1.1.1"):
        with pytest.raises(NoInstallation, match=r"is no name of this machine; name an address"):
            number_of(odd, 8765)
    for odd in ("8765", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:99999", ":8765", "127.0.0.1:٣"):
        with pytest.raises(UsageError, match="is not an address and a port"):
            split_listen(odd)


def test_a_port_in_use_is_a_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(NoInstallation, match="cannot be listened at"):
            check_free("127.0.0.1", taken.getsockname()[1])


@pytest.mark.parametrize(
    "address", ["https://x.example/prefix", "https://x.example/a/b/", "ftp://x.example", "x.example", "https://"]
)
def test_an_address_at_which_no_page_works_is_refused_when_it_is_founded(address: str, tmp_path: Path) -> None:
    done = CliRunner().invoke(run, ["init", str(tmp_path / "new"), "--practice", "--address", address])

    assert done.exit_code == 1
    assert done.stderr.count("\n") == 1
    assert "example.org" in done.stderr  # the remedy
    assert not (tmp_path / "new").exists()


def test_plain_http_beyond_this_machine_is_told_by_init_and_doctor(tmp_path: Path) -> None:
    assert not_encrypted("http://127.0.0.1:8765") is None
    assert not_encrypted("http://localhost") is None
    assert "browsers refuse to seal there" in str(not_encrypted("http://dissent.intranet.example"))
    home = tmp_path / "home"
    made = demur("init", tmp_path / "new", "--practice", "--address", "http://dissent.intranet.example", home=home)
    assert made.code == 0
    assert "plain http" in made.err
    found = {row["code"]: row for row in demur("doctor", tmp_path / "new", "--json", home=home).json["findings"]}
    assert found["address"]["well"] is False
    assert "plain http" in found["address"]["sentence"]
    assert found["clock"]["well"] is True
    assert "not checked" in found["clock"]["sentence"]


def test_the_line_that_init_prints_serves_at_the_address_that_it_was_given_and_says_so_once_it_is_open(
    tmp_path: Path,
) -> None:
    port, home = free_port(), tmp_path / "home"
    made = demur("init", tmp_path / "new", "--practice", "--address", f"http://localhost:{port}", home=home)
    (line,) = [line for line in made.out.splitlines() if line.startswith("Start it:  ")]
    words = line.removeprefix("Start it:  demur ").split()
    process = subprocess.Popen(
        [sys.executable, "-m", "demur", *words],
        env={**os.environ, "HOME": str(home)},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr is not None
        said = next(row for row in process.stderr if "serving" in row)
        assert f"http://localhost:{port}" in said
        with socket.create_connection(("localhost", port), timeout=1):
            pass
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)
        process.stderr.close()


def test_an_installation_without_a_channel_file_listens_at_the_usual_place(tmp_path: Path) -> None:
    assert usual_listen(tmp_path) == "127.0.0.1:8765"
    assert address_finding(tmp_path)["well"] is False
    with pytest.raises(NoInstallation):
        channel_address("https://user@x.example")


def test_a_clock_that_went_back_or_differs_from_a_witness_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1_800_000_000
    assert clock_finding(0, [], now=now)["well"]
    assert "went back" in clock_finding(now + 3600, [], now=now)["sentence"]
    times = {"http://a": now + 2, "http://b": now - 600}
    monkeypatch.setattr("demur.site.around._time_at", times.get)
    assert (
        clock_finding(now, ["http://a", "http://gone"], now=now)["sentence"]
        == "This machine's clock agrees with http://a."
    )
    off = clock_finding(now, ["http://a", "http://b"], now=now)
    assert (off["well"], "600 seconds ahead of the one of http://b" in off["sentence"]) == (False, True)
