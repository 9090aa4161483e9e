# SPDX-License-Identifier: AGPL-3.0-or-later
"""The how-to from an empty machine to a real channel, followed word by word.

Every command of the page is run by a shell as it stands. What only a machine of one's own can do is played: packages,
accounts, owners, the clone and the authority that signs certificates. Places below /srv, /etc, /var, /usr/local and /tmp lie in a
directory of the test, the services of the units run here, and the host's name leads to the proxy on this machine.
"""

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from fronted import FILES, authority, commands, installed, placed, plain_front, ports, running, webroot
from socks_proxy import socks_proxy

from serving import HANGS, demur, free_port

pytestmark = pytest.mark.story
ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "how-to" / "run-for-real.md"
HOST = "dissent.example.org"
PLACES = ("/srv", "/etc", "/var", "/usr/local/lib", "/tmp", "/usr/local/bin")
NOTHING = ("apt-get", "adduser", "chown")


def blocks() -> list[list[str]]:
    return [block.strip().splitlines() for block in re.findall(r"```sh\n(.*?)```", PAGE.read_text(), re.DOTALL)]


class Machine:
    """An empty machine, played in `place`."""

    def __init__(self, place: Path, world: ExitStack) -> None:
        self.place, self.world = place, world
        self.made = authority(place, HOST)
        self.https, self.http = ports()
        self.port = free_port()
        self.stock: ExitStack | None = None
        self.services: dict[str, subprocess.Popen[bytes]] = {}
        for where in (
            "srv",
            "etc/nginx",
            "etc/systemd/system",
            "var/backups",
            "opt",
            "tmp",
            "usr/local/bin",
            "bin",
            "home",
        ):
            (place / where).mkdir(parents=True)
        self._play()

    def _play(self) -> None:
        stubs = dict.fromkeys(NOTHING, "exit 0")
        stubs["runuser"] = 'while [ "$1" != -- ]; do shift; done; shift; exec "$@"'
        setup = 'mkdir -p "$3/script" && printf "#!/bin/sh\\n" > "$3/script/setup" && chmod +x "$3/script/setup"'
        stubs["git"] = f'{setup} && ln -s {ROOT}/docs "$3/docs" && ln -s {ROOT}/.venv "$3/.venv"'
        # Owners are the one thing of `install` that only root can give.
        stubs["install"] = 'set -- $(printf "%s\\n" "$@" | sed "/^-[og]$/{N;d}"); exec /usr/bin/install "$@"'
        stubs["curl"] = (
            f'exec {shutil.which("curl")} --cacert {self.made["ca"]} --connect-to {HOST}:443:127.0.0.1:{self.https} "$@"'
        )
        # The certificate is there: an authority of our own has signed it. What certbot needs for one is needed here too.
        stubs["certbot"] = (
            f'exec {sys.executable} {Path(__file__).with_name("played_certbot.py")} {self.http} {self.place} "$@"'
        )
        stubs["systemctl"] = "exit 0"  # as certbot's hook calls it
        for name, text in stubs.items():
            path = self.place / "bin" / name
            path.write_text(f"#!/bin/sh\n{text}\n")
            path.chmod(0o755)

    def here(self, text: str) -> str:
        """A command with its places in the test's directory."""
        return re.sub(rf"(?<![\w/])({'|'.join(PLACES)})(?=/)", rf"{self.place}\1", text)

    def run(self, line: str) -> None:
        """A line of the page. Services and the proxy's check are the test's own doing; all else is a shell's."""
        words = shlex.split(line)
        if words[0] == "systemctl":
            self.systemctl(words[1:])
        elif words[0] == "nginx":
            self.check_proxy()
        else:
            self.shell(self.here(line))

    def shell(self, line: str) -> str:
        path = f"{self.place}/bin:{self.place}/usr/local/bin:{os.environ['PATH']}"
        home = self.place / "home"
        more = {"PATH": path, "HOME": str(home), "DEMUR_HOME": str(home), "SSL_CERT_FILE": str(self.made["ca"])}
        environment = {**os.environ, **more, "DEMUR": str(Path(sys.executable).parent / "demur")}
        environment.pop("DEMUR_DIR", None)
        done = subprocess.run(
            ["sh", "-c", line], cwd=home, env=environment, capture_output=True, text=True, check=False, timeout=HANGS
        )
        assert done.returncode == 0, (line, done.stdout, done.stderr)
        return done.stdout

    def systemctl(self, words: list[str]) -> None:
        units = [word for word in words if word.endswith((".service", ".timer"))]
        for unit in units:
            if unit == "nginx.service":
                self.serve_proxy()
                continue
            assert (self.place / "etc/systemd/system" / unit).exists(), unit
            if unit == "demur.service" and "enable" in words:
                self.serve()
            elif unit == "demur-backup.service":
                self.shell(self.executed(unit))

    def executed(self, unit: str) -> str:
        (line,) = re.findall(r"(?m)^ExecStart=(.*)$", (self.place / "etc/systemd/system" / unit).read_text())
        return self.here(line)

    def serve(self) -> None:
        words = shlex.split(self.executed("demur.service").replace("127.0.0.1:8765", f"127.0.0.1:{self.port}"))
        assert words[0] == f"{self.place}/usr/local/lib/demur/.venv/bin/demur"
        process = subprocess.Popen(words, stderr=subprocess.PIPE, text=True)
        self.world.callback(self.end, process)
        assert process.stderr is not None
        said = []
        for row in process.stderr:
            said.append(row)
            if "serving" in row:
                break
        assert any("put-a-proxy-in-front.md" in row for row in said)

    @staticmethod
    def end(process: "subprocess.Popen[str]") -> None:
        process.send_signal(signal.SIGINT)
        process.wait(60)
        assert process.stderr is not None
        process.stderr.close()

    def proxy(self) -> tuple[list[str], list[str]]:
        assert (self.place / "etc/nginx/nginx.conf").read_bytes() == (FILES / "nginx.conf").read_bytes()
        path = placed("nginx.conf", self.place, self.made, https=self.https, http=self.http, to=self.port, host=HOST)
        # As root its workers would be nobody's, and could not look into a directory of the test.
        account = "user root;" if os.geteuid() == 0 else ""
        path.write_text(account + path.read_text().replace("/var/www/html", f"{self.place}/var/www/html"))
        return commands("nginx.conf", path, self.place / "var")

    def check_proxy(self) -> None:
        if installed("nginx.conf"):
            assert subprocess.run(self.proxy()[0], check=False).returncode == 0

    def serve_proxy(self) -> None:
        if self.stock is None and not (self.place / "etc/nginx/nginx.conf").exists():
            # Debian's own nginx as its package leaves it: port 80 is taken, and serves /var/www/html.
            self.stock = self.world.enter_context(ExitStack())
            self.stock.enter_context(webroot(self.place / "var/www/html", self.http))
            return
        if self.stock is not None:
            self.stock.close()
        if installed("nginx.conf"):
            self.world.enter_context(running(self.proxy()[1], self.https))
        else:
            self.world.enter_context(webroot(self.place / "var/www/html", self.http))
            self.world.enter_context(plain_front(self.made, https=self.https, to=self.port))


