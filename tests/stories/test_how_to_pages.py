# SPDX-License-Identifier: AGPL-3.0-or-later
"""Each command of the how-tos that have no story of their own, and of the README, is run as it stands, in one practice channel.

Only places are exchanged: of the installation, the witness, the backup, the address.
"""

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from socks_proxy import socks_proxy

from demur.charter.channel import ChannelFile
from demur.witness.card import card_text
from demur.witness.state import Witness
from serving import Channel, Done, demur, free_port, practice_channel

pytestmark = pytest.mark.story

ROOT = Path(__file__).parents[2]
BLOCKS = re.compile(r"^```(?:sh)?\n(.*?)^```$", re.DOTALL | re.MULTILINE)
# Each page, and the commands of its blocks, by their first words: what is added to a page is seen to be added here.
PAGES = {
    "README.md": ["trust add", "file", "status", "verify", "desk"],
    "docs/how-to/back-up-and-restore.md": ["backup", "restore", "doctor", "serve", "erase", "backup"],
    "docs/how-to/change-the-trust-policy.md": ["policy request", "policy sign", "policy adopt", "policy show"],
    "docs/how-to/run-a-witness.md": ["witness new", "witness add", "witness serve"],
    "docs/how-to/use-tor.md": ["trust add"],
    "docs/how-to/verify-the-pages.md": ["verify-site"],
    "docs/how-to/work-at-the-desk.md": ["account new", "account list", "account reset"],
}
GROUPS = {"trust", "policy", "witness", "account"}


def commands(page: str) -> Iterator[list[str]]:
    """The page's commands, in order, without their comments."""
    for block in BLOCKS.findall((ROOT / page).read_text()):
        for line in block.splitlines():
            if line.startswith("demur "):
                yield shlex.split(line, comments=True)[1:]


def named(words: list[str]) -> str:
    return " ".join(words[: 2 if words[0] in GROUPS else 1])


@pytest.mark.parametrize("page", PAGES)
def test_the_commands_of_a_page_are_those_that_are_run_here(page: str) -> None:
    assert [named(words) for words in commands(page)] == PAGES[page]


class Followed:
    """A person who follows the pages, with other places in place of theirs."""

    def __init__(self, place: Path, channel: Channel) -> None:
        self.place, self.channel, self.home = place, channel, place / "home"
        self.home.mkdir()
        self.places = {
            "https://dissent.example.org": channel.url,
            "/srv/demur": str(channel.directory),
            "/srv/witness": str(place / "witness"),
            "/mnt/backup/": f"{place}/backup-",
            "/mnt/keys/": f"{place}/backup-",
            "six words from the poster": self.words,
            "six words from the notice": self.words,
            "abandon ability able about above absent": self.words,
        }

    @property
    def words(self) -> str:
        return " ".join(ChannelFile.parse(self.channel.file.read_text()).channel.words())

    def runs(self, words: list[str], *more: str, code: int = 0) -> Done:
        """One command of a page."""
        for theirs, ours in self.places.items():
            words = [word.replace(theirs, ours) for word in words]
        done = demur(*words, *more, home=self.home)
        assert done.code == code, (words, done.out, done.err)
        return done


@pytest.fixture
def followed(tmp_path: Path) -> Iterator[Followed]:
    with practice_channel(tmp_path) as channel:
        yield Followed(tmp_path, channel)


def test_the_five_lines_of_the_readme(followed: Followed) -> None:
    trust, file, status, verify, desk = commands("README.md")
    (followed.home / "dissent.txt").write_text("The crossing\n\nThe count was wrong.\n\nIt was a strike.\n\nWait.\n")
    shutil.copy(followed.channel.key("custodian"), followed.home)

    followed.runs(trust)
    followed.runs(file, "--yes")
    assert {"mine.receipt", "mine.key"} <= {path.name for path in followed.home.iterdir()}
    assert "acknowledg" in followed.runs(status).out
    assert followed.runs(verify).err == ""
    assert "to be acknowledged" in followed.runs(desk).out


def test_accounts_pages_and_a_proxy(followed: Followed) -> None:
    new, listing, reset = commands("docs/how-to/work-at-the-desk.md")
    followed.runs(new)
    assert "ada" in followed.runs(listing).out
    followed.runs(reset)

    [verify] = commands("docs/how-to/verify-the-pages.md")
    followed.runs(verify)

    [trust] = commands("docs/how-to/use-tor.md")
    with socks_proxy(to=("127.0.0.1", followed.channel.port)) as proxy:
        followed.places["socks5h://127.0.0.1:9050"] = proxy.url
        followed.runs(trust)
        assert proxy.url in demur("trust", "list", home=followed.home).out
        assert len(proxy.asked) == 1


def test_a_backup_an_erased_case_and_a_restore(followed: Followed) -> None:
    first, restore, doctor, serve, erase, second = commands("docs/how-to/back-up-and-restore.md")
    (followed.home / "dissent.txt").write_text("The crossing\n\nThe count was wrong.\n")
    for name in ("mine", "other"):
        filed = demur("file", *followed.channel.known, "--yes", "--json", "-o", name, "dissent.txt", home=followed.home)
        assert filed.code == 0, filed.err
    followed.runs(first)
    followed.places["3f9a01c2"] = filed.json["case"][:8]
    followed.runs(erase, "--yes")
    followed.runs(second)

    followed.channel.stop()
    followed.runs(restore)
    assert "ok" in followed.runs(doctor).out
    assert serve == ["serve", "/srv/demur"]
    followed.channel.start()
    assert demur("status", "mine.key", home=followed.home).code == 0
    told = demur("status", "other.key", home=followed.home).err
    assert re.search(r"erased .* on \w+day, \d+ \w+ \d{4}, \d\d:\d\d \(this machine's time", told), told


def test_two_witnesses_and_a_policy_that_asks_them(followed: Followed) -> None:
    new, add, serve = commands("docs/how-to/run-a-witness.md")
    port = free_port()
    followed.places |= {
        "https://witness.example.net": f"http://127.0.0.1:{port}",
        "127.0.0.1:8766": f"127.0.0.1:{port}",
    }
    shutil.copy(followed.channel.file, followed.home)
    followed.runs(new)
    assert followed.words in followed.runs(add).out
    words = [followed.places.get(word, word) for word in serve]
    witness = subprocess.Popen([sys.executable, "-m", "demur", *words], stderr=subprocess.DEVNULL)
    try:
        _follow_policy(followed)
    finally:
        witness.kill()
        witness.wait()
    assert "entries, cosigned" in demur("witness", "list", followed.place / "witness", home=followed.home).out


def _follow_policy(followed: Followed) -> None:
    request, sign, adopt, show = commands("docs/how-to/change-the-trust-policy.md")
    (followed.home / "union.card").write_bytes((followed.place / "witness" / "witness.card").read_bytes())
    demur("witness", "new", followed.place / "press", "--name", "press.example", home=followed.home)
    press = Witness.read(followed.place / "press")
    card = card_text("press.example", press.vkeys, f"http://127.0.0.1:{free_port()}")
    (followed.home / "press.card").write_text(card)
    shutil.copy(followed.channel.key("officer"), followed.home)
    followed.runs(request)
    followed.runs(sign, "--yes")
    followed.runs(adopt)
    shown = followed.runs(show).out
    assert "witness.example.net" in shown
    assert "press.example" in shown
