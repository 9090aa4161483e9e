# SPDX-License-Identifier: AGPL-3.0-or-later
"""The two configurations of the how-to, as they stand: they log nobody, keep nothing of what is sent, and let a large filing through."""

import os
import re
from pathlib import Path

import pytest
from fronted import FILES, authority, commands, installed, placed, ports, running

from serving import demur, practice_channel

pytestmark = pytest.mark.story
NAMES = ["nginx.conf", "haproxy.cfg"]
MARK = b"nobody may find this sentence on the disk of a proxy"


@pytest.mark.parametrize("name", NAMES)
def test_a_configuration_says_what_the_how_to_says_of_it(name: str) -> None:
    text = re.sub(r"(?m)\s*#.*$", "", (FILES / name).read_text())
    if name == "haproxy.cfg":
        assert not re.search(r"(?m)^\s*(log|option\s+(httplog|tcplog|forwardfor|http-buffer-request))\b", text)
        assert text.count("del-header") == 3
        return
    assert text.count("{") == text.count("}")
    for line in (
        "access_log off;",
        "error_log /dev/null emerg;",
        "proxy_request_buffering off;",
        "proxy_buffering off;",
        "proxy_max_temp_file_size 0;",
        "client_max_body_size 64m;",
        'proxy_set_header X-Forwarded-For "";',
    ):
        assert line in text
    limit = re.search(r"client_max_body_size (\d+)m", text)
    assert limit is not None
    asked = max(
        int(found[1].replace("_", ""))
        for file in (Path(__file__).parents[2] / "src/demur/charter/regimes").glob("*.toml")
        if (found := re.search(r"request_bytes = ([\d_]+)", file.read_text()))
    )
    assert int(limit[1]) * 2**20 > 2 * asked


@pytest.mark.parametrize("name", NAMES)
def test_a_large_filing_goes_through_and_leaves_nothing(name: str, tmp_path: Path) -> None:
    if not installed(name):
        pytest.skip(f"{name} is not installed here; `apt-get install nginx-light haproxy` installs both")
    made, (https, http) = authority(tmp_path, "localhost"), ports()
    prefix = tmp_path / "proxy"
    prefix.mkdir()
    with practice_channel(tmp_path) as channel:
        path = placed(name, tmp_path, made, https=https, http=http, to=channel.port, host="localhost")
        check, run = commands(name, path, prefix)
        assert os.spawnvp(os.P_WAIT, check[0], check) == 0
        home = tmp_path / "author"
        home.mkdir()
        (home / "dissent.txt").write_bytes(MARK + b"\n\nTwo.\n")
        for n, size in enumerate((900_000, 900_000, 5_000_000)):
            (home / f"{n}.txt").write_bytes((MARK + b" %d\n" % n) * (size // len(MARK)))
        files = [word for n in range(3) for word in ("--attach", f"{n}.txt")]
        trusted = {"SSL_CERT_FILE": str(made["ca"])}
        with running(run, https):
            at = ["--server", f"https://localhost:{https}", "--channel", channel.file]
            done = demur("file", *at, "dissent.txt", *files, "--yes", "-o", "mine", home=home, more=trusted)
            assert done.code == 0, done.err
            assert demur("status", "mine.key", home=home, more=trusted).code == 0
            site = demur(
                "verify-site", f"https://localhost:{https}", "--channel", channel.file, home=home, more=trusted
            )
            assert site.code == 0, site.out + site.err
    left = [path for path in prefix.rglob("*") if path.is_file() and path.stat().st_size]
    assert left == []


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.adversary
def test_what_a_proxy_as_it_is_installed_would_write_down(name: str, tmp_path: Path) -> None:
    """The hole: with a log line and buffering, as packages have them, the address is on the disk; with ours it is not."""
    if name != "nginx.conf" or not installed(name):
        return
    made, (https, http) = authority(tmp_path, "localhost"), ports()
    told = {}
    with practice_channel(tmp_path) as channel:
        for kind in ("as installed", "ours"):
            prefix = tmp_path / kind.replace(" ", "-")
            prefix.mkdir()
            path = placed(name, tmp_path, made, https=https, http=http, to=channel.port, host="localhost")
            if kind == "as installed":
                path.write_text(path.read_text().replace("access_log off;", f"access_log {prefix}/access.log;"))
            _, run = commands(name, path, prefix)
            with running(run, https):
                demur(
                    "seat",
                    "list",
                    "--server",
                    f"https://localhost:{https}",
                    "--channel",
                    channel.file,
                    home=tmp_path / "home",
                    more={"SSL_CERT_FILE": str(made["ca"])},
                )
            told[kind] = sum(b"127.0.0.1" in file.read_bytes() for file in prefix.rglob("*") if file.is_file())
    print(f"files that name an address: {told}")
    assert told == {"as installed": 1, "ours": 0}
