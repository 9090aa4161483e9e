# SPDX-License-Identifier: AGPL-3.0-or-later
"""A real channel is opened: two officers, three holders, one installation, each with nothing but their own files."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from serving import HANGS


class Person:
    """Somebody at a machine of their own: a folder and a home, and what others handed over."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()

    def demur(self, *arguments: str, code: int = 0) -> str:
        environment = {**os.environ, "DEMUR_HOME": str(self.folder / "home"), "HOME": str(self.folder)}
        environment.pop("DEMUR_DIR", None)
        done = subprocess.run(
            [sys.executable, "-m", "demur", *arguments],
            cwd=self.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=HANGS,
        )
        assert done.returncode == code, done.stderr
        return done.stdout if code == 0 else done.stderr

    def json(self, *arguments: str) -> Any:
        return json.loads(self.demur(*arguments, "--json"))

    def take(self, other: "Person", *names: str) -> None:
        """Be handed files."""
        for name in names:
            (self.folder / Path(name).name).write_bytes((other.folder / name).read_bytes())


@pytest.mark.story
def test_a_real_channel_opens_when_officers_signed_and_two_persons_hold_seats(tmp_path: Path) -> None:
    admin, gita, hadi = Person(tmp_path / "admin"), Person(tmp_path / "gita"), Person(tmp_path / "hadi")
    for officer, name in ((gita, "gita"), (hadi, "hadi")):
        officer.demur("key", "new", "--officer", "-o", f"{name}.key", "--no-passphrase")
        admin.take(officer, f"{name}.key.pub")
    origin = ["--origin", "dissent.example.org", "--officers-needed", "2"]
    admin.demur("init", "inst", *origin, "--officer", "gita.key.pub", "--officer", "hadi.key.pub")

    for officer in (gita, hadi):
        officer.take(admin, "inst/channel.toml", "inst/charter.request")
    sign = ["charter", "sign", "charter.request", "--channel", "channel.toml", "-o", "charter.signed", "--yes"]
    gita.demur(*sign, "--key", "gita.key")
    admin.take(gita, "charter.signed")
    assert "2 must" in admin.demur("charter", "adopt", "inst", "charter.signed", code=1)
    hadi.take(gita, "charter.signed")
    hadi.demur(*sign, "--key", "hadi.key")
    admin.take(hadi, "charter.signed")
    assert admin.json("charter", "adopt", "inst", "charter.signed")["version"] == 1

    seats = ("custodian", "secretary", "oversight")
    for seat in seats:
        holder = Person(tmp_path / seat)
        holder.take(admin, "inst/channel.toml")
        holder.demur("key", "new", "-o", "seat.key", "--no-passphrase")
        ask = ["--seat", seat, "--key", "seat.key", "--holder", f"Holder of {seat}", "--channel", "channel.toml"]
        holder.demur("seat", "fill", "--request", *ask, "-o", f"{seat}.request")
        for officer in (gita, hadi):
            officer.take(holder, f"{seat}.request")
    gita.take(hadi, "charter.signed")
    vouch = ["seat", "sign", "--channel", "channel.toml", "--charter", "charter.signed", "-o", "seats.signed", "--yes"]
    vouch += [f"{seat}.request" for seat in seats]
    gita.demur(*vouch, "--key", "gita.key")
    hadi.take(gita, "seats.signed")
    hadi.demur(*vouch, "--key", "hadi.key")
    admin.take(hadi, "seats.signed")

    assert admin.json("seat", "fill", "inst", "seats.signed")["serial"] == 1
    assert admin.json("seat", "fill", "inst", "seats.signed")["serial"] == 1  # the same again changes nothing
    rows = {row["seat"]: row for row in admin.json("seat", "list", "inst")["seats"]}
    assert {seat for seat, row in rows.items() if not row["vacant"]} == set(seats)
    assert rows["custodian"]["holder"] == "Holder of custodian"
    keys = [path.name for path in (admin.folder / "inst").rglob("*.key")]
    assert not keys  # no officer's and no seat's key ever came to the installation


def test_an_installation_that_is_none_is_refused_in_one_sentence(tmp_path: Path) -> None:
    person = Person(tmp_path / "p")
    (person.folder / "empty").mkdir()
    said = person.demur("seat", "list", "empty", code=1)
    assert "no installation" in said
    assert said.count("\n") == 1