@pytest.fixture
def world() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def officers_part(machine: Machine, officer: Path, words: list[str]) -> None:
    """What officer and holders do meanwhile, by the other how-to, which has a test of its own."""
    passphrase = officer / "passphrase"
    passphrase.write_text("only for this test\n")
    new = machine.place / "srv/demur"
    for name in ("channel.toml", "charter.request"):
        shutil.copy(new / name, officer)
    key = ["--key", "officer.key", "--channel", "channel.toml", "--passphrase-file", str(passphrase), "--yes"]
    assert demur("charter", "sign", *key, "charter.request", "-o", "charter.signed", home=officer).code == 0
    for seat in ("custodian", "secretary", "oversight"):
        made = ["--passphrase-file", str(passphrase)]
        assert demur("key", "new", "-o", f"{seat}.key", *made, home=officer).code == 0
        asked = [
            "--request",
            "--seat",
            seat,
            "--key",
            f"{seat}.key",
            "--holder",
            f"{seat} person",
            "--channel",
            "channel.toml",
        ]
        assert demur("seat", "fill", *asked, "-o", f"{seat}.request", *made, home=officer).code == 0
    requests = [f"{seat}.request" for seat in ("custodian", "secretary", "oversight")]
    signed = demur("seat", "sign", *key, "--charter", "charter.signed", *requests, "-o", "seats.signed", home=officer)
    assert signed.code == 0, signed.err
    for name in ("charter.signed", "seats.signed"):
        shutil.copy(officer / name, machine.place / "home")


