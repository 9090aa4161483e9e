# SPDX-License-Identifier: AGPL-3.0-or-later
"""A real channel is opened by following the how-to word by word: its own commands are run, in its own order."""

import re
import shlex
import shutil
from pathlib import Path

import pytest

from serving import Channel, demur, free_port

pytestmark = pytest.mark.story

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "open-a-channel.md"


def commands() -> list[list[str]]:
    """The page's commands, in order, without the one that runs for ever."""
    blocks = re.findall(r"```sh\n(.*?)```", PAGE.read_text(), re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines() if line.startswith("demur ")]
    return [shlex.split(line)[1:] for line in lines]


def test_the_how_to_opens_a_real_channel(tmp_path: Path) -> None:
    server, officer, holders = tmp_path / "server", tmp_path / "officer", tmp_path / "holders"
    passphrase = tmp_path / "passphrase"
    passphrase.write_text("only for this test\n")
    for place in (server, officer, holders):
        place.mkdir()

    def run(where: Path, words: list[str], *, key: bool = False) -> None:
        more = ["--passphrase-file", str(passphrase)] if key else []
        done = demur(*words, *more, *(["--yes"] if "sign" in words[:2] else []), home=where, cwd=where)
        assert done.code == 0, (words, done.err)

    officer_key, init, charter_sign, adopt, key_new, request, seat_sign, fill, doctor, serve = commands()
    run(officer, officer_key, key=True)
    shutil.copy(officer / "officer.key.pub", server)
    port = free_port()
    run(server, [word.replace("https://dissent.example.org", f"http://127.0.0.1:{port}") for word in init])
    for place in (officer, holders):
        shutil.copy(server / "channel" / "channel.toml", place)
    shutil.copy(server / "channel" / "charter.request", officer)
    run(officer, charter_sign, key=True)
    shutil.copy(officer / "charter.signed", server)
    run(server, adopt)
    for seat in ("custodian", "secretary", "oversight"):
        run(holders, [word.replace("custodian", seat) for word in key_new], key=True)
        run(
            holders,
            [word.replace("custodian", seat).replace("A. Custodian", f"{seat} person") for word in request],
            key=True,
        )
        shutil.copy(holders / f"{seat}.request", officer)
    run(officer, seat_sign, key=True)
    shutil.copy(officer / "seats.signed", server)
    run(server, fill)
    assert serve[0] == "serve"

    # No key of officers or holders is anywhere in the installation.
    channel = Channel(directory=server / "channel", port=port, output=tmp_path / "server.log")
    channel.start()
    try:
        run(server, doctor)
        amina = tmp_path / "amina"
        amina.mkdir()
        (amina / "dissent.txt").write_text("Subject\n\nA claim.\n")
        words = re.search(r'words = "([a-z ]+)"', channel.file.read_text())
        assert words is not None
        trusted = demur("trust", "add", channel.url, "--channel", words[1], home=amina)
        assert trusted.code == 0, trusted.err
        too_new = demur(
            "file", "--server", channel.url, "--claims", "2", "--yes", "-o", "mine", "dissent.txt", home=amina
        )
        assert too_new.code == 1
        assert "--accept-new-key" in too_new.err
        accepted = [part for seat in ("custodian", "secretary") for part in ("--accept-new-key", seat)]
        done = demur(
            "file",
            "--server",
            channel.url,
            "--claims",
            "2",
            "--yes",
            *accepted,
            "-o",
            "mine",
            "dissent.txt",
            home=amina,
        )
        assert done.code == 0, done.err
        assert "vacant" in done.out
        desk = [
            "desk",
            "--server",
            channel.url,
            "--channel",
            str(channel.file),
            "--key",
            str(holders / "custodian.key"),
        ]
        listed = demur(*desk, "--passphrase-file", passphrase, "list", "--json", home=holders)
        assert listed.code == 0, listed.err
        assert len(listed.json["cases"]) == 1
    finally:
        channel.stop()