def test_from_an_empty_machine_to_a_channel_that_takes_a_filing(tmp_path: Path, world: ExitStack) -> None:
    (tmp_path / "machine").mkdir()
    machine = Machine(tmp_path / "machine", world)
    officer = tmp_path / "officer"
    officer.mkdir()
    (officer / "p").write_text("only for this test\n")
    assert demur("key", "new", "--officer", "-o", "officer.key", "--passphrase-file", "p", home=officer).code == 0
    shutil.copy(officer / "officer.key.pub", machine.place / "home")
    # The host's name leads to the proxy in front: here alone, for nobody looks it up.
    names = world.enter_context(socks_proxy(to=("127.0.0.1", machine.https)))

    program, installation, adopted, service, tls, backups, accounts, look = blocks()
    for line in (*program, *installation):
        machine.run(line)
    officers_part(machine, officer, installation)
    for line in (*adopted, *service, *tls):
        machine.run(line)
    channel = machine.place / "srv/demur/channel.toml"
    words = re.search(r'words = "([a-z ]+)"', channel.read_text())
    assert words is not None
    machine.shell(f'demur trust add https://{HOST} --channel "{words[1]}" --proxy {names.url}')
    for line in (*backups, *accounts, *look):
        machine.run(line)

    kept = sorted(path.name for path in (machine.place / "var/backups/demur").iterdir())
    today = time.strftime("%Y-%m-%d")
    assert kept == [today, f"{today}.shred", "officer.key.pub"]
    (machine.place / "home" / "dissent.txt").write_text("Subject\n\nA claim.\n")
    filed = machine.shell(
        f"demur file --server https://{HOST} dissent.txt --claims 2 --yes --accept-new-key custodian --accept-new-key secretary -o mine"
    )
    assert "Filed" in filed
    assert (machine.place / "srv/demur").stat().st_mode & 0o077 == 0


@pytest.mark.adversary
def test_certbot_as_it_is_played_needs_a_free_port_or_a_served_challenge(tmp_path: Path, world: ExitStack) -> None:
    (tmp_path / "machine").mkdir()
    machine = Machine(tmp_path / "machine", world)
    root = machine.place / "var/www/html"
    root.mkdir(parents=True)

    def certbot(*words: str) -> int:
        return subprocess.run([machine.place / "bin" / "certbot", *words], check=False, capture_output=True).returncode

    asked = ("certonly", "-d", HOST)
    free = certbot(*asked, "--standalone")
    none = certbot(*asked, "--webroot", "-w", str(root))
    with webroot(root, machine.http):
        taken = certbot(*asked, "--standalone")  # as the page said it until 1 December: nginx holds port 80
        renewed = certbot("renew", "--dry-run")  # what was had standalone is renewed standalone
        served = certbot(*asked, "--webroot", "-w", str(root))
        again = certbot("renew", "--dry-run")
    print(
        f"standalone: {free} alone, {taken} beside nginx, {renewed} renewed; webroot: {none} unserved, {served} served, {again} renewed"
    )
    assert (free, taken, renewed) == (0, 1, 1)
    assert (none, served, again) == (1, 0, 0)


def test_the_units_are_right_and_hardly_exposed(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        print("systemd-analyze is not installed here; the units were read and not verified")
        return
    for name in ("demur.service", "demur-backup.service", "demur-backup.timer"):
        text = (FILES / name).read_text().replace("/usr/local/lib/demur/.venv/bin/demur", "/bin/true")
        (tmp_path / name).write_text(text)
    done = subprocess.run(
        ["systemd-analyze", "verify", *map(str, sorted(tmp_path.glob("demur*")))],
        capture_output=True,
        text=True,
        check=False,
    )
    ours = [line for line in done.stderr.splitlines() if "demur" in line and "Failed to" not in line]
    assert ours == []
    for name in ("demur.service", "demur-backup.service"):
        judged = subprocess.run(
            ["systemd-analyze", "security", "--offline=true", str(tmp_path / name)],
            capture_output=True,
            text=True,
            check=False,
        )
        level = re.search(r"exposure level for \S+: ([\d.]+)", judged.stdout)
        assert level is not None, judged.stderr
        print(f"{name}: exposure {level[1]} of 10")
        assert float(level[1]) <= 2.0
